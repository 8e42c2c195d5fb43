//! What the tests of this crate share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses a part of it")]

use std::time::Duration;
pub use testkit::server::Server;

/// Options that neither wait nor look at the machine.
pub fn options() -> registry::Options {
    registry::Options {
        retry_delay: Duration::from_millis(1),
        retry_wait_max: Duration::from_secs(1),
        retries_max: 3,
        ..registry::Options::default()
    }
}

pub fn reference(server: &Server, rest: &str) -> oci::Reference {
    format!("{}/{rest}", server.address).parse().unwrap()
}

pub fn digest(content: &[u8]) -> model::Digest {
    use sha2::Digest as _;
    model::Digest::from_sha256(&sha2::Sha256::digest(content).into())
}

pub fn descriptor(content: &[u8]) -> oci::Descriptor {
    oci::Descriptor {
        media_type: "application/octet-stream".to_owned(),
        digest: digest(content),
        size_bytes: content.len() as u64,
        platform: None,
        annotations: std::collections::BTreeMap::new(),
    }
}
