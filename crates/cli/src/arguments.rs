//! The command line. Doc comments here are the help texts, the man page and the completions.

mod admission;
mod audit;
mod db;
mod gate;
mod guard;
mod guard_registry;
mod harden;
mod in_use;
mod inside;
mod lint;
#[cfg(feature = "yara")]
mod rule_sets;
mod signing;
mod watch;

pub(crate) use admission::{
    AdmissionCommand, AdmissionManifestsArguments, AdmissionPolicyArguments, AdmissionReviewArguments,
    AdmissionServeArguments, ImageArguments,
};
pub(crate) use audit::{AuditArguments, CheckRulesArguments, DockerBenchForm, Probe};
pub(crate) use db::{DbCommand, DbDirectory, UpdateArguments};
pub(crate) use gate::GateArguments;
pub(crate) use guard::{
    GuardCommand, GuardDockerArguments, GuardDockerTask, GuardInstallArguments, GuardLearnArguments,
    GuardPolicyArguments, GuardStatusArguments, GuardTestArguments, GuardUninstallArguments, LedgerArguments,
    LedgerCommand, LedgerVerifyArguments,
};
pub(crate) use guard_registry::{BlobChoice, GuardRegistryArguments, RedirectChoice};
pub(crate) use harden::{
    ApparmorArguments, ApplyArguments, ContainerArguments, DaemonJsonArguments, FirewallArguments,
    FirewallForm, HardenCommand, JournalArguments, OutputFile, PatchArguments, PlanArguments,
    SeccompArguments, TlsArguments,
};
pub(crate) use in_use::{InUseArguments, USED_DIRECTORY};
pub(crate) use inside::{ContentArguments, Kind};
pub(crate) use lint::LintArguments;
#[cfg(feature = "yara")]
pub(crate) use rule_sets::{ImportArguments, RulesCommand};
pub(crate) use signing::{SignArguments, TrustArguments, VerifyArguments};
pub(crate) use watch::{
    DriftChoice, LearnArguments, LearnedArguments, LineShape, RespondArguments, RuleMatching, ThawArguments,
    WatchArguments, WatchTask,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Security for Docker containers over their whole life.
#[derive(Parser)]
#[command(
    name = "seawall",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "\
Examples:
  seawall scan rootfs:/                 this machine, against the built-in advisories
  seawall scan alpine:3.18              an image of the local Docker engine, else of its registry
  seawall scan archive:image.tar --format table --format sarif --output image.sarif
  seawall db update                     fetch all advisories; scans then use them
  seawall explain CVE-2021-44228        what is known of a vulnerability, or what a rule means

Exit status: 0 clean, 1 findings, 2 the job could not be done."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Find the known vulnerabilities of an image, a root file system or a bill of materials
    #[command(long_about = SCAN_ABOUT)]
    Scan(Box<ScanArguments>),
    /// Check this host, its engine, images and containers against the baseline; or objects of a Kubernetes cluster
    #[command(
        long_about = "Check this host, its engine, images and containers against the baseline: kernel, host, network, image, \
        container, and the rest; every item of the CIS Docker Benchmark is answered.\n\nFacts are collected first and may be \
        kept (--facts-out) and judged elsewhere (--facts-in). What really runs counts: capabilities, seccomp, security \
        module, namespaces and limits are read from /proc. A fact that is missing is unknown, never passed.\n\nNothing on \
        the host is changed. Exit status: 0 no finding, 1 findings (of at least --fail-on), 2 the audit could not be done."
    )]
    Audit(Box<AuditArguments>),
    /// Repair what the audit found, step by step; and generate hardened configuration
    #[command(
        subcommand,
        long_about = "Repair what the audit found: plan shows each change with what it interrupts, its difference and its side \
        effects; apply makes those that you name, checks them, and takes them back when the daemon does not come back; \
        verify looks again later; undo takes them back. Containers are never made anew: what that takes is written \
        out.\n\nThe other commands generate configuration, each line with its reason, and put nothing into effect."
    )]
    Harden(HardenCommand),
    /// Stand before the Docker engine: one policy for everybody who reaches it; test policies, and learn them
    #[command(subcommand)]
    Guard(GuardCommand),
    /// Verify the audit log of a guard
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Run the examples of checks that you wrote for `seawall audit --checks`
    CheckRules(CheckRulesArguments),
    /// Scan images that a scan over registries publishes (`seawall scan 'registry:HOST/*' --queue …`)
    #[command(
        long_about = "Scan images that `seawall scan 'registry:HOST/*' --queue ADDRESS --results ADDRESS` publishes.\n\n\
        Takes the same options, which have to be the same for all who share a scan: each image is scanned once, by \
        whoever takes it. Ends when there was no image for a while; a worker that is killed costs no more than the \
        image that it was at, which another one takes. Exit status: 0, or 2 when the queue or the results cannot be used."
    )]
    Work(Box<crate::registry_scan::WorkArguments>),
    /// Judge how Dockerfiles, compose files and Kubernetes manifests are written, and repair them
    #[command(
        long_about = "Judge how Dockerfiles, compose files and Kubernetes manifests are written.\n\nReads hadolint's \
        configuration file and the comments of hadolint and BuildKit that ignore rules; rules go by our ids and by the codes \
        of hadolint, ShellCheck, BuildKit, Trivy, Checkov and CIS. Rendered manifests come by standard input: `helm template \
        . | seawall lint -`. Exit status: 0 no finding, 1 findings (of at least --fail-on or --failure-threshold; info unless \
        told), 2 a file could not be read."
    )]
    Lint(Box<LintArguments>),
    /// Look for intrusions in containers and on this host, by rules in Falco's language, and stop what must not run
    #[command(
        long_about = "Look for intrusions by rules in Falco's language.\n\nWatches this host through its kernel, without a module, kprobes or an \
        LSM, and follows Docker; needs root. With --replay it looks at a recording instead. SIGHUP reads the rules again.\n\nThe rule language is whole: lists, macros, \
        exceptions, append and override, every operator and function; published rule files are taken as they are. A \
        recording gives the same alerts each time. What a name holds that could trick a terminal is written as an \
        escape.\n\nExit status: 0 no alert, or rules without errors; 1 alerts, or rules with errors; 2 it could not be \
        done."
    )]
    Watch(Box<WatchArguments>),
    /// Write the bill of materials of an image, without asking the advisories
    #[command(
        long_about = "Write the bill of materials of an image, without asking the advisories.\n\nThe same \
        inventory that `seawall scan` judges. Scanning the written file later gives the findings of the image itself."
    )]
    Sbom(Box<SbomArguments>),
    /// Compare two images, bills of materials or JSON reports
    #[command(
        long_about = "Compare two images, bills of materials or JSON reports: new findings, gone findings, \
        packages that came, went or changed.\n\nEach side is anything that `seawall scan` takes, or a report written \
        by `--format json`. Exit status 1 when the second has a finding that the first does not have."
    )]
    Diff(Box<DiffArguments>),
    /// Write the Dockerfile that an image's history tells
    #[command(
        long_about = "Write the Dockerfile that an image's history tells.\n\nBuilders keep the instructions, and digests \
        instead of the names of copied files; other stages of the build are not known to the image. Findings of \
        `seawall scan` point at the lines of this file unless --dockerfile names the real one."
    )]
    History(Box<HistoryArguments>),
    /// Verify the signatures of an image in its registry, offline but for the registry
    #[command(
        long_about = "Verify the signatures of an image in its registry.\n\nReads cosign's signatures at the tag \
        sha256-….sig, sigstore bundles and signatures of notation that refer to the image. Counted are public keys \
        (--key), identities whose certificate, transparency log entry and time a sigstore vouches for (--trusted-root \
        with --identity and --issuer), and whom notation's trust policy trusts (--notation-policy with \
        --notation-store). Exit status: 0 enough of them signed this very image, 1 not, 2 not everything could be read."
    )]
    Verify(Box<VerifyArguments>),
    /// Sign an image in its registry with a key, in cosign's format; or make a key
    Sign(Box<SignArguments>),
    /// Keep the advisory database: update, import, build, export, status, diff, search
    #[command(subcommand)]
    Db(DbCommand),
    /// Keep other people's YARA rules: import, list, verify, remove
    #[cfg(feature = "yara")]
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Explain a rule or a vulnerability
    #[command(
        long_about = "Explain a rule (`image/digest-mismatch`) or a vulnerability by any of its ids, from the \
        advisories at hand. Without an id, list the rules."
    )]
    Explain {
        /// Rule id, CVE id or a publisher's advisory id
        id: Option<String>,
        #[command(flatten)]
        database: DatabaseArguments,
    },
    /// Write a completion script for a shell to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    Man {
        /// Directory that the pages are written to
        directory: PathBuf,
        /// Write Markdown instead: cli.md, and a page of rules for each engine in rules/
        #[arg(long)]
        markdown: bool,
    },
}

