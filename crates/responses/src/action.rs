//! What can be done.

use serde::Deserialize;

/// Something that is done about an alert, beside telling it. Taken in the order in which a file names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The process is killed.
    KillProcess,
    /// Every process of the container is killed.
    KillContainer,
    /// Every process of the container is held, until somebody lets it go on.
    Freeze,
    /// The container is taken from its networks.
    Disconnect,
    /// From now on the kernel kills what the container executes or maps and did not come with its image.
    StopDrift,
    /// As [`Self::StopDrift`], and who executes such a file is told that it is not permitted, and lives on.
    RefuseDrift,
    /// What is there to be seen is kept: processes, files, sockets, the container, the recording.
    Evidence,
    /// The events before and after are kept.
    Record,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 8] = [
        Self::KillProcess,
        Self::KillContainer,
        Self::Freeze,
        Self::Disconnect,
        Self::StopDrift,
        Self::RefuseDrift,
        Self::Evidence,
        Self::Record,
    ];

    /// As files and alerts name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KillProcess => "kill-process",
            Self::KillContainer => "kill-container",
            Self::Freeze => "freeze",
            Self::Disconnect => "disconnect",
            Self::StopDrift => "stop-drift",
            Self::RefuseDrift => "refuse-drift",
            Self::Evidence => "evidence",
            Self::Record => "record",
        }
    }

    /// Whether it is about a container as a whole.
    #[must_use]
    pub const fn needs_container(self) -> bool {
        matches!(
            self,
            Self::KillContainer | Self::Freeze | Self::Disconnect | Self::StopDrift | Self::RefuseDrift
        )
    }

    /// Whether it only looks: nobody is hurt by it.
    #[must_use]
    pub const fn only_looks(self) -> bool {
        matches!(self, Self::Evidence | Self::Record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files() {
        for action in Action::ALL {
            assert_eq!(serde_yaml_ng::from_str::<Action>(action.name()).unwrap(), action);
        }
    }
}
