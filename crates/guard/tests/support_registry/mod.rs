//! A guard before a registry, an image judge that says what the test wants, and a client that sends what it is told.
#![allow(dead_code, reason = "each test uses a part")]

use access::{Access, TokenKey};
use guard::registry::{
    BlobDigests, ImageAsked, ImageJudge, Judgement, Redirects, RegistryGuard, RegistryOptions,
    UpstreamOptions,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const SECRET: &str = "correct horse battery";

/// A running guard.
pub(crate) struct Guarded {
    pub(crate) address: String,
    pub(crate) ledger: PathBuf,
    pub(crate) guard: Arc<RegistryGuard>,
    pub(crate) judge: Arc<Told>,
    pub(crate) directory: tempfile::TempDir,
}

/// A judge that was told what to say; of everything else that it does not pass.
#[derive(Default)]
pub(crate) struct Told {
    said: Mutex<HashMap<String, Judgement>>,
    pub(crate) edition: Mutex<String>,
    pub(crate) asked: Mutex<Vec<ImageAsked>>,
    held: Mutex<bool>,
    freed: Condvar,
}

impl Told {
    pub(crate) fn pass(&self, digest: &str) {
        self.said.lock().unwrap().insert(digest.to_owned(), Judgement::Passed { warnings: Vec::new() });
    }

    pub(crate) fn say(&self, digest: &str, judgement: Judgement) {
        self.said.lock().unwrap().insert(digest.to_owned(), judgement);
    }

    /// Verdicts wait until they are freed.
    pub(crate) fn hold(&self, is_held: bool) {
        *self.held.lock().unwrap() = is_held;
        self.freed.notify_all();
    }
}

impl ImageJudge for Told {
    fn edition(&self) -> String {
        self.edition.lock().unwrap().clone()
    }

    fn judge(&self, image: &ImageAsked) -> Judgement {
        let mut held = self.held.lock().unwrap();
        while *held {
            held = self.freed.wait(held).unwrap();
        }
        drop(held);
        self.asked.lock().unwrap().push(image.clone());
        let said = self.said.lock().unwrap().get(image.digest.as_str()).cloned();
        said.unwrap_or(Judgement::failed(vec!["vulnerable/critical".to_owned()]))
    }
}

/// Rights that most tests use; `more` follows.
pub(crate) fn access(more: &str) -> Access {
    let secret = access::hash_secret(SECRET);
    let text = format!(
        "version: 1
service: registry.test
users:
  - {{name: admin, secret: '{secret}'}}
  - {{name: alice, secret: '{secret}'}}
  - {{name: bob, secret: '{secret}'}}
robots:
  - {{name: puller, secret: '{secret}'}}
rules:
  - {{principals: ['user:admin'], repositories: ['**'], allow: [admin]}}
  - {{principals: ['user:alice'], repositories: ['team-a/**'], allow: [pull, push, tag-list, catalog]}}
  - {{principals: ['user:bob'], repositories: ['team-b/**'], allow: [pull, push, tag-list, catalog]}}
  - {{principals: ['robot:puller'], repositories: ['team-a/**'], allow: [pull]}}
{more}"
    );
    Access::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).0
}

pub(crate) fn guarded(upstream: &str, access: Access) -> Guarded {
    guarded_with(upstream, access, |_| {})
}