impl Command {
    /// Keeps the order in which formats and outputs were written.
    pub(crate) fn set_words(&mut self, words: Vec<crate::output::Word>) {
        match self {
            Self::Audit(arguments) => arguments.output.words = words,
            Self::Scan(arguments) => arguments.output.words = words,
            Self::Lint(arguments) => arguments.output.words = words,
            Self::Sbom(arguments) => arguments.output.words = words,
            Self::Diff(arguments) => arguments.output.words = words,
            _ => {}
        }
    }
}

const SCAN_ABOUT: &str = "\
Find the known vulnerabilities of an image, a root file system or a bill of materials.

TARGET is KIND:NAME, or a name alone whose kind is found out and told:

  docker:NAME     an image of a Docker engine (DOCKER_HOST and contexts count)
  registry:REF    an image of an OCI registry
  registry:HOST/* every image of a registry, each once, with a report for each and a summary in --output-dir;
                  also registry:HOST/team/* and registry:HOST/repo:v1*
  archive:FILE    a docker-archive or OCI archive, plain or compressed
  oci:DIR         an OCI image layout; oci:DIR:NAME for one image of several
  rootfs:DIR      a root file system or a source tree
  sbom:FILE       a CycloneDX or SPDX document

A name alone is an existing file or directory, else an image of the local Docker engine, else of its registry.

Nothing is unpacked to disk. What could not be looked at is listed as a gap, also ecosystems without advisories. \
Exit status: 0 no finding, 1 findings (of at least --fail-on), 2 the scan could not be done.";

#[derive(Args)]
pub(crate) struct ScanArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    #[command(flatten)]
    pub(crate) content: ContentArguments,
    #[command(flatten)]
    pub(crate) judge: JudgeArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
    #[command(flatten)]
    pub(crate) used: InUseArguments,
    #[command(flatten)]
    pub(crate) registry_scan: crate::registry_scan::RegistryScanArguments,
    /// The Dockerfile that built the image: findings tell its lines
    #[arg(long, value_name = "FILE", help_heading = "Target")]
    pub(crate) dockerfile: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct SbomArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Args)]
pub(crate) struct DiffArguments {
    /// What was before: anything that `scan` takes, or a JSON report
    pub(crate) before: String,
    /// What is now
    pub(crate) after: String,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    #[command(flatten)]
    pub(crate) judge: JudgeArguments,
    /// Write the difference as one JSON document
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

#[derive(Args)]
pub(crate) struct TargetArguments {
    /// What to scan: KIND:NAME, or a name
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
}

/// How targets are read.
#[derive(Clone, Args)]
pub(crate) struct ReadArguments {
    /// Take this platform of a multi-platform image, such as linux/arm64 [default: this machine's]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", help_heading = "Target")]
    pub(crate) platform: Option<String>,
    /// Scan every platform of a multi-platform image; shared layers are read once
    #[arg(long, conflicts_with = "platform", help_heading = "Target")]
    pub(crate) all_platforms: bool,
    /// Whether lock files of source trees count as packages
    #[arg(long, value_enum, default_value_t = LockFileChoice::Auto, help_heading = "Target")]
    pub(crate) lock_files: LockFileChoice,
    #[command(flatten)]
    pub(crate) registry: RegistryArguments,
    /// Stream the image from the engine even when its layers could be read in place
    #[arg(long, help_heading = "Registry and engine")]
    pub(crate) no_in_place: bool,
    /// Change a limit on untrusted input, as NAME=VALUE, such as layer_bytes_max=1073741824 (repeatable)
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Limits and cache")]
    pub(crate) limit: Vec<String>,
    /// Directory in which results of layers are kept [default: the user's cache directory]
    #[arg(long, value_name = "DIR", env = "SEAWALL_CACHE", help_heading = "Limits and cache")]
    pub(crate) cache: Option<PathBuf>,
    /// Neither use nor keep results of layers
    #[arg(long, conflicts_with = "cache", help_heading = "Limits and cache")]
    pub(crate) no_cache: bool,
    /// Show no progress
    #[arg(long, short, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// The engine's address, before what the environment says; for commands that stand before one.
    #[arg(skip)]
    pub(crate) engine: Option<String>,
    /// Whether it is kept which package each file belongs to; for commands that ask for it.
    #[arg(skip)]
    pub(crate) keeps_owners: bool,
}

/// How registries are reached.
#[derive(Clone, Args)]
pub(crate) struct RegistryArguments {
    /// Reach this registry without TLS or without verifying its certificate (repeatable)
    #[arg(long, value_name = "HOST", help_heading = "Registry and engine")]
    pub(crate) insecure: Vec<String>,
    /// Trust the certificate authorities of this PEM file (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Registry and engine")]
    pub(crate) tls_ca: Vec<PathBuf>,
    /// Ask a mirror before a registry, as HOST=URL (repeatable)
    #[arg(long, value_name = "HOST=URL", help_heading = "Registry and engine")]
    pub(crate) mirror: Vec<String>,
    /// What a guard shows to the registry behind it, in place of Docker's configuration
    #[arg(skip)]
    pub(crate) own: Option<crate::registry_client::OwnAccess>,
}

/// What the history of an image tells.
#[derive(Args)]
pub(crate) struct HistoryArguments {
    #[command(flatten)]
    pub(crate) target: TargetArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LockFileChoice {
    /// In directories that hold no operating system
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Where advisories are.
#[derive(Clone, Debug, Args)]
pub(crate) struct DatabaseArguments {
    /// Advisory database [default: /var/lib/seawall/db and the user's data directory]
    #[arg(long, value_name = "DIR", env = "SEAWALL_DB", help_heading = "Advisories")]
    pub(crate) db: Option<PathBuf>,
    /// Use only the database, not the advisories that are built in
    #[arg(long, help_heading = "Advisories")]
    pub(crate) no_embedded: bool,
}

/// What counts.
#[derive(Clone, Debug, Args)]
pub(crate) struct JudgeArguments {
    /// Leave out vulnerabilities without a fixed version
    #[arg(long, help_heading = "Gate")]
    pub(crate) only_fixable: bool,
    /// Leave out what this JSON report of an earlier scan already has
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub(crate) baseline: Option<PathBuf>,
    /// Ignore file: TOML with [[ignore]] (id, reason, optional package, path, expires), or .trivyignore lines
    /// [default: .seawall-ignore.toml when it is there]
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub(crate) ignore_file: Option<PathBuf>,
    /// OpenVEX or CSAF VEX document whose statements take findings out (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub(crate) vex: Vec<PathBuf>,
    /// Show this publisher's severity before all others, such as nvd or ghsa (repeatable, in order)
    #[arg(long, value_name = "SOURCE", help_heading = "Advisories")]
    pub(crate) severity_source: Vec<String>,
    /// Support channel that is in use, besides those that the image tells, such as esm or eus:9.2 (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Advisories")]
    pub(crate) channel: Vec<String>,
    /// Count vulnerabilities of the kernel against packages that hold only its headers
    #[arg(long, help_heading = "Advisories")]
    pub(crate) kernel_headers: bool,
    /// Judge language packages by their own advisories also when a system package owns their files
    #[arg(long, help_heading = "Advisories")]
    pub(crate) owned_files: bool,
}

/// Where reports go.
#[derive(Args)]
pub(crate) struct OutputArguments {
    /// Report format; repeatable, the one without an --output behind it goes to standard output
    #[arg(long, short, value_name = "NAME", help_heading = "Output", long_help = crate::output::formats_help())]
    pub(crate) format: Vec<String>,
    /// File for the format named before it (or `-`), written by rename; without one, its extension names the format
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Vec<PathBuf>,
    /// Both in the order of the command line.
    #[arg(skip)]
    pub(crate) words: Vec<crate::output::Word>,
    /// Tell everything of each finding in table and Markdown: ratings, evidence, links, suppressed findings
    #[arg(long, help_heading = "Output")]
    pub(crate) full: bool,
    /// When to colour
    #[arg(long, value_enum, default_value_t = Colour::Auto, help_heading = "Output")]
    pub(crate) color: Colour,
    /// Columns of the table [default: the terminal's]
    #[arg(long, value_name = "COLUMNS", help_heading = "Output")]
    pub(crate) width: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// When standard output is a terminal and NO_COLOR is not set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
