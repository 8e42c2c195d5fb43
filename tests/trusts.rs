//! Promise: whoever may sign, by certificates of a sigstore or by notation's trust policy, is asked at every guard alike; whoever
//! else signs counts nowhere.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

#[path = "../crates/signatures/tests/support/http.rs"]
mod http;
#[path = "../crates/signatures/tests/support/notation_signer.rs"]
mod notation_signer;
#[path = "../crates/signatures/tests/support/sigstore.rs"]
mod sigstore;
#[path = "../crates/signatures/tests/support/mod.rs"]
mod support;
mod support_guard;

use http::Remote;
use model::Digest;
use notation_signer::{DAY_SECS, Signing, at};
use serde_json::{Value, json};
use signatures::{BUNDLE_MEDIA_TYPE, SignedImage, add_referrer, referrers_tag};
use sigstore::{IDENTITY, ISSUER, Recipe, Sigstore, encode, envelope_record, pem};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};
use support::{MANIFEST, sha256};
use support_guard::Guarded;

/// Repositories, and whether whoever signed there is trusted.
const IMAGES: [(&str, bool); 5] = [
    ("by-certificate", true),
    ("by-notation", true),
    ("by-another-identity", false),
    ("by-another-organisation", false),
    ("by-nobody", false),
];
const OTHER_IDENTITY: &str = "https://ci.example.com/fork@refs/heads/main";

fn now_unix_secs() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn seawall(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
    command.args(words);
    command
}

/// Who is trusted, in files.
struct Trust {
    place: tempfile::TempDir,
    sigstore: Sigstore,
    signing: Signing,
    stranger: Signing,
}

impl Trust {
    fn new() -> Self {
        let from = now_unix_secs() - 30 * DAY_SECS;
        let trust = Self {
            place: tempfile::tempdir().unwrap(),
            sigstore: Sigstore::new(),
            signing: Signing::new("acme", from, 365),
            stranger: Signing::new("other", from, 365),
        };
        let store = trust.path("store/x509/ca/acme");
        std::fs::create_dir_all(&store).unwrap();
        std::fs::write(store.join("ca.crt"), pem("CERTIFICATE", &trust.signing.authority_der)).unwrap();
        std::fs::write(trust.path("root.json"), trust.sigstore.trusted_root().to_string()).unwrap();
        std::fs::write(trust.path("trustpolicy.json"), notation_signer::policy("strict").to_string())
            .unwrap();
        trust
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// The words of the command line that say so.
    fn words(&self) -> Vec<String> {
        let path = |name: &str| self.path(name).display().to_string();
        [
            ("--trusted-root", path("root.json")),
            ("--identity", IDENTITY.to_owned()),
            ("--issuer", ISSUER.to_owned()),
            ("--notation-policy", path("trustpolicy.json")),
            ("--notation-store", path("store")),
        ]
        .into_iter()
        .flat_map(|(word, value)| [word.to_owned(), value])
        .collect()
    }

    /// Signs an image as its repository says.
    fn sign(&self, remote: &Remote, image: &SignedImage) {
        match remote.repository.trim_start_matches("team/") {
            "by-certificate" => attach(remote, image, Kind::Bundle, &self.bundle(&image.digest, IDENTITY)),
            "by-another-identity" => {
                attach(remote, image, Kind::Bundle, &self.bundle(&image.digest, OTHER_IDENTITY));
            }
            "by-notation" => attach(remote, image, Kind::Notation, &envelope(&self.signing, image)),
            "by-another-organisation" => {
                attach(remote, image, Kind::Notation, &envelope(&self.stranger, image));
            }
            _ => {}
        }
    }

    fn bundle(&self, image: &Digest, identity: &'static str) -> Vec<u8> {
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://sigstore.dev/cosign/sign/v1",
            "subject": [{"name": "app", "digest": {"sha256": image.hex()}}], "predicate": {},
        })
        .to_string();
        let kind = "application/vnd.in-toto+json";
        let signed = format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len());
        let recipe = Recipe { identity, ..Recipe::default() };
        let made = self.sigstore.sign(&recipe, signed.as_bytes(), envelope_record(statement.as_bytes()));
        let signature = json!([{"sig": encode(&made.signature)}]);
        let content = json!({"dsseEnvelope": {
            "payload": encode(&statement), "payloadType": kind, "signatures": signature,
        }});
        made.bundle(&content, true).to_string().into_bytes()
    }
}

