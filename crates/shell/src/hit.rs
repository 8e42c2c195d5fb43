//! What the rules say.

use model::RuleInfo;
use std::{collections::BTreeMap, ops::Range};

/// Something that a rule has to say of a shell text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellHit {
    /// The rule, one of [`crate::RULES`].
    pub rule: &'static RuleInfo,
    /// What ShellCheck calls it (`SC2086`).
    pub aliases: &'static [&'static str],
    /// Bytes of the text that it is about.
    pub span: Range<usize>,
    /// One line: what is wrong here.
    pub message: String,
    /// Edits that repair it without changing what a well-meant text does.
    pub fix: Option<ShellFix>,
}

/// Edits of the text that belong together: all are made, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellFix {
    /// One line: what the edits do.
    pub title: String,
    /// In order, not overlapping.
    pub edits: Vec<ShellEdit>,
}

/// Bytes of the text and what takes their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellEdit {
    /// The bytes that go; empty where text is put in.
    pub bytes: Range<usize>,
    /// The text that comes.
    pub text: String,
}

/// What is known of the surroundings of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Variables that are set before the text runs (`ENV`, `ARG`), with their values where these are known. One with
    /// an unknown value counts as a plain word, as a build argument is meant to be.
    pub variables: BTreeMap<String, Option<String>>,
    /// Whether the shell was started with `-e` (`SHELL ["/bin/bash", "-ec"]`).
    pub has_errexit: bool,
}
