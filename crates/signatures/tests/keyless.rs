//! Signatures with certificates of a sigstore that the test makes: everything must vouch, and each part is tried wrong.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

#[path = "support/sigstore.rs"]
mod sigstore;
mod support;

use model::Digest;
use serde_json::{Value, json};
use signatures::{
    BUNDLE_MEDIA_TYPE, Demand, Document, Gathered, IdentityPattern, Judgement, Keyless, Outcome, Place,
    SIMPLE_SIGNING_MEDIA_TYPE, Signer, SimpleSigning, Trust, TrustedRoot, Verdict, verify,
};
use sigstore::{
    AT_UNIX_SECS, IDENTITY, ISSUER, Made, Recipe, Sigstore, encode, envelope_record, hashed_record, pem,
};
use support::{asked, sha256};

const MANIFEST: &[u8] = br#"{"schemaVersion":2,"layers":[]}"#;

fn keyless(sigstore: &Sigstore, pattern: IdentityPattern) -> Keyless {
    let root = TrustedRoot::parse(sigstore.trusted_root().to_string().as_bytes()).unwrap();
    Keyless { root, identities: vec![pattern], issuer: ISSUER.to_owned() }
}

fn demand(sigstore: &Sigstore) -> Demand {
    let keyless = keyless(sigstore, IdentityPattern::Exact(IDENTITY.to_owned()));
    Demand::of(Trust { keyless: Some(keyless), ..Trust::default() }, 1).unwrap()
}

fn judge(
    demand: &Demand,
    image: &Digest,
    media_type: &str,
    bytes: &[u8],
    words: &[(&str, String)],
) -> Outcome {
    let annotations = words.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
    let document = Document {
        place: Place::Given("test".to_owned()),
        media_type: media_type.to_owned(),
        annotations,
        bytes: bytes.to_vec(),
    };
    let gathered = Gathered { documents: vec![document], subject: Some(MANIFEST.to_vec()), problems: vec![] };
    verify(demand, &asked(image), &gathered)
}

fn message(made: &Made) -> Value {
    json!({"messageSignature": {
        "messageDigest": {"algorithm": "SHA2_256", "digest": encode(ring_digest(MANIFEST))},
        "signature": encode(&made.signature),
    }})
}

fn ring_digest(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).to_vec()
}

/// A bundle over the manifest, judged by whoever trusts `trusted`.
fn told(
    trusted: &Sigstore,
    by: &Sigstore,
    recipe: &Recipe,
    change: impl FnOnce(&mut Value),
) -> (Verdict, String) {
    let made = by.sign(recipe, MANIFEST, hashed_record(MANIFEST));
    let mut bundle = made.bundle(&message(&made), recipe.has_timestamp);
    change(&mut bundle);
    let outcome =
        judge(&demand(trusted), &sha256(MANIFEST), BUNDLE_MEDIA_TYPE, bundle.to_string().as_bytes(), &[]);
    (outcome.verdict, outcome.signatures[0].judgement.to_string())
}

#[track_caller]
fn is_refused((verdict, told): (Verdict, String), expected: &str) {
    assert_eq!(verdict, Verdict::Invalid, "{told}");
    assert!(told.contains(expected), "'{told}' does not tell '{expected}'");
}

fn kept(_: &mut Value) {}

#[test]
fn what_everything_vouches_for_counts_and_tells_who_signed() {
    let sigstore = Sigstore::new();
    for (has_promise, has_timestamp) in [(true, true), (true, false), (false, true)] {
        let recipe = Recipe { has_promise, has_timestamp, ..Recipe::default() };
        let (verdict, told) = told(&sigstore, &sigstore, &recipe, kept);
        assert_eq!(verdict, Verdict::Verified, "{told}");
        assert!(told.contains(IDENTITY) && told.contains(ISSUER), "{told}");
    }
}