fn envelope(signing: &Signing, image: &SignedImage) -> Vec<u8> {
    let now = at(now_unix_secs()).format(&time::format_description::well_known::Rfc3339).unwrap();
    signing.envelope(&image.digest, |protected, payload, _| {
        payload["targetArtifact"] =
            json!({"mediaType": image.media_type, "digest": image.digest, "size": image.size_bytes});
        protected["io.cncf.notary.signingTime"] = json!(now);
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Bundle,
    Notation,
}

/// Pushes a signature that refers to an image, into a registry that keeps no such lists itself.
fn attach(remote: &Remote, image: &SignedImage, kind: Kind, bytes: &[u8]) {
    let (kind, of_layer) = match kind {
        Kind::Bundle => (BUNDLE_MEDIA_TYPE, BUNDLE_MEDIA_TYPE),
        Kind::Notation => ("application/vnd.cncf.notary.signature", "application/jose+json"),
    };
    let (digest, config) = (remote.push_blob(bytes), remote.push_blob(b"{}"));
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind,
        "config": {"mediaType": kind, "digest": config, "size": 2},
        "layers": [{"mediaType": of_layer, "digest": digest, "size": bytes.len()}],
        "subject": {"mediaType": image.media_type, "digest": image.digest, "size": image.size_bytes},
    });
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let digest = sha256(&manifest);
    remote.push_manifest(&digest.to_string(), MANIFEST, &manifest);
    let referrer = serde_json::from_value(json!({
        "mediaType": MANIFEST, "digest": digest, "size": manifest.len(), "artifactType": kind,
    }));
    let list = add_referrer(&image.digest, None, &referrer.unwrap()).unwrap();
    remote.push_manifest(&referrers_tag(&image.digest), &list.media_type, &list.bytes);
}

#[test]
fn pods_run_what_somebody_trusted_has_signed() {
    let Some(server) = testkit::registry() else { return };
    let trust = Trust::new();
    let policy = trust.write("policy.yaml", "version: 1\nrules: []\n");
    for (name, is_trusted) in IMAGES {
        let (remote, image) = Remote::with_image(server.address(), &format!("team/{name}"));
        trust.sign(&remote, &image);
        let reference = format!("{}/team/{name}:1", server.address());
        let review = json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE",
                "namespace": "shop", "name": "web", "userInfo": {"username": "ada"},
                "object": {"spec": {"containers": [{"name": "web", "image": reference}]}},
            },
        });
        let mut command = seawall(&["guard", "admission", "review", &policy, "-", "--mutate", "--insecure"]);
        command.arg(server.address()).args(trust.words());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(review.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["response"]["allowed"], is_trusted, "{name}: {answer}");
        let patch = answer["response"]["patch"].as_str().unwrap_or_default();
        let patch = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, patch).unwrap();
        let is_pinned = String::from_utf8(patch).unwrap().contains(&image.digest.to_string());
        assert_eq!(is_pinned, is_trusted, "{name}: {answer}");
    }
}

/// The digest that a push tells.
fn pushed(told: &str) -> Digest {
    let digest = told.split_whitespace().find(|word| word.starts_with("sha256:")).expect(told);
    digest.parse().unwrap()
}

