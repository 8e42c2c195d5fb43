//! Other people's YARA rules.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Keep other people's YARA rules.
///
/// Sets are kept with their licence and author, which every hit shows, and pinned by the digest of their files. Scans use
/// all of them. Compiled rules are kept in the user's cache directory.
#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// Take a set of rules in, or replace the one of the same name
    Import(Box<ImportArguments>),
    /// List the sets with their licence, source and pin
    List,
    /// Compare the sets with their pins
    Verify,
    /// Take a set out
    Remove {
        /// Its name
        name: String,
    },
}

/// A set of rules.
#[derive(Args)]
pub(crate) struct ImportArguments {
    /// Rule file, or directory with .yar and .yara files
    pub(crate) path: PathBuf,
    /// Name of the set [default: that of the file or directory]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Manifest in TOML that pins the files, instead of pinning them as they are
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    pub(crate) manifest: Option<PathBuf>,
    /// Take only files of this digest, as an earlier import printed it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) pin: Option<String>,
    /// Who wrote the rules; shown with hits of rules that name nobody
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Licence of the rules; shown with hits of rules that tell none
    #[arg(long, value_name = "SPDX")]
    pub(crate) licence: Option<String>,
    /// Leave out rules of this licence, such as CC-BY-NC (repeatable)
    #[arg(long, value_name = "SPDX")]
    pub(crate) exclude_licence: Vec<String>,
    /// Which rules see each other
    #[arg(long, value_enum)]
    pub(crate) namespaces: Option<NamespaceChoice>,
    /// Read regular expressions as YARA 4 does
    #[arg(long)]
    pub(crate) relaxed: bool,
}

/// Which rules of a set see each other.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NamespaceChoice {
    /// All of the set
    Pack,
    /// Those of one folder
    Folder,
    /// Those of one file
    File,
}

impl From<NamespaceChoice> for yara::Namespaces {
    fn from(choice: NamespaceChoice) -> Self {
        match choice {
            NamespaceChoice::Pack => Self::Pack,
            NamespaceChoice::Folder => Self::Folder,
            NamespaceChoice::File => Self::File,
        }
    }
}
