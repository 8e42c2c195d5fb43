//! What a report says in one glance, shared by the formats for people.

use crate::text::{count, neutral};
use model::{Finding, GapReason, Layer, Location, Report, Severity, Status};

/// Counts over the findings of a report.
pub(crate) struct Summary {
    /// Findings by severity, worst first, without those that have none.
    pub(crate) by_severity: Vec<(Severity, usize)>,
    /// Findings with a fixed version.
    pub(crate) fixable: usize,
    /// Findings in CISA's catalogue.
    pub(crate) known_exploited: usize,
    /// Suppressed findings by whose word it was, sorted.
    pub(crate) suppressed: Vec<(String, usize)>,
}

impl Summary {
    pub(crate) fn of(report: &Report) -> Self {
        let counts =
            |of: &dyn Fn(&Finding) -> bool| report.findings.iter().filter(|finding| of(finding)).count();
        let mut suppressed: Vec<(String, usize)> = Vec::new();
        for item in &report.suppressed {
            match suppressed.iter_mut().find(|(by, _)| *by == item.by) {
                Some((_, number)) => *number += 1,
                None => suppressed.push((item.by.clone(), 1)),
            }
        }
        suppressed.sort();
        Self {
            by_severity: Severity::ALL
                .into_iter()
                .map(|severity| (severity, report.count(severity)))
                .filter(|(_, number)| *number > 0)
                .collect(),
            fixable: counts(&is_fixable),
            known_exploited: counts(&is_known_exploited),
            suppressed,
        }
    }
}

/// Whether the publisher names a version that fixes it, or an edit repairs it.
pub(crate) fn is_fixable(finding: &Finding) -> bool {
    match &finding.vulnerability {
        Some(vulnerability) => !vulnerability.fixed_versions.is_empty(),
        None => finding.fix.as_ref().is_some_and(|fix| fix.caution.is_none()),
    }
}

/// Whether CISA lists it as exploited.
/// Whether its package was seen to be used, and what was seen; nothing when no record of use was asked.
pub(crate) fn use_words(finding: &Finding) -> Option<String> {
    let seen = finding.vulnerability.as_ref()?.in_use.as_ref()?;
    Some(format!("{}: {}", seen.state.words(), seen.detail))
}

pub(crate) fn is_known_exploited(finding: &Finding) -> bool {
    finding.vulnerability.as_ref().is_some_and(|vulnerability| vulnerability.known_exploited.is_some())
}

/// What is wrong, without the id and package that stand beside it: the summary of a vulnerability, which may be
/// empty, or the title of any other finding.
pub(crate) fn words(finding: &Finding) -> &str {
    finding.vulnerability.as_ref().map_or(&finding.title, |vulnerability| &vulnerability.summary)
}

/// What can be had against the finding, in few words: the fixed versions or why there is none. Neutral.
pub(crate) fn fix(finding: &Finding) -> String {
    let Some(vulnerability) = &finding.vulnerability else { return String::new() };
    if !vulnerability.fixed_versions.is_empty() {
        return neutral(&vulnerability.fixed_versions.join(", ")).into_owned();
    }
    status_words(vulnerability.status).to_owned()
}

/// A status without a fixed version, for people.
pub(crate) const fn status_words(status: Status) -> &'static str {
    match status {
        Status::Fixed | Status::Affected => "no fix yet",
        Status::WillNotFix => "won't fix",
        Status::Deferred => "fix deferred",
        Status::EndOfLife => "end of life",
        Status::NotAffected => "not affected",
        Status::UnderInvestigation => "under investigation",
    }
}

/// A reason for a gap, for people.
pub(crate) const fn gap_words(reason: GapReason) -> &'static str {
    match reason {
        GapReason::LimitReached => "limit reached",
        GapReason::Malformed => "malformed",
        GapReason::Truncated => "truncated",
        GapReason::Unsupported => "not supported",
        GapReason::Unreadable => "unreadable",
        GapReason::NoAdvisories => "no advisories",
        GapReason::PartialAdvisories => "advisories incomplete",
        GapReason::EndOfLife => "end of life",
        GapReason::Internal => "internal error",
    }
}

/// The file of a location, with the way into nested archives. Neutral; empty when it is in no file.
pub(crate) fn place(location: &Location) -> String {
    if let Some(span) = &location.source {
        let object =
            location.object.as_ref().map_or(String::new(), |object| format!(" ({})", neutral(object)));
        return format!("{}:{}:{}{object}", neutral(&span.file), span.line, span.column);
    }
    let mut text = match &location.path {
        Some(path) => neutral(&path.to_string()).into_owned(),
        None => String::new(),
    };
    for inner in &location.nested {
        text.push_str(" ! ");
        text.push_str(&neutral(inner));
    }
    if let Some(line) = location.line {
        text.push_str(&format!(":{line}"));
    }
    if let Some(line) = location.dockerfile_line.filter(|_| text.is_empty()) {
        text.push_str(&format!("Dockerfile:{line}"));
    }
    if let Some(object) = &location.object {
        let gap = if text.is_empty() { "" } else { " " };
        text.push_str(&format!("{gap}{}", neutral(object)));
    }
    text
}

/// What was seen of an object that lies in no file, in one line. `None` when that repeats what is said anyway.
pub(crate) fn seen(finding: &Finding) -> Option<String> {
    let object = finding.location.object.as_deref().filter(|_| finding.location.source.is_none())?;
    let seen = neutral(finding.evidence.first()?).into_owned();
    let name = object.split_once(' ').map_or(object, |(_, name)| name);
    let is_quoted = object.split('\'').nth(1).is_some_and(|quoted| seen.contains(quoted));
    let is_said = is_quoted || seen.contains(name) || object.contains(&seen) || finding.title.contains(&seen);
    (!is_said).then_some(seen)
}

/// A layer in few words: `layer 3 a1b2c3d4e5f6 (base)`.
pub(crate) fn layer_words(layer: &Layer) -> String {
    let digest = layer.digest.as_ref().or(layer.diff_id.as_ref()).map_or("", |digest| digest.short());
    let base = if layer.is_base == Some(true) { " (base)" } else { "" };
    format!("layer {} {digest}{base}", layer.index).trim_end().to_owned()
}

/// The lines that name the target: its name and kind, then what else is known. Neutral.
pub(crate) fn target_facts(report: &Report) -> Vec<String> {
    let target = &report.target;
    let mut facts = Vec::new();
    if let Some(distribution) = &report.distribution {
        facts.push(neutral(&distribution.to_string()).into_owned());
    }
    if let Some(platform) = &target.platform {
        facts.push(neutral(platform).into_owned());
    }
    if target.kind.has_packages() {
        facts.push(count(report.packages.len(), "package"));
    }
    if !report.layers.is_empty() {
        facts.push(count(report.layers.len(), "layer"));
    }
    if let Some(digest) = target.manifest_digest.as_ref().or(target.image_id.as_ref()) {
        facts.push(format!("{}:{}", digest.algorithm(), digest.short()));
    }
    facts
}

/// `epss 97.6%`, with as many digits as tell something.
pub(crate) fn percent(share: f32) -> String {
    let value = share * 100.0;
    if value >= 9.95 { format!("{value:.0}%") } else { format!("{value:.1}%") }
}
