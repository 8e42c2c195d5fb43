//! The facts of the engine's own profile.

/// The file tells its source and its form.
static FACTS: &str = include_str!("../../data/seccomp_default.txt");

/// Machines and the older ones whose programs they run (moby/profiles, seccomp/default.json, `archMap`).
pub(super) const ARCHITECTURES: &[(&str, &[&str])] = &[
    ("SCMP_ARCH_X86_64", &["SCMP_ARCH_X86", "SCMP_ARCH_X32"]),
    ("SCMP_ARCH_AARCH64", &["SCMP_ARCH_ARM"]),
    ("SCMP_ARCH_MIPS64", &["SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32"]),
    ("SCMP_ARCH_MIPS64N32", &["SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64"]),
    ("SCMP_ARCH_MIPSEL64", &["SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32"]),
    ("SCMP_ARCH_MIPSEL64N32", &["SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64"]),
    ("SCMP_ARCH_S390X", &["SCMP_ARCH_S390"]),
    ("SCMP_ARCH_RISCV64", &[]),
];

/// Calls that are allowed under the same conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// All have to hold.
    pub conditions: Vec<Condition>,
    /// The calls.
    pub names: Vec<String>,
}

/// A condition of a [`Group`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The container has every one of these capabilities.
    Capabilities(Vec<String>),
    /// The machine is one of these.
    Machines(Vec<String>),
    /// The kernel is this or newer.
    Kernel(String),
    /// The container has none of these capabilities.
    NotCapabilities(Vec<String>),
    /// The machine is none of these.
    NotMachines(Vec<String>),
    /// An argument compares so (libseccomp, seccomp_rule_add(3)).
    Argument {
        /// Which.
        index: u32,
        /// `SCMP_CMP_EQ`, `SCMP_CMP_LT`, `SCMP_CMP_GT`, `SCMP_CMP_MASKED_EQ`.
        operator: &'static str,
        /// With what.
        value: u64,
    },
    /// It is not allowed, but refused with this error.
    Errno(u32),
}

impl Group {
    /// The error with which the calls are refused, for a group that refuses.
    #[must_use]
    pub fn errno(&self) -> Option<u32> {
        self.conditions.iter().find_map(|condition| match condition {
            Condition::Errno(number) => Some(*number),
            _ => None,
        })
    }

    /// Capabilities without which the calls are refused.
    #[must_use]
    pub fn needed_capabilities(&self) -> Vec<&str> {
        let mut needed = Vec::new();
        for condition in &self.conditions {
            if let Condition::Capabilities(names) = condition {
                needed.extend(names.iter().map(String::as_str));
            }
        }
        needed
    }
}

/// The groups of the engine's own profile.
#[must_use]
pub fn builtin() -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for line in FACTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(conditions) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let conditions = conditions.split_whitespace().filter_map(condition).collect();
            groups.push(Group { conditions, names: Vec::new() });
        } else if let Some(group) = groups.last_mut() {
            group.names.extend(line.split_whitespace().map(str::to_owned));
        }
    }
    groups
}

fn condition(text: &str) -> Option<Condition> {
    if let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.starts_with("arg")) {
        let list = || value.split(',').map(str::to_owned).collect();
        return match name {
            "caps" => Some(Condition::Capabilities(list())),
            "arches" => Some(Condition::Machines(list())),
            "kernel" => Some(Condition::Kernel(value.to_owned())),
            "not-caps" => Some(Condition::NotCapabilities(list())),
            "not-arches" => Some(Condition::NotMachines(list())),
            "errno" => value.parse().ok().map(Condition::Errno),
            _ => None,
        };
    }
    let rest = text.strip_prefix("arg")?;
    let (sign, operator) =
        [("==", "SCMP_CMP_EQ"), ("<", "SCMP_CMP_LT"), (">", "SCMP_CMP_GT"), ("&", "SCMP_CMP_MASKED_EQ")]
            .into_iter()
            .find(|(sign, _)| rest.contains(sign))?;
    let (index, value) = rest.split_once(sign)?;
    Some(Condition::Argument { index: index.parse().ok()?, operator, value: value.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_facts_is_understood() {
        let headers = FACTS.lines().filter(|line| line.starts_with('['));
        for (line, group) in headers.zip(builtin()) {
            assert_eq!(line[1..line.len() - 1].split_whitespace().count(), group.conditions.len(), "{line}");
            assert!(!group.names.is_empty(), "{line}");
        }
        let count = |names: &[String]| names.len();
        assert_eq!(count(&builtin()[0].names), 361);
    }
}
