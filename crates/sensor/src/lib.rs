//! The kernel's side of `seawall watch`: BPF programs that tell what processes of containers do, without a kernel module,
//! kprobes or an LSM.
//!
//! ```no_run
//! let mut sensor = sensor::Sensor::open(&sensor::Options { calls: vec!["openat", "connect"], ..Default::default() })?;
//! let running = sensor.tasks()?;
//! sensor.poll(std::time::Duration::from_millis(2), &mut |record| println!("{:?} {}", record.kind(), record.tid()))?;
//! # Ok::<(), sensor::SensorError>(())
//! ```
//!
//! - The programs are C (`bpf/`), relocated at load time against the running kernel's BTF. The object beside them is committed, so that
//!   building Seawall needs no clang; a test builds it anew and compares.
//! - Every hook is tried on its own: one that a kernel refuses costs what [`Hook::gives`] says, not the sensor.
//! - What found no room in the ring is counted by cgroup and kind ([`Sensor::losses`]), never silent.
//! - Nothing stays behind: programs, maps and links end with the process, also by kill -9.

mod calls;
mod error;
mod filter;
mod hooks;
mod kernel;
mod learned;
mod loss;
mod options;
mod paths;
mod policy;
mod record;
mod tracefs;
mod translate;
mod words;

pub use calls::{Call, Form, call, call_by_number, calls};
pub use error::SensorError;
pub use filter::{Circumstances, Filter, Filters, SocketFamily, combinations};
pub use hooks::{Granted, Hook, hooks};
pub use kernel::{Inode, Policies};
pub use learned::Learned;
pub use loss::Loss;
pub use options::Options;
pub use paths::PathPattern;
pub use policy::Policy;
pub use record::{Descriptor, FileFlags, FileInfo, Kind, Part, Record, SocketInfo, Stdio, TaskInfo, Times};
pub use translate::{Known, Translator, known};

use std::time::Duration;

/// An open sensor: programs attached, records flowing. Ends with the value.
pub struct Sensor {
    kernel: kernel::Kernel,
    granted: Vec<Granted>,
}

impl Sensor {
    /// Loads the programs and attaches those that `options` ask for.
    ///
    /// # Errors
    /// When the kernel has no BTF, refuses BPF altogether, or grants none of the hooks that tell processes. A single
    /// hook refused is no error: see [`Self::granted`].
    pub fn open(options: &Options) -> Result<Self, SensorError> {
        let (kernel, granted) = kernel::open(options)?;
        Ok(Self { kernel, granted })
    }

    /// Each hook that was tried, and what the kernel said.
    #[must_use]
    pub fn granted(&self) -> &[Granted] {
        &self.granted
    }

    /// Hands every record that waits to `visit`, and waits at most `patience` for the first. Returns how many there were.
    ///
    /// # Errors
    /// When waiting fails.
    pub fn poll(
        &mut self,
        patience: Duration,
        visit: &mut dyn FnMut(Record<'_>),
    ) -> Result<usize, SensorError> {
        self.kernel.poll(patience, visit)
    }

    /// What runs already, with its arguments and environment: one record of kind [`Kind::Task`] for each task of the host, as bytes
    /// that [`Record::all`] reads.
    ///
    /// # Errors
    /// When the kernel does not grant the iterator, or reading it fails.
    pub fn tasks(&mut self) -> Result<Vec<u8>, SensorError> {
        Ok(words::with_words(&self.kernel.tasks()?))
    }

    /// The policies of cgroups.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        self.kernel.policies()
    }

    /// Says where a cgroup is, for [`Options::filters`]: `None` when it may be either.
    ///
    /// # Errors
    /// When the table is full (65,536 cgroups).
    pub fn set_place(&mut self, cgroup: u64, is_container: Option<bool>) -> Result<(), SensorError> {
        self.kernel.set_place(cgroup, is_container)
    }

    /// Forgets where a cgroup is. One that was not set is no error.
    pub fn clear_place(&mut self, cgroup: u64) {
        self.kernel.clear_place(cgroup);
    }

    /// Wants to be told of every opening of a file for writing, by any name, when [`Options::inodes`] is set.
    ///
    /// # Errors
    /// When the table is full (4,096 files).
    pub fn set_inode(&mut self, inode: Inode) -> Result<(), SensorError> {
        self.kernel.set_inode(inode)
    }

    /// Wants no more to be told of a file. One that was not set is no error.
    pub fn clear_inode(&mut self, inode: Inode) {
        self.kernel.clear_inode(inode);
    }

    /// What programs of containers did since they were learned, when the options ask for it.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn learned(&self) -> Result<Vec<Learned>, SensorError> {
        self.kernel.learned()
    }

    /// Forgets what was learned of a group that is no more, so that others find room.
    pub fn forget_learned(&mut self, group: u64) {
        self.kernel.forget_learned(group);
    }

    /// What was lost since the last call of this function, by cgroup and kind.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn losses(&mut self) -> Result<Vec<Loss>, SensorError> {
        self.kernel.losses()
    }
}

/// Tries every hook on this kernel and attaches none for longer than the test takes.
///
/// # Errors
/// As [`Sensor::open`].
pub fn check() -> Result<Vec<Granted>, SensorError> {
    let every = Options {
        calls: calls().iter().map(|call| call.name).collect(),
        maps: true,
        uses: true,
        learns: true,
        sockets: true,
        ..Options::default()
    };
    Ok(Sensor::open(&every)?.granted)
}
