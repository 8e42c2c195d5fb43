//! The audit.

use crate::{
    Advised, Settings, Tables,
    answers::{Answers, Audit},
    checks, containers,
    rule::Subject,
    versions,
};
use facts::HostFacts;

/// Answers every check. `advised` is what advisories of distributions say of components (see [`crate::candidates`]).
#[must_use]
pub fn audit(facts: &HostFacts, settings: &Settings, tables: &Tables, advised: &[Advised]) -> Audit {
    let mut audit = Audit { gaps: facts.gaps.clone(), ..Audit::default() };
    let subject = Subject { facts, settings };
    for check in checks::all() {
        let mut answers = Answers::new(&mut audit, &check.info, check.aliases);
        (check.run)(&subject, &mut answers);
    }
    versions::run(&subject, tables, advised, &mut audit);
    containers::run(&subject, &mut audit);
    audit.outcomes.sort();
    audit.outcomes.dedup();
    audit.gaps.sort();
    audit.gaps.dedup();
    audit.findings.sort_by(|a, b| {
        (std::cmp::Reverse(a.severity), &a.rule, &a.location.object).cmp(&(
            std::cmp::Reverse(b.severity),
            &b.rule,
            &b.location.object,
        ))
    });
    audit
}
