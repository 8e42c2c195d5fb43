//! Which format a file is in, told by its content.

use crate::bounded::{Compression, compression};
use crate::java_archives;

/// The format of a file, or the kind of archive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedKind {
    /// A record of the Open Source Vulnerability format.
    Osv,
    /// The JSON of the Debian security tracker.
    DebianTracker,
    /// `DSA.list` or `DLA.list` of the Debian security tracker.
    DebianList,
    /// An Alpine security database; Wolfi and Chainguard publish the same shape.
    AlpineSecdb,
    /// A CSAF 2.0 document with vulnerability statements of a vendor (Red Hat, SUSE).
    Csaf,
    /// An `updateinfo.xml` of an RPM repository (Amazon, Rocky, AlmaLinux, Fedora).
    UpdateInfo,
    /// OVAL definitions (Oracle, SUSE).
    Oval,
    /// An advisory of the Ruby advisory database.
    RubySec,
    /// CISA's catalogue of known exploited vulnerabilities.
    Kev,
    /// Scores of the Exploit Prediction Scoring System.
    Epss,
    /// A list of Java archives by SHA-1.
    JavaArchives,
    /// A zip archive of files of these kinds (OSV's `all.zip`).
    Zip,
    /// A tar archive, plain or compressed, of files of these kinds.
    Tar,
}

/// No kind of feed begins like this file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{name}' is not in a format that is known (hint: OSV JSON or all.zip, Debian tracker JSON, DSA.list or \
     DLA.list, Alpine secdb JSON, CSAF 2.0 VEX JSON, updateinfo.xml, OVAL XML, RubySec YAML, CISA KEV JSON, \
     EPSS CSV, lines 'SHA1  group:artifact:version', each plain or compressed with gzip, bzip2, xz or zstd, in a directory, tar or zip archive{more})"
)]
pub struct UnknownFeed {
    /// The file.
    pub name: String,
    /// What else can be said.
    pub more: &'static str,
}

impl FeedKind {
    /// Every kind of feed that is no archive.
    pub const ALL: [Self; 11] = [
        Self::Osv,
        Self::DebianTracker,
        Self::DebianList,
        Self::AlpineSecdb,
        Self::Csaf,
        Self::UpdateInfo,
        Self::Oval,
        Self::RubySec,
        Self::Kev,
        Self::Epss,
        Self::JavaArchives,
    ];

    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Osv => "osv",
            Self::DebianTracker => "debian-tracker",
            Self::DebianList => "debian-list",
            Self::AlpineSecdb => "alpine-secdb",
            Self::Csaf => "csaf",
            Self::UpdateInfo => "updateinfo",
            Self::Oval => "oval",
            Self::RubySec => "rubysec",
            Self::Kev => "kev",
            Self::Epss => "epss",
            Self::JavaArchives => "java-sha1",
            Self::Zip => "zip",
            Self::Tar => "tar",
        }
    }
}

/// The kind of a file, told by its name and its first bytes (64 KiB are plenty). Compressed content must be
/// decompressed first.
#[must_use]
pub fn detect(name: &str, first: &[u8]) -> Option<FeedKind> {
    if matches!(first, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..]) {
        return Some(FeedKind::Zip);
    }
    // POSIX.1-2017, pax, "ustar Interchange Format": the magic is at 257.
    if first.get(257..262) == Some(b"ustar") {
        return Some(FeedKind::Tar);
    }
    if compression(first) != Compression::None {
        return None;
    }
    let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    let has = |text: &str| memchr::memmem::find(first, text.as_bytes()).is_some();
    match first {
        [b'{', ..] => detect_json(&has),
        [b'<', ..] if has("<updates") || has("<update ") => Some(FeedKind::UpdateInfo),
        [b'<', ..] if has("oval_definitions") => Some(FeedKind::Oval),
        [b'<', ..] => None,
        [b'[', ..] if has("] DSA-") || has("] DLA-") => Some(FeedKind::DebianList),
        _ if has("cve,epss,percentile") => Some(FeedKind::Epss),
        _ if java_archives::is_list(first) => Some(FeedKind::JavaArchives),
        _ if is_yaml(name) && is_ruby_advisory(first) => Some(FeedKind::RubySec),
        _ => None,
    }
}

