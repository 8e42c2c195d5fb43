//! What the loop is asked, and what it tells.

use std::path::PathBuf;

use events::Event;
use state::Container;

#[cfg(doc)]
use super::Live;
#[cfg(doc)]
use crate::{Profiles, Used};

/// Where what is known of containers comes from. Their ids are 64 hexadecimal digits.
pub trait Containers {
    /// What has changed since the last call. Does not block.
    fn changes(&mut self) -> Vec<ContainerChange>;
    /// What is known of one container, asked for because something happened in it. May take some time. `lineage` is processes
    /// outside of it that it descends from, nearest first: what holds it is among them.
    fn find(&mut self, id: &str, lineage: &[u32]) -> Option<Container>;
}

/// Takes events, one after the other.
pub type EventSink = Box<dyn FnMut(&Event<'_>)>;

/// News of a container.
#[derive(Clone, Debug)]
pub enum ContainerChange {
    /// It was made, or is another than before.
    Known(Box<Container>),
    /// It is no more; its last events may still come.
    Gone(String),
}

/// How a host is watched.
#[derive(Clone, Debug, Default)]
pub struct LiveOptions {
    /// Size of the ring in bytes; 0 for the usual.
    pub ring_bytes: u32,
    /// Records of system calls that one container may cause in a second; 0 for any number.
    pub rate_max: u32,
    /// Whether programs that are not of the image are killed before they run.
    pub drift: Drift,
    /// Whether the kernel tells every call that rules name, also those for which none can be true: for recordings and profiles.
    pub with_all_calls: bool,
    /// Whether what [`Used`] keeps is told, see [`Live::keep_use`].
    pub uses: bool,
    /// Whether responses may stop drift in a container later on.
    pub may_stop_drift: bool,
    /// Whether openings of files are told that [`Live::watch_files`] names.
    pub watches_files: bool,
    /// Whether what [`Profiles`] learn or compare is told, see [`Live::keep_profiles`].
    pub learns: bool,
}

/// What happens to programs that did not come with the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drift {
    /// Rules may tell of them.
    #[default]
    Allowed,
    /// The kernel tells what it would have killed.
    DryRun,
    /// The kernel kills the process.
    Killed,
}

impl Drift {
    /// As the field `container.policy` has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allow",
            Self::DryRun => "dry-run",
            Self::Killed => "kill",
        }
    }
}

/// Something that the loop has to tell beside alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A process was killed, or would have been.
    Drift {
        /// The container's id; empty when it is not known.
        container: String,
        /// The process.
        process: u32,
        /// The executable, or the file that was mapped.
        file: String,
        /// Whether it was killed.
        is_killed: bool,
        /// Whether it was mapped for execution by a process, and not executed.
        is_mapped: bool,
    },
    /// A container opened a watched file for writing.
    FileOpened {
        /// The container's id.
        container: String,
        /// The process.
        process: u32,
        /// Its name then.
        command: Option<String>,
        /// The file, as it is watched.
        file: PathBuf,
        /// Its path in the container.
        seen: String,
    },
    /// A container did what its learned profile does not know; told once a container.
    Departure {
        /// The container's id.
        container: String,
        /// The process; 0 when the kernel does not tell.
        process: u32,
        /// [`profiles::Done::kind`].
        kind: &'static str,
        /// What it was done to.
        what: String,
    },
}

impl Notice {
    /// The process that it is about, 0 for none, and the id of its container where it is known.
    #[must_use]
    pub fn subject(&self) -> (i64, Option<&str>) {
        match self {
            Self::Drift { container, process, .. }
            | Self::FileOpened { container, process, .. }
            | Self::Departure { container, process, .. } => {
                (i64::from(*process), Some(container.as_str()).filter(|id| !id.is_empty()))
            }
        }
    }
}
