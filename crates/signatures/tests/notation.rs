//! Signatures of notation that the test makes, each part of which is tried wrong; and the notation program itself both ways,
//! where `SEAWALL_NOTATION` names it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and owns its files"
)]

#[path = "support/http.rs"]
mod http;
#[path = "support/notation_signer.rs"]
mod notation_signer;
#[path = "support/sigstore.rs"]
mod sigstore;
mod support;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use model::Digest;
use notation_signer::{DAY_SECS, Signing, at, policy};
use rcgen::KeyUsagePurpose;
use serde_json::{Value, json};
use signatures::{
    Asked, Demand, Document, Gathered, Judgement, Notation, Note, Place, Signer, Trust, Verdict, verify,
};
use sigstore::{Sigstore, encode, pem};
use support::{NOW_UNIX_SECS, sha256};

const REPOSITORY: &str = "registry.example/app";

impl Signing {
    fn trust(&self, policy: &Value) -> Notation {
        let mut notation = Notation::parse(policy.to_string().as_bytes()).unwrap();
        notation.add_store("ca:acme", pem("CERTIFICATE", &self.authority_der).as_bytes()).unwrap();
        notation
    }
}

fn kept(_: &mut Value, _: &mut Value, _: &mut Value) {}

fn judge(
    notation: Notation,
    image: &Digest,
    media_type: &str,
    bytes: Vec<u8>,
) -> (Verdict, Judgement, Vec<Note>) {
    let document = Document {
        place: Place::Given("test".to_owned()),
        media_type: media_type.to_owned(),
        annotations: [].into(),
        bytes,
    };
    let demand = Demand::of(Trust { notation: Some(notation), ..Trust::default() }, 1).unwrap();
    let asked = Asked { image, repository: Some(REPOSITORY), now_unix_secs: NOW_UNIX_SECS };
    let outcome = verify(&demand, &asked, &Gathered { documents: vec![document], ..Gathered::default() });
    (outcome.verdict, outcome.signatures[0].judgement.clone(), outcome.signatures[0].notes.clone())
}

const JWS: &str = "application/jose+json";

#[track_caller]
fn is_refused((verdict, judgement, _): (Verdict, Judgement, Vec<Note>), expected: &str) {
    let told = judgement.to_string();
    assert!(verdict == Verdict::Invalid && told.contains(expected), "'{told}' does not tell '{expected}'");
}

#[test]
fn a_signer_of_the_trust_policy_counts() {
    let signing = Signing::usual();
    let image = sha256(b"image");
    let (verdict, judgement, notes) =
        judge(signing.trust(&policy("strict")), &image, JWS, signing.envelope(&image, kept));
    let subject = "CN=builder,C=US,ST=WA,O=acme".to_owned();
    assert_eq!(judgement, Judgement::Valid { signer: Signer::Subject { subject } });
    assert_eq!((verdict, notes), (Verdict::Verified, vec![Note::RevocationNotChecked]));
}

