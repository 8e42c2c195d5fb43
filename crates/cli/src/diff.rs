//! `seawall diff`.

use crate::arguments::DiffArguments;
use crate::exit::Outcome;
use crate::inventory::{Look, inventories};
use crate::judge::{Advisories, Judge, read_report};
use crate::output;
use crate::progress::Progress;
use crate::target::read_bounded;
use anyhow::{Result, bail};
use model::{Finding, Report};
use report::Format;
use scan::{Difference, Filters, diff};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

pub(crate) fn run(arguments: &DiffArguments) -> Result<Outcome> {
    let judge = Judge::new(&arguments.judge, &arguments.database, Advisories::Ask)?;
    let progress = Progress::new(arguments.read.quiet);
    let load = |name: &str| load(name, arguments, &judge, &progress);
    let (before, mut after) = (load(&arguments.before)?, load(&arguments.after)?);
    let difference = diff(&before, &after);
    if !arguments.output.words.is_empty() {
        let plan = output::plan(&arguments.output.words, Format::Table)?;
        let mut filters = Filters::default();
        filters.baseline(&before);
        filters.apply(&mut after);
        output::write(&plan, &[after], &arguments.output)?;
    } else {
        let text = if arguments.json {
            serde_json::to_string_pretty(&difference)? + "\n"
        } else {
            to_text(&difference)
        };
        std::io::stdout().write_all(text.as_bytes())?;
    }
    Ok(if difference.new_findings.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn load(name: &str, arguments: &DiffArguments, judge: &Judge, progress: &Progress) -> Result<Report> {
    let path = Path::new(name);
    if path.is_file() && is_report(path) {
        return read_report(path);
    }
    let mut inventories = inventories(name, &arguments.read, Look::Packages, progress)?;
    match inventories.len() {
        1 => {
            let mut report = judge.judge(inventories.remove(0));
            judge.filter(&mut report);
            Ok(report)
        }
        count => bail!("{name} holds {count} images (hint: choose one with --platform)"),
    }
}

/// Our reports name their schema version; bills of materials do not.
fn is_report(path: &Path) -> bool {
    let Ok(bytes) = read_bounded(path, 256 << 20) else { return false };
    let head = &bytes[..bytes.len().min(4096)];
    head.windows(16).any(|window| window == b"\"schema_version\"")
}

fn to_text(difference: &Difference) -> String {
    let mut text = format!("{} -> {}\n", difference.before, difference.after);
    let mut section = |title: &str, sign: char, findings: &[Finding]| {
        let _ = writeln!(text, "\n{title}: {}", findings.len());
        for finding in findings {
            let _ = writeln!(
                text,
                "  {sign} {:<10} {:<20} {}",
                finding.severity,
                finding.rule,
                plain(&finding.title)
            );
        }
    };
    section("new findings", '+', &difference.new_findings);
    section("gone findings", '-', &difference.gone_findings);
    let _ = writeln!(text, "\ncommon findings: {}", difference.common_findings);
    let _ = writeln!(text, "\npackages that changed: {}", difference.packages.len());
    for change in &difference.packages {
        let versions = |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        let (before, after) = (versions(&change.before), versions(&change.after));
        let _ = writeln!(
            text,
            "    {:<9} {} {} -> {}",
            change.ecosystem,
            plain(&change.name),
            plain(&before),
            plain(&after)
        );
    }
    text
}

// Names and versions come from images: no control character reaches the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
