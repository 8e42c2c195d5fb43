//! Which parameters a rule takes, and whether it can change a call.

use crate::rules::RULES;

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// Texts; most are patterns.
    Texts,
    /// A number.
    Number,
    /// Bytes, with a unit.
    Bytes,
    /// Paths of the host; one that ends with `:ro` is allowed read-only.
    Paths,
    /// A text for each key.
    Map,
}

/// What can be said of a rule in a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) id: &'static str,
    pub(crate) parameters: &'static [(&'static str, Kind)],
    pub(crate) can_rewrite: bool,
}

const WORDS: &[Word] = &[
    Word { id: "container/added-capability", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "container/all-ports-published", parameters: &[], can_rewrite: true },
    Word {
        id: "container/capabilities-not-dropped",
        parameters: &[("drop", Kind::Texts)],
        can_rewrite: true,
    },
    Word {
        id: "container/dangerous-capability",
        parameters: &[("allowed", Kind::Texts)],
        can_rewrite: false,
    },
    Word {
        id: "container/engine-socket-mounted",
        parameters: &[("allowed", Kind::Paths)],
        can_rewrite: false,
    },
    Word { id: "container/host-device", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "container/image-without-digest", parameters: &[], can_rewrite: true },
    Word { id: "container/logs-without-bound", parameters: &[("size", Kind::Text)], can_rewrite: true },
    Word { id: "container/net-raw-kept", parameters: &[], can_rewrite: true },
    Word { id: "container/new-privileges-allowed", parameters: &[], can_rewrite: true },
    Word { id: "container/no-cpu-limit", parameters: &[("cpus", Kind::Number)], can_rewrite: true },
    Word { id: "container/no-memory-limit", parameters: &[("memory", Kind::Bytes)], can_rewrite: true },
    Word { id: "container/no-pids-limit", parameters: &[("pids", Kind::Number)], can_rewrite: true },
    Word {
        id: "container/port-on-all-interfaces",
        parameters: &[("allowed", Kind::Texts), ("address", Kind::Text)],
        can_rewrite: true,
    },
    Word { id: "container/privileged-port", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word {
        id: "container/restarts-without-bound",
        parameters: &[("retries", Kind::Number)],
        can_rewrite: true,
    },
    Word { id: "container/runs-as-root", parameters: &[("user", Kind::Text)], can_rewrite: true },
    Word {
        id: "container/sensitive-directory-mounted",
        parameters: &[("allowed", Kind::Paths)],
        can_rewrite: false,
    },
    Word {
        id: "container/shared-mount-propagation",
        parameters: &[("allowed", Kind::Paths)],
        can_rewrite: false,
    },
    Word {
        id: "container/system-socket-mounted",
        parameters: &[("allowed", Kind::Paths)],
        can_rewrite: false,
    },
    Word { id: "container/unsafe-sysctl", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "container/writable-root", parameters: &[], can_rewrite: true },
    Word {
        id: "guard/annotation-changes-runtime",
        parameters: &[("allowed", Kind::Texts)],
        can_rewrite: false,
    },
    Word { id: "guard/archive-escapes", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/archive-to-system-path", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/build-from-address", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/build-output", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/dns-changed", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/dockerfile-finding", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/exec-command", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/host-entry", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/host-path-not-allowed", parameters: &[("allowed", Kind::Paths)], can_rewrite: false },
    Word { id: "guard/image-from-address", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/image-not-allowed", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/label-missing", parameters: &[("required", Kind::Map)], can_rewrite: true },
    Word {
        id: "guard/limit-above-maximum",
        parameters: &[
            ("memory_max", Kind::Bytes),
            ("cpus_max", Kind::Number),
            ("pids_max", Kind::Number),
            ("shm_max", Kind::Bytes),
        ],
        can_rewrite: false,
    },
    Word { id: "guard/loaded-name-not-allowed", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/log-driver-sends-away", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word {
        id: "guard/network-driver-not-allowed",
        parameters: &[("allowed", Kind::Texts)],
        can_rewrite: false,
    },
    Word { id: "guard/network-option", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/not-owner", parameters: &[("label", Kind::Text)], can_rewrite: true },
    Word {
        id: "guard/publishes-port-not-allowed",
        parameters: &[("allowed", Kind::Texts)],
        can_rewrite: false,
    },
    Word { id: "guard/push-not-allowed", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word { id: "guard/runtime-not-allowed", parameters: &[("allowed", Kind::Texts)], can_rewrite: false },
    Word {
        id: "guard/volume-driver-mounts-host",
        parameters: &[("allowed", Kind::Texts), ("allowed_types", Kind::Texts)],
        can_rewrite: false,
    },
    Word {
        id: "guard/volume-driver-not-allowed",
        parameters: &[("allowed", Kind::Texts)],
        can_rewrite: false,
    },
];

/// The word of a rule: one that takes parameters, or a rule that is known.
pub(crate) fn word(id: &str) -> Option<Word> {
    if let Some(word) = WORDS.iter().find(|word| word.id == id) {
        return Some(*word);
    }
    let id = ids().find(|known| *known == id)?;
    Some(Word { id, parameters: &[], can_rewrite: false })
}

/// The ids of all rules.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    RULES.iter().chain(workload::RULES).map(|rule| rule.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_rule_and_rules_are_sorted() {
        for word in WORDS {
            assert!(ids().any(|id| id == word.id), "{}", word.id);
        }
        assert!(RULES.is_sorted_by_key(|rule| rule.id));
    }
}
