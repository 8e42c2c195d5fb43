//! `seawall lint`.

mod config;
mod fixes;
mod judge;
mod shellcheck;
mod sources;

use crate::empty_report::empty_report;
use crate::{arguments::LintArguments, exit::Outcome, output};
use anyhow::{Context, Result, bail};
use judge::Judge;
use model::{GapReason, Report, TargetKind};
use report::Format;
use sources::Kind;
use std::io::Write;

pub(crate) fn run(arguments: &LintArguments) -> Result<Outcome> {
    let config = config::read(arguments)?;
    let default = config.format.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Format::Table);
    let plan = output::plan(&arguments.output.words, default)?;
    let judge = Judge {
        config,
        digests: config::digests(&arguments.digest)?,
        overlays: sources::overlays(&arguments.overlay)?,
        variables: sources::variables(&arguments.env_file)?,
    };
    let (mut sources, gaps) = sources::open(&arguments.files)?;
    let names: Vec<String> = arguments.files.iter().map(|path| path.display().to_string()).collect();
    let mut report = empty_report(TargetKind::Files, names.join(" "));
    report.gaps = gaps;
    let mut wants_failure = false;
    let mut unreadable = None;
    let mut suggestions = 0;
    for source in &mut sources {
        let mut judged = judge.judge(source);
        if arguments.diff || arguments.fix {
            let which = if arguments.suggestions { lint::Made::All } else { lint::Made::Safe };
            let repaired = fixes::repair(source, judged, &judge, which);
            suggestions += repaired.suggestions;
            if arguments.diff {
                let diff = lint::diff(&source.name, &source.text, &repaired.text);
                std::io::stdout().lock().write_all(diff.as_bytes())?;
                continue;
            }
            if repaired.text != source.text {
                fixes::write(source, &repaired)?;
                source.text = repaired.text;
            }
            judged = repaired.judged;
        }
        if let (Some(program), Kind::Dockerfile) = (&arguments.shellcheck, source.kind) {
            judge.ask_shellcheck(program, source, &mut judged)?;
        }
        wants_failure |=
            judged.wants_failure && judged.findings.iter().any(|finding| !finding.aliases.is_empty());
        // What lies in a directory may be a template of something else; what was named has to be read.
        if source.is_named && judged.gaps.iter().any(|gap| gap.reason == GapReason::Malformed) {
            unreadable.get_or_insert(source.name.clone());
        }
        report.findings.extend(judged.findings);
        report.suppressed.extend(judged.suppressed);
        report.gaps.extend(judged.gaps);
        report.outcomes.extend(judged.outcomes);
    }
    if suggestions > 0 {
        eprintln!(
            "{suggestions} suggestions are left: edits that some programs cannot live with (hint: --diff --suggestions)"
        );
    }
    if arguments.diff {
        return Ok(Outcome::Clean);
    }
    report.sort();
    output::write(&plan, std::slice::from_ref(&report), &arguments.output)?;
    tell_gaps(&plan, &report);
    let fails = report.findings.iter().any(|finding| match arguments.fail_on {
        Some(severity) => finding.severity >= severity && !judge.config.never_fails,
        None => judge.config.fails(finding.severity),
    });
    if fails || (wants_failure && !judge.config.never_fails) {
        return Ok(Outcome::Findings);
    }
    match unreadable {
        Some(name) if !judge.config.never_fails => {
            bail!("{} cannot be read as a whole; the report says where", report::neutral(&name))
        }
        _ => Ok(Outcome::Clean),
    }
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
