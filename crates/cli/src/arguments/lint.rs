//! `seawall lint`.

use super::OutputArguments;
use clap::Args;
use model::Severity;
use std::path::PathBuf;

/// What is judged, and how.
#[derive(Args)]
pub(crate) struct LintArguments {
    /// Dockerfiles, compose files, Kubernetes manifests, directories that hold them; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "Dockerfile")]
    pub(crate) files: Vec<PathBuf>,
    /// Lay this file over each compose file, as `docker compose -f` does (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Compose files")]
    pub(crate) overlay: Vec<PathBuf>,
    /// Variables of compose files [default: .env beside each] (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Compose files")]
    pub(crate) env_file: Vec<PathBuf>,
    /// hadolint's configuration file [default: .hadolint.yaml or .hadolint.yml here, then in the user's configuration]
    #[arg(long, short, value_name = "FILE", help_heading = "Rules")]
    pub(crate) config: Option<PathBuf>,
    /// Leave out a rule, by our id or another tool's code (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub(crate) ignore: Vec<String>,
    /// Run an optional rule too, by id or code (repeatable); `all` for every one
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub(crate) enable: Vec<String>,
    /// Give a rule the level error (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub(crate) error: Vec<String>,
    /// Give a rule the level warning (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub(crate) warning: Vec<String>,
    /// Give a rule the level info (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub(crate) info: Vec<String>,
    /// Give a rule the level style (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    pub(crate) style: Vec<String>,
    /// Images may come from this registry; `*` at an end stands for anything (repeatable)
    #[arg(long, value_name = "REGISTRY", help_heading = "Rules")]
    pub(crate) trusted_registry: Vec<String>,
    /// Images have to have this label, as NAME:KIND; text, url, rfc3339, spdx, hash, semver or email (repeatable)
    #[arg(long, value_name = "NAME:KIND", help_heading = "Rules")]
    pub(crate) require_label: Vec<String>,
    /// Refuse labels that are not required
    #[arg(long, help_heading = "Rules")]
    pub(crate) strict_labels: bool,
    /// Comments that ignore rules have no effect
    #[arg(long, alias = "disable-ignore-pragma", help_heading = "Rules")]
    pub(crate) forbid_inline_ignores: bool,
    /// Ask this shellcheck about every RUN too, besides the built-in rules
    #[arg(long, value_name = "PROGRAM", num_args = 0..=1, default_missing_value = "shellcheck", help_heading = "Rules")]
    pub(crate) shellcheck: Option<PathBuf>,
    /// Digest of an image that FROM, a service or a pod names, for the fix that pins it, as IMAGE=sha256:… (repeatable)
    #[arg(long, value_name = "IMAGE=DIGEST", help_heading = "Fixes")]
    pub(crate) digest: Vec<String>,
    /// Make the safe edits in the files; what is left is reported
    #[arg(long, help_heading = "Fixes")]
    pub(crate) fix: bool,
    /// Show the safe edits as a difference, and change nothing
    #[arg(long, conflicts_with = "fix", help_heading = "Fixes")]
    pub(crate) diff: bool,
    /// Show or make suggestions too: edits of services and pods that some programs cannot live with
    #[arg(long, help_heading = "Fixes")]
    pub(crate) suggestions: bool,
    /// Exit with 1 only for findings of this severity or worse
    #[arg(long, value_name = "SEVERITY", help_heading = "Gate")]
    pub(crate) fail_on: Option<Severity>,
    /// The same in hadolint's levels: error, warning, info, style, none
    #[arg(long, short = 't', value_name = "LEVEL", conflicts_with = "fail_on", help_heading = "Gate")]
    pub(crate) failure_threshold: Option<String>,
    /// Exit with 0 whatever was found
    #[arg(long, help_heading = "Gate")]
    pub(crate) no_fail: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
