//! What the tables say about one finding.

use crate::{
    action::{Action, Threshold},
    date::Date,
    kind::FindingKind,
    sections::{ImageTable, Sections, SignatureTable},
    subject::Subject,
};
use model::{Severity, UseState, Vulnerability};

/// What is done about something, and by which words.
pub(crate) struct Weighed {
    pub action: Action,
    pub clause: String,
    pub because: String,
}

impl Weighed {
    pub(crate) fn new(action: Action, key: impl std::fmt::Display, value: &str, because: &str) -> Self {
        Self { action, clause: format!("{key} = \"{value}\""), because: because.to_owned() }
    }
}

/// What is done about a finding: the word of `[rules]`, else that of `[image]` or `[signature]`, else by severity
/// and what else the table of its kind looks at.
pub(crate) fn weigh_finding(
    sections: &Sections,
    subject: &Subject<'_>,
    kind: FindingKind,
    today: Date,
) -> Weighed {
    for (glob, action) in &sections.rules {
        if subject.rules().any(|rule| glob.matches(rule)) {
            return Weighed::new(
                *action,
                format!("rules.\"{glob}\""),
                action.as_str(),
                "named in the policy",
            );
        }
    }
    if let Some((key, action)) = image_key(&sections.image, &sections.signature, &subject.rule) {
        return Weighed::new(action, key, action.as_str(), "asked of every image");
    }
    let severity = subject.severity.unwrap_or(Severity::Unknown);
    let weighed = by_severity(sections, kind, severity);
    match (kind, subject.vulnerability) {
        (FindingKind::Vulnerability, Some(vulnerability)) => {
            by_vulnerability(sections, weighed, vulnerability, today)
        }
        _ => weighed,
    }
}

fn image_key(image: &ImageTable, signature: &SignatureTable, rule: &str) -> Option<(&'static str, Action)> {
    match rule {
        "image/runs-as-root" => Some(("image.root-user", image.root_user?)),
        "image/end-of-life-distribution" => Some(("image.end-of-life", image.end_of_life?)),
        "image/not-pinned" => Some(("image.not-pinned", image.not_pinned?)),
        "image/base-outdated" | "image/old-base" => Some(("image.base-outdated", image.base_outdated?)),
        "image/unsigned" | "image/signature-invalid" => {
            let by_signers = signature.names_signers().then_some(Action::Block);
            Some(("signature.missing", signature.missing.or(by_signers)?))
        }
        _ => None,
    }
}

fn by_severity(sections: &Sections, kind: FindingKind, severity: Severity) -> Weighed {
    let (block, warn) = sections.thresholds(kind);
    let (action, key, threshold) = if block.is_reached_by(severity) {
        (Action::Block, "block", block)
    } else if warn.is_reached_by(severity) {
        (Action::Warn, "warn", warn)
    } else {
        (Action::Allow, "warn", warn)
    };
    let because = match (severity, threshold) {
        (Severity::Unknown, Threshold::From(_)) => "severity unknown, which counts as medium".to_owned(),
        _ => format!("severity {severity}"),
    };
    Weighed::new(action, format!("{}.{key}", kind.as_str()), threshold.as_str(), &because)
}

/// First what makes a vulnerability milder, then what makes it worse: a known exploited one blocks though nothing
/// fixes it yet.
fn by_vulnerability(
    sections: &Sections,
    mut weighed: Weighed,
    vulnerability: &Vulnerability,
    today: Date,
) -> Weighed {
    let table = &sections.vulnerability;
    let at_most = |weighed: &mut Weighed, most: Action, key: &str, because: &str| {
        if weighed.action > most {
            *weighed = Weighed::new(most, format!("vulnerability.{key}"), most.as_str(), because);
        }
    };
    if let Some(most) = table.unfixed
        && vulnerability.fixed_versions.is_empty()
    {
        let because = format!("no fixed version, {}", vulnerability.status.as_str());
        at_most(&mut weighed, most, "unfixed", &because);
    }
    let published = vulnerability.published.as_deref().and_then(Date::of_timestamp);
    if let (Some(days), Some(published)) = (table.young_days, published) {
        let age_days = today.days_since(published);
        if age_days < i64::from(days) {
            let because = format!("published {published}, {age_days} of {days} days ago");
            at_most(&mut weighed, table.young.unwrap_or(Action::Warn), "young", &because);
        }
    }
    let seen = vulnerability.in_use.as_deref();
    // What is not known counts as if it were in use, unless the policy speaks of what was seen.
    if let (Some(most), Some(seen)) = (table.not_seen, seen.filter(|seen| seen.state == UseState::NotSeen)) {
        at_most(&mut weighed, most, "not-seen", &crate::subject::one_line(&seen.detail));
    }

    let at_least = |weighed: &mut Weighed, least: Action, key: &str, because: &str| {
        if weighed.action < least {
            *weighed = Weighed::new(least, format!("vulnerability.{key}"), least.as_str(), because);
        }
    };
    if let (Some(least), Some(seen)) = (table.in_use, seen.filter(|seen| seen.state == UseState::InUse)) {
        at_least(
            &mut weighed,
            least,
            "in-use",
            &crate::subject::one_line(&format!("in use: {}", seen.detail)),
        );
    }
    if let Some(min) = table.cvss_min {
        let tenths = vulnerability.severities.iter().filter_map(|rating| rating.cvss.as_ref());
        let worst = tenths.map(|cvss| cvss.score_tenths).max().map(|tenths| f64::from(tenths) / 10.0);
        if let Some(score) = worst.filter(|score| *score >= min) {
            let because = format!("CVSS {score:.1}, {min:.1} or more");
            at_least(&mut weighed, table.cvss.unwrap_or(Action::Block), "cvss", &because);
        }
    }
    if let (Some(min), Some(epss)) = (table.epss_min, &vulnerability.epss) {
        // Both as the same kind of number: 0.7 must reach 0.7.
        if epss.score >= min as f32 {
            let because = format!("EPSS {:.3}, {min:.3} or more", epss.score);
            at_least(&mut weighed, table.epss.unwrap_or(Action::Block), "epss", &because);
        }
    }
    if let Some(known) = &vulnerability.known_exploited {
        let because = format!("known to be exploited since {}", known.date_added);
        let least = table.known_exploited.unwrap_or(Action::Block);
        at_least(&mut weighed, least, "known-exploited", &crate::subject::one_line(&because));
    }
    weighed
}