#[test]
fn each_wrong_part_is_told() {
    let signing = Signing::usual();
    let image = sha256(b"image");
    let of = |change: &dyn Fn(&mut Value, &mut Value, &mut Value)| {
        judge(
            signing.trust(&policy("strict")),
            &image,
            JWS,
            signing.envelope(&image, |a, b, c| change(a, b, c)),
        )
    };
    let other = sha256(b"other").to_string();
    is_refused(of(&|_, payload, _| payload["targetArtifact"]["digest"] = json!(other)), "but for sha256");
    is_refused(of(&|protected, _, _| protected["cty"] = json!("text/plain")), "content is of type");
    is_refused(of(&|protected, _, _| protected["alg"] = json!("none")), "algorithm 'none'");
    is_refused(of(&|protected, _, _| protected["alg"] = json!("HS256")), "algorithm 'HS256'");
    is_refused(of(&|protected, _, _| protected["alg"] = json!("ES384")), "not that of the certificate's key");
    let unknown = |protected: &mut Value| protected["crit"] = json!(["io.cncf.notary.signingScheme", "x"]);
    is_refused(of(&|protected, _, _| unknown(protected)), "must be understood");
    is_refused(of(&|protected, _, _| protected["crit"] = json!([])), "not marked as critical");
    let scheme = json!("notary.x509.signingAuthority");
    is_refused(
        of(&|protected, _, _| protected["io.cncf.notary.signingScheme"] = scheme.clone()),
        "not supported",
    );
    let expiry = |protected: &mut Value, when: &str| {
        protected["crit"] = json!(["io.cncf.notary.signingScheme", "io.cncf.notary.expiry"]);
        protected["io.cncf.notary.expiry"] = json!(when);
    };
    is_refused(of(&|protected, _, _| expiry(protected, "2026-09-01T00:00:00Z")), "has expired");
    is_refused(of(&|protected, _, _| expiry(protected, "soon")), "no time");
    assert_eq!(of(&|protected, _, _| expiry(protected, "2036-09-01T00:00:00Z")).0, Verdict::Verified);
    is_refused(of(&|_, _, header| header["x5c"] = json!([])), "0 certificates");
    // Somebody else's certificate with this key's signature, and the other way round.
    let stranger = Signing::new("evil", NOW_UNIX_SECS - DAY_SECS, 365);
    let x5c: Vec<String> = stranger.chain.iter().map(encode).collect();
    is_refused(of(&|_, _, header| header["x5c"] = json!(x5c)), "was changed");
    let foreign = stranger.envelope(&image, kept);
    is_refused(
        judge(signing.trust(&policy("strict")), &image, JWS, foreign.clone()),
        "certificate is not trusted",
    );
    // A certificate that is for something else.
    let usages = vec![KeyUsagePurpose::KeyEncipherment];
    let other = Signing::with("acme", NOW_UNIX_SECS - DAY_SECS, 365, usages);
    let envelope = other.envelope(&image, kept);
    is_refused(judge(other.trust(&policy("strict")), &image, JWS, envelope), "is not for signatures");
    // An authority that is trusted for a signer that is not named.
    let mut notation = signing.trust(&policy("strict"));
    notation.add_store("ca:acme", &stranger.authority_der).unwrap();
    is_refused(judge(notation, &image, JWS, foreign), "not one that the trust policy names");
    let mut envelope: Value = serde_json::from_slice(&signing.envelope(&image, kept)).unwrap();
    let swapped = json!({"targetArtifact": {"mediaType": "a", "digest": sha256(b"other"), "size": 7}});
    envelope["payload"] = json!(BASE64_URL_SAFE_NO_PAD.encode(swapped.to_string()));
    let bytes = envelope.to_string().into_bytes();
    is_refused(judge(signing.trust(&policy("strict")), &sha256(b"other"), JWS, bytes), "was changed");
    is_refused(judge(signing.trust(&policy("strict")), &image, JWS, b"{".to_vec()), "malformed");
    let cose = judge(signing.trust(&policy("strict")), &image, "application/cose", vec![0xd2]);
    is_refused(cose, "only JWS is verified");
}

