//! Which answers a profile asks for.

use crate::{BENCHMARK, benchmark};
use model::Outcome;
use std::str::FromStr;

/// A selection of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Everything that Seawall asks.
    Seawall,
    /// CIS Docker Benchmark, level 1.
    CisLevel1,
    /// CIS Docker Benchmark, level 2, which includes level 1.
    CisLevel2,
    /// CIS Controls 8, implementation group 1.
    ImplementationGroup1,
    /// Implementation group 2, which includes 1.
    ImplementationGroup2,
    /// Implementation group 3, which includes 2.
    ImplementationGroup3,
    /// NSA and CISA, Kubernetes Hardening Guidance 1.2, as far as it is about containers and hosts.
    Nsa,
    /// Kubernetes Pod Security Standards, baseline.
    PodSecurityBaseline,
    /// Pod Security Standards, restricted, which includes baseline.
    PodSecurityRestricted,
    /// NIST SP 800-190, countermeasures of sections 4.1 to 4.5.
    Nist800190,
}

/// A text that names no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown profile '{0}' (hint: seawall, cis-1, cis-2, ig1, ig2, ig3, nsa, pss-baseline, pss-restricted or nist-800-190)"
)]
pub struct ProfileError(pub String);

impl FromStr for Profile {
    type Err = ProfileError;
    fn from_str(text: &str) -> Result<Self, ProfileError> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "seawall" | "all" => Self::Seawall,
            "cis-1" | "cis-level-1" | "cis" => Self::CisLevel1,
            "cis-2" | "cis-level-2" => Self::CisLevel2,
            "ig1" => Self::ImplementationGroup1,
            "ig2" => Self::ImplementationGroup2,
            "ig3" => Self::ImplementationGroup3,
            "nsa" => Self::Nsa,
            "pss-baseline" => Self::PodSecurityBaseline,
            "pss-restricted" | "pss" => Self::PodSecurityRestricted,
            "nist-800-190" | "nist" => Self::Nist800190,
            _ => return Err(ProfileError(text.chars().take(80).collect())),
        })
    }
}

/// Items of implementation group 1; 2 and 3 are told by what they leave out (CIS Controls 8 against the benchmark).
const GROUP_1: [&str; 44] = [
    "1.1.2", "1.1.3", "2.1", "2.13", "2.14", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9",
    "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "3.16", "3.17", "3.18", "3.19", "3.20", "3.21", "3.22",
    "3.23", "3.24", "4.8", "4.11", "5.5", "5.14", "5.18", "5.22", "5.23", "5.24", "5.25", "5.26", "5.32",
    "7.2", "7.6", "7.7", "7.8",
];
const NOT_GROUP_3: [&str; 16] = [
    "2.6", "2.9", "2.10", "2.12", "2.17", "4.1", "4.5", "4.10", "5.6", "5.13", "5.15", "5.20", "5.28",
    "5.29", "7.1", "7.4",
];
const GROUP_3_ALONE: [&str; 4] = ["4.6", "4.12", "5.8", "5.9"];

/// Parts of rule ids by the guidance of NSA and CISA ("Pod security", "Network separation", "Audit logging", "Upgrading").
const NSA: [&str; 31] = [
    "runs-as-root",
    "root-group",
    "writable-root",
    "privileged",
    "new-privileges",
    "host-network",
    "host-pid",
    "host-ipc",
    "host-path",
    "sensitive-directory",
    "socket-mounted",
    "capabilit",
    "net-raw",
    "seccomp",
    "apparmor",
    "selinux",
    "mandatory",
    "no-memory-limit",
    "no-cpu-limit",
    "secret-in-environment",
    "known-vulnerable",
    "image-not-scanned",
    "image-unsigned",
    "untrusted-registry",
    "inter-container",
    "engine-tcp",
    "insecure-registry",
    "not-watched",
    "logs-stay",
    "runtime-detection",
    "overlay-not-encrypted",
];

