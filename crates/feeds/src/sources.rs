//! Where feeds come from.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where feeds come from: the public addresses unless the configuration says otherwise.
///
/// ```
/// let sources = feeds::Sources::parse(r#"
///     feeds = ["debian", "alpine", "npm"]        # instead of the default set
///     alpine-releases = ["v3.20", "edge"]
///     retries = 2
///     [mirrors]                                  # base addresses by publisher, tried in order
///     osv = ["https://mirror.example.org/osv", "file:///srv/osv"]
/// "#).unwrap();
/// assert_eq!(sources.base_addresses("osv").len(), 2);
/// assert_eq!(sources.base_addresses("debian"), ["https://security-tracker.debian.org"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sources {
    /// Names of the feeds to fetch; [`crate::feed_names`] lists all.
    pub feeds: Vec<String>,
    /// Base addresses by publisher (`osv`, `debian`, `debian-lists`, `alpine`, `wolfi`, `chainguard`, `redhat`,
    /// `amazon-1`, `amazon-2`, `amazon-2023`, `suse`, `oracle`, `rubysec`, `cisa`, `first`), tried in order: `https://…`, `http://…`,
    /// `file:///…` or a directory. The layout below is that of the publisher.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// A database that somebody else built, instead of feeds: addresses tried in order, of a file that
    /// `seawall db export` wrote (`https://…`, `file:///…`, a path) or of an OCI artifact that holds one
    /// (`oci://registry.example.org/seawall/db:latest`).
    pub databases: Vec<String>,
    /// Releases of Alpine.
    pub alpine_releases: Vec<String>,
    /// File names of SUSE's OVAL definitions.
    pub suse_files: Vec<String>,
    /// A file of certificates (PEM) that are trusted instead of the public authorities.
    pub ca_file: Option<PathBuf>,
    /// How often a file is tried again after a passing fault.
    pub retries: u32,
    /// Seconds that one file may take.
    pub file_secs_max: u64,
    /// Seconds without a byte after which a connection counts as dead.
    pub idle_secs_max: u64,
    /// Longest wait that a server may ask for (`Retry-After`); longer ones fail.
    pub wait_secs_max: u64,
    /// Bytes of one file.
    pub file_bytes_max: u64,
    /// Files fetched at once.
    pub parallel_downloads: usize,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// It is not TOML of the expected form.
    #[error("the configuration of sources is not understood")]
    Syntax(#[from] toml::de::Error),
    /// It names a feed that there is none of.
    #[error("there is no feed '{name}' (hint: {})", crate::feed_names().join(", "))]
    UnknownFeed {
        /// The name.
        name: String,
    },
    /// It names a publisher that there is none of.
    #[error(
        "there is no publisher '{0}' to mirror (hint: {names})", names = PUBLIC.map(|(name, _)| name).join(", ")
    )]
    UnknownPublisher(String),
}

/// Feeds that are fetched unless the configuration says otherwise.
pub const DEFAULT_FEEDS: [&str; 13] = [
    "debian",
    "ubuntu",
    "alpine",
    "pypi",
    "npm",
    "go",
    "crates.io",
    "maven",
    "rubygems",
    "packagist",
    "nuget",
    "kev",
    "epss",
];

/// The public base addresses.
const PUBLIC: [(&str, &[&str]); 15] = [
    ("osv", &["https://osv-vulnerabilities.storage.googleapis.com"]),
    ("debian", &["https://security-tracker.debian.org"]),
    ("debian-lists", &["https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master"]),
    ("alpine", &["https://secdb.alpinelinux.org"]),
    ("wolfi", &["https://packages.wolfi.dev"]),
    ("chainguard", &["https://packages.cgr.dev/chainguard"]),
    ("redhat", &["https://security.access.redhat.com/data/csaf/v2/vex"]),
    ("amazon-1", &["http://repo.us-west-2.amazonaws.com"]),
    ("amazon-2", &["https://cdn.amazonlinux.com"]),
    ("amazon-2023", &["https://cdn.amazonlinux.com"]),
    ("suse", &["https://ftp.suse.com/pub/projects/security/oval"]),
    ("oracle", &["https://linux.oracle.com/security/oval"]),
    ("rubysec", &["https://github.com/rubysec/ruby-advisory-db/archive/refs/heads"]),
    ("cisa", &["https://www.cisa.gov/sites/default/files/feeds"]),
    ("first", &["https://epss.empiricalsecurity.com", "https://epss.cyentia.com"]),
];