#[test]
fn identities_and_issuers_are_compared_whole() {
    let sigstore = Sigstore::new();
    let other = |recipe| told(&sigstore, &sigstore, &recipe, kept);
    is_refused(
        other(Recipe { identity: "https://evil.example", ..Recipe::default() }),
        "who is not demanded",
    );
    let longer = "https://ci.example.com/build@refs/heads/main2";
    is_refused(other(Recipe { identity: longer, ..Recipe::default() }), "who is not demanded");
    is_refused(other(Recipe { issuer: "https://evil.example", ..Recipe::default() }), "who is not demanded");
    let made = sigstore.sign(&Recipe::default(), MANIFEST, hashed_record(MANIFEST));
    let bundle = made.bundle(&message(&made), true).to_string();
    for (pattern, verdict) in [
        ("https://ci\\.example\\.com/.*@refs/heads/main", Verdict::Verified),
        ("https://ci\\.example\\.com/", Verdict::Invalid),
        ("ci", Verdict::Invalid),
        ("x|https://ci\\.example\\.com/build", Verdict::Invalid),
    ] {
        let keyless = keyless(&sigstore, IdentityPattern::regex(pattern).unwrap());
        let demand = Demand::of(Trust { keyless: Some(keyless), ..Trust::default() }, 1).unwrap();
        let outcome = judge(&demand, &sha256(MANIFEST), BUNDLE_MEDIA_TYPE, bundle.as_bytes(), &[]);
        assert_eq!(outcome.verdict, verdict, "{pattern}");
    }
    assert!(IdentityPattern::regex("a)|(b").is_err());
}

#[test]
fn a_certificate_counts_when_it_was_valid_logged_and_for_code() {
    let (sigstore, other) = (Sigstore::new(), Sigstore::new());
    let of = |recipe| told(&sigstore, &sigstore, &recipe, kept);
    let late = Recipe { certificate_from_unix_secs: AT_UNIX_SECS - 3600, ..Recipe::default() };
    is_refused(of(late), "was not valid when it was made");
    let early = Recipe { certificate_from_unix_secs: AT_UNIX_SECS + 30, ..Recipe::default() };
    is_refused(of(early), "was not valid when it was made");
    // Each of the times counts, not one of them.
    let stamped = Recipe { stamped_unix_secs: AT_UNIX_SECS + 3600, ..Recipe::default() };
    is_refused(of(stamped), "was not valid when it was made");
    is_refused(of(Recipe { is_for_code: false, ..Recipe::default() }), "certificate is not trusted");
    // Another authority, all of whose logs are trusted; and a log of certificates that is not.
    for (part, expected) in [
        ("certificateAuthorities", "certificate is not trusted"),
        ("ctlogs", "promised to keep the certificate"),
    ] {
        let mut root = sigstore.trusted_root();
        root[part] = other.trusted_root()[part].clone();
        let made = sigstore.sign(&Recipe::default(), MANIFEST, hashed_record(MANIFEST));
        let bundle = made.bundle(&message(&made), true).to_string();
        let keyless = Keyless {
            root: TrustedRoot::parse(root.to_string().as_bytes()).unwrap(),
            identities: vec![IdentityPattern::Exact(IDENTITY.to_owned())],
            issuer: ISSUER.to_owned(),
        };
        let demand = Demand::of(Trust { keyless: Some(keyless), ..Trust::default() }, 1).unwrap();
        let outcome = judge(&demand, &sha256(MANIFEST), BUNDLE_MEDIA_TYPE, bundle.as_bytes(), &[]);
        is_refused((outcome.verdict, outcome.signatures[0].to_string()), expected);
    }
}

#[test]
fn the_transparency_log_must_have_this_signature() {
    let (sigstore, other) = (Sigstore::new(), Sigstore::new());
    let recipe = Recipe::default();
    let of = |change: fn(&mut Value)| told(&sigstore, &sigstore, &recipe, change);
    let at = |bundle: &mut Value, path: &str, value: Value| {
        *bundle.pointer_mut(&format!("/verificationMaterial/tlogEntries/0{path}")).unwrap() = value;
    };
    is_refused(told(&sigstore, &other, &recipe, kept), "not one that is trusted");
    is_refused(
        of(|bundle| bundle["verificationMaterial"]["tlogEntries"] = json!([])),
        "no transparency log has it",
    );
    let changed = |path: &'static str, value: Value| {
        told(&sigstore, &sigstore, &recipe, |bundle| at(bundle, path, value))
    };
    is_refused(changed("/inclusionProof", Value::Null), "nothing proves");
    is_refused(changed("/inclusionProof/hashes/0", json!(encode([7; 32]))), "the proof is another's");
    is_refused(changed("/inclusionProof/logIndex", json!("0")), "the proof is another's");
    is_refused(changed("/inclusionProof/treeSize", json!("3")), "the proof is another's");
    is_refused(changed("/inclusionProof/rootHash", json!(encode([7; 32]))), "the proof is another's");
    is_refused(changed("/integratedTime", json!((AT_UNIX_SECS + 5).to_string())), "signed entry timestamp");
    is_refused(changed("/logIndex", json!("42")), "signed entry timestamp");
    // A log of the same name with another key.
    let foreign = other.sign(&recipe, MANIFEST, hashed_record(MANIFEST));
    let checkpoint = foreign.entry["inclusionProof"]["checkpoint"]["envelope"].clone();
    let (verdict, words) = changed("/inclusionProof/checkpoint/envelope", checkpoint);
    assert!(verdict == Verdict::Invalid && words.contains("checkpoint"), "{words}");
    let promise = json!(encode(&foreign.promise));
    is_refused(changed("/inclusionPromise/signedEntryTimestamp", promise), "signed entry timestamp");
    // An entry that the log has, about something else.
    let elsewhere = sigstore.sign(&recipe, b"other", hashed_record(b"other"));
    is_refused(changed("", elsewhere.entry), "about another signature");
    // Without a promise the log tells no time.
    let bare = Recipe { has_promise: false, has_timestamp: false, ..Recipe::default() };
    is_refused(told(&sigstore, &sigstore, &bare, kept), "when it was made");
}

