//! Findings that the user has decided about.

use model::{Finding, LayerPath, Report, Suppressed};
use serde::Deserialize;
use std::collections::HashSet;

/// Who takes a finding out of the report, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// `ignore-file`, `baseline`, `vex`, `only-fixable`.
    pub by: &'static str,
    /// Why, in that source's words.
    pub reason: String,
}

/// A source of decisions, asked for every finding.
pub type Decide<'a> = Box<dyn Fn(&Finding) -> Option<Decision> + 'a>;

/// Sources of decisions; the first that answers counts.
#[derive(Default)]
pub struct Filters<'a> {
    decide: Vec<Decide<'a>>,
}

impl<'a> Filters<'a> {
    /// Adds any source.
    pub fn add(&mut self, decide: Decide<'a>) {
        self.decide.push(decide);
    }

    /// Takes out vulnerabilities without a fixed version.
    pub fn only_fixable(&mut self) {
        self.add(Box::new(|finding| {
            let vulnerability = finding.vulnerability.as_ref()?;
            let is_fixable = !vulnerability.fixed_versions.is_empty();
            let reason = || format!("no fixed version ({})", vulnerability.status.as_str());
            (!is_fixable).then(|| Decision { by: "only-fixable", reason: reason() })
        }));
    }

    /// Takes out what an earlier report already had.
    pub fn baseline(&mut self, earlier: &Report) {
        let suppressed = earlier.suppressed.iter().filter(|s| s.by != "baseline").map(|s| &s.finding);
        let known: HashSet<_> =
            earlier.findings.iter().chain(suppressed).map(|f| f.fingerprint.clone()).collect();
        self.add(Box::new(move |finding| {
            let reason = || "in the earlier report".to_owned();
            known.contains(&finding.fingerprint).then(|| Decision { by: "baseline", reason: reason() })
        }));
    }

    /// Takes out what an ignore file names. A rule that has expired takes out nothing and says so in the
    /// evidence.
    pub fn ignore_file(&mut self, file: &'a IgnoreFile, today: &'a str) {
        self.add(Box::new(move |finding| {
            let rule =
                file.ignore.iter().find(|rule| rule.applies_to(finding) && !rule.has_expired(today))?;
            Some(Decision { by: "ignore-file", reason: rule.reason.clone() })
        }));
    }

    /// Moves findings to [`Report::suppressed`].
    pub fn apply(&self, report: &mut Report) {
        for finding in std::mem::take(&mut report.findings) {
            match self.decide.iter().find_map(|decide| decide(&finding)) {
                Some(Decision { by, reason }) => {
                    report.suppressed.push(Suppressed { finding, by: by.to_owned(), reason });
                }
                None => report.findings.push(finding),
            }
        }
    }
}

/// An ignore file: TOML with `[[ignore]]` tables, or the plain lines of a `.trivyignore`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgnoreFile {
    /// The rules in the order of the file.
    #[serde(default)]
    pub ignore: Vec<IgnoreRule>,
}

/// One rule; every field that is given must agree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgnoreRule {
    /// A rule id, or the id or an alias of a vulnerability.
    pub id: String,
    /// Package name, without version.
    pub package: Option<String>,
    /// Path inside the image; a trailing `/` means everything below.
    pub path: Option<String>,
    /// Why it is ignored.
    pub reason: String,
    /// Last day on which the rule counts, `2027-01-31`.
    pub expires: Option<String>,
}

/// Why an ignore file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IgnoreError {
    /// Not TOML, or a field is missing or unknown.
    #[error(
        "cannot read the ignore file (hint: each [[ignore]] needs id and reason; package, path and expires narrow it)"
    )]
    Toml(#[source] Box<toml::de::Error>),
    /// A date is not one.
    #[error("the rule for {id} expires on '{date}', which is not a date like 2027-01-31")]
    Date {
        /// The rule's id.
        id: String,
        /// The text.
        date: String,
    },
    /// A reason is empty.
    #[error("the rule for {0} has an empty reason")]
    NoReason(String),
}

impl IgnoreFile {
    /// Reads TOML, or the lines of a `.trivyignore` (`ID`, `ID exp:2027-01-31`, comments).
    ///
    /// # Errors
    /// When it is neither, or a rule has no reason or a malformed date.
    pub fn parse(text: &str) -> Result<Self, IgnoreError> {
        let file = match parse_lines(text) {
            Some(file) => file,
            None => toml::from_str(text).map_err(|error| IgnoreError::Toml(Box::new(error)))?,
        };
        for rule in &file.ignore {
            if let Some(date) = rule.expires.as_deref().filter(|date| !is_date(date)) {
                return Err(IgnoreError::Date { id: rule.id.clone(), date: date.to_owned() });
            }
            if rule.reason.trim().is_empty() {
                return Err(IgnoreError::NoReason(rule.id.clone()));
            }
        }
        Ok(file)
    }

