//! `seawall audit --kube-bench DIR`: the files of a benchmark, answered from facts of this node or of the cluster.

use anyhow::{Context, Result, bail};
use facts::{BenchmarkNode, Fact};
use kubernetes::{BenchFacts, BenchFile, Judged, Names, NodeFile, NodeProcess};
use model::{Finding, Fingerprint, Gap, GapReason, Location, OutcomeState, Severity};
use std::path::{Path, PathBuf};

use super::cluster::Found;

/// The kinds of files of a benchmark: those of a node, and that of the cluster's objects.
const OF_NODE: [&str; 4] = ["master", "controlplane", "etcd", "node"];
const OF_CLUSTER: [&str; 1] = ["policies"];

/// A benchmark: its files with what their variables stand for.
pub(super) struct Benchmark(Vec<(BenchFile, Names)>);

impl Benchmark {
    /// Reads a directory such as `cfg/cis-1.12`, with `config.yaml` in it and beside it.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let configs: Vec<String> = [folder.join("../config.yaml"), folder.join("config.yaml")]
            .iter()
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .collect();
        let configs: Vec<&str> = configs.iter().map(String::as_str).collect();
        let mut files = Vec::new();
        for kind in OF_NODE.into_iter().chain(OF_CLUSTER) {
            let path: PathBuf = folder.join(format!("{kind}.yaml"));
            if !path.is_file() {
                continue;
            }
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let file =
                kubernetes::parse_bench(&text).with_context(|| format!("cannot use {}", path.display()))?;
            files
                .push((BenchFile { kind: kind.to_owned(), ..file }, kubernetes::parse_names(&configs, kind)));
        }
        if files.is_empty() {
            bail!(
                "{} holds no benchmark of kube-bench (hint: a directory with master.yaml, node.yaml, … such as cfg/cis-1.12)",
                folder.display()
            );
        }
        Ok(Self(files))
    }

    /// Every path that its commands read.
    pub(super) fn paths(&self) -> Vec<String> {
        self.0.iter().flat_map(|(file, names)| kubernetes::wanted_paths(file, names)).collect()
    }

    /// The checks about a node.
    pub(super) fn of_node(&self, name: &str, node: &Fact<BenchmarkNode>) -> Found {
        let facts = match node {
            Fact::Known(node) => bench_facts(node),
            Fact::Missing(missing) => {
                let gap = Gap::new("benchmark of Kubernetes", missing.reason, missing.detail.clone());
                return Found { gaps: vec![gap], ..Found::default() };
            }
        };
        self.answer(&OF_NODE, name, &facts)
    }

    /// The checks about the objects of a cluster.
    pub(super) fn of_cluster(&self, name: &str, judged: Judged) -> Found {
        self.answer(&OF_CLUSTER, name, &BenchFacts { cluster: Some(judged), ..BenchFacts::default() })
    }

    fn answer(&self, kinds: &[&str], name: &str, facts: &BenchFacts) -> Found {
        let mut found = Found::default();
        for (file, names) in self.0.iter().filter(|(file, _)| kinds.contains(&file.kind.as_str())) {
            let bench = kubernetes::evaluate(file, names, facts);
            for check in bench.checks.iter().filter(|check| check.state == OutcomeState::Failed) {
                let rule = format!("kube-bench/{}", check.id);
                found.findings.push(Finding {
                    title: check.text.clone(),
                    // The benchmark has no severities; what it does not score is a hint.
                    severity: if check.scored { Severity::Medium } else { Severity::Low },
                    fingerprint: Fingerprint::of(&[&rule, name, &file.version]),
                    rule,
                    location: Location { object: Some(name.to_owned()), ..Location::default() },
                    evidence: vec![check.detail.clone()],
                    remedy: Some(check.remediation.clone()).filter(|text| !text.is_empty()),
                    references: Vec::new(),
                    aliases: vec![format!("{}:{}", file.version, check.id)],
                    fix: None,
                    vulnerability: None,
                });
            }
            found.outcomes.extend(bench.outcomes(&file.version, name));
            found.gaps.extend(bench.gaps);
        }
        if found.outcomes.is_empty() {
            let detail = format!("it has no file of {}", kinds.join(", "));
            found.gaps.push(Gap::new("benchmark of Kubernetes", GapReason::Unsupported, detail));
        }
        found
    }
}

fn bench_facts(node: &BenchmarkNode) -> BenchFacts {
    let process = |process: &facts::BenchmarkProcess| NodeProcess {
        arguments: process.arguments.clone(),
        environment: process.environment.clone(),
    };
    let file = |file: &facts::BenchmarkFile| NodeFile {
        mode: file.mode,
        owner: file.owner.clone(),
        group: file.group.clone(),
        text: file.text.clone(),
    };
    let known =
        node.files.iter().filter_map(|(path, fact)| Some((path.clone(), fact.known()?.as_ref().map(file))));
    BenchFacts {
        processes: node.processes.known().into_iter().flatten().map(process).collect(),
        files: known.collect(),
        ..BenchFacts::default()
    }
}
