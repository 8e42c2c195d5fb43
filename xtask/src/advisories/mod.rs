//! Makes the advisory lists that are built into the binary.

mod changelog;
mod deb;
mod debian;
mod package_index;

use clap::Subcommand;

/// Where the facts come from.
#[derive(Subcommand)]
pub(crate) enum Source {
    /// Mine the Debian archive: the first version of each source package whose changelog names a CVE.
    Debian(debian::Options),
}

pub(crate) fn run(source: Source) -> anyhow::Result<()> {
    match source {
        Source::Debian(options) => debian::run(&options),
    }
}
