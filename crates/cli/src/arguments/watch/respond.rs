//! What `seawall watch` does about alerts.

use clap::Args;
use std::path::PathBuf;

/// Responses, evidence, recordings.
#[derive(Args)]
pub(crate) struct RespondArguments {
    /// What is done about which alerts: a file of responses
    #[arg(long, value_name = "FILE", conflicts_with = "replay", help_heading = "Responses")]
    pub(crate) responses: Option<PathBuf>,
    /// Directory of the evidence that responses ask for
    #[arg(long, value_name = "DIR", conflicts_with = "replay", help_heading = "Responses")]
    pub(crate) evidence: Option<PathBuf>,
    /// Mebibytes of the evidence about one alert
    #[arg(long, value_name = "N", default_value_t = 64, help_heading = "Responses", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) evidence_mib: u32,
    /// Mebibytes of all evidence in the directory; beyond it none is collected
    #[arg(long, value_name = "N", default_value_t = 4096, help_heading = "Responses", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) evidence_total_mib: u32,
    /// Copy files that the container changed, up to so many kibibytes each
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Responses")]
    pub(crate) evidence_copy_kib: u32,
    /// Keep the last events in memory and write them here when a response or a rule (capture: true) asks for it; without
    /// --responses on each alert
    #[arg(long, value_name = "DIR", conflicts_with = "replay", help_heading = "Responses")]
    pub(crate) recordings: Option<PathBuf>,
    /// Mebibytes of all recordings in the directory; beyond it none is written
    #[arg(long, value_name = "N", default_value_t = 4096, help_heading = "Responses", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) recordings_total_mib: u32,
    /// How far back a recording reaches
    #[arg(long, value_name = "N", default_value_t = 30, help_heading = "Responses", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) recording_seconds: u32,
    /// How long a recording goes on after its alert
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Responses", value_parser = clap::value_parser!(u32).range(1..=300))]
    pub(crate) recording_seconds_after: u32,
    /// Mebibytes of events that are kept for recordings
    #[arg(long, value_name = "N", default_value_t = 16, help_heading = "Responses", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) recording_mib: u32,
}
