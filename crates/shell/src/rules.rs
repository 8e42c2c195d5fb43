//! What is the same for every hit of a rule: `shell/<bad-state>`, with the codes that ShellCheck has for it.

mod catalog;

pub use catalog::RULES;
pub(crate) use catalog::*;

use model::{RuleInfo, Severity};

/// A rule and what others call it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) info: RuleInfo,
    pub(crate) aliases: &'static [&'static str],
    /// Whether it is told only when somebody asks for it.
    pub(crate) is_optional: bool,
}

impl Rule {
    const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }
}

/// Whether hits of a rule are to be told only when somebody asks for them.
#[must_use]
pub fn is_optional(id: &str) -> bool {
    ALL.iter().any(|rule| rule.is_optional && rule.info.id == id)
}

/// What ShellCheck calls a rule of [`RULES`].
///
/// ```
/// assert_eq!(shell::aliases("shell/unquoted-variable"), ["SC2086"]);
/// ```
#[must_use]
pub fn aliases(id: &str) -> &'static [&'static str] {
    let found = ALL.binary_search_by(|rule| rule.info.id.cmp(id));
    found.map_or(&[], |at| ALL[at].aliases)
}

const fn rule(
    id: &'static str,
    aliases: &'static [&'static str],
    severity: Severity,
    [title, why, remedy]: [&'static str; 3],
) -> Rule {
    Rule { info: RuleInfo { id, title, severity, why, remedy, references: &[] }, aliases, is_optional: false }
}