#[test]
fn engines_pull_and_start_what_somebody_trusted_has_signed() {
    let Some(server) = testkit::registry() else { return };
    let trust = Trust::new();
    let policy = trust.write(
        "policy.yaml",
        "version: 1\nprofile: guarded\nimages: {wait_seconds: 60}\nrules:\n  - {id: guard/image-not-signed, mode: deny}\n",
    );
    let host = server.address().to_owned();
    let guarded = Guarded::start_with(&policy, |command, dockerd| {
        command.arg("--upstream").arg(dockerd.host()).args(["--insecure", &host]).args(trust.words());
    });
    let Some(guarded) = guarded else { return };
    let direct = |words: &str| guarded.docker(&guarded.dockerd.host(), words, "");
    let docker = |words: &str| guarded.docker(&guarded.host(), words, "");
    for (name, is_trusted) in IMAGES {
        let reference = format!("{host}/team/{name}:1");
        guarded.dockerd.import(&reference, &testkit::Tar::new().file("name", name.as_bytes()).finish());
        let (told, failed) = direct(&format!("push {reference}"));
        assert!(failed.ends_with("[0]"), "{failed}");
        let remote = Remote { address: host.clone(), repository: format!("team/{name}") };
        let digest = pushed(&told);
        let media_type = "application/vnd.docker.distribution.manifest.v2+json".to_owned();
        trust.sign(&remote, &SignedImage { media_type, digest, size_bytes: 1 });
        // An image that is here, and one that is pulled.
        let (_, created) = docker(&format!("create --network none {reference} x"));
        assert_eq!(created.ends_with("[0]"), is_trusted, "create {name}: {created}");
        direct("container prune --force");
        direct(&format!("rmi -f {reference}"));
        let (_, pulled) = docker(&format!("pull {reference}"));
        assert_eq!(pulled.ends_with("[0]"), is_trusted, "pull {name}: {pulled}");
        if !is_trusted {
            assert!(created.contains("guard/image-not-signed"), "{created}");
            assert!(pulled.contains("guard/image-not-signed"), "{pulled}");
        }
    }
    // Who is trusted no more counts no more, also for what was pulled when it did.
    let (_, created) = docker(&format!("create --network none {host}/team/by-notation:1 x"));
    assert!(created.ends_with("[0]"), "{created}");
    std::fs::remove_file(trust.path("store/x509/ca/acme/ca.crt")).unwrap();
    let another = pem("CERTIFICATE", &trust.stranger.authority_der);
    std::fs::write(trust.path("store/x509/ca/acme/another.crt"), another).unwrap();
    let is_refused = guarded.wait_for(|| {
        let (_, created) = docker(&format!("create --network none {host}/team/by-notation:1 x"));
        created.contains("guard/image-not-signed")
    });
    assert!(is_refused, "the store was read again");
    assert!(guarded.verify_log().contains("whole"));
}

/// A guard before the registry that runs as long as this.
struct Registry(Child, String);

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Registry {
    fn start(trust: &Trust, upstream: &str, policy: &Path, more: &[String]) -> Self {
        let access = trust.write(
            "access.yaml",
            "version: 1\nservice: registry.test\nrules:\n  - {principals: [anyone], repositories: ['**'], allow: [pull]}\n",
        );
        let ledger = trust.path("registry.jsonl").display().to_string();
        let _ = std::fs::remove_dir_all(trust.path("registry.state"));
        let mut command = seawall(&["guard", "registry", "--plain-http", "--listen", "127.0.0.1:0"]);
        command.args(["--upstream", &format!("http://{upstream}"), "--only", "secrets", "--no-cache"]);
        command.args(["--access", &access, "--ledger", &ledger, "--policy"]).arg(policy).args(more);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = String::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the guard ended: {told}")).unwrap();
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.to_owned();
            }
            told.push_str(&line);
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self(child, address)
    }
}

#[test]
fn registries_give_what_somebody_trusted_has_signed() {
    let Some(server) = testkit::registry() else { return };
    let trust = Trust::new();
    let images = IMAGES.map(|(name, is_trusted)| {
        let (remote, image) = Remote::with_image(server.address(), &format!("team/{name}"));
        trust.sign(&remote, &image);
        (name, is_trusted, image)
    });
    let base = "version = 1\n[configuration]\nblock = \"never\"\n[signature]\nmissing = \"block\"\n";
    // Once by the command line, once by the policy itself.
    let by_policy = format!(
        "{base}[signature.keyless]\ntrusted-root = \"root.json\"\nidentities = [\"{IDENTITY}\"]\nissuer = \"{ISSUER}\"\n\
         [signature.notation]\npolicy = \"trustpolicy.json\"\nstore = \"store\"\n"
    );
    for (text, more) in [(base, trust.words()), (by_policy.as_str(), Vec::new())] {
        trust.write("scan.toml", text);
        let guard = Registry::start(&trust, server.address(), &trust.path("scan.toml"), &more);
        for (name, is_trusted, image) in &images {
            let remote = Remote { address: guard.1.clone(), repository: format!("team/{name}") };
            for reference in ["1".to_owned(), image.digest.to_string()] {
                let path = format!("/v2/team/{name}/manifests/{reference}");
                let answer = remote.ask("GET", &path, "", b"");
                let told = String::from_utf8_lossy(&answer.body).into_owned();
                assert_eq!(answer.status == 200, *is_trusted, "{name} {reference}: {} {told}", answer.status);
                assert!(*is_trusted || told.contains("signature"), "{told}");
            }
        }
    }
}