/// What a document says that is not a feed but could be taken for one.
pub(crate) fn explain_unknown(name: &str, first: &[u8]) -> UnknownFeed {
    let has = |text: &str| memchr::memmem::find(first, text.as_bytes()).is_some();
    let more = if has("\"@context\"") && has("openvex") {
        "; this is an OpenVEX document: pass it to `seawall scan --vex`"
    } else if has("\"bomFormat\"") || has("\"spdxVersion\"") {
        "; this is a bill of materials: pass it to `seawall scan`"
    } else {
        ""
    };
    UnknownFeed { name: crate::imported::cut(name, 200), more }
}

// A quote inside a JSON text is escaped, so that a key in quotes cannot occur in a description.
fn detect_json(has: &dyn Fn(&str) -> bool) -> Option<FeedKind> {
    if has("\"csaf_version\"") {
        Some(FeedKind::Csaf)
    } else if has("\"secfixes\"") || has("\"apkurl\"") {
        Some(FeedKind::AlpineSecdb)
    } else if has("\"cveID\"") || has("\"catalogVersion\"") {
        Some(FeedKind::Kev)
    } else if has("\"@context\"") || has("\"bomFormat\"") || has("\"spdxVersion\"") {
        None
    } else if has("\"releases\"") && has("\"status\"") {
        Some(FeedKind::DebianTracker)
    } else if has("\"schema_version\"") || has("\"affected\"") || (has("\"id\"") && has("\"modified\"")) {
        Some(FeedKind::Osv)
    } else {
        None
    }
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

fn is_ruby_advisory(first: &[u8]) -> bool {
    first.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"gem:") || line.starts_with(b"engine:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_by_its_content() {
        for (name, first, kind) in [
            ("x.json", r#"{"schema_version":"1.6.0","id":"GHSA-x"}"#, Some(FeedKind::Osv)),
            ("x.json", r#"{"id":"X-1","modified":"2024-01-01T00:00:00Z"}"#, Some(FeedKind::Osv)),
            (
                "json",
                r#"{"curl":{"CVE-2024-1":{"releases":{"bookworm":{"status":"open"}}}}}"#,
                Some(FeedKind::DebianTracker),
            ),
            ("DSA.list", "[29 Mar 2023] DSA-5380-1 xorg-server", Some(FeedKind::DebianList)),
            ("main.json", r#"{"apkurl":"","packages":[]}"#, Some(FeedKind::AlpineSecdb)),
            ("c.json", r#"{"document":{"csaf_version":"2.0"}}"#, Some(FeedKind::Csaf)),
            ("u.xml", "<?xml version=\"1.0\"?>\n<updates><update", Some(FeedKind::UpdateInfo)),
            ("o.xml", "<oval_definitions xmlns=\"\">", Some(FeedKind::Oval)),
            ("CVE-2020-1.yml", "---\ngem: rack\n", Some(FeedKind::RubySec)),
            ("k.json", r#"{"title":"","catalogVersion":"1"}"#, Some(FeedKind::Kev)),
            ("e.csv", "#model_version:v1\ncve,epss,percentile\n", Some(FeedKind::Epss)),
            ("j.txt", "# x\n0123456789abcdef0123456789abcdef01234567  a:b:1\n", Some(FeedKind::JavaArchives)),
            ("all.zip", "PK\u{3}\u{4}", Some(FeedKind::Zip)),
            ("v.json", r#"{"@context":"https://openvex.dev/ns","statements":[]}"#, None),
            ("README.md", "# hello", None),
            ("", "", None),
        ] {
            assert_eq!(detect(name, first.as_bytes()), kind, "{name} {first}");
        }
    }

    #[test]
    fn unknown_file_is_told_which_kinds_there_are() {
        let text = explain_unknown("x.json", br#"{"@context":"https://openvex.dev/ns"}"#).to_string();
        assert!(text.contains("OSV JSON") && text.contains("--vex"), "{text}");
    }
}
