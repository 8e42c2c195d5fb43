//! The aspects of the baseline.

use serde::{Deserialize, Serialize};

/// An aspect of the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// Kernel: versions, namespaces, control groups, security modules, capabilities, seccomp.
    Kernel,
    /// Host: partitions, services, files, audit rules, engine settings, clean-up.
    Host,
    /// Network: traffic, sockets, ports.
    Network,
    /// Images.
    Image,
    /// Containers.
    Container,
    /// Regular audits, monitoring, logs.
    Other,
}

impl Aspect {
    /// Every aspect, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Kernel, Self::Host, Self::Network, Self::Image, Self::Container, Self::Other];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Host => "host",
            Self::Network => "network",
            Self::Image => "image",
            Self::Container => "container",
            Self::Other => "other",
        }
    }
}
