//! The decision about a report.

use crate::{
    action::Action,
    circumstances::{Circumstances, SignatureState},
    exception::ExceptionRule,
    image_name::ImageName,
    kind::FindingKind,
    policy::Policy,
    sections::Sections,
    subject::Subject,
    verdict::{Decision, Excepted, Expired, Reason, VERDICT_SCHEMA_VERSION, Verdict},
    weigh::{Weighed, weigh_finding},
};
use model::{Finding, Report, TargetKind};
use std::collections::HashMap;

impl Policy {
    /// Decides about a report. What an ignore file, a baseline or a VEX document took out of the report stays out,
    /// unless the policy does not accept that source (`accept-suppressed`).
    #[must_use]
    pub fn decide(&self, report: &Report, circumstances: &Circumstances) -> Verdict {
        let is_named = matches!(report.target.kind, TargetKind::Docker | TargetKind::Registry);
        let name = circumstances.image.as_deref().or(is_named.then_some(report.target.name.as_str()));
        let image = name.map(ImageName::parse);
        let sections = self.sections_for(image.as_ref());
        let mut decision = Deciding::new(self, image.as_ref(), circumstances);

        decision.image(report, &sections, name);
        let suppressed = report.suppressed.iter().filter(|suppressed| {
            self.accept_suppressed.as_ref().is_some_and(|accepted| !accepted.contains(&suppressed.by))
        });
        for finding in report.findings.iter().chain(suppressed.map(|suppressed| &suppressed.finding)) {
            let subject = Subject::of_finding(finding);
            let kind = FindingKind::of(finding);
            let weighed = weigh_finding(&sections, &subject, kind, circumstances.date);
            decision.add(&subject, weighed);
        }
        for gap in &report.gaps {
            let reason = gap.reason.as_str();
            let key = if sections.gaps.contains_key(reason) { reason } else { "any" };
            let action = sections.gaps.get(key).copied().unwrap_or(Action::Warn);
            let weighed = Weighed::new(action, format!("gaps.{key}"), action.as_str(), "not looked at");
            decision.add(&Subject::of_gap(gap), weighed);
        }
        decision.finish()
    }
}

struct Deciding<'a> {
    policy: &'a Policy,
    image: Option<&'a ImageName>,
    circumstances: &'a Circumstances,
    /// Exceptions for one rule by its id, and those that may match any.
    by_rule: HashMap<&'a str, Vec<usize>>,
    for_any_rule: Vec<usize>,
    /// How often each exception would have matched after its end.
    expired: Vec<usize>,
    /// Where a gap of the same reason stands already.
    gaps: HashMap<(String, Action), usize>,
    blocks: Vec<Reason>,
    warnings: Vec<Reason>,
    excepted: Vec<Excepted>,
    allowed: usize,
}

impl<'a> Deciding<'a> {
    fn new(policy: &'a Policy, image: Option<&'a ImageName>, circumstances: &'a Circumstances) -> Self {
        let mut by_rule: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut for_any_rule = Vec::new();
        for (number, exception) in policy.exceptions.iter().enumerate() {
            match exception.exact_rule() {
                Some(rule) => by_rule.entry(rule).or_default().push(number),
                None => for_any_rule.push(number),
            }
        }
        Self {
            policy,
            image,
            circumstances,
            by_rule,
            for_any_rule,
            expired: vec![0; policy.exceptions.len()],
            gaps: HashMap::new(),
            blocks: Vec::new(),
            warnings: Vec::new(),
            excepted: Vec::new(),
            allowed: 0,
        }
    }

    /// What the policy asks of the image as a whole. Where the report has a finding about the same, that one is
    /// decided about instead.
    fn image(&mut self, report: &Report, sections: &Sections, name: Option<&str>) {
        let table = &sections.image;
        let has = |rules: &[&str]| report.findings.iter().any(|finding| is_one_of(finding, rules));
        if let (Some(registries), Some(image)) = (&table.registries, self.image)
            && !registries.iter().any(|pattern| pattern.matches(image))
        {
            let action = table.other_registries.unwrap_or(Action::Block);
            let title = format!("{} is in none of the allowed registries", image.repository());
            let weighed = Weighed::new(action, "image.other-registries", action.as_str(), "image.registries");
            self.add(&Subject::of_image("policy/registry-not-allowed", &title), weighed);
        }
        if let Some(bases) = &table.bases {
            let base = self.circumstances.base.as_deref();
            let is_allowed =
                base.map(ImageName::parse).is_some_and(|base| bases.iter().any(|b| b.matches(&base)));
            if !is_allowed {
                let action = table.other_bases.unwrap_or(Action::Block);
                let (rule, title) = match base {
                    Some(base) => ("policy/base-not-allowed", format!("{base} is none of the allowed bases")),
                    None => ("policy/base-unknown", "the image does not tell its base".to_owned()),
                };
                let weighed = Weighed::new(action, "image.other-bases", action.as_str(), "image.bases");
                self.add(&Subject::of_image(rule, &title), weighed);
            }
        }
        if let (Some(_), Some(name)) = (table.not_pinned, name)
            && !name.contains('@')
            && !has(&["image/not-pinned"])
        {
            let subject = Subject::of_image("image/not-pinned", &format!("{name} is named by tag"));
            let weighed =
                weigh_finding(sections, &subject, FindingKind::Configuration, self.circumstances.date);
            self.add(&subject, weighed);
        }
        let is_demanded = sections.signature.missing.is_some() || sections.signature.names_signers();
        if is_demanded && !has(&["image/unsigned", "image/signature-invalid"]) {
            self.signature(sections);
        }
    }

