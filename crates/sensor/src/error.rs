use std::io;

/// Why the sensor cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SensorError {
    /// The kernel does not describe its types.
    #[error(
        "this kernel has no BTF\nhint: /sys/kernel/btf/vmlinux comes with CONFIG_DEBUG_INFO_BTF=y (every distribution kernel since 5.8)"
    )]
    NoBtf {
        /// What reading it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The object was refused as a whole.
    #[error(
        "the kernel refuses the programs of the sensor\nhint: BPF needs root, or CAP_BPF with CAP_PERFMON, and a kernel of 5.15 or newer"
    )]
    Load {
        /// What loading said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No hook tells processes.
    #[error("the kernel grants no hook that tells of processes: {reasons}")]
    NothingGranted {
        /// The answers, one after the other.
        reasons: String,
    },
    /// A map that the object must have is missing or of another kind.
    #[error("map {name} of the sensor is not usable")]
    Map {
        /// Its name.
        name: &'static str,
        /// What the kernel said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A name that is no system call known here.
    #[error("the sensor does not know a system call named {name}")]
    UnknownCall {
        /// The name.
        name: String,
    },
    /// Waiting or reading failed.
    #[error("cannot {step}")]
    Io {
        /// What was tried.
        step: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