#[test]
fn levels_and_scopes_of_the_policy_hold() {
    let old = Signing::new("acme", NOW_UNIX_SECS - 400 * DAY_SECS, 365);
    let image = sha256(b"image");
    let of = |policy: &Value| judge(old.trust(policy), &image, JWS, old.envelope(&image, kept));
    is_refused(of(&policy("strict")), "not valid now");
    let (verdict, _, notes) = of(&policy("permissive"));
    assert_eq!(verdict, Verdict::Verified);
    assert!(
        matches!(&notes[0], Note::NotEnforced { reason } if reason.contains("not valid now")),
        "{notes:?}"
    );
    is_refused(
        of(&json!({"version": "1.0", "trustPolicies": [{
            "name": "none", "registryScopes": ["*"], "signatureVerification": {"level": "skip"},
        }]})),
        "skips verification",
    );
    let mut named = policy("permissive");
    named["trustPolicies"][0]["registryScopes"] = json!([REPOSITORY]);
    assert_eq!(of(&named).0, Verdict::Verified);
    named["trustPolicies"][0]["registryScopes"] = json!(["registry.example/apple"]);
    is_refused(of(&named), "no statement for this repository");
    // The statement that names the repository counts before the one for all.
    let strict = json!({
        "name": "named", "registryScopes": [REPOSITORY], "signatureVerification": {"level": "strict"},
        "trustStores": ["ca:acme"], "trustedIdentities": ["*"],
    });
    let mut both = policy("permissive");
    both["trustPolicies"].as_array_mut().unwrap().push(strict);
    is_refused(of(&both), "not valid now");
    let mut overridden = policy("permissive");
    overridden["trustPolicies"][0]["signatureVerification"]["override"] =
        json!({"authenticTimestamp": "enforce"});
    is_refused(of(&overridden), "not valid now");
}

#[test]
fn a_timestamp_outlives_the_certificate() {
    let clock = Sigstore::new();
    let stamped_unix_secs = sigstore::AT_UNIX_SECS;
    let signing = Signing::new("acme", stamped_unix_secs - DAY_SECS, 30);
    let image = sha256(b"image");
    let mut with = policy("strict");
    with["trustPolicies"][0]["trustStores"] = json!(["ca:acme", "tsa:clock"]);
    let of = |clock: &Sigstore, stamp: &dyn Fn(&[u8]) -> Vec<u8>| {
        let mut envelope: Value = serde_json::from_slice(&signing.envelope(&image, kept)).unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(envelope["signature"].as_str().unwrap()).unwrap();
        envelope["header"]["io.cncf.notary.timestampSignature"] = json!(encode(stamp(&signature)));
        let mut notation = signing.trust(&with);
        notation.add_store("tsa:clock", &clock.authority_der).unwrap();
        judge(notation, &image, JWS, envelope.to_string().into_bytes())
    };
    // Tokens stand without the status of the response here.
    let token = |response: Vec<u8>| {
        let start = response.windows(2).position(|window| window == [0x06, 0x09]).unwrap() - 4;
        response[start..].to_vec()
    };
    let good = of(&clock, &|signature| token(clock.timestamp(signature, stamped_unix_secs)));
    assert_eq!(good.0, Verdict::Verified, "{}", good.1);
    let late = |signature: &[u8]| clock.timestamp(signature, stamped_unix_secs + 60 * DAY_SECS);
    is_refused(of(&clock, &late), "not valid at the time of the timestamp");
    is_refused(of(&clock, &|_| clock.timestamp(b"other", stamped_unix_secs)), "another signature");
    let other = Sigstore::new();
    is_refused(of(&other, &|signature| clock.timestamp(signature, stamped_unix_secs)), "authority");
    is_refused(judge(signing.trust(&with), &image, JWS, signing.envelope(&image, kept)), "there is none");
}

