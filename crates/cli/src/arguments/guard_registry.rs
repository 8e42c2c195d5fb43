//! The guard before a registry.

use super::guard::LedgerArguments;
use super::{ContentArguments, DatabaseArguments, GateArguments, JudgeArguments, ReadArguments};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `seawall guard registry …`.
#[derive(Args, Clone)]
pub(crate) struct GuardRegistryArguments {
    /// Where clients connect
    #[arg(long, value_name = "ADDRESS:PORT", required_unless_present = "hash_secret")]
    pub(crate) listen: Option<String>,
    /// The registry behind; nobody but the guard should reach it
    #[arg(long, value_name = "http[s]://HOST[:PORT]", required_unless_present = "hash_secret")]
    pub(crate) upstream: Option<String>,
    /// Who may do what: principals, rights, immutable tags, quotas, admission (docs/guide/guard-registry.md)
    #[arg(long, value_name = "FILE", required_unless_present = "hash_secret")]
    pub(crate) access: Option<PathBuf>,
    /// The audit log
    #[arg(long, value_name = "FILE", required_unless_present = "hash_secret")]
    pub(crate) ledger: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) log: LedgerArguments,
    /// Directory of what outlives the guard: verdicts, links of blobs, uploads, counted bytes [default: beside the audit log, with the
    /// extension .state]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// The guard's certificate with its chain, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Authorities whose clients may log in by certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_client_ca: Option<PathBuf>,
    /// Listen without TLS: secrets and tokens travel in clear
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) plain_http: bool,
    /// The address that clients know [default: https:// and the service of the access file]
    #[arg(long, value_name = "http[s]://HOST[:PORT]")]
    pub(crate) origin: Option<String>,
    /// The key that tokens are signed with, ECDSA on P-256 in PEM (PKCS#8) [default: a new one at each start]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_key: Option<PathBuf>,
    /// File with NAME:SECRET that the guard shows to the registry behind
    #[arg(long, value_name = "FILE")]
    pub(crate) upstream_login: Option<PathBuf>,
    /// Seconds that the registry behind may do nothing before clients get 504; four times that for what is pushed
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) upstream_patience: u16,
    /// Authorities that vouch for the registry behind [default: the system's]
    #[arg(long, value_name = "FILE")]
    pub(crate) upstream_ca: Option<PathBuf>,
    /// The guard's certificate for the registry behind
    #[arg(long, value_name = "FILE", requires = "upstream_key")]
    pub(crate) upstream_cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "upstream_cert")]
    pub(crate) upstream_key: Option<PathBuf>,
    /// When the registry sends to other storage for a blob: go there and verify it, or send the client there
    #[arg(long, value_enum, default_value_t = RedirectChoice::Follow)]
    pub(crate) redirects: RedirectChoice,
    /// When the digest of a blob on its way to a client is verified; clients verify it as well
    #[arg(long, value_enum, default_value_t = BlobChoice::EveryPull, value_name = "WHEN")]
    pub(crate) verify_blobs: BlobChoice,
    /// Images that are scanned at once
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub(crate) scans: usize,
    /// Connections at once
    #[arg(long, value_name = "NUMBER", default_value_t = 1024)]
    pub(crate) connections_max: usize,
    /// Make a secret for a robot, print it and the line for the access file, and end
    #[arg(long)]
    pub(crate) hash_secret: bool,
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

/// What happens when the registry sends to other storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RedirectChoice {
    /// The guard goes there, verifies the digest and passes the blob on
    Follow,
    /// The client is sent there
    Pass,
}

/// When the digest of a blob is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BlobChoice {
    /// Each time: what the registry's storage does to a blob is noticed here
    EveryPull,
    /// Once since the start of the guard: twice as fast, and what happens to it later is noticed by clients
    FirstPull,
}
