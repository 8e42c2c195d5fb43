//! Learned profiles.

use clap::Args;
use std::path::PathBuf;

/// Where profiles are kept unless told otherwise.
const PROFILES_DIRECTORY: &str = "/var/lib/seawall/profiles";

/// `seawall watch learn`.
#[derive(Args)]
pub(crate) struct LearnArguments {
    /// Where profiles are kept
    #[arg(long, value_name = "DIR", default_value = PROFILES_DIRECTORY)]
    pub(crate) profiles: PathBuf,
    /// End after so many seconds
    #[arg(long, value_name = "N")]
    pub(crate) seconds: Option<u64>,
    /// Mebibytes for events that wait to be looked at
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) ring_mib: u32,
    /// Tell nothing on standard error but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// `seawall harden learned`.
#[derive(Args)]
pub(crate) struct LearnedArguments {
    /// A profile that `seawall watch learn` wrote (repeatable: of one image, from several hosts)
    #[arg(required = true)]
    pub(crate) profiles: Vec<PathBuf>,
    /// Directory for seccomp.json, apparmor and run.sh
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// First stage: log what was not seen, and let it through
    #[arg(long)]
    pub(crate) log_only: bool,
}
