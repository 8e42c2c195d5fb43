//! Allow lists: what a rule finds and nobody wants to hear of.

use crate::pattern::{Pattern, PatternError};
use aho_corasick::AhoCorasick;

/// An allow list of gitleaks, of either generation (`config/allowlist.go`).
#[derive(Debug, Default)]
pub(crate) struct AllowList {
    pub(crate) needs_all: bool,
    /// A list of commits is never met: there are no commits in an image.
    pub(crate) has_commits: bool,
    pub(crate) paths: Option<Pattern>,
    pub(crate) regexes: Option<Pattern>,
    pub(crate) target: Target,
    pub(crate) stop_words: Option<AhoCorasick>,
    /// Expressions in the two patterns.
    pub(crate) expressions: usize,
}

/// What the regular expressions of an allow list are held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Target {
    #[default]
    Secret,
    Match,
    Line,
}

/// What a rule has found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) path: &'a str,
    pub(crate) secret: &'a [u8],
    pub(crate) matched: &'a [u8],
    pub(crate) line: &'a [u8],
}

impl AllowList {
    pub(crate) const fn expression_count(&self) -> usize {
        self.expressions
    }

    /// Whether a whole file is allowed, before anything is looked for (`checkCommitOrPathAllowed`).
    pub(crate) fn allows_path(&self, path: &str) -> bool {
        if path.is_empty() {
            return false;
        }
        let is_met = self.paths.as_ref().is_some_and(|paths| paths.is_match(path.as_bytes()));
        if self.needs_all {
            let rest = self.has_commits || self.regexes.is_some() || self.stop_words.is_some();
            return is_met && !rest;
        }
        is_met
    }

    /// Whether a candidate is allowed (`checkFindingAllowed`).
    pub(crate) fn allows(&self, candidate: Candidate<'_>) -> bool {
        let target = match self.target {
            Target::Secret => candidate.secret,
            Target::Match => candidate.matched,
            Target::Line => candidate.line,
        };
        let by_regex =
            || self.regexes.as_ref().is_some_and(|regexes| !target.is_empty() && regexes.is_match(target));
        let by_word = || self.stop_words.as_ref().is_some_and(|words| words.is_match(candidate.secret));
        if !self.needs_all {
            return by_regex() || by_word();
        }
        let by_path = || {
            self.paths
                .as_ref()
                .is_some_and(|paths| !candidate.path.is_empty() && paths.is_match(candidate.path.as_bytes()))
        };
        !self.has_commits
            && (self.paths.is_none() || by_path())
            && (self.regexes.is_none() || by_regex())
            && (self.stop_words.is_none() || by_word())
    }
}

/// Stop words of a list; they are found in any case.
pub(crate) fn stop_words(words: &[String]) -> Option<AhoCorasick> {
    let words: Vec<&String> = words.iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return None;
    }
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
}

/// Paths that are not looked at.
#[derive(Debug, Default)]
pub(crate) struct PathLists {
    patterns: Vec<Pattern>,
}

impl PathLists {
    pub(crate) fn add(&mut self, pattern: Pattern) {
        self.patterns.push(pattern);
    }

    /// Adds a glob with `**` as github.com/bmatcuk/doublestar describes them.
    pub(crate) fn add_glob(&mut self, glob: &str) -> Result<(), PatternError> {
        self.patterns.push(Pattern::parse(&glob_expression(glob))?.compile()?);
        Ok(())
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_match(path.as_bytes()))
    }
}

fn glob_expression(glob: &str) -> String {
    let mut out = "^".to_owned();
    let mut rest = glob;
    let mut braces = 0_u32;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            out.push_str("(?:[^/]*/)*");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("/**").filter(|after| after.is_empty()) {
            out.push_str("(?:/.*)?");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("**") {
            out.push_str(".*");
            rest = after;
            continue;
        }
        rest = &rest[character.len_utf8()..];
        match character {
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => {
                braces += 1;
                out.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                out.push(')');
            }
            ',' if braces > 0 => out.push('|'),
            '[' | ']' => out.push(character),
            other => out.push_str(&regex_syntax::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate<'a>(path: &'a str, secret: &'a str) -> Candidate<'a> {
        Candidate { path, secret: secret.as_bytes(), matched: secret.as_bytes(), line: b"" }
    }

    #[test]
    fn any_condition_is_enough_unless_all_are_asked_for() {
        let list = |needs_all| AllowList {
            needs_all,
            paths: Some(Pattern::parse(r"\.md$").unwrap()),
            stop_words: stop_words(&["Example".to_owned()]),
            ..AllowList::default()
        };
        assert!(list(false).allows_path("a.md") && !list(true).allows_path("a.md"));
        assert!(list(false).allows(candidate("a.txt", "my-EXAMPLE-key")));
        assert!(!list(true).allows(candidate("a.txt", "my-EXAMPLE-key")));
        assert!(list(true).allows(candidate("a.md", "my-EXAMPLE-key")));
    }

    #[test]
    fn a_list_that_also_asks_for_a_commit_is_never_met() {
        let list = AllowList {
            needs_all: true,
            has_commits: true,
            paths: Some(Pattern::parse("x").unwrap()),
            ..AllowList::default()
        };
        assert!(!list.allows_path("x") && !list.allows(candidate("x", "y")));
    }

    #[test]
    fn globs_cross_folders_only_with_two_stars() {
        let mut lists = PathLists::default();
        lists.add_glob("**/node_modules/**").unwrap();
        lists.add_glob("**/*.{png,jpg}").unwrap();
        lists.add_glob("etc/*.conf").unwrap();
        for path in ["node_modules/a/b.js", "srv/node_modules/x", "a.png", "b/c/d.jpg", "etc/a.conf"] {
            assert!(lists.matches(path), "{path}");
        }
        for path in ["srv/node_modulesx/a", "a.pngx", "etc/a/b.conf"] {
            assert!(!lists.matches(path), "{path}");
        }
    }
}
