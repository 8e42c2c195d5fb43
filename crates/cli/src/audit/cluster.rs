//! `seawall audit kubernetes` and `kubernetes:FILE`: objects of a cluster, from its API server or from files.

use super::{cluster_versions, kube_bench::Benchmark};
use crate::{arguments::AuditArguments, clock};
use anyhow::{Context, Result, bail};
use facts::{ClusterFacts, Fact};
use model::{Finding, Gap, Outcome};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of one file, and files of one directory.
const FILE_BYTES_MAX: u64 = 256 << 20;
const FILES_MAX: usize = 20_000;

/// What was found in the objects.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) gaps: Vec<Gap>,
}

/// Whether the targets mean a live cluster.
pub(super) fn is_live(arguments: &AuditArguments) -> Result<bool> {
    let is_live = arguments.target.iter().any(|target| target == "kubernetes");
    if is_live && arguments.target.len() > 1 {
        bail!("'kubernetes' is audited alone (hint: kubernetes:FILE is for files)");
    }
    let has_option = arguments.context.is_some() || arguments.kubeconfig.is_some() || arguments.kube_exec;
    if has_option && !is_live {
        bail!("--context, --kubeconfig and --kube-exec belong to a cluster (hint: seawall audit kubernetes)");
    }
    Ok(is_live)
}

/// Asks the cluster for its objects.
pub(super) fn collect(arguments: &AuditArguments) -> Result<ClusterFacts> {
    let options = cluster::Options {
        kubeconfig: arguments.kubeconfig.clone(),
        context: arguments.context.clone(),
        programs: if arguments.kube_exec { cluster::Programs::Run } else { cluster::Programs::Never },
        ..cluster::Options::from_env()
    };
    let bounds = cluster::Bounds {
        now: clock::timestamp(),
        time_max: Duration::from_secs(arguments.api_seconds),
        ..cluster::Bounds::default()
    };
    Ok(cluster::Cluster::find(&options)?.collect(&bounds)?)
}

/// Judges the objects that a cluster told, and answers the benchmark's checks about them.
pub(super) fn judge_facts(facts: ClusterFacts, name: &str, benchmark: Option<&Benchmark>) -> Found {
    let why = |(kind, fact): (&String, &Fact<u64>)| Some((kind.clone(), fact.get().err()?.detail.clone()));
    let options = kubernetes::Options {
        is_whole_cluster: true,
        missing: facts.kinds.iter().filter_map(why).collect(),
        ..kubernetes::Options::default()
    };
    let gaps = facts.gaps.clone();
    let versions = cluster_versions::judge(&facts);
    let objects = kubernetes::objects_of(facts.into_objects());
    let judged = kubernetes::judge(&objects.objects, &options);
    let mut found =
        benchmark.map_or_else(Found::default, |benchmark| benchmark.of_cluster(name, judged.clone()));
    found.findings.extend(judged.findings);
    found.outcomes.extend(judged.outcomes);
    found.findings.extend(versions.findings);
    found.outcomes.extend(versions.outcomes);
    found.gaps.extend([gaps, objects.gaps, judged.gaps, versions.gaps].concat());
    found
}

/// The files that targets name; an error for a target of another kind.
pub(super) fn paths(targets: &[String]) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for target in targets {
        let Some(path) = target.strip_prefix("kubernetes:") else {
            bail!("unknown target '{target}' (hint: kubernetes, kubernetes:FILE, or nothing for this host)");
        };
        paths.extend(files(Path::new(path))?);
    }
    Ok(paths)
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let context = || format!("cannot read {}", path.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(context)?.take(FILES_MAX) {
        let file = entry.with_context(context)?.path();
        if file.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Judges the objects of all files together.
pub(super) fn judge(paths: &[PathBuf], is_whole_cluster: bool) -> Result<Found> {
    let mut found = Found::default();
    let mut objects = Vec::new();
    for path in paths {
        let mut bytes = Vec::new();
        let context = || format!("cannot read {}", path.display());
        if path == Path::new("-") {
            std::io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes).with_context(context)?;
        } else {
            std::fs::File::open(path)
                .with_context(context)?
                .take(FILE_BYTES_MAX)
                .read_to_end(&mut bytes)
                .with_context(context)?;
        }
        let text = String::from_utf8_lossy(&bytes);
        let name = path.display().to_string();
        let read = kubernetes::read_objects(&text, Some(&name), &workload::DocumentLimits::default());
        objects.extend(read.objects);
        found.gaps.extend(read.gaps);
    }
    let options = kubernetes::Options { is_whole_cluster, ..kubernetes::Options::default() };
    let judged = kubernetes::judge(&objects, &options);
    found.findings = judged.findings;
    found.outcomes = judged.outcomes;
    found.gaps.extend(judged.gaps);
    Ok(found)
}
