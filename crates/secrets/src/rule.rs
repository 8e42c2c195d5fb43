//! A set of rules, however it was written down.

use crate::allow::{AllowList, PathLists};
use crate::pattern::Pattern;
use crate::validate::Validator;
use crate::window::Window;
use model::Severity;

/// Rules that were read from one file, ready to be used by [`crate::Secrets`].
#[derive(Debug)]
pub struct RuleSet {
    /// What stands between `secrets/` and the rule's own id; nothing for Seawall's own rules.
    pub(crate) namespace: Option<String>,
    pub(crate) title: String,
    pub(crate) rules: Vec<Rule>,
    /// Lists that hold for every rule of the set.
    pub(crate) allow: Vec<AllowList>,
    /// Blocks in which nothing is reported (Trivy).
    pub(crate) excluded: Vec<Pattern>,
    /// Paths at which nothing of the set is looked for (Trivy's `skip-patterns` and global `allow-rules`).
    pub(crate) skipped: PathLists,
    /// Rules of other sets that this one turns off.
    pub(crate) disabled: Vec<String>,
    /// Changes with the text of the rules.
    pub(crate) digest: String,
}

impl RuleSet {
    /// The title that the file gives itself.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How many rules there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many regular expressions there are, those of allow lists included.
    #[must_use]
    pub fn expression_count(&self) -> usize {
        let of_lists = |lists: &[AllowList]| lists.iter().map(AllowList::expression_count).sum::<usize>();
        let of_rules = self.rules.iter().map(|rule| {
            usize::from(rule.regex.is_some()) + usize::from(rule.path.is_some()) + of_lists(&rule.allow)
        });
        of_rules.sum::<usize>() + of_lists(&self.allow)
    }
}

/// Something in a rule file that is not understood or of no effect. The rest of the file is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// 1-based line, when it is known.
    pub line: Option<u32>,
    /// What is wrong, one line, with the rule concerned.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// A rule file of which nothing can be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileError {
    /// It is larger than a rule file can be.
    #[error("the rule file has more than {limit_bytes} bytes")]
    TooLarge {
        /// The bound.
        limit_bytes: usize,
    },
    /// It is not in the format.
    #[error("line {line}: {message}")]
    Format {
        /// 1-based line.
        line: u32,
        /// What the parser says.
        message: String,
    },
}

/// Bytes of one rule file.
pub(crate) const RULE_FILE_BYTES_MAX: usize = 8 << 20;

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) why: String,
    pub(crate) remedy: String,
    pub(crate) references: Vec<String>,
    pub(crate) severity: Severity,
    pub(crate) regex: Option<Pattern>,
    /// Where the regular expression can match; nothing when a keyword need not be near.
    pub(crate) window: Option<Window>,
    pub(crate) path: Option<Pattern>,
    pub(crate) secret: SecretPart,
    /// The entropy that a secret must exceed; 0 when any will do.
    pub(crate) entropy: f64,
    pub(crate) keywords: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) allow: Vec<AllowList>,
    pub(crate) excluded: Vec<Pattern>,
    pub(crate) required: Vec<Required>,
    /// Only sought for rules that require it.
    pub(crate) is_auxiliary: bool,
    /// Only used when everything is asked for.
    pub(crate) is_weak: bool,
    /// What the token's own structure must satisfy.
    pub(crate) validator: Option<Validator>,
    /// Where it is looked for.
    pub(crate) places: Places,
}

/// Which part of a match is the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretPart {
    /// The first group that is not empty, else the whole match (gitleaks without `secretGroup`).
    FirstGroup,
    /// A group (gitleaks' `secretGroup`).
    Group(usize),
    /// Each of these groups (Trivy's `secret-group-name`).
    Groups(Vec<usize>),
    /// The whole match (Trivy).
    Whole,
}

/// Another rule that must be found near (gitleaks' `[[rules.required]]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Required {
    pub(crate) id: String,
    pub(crate) lines_max: Option<u64>,
    pub(crate) columns_max: Option<u64>,
}

/// Where a rule is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// Any text.
    Text,
    /// Any text, and what looks like text in other files.
    AllBytes,
    /// Configuration, environment files and scripts, and the image configuration.
    Config,
}

impl Rule {
    /// A rule of which only the id is known.
    pub(crate) fn named(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: String::new(),
            why: String::new(),
            remedy: String::new(),
            references: Vec::new(),
            severity: if id.to_ascii_lowercase().contains("generic") {
                Severity::Medium
            } else {
                Severity::High
            },
            regex: None,
            window: None,
            path: None,
            secret: SecretPart::FirstGroup,
            entropy: 0.0,
            keywords: Vec::new(),
            tags: Vec::new(),
            allow: Vec::new(),
            excluded: Vec::new(),
            required: Vec::new(),
            is_auxiliary: false,
            is_weak: false,
            validator: None,
            places: Places::Text,
        }
    }
}
