//! What is in use.

use clap::Args;
use std::path::PathBuf;

/// Where `seawall watch --used` keeps its record unless told otherwise.
pub(crate) const USED_DIRECTORY: &str = "/var/lib/seawall/used";

/// Joining a scan with what runs.
#[derive(Clone, Args)]
pub(crate) struct InUseArguments {
    /// Mark packages whose files were seen to be executed, mapped or loaded, and put them first: a record that `seawall watch
    /// --used` keeps, or a directory of them (repeatable: of several hosts) [default: /var/lib/seawall/used]
    #[arg(
        long,
        value_name = "RECORD",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = USED_DIRECTORY,
        help_heading = "Use"
    )]
    pub(crate) in_use: Vec<PathBuf>,
    /// Write which file of the image belongs to which package, with its layer and vulnerabilities, for `seawall watch --scans`
    #[arg(long, value_name = "FILE", help_heading = "Use")]
    pub(crate) package_files: Option<PathBuf>,
}

impl InUseArguments {
    /// Whether it has to be known which package each file belongs to.
    pub(crate) fn wants_owners(&self) -> bool {
        !self.in_use.is_empty() || self.package_files.is_some()
    }
}
