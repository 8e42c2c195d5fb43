//! What Seawall's sensor knows of an event beyond its public parameters.
//!
//! It stands as one more parameter after those of the table. Falco's libraries and sysdig read no more parameters than
//! their table names (`scap_event_decode_params`: the smaller of both counts), so such a recording stays readable there.

/// Begins an extension; a parameter that a later table adds does not begin so.
const MAGIC: [u8; 4] = [0xf5, b'S', b'W', 1];
/// Bytes before the container's id.
const FIXED_BYTES: usize = 56;

/// The layer of an overlay file system that a file comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Not an overlay, or not known.
    #[default]
    None,
    /// The image.
    Lower,
    /// Written since the container began.
    Upper,
    /// In memory alone: a memfd or a file of tmpfs that is in no directory.
    Memory,
}

impl Layer {
    /// The layer that a recording gives as this number.
    pub fn of_number(number: u8) -> Self {
        match number {
            1 => Self::Lower,
            2 => Self::Upper,
            3 => Self::Memory,
            _ => Self::None,
        }
    }
}

/// What a descriptor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FdKind {
    /// Not known.
    #[default]
    Unknown,
    /// Closed.
    Closed,
    /// A file or directory.
    File,
    /// A pipe.
    Pipe,
    /// A terminal.
    Terminal,
    /// A socket of another family.
    Socket,
    /// Another device.
    Device,
    /// A socket of the internet.
    Internet,
    /// A socket of the file system.
    Unix,
}

impl FdKind {
    /// The kind that a recording gives as this number.
    pub fn of_number(number: u8) -> Self {
        match number {
            1 => Self::Closed,
            2 => Self::File,
            3 => Self::Pipe,
            4 => Self::Terminal,
            5 => Self::Socket,
            6 => Self::Device,
            7 => Self::Internet,
            8 => Self::Unix,
            _ => Self::Unknown,
        }
    }
}

/// See the module; zero says "not known" for every number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The control group of the thread (the number `bpf_get_current_cgroup_id` gives).
    pub cgroup: u64,
    /// The process of the thread.
    pub process: u32,
    /// The process's parent.
    pub parent: u32,
    /// Namespace of process numbers.
    pub pid_namespace: u32,
    /// Namespace of mounts.
    pub mount_namespace: u32,
    /// When the process began, in nanoseconds since 1970; a number that is used again has another.
    pub start_time_ns: u64,
    /// Inode of the executable.
    pub exe_inode: u64,
    /// Device of the executable.
    pub exe_device: u32,
    /// Links to the executable; with an inode, 0 says that it was removed.
    pub exe_links: u32,
    /// Where the executable comes from.
    pub exe_layer: Layer,
    /// Descriptors 0, 1 and 2.
    pub stdio: [FdKind; 3],
    /// The container's id, or the name of its control group, from which the id is read.
    pub container: &'a [u8],
}

impl<'a> Extension<'a> {
    /// Reads the bytes of the parameter.
    pub fn read(raw: &'a [u8]) -> Option<Self> {
        let (fixed, container) = raw.split_first_chunk::<FIXED_BYTES>()?;
        if fixed[..4] != MAGIC {
            return None;
        }
        let half =
            |from: usize| u32::from_le_bytes(fixed[from..from + 4].try_into().expect("four bytes of 56"));
        let word =
            |from: usize| u64::from_le_bytes(fixed[from..from + 8].try_into().expect("eight bytes of 56"));
        Some(Self {
            exe_layer: Layer::of_number(fixed[4]),
            stdio: [fixed[5], fixed[6], fixed[7]].map(FdKind::of_number),
            cgroup: word(8),
            start_time_ns: word(16),
            exe_inode: word(24),
            exe_device: half(32),
            exe_links: half(36),
            process: half(40),
            parent: half(44),
            pid_namespace: half(48),
            mount_namespace: half(52),
            container,
        })
    }

    /// Appends the bytes of the parameter.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MAGIC);
        out.push(self.exe_layer as u8);
        out.extend(self.stdio.iter().map(|kind| *kind as u8));
        for word in [self.cgroup, self.start_time_ns, self.exe_inode] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        let halves = [self.exe_device, self.exe_links, self.process, self.parent];
        for half in halves.into_iter().chain([self.pid_namespace, self.mount_namespace]) {
            out.extend_from_slice(&half.to_le_bytes());
        }
        out.extend_from_slice(self.container);
    }
}