#[test]
fn a_timestamp_must_be_about_this_signature_and_of_a_trusted_authority() {
    let (sigstore, other) = (Sigstore::new(), Sigstore::new());
    let recipe = Recipe { has_promise: false, ..Recipe::default() };
    let with = |timestamp: &dyn Fn(&[u8]) -> Vec<u8>| {
        told(&sigstore, &sigstore, &recipe, |bundle| {
            let signature = bundle["messageSignature"]["signature"].as_str().unwrap().to_owned();
            let signature = {
                use base64::Engine as _;
                base64::prelude::BASE64_STANDARD.decode(signature).unwrap()
            };
            bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"] =
                json!(encode(timestamp(&signature)));
        })
    };
    let right = |signature: &[u8]| sigstore.timestamp(signature, AT_UNIX_SECS);
    assert_eq!(with(&right).0, Verdict::Verified);
    is_refused(with(&|_| sigstore.timestamp(b"other", AT_UNIX_SECS)), "about another signature");
    is_refused(with(&|signature| other.timestamp(signature, AT_UNIX_SECS)), "the timestamp");
    let old = AT_UNIX_SECS - 2 * 365 * 86_400;
    is_refused(with(&|signature| sigstore.timestamp(signature, old)), "authority");
    let changed = |signature: &[u8]| {
        let mut token = sigstore.timestamp(signature, AT_UNIX_SECS);
        let time = token.windows(4).position(|window| window == b"2026").unwrap();
        token[time + 3] ^= 1;
        token
    };
    is_refused(with(&changed), "the timestamp was changed");
    is_refused(with(&|_| b"nonsense".to_vec()), "cannot be read");
}

