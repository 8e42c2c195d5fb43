//! `seawall audit`: collects facts or reads them, judges, reports.

mod advised;
mod cluster;
mod cluster_versions;
mod kube_bench;
mod scan_reports;
mod selection;
mod signatures;

use crate::{
    arguments::{AuditArguments, CheckRulesArguments, DockerBenchForm, Probe},
    clock, database,
    empty_report::empty_report,
    exit::Outcome,
    judge::read_report,
    output,
};
use anyhow::{Context, Result, bail};
use audit::{Exceptions, Settings, Tables, UserChecks};
use facts::{ClusterFacts, Fact, HostFacts};
use kube_bench::Benchmark;
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
    let Some((facts, mut report)) = judge(arguments)? else { return Ok(Outcome::Clean) };
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

/// Facts of the target, and the report about them; nothing when the facts themselves were what was asked for.
fn judge(arguments: &AuditArguments) -> Result<Option<(HostFacts, Report)>> {
    let is_live = cluster::is_live(arguments)?;
    if arguments.facts_in.is_some() && !arguments.target.is_empty() {
        bail!("the facts say what they are of: leave '{}' out", arguments.target.join(" "));
    }
    let benchmark = arguments.kube_bench.as_deref().map(Benchmark::read).transpose()?;
    let facts = match recorded(arguments)? {
        Some(recorded) => recorded,
        None if is_live => Recorded::Cluster(Box::new(cluster::collect(arguments)?)),
        None if arguments.target.is_empty() => {
            Recorded::Host(Box::new(collect(arguments, benchmark.as_ref())?))
        }
        None if benchmark.is_some() => bail!("--kube-bench asks a node or a cluster, not files"),
        None => return Ok(Some((HostFacts::default(), files(arguments)?))),
    };
    let facts = match facts {
        Recorded::Host(mut facts) => {
            complete(arguments, &mut facts)?;
            Recorded::Host(facts)
        }
        cluster => cluster,
    };
    if let Some(path) = &arguments.facts_out {
        let bytes = match &facts {
            Recorded::Host(facts) => facts.to_json(),
            Recorded::Cluster(facts) => facts.to_json(),
        };
        if path == Path::new("-") {
            std::io::stdout().lock().write_all(&bytes)?;
            return Ok(None);
        }
        output::write_file(path, &bytes)?;
    }
    Ok(Some(match facts {
        Recorded::Host(facts) => {
            let mut report = host(arguments, &facts)?;
            if let Some(benchmark) = &benchmark {
                let found = benchmark.of_node(&format!("node {}", facts.name), &facts.benchmark_node);
                report.findings.extend(found.findings);
                report.outcomes.extend(found.outcomes);
                report.gaps.extend(found.gaps);
            }
            (*facts, report)
        }
        Recorded::Cluster(facts) => {
            let version = facts.version.known().map_or(String::new(), |version| format!(" {version}"));
            let name = format!("{} ({}{version})", facts.name, facts.server);
            let dated = HostFacts { collected: facts.collected.clone(), ..HostFacts::default() };
            let found = cluster::judge_facts(*facts, &name, benchmark.as_ref());
            (dated, of_cluster(name, found))
        }
    }))
}

/// Facts that were written before.
enum Recorded {
    Host(Box<HostFacts>),
    Cluster(Box<ClusterFacts>),
}

fn recorded(arguments: &AuditArguments) -> Result<Option<Recorded>> {
    let Some(path) = &arguments.facts_in else { return Ok(None) };
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let context = || format!("cannot use {}", path.display());
    Ok(Some(if ClusterFacts::is_cluster(&bytes) {
        Recorded::Cluster(Box::new(ClusterFacts::read(&bytes).with_context(context)?))
    } else {
        Recorded::Host(Box::new(HostFacts::read(&bytes).with_context(context)?))
    }))
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

/// What is known besides what the host told: reports about its images, and the last audit.
fn complete(arguments: &AuditArguments, facts: &mut HostFacts) -> Result<()> {
    scan_reports::join(facts, &arguments.scan_report)?;
    signatures::join(facts, arguments)?;
    if let Some(path) = &arguments.compare {
        // The earlier report says when it was written by the time of its file.
        let written = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        facts.last_audit = Fact::Known(written.map(clock::timestamp_of));
    }
    Ok(())
}

fn collect(arguments: &AuditArguments, benchmark: Option<&Benchmark>) -> Result<HostFacts> {
    let mut facts = collect_host(arguments)?;
    if let Some(benchmark) = benchmark {
        facts.benchmark_node =
            Fact::Known(host::collect_benchmark_node(&roots(arguments), &benchmark.paths()));
    }
    Ok(facts)
}

fn roots(arguments: &AuditArguments) -> host::Roots {
    match &arguments.root {
        Some(root) if root != Path::new("/") => host::Roots::below(root),
        _ => host::Roots::default(),
    }
}

fn collect_host(arguments: &AuditArguments) -> Result<HostFacts> {
    let options = host::Options {
        roots: roots(arguments),
        now: clock::timestamp(),
        last_audit: Fact::Known(None),
        engine_time_max: Duration::from_secs(arguments.engine_seconds),
        probe: match arguments.probe {
            Probe::None => host::Probe::Off,
            Probe::Loopback => host::Probe::Loopback,
            Probe::All => host::Probe::All,
        },
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

fn files(arguments: &AuditArguments) -> Result<Report> {
    if arguments.facts_in.is_some() || arguments.facts_out.is_some() {
        bail!("files are no facts (hint: keep the dumped objects, or audit the live cluster: kubernetes)");
    }
    let found = cluster::judge(&cluster::paths(&arguments.target)?, arguments.whole_cluster)?;
    Ok(of_cluster(arguments.target.join(" ").replace("kubernetes:", ""), found))
}

fn of_cluster(name: String, found: cluster::Found) -> Report {
    let mut report = empty_report(TargetKind::Cluster, name);
    report.findings = found.findings;
    report.outcomes = found.outcomes;
    report.gaps = found.gaps;
    report
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
            let object = finding.location.object.as_deref().unwrap_or_default();
            let told = format!("{} {object}: {}", finding.rule, finding.title);
            writeln!(err, "  {word}: {} {}", finding.severity, report::neutral(&told))?;
        }
    }
    Ok(comparison.new.iter().map(|finding| finding.severity).collect())
}
