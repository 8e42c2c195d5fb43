//! What the image must be like to pass.

use super::TrustArguments;
use clap::Args;
use model::Severity;
use std::path::PathBuf;

/// What the image must be like to pass.
#[derive(Clone, Args)]
pub(crate) struct GateArguments {
    /// Exit with 1 only for findings of this severity or worse
    #[arg(long, value_name = "SEVERITY", conflicts_with = "policy", help_heading = "Gate")]
    pub(crate) fail_on: Option<Severity>,
    /// Policy file of the gate (docs/guide/policy.md): exit with 1 only when it blocks
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub(crate) policy: Option<PathBuf>,
    /// Write what the policy decided, with every reason, as JSON
    #[arg(long, value_name = "FILE", requires = "policy", help_heading = "Gate")]
    pub(crate) verdict: Option<PathBuf>,
    /// Licences that are wanted, warned of and denied: TOML with allow, warn, deny and [[exceptions]]
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub(crate) licence_policy: Option<PathBuf>,
    /// Verify the signatures of an image of a registry with this public key (repeatable: any of them)
    #[arg(long, value_name = "KEY", help_heading = "Gate")]
    pub(crate) verify: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// Ask the registry of the base image, when the image tells it, whether the base has moved on
    #[arg(long, help_heading = "Gate")]
    pub(crate) check_base: bool,
}