#[test]
fn policies_against_the_specification_are_refused() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut changed = policy("strict");
        change(&mut changed);
        assert!(Notation::parse(changed.to_string().as_bytes()).is_err(), "{changed}");
    };
    let first = |name: &'static str, value: Value| {
        move |policy: &mut Value| policy["trustPolicies"][0][name] = value.clone()
    };
    refused(&|policy| policy["version"] = json!("2.0"));
    refused(&|policy| policy["trustPolicies"] = json!([]));
    refused(&first("name", json!("")));
    refused(&first("registryScopes", json!([])));
    refused(&first("registryScopes", json!(["*", "registry.example/app"])));
    refused(&first("registryScopes", json!(["registry.example/*"])));
    refused(&first("trustStores", json!([])));
    refused(&first("trustStores", json!(["ca:../../etc"])));
    refused(&first("trustStores", json!(["ca:.."])));
    refused(&first("trustStores", json!(["signingAuthority:a"])));
    refused(&first("trustedIdentities", json!([])));
    refused(&first("trustedIdentities", json!(["*", "x509.subject: C=US, ST=WA, O=acme"])));
    refused(&first("trustedIdentities", json!(["x509.subject: CN=anybody"])));
    refused(&first("signatureVerification", json!({"level": "lax"})));
    refused(&first(
        "signatureVerification",
        json!({"level": "strict", "override": {"authenticity": "skip"}}),
    ));
    refused(&first("signatureVerification", json!({"level": "strict", "override": {"integrity": "log"}})));
    refused(&first("other", json!(1)));
    let mut twice = policy("strict");
    let one = twice["trustPolicies"][0].clone();
    twice["trustPolicies"].as_array_mut().unwrap().push(one);
    assert!(Notation::parse(twice.to_string().as_bytes()).is_err());
    let mut notation = Notation::parse(policy("strict").to_string().as_bytes()).unwrap();
    assert_eq!(notation.stores(), ["ca:acme"]);
    assert!(notation.add_store("ca:acme", b"nothing").is_err());
    assert!(notation.add_store("ca:acme", b"\x30\x03\x02\x01\x01").is_err());
}

#[test]
fn changed_envelopes_never_panic_and_never_count() {
    let signing = Signing::usual();
    let image = sha256(b"image");
    let good = signing.envelope(&image, kept);
    let trust = signing.trust(&policy("strict"));
    for at in 0..good.len() {
        let _ = judge(trust.clone(), &image, JWS, good[..at].to_vec());
        let mut changed = good.clone();
        changed[at] ^= 1;
        let (verdict, judgement, _) = judge(trust.clone(), &image, JWS, changed.clone());
        // What is not signed may be changed: the agent, white space.
        let is_same = |name: &str| {
            let of =
                |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).map(|value| value[name].clone()).ok();
            of(&changed) == of(&good)
        };
        let is_signed_same = ["payload", "protected", "signature"].iter().all(|name| is_same(name));
        assert!(verdict != Verdict::Verified || is_signed_same, "byte {at}: {judgement}");
    }
}

/// The notation program with a configuration of its own.
struct Program {
    path: std::path::PathBuf,
    directory: tempfile::TempDir,
}

impl Program {
    fn find() -> Option<Self> {
        let Some(path) = std::env::var_os("SEAWALL_NOTATION").map(std::path::PathBuf::from) else {
            println!("skipped: no notation (hint: SEAWALL_NOTATION=<notation>)");
            return None;
        };
        Some(Self { path, directory: tempfile::tempdir().unwrap() })
    }

    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = std::process::Command::new(&self.path)
            .args(arguments)
            .env("HOME", self.directory.path())
            .env("XDG_CONFIG_HOME", self.directory.path())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join("notation").join(name)
    }
}

