//! `seawall audit`: collects facts or reads them, judges, reports.

mod advised;
mod cluster;
mod scan_reports;
mod selection;

use crate::{
    arguments::{AuditArguments, CheckRulesArguments, DockerBenchForm},
    clock, database,
    empty_report::empty_report,
    exit::Outcome,
    judge::read_report,
    output,
};
use anyhow::{Context, Result, bail};
use audit::{Exceptions, Settings, Tables, UserChecks};
use facts::{Fact, HostFacts};
use model::{Report, TargetKind};
use report::Format;
use selection::Selection;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

pub(crate) fn run(arguments: &AuditArguments) -> Result<Outcome> {
    let plan = output::plan(&arguments.output.words, Format::Table)?;
    let selection = Selection::new(arguments)?;
    let earlier = arguments.compare.as_deref().map(read_report).transpose()?;
    let (facts, mut report) = if arguments.target.is_empty() {
        let facts = facts(arguments)?;
        if let Some(path) = &arguments.facts_out {
            if path == Path::new("-") {
                std::io::stdout().lock().write_all(&facts.to_json())?;
                return Ok(Outcome::Clean);
            }
            output::write_file(path, &facts.to_json())?;
        }
        let report = host(arguments, &facts)?;
        (facts, report)
    } else {
        (HostFacts::default(), cluster(arguments)?)
    };
    selection.apply(&mut report);
    if let Some(path) = &arguments.exceptions {
        let exceptions =
            Exceptions::parse(&read_text(path)?).with_context(|| format!("cannot use {}", path.display()))?;
        exceptions.apply(&dated(facts), &mut report);
    }
    report.sort();
    match arguments.docker_bench {
        Some(DockerBenchForm::Text) => {
            audit::write_docker_bench_text(
                &report,
                &|text| report::neutral(text).into_owned(),
                &mut std::io::stdout().lock(),
            )?;
        }
        Some(DockerBenchForm::Json) => {
            audit::write_docker_bench_json(&report, clock::unix_seconds(), &mut std::io::stdout().lock())?;
        }
        None => output::write(&plan, std::slice::from_ref(&report), &arguments.output)?,
    }
    let new = earlier.map(|earlier| tell_changes(&earlier, &report)).transpose()?;
    let counts = |severity| arguments.fail_on.is_none_or(|least| severity >= least);
    let fails = match (&new, arguments.only_new) {
        (Some(new), true) => new.iter().any(|severity| counts(*severity)),
        _ => report.findings.iter().any(|finding| counts(finding.severity)),
    };
    Ok(if fails { Outcome::Findings } else { Outcome::Clean })
}

/// `seawall check-rules`.
pub(crate) fn check_rules(arguments: &CheckRulesArguments) -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    let mut fails = false;
    for path in &arguments.files {
        let checks = user_checks(path)?;
        let failures = checks.run_examples();
        for failure in &failures {
            let line =
                format!("{}: {}, {}: {}", path.display(), failure.check, failure.example, failure.detail);
            writeln!(out, "{}", report::neutral(&line))?;
        }
        writeln!(
            out,
            "{}: {} checks, {} examples are not as they say",
            path.display(),
            checks.len(),
            failures.len()
        )?;
        fails |= !failures.is_empty();
    }
    Ok(if fails { Outcome::Findings } else { Outcome::Clean })
}

fn facts(arguments: &AuditArguments) -> Result<HostFacts> {
    let mut facts = match &arguments.facts_in {
        Some(path) => {
            let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            HostFacts::read(&bytes).with_context(|| format!("cannot use {}", path.display()))?
        }
        None => collect(arguments)?,
    };
    scan_reports::join(&mut facts, &arguments.scan_report)?;
    if let Some(path) = &arguments.compare {
        // The earlier report says when it was written by the time of its file.
        let written = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        facts.last_audit = Fact::Known(written.map(clock::timestamp_of));
    }
    Ok(facts)
}

