//! A repository of a real registry on this machine, over plain http.
#![allow(dead_code, reason = "each test uses a part of it")]

use crate::support::{MANIFEST, sha256};
use model::Digest;
use serde_json::Value;
use signatures::{Publication, ReferrerEntry, SignatureSource, SignedImage, add_referrer, referrers_tag};
use std::{
    io::{Read, Write},
    net::TcpStream,
};

const ACCEPT: &str =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, */*";

/// A repository of a registry.
pub(crate) struct Remote {
    pub(crate) address: String,
    pub(crate) repository: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
#[error("{what} answers {status}")]
pub(crate) struct Refused {
    what: String,
    status: u16,
}

impl Remote {
    /// A repository with a new image of its own.
    pub(crate) fn with_image(address: &str, repository: &str) -> (Self, SignedImage) {
        let remote = Self { address: address.to_owned(), repository: repository.to_owned() };
        let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
        let config_digest = remote.push_blob(config);
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config_digest, "size": config.len(),
            },
            "annotations": { "name": repository },
        });
        let manifest = serde_json::to_vec(&manifest).unwrap();
        remote.push_manifest("1", MANIFEST, &manifest);
        let (digest, size_bytes) = (sha256(&manifest), manifest.len() as u64);
        (remote, SignedImage { media_type: MANIFEST.to_owned(), digest, size_bytes })
    }

    pub(crate) fn ask(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nAccept: {ACCEPT}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: answer[end + 4..].to_vec() }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v2/{}/{rest}", self.repository)
    }

    pub(crate) fn push_blob(&self, bytes: &[u8]) -> Digest {
        let digest = sha256(bytes);
        let started = self.ask("POST", &self.path("blobs/uploads/"), "", b"");
        let location = started.head.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap();
        let path = &location[location.find("/v2/").unwrap()..];
        let joint = if path.contains('?') { '&' } else { '?' };
        let put =
            self.ask("PUT", &format!("{path}{joint}digest={digest}"), "application/octet-stream", bytes);
        assert_eq!(put.status, 201);
        digest
    }

    pub(crate) fn push_manifest(&self, name: &str, media_type: &str, bytes: &[u8]) {
        let put = self.ask("PUT", &self.path(&format!("manifests/{name}")), media_type, bytes);
        assert_eq!(put.status, 201, "{}", String::from_utf8_lossy(&put.body));
    }

    /// Pushes a signature as `seawall sign` must do it in a registry without the referrers API.
    pub(crate) fn publish(&self, image: &Digest, publication: &Publication) {
        for blob in &publication.blobs {
            self.push_blob(&blob.bytes);
        }
        let manifest = &publication.manifest;
        self.push_manifest(&publication.name, &manifest.media_type, &manifest.bytes);
        if let Some(referrer) = &publication.referrer {
            let tag = referrers_tag(image);
            let list = add_referrer(image, self.manifest(&tag).unwrap().as_deref(), referrer).unwrap();
            self.push_manifest(&tag, &list.media_type, &list.bytes);
        }
    }

    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, Refused> {
        let answer = self.ask("GET", &self.path(path), "", b"");
        match answer.status {
            200 => Ok(Some(answer.body)),
            404 => Ok(None),
            status => Err(Refused { what: path.to_owned(), status }),
        }
    }
}

impl SignatureSource for Remote {
    type Error = Refused;

    fn manifest(&self, name: &str) -> Result<Option<Vec<u8>>, Refused> {
        self.get(&format!("manifests/{name}"))
    }

    fn referrers(&self, digest: &Digest) -> Result<Vec<ReferrerEntry>, Refused> {
        let list = match self.get(&format!("referrers/{digest}"))? {
            Some(list) => Some(list),
            None => self.manifest(&referrers_tag(digest))?,
        };
        let Some(list) = list else { return Ok(Vec::new()) };
        let list: Value = serde_json::from_slice(&list).unwrap();
        let entry = |entry: &Value| ReferrerEntry {
            digest: entry["digest"].as_str().unwrap().parse().unwrap(),
            artifact_type: entry["artifactType"].as_str().unwrap_or("").to_owned(),
        };
        Ok(list["manifests"].as_array().unwrap().iter().map(entry).collect())
    }

    fn blob(&self, digest: &Digest, _: u64) -> Result<Vec<u8>, Refused> {
        let path = format!("blobs/{digest}");
        self.get(&path)?.ok_or(Refused { what: path, status: 404 })
    }
}
