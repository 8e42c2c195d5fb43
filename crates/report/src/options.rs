//! How a report is shown.

use model::RuleInfo;

/// How a report is shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// Columns of the terminal; `None` for a file or pipe, where nothing is wrapped or cut.
    pub width: Option<usize>,
    /// Whether the table uses colours.
    pub colour: Colour,
    /// How much the table and Markdown tell of each finding.
    pub details: Details,
    /// When the report is written (RFC 3339, UTC: `2026-11-22T05:00:00Z`). The caller tells it, since this
    /// crate has no clock.
    pub timestamp: String,
    /// Finds a rule that findings may be of, for what is the same in all findings of one; none for vulnerabilities and
    /// for rules of users. Asked only for what a report holds: some lists of rules are long in the making.
    pub find_rule: fn(&str) -> Option<&'static RuleInfo>,
    /// Rules of audits with the aspect that each belongs to.
    pub aspects: Vec<(&'static str, &'static str)>,
}

impl Options {
    /// The aspect of a rule; empty when it has none.
    pub(crate) fn aspect(&self, rule: &str) -> &'static str {
        self.aspects.iter().find(|(id, _)| *id == rule).map_or("", |(_, aspect)| aspect)
    }

    /// What is known of a rule; `None` for vulnerabilities and for rules of users.
    pub(crate) fn rule(&self, id: &str) -> Option<&'static RuleInfo> {
        (self.find_rule)(id)
    }
}

/// Whether terminal colours are used. They only repeat what the words say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// SGR escape sequences (ECMA-48, section 8.3.117).
    Always,
}

/// How much a report for a person tells of each finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Details {
    /// One line a finding; Markdown stays short enough for a comment.
    #[default]
    Short,
    /// Also ratings of all publishers, evidence, links, suppressed findings one by one.
    Full,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: None,
            colour: Colour::Never,
            details: Details::Short,
            timestamp: "1970-01-01T00:00:00Z".to_owned(),
            find_rule: |id| model::RULES.iter().find(|rule| rule.id == id),
            aspects: Vec::new(),
        }
    }
}
