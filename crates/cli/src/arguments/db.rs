//! The advisory database.

use super::DatabaseArguments;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Keep the advisory database.
///
/// The database is a directory of immutable shards, one for each ecosystem or distribution release, and a signed
/// manifest. Any number of scans read it while an update replaces it.
#[derive(Subcommand)]
pub(crate) enum DbCommand {
    /// Fetch advisories from their publishers, or from mirrors, and install them
    Update(Box<UpdateArguments>),
    /// Install an exported database, or advisories from files in a publisher's own format
    Import {
        #[command(flatten)]
        directory: DbDirectory,
        /// Exported database, OSV all.zip, Debian tracker JSON, secdb, CSAF, OVAL, updateinfo, KEV, EPSS … or directories of them
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Public key (ed25519:…, or a file of it) that signed the exported database
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Build a database for distribution, signed with a key of yours
    Build {
        /// Directory to build
        #[arg(long, value_name = "DIR")]
        directory: PathBuf,
        /// Advisories in publishers' formats
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Private key file (made when it does not exist)
        #[arg(long, value_name = "FILE")]
        signing_key: PathBuf,
    },
    /// Write the database, or some shards of it, to one file for machines without network
    Export {
        #[command(flatten)]
        directory: DbDirectory,
        /// File to write
        file: PathBuf,
        /// Only these shards (repeatable), such as debian:12
        #[arg(long, value_name = "NAME")]
        shard: Vec<String>,
    },
    /// Tell which advisories are at hand, and how old they are
    Status {
        #[command(flatten)]
        database: DatabaseArguments,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Compare two databases or exported files
    Diff {
        /// The older database
        before: PathBuf,
        /// The newer database
        after: PathBuf,
    },
    /// Search the advisories by id, package or words
    Search {
        /// What to search for
        text: String,
        #[command(flatten)]
        database: DatabaseArguments,
        /// Rows at the most
        #[arg(long, default_value_t = 50)]
        most: usize,
    },
}

/// Where advisories are fetched from.
#[derive(Args)]
pub(crate) struct UpdateArguments {
    #[command(flatten)]
    pub(crate) directory: DbDirectory,
    /// Sources to fetch (TOML: feeds, mirrors, databases, limits) instead of the public ones
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Fetch only this feed (repeatable), such as debian, npm or kev
    #[arg(long, value_name = "FEED")]
    pub(crate) only: Vec<String>,
    /// Fetch what a publisher publishes from another address, as PUBLISHER=URL (repeatable, tried in order); the
    /// URL may be http(s)://, file:/// or a directory
    #[arg(long, value_name = "PUBLISHER=URL")]
    pub(crate) mirror: Vec<String>,
    /// Fetch a whole database that `seawall db export` wrote instead of feeds: https://…, file:///…, a path or
    /// oci://REFERENCE (repeatable, tried in order)
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: Vec<String>,
    /// Public key (ed25519:…, or a file of it) that signed that database
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Trust only the certificate authorities of this PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Show no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// The database that is changed.
#[derive(Args)]
pub(crate) struct DbDirectory {
    /// Advisory database [default: /var/lib/seawall/db for root, else the user's data directory]
    #[arg(long = "db", value_name = "DIR", env = "SEAWALL_DB")]
    pub(crate) path: Option<PathBuf>,
}
