//! The document.

use crate::{
    Accounts, AuditRule, AuditStatus, BenchmarkNode, Component, DaemonProcess, EngineEndpoint, EngineFacts,
    Fact, FileSystemSpace, Firewall, HostFile, HostProcess, Kernel, Mount, Namespaces, Socket,
};
use model::Gap;
use serde::{Deserialize, Serialize};

/// Version of the JSON form of [`HostFacts`]; the second number grows with added fields, the first with changes that
/// break readers.
pub const SCHEMA_VERSION: &str = "1.1";

/// Bytes of a document that is read.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 1 << 30;

/// What a host is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostFacts {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: String,
    /// When it was collected (RFC 3339, UTC).
    pub collected: Fact<String>,
    /// Name of the machine.
    pub name: String,
    /// Whether the engine is on the machine whose files and processes these are.
    pub is_engine_local: bool,
    /// `/etc/os-release`.
    pub os_release: Fact<OsRelease>,
    /// The kernel.
    pub kernel: Kernel,
    /// Users and groups.
    pub accounts: Accounts,
    /// Files that matter, by role.
    pub files: Fact<Vec<HostFile>>,
    /// Mounted file systems.
    pub mounts: Fact<Vec<Mount>>,
    /// Room on the file systems of the data roots.
    pub space: Vec<FileSystemSpace>,
    /// Audit rules that are loaded.
    pub audit_rules: Fact<Vec<AuditRule>>,
    /// Whether they record anything.
    pub audit_status: Fact<AuditStatus>,
    /// Audit rules on disk.
    pub audit_rules_on_disk: Fact<Vec<AuditRule>>,
    /// Listening sockets.
    pub sockets: Fact<Vec<Socket>>,
    /// What answers where the engine listens on the network.
    pub engine_endpoints: Fact<Vec<EngineEndpoint>>,
    /// Packet filter.
    pub firewall: Firewall,
    /// Processes.
    pub processes: Fact<Vec<HostProcess>>,
    /// The process of the engine; known to be none when none runs here.
    pub daemon_process: Fact<Option<DaemonProcess>>,
    /// Namespaces of process 1.
    pub init_namespaces: Fact<Namespaces>,
    /// The engine, its images and containers.
    pub engine: EngineFacts,
    /// Programs with versions.
    pub components: Fact<Vec<Component>>,
    /// When the audit before this one ran (RFC 3339); none when there is no record of one.
    pub last_audit: Fact<Option<String>>,
    /// What benchmarks of Kubernetes ask; missing when none was named.
    pub benchmark_node: Fact<BenchmarkNode>,
    /// What could not be collected and belongs to no single fact.
    pub gaps: Vec<Gap>,
}

/// `os-release(5)`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OsRelease {
    /// `debian`.
    pub id: String,
    /// `12`.
    pub version: String,
    /// `Debian GNU/Linux 12 (bookworm)`.
    pub pretty_name: String,
    /// `ID_LIKE`.
    pub like: Vec<String>,
}

/// Why bytes are no facts of ours.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// Not the JSON of facts.
    #[error("not a document of facts (hint: write one with seawall audit --facts-out FILE)")]
    Malformed(#[source] serde_json::Error),
    /// Facts of something else.
    #[error("the facts are of another kind: {found:?}")]
    OtherDocument {
        /// What the document says that it is, cut.
        found: String,
    },
    /// Too large.
    #[error("the document has more than {DOCUMENT_BYTES_MAX} bytes")]
    TooLarge,
    /// Another major version.
    #[error(
        "the facts have schema version {found:?}, this release reads {SCHEMA_VERSION} (hint: collect them again)"
    )]
    Version {
        /// The version in the document, cut.
        found: String,
    },
}

impl HostFacts {
    /// Reads a document. Fields of later releases of the same major version are ignored; facts that an earlier one did
    /// not collect are missing.
    ///
    /// # Errors
    /// When the bytes are no such document.
    pub fn read(bytes: &[u8]) -> Result<Self, FactsError> {
        #[derive(Deserialize)]
        struct Head {
            schema_version: String,
            #[serde(default)]
            document: String,
        }
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(FactsError::TooLarge);
        }
        let head: Head = serde_json::from_slice(bytes).map_err(FactsError::Malformed)?;
        if !head.document.is_empty() {
            return Err(FactsError::OtherDocument { found: head.document.chars().take(40).collect() });
        }
        if major(&head.schema_version) != major(SCHEMA_VERSION) {
            return Err(FactsError::Version { found: head.schema_version.chars().take(40).collect() });
        }
        serde_json::from_slice(bytes).map_err(FactsError::Malformed)
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("the words serialise without error");
        bytes.push(b'\n');
        bytes
    }
}

pub(crate) fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_survives_its_json() {
        let mut facts = HostFacts { schema_version: SCHEMA_VERSION.to_owned(), ..HostFacts::default() };
        facts.kernel.release = Fact::Known("6.1.0-9".to_owned());
        facts.daemon_process = Fact::Known(None);
        assert_eq!(HostFacts::read(&facts.to_json()).unwrap(), facts);
    }

    #[test]
    fn another_major_version_is_refused() {
        assert!(matches!(HostFacts::read(br#"{"schema_version":"2.0"}"#), Err(FactsError::Version { .. })));
        assert!(HostFacts::read(br#"{"schema_version":"1.9","new":1}"#).is_ok());
        assert!(HostFacts::read(b"{}").is_err());
    }

    #[test]
    fn damaged_documents_never_panic() {
        let bytes = HostFacts { schema_version: "1.0".to_owned(), ..HostFacts::default() }.to_json();
        for step in 0..600 {
            let mut broken = bytes.clone();
            let at = (step * 7919) % broken.len();
            if step % 2 == 0 {
                broken.truncate(at);
            } else {
                broken[at] ^= 1 << (step % 8);
            }
            let _ = HostFacts::read(&broken);
        }
    }
}
