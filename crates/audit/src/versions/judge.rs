//! Components against the table and the fixes of distributions.

use super::{Tables, order, table::VersionEntry};
use crate::{
    answers::{Answers, Audit, Failure},
    rule::{Subject, info},
};
use facts::{Component, ComponentKind, HostFacts, PackageOwner};
use model::{GapReason, RuleInfo, Severity};
use versions::{Scheme, compare};

/// Rules about versions.
pub(crate) static RULES: &[RuleInfo] = &[
    info(
        "audit/engine-outdated",
        "the engine is of a line that gets no fixes any more, or lacks the newest",
        Severity::Medium,
        "Fixes of the engine are made for the current line alone.",
        "Update the engine; with live-restore the containers go on running.",
    ),
    info(
        "audit/known-vulnerable",
        "a known vulnerability of the engine or of what belongs to it",
        Severity::High,
        "These programs run as root and parse what containers and images give them: their holes are ways out of every \
         container.",
        "Update the component to a version that is not affected, then recreate containers that it started.",
    ),
];

/// The newest line and version of the engine that the table knows (moby releases, August 2026).
const ENGINE_LINE: &str = "29";
const ENGINE_NEWEST: &str = "29.5.1";

/// What a distribution's advisories say of one vulnerability in one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advised {
    /// Name of the source package.
    pub source: String,
    /// The vulnerability.
    pub id: String,
    /// What is said.
    pub status: AdvisedStatus,
}

/// What a distribution says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdvisedStatus {
    /// Fixed from this version of the source package on.
    FixedIn(String),
    /// Its package does not have it.
    NotAffected,
    /// Its package has it, and there is no fix.
    Unfixed,
}

/// Packages and vulnerabilities that the advisories of distributions should be asked about: those that upstream's ranges
/// would blame.
#[must_use]
pub fn candidates(facts: &HostFacts, tables: &Tables) -> Vec<(PackageOwner, Vec<String>)> {
    let mut list: Vec<(PackageOwner, Vec<String>)> = Vec::new();
    for component in facts.components.known().into_iter().flatten() {
        let Some(package) = &component.package else { continue };
        let ids: Vec<String> =
            tables.hits(component.kind, upstream(component)).iter().map(|entry| entry.id.clone()).collect();
        if !ids.is_empty() && !list.iter().any(|(known, _)| known.name == package.name) {
            list.push((package.clone(), ids));
        }
    }
    list
}

// A kernel's release names the build, its package the version of the source.
fn upstream(component: &Component) -> &str {
    match (&component.package, component.kind) {
        (Some(package), ComponentKind::Kernel) => &package.version,
        _ => &component.version,
    }
}

pub(crate) fn run(subject: &Subject<'_>, tables: &Tables, advised: &[Advised], audit: &mut Audit) {
    let components = match subject.facts.components.get() {
        Ok(components) => components,
        Err(missing) => {
            Answers::new(audit, rule("audit/known-vulnerable"), &[]).unknown("components", missing);
            Answers::new(audit, rule("audit/engine-outdated"), &["CIS-Docker-1.2.2"])
                .unknown("engine", missing);
            return;
        }
    };
    let mut answers = Answers::new(audit, rule("audit/known-vulnerable"), &[]);
    for component in components {
        one(component, tables, advised, &mut answers);
    }
    let mut answers = Answers::new(audit, rule("audit/engine-outdated"), &["CIS-Docker-1.2.2"]);
    match components.iter().find(|component| component.kind == ComponentKind::Engine) {
        Some(engine) => outdated(engine, &mut answers),
        None => {
            answers.unknown_because("engine", GapReason::Unreadable, "the engine did not tell its version");
        }
    }
}

/// Judges programs by their versions alone, wherever they were seen: the nodes of a cluster, its API server.
#[must_use]
pub fn judge_components(components: &[Component], tables: &Tables) -> Audit {
    let mut audit = Audit::default();
    let mut answers = Answers::new(&mut audit, rule("audit/known-vulnerable"), &[]);
    for component in components {
        one(component, tables, &[], &mut answers);
    }
    audit
}

fn rule(id: &str) -> &'static RuleInfo {
    RULES.iter().find(|rule| rule.id == id).expect("the id is one of this file")
}

fn name(component: &Component) -> String {
    let version =
        component.package.as_ref().map_or(component.version.as_str(), |package| package.version.as_str());
    let place = component.object.as_ref().map_or_else(String::new, |object| format!(" in {object}"));
    format!("{} {version}{place}", component.kind.name())
}