impl Default for Sources {
    fn default() -> Self {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        let mut alpine_releases: Vec<String> = (12..=24).map(|minor| format!("v3.{minor}")).collect();
        alpine_releases.push("edge".to_owned());
        Self {
            feeds: texts(&DEFAULT_FEEDS),
            mirrors: BTreeMap::new(),
            databases: Vec::new(),
            alpine_releases,
            suse_files: texts(&[
                "suse.linux.enterprise.server.12.xml.gz",
                "suse.linux.enterprise.server.15.xml.gz",
                "opensuse.leap.15.5.xml.gz",
                "opensuse.leap.15.6.xml.gz",
                "opensuse.tumbleweed.xml.gz",
            ]),
            ca_file: None,
            retries: 4,
            file_secs_max: 3_600,
            idle_secs_max: 60,
            wait_secs_max: 120,
            file_bytes_max: 4 << 30,
            parallel_downloads: 4,
        }
    }
}

impl Sources {
    /// Reads a TOML text; what it leaves out is as by default.
    ///
    /// # Errors
    /// When it is not understood, or names feeds or publishers that there are none of.
    pub fn parse(text: &str) -> Result<Self, SourcesError> {
        let sources: Self = toml::from_str(text)?;
        let names = crate::feed_names();
        if let Some(name) = sources.feeds.iter().find(|feed| !names.contains(&feed.as_str())) {
            return Err(SourcesError::UnknownFeed { name: name.clone() });
        }
        if let Some(name) = sources.mirrors.keys().find(|name| !is_publisher(name)) {
            return Err(SourcesError::UnknownPublisher(name.clone()));
        }
        Ok(sources)
    }

    /// Adds a base address of a publisher, tried after those that are there.
    ///
    /// # Errors
    /// When there is no publisher of this name.
    pub fn add_mirror(&mut self, publisher: &str, address: &str) -> Result<(), SourcesError> {
        if !is_publisher(publisher) {
            return Err(SourcesError::UnknownPublisher(publisher.to_owned()));
        }
        self.mirrors.entry(publisher.to_owned()).or_default().push(address.to_owned());
        Ok(())
    }

    /// The base addresses of a publisher, in the order in which they are tried.
    #[must_use]
    pub fn base_addresses(&self, publisher: &str) -> Vec<&str> {
        if let Some(mirrors) = self.mirrors.get(publisher).filter(|mirrors| !mirrors.is_empty()) {
            return mirrors.iter().map(String::as_str).collect();
        }
        let public = PUBLIC.iter().find(|(name, _)| *name == publisher);
        public.map_or_else(Vec::new, |(_, addresses)| addresses.to_vec())
    }
}

fn is_publisher(name: &str) -> bool {
    PUBLIC.iter().any(|(publisher, _)| *publisher == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let error = Sources::parse("feeds = ['debiam']").unwrap_err().to_string();
        assert!(error.contains("debiam") && error.contains("alpine"), "{error}");
        assert!(Sources::parse("[mirrors]\nosw = ['x']").is_err());
        assert!(Sources::parse("retrys = 1").is_err());
        let error = Sources::default().add_mirror("osw", "/srv/osv").unwrap_err().to_string();
        assert!(error.contains("osw") && error.contains("debian-lists"), "{error}");
        assert!(Sources::parse("").unwrap() == Sources::default());
    }
}