    /// Rules that expired before a day.
    pub fn expired<'a>(&'a self, today: &'a str) -> impl Iterator<Item = &'a IgnoreRule> {
        self.ignore.iter().filter(move |rule| rule.has_expired(today))
    }
}

impl IgnoreRule {
    fn applies_to(&self, finding: &Finding) -> bool {
        let vulnerability = finding.vulnerability.as_ref();
        let is_alias = || vulnerability.is_some_and(|v| v.aliases.contains(&self.id));
        if finding.rule != self.id && !is_alias() {
            return false;
        }
        if let Some(package) = &self.package
            && vulnerability.is_none_or(|v| v.package != *package && v.matched_name != *package)
        {
            return false;
        }
        let Some(wanted) = &self.path else { return true };
        let Some(path) = &finding.location.path else { return false };
        let prefix = LayerPath::new(wanted);
        path == &prefix
            || (wanted.ends_with('/') && path.ancestors().any(|ancestor| ancestor == prefix.as_str()))
    }

    fn has_expired(&self, today: &str) -> bool {
        self.expires.as_deref().is_some_and(|expires| expires < today)
    }
}

fn parse_lines(text: &str) -> Option<IgnoreFile> {
    let mut file = IgnoreFile::default();
    for line in text.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
        if line.is_empty() {
            continue;
        }
        let mut words = line.split_whitespace();
        let id = words.next()?;
        if !id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | ':' | '.')) {
            return None;
        }
        let expires = match words.next() {
            Some(word) => Some(word.strip_prefix("exp:")?.to_owned()),
            None => None,
        };
        let reason = "listed without a reason".to_owned();
        file.ignore.push(IgnoreRule { id: id.to_owned(), package: None, path: None, reason, expires });
    }
    Some(file)
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Fingerprint, Location, Severity, Vulnerability};

    fn finding(id: &str, package: &str, path: &str) -> Finding {
        let vulnerability = Vulnerability {
            id: id.to_owned(),
            aliases: vec!["GHSA-1".to_owned()],
            package: package.to_owned(),
            ..Vulnerability::default()
        };
        Finding {
            rule: id.to_owned(),
            title: String::new(),
            severity: Severity::High,
            location: Location { path: Some(LayerPath::new(path)), ..Location::default() },
            evidence: Vec::new(),
            remedy: None,
            references: Vec::new(),
            fingerprint: Fingerprint::of(&[id, package, path]),
            aliases: Vec::new(),
            fix: None,
            vulnerability: Some(Box::new(vulnerability)),
        }
    }

    #[track_caller]
    fn check(text: &str, today: &str, expected: bool) {
        let file = IgnoreFile::parse(text).unwrap();
        let mut filters = Filters::default();
        filters.ignore_file(&file, today);
        let ignored =
            filters.decide[0](&finding("CVE-1", "left-pad", "app/node_modules/left-pad/package.json"))
                .is_some();
        assert_eq!(ignored, expected, "{text}");
    }

    #[test]
    fn a_rule_ignores_what_all_its_fields_name_until_it_expires() {
        for (fields, expected) in [
            ("id = 'CVE-1'", true),
            ("id = 'GHSA-1'", true),
            ("id = 'CVE-2'", false),
            ("id = 'CVE-1'\npackage = 'left-pad'", true),
            ("id = 'CVE-1'\npackage = 'right-pad'", false),
            ("id = 'CVE-1'\npath = '/app/'", true),
            ("id = 'CVE-1'\npath = '/app'", false),
            ("id = 'CVE-1'\nexpires = '2026-11-22'", true),
            ("id = 'CVE-1'\nexpires = '2026-11-21'", false),
        ] {
            check(&format!("[[ignore]]\n{fields}\nreason = 'r'\n"), "2026-11-22", expected);
        }
    }

    #[test]
    fn lines_of_a_trivyignore_are_read() {
        check("# accepted\nCVE-1 exp:2027-01-01\n", "2026-11-22", true);
        check("CVE-1 exp:2026-01-01\n", "2026-11-22", false);
    }

    #[test]
    fn a_rule_without_reason_or_with_a_malformed_date_is_refused() {
        for text in [
            "[[ignore]]\nid = 'CVE-1'\n",
            "[[ignore]]\nid = 'CVE-1'\nreason = ' '\n",
            "[[ignore]]\nid = 'CVE-1'\nreason = 'r'\nexpires = 'soon'\n",
            "[[ignore]]\nid = 'CVE-1'\nreason = 'r'\nreasons = 'r'\n",
        ] {
            assert!(IgnoreFile::parse(text).is_err(), "{text}");
        }
    }
}