    fn signature(&mut self, sections: &Sections) {
        // What was not looked at is not signed: a gate that skips the check would pass everything.
        let (rule, title) = match self.circumstances.signature {
            SignatureState::Verified => return,
            SignatureState::NotChecked => ("image/unsigned", "its signatures were not verified"),
            SignatureState::Unreadable => ("image/unsigned", "its signatures could not be read"),
            SignatureState::Unsigned => ("image/unsigned", "it is not signed"),
            SignatureState::Invalid => ("image/signature-invalid", "its signatures do not count"),
        };
        let subject = Subject::of_image(rule, title);
        let weighed = weigh_finding(sections, &subject, FindingKind::Configuration, self.circumstances.date);
        self.add(&subject, weighed);
    }

    fn add(&mut self, subject: &Subject<'_>, weighed: Weighed) {
        if weighed.action == Action::Allow {
            self.allowed += 1;
            return;
        }
        let reason = reason(subject, weighed);
        if let Some(exception) = self.exception(subject) {
            self.excepted.push(Excepted { reason, exception: exception.shown.clone() });
            return;
        }
        let list = if reason.action == Action::Block { &mut self.blocks } else { &mut self.warnings };
        if reason.rule.starts_with("gap/") {
            let key = (reason.rule.clone(), reason.action);
            if let Some(&at) = self.gaps.get(&key) {
                list[at].count += 1;
                return;
            }
            self.gaps.insert(key, list.len());
        }
        list.push(reason);
    }

    /// The first exception in the order of the file that matches and counts; those that match and do not count
    /// any more are noted.
    fn exception(&mut self, subject: &Subject<'_>) -> Option<&'a ExceptionRule> {
        let named = subject.rules().filter_map(|rule| self.by_rule.get(rule)).flatten();
        let mut numbers: Vec<usize> = named.chain(&self.for_any_rule).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let exception = &self.policy.exceptions[number];
            if !exception.matches(subject, self.image) {
                continue;
            }
            if !exception.has_expired(self.circumstances.date) {
                return Some(exception);
            }
            self.expired[number] += 1;
        }
        None
    }

    fn finish(self) -> Verdict {
        let decision = match (self.blocks.is_empty(), self.warnings.is_empty()) {
            (false, _) => Decision::Block,
            (true, false) => Decision::Warn,
            (true, true) => Decision::Pass,
        };
        let exceptions = self.policy.exceptions.iter().zip(self.expired);
        let expired = exceptions
            .filter(|(exception, _)| exception.has_expired(self.circumstances.date))
            .map(|(exception, matched)| Expired { exception: exception.shown.clone(), matched })
            .collect();
        Verdict {
            schema_version: VERDICT_SCHEMA_VERSION,
            decision,
            image: self.image.map(|image| image.repository().to_owned()),
            blocks: self.blocks,
            warnings: self.warnings,
            excepted: self.excepted,
            expired,
            allowed: self.allowed,
        }
    }
}

fn reason(subject: &Subject<'_>, weighed: Weighed) -> Reason {
    let package = subject.vulnerability.filter(|found| !found.package.is_empty());
    Reason {
        action: weighed.action,
        rule: crate::subject::one_line(&subject.rule),
        title: subject.title.clone(),
        severity: subject.severity,
        package: package
            .map(|found| crate::subject::one_line(&format!("{} {}", found.package, found.installed_version))),
        path: subject.path.as_deref().map(crate::subject::one_line),
        fingerprint: subject.fingerprint.map(str::to_owned),
        because: weighed.because,
        clause: weighed.clause,
        count: 1,
    }
}

fn is_one_of(finding: &Finding, rules: &[&str]) -> bool {
    rules.contains(&finding.rule.as_str())
}
