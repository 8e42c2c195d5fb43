//! `seawall watch`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is looked at, by which rules.
#[derive(Args)]
pub(crate) struct WatchArguments {
    /// Look at a recording instead of this host: a .scap file, plain or compressed, or `-`
    #[arg(long, value_name = "FILE", required_unless_present = "rules_check")]
    pub(crate) replay: Option<PathBuf>,
    /// Rules in Falco's language: a file, or a directory of .yaml files; later ones change earlier ones (repeatable)
    #[arg(long, value_name = "FILE", required_unless_present = "rules_check", help_heading = "Rules")]
    pub(crate) rules: Vec<PathBuf>,
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
