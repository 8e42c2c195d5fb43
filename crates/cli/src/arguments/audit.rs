//! `seawall audit` and `seawall check-rules`.

use super::{DatabaseArguments, OutputArguments, RegistryArguments, TrustArguments};
use clap::{Args, ValueEnum};
use model::Severity;
use std::path::PathBuf;

/// What is audited, by what, and what comes of it.
#[derive(Args)]
pub(crate) struct AuditArguments {
    /// Instead of this host: `kubernetes`, the cluster of the kubeconfig's context, or `kubernetes:FILE`, manifests or
    /// dumped objects (a file, a directory, `-`; repeatable)
    pub(crate) target: Vec<String>,
    /// The engine's address [default: DOCKER_HOST, the Docker context, the local socket]
    #[arg(long, value_name = "ADDRESS", help_heading = "Facts")]
    pub(crate) host: Option<String>,
    /// Ask no engine: the host's files, kernel and sockets alone
    #[arg(long, conflicts_with = "host", help_heading = "Facts")]
    pub(crate) no_engine: bool,
    /// Where the host's root directory is seen, with proc and sys below it
    #[arg(long, value_name = "DIR", help_heading = "Facts")]
    pub(crate) root: Option<PathBuf>,
    /// Judge facts that were recorded before, on this or another machine
    #[arg(long, value_name = "FILE", conflicts_with_all = ["host", "root", "no_engine"], help_heading = "Facts")]
    pub(crate) facts_in: Option<PathBuf>,
    /// Write the facts to this file (`-`: standard output, and no report)
    #[arg(long, value_name = "FILE", help_heading = "Facts")]
    pub(crate) facts_out: Option<PathBuf>,
    /// A JSON report of `seawall scan` about an image in use, or a directory of them (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Facts")]
    pub(crate) scan_report: Vec<PathBuf>,
    /// Ask the registries of images in use for their signatures
    #[arg(long, help_heading = "Facts")]
    pub(crate) ask_registries: bool,
    /// Public keys that verify these signatures (repeatable)
    #[arg(long, value_name = "FILE", requires = "ask_registries", help_heading = "Facts")]
    pub(crate) signature_key: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// Seconds that the engine's answers may take together
    #[arg(long, value_name = "SECONDS", default_value_t = 120, help_heading = "Facts")]
    pub(crate) engine_seconds: u64,
    /// With `kubernetes`: the context [default: the current one; in a pod without kubeconfig, its service account]
    #[arg(long, value_name = "NAME", help_heading = "Kubernetes")]
    pub(crate) context: Option<String>,
    /// With `kubernetes`: the kubeconfig [default: KUBECONFIG, ~/.kube/config]
    #[arg(long, value_name = "FILE", help_heading = "Kubernetes")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// With `kubernetes`: run the program that the kubeconfig names for its credentials (`exec`)
    #[arg(long, help_heading = "Kubernetes")]
    pub(crate) kube_exec: bool,
    /// With `kubernetes`: seconds that the API server's answers may take together
    #[arg(long, value_name = "SECONDS", default_value_t = 300, help_heading = "Kubernetes")]
    pub(crate) api_seconds: u64,
    /// Which of the engine's own ports are connected to, to see whom they answer: none, those that loopback reaches, all
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Probe::Loopback, help_heading = "Facts")]
    pub(crate) probe: Probe,
    /// Which answers are asked for: seawall, cis-1, cis-2, ig1, ig2, ig3, nsa, pss-baseline, pss-restricted, nist-800-190
    #[arg(long, value_name = "NAME", default_value = "seawall", help_heading = "Judgement")]
    pub(crate) profile: String,
    /// TOML with what this site expects: trusted users and registries, limits
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub(crate) settings: Option<PathBuf>,
    /// TOML with exceptions: rule, reason, owner, and optional host, image, label, container, object, expires
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub(crate) exceptions: Option<PathBuf>,
    /// Answer these rules alone: ids, benchmark items such as 5.4, or the beginning of an id with `*` (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Judgement")]
    pub(crate) only: Vec<String>,
    /// Leave these rules out (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Judgement")]
    pub(crate) skip: Vec<String>,
    /// YAML with checks of your own (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub(crate) checks: Vec<PathBuf>,
    /// Answer a benchmark of kube-bench too: its directory, such as cfg/cis-1.12. Of this node, or with `kubernetes` of the
    /// cluster's objects; its commands are understood or left, never run
    #[arg(long, value_name = "DIR", help_heading = "Judgement")]
    pub(crate) kube_bench: Option<PathBuf>,
    /// The objects of kubernetes: are the whole cluster, so that what is not among them is not there
    #[arg(long, help_heading = "Judgement")]
    pub(crate) whole_cluster: bool,
    /// Tell what changed since the audit whose JSON report this is
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) compare: Option<PathBuf>,
    /// Write to standard output what docker-bench-security would write, instead of a report
    #[arg(long, value_name = "FORM", help_heading = "Output")]
    pub(crate) docker_bench: Option<DockerBenchForm>,
    /// Findings of at least this severity end the command with status 1 [default: any finding]
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, help_heading = "Gate")]
    pub(crate) fail_on: Option<Severity>,
    /// With --compare: only findings that are new end the command with status 1
    #[arg(long, requires = "compare", help_heading = "Gate")]
    pub(crate) only_new: bool,
    #[command(flatten)]
    pub(crate) registry: RegistryArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Ports of the engine that are connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Probe {
    /// None
    None,
    /// Those that loopback reaches
    Loopback,
    /// Also those that listen on one address of this machine
    All,
}

/// The forms of docker-bench-security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DockerBenchForm {
    /// Lines of [PASS], [WARN], [INFO] and [NOTE]
    Text,
    /// Its JSON document
    Json,
}

/// Files of checks.
#[derive(Args)]
pub(crate) struct CheckRulesArguments {
    /// YAML with checks
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    text.parse().map_err(|error: model::SeverityError| error.to_string())
}
