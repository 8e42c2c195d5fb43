//! `seawall watch`.

mod joining;
mod learning;
mod respond;
mod task;

pub(crate) use joining::JoiningArguments;
pub(crate) use learning::{LearnArguments, LearnedArguments};
pub(crate) use respond::RespondArguments;
pub(crate) use task::{ThawArguments, WatchTask};

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is looked at, by which rules.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct WatchArguments {
    #[command(subcommand)]
    pub(crate) task: Option<WatchTask>,
    /// Look at a recording instead of this host: one of --record, or a .scap file, plain or compressed; or `-`
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
    /// Tell which hooks this kernel grants, and what is not seen without the others
    #[arg(long, conflicts_with = "replay")]
    pub(crate) check: bool,
    /// Also write every event of the calls that rules name into this file, for --replay
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// End after so many seconds
    #[arg(long, value_name = "N", conflicts_with = "replay")]
    pub(crate) seconds: Option<u64>,
    /// What happens to programs that did not come with a container's image
    #[arg(long, value_enum, value_name = "WHAT", default_value = "allow", conflicts_with = "replay")]
    pub(crate) drift: DriftChoice,
    /// Events of system calls that one container may cause in a second; what is above is counted as lost (0: any number)
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "replay")]
    pub(crate) rate_max: u32,
    /// Mebibytes for events that wait to be looked at
    #[arg(long, value_name = "N", default_value_t = 8, conflicts_with = "replay", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) ring_mib: u32,
    /// Do not watch the programs, units and settings of the engine
    #[arg(long, conflicts_with = "replay")]
    pub(crate) no_integrity: bool,
    /// Tell what departs from the profiles in this directory, which `seawall watch learn` wrote
    #[arg(long, value_name = "DIR", conflicts_with = "replay", help_heading = "Images")]
    pub(crate) profile: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) joining: JoiningArguments,
    /// Rules in Falco's language: a file, or a directory of .yaml files; later ones change earlier ones (repeatable). Without
    /// it Seawall's own
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(crate) rules: Vec<PathBuf>,
    /// Seawall's own rules too, before those of --rules
    #[arg(long, help_heading = "Rules")]
    pub(crate) own_rules: bool,
    /// Only check rules: errors and warnings with their places, as `falco --validate` tells them
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        conflicts_with_all = ["replay", "rules"],
        help_heading = "Rules"
    )]
    pub(crate) rules_check: Vec<PathBuf>,
    /// How many rules an event may match
    #[arg(long, value_enum, value_name = "WHICH", default_value = "first", help_heading = "Rules")]
    pub(crate) rule_matching: RuleMatching,
    /// Leave out rules less urgent than this: emergency … debug
    #[arg(long, value_name = "PRIORITY", default_value = "debug", value_parser = priority, help_heading = "Rules")]
    pub(crate) priority: falco::Priority,
    /// Leave out a rule by name, or rules whose names contain a text with * at its ends (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Rules")]
    pub(crate) disable: Vec<String>,
    /// Leave out rules that have this tag (repeatable)
    #[arg(long, value_name = "TAG", help_heading = "Rules")]
    pub(crate) disable_tag: Vec<String>,
    /// Where alerts go: stdout, file:PATH, http://… or https://… (Falco's JSON, kept on disk until it is taken), syslog,
    /// journald (repeatable)
    #[arg(long, value_name = "WHERE", conflicts_with = "replay", help_heading = "Output")]
    pub(crate) to: Vec<String>,
    /// How alerts are written
    #[arg(
        long,
        value_enum,
        value_name = "SHAPE",
        default_value = "text",
        conflicts_with = "replay",
        help_heading = "Output"
    )]
    pub(crate) shape: LineShape,
    /// A header of requests to web hooks (repeatable)
    #[arg(long, value_name = "NAME: VALUE", help_heading = "Output")]
    pub(crate) header: Vec<String>,
    /// Directory of what outlives the watch: alerts that wait for a web hook, its last sign of life, digests of the engine's files
    #[arg(long, value_name = "DIR", default_value = "/var/lib/seawall/watch", help_heading = "Output")]
    pub(crate) buffer: PathBuf,
    /// Mebibytes of a file of alerts before the next is begun (0: any number)
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Output")]
    pub(crate) file_mib: u64,
    /// How many old files of alerts are kept
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Output")]
    pub(crate) files: u32,
    /// Answer GET /metrics (for Prometheus) and GET /healthz at this address, such as 127.0.0.1:9465
    #[arg(long, value_name = "ADDRESS", conflicts_with = "replay", help_heading = "Output")]
    pub(crate) metrics: Option<String>,
    /// Show containers, their events, alerts and losses, live on this terminal
    #[arg(long, conflicts_with_all = ["replay", "check", "rules_check", "json"], help_heading = "Output")]
    pub(crate) top: bool,
    #[command(flatten)]
    pub(crate) respond: RespondArguments,
    /// Add to the output of every rule (repeatable)
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) append_output: Vec<String>,
    /// Do not add the fields of the container to every output
    #[arg(long, help_heading = "Output")]
    pub(crate) no_container_fields: bool,
    /// Write JSON: an alert a line, in Falco's shape; with --rules-check its load result
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Tell nothing on standard error but errors
    #[arg(long, short, help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// What happens to programs that did not come with the image.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DriftChoice {
    /// Rules may tell of them
    Allow,
    /// Tell what would be killed
    DryRun,
    /// Kill the process before its first instruction
    Kill,
}

/// How alerts are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LineShape {
    /// The message
    Text,
    /// Falco's JSON
    Json,
    /// A detection finding of OCSF
    Ocsf,
}

/// How many rules an event may match.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RuleMatching {
    /// The first, in the order of their definition
    First,
    /// All
    All,
}

fn priority(name: &str) -> Result<falco::Priority, String> {
    falco::Priority::named(name).ok_or_else(|| {
        "emergency, alert, critical, error, warning, notice, informational or debug".to_owned()
    })
}