pub(crate) fn guarded_with(
    upstream: &str,
    access: Access,
    change: impl FnOnce(&mut RegistryOptions),
) -> Guarded {
    let directory = tempfile::tempdir().unwrap();
    let ledger = directory.path().join("guard.jsonl");
    let log = ledger::Ledger::open(ledger::Options::new(&ledger)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let judge = Arc::new(Told::default());
    let mut options = RegistryOptions {
        upstream: UpstreamOptions {
            address: upstream.to_owned(),
            tls: None,
            credential: None,
            patience: Duration::from_secs(30),
        },
        access,
        token_key: TokenKey::generate(),
        judge: Some(Arc::clone(&judge) as Arc<dyn ImageJudge>),
        judges: 4,
        origin: format!("http://{address}"),
        redirects: Redirects::Follow,
        blob_digests: BlobDigests::EveryPull,
        connections_max: 256,
        state: None,
    };
    change(&mut options);
    let guard = RegistryGuard::new(options, log).unwrap();
    let serving = Arc::clone(&guard);
    let listener = guard::Listener::Plain(listener);
    std::thread::spawn(move || serving.serve(&listener));
    Guarded { address, ledger, guard, judge, directory }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The connection ended before the body did.
    pub(crate) is_cut: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Sends a request on a connection of its own, exactly as it is given.
pub(crate) fn raw(address: &str, request: &[u8], is_head: bool) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // Who is refused early may have closed before everything is sent.
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let at = bytes.windows(4).position(|part| part == b"\r\n\r\n");
    let at = at.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(key, value)| (key.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let body = bytes[at + 4..].to_vec();
    let length = headers.iter().find(|(key, _)| key == "content-length");
    let length: Option<usize> = length.map(|(_, value)| value.parse().unwrap());
    let is_cut = match length {
        Some(length) => !is_head && body.len() < length,
        None => !body.is_empty() && !body.ends_with(b"0\r\n\r\n"),
    };
    Answer { status, headers, body, is_cut }
}

impl Guarded {
    /// Asks as somebody, by name and secret; as nobody with an empty name.
    pub(crate) fn ask(&self, who: &str, method: &str, target: &str) -> Answer {
        self.send(who, method, target, &[], b"")
    }

    /// Asks with another secret than everybody's.
    pub(crate) fn ask_with(&self, who: &str, secret: &str, method: &str, target: &str) -> Answer {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{who}:{secret}"));
        self.send("", method, target, &[("Authorization", &format!("Basic {basic}"))], b"")
    }

    pub(crate) fn send(
        &self,
        who: &str,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let length = body.len().to_string();
        let has_body = !body.is_empty() || matches!(method, "PUT" | "POST" | "PATCH");
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain(has_body.then_some(("Content-Length", length.as_str()))).collect();
        let head = Self::head(who, method, target, &fields);
        raw(&self.address, &[head.as_bytes(), body].concat(), method == "HEAD")
    }

    /// The head of a request.
    pub(crate) fn head(who: &str, method: &str, target: &str, fields: &[(&str, &str)]) -> String {
        let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        if !fields.iter().any(|(name, _)| *name == "Host") {
            head.push_str("Host: registry.test\r\n");
        }
        if !who.is_empty() {
            use base64::Engine as _;
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("{who}:{SECRET}"));
            head.push_str(&format!("Authorization: Basic {basic}\r\n"));
        }
        for (name, value) in fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    pub(crate) fn push_blob(&self, who: &str, repository: &str, content: &[u8]) -> String {
        let digest = digest(content);
        let begun = self.ask(who, "POST", &format!("/v2/{repository}/blobs/uploads/"));
        assert_eq!(begun.status, 202, "{}", begun.text());
        let target = format!("{}?digest={digest}", begun.header("location").unwrap());
        let ended = self.send(who, "PUT", &target, &[("Content-Type", "application/octet-stream")], content);
        assert_eq!(ended.status, 201, "{}", ended.text());
        digest
    }

    pub(crate) fn put_manifest(
        &self,
        who: &str,
        repository: &str,
        reference: &str,
        manifest: &Value,
    ) -> Answer {
        let media_type = manifest["mediaType"].as_str().unwrap();
        let body = manifest.to_string().into_bytes();
        self.send(
            who,
            "PUT",
            &format!("/v2/{repository}/manifests/{reference}"),
            &[("Content-Type", media_type)],
            &body,
        )
    }

    /// Pushes an image whose one layer is `content`; returns its digest and that of its layer.
    pub(crate) fn push_image(
        &self,
        who: &str,
        repository: &str,
        tag: &str,
        content: &str,
    ) -> (String, String) {
        let manifest = self.image(who, repository, content);
        let put = self.put_manifest(who, repository, tag, &manifest);
        assert_eq!(put.status, 201, "{}", put.text());
        let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
        (digest(manifest.to_string().as_bytes()), layer)
    }

    /// Pushes the blobs of an image; returns its manifest.
    pub(crate) fn image(&self, who: &str, repository: &str, content: &str) -> Value {
        let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}, "c": content});
        let config = config.to_string();
        self.push_blob(who, repository, config.as_bytes());
        self.push_blob(who, repository, content.as_bytes());
        json!({
            "schemaVersion": 2, "mediaType": IMAGE,
            "config": descriptor("application/vnd.oci.image.config.v1+json", config.as_bytes()),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", content.as_bytes())],
        })
    }

    /// What the audit log says, one record a line.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.guard.close_log().unwrap();
        let text = std::fs::read_to_string(&self.ledger).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(content), "size": content.len()})
}

pub(crate) fn digest(content: &[u8]) -> String {
    let hex: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