impl Profile {
    /// Whether an answer belongs to it.
    #[must_use]
    pub fn holds(self, outcome: &Outcome) -> bool {
        self.holds_rule(&outcome.rule, &outcome.aliases)
    }

    /// Whether answers of a rule with these aliases belong to it.
    #[must_use]
    pub fn holds_rule(self, rule: &str, aliases: &[String]) -> bool {
        let any_item = |wanted: &dyn Fn(&benchmark::BenchmarkItem) -> bool| {
            BENCHMARK
                .iter()
                .any(|item| wanted(item) && aliases.iter().any(|alias| *alias == benchmark::alias(item.id)))
        };
        let has = |name: &str| aliases.iter().any(|alias| alias == name);
        match self {
            Self::Seawall => true,
            Self::CisLevel1 => any_item(&|item| !item.is_level_2),
            Self::CisLevel2 => any_item(&|_| true),
            Self::ImplementationGroup1 => any_item(&|item| GROUP_1.contains(&item.id)),
            Self::ImplementationGroup2 => any_item(&|item| {
                GROUP_1.contains(&item.id)
                    || !NOT_GROUP_3.contains(&item.id) && !GROUP_3_ALONE.contains(&item.id)
            }),
            Self::ImplementationGroup3 => {
                any_item(&|item| GROUP_1.contains(&item.id) || !NOT_GROUP_3.contains(&item.id))
            }
            Self::Nsa => NSA.iter().any(|part| rule.contains(part)),
            Self::PodSecurityBaseline => has("PSS-baseline"),
            Self::PodSecurityRestricted => has("PSS-baseline") || has("PSS-restricted"),
            Self::Nist800190 => countermeasure(rule).is_some(),
        }
    }
}

/// The section of NIST SP 800-190 whose countermeasure a rule checks.
#[must_use]
pub(crate) fn countermeasure(rule: &str) -> Option<&'static str> {
    use crate::Aspect;
    Some(match rule {
        "audit/image-not-scanned" | "audit/image-old" => "4.1.1",
        "audit/image-holds-setuid-files" | "container/runs-as-root" | "audit/ssh-server-in-container" => {
            "4.1.2"
        }
        "audit/image-packages-unverified" => "4.1.3",
        "audit/image-holds-secrets" | "container/secret-in-environment" => "4.1.4",
        "audit/image-from-untrusted-registry" | "audit/image-unsigned" | "audit/image-without-digest" => {
            "4.1.5"
        }
        "audit/insecure-registry" => "4.2.1",
        "audit/unused-images" | "container/image-tag-latest" => "4.2.2",
        "audit/known-vulnerable" | "audit/engine-outdated" => "4.4.1",
        "audit/no-runtime-detection" => "4.4.4",
        "audit/untrusted-engine-user" | "audit/no-authorization" | "audit/engine-tcp-without-tls" => "4.3.2",
        "audit/host-not-hardened" | "audit/service-for-others" | "audit/reboot-pending" => "4.5.3",
        rule if rule.starts_with("audit/file-") || rule.starts_with("audit/data-root") => "4.5.5",
        rule => match crate::aspect_of(rule) {
            Aspect::Network => "4.4.2",
            Aspect::Kernel | Aspect::Container => "4.4.3",
            Aspect::Host if rule.starts_with("container/") => "4.5.5",
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_the_sizes_of_the_controls() {
        let count = |profile: Profile| {
            BENCHMARK.iter().filter(|item| profile.holds_rule("x/y", &[benchmark::alias(item.id)])).count()
        };
        assert_eq!(count(Profile::ImplementationGroup1), 44);
        assert_eq!(count(Profile::ImplementationGroup2), 97);
        assert_eq!(count(Profile::ImplementationGroup3), 101);
        assert_eq!(count(Profile::CisLevel2), BENCHMARK.len());
        assert!(count(Profile::CisLevel1) < count(Profile::CisLevel2));
    }

    #[test]
    fn names_are_read() {
        assert_eq!("IG2".parse(), Ok(Profile::ImplementationGroup2));
        assert!("cis-3".parse::<Profile>().is_err());
    }
}