fn one(component: &Component, tables: &Tables, advised: &[Advised], answers: &mut Answers<'_>) {
    let object = name(component);
    let version = upstream(component);
    if !order::is_version(version) {
        return answers.unknown_because(&object, GapReason::Malformed, &format!("{version} is no version"));
    }
    let hits = tables.hits(component.kind, version);
    // `6.1.0-18-amd64` is a distribution's kernel, whose number says little of its fixes.
    let is_foreign_kernel = component.kind == ComponentKind::Kernel
        && component.package.is_none()
        && component.version.contains('-');
    if hits.is_empty() {
        let known = tables.count(component.kind);
        return answers.passed(&object, format!("none of {known} known vulnerabilities is in this version"));
    }
    for entry in hits {
        let object = format!("{object}, {}", entry.id);
        match (&component.package, is_foreign_kernel) {
            (Some(package), _) => packaged(package, entry, advised, &object, answers),
            (None, true) => answers.unknown_as(
                &object,
                &facts::Missing {
                    reason: GapReason::NoAdvisories,
                    detail:
                        "the kernel is a distribution's or a provider's, and its package is not known here"
                            .to_owned(),
                },
                &[entry.id.as_str()],
            ),
            (None, false) => {
                fail(entry, &object, format!("upstream's range {} holds it", ranges(entry)), answers);
            }
        }
    }
}

fn packaged(
    package: &PackageOwner,
    entry: &VersionEntry,
    advised: &[Advised],
    object: &str,
    answers: &mut Answers<'_>,
) {
    let scheme = match package.format.as_str() {
        "rpm" => Scheme::Rpm,
        "apk" => Scheme::Apk,
        _ => Scheme::Dpkg,
    };
    let aliases = [entry.id.as_str()];
    let says = advised.iter().find(|advised| advised.source == package.source && advised.id == entry.id);
    match says.map(|advised| &advised.status) {
        Some(AdvisedStatus::NotAffected) => {
            let detail = "the distribution says that its package is not affected".to_owned();
            return answers.outcome(object, model::OutcomeState::Passed, detail, &aliases);
        }
        Some(AdvisedStatus::FixedIn(fixed)) => {
            if compare(scheme, &package.source_version, fixed).is_ge() {
                let detail = format!("fixed by the distribution in {fixed}");
                return answers.outcome(object, model::OutcomeState::Passed, detail, &aliases);
            }
            return fail(entry, object, format!("the distribution fixed it in {fixed}"), answers);
        }
        Some(AdvisedStatus::Unfixed) => {
            return fail(entry, object, "the distribution has no fix".to_owned(), answers);
        }
        None => {}
    }
    // The changelog of the installed package names what was fixed up to it.
    if let Some(version) = package.changelog_fixes.get(&entry.id) {
        let detail = format!("fixed by the distribution in {version}, as the package's changelog says");
        return answers.outcome(object, model::OutcomeState::Passed, detail, &aliases);
    }
    let missing = facts::Missing {
        reason: GapReason::NoAdvisories,
        detail: format!(
            "upstream's range {} holds it, and neither advisories nor the changelog of {} {} say whether the distribution fixed it",
            ranges(entry),
            package.name,
            package.version
        ),
    };
    answers.unknown_as(object, &missing, &aliases);
}

fn fail(entry: &VersionEntry, object: &str, why: String, answers: &mut Answers<'_>) {
    let failure = Failure::new(format!("{}: {}", entry.id, entry.summary)).seen(why).severity(entry.severity);
    answers.fails(object, failure, &[entry.id.as_str()]);
}

fn ranges(entry: &VersionEntry) -> String {
    let word = |(from, fixed): &(String, String)| match (from.is_empty(), fixed.is_empty()) {
        (true, true) => "every version".to_owned(),
        (true, false) => format!("< {fixed}"),
        (false, true) => format!(">= {from}"),
        (false, false) => format!(">= {from} < {fixed}"),
    };
    entry.ranges.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn outdated(engine: &Component, answers: &mut Answers<'_>) {
    let object = "engine";
    if let Some(package) = &engine.package
        && !package.name.starts_with("docker-ce")
    {
        let detail = format!(
            "{} {} is kept by the distribution: its fixes are judged one by one",
            package.name, package.version
        );
        return answers.outcome(object, model::OutcomeState::NotApplicable, detail, &[]);
    }
    if order::compare(&engine.version, ENGINE_NEWEST).is_ge() {
        answers.passed(object, format!("{} is not older than {ENGINE_NEWEST}", engine.version));
    } else if engine.version.split('.').next() == Some(ENGINE_LINE) {
        answers.failed(object, format!("{} lacks the fixes up to {ENGINE_NEWEST}", engine.version));
    } else {
        answers.failed(
            object,
            format!(
                "the line of {} gets no fixes any more, {ENGINE_LINE} is the current one",
                engine.version
            ),
        );
    }
}
