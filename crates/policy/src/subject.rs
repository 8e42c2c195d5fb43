//! What the policy decides about: a finding, a gap, or something about the image as a whole.

use model::{Finding, Gap, Severity, Vulnerability};

/// What the policy decides about.
pub(crate) struct Subject<'a> {
    pub rule: String,
    pub title: String,
    pub severity: Option<Severity>,
    pub path: Option<String>,
    pub fingerprint: Option<&'a str>,
    pub vulnerability: Option<&'a Vulnerability>,
}

impl<'a> Subject<'a> {
    pub(crate) fn of_finding(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule.clone(),
            title: one_line(&finding.title),
            severity: Some(finding.severity),
            path: finding.location.path.as_ref().map(|path| path.as_str().to_owned()),
            fingerprint: Some(finding.fingerprint.as_str()),
            vulnerability: finding.vulnerability.as_deref(),
        }
    }

    /// Gaps are excepted as the rule `gap/REASON`, with what was not looked at as path.
    pub(crate) fn of_gap(gap: &Gap) -> Self {
        Self {
            rule: format!("gap/{}", gap.reason.as_str()),
            title: one_line(&format!("{}: {}", gap.what, gap.detail)),
            severity: None,
            path: Some(gap.what.trim_start_matches('/').to_owned()),
            fingerprint: None,
            vulnerability: None,
        }
    }

    /// Something about the image as a whole.
    pub(crate) fn of_image(rule: &str, title: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            title: one_line(title),
            severity: None,
            path: None,
            fingerprint: None,
            vulnerability: None,
        }
    }

    /// The names under which it may be meant.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &str> {
        let aliases = self.vulnerability.iter().flat_map(|found| &found.aliases).map(String::as_str);
        let id = self.vulnerability.map(|found| found.id.as_str());
        std::iter::once(self.rule.as_str()).chain(id).chain(aliases)
    }

    /// The names of its package.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &str> {
        self.vulnerability.into_iter().flat_map(|found| [found.package.as_str(), found.matched_name.as_str()])
    }
}

/// Texts of images are untrusted: one line, without control characters, of bounded length.
pub(crate) fn one_line(text: &str) -> String {
    let mut line: String = text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(300).is_some() {
        line.push('…');
    }
    line
}
