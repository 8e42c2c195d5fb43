//! The options of scans over registries.

use crate::arguments::{ContentArguments, DatabaseArguments, GateArguments, JudgeArguments, ReadArguments};
use clap::Args;
use std::path::PathBuf;

/// How a whole registry is scanned.
#[derive(Args)]
pub(crate) struct RegistryScanArguments {
    /// Directory for the reports and the summary of 'registry:HOST/*'
    #[arg(long, value_name = "DIR", conflicts_with = "output", help_heading = "Whole registries")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Where it is kept how far the scan is [default: in the user's cache directory]
    #[arg(long, value_name = "DIR", conflicts_with = "queue", help_heading = "Whole registries")]
    pub(crate) state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) share: ShareArguments,
}

/// How several processes or machines share a scan.
#[derive(Args)]
pub(crate) struct ShareArguments {
    /// Share the images with workers (`seawall work`): nats://HOST:4222, or a directory on this machine
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "SEAWALL_QUEUE",
        hide_env_values = true,
        requires = "results",
        help_heading = "Whole registries"
    )]
    pub(crate) queue: Option<String>,
    /// Where workers keep results: postgres://USER@HOST/DATABASE, or a directory
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "SEAWALL_RESULTS",
        hide_env_values = true,
        requires = "queue",
        help_heading = "Whole registries"
    )]
    pub(crate) results: Option<String>,
    /// Name of the shared scan: an image is scanned once under one name
    #[arg(long, value_name = "NAME", default_value = "seawall", help_heading = "Whole registries")]
    pub(crate) run: String,
    /// How often an image is tried before it is given up
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..=100),
        help_heading = "Whole registries"
    )]
    pub(crate) tries: u32,
    /// Seconds after which the image of a worker that gives no sign of life is given to another
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..=86_400),
        help_heading = "Whole registries"
    )]
    pub(crate) lease: Option<u64>,
}

/// A worker of a shared scan.
#[derive(Args)]
pub(crate) struct WorkArguments {
    #[command(flatten)]
    pub(crate) share: ShareArguments,
    /// Seconds to wait for images before it ends
    #[arg(long, value_name = "SECONDS", default_value_t = 60, help_heading = "Whole registries")]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    #[command(flatten)]
    pub(crate) content: ContentArguments,
    #[command(flatten)]
    pub(crate) judge: JudgeArguments,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
}
