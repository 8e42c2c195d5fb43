//! What is looked for.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is looked for.
#[derive(Clone, Debug, Args)]
pub(crate) struct ContentArguments {
    /// Look only for these (comma-separated) [default: everything]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND", help_heading = "What to look for")]
    pub(crate) only: Vec<Kind>,
    /// Look for everything but these (comma-separated)
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "KIND",
        conflicts_with = "only",
        help_heading = "What to look for"
    )]
    pub(crate) skip: Vec<Kind>,
    /// Look also through files that equal their package's record
    #[arg(long, help_heading = "What to look for")]
    pub(crate) paranoid: bool,
    /// YARA rule file, or directory of them (repeatable); imported packs are used without being named
    #[arg(long, value_name = "FILE", help_heading = "What to look for")]
    pub(crate) yara: Vec<PathBuf>,
    /// Rules for credentials in gitleaks' TOML or Trivy's YAML (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "What to look for")]
    pub(crate) secret_rules: Vec<PathBuf>,
    /// Credentials that are known: a report or baseline of gitleaks or detect-secrets, or .gitleaksignore (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "What to look for")]
    pub(crate) known_secrets: Vec<PathBuf>,
    /// Use also rules for credentials that guess
    #[arg(long, help_heading = "What to look for")]
    pub(crate) guess_secrets: bool,
    /// Signature set: ClamAV .hdb .hsb .fp .sfp .cvd, a list of digests, an IOC list (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "What to look for")]
    pub(crate) hashes: Vec<PathBuf>,
    /// Print credentials in clear; they are redacted otherwise, in every format
    #[arg(long, help_heading = "What to look for")]
    pub(crate) show_secrets: bool,
}

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Known vulnerabilities of packages
    Vulnerabilities,
    /// Credentials in files, configuration and history
    Secrets,
    /// Malware by signature, YARA rule and behaviour
    Malware,
    /// Webshells
    Webshells,
    /// Packaged files that were changed or removed
    Integrity,
    /// Configuration, history and file system
    Checks,
    /// Licences, when a policy is given
    Licences,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 7] = [
        Self::Vulnerabilities,
        Self::Secrets,
        Self::Malware,
        Self::Webshells,
        Self::Integrity,
        Self::Checks,
        Self::Licences,
    ];
}
