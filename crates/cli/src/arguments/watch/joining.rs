//! What runs, joined with what images hold.

use crate::arguments::USED_DIRECTORY;
use clap::Args;
use std::path::PathBuf;

/// Where lists of files of packages are kept unless told otherwise.
const SCANS_DIRECTORY: &str = "/var/lib/seawall/scans";

/// What runs, joined with what images hold.
#[derive(Clone, Args)]
pub(crate) struct JoiningArguments {
    /// Keep a record of what containers execute, map and load of their images, for `seawall scan --in-use`
    /// [default directory: /var/lib/seawall/used]
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = USED_DIRECTORY,
        conflicts_with = "replay",
        help_heading = "Images"
    )]
    pub(crate) used: Option<PathBuf>,
    /// Name in alerts the package, layer and vulnerabilities of the executable, by what `seawall scan --package-files` wrote into
    /// this directory; images without such a file are scanned, one at a time [default directory: /var/lib/seawall/scans]
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = SCANS_DIRECTORY,
        conflicts_with = "replay",
        help_heading = "Images"
    )]
    pub(crate) scans: Option<PathBuf>,
}
