//! One image to scan.

use model::Digest;
use serde::{Deserialize, Serialize};

/// One image to scan. Its digest is its identity: the same image under several names is one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The digest of the manifest of one platform.
    pub digest: Digest,
    /// The platform, `linux/amd64`.
    pub platform: String,
    /// The names under which the registry has it; it is pulled by the first.
    pub references: Vec<String>,
}

impl Job {
    /// The name of the job, which is also good for a file and for a token of a NATS subject: `sha256-…`.
    #[must_use]
    pub fn id(&self) -> String {
        id_of(&self.digest)
    }
}

pub(crate) fn id_of(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm(), digest.hex())
}

/// The digest that a name stands for.
pub(crate) fn digest_of(id: &str) -> Option<Digest> {
    id.replacen('-', ":", 1).parse().ok()
}
