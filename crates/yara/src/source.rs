//! Rule files as the caller read them.

use model::Severity;
use serde::{Deserialize, Serialize};

/// Bytes of one rule file; larger ones are reported and left out.
pub(crate) const FILE_BYTES_MAX: usize = 64 << 20;

/// A rule file as the caller read it. Files named `.yar`, `.yara` or `.rule` hold rules of their own; any other is
/// there to be included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// Path below the folder that was given, with `/` between its parts; shown in problems.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl RuleFile {
    /// Whether it is compiled although nobody includes it.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        [".yar", ".yara", ".rule"].iter().any(|extension| name.ends_with(extension))
    }
}

/// Which rules see each other, and the middle part of `yara/<namespace>/<rule>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Namespaces {
    /// One, named like the pack: what yara-x's command line does, and what sets expect whose files use rules of
    /// other files.
    #[default]
    Pack,
    /// One for each folder.
    Folder,
    /// One for each file: rules of the same name in two files do not clash.
    File,
}

/// How strictly regular expressions are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// As yara-x demands.
    #[default]
    Strict,
    /// Unknown escapes and lone braces stand for themselves, as in YARA 4.
    Relaxed,
}

/// How a pack is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackOptions {
    /// Name of the set: `signature-base`.
    pub name: String,
    /// Which rules see each other.
    pub namespaces: Namespaces,
    /// How strictly regular expressions are read.
    pub syntax: Syntax,
    /// Severity of rules whose metadata tell none.
    pub severity: Severity,
    /// Licences (values of `license` or `licence` in a rule's metadata) whose rules are left out, in any case, by their
    /// beginning: `CC-BY-NC` also leaves out `CC BY-NC 4.0`.
    pub excluded_licences: Vec<String>,
    /// Shown with every hit of a rule that names none itself.
    pub author: Option<String>,
    /// Shown with every hit of a rule that names none itself.
    pub licence: Option<String>,
}

impl PackOptions {
    /// The usual ones: one namespace, strict syntax, severity high.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespaces: Namespaces::Pack,
            syntax: Syntax::Strict,
            severity: Severity::High,
            excluded_licences: Vec::new(),
            author: None,
            licence: None,
        }
    }

    /// The namespace of a file.
    pub(crate) fn namespace_of(&self, file: &str) -> String {
        let stem =
            file.rsplit_once('.').map_or(file, |(stem, end)| if end.contains('/') { file } else { stem });
        match self.namespaces {
            Namespaces::Pack => self.name.clone(),
            Namespaces::Folder => {
                file.rsplit_once('/').map_or(self.name.clone(), |(folder, _)| folder.to_owned())
            }
            Namespaces::File => stem.to_owned(),
        }
    }
}

/// Rules that are not used, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleProblem {
    /// The rule file.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
    /// The rule that is left out; none when it is not known where the rule begins.
    pub rule: Option<String>,
    /// What is wrong, one line.
    pub message: String,
}

impl std::fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(rule) = &self.rule {
            write!(f, "rule {rule}: ")?;
        }
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_follow_the_choice() {
        let mut options = PackOptions::new("base");
        assert_eq!(options.namespace_of("a/b.yar"), "base");
        options.namespaces = Namespaces::Folder;
        assert_eq!(
            (options.namespace_of("a/b.yar"), options.namespace_of("b.yar")),
            ("a".into(), "base".into())
        );
        options.namespaces = Namespaces::File;
        assert_eq!(
            (options.namespace_of("a/b.yar"), options.namespace_of("a.x/b")),
            ("a/b".into(), "a.x/b".into())
        );
    }
}
