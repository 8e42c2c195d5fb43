//! `seawall lint`.

mod config;
mod fixes;
mod shellcheck;
mod sources;

use crate::empty_report::empty_report;
use crate::{arguments::LintArguments, exit::Outcome, output};
use anyhow::{Context, Result};
use lint::{Config, Surroundings};
use model::{Gap, GapReason, Report, TargetKind};
use report::Format;
use sources::{Kind, Source};
use std::io::Write;

pub(crate) fn run(arguments: &LintArguments) -> Result<Outcome> {
    let config = config::read(arguments)?;
    let default = config.format.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Format::Table);
    let plan = output::plan(&arguments.output.words, default)?;
    let digests = config::digests(&arguments.digest)?;
    let (mut sources, gaps) = sources::open(&arguments.files)?;
    let names: Vec<String> = arguments.files.iter().map(|path| path.display().to_string()).collect();
    let mut report = empty_report(TargetKind::Files, names.join(" "));
    report.gaps = gaps;
    let mut wants_failure = false;
    for source in &mut sources {
        let mut judged = judge(source, &config, &digests);
        if arguments.diff || arguments.fix {
            let fixed = lint::apply_fixes(&source.text, &judged.findings);
            if arguments.diff {
                std::io::stdout()
                    .lock()
                    .write_all(lint::diff(&source.name, &source.text, &fixed.text).as_bytes())?;
                continue;
            }
            if fixed.text != source.text {
                fixes::write(source, &fixed)?;
                source.text = fixed.text;
                judged = judge(source, &config, &digests);
            }
        }
        if let (Some(program), Kind::Dockerfile) = (&arguments.shellcheck, source.kind) {
            let found = shellcheck::findings(program, &source.name, &source.text)?;
            let found = filtered(Judged { findings: found, ..Judged::default() }, &config);
            let (found_findings, ignored) = lint::heed_comments(&source.text, found.findings, &config);
            let found = Judged {
                findings: found_findings,
                suppressed: [found.suppressed, ignored].concat(),
                ..Judged::default()
            };
            // What a rule of ours said at the same place is not said twice.
            let is_new =
                |finding: &model::Finding| !judged.findings.iter().any(|ours| is_same(ours, finding));
            let (new, _): (Vec<_>, Vec<_>) = found.findings.into_iter().partition(is_new);
            judged.findings.extend(new);
            judged.suppressed.extend(found.suppressed);
        }
        wants_failure |=
            judged.wants_failure && judged.findings.iter().any(|finding| !finding.aliases.is_empty());
        report.findings.extend(judged.findings);
        report.suppressed.extend(judged.suppressed);
        report.gaps.extend(judged.gaps);
        report.outcomes.extend(judged.outcomes);
    }
    if arguments.diff {
        return Ok(Outcome::Clean);
    }
    report.sort();
    output::write(&plan, std::slice::from_ref(&report), &arguments.output)?;
    tell_gaps(&plan, &report);
    let fails = report.findings.iter().any(|finding| match arguments.fail_on {
        Some(severity) => finding.severity >= severity && !config.never_fails,
        None => config.fails(finding.severity),
    });
    Ok(if fails || (wants_failure && !config.never_fails) { Outcome::Findings } else { Outcome::Clean })
}

/// What was found in one file.
#[derive(Default)]
struct Judged {
    findings: Vec<model::Finding>,
    suppressed: Vec<model::Suppressed>,
    gaps: Vec<Gap>,
    outcomes: Vec<model::Outcome>,
    wants_failure: bool,
}

fn judge(source: &Source, config: &Config, digests: &std::collections::BTreeMap<String, String>) -> Judged {
    match source.kind {
        Kind::Dockerfile => {
            let around = Surroundings { dockerignore: source.dockerignore.clone(), digests: digests.clone() };
            let linted = lint::lint(&source.name, &source.text, &around, config);
            Judged {
                findings: linted.findings,
                suppressed: linted.suppressed,
                gaps: linted.gaps,
                outcomes: Vec::new(),
                wants_failure: linted.wants_failure,
            }
        }
        Kind::Compose => filtered(compose(source), config),
        Kind::Manifest => filtered(manifest(source), config),
    }
}

fn compose(source: &Source) -> Judged {
    let directory = source.path.as_deref().and_then(std::path::Path::parent).map(std::path::Path::to_owned);
    let beside = directory.clone();
    let load = move |name: &str| sources::read_beside(beside.as_deref()?, name);
    let options = workload::ComposeOptions {
        variables: sources::dot_env(directory.as_deref()),
        load: Some(&load),
        ..workload::ComposeOptions::default()
    };
    let mut judged = Judged::default();
    let Some(read) = workload::read_compose(&source.text, &options) else {
        judged.gaps.push(Gap::new(&source.name, GapReason::Malformed, "no services in it: no compose file"));
        return judged;
    };
    judged.gaps.extend(
        read.read.gaps.into_iter().map(|gap| Gap { what: format!("{}: {}", source.name, gap.what), ..gap }),
    );
    for spec in &read.read.specs {
        let container = workload::report(spec, Some(&source.name), &workload::Surroundings::default());
        judged.findings.extend(container.findings);
        judged.gaps.extend(container.gaps);
        judged.outcomes.extend(container.outcomes);
    }
    judged
}

fn manifest(source: &Source) -> Judged {
    let read =
        kubernetes::read_objects(&source.text, Some(&source.name), &workload::DocumentLimits::default());
    let found = kubernetes::judge(&read.objects, &kubernetes::Options::default());
    let mut gaps = read.gaps;
    gaps.extend(found.gaps);
    Judged { findings: found.findings, gaps, outcomes: found.outcomes, ..Judged::default() }
}

/// Whether two findings mean the same ShellCheck code in the same line.
fn is_same(a: &model::Finding, b: &model::Finding) -> bool {
    let line = |finding: &model::Finding| finding.location.source.as_ref().map(|span| span.line);
    line(a) == line(b) && b.aliases.iter().any(|code| a.aliases.contains(code))
}

/// Leaves out what the configuration ignores, and gives its severities.
fn filtered(mut judged: Judged, config: &Config) -> Judged {
    for mut finding in std::mem::take(&mut judged.findings) {
        match config.severity_of(&finding.rule, &finding.aliases, finding.severity) {
            Some(severity) => {
                finding.severity = severity;
                judged.findings.push(finding);
            }
            None => judged.suppressed.push(model::Suppressed {
                finding,
                by: "configuration".to_owned(),
                reason: "the configuration ignores the rule".to_owned(),
            }),
        }
    }
    judged
}

/// The formats of linters have no place for gaps; those are told on standard error.
fn tell_gaps(plan: &[(Format, output::Destination)], report: &Report) {
    if plan.iter().any(|(format, _)| format.shows_gaps()) {
        return;
    }
    let mut stderr = std::io::stderr().lock();
    for gap in &report.gaps {
        // Nothing can be done when standard error is closed.
        let _ = writeln!(
            stderr,
            "not looked at: {}: {}",
            report::neutral(&gap.what),
            report::neutral(&gap.detail)
        );
    }
}

/// Reads a file of the user's, which has to be text.
fn read_text(path: &std::path::Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
