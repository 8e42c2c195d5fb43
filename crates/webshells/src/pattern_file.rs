//! The data files of patterns: `rules/webshells/*.toml`.

use crate::language::Language;
use model::Severity;
use serde::Deserialize;

/// The built-in files, by name.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("php.toml", include_str!("../../../rules/webshells/php.toml")),
    ("php_signs.toml", include_str!("../../../rules/webshells/php_signs.toml")),
    ("java.toml", include_str!("../../../rules/webshells/java.toml")),
    ("asp.toml", include_str!("../../../rules/webshells/asp.toml")),
    ("scripts.toml", include_str!("../../../rules/webshells/scripts.toml")),
    ("settings.toml", include_str!("../../../rules/webshells/settings.toml")),
];

/// A pattern file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// It is not TOML, or has other fields.
    #[error("pattern file {file} cannot be read")]
    Parse {
        /// The file.
        file: String,
        /// What is wrong.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A regular expression does not compile.
    #[error("the regular expression of pattern '{pattern}' does not compile")]
    Regex {
        /// The pattern.
        pattern: String,
        /// What is wrong.
        #[source]
        source: Box<regex::Error>,
    },
    /// A pattern names a state that no rule describes, or has neither severity nor score.
    #[error("pattern '{0}' reports a state that no rule describes")]
    UnknownState(String),
}

/// One data file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternFile {
    /// Texts that tell a webshell, or a sign of one.
    #[serde(default)]
    pub(crate) pattern: Vec<Pattern>,
    /// Request input that reaches a dangerous call through variables, for languages without a syntax tree.
    #[serde(default)]
    pub(crate) flow: Vec<Flow>,
}

/// A text that tells a webshell.
///
/// Examples stand in two pieces joined by `%%`, which the tests remove: a file of complete shells would be
/// removed by the first antivirus that sees it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pattern {
    pub(crate) name: String,
    /// The rule it reports, without its engine.
    pub(crate) state: String,
    /// Instead of the rule's own severity.
    pub(crate) severity: Option<Severity>,
    /// A sign: ten points of one state make a hit.
    #[serde(default)]
    pub(crate) score: u32,
    /// Without one such sign the others make no hit.
    #[serde(default)]
    pub(crate) is_essential: bool,
    pub(crate) languages: Vec<Language>,
    /// One of them must be there, in any case; the expression is tried only round them.
    pub(crate) keywords: Vec<String>,
    /// Without it, the keyword is the whole pattern.
    pub(crate) regex: Option<String>,
    /// All of them must match somewhere in the file.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    /// None of them may match anywhere in the file.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// Bytes after a keyword that the expression may need.
    #[serde(default = "default_span")]
    pub(crate) span: usize,
    /// The file has at most so many bytes.
    #[serde(default = "default_size")]
    pub(crate) size_bytes_max: usize,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are executed by tests"))]
    pub(crate) bad: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are executed by tests"))]
    pub(crate) good: Vec<String>,
}

/// Request input that reaches a dangerous call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) severity: Option<Severity>,
    pub(crate) languages: Vec<Language>,
    /// Keywords of the dangerous calls.
    pub(crate) keywords: Vec<String>,
    /// Expressions that read the request.
    pub(crate) sources: Vec<String>,
    /// Dangerous calls; the group `arg` is what must not come from the request.
    pub(crate) sinks: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are executed by tests"))]
    pub(crate) bad: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are executed by tests"))]
    pub(crate) good: Vec<String>,
}

const fn default_span() -> usize {
    512
}

const fn default_size() -> usize {
    usize::MAX
}

/// Reads one file.
pub(crate) fn parse(name: &str, text: &str) -> Result<PatternFile, PatternError> {
    toml::from_str(text)
        .map_err(|source| PatternError::Parse { file: name.to_owned(), source: Box::new(source) })
}