#[test]
fn what_notation_signs_is_verified_here() {
    let Some(program) = Program::find() else { return };
    let Some(server) = testkit::registry() else { return };
    let (is_done, said) = program.run(&["cert", "generate-test", "--default", "acme"]);
    assert!(is_done, "{said}");
    let (remote, image) = http::Remote::with_image(server.address(), "team/app");
    let name = format!("{}/team/app@{}", server.address(), image.digest);
    let (is_done, said) = program.run(&["sign", "--insecure-registry", "--expiry", "1h", &name]);
    assert!(is_done, "{said}");
    let certificate = std::fs::read(program.file("truststore/x509/ca/acme/acme.crt")).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let judged = |certificate: &[u8], identity: &str, hours: i64| {
        let mut policy = policy("strict");
        policy["trustPolicies"][0]["trustedIdentities"] = json!([identity]);
        let mut notation = Notation::parse(policy.to_string().as_bytes()).unwrap();
        notation.add_store("ca:acme", certificate).unwrap();
        let demand = Demand::of(Trust { notation: Some(notation), ..Trust::default() }, 1).unwrap();
        let gathered = signatures::gather(&remote, &image.digest, &signatures::GatherLimits::default());
        let now_unix_secs = i64::try_from(now).unwrap() + hours * 3600;
        let asked = Asked { image: &image.digest, repository: Some("registry.example/app"), now_unix_secs };
        let outcome = verify(&demand, &asked, &gathered);
        (outcome.verdict, outcome.signatures.first().map(ToString::to_string).unwrap_or_default())
    };
    let identity = "x509.subject: C=US, ST=WA, O=Notary";
    let (verdict, told) = judged(&certificate, identity, 0);
    assert_eq!(verdict, Verdict::Verified, "{told}");
    let (verdict, told) = judged(&certificate, identity, 2);
    assert!(verdict == Verdict::Invalid && told.contains("expired"), "{told}");
    let (verdict, told) = judged(&certificate, "x509.subject: C=US, ST=WA, O=acme", 0);
    assert!(verdict == Verdict::Invalid && told.contains("trust policy names"), "{told}");
    let (verdict, told) = judged(&Signing::usual().authority_der, "*", 0);
    assert!(verdict == Verdict::Invalid && told.contains("not trusted"), "{told}");
}

#[test]
fn what_this_test_makes_is_verified_by_notation() {
    let Some(program) = Program::find() else { return };
    let Some(server) = testkit::registry() else { return };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let signing = Signing::new("acme", i64::try_from(now).unwrap() - DAY_SECS, 365);
    let store = program.file("truststore/x509/ca/acme");
    std::fs::create_dir_all(&store).unwrap();
    std::fs::write(store.join("ca.crt"), pem("CERTIFICATE", &signing.authority_der)).unwrap();
    std::fs::write(program.file("trustpolicy.json"), policy("strict").to_string()).unwrap();
    let (remote, image) = http::Remote::with_image(server.address(), "team/app");
    let name = format!("{}/team/app@{}", server.address(), image.digest);
    let envelope = signing.envelope(&image.digest, |protected, payload, _| {
        let target = json!({"mediaType": image.media_type, "digest": image.digest, "size": image.size_bytes});
        payload["targetArtifact"] = target;
        protected["io.cncf.notary.signingTime"] = json!(rfc_3339(now));
    });
    let kind = "application/vnd.cncf.notary.signature";
    let digest = remote.push_blob(&envelope);
    let config = remote.push_blob(b"{}");
    let thumbprints: Vec<String> = signing.chain.iter().map(|der| sha256(der).hex().to_owned()).collect();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": support::MANIFEST,
        "config": {"mediaType": kind, "digest": config, "size": 2},
        "layers": [{"mediaType": JWS, "digest": digest, "size": envelope.len()}],
        "subject": {"mediaType": image.media_type, "digest": image.digest, "size": image.size_bytes},
        "annotations": {
            "io.cncf.notary.x509chain.thumbprint#S256": json!(thumbprints).to_string(),
            "org.opencontainers.image.created": rfc_3339(now),
        },
    });
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let digest = sha256(&manifest);
    remote.push_manifest(&digest.to_string(), support::MANIFEST, &manifest);
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": support::MANIFEST, "digest": digest, "size": manifest.len(), "artifactType": kind,
        }],
    });
    let index = serde_json::to_vec(&index).unwrap();
    let tag = signatures::referrers_tag(&image.digest);
    remote.push_manifest(&tag, "application/vnd.oci.image.index.v1+json", &index);
    let (is_verified, said) = program.run(&["verify", "--insecure-registry", &name]);
    assert!(is_verified, "{said}");
}

fn rfc_3339(unix_secs: u64) -> String {
    at(i64::try_from(unix_secs).unwrap()).format(&time::format_description::well_known::Rfc3339).unwrap()
}
