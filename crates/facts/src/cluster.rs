//! The document of a Kubernetes cluster: its objects as the API told them, and what it did not tell.

use crate::abridge::abridge;
use crate::document::{DOCUMENT_BYTES_MAX, FactsError, major};
use crate::{Fact, SCHEMA_VERSION};
use model::Gap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workload::Node;

/// What tells this document from that of a host.
const DOCUMENT: &str = "cluster";

/// What a Kubernetes cluster is. Objects go in by [`ClusterFacts::add`], which leaves out what no check needs: values of
/// secrets, of environments and of config maps above all, so that the document holds no credential that can be known
/// as one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterFacts {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: String,
    document: String,
    /// When it was collected (RFC 3339, UTC).
    pub collected: Fact<String>,
    /// How the cluster was called: a context, or the address.
    pub name: String,
    /// Where it was asked.
    pub server: String,
    /// What the API server says that it is: `v1.33.3`.
    pub version: Fact<String>,
    /// By plural name and group (`pods`, `deployments.apps`): how many objects there are, or why they are not all known.
    pub kinds: BTreeMap<String, Fact<u64>>,
    objects: Vec<Node>,
    /// What could not be collected.
    pub gaps: Vec<Gap>,
}

impl ClusterFacts {
    /// A document without anything known.
    #[must_use]
    pub fn new(name: impl Into<String>, server: impl Into<String>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            document: DOCUMENT.to_owned(),
            name: name.into(),
            server: server.into(),
            ..Self::default()
        }
    }

    /// Takes in an object, abridged.
    pub fn add(&mut self, mut object: Node) {
        abridge(&mut object);
        self.objects.push(object);
    }

    /// Takes back all objects behind the first `count`, for a list that is begun again.
    pub fn forget_behind(&mut self, count: usize) {
        self.objects.truncate(count);
    }

    /// The objects.
    #[must_use]
    pub fn objects(&self) -> &[Node] {
        &self.objects
    }

    /// The objects alone.
    #[must_use]
    pub fn into_objects(self) -> Vec<Node> {
        self.objects
    }

    /// Whether the bytes say that they are such a document; [`crate::HostFacts`] is everything else.
    #[must_use]
    pub fn is_cluster(bytes: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Head {
            #[serde(default)]
            document: String,
        }
        bytes.len() <= DOCUMENT_BYTES_MAX
            && serde_json::from_slice::<Head>(bytes).is_ok_and(|head| head.document == DOCUMENT)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When the bytes are no such document.
    pub fn read(bytes: &[u8]) -> Result<Self, FactsError> {
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(FactsError::TooLarge);
        }
        let facts: Self = serde_json::from_slice(bytes).map_err(FactsError::Malformed)?;
        if facts.document != DOCUMENT {
            return Err(FactsError::OtherDocument { found: facts.document.chars().take(40).collect() });
        }
        if major(&facts.schema_version) != major(SCHEMA_VERSION) {
            return Err(FactsError::Version { found: facts.schema_version.chars().take(40).collect() });
        }
        Ok(facts)
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("the words serialise without error");
        bytes.push(b'\n');
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HostFacts;

    fn sample() -> ClusterFacts {
        let mut facts = ClusterFacts::new("prod", "https://192.0.2.1:6443");
        facts.version = Fact::Known("v1.33.3".to_owned());
        facts.kinds.insert("pods".to_owned(), Fact::Known(1));
        facts.add(workload::parse_json(br#"{"kind":"Pod","metadata":{"name":"a"}}"#).unwrap());
        facts
    }

    #[test]
    fn a_document_survives_its_json_and_is_none_of_a_host() {
        let bytes = sample().to_json();
        assert!(ClusterFacts::is_cluster(&bytes));
        assert_eq!(ClusterFacts::read(&bytes).unwrap(), sample());
        assert!(matches!(HostFacts::read(&bytes), Err(FactsError::OtherDocument { .. })));
        let host = HostFacts { schema_version: SCHEMA_VERSION.to_owned(), ..HostFacts::default() }.to_json();
        assert!(!ClusterFacts::is_cluster(&host) && ClusterFacts::read(&host).is_err());
    }

    #[test]
    fn damaged_documents_never_panic() {
        let bytes = sample().to_json();
        for step in 0..600 {
            let mut broken = bytes.clone();
            let at = (step * 7919) % broken.len();
            if step % 2 == 0 {
                broken.truncate(at);
            } else {
                broken[at] ^= 1 << (step % 8);
            }
            let _ = ClusterFacts::read(&broken);
        }
    }
}