fn collect(arguments: &AuditArguments) -> Result<HostFacts> {
    let roots = match &arguments.root {
        Some(root) if root != Path::new("/") => host::Roots::below(root),
        _ => host::Roots::default(),
    };
    let options = host::Options {
        roots,
        now: clock::timestamp(),
        last_audit: Fact::Known(None),
        engine_time_max: Duration::from_secs(arguments.engine_seconds),
    };
    if arguments.no_engine {
        return Ok(host::collect(&options, Err("no engine was asked (--no-engine)".to_owned())));
    }
    let engine_options = docker::Options {
        host: arguments.host.clone(),
        connect_timeout: Duration::from_secs(5),
        answer_timeout: Duration::from_secs(arguments.engine_seconds.clamp(1, 20)),
        ..docker::Options::from_env()
    };
    match docker::Engine::connect(engine_options) {
        Ok(engine) => Ok(host::collect(&options, Ok(&engine))),
        // An engine that was named and does not answer is an error; that of the machine may not be there.
        Err(error) if arguments.host.is_some() => {
            Err(error).context("the engine cannot be asked (hint: --no-engine)")
        }
        Err(error) => {
            let why = error.to_string();
            Ok(host::collect(&options, Err(why.lines().next().unwrap_or_default().to_owned())))
        }
    }
}

fn host(arguments: &AuditArguments, facts: &HostFacts) -> Result<Report> {
    let settings = match &arguments.settings {
        Some(path) => {
            Settings::parse(&read_text(path)?).with_context(|| format!("cannot use {}", path.display()))?
        }
        None => Settings::default(),
    };
    let tables = Tables::built_in();
    let advised = if audit::candidates(facts, &tables).is_empty() {
        Vec::new()
    } else {
        advised::ask(facts, &tables, &database::open(&arguments.database)?)
    };
    let mut answers = audit::audit(facts, &settings, &tables, &advised);
    for path in &arguments.checks {
        user_checks(path)?.run(facts, &mut answers);
    }
    let mut report = empty_report(TargetKind::Host, facts.name.clone());
    report.findings = answers.findings;
    report.outcomes = answers.outcomes;
    report.gaps = answers.gaps;
    Ok(report)
}

fn cluster(arguments: &AuditArguments) -> Result<Report> {
    if arguments.facts_in.is_some() || arguments.facts_out.is_some() {
        bail!("facts are of hosts, not of kubernetes: (hint: keep the dumped objects)");
    }
    let found = cluster::judge(&cluster::paths(&arguments.target)?, arguments.whole_cluster)?;
    let mut report = empty_report(TargetKind::Cluster, arguments.target.join(" ").replace("kubernetes:", ""));
    report.findings = found.findings;
    report.outcomes = found.outcomes;
    report.gaps = found.gaps;
    Ok(report)
}

fn dated(mut facts: HostFacts) -> HostFacts {
    if facts.collected.known().is_none() {
        facts.collected = Fact::Known(clock::timestamp());
    }
    facts
}

fn user_checks(path: &Path) -> Result<UserChecks> {
    UserChecks::parse(&read_text(path)?).with_context(|| format!("cannot use {}", path.display()))
}

fn read_text(path: &Path) -> Result<String> {
    let context = || format!("cannot read {}", path.display());
    let bytes = std::fs::read(path).with_context(context)?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))
}

/// Tells on standard error what changed, and returns the severities of new findings.
fn tell_changes(earlier: &Report, report: &Report) -> Result<Vec<model::Severity>> {
    let comparison = audit::compare(earlier, report);
    let mut err = std::io::stderr().lock();
    writeln!(
        err,
        "since the last audit: {} new, {} repaired, {} cannot be answered any more, {} as before",
        comparison.new.len(),
        comparison.repaired.len(),
        comparison.unanswered.len(),
        comparison.lasting
    )?;
    for (word, list) in [
        ("new", &comparison.new),
        ("repaired", &comparison.repaired),
        ("not known any more", &comparison.unanswered),
    ] {
        for finding in list {
            writeln!(
                err,
                "  {word}: {} {}",
                finding.severity,
                report::neutral(&format!("{} {}", finding.rule, finding.title))
            )?;
        }
    }
    Ok(comparison.new.iter().map(|finding| finding.severity).collect())
}