#[test]
fn envelopes_and_annotations_are_verified_as_bundles_are() {
    let sigstore = Sigstore::new();
    let image = sha256(MANIFEST);
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "subject": [{"name": "app", "digest": {"sha256": image.hex()}}], "predicate": {},
    })
    .to_string();
    let kind = "application/vnd.in-toto+json";
    let signed = format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len());
    let made = sigstore.sign(&Recipe::default(), signed.as_bytes(), envelope_record(statement.as_bytes()));
    let envelope = |payload: &str| {
        let signature = json!([{"sig": encode(&made.signature)}]);
        json!({"dsseEnvelope": {"payload": encode(payload), "payloadType": kind, "signatures": signature}})
    };
    let of = |payload: &str, image: &Digest| {
        let bundle = made.bundle(&envelope(payload), true).to_string();
        let outcome = judge(&demand(&sigstore), image, BUNDLE_MEDIA_TYPE, bundle.as_bytes(), &[]);
        (outcome.verdict, outcome.signatures[0].judgement.clone())
    };
    let signer = Signer::Identity { identity: IDENTITY.to_owned(), issuer: ISSUER.to_owned() };
    assert_eq!(of(&statement, &image), (Verdict::Verified, Judgement::Valid { signer }));
    assert!(matches!(of(&statement, &sha256(b"x")), (Verdict::Invalid, Judgement::WrongDigest { .. })));
    let swapped = statement.replace(image.hex(), sha256(b"x").hex());
    let (verdict, judgement) = of(&swapped, &sha256(b"x"));
    is_refused((verdict, judgement.to_string()), "was changed");

    // cosign's older scheme: everything in annotations.
    let payload = SimpleSigning::new("registry.example/app", &image).to_bytes();
    let made = sigstore.sign(&Recipe::default(), &payload, hashed_record(&payload));
    let id: String = made.entry["logId"]["keyId"].as_str().map(hex_of).unwrap();
    let log = json!({
        "SignedEntryTimestamp": encode(&made.promise),
        "Payload": {"body": encode(&made.body), "integratedTime": AT_UNIX_SECS, "logIndex": 41, "logID": id},
    });
    let words = |log: &Value| {
        vec![
            ("dev.cosignproject.cosign/signature", encode(&made.signature)),
            ("dev.sigstore.cosign/certificate", pem("CERTIFICATE", &made.certificate)),
            ("dev.sigstore.cosign/chain", pem("CERTIFICATE", &sigstore.authority_der)),
            ("dev.sigstore.cosign/bundle", log.to_string()),
            (
                "dev.sigstore.cosign/rfc3161timestamp",
                json!({"SignedRFC3161Timestamp": encode(&made.timestamp)}).to_string(),
            ),
        ]
    };
    let of = |payload: &[u8], image: &Digest, words: &[(&str, String)]| {
        let outcome = judge(&demand(&sigstore), image, SIMPLE_SIGNING_MEDIA_TYPE, payload, words);
        (outcome.verdict, outcome.signatures[0].judgement.to_string())
    };
    assert_eq!(of(&payload, &image, &words(&log)).0, Verdict::Verified);
    is_refused(of(&payload, &sha256(b"x"), &words(&log)), "but for sha256");
    let other = SimpleSigning::new("registry.example/app", &sha256(b"x")).to_bytes();
    is_refused(of(&other, &sha256(b"x"), &words(&log)), "was changed");
    let mut late = log.clone();
    late["Payload"]["integratedTime"] = json!(AT_UNIX_SECS + 1);
    is_refused(of(&payload, &image, &words(&late)), "signed entry timestamp");
    let without: Vec<_> = words(&log).into_iter().filter(|(name, _)| !name.ends_with("/bundle")).collect();
    is_refused(of(&payload, &image, &without), "no transparency log has it");
}

fn hex_of(text: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::prelude::BASE64_STANDARD.decode(text).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_trusted_root_without_its_parts_is_refused() {
    let root = Sigstore::new().trusted_root();
    for (path, value) in [
        ("/mediaType", json!("application/other")),
        ("/tlogs", json!([])),
        ("/ctlogs", json!([])),
        ("/certificateAuthorities", json!([])),
        ("/certificateAuthorities/0/certChain/certificates", json!([])),
        ("/certificateAuthorities/0/certChain/certificates/0/rawBytes", json!("AAAA")),
        ("/tlogs/0/publicKey/validFor", json!({})),
        ("/tlogs/0/logId/keyId", json!("!")),
    ] {
        let mut changed = root.clone();
        *changed.pointer_mut(path).unwrap() = value;
        assert!(TrustedRoot::parse(changed.to_string().as_bytes()).is_err(), "{path}");
    }
    assert!(TrustedRoot::parse(root.to_string().as_bytes()).is_ok());
}

#[test]
fn changed_bundles_and_timestamps_never_panic_and_never_count_for_another() {
    let sigstore = Sigstore::new();
    let made = sigstore.sign(&Recipe::default(), MANIFEST, hashed_record(MANIFEST));
    for at in 0..made.timestamp.len() {
        let mut changed = made.timestamp.clone();
        changed[at] ^= 0x41;
        let _ = signatures::Timestamp::parse(&changed);
        let _ = signatures::Timestamp::parse(&made.timestamp[..at]);
    }
    let root = sigstore.trusted_root().to_string();
    for at in (0..root.len()).step_by(7) {
        let _ = TrustedRoot::parse(&root.as_bytes()[..at]);
        let mut changed = root.clone().into_bytes();
        changed[at] ^= 1;
        let _ = TrustedRoot::parse(&changed);
    }
    let demand = demand(&sigstore);
    for at in 0..made.certificate.len() {
        let mut other = made.clone();
        other.certificate[at] ^= 1;
        let bundle = other.bundle(&message(&made), true).to_string();
        let outcome = judge(&demand, &sha256(MANIFEST), BUNDLE_MEDIA_TYPE, bundle.as_bytes(), &[]);
        assert_ne!(outcome.verdict, Verdict::Verified, "byte {at}");
    }
}
