//! What counts and what does not, with signatures made here.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod support;

use signatures::{
    BUNDLE_MEDIA_TYPE, DSSE_MEDIA_TYPE, Judgement, KeyAlgorithm, Kind, Note, PrivateKey, PublicKey,
    SIGNATURE_ANNOTATION, SIMPLE_SIGNING_MEDIA_TYPE, SignedImage, Verdict, attest, cosign_tag,
    sign_as_referrer, sign_for_tag, signature_finding,
};
use support::{MANIFEST, Repository, any_of, at_least, key};

const NAME: &str = "registry.example/app";
const NOW: &str = "2026-11-22T00:00:00Z";

fn image(digest: &model::Digest) -> SignedImage {
    SignedImage { media_type: MANIFEST.to_owned(), digest: digest.clone(), size_bytes: 2 }
}

fn p256() -> PrivateKey {
    key(KeyAlgorithm::EcdsaP256)
}

#[test]
fn a_signature_in_either_form_is_verified() {
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::Ed25519] {
        let key = key(algorithm);
        let (empty, digest) = Repository::with_image("{}");
        let mut tagged = empty.clone();
        tagged.push(&sign_for_tag(&key, NAME, &digest, None).unwrap());
        let mut referred = empty.clone();
        referred.push(&sign_as_referrer(&key, &image(&digest), NOW).unwrap());
        for repository in [tagged, referred] {
            let outcome = repository.verify(&any_of(&[key.public()]), &digest);
            assert_eq!(outcome.verdict, Verdict::Verified, "{outcome:?}");
            assert_eq!(outcome.signatures[0].kind, Kind::Signature);
            assert!(signature_finding(&outcome).is_none());
        }
        let outcome = empty.verify(&any_of(&[key.public()]), &digest);
        assert_eq!(outcome.verdict, Verdict::Unsigned);
        assert_eq!(signature_finding(&outcome).unwrap().rule, "image/unsigned");
    }
}

#[test]
fn a_signature_of_another_key_names_that_key_and_does_not_count() {
    let (ours, theirs) = (p256(), p256());
    let (mut repository, digest) = Repository::with_image("{}");
    repository.push(&sign_as_referrer(&theirs, &image(&digest), NOW).unwrap());
    repository.push(&sign_for_tag(&theirs, NAME, &digest, None).unwrap());
    let outcome = repository.verify(&any_of(&[ours.public()]), &digest);
    assert_eq!(outcome.verdict, Verdict::Invalid);
    let judgements: Vec<_> = outcome.signatures.iter().map(|checked| &checked.judgement).collect();
    let hint = Some(theirs.public().hint());
    assert_eq!(judgements, [&Judgement::WrongKey { hint: None }, &Judgement::WrongKey { hint }]);
    let finding = signature_finding(&outcome).unwrap();
    assert_eq!((finding.rule.as_str(), finding.evidence.len()), ("image/signature-invalid", 2));
}

#[test]
fn a_signature_copied_from_another_image_tells_which() {
    let key = p256();
    let (mut repository, digest) = Repository::with_image("{}");
    let (_, other) = Repository::with_image("{\"other\":1}");
    let mut moved = sign_for_tag(&key, NAME, &other, None).unwrap();
    moved.name = cosign_tag(&digest, "sig");
    repository.push(&moved);
    repository.push(&sign_as_referrer(&key, &image(&other), NOW).unwrap());
    let outcome = repository.verify(&any_of(&[key.public()]), &digest);
    assert_eq!(outcome.verdict, Verdict::Invalid);
    for checked in &outcome.signatures {
        let Judgement::WrongDigest { claimed, .. } = &checked.judgement else { panic!("{checked}") };
        assert_eq!(claimed, other.as_str());
    }
}

#[test]
fn as_many_different_keys_must_sign_as_are_demanded() {
    let (first, second) = (p256(), p256());
    let (mut repository, digest) = Repository::with_image("{}");
    let demand = at_least(2, &[first.public(), second.public()]);
    // The same key twice, in both forms, is one key.
    let tagged = sign_for_tag(&first, NAME, &digest, None).unwrap();
    repository.push(&tagged);
    repository.push(&sign_as_referrer(&first, &image(&digest), NOW).unwrap());
    let outcome = repository.verify(&demand, &digest);
    assert_eq!((outcome.verdict, outcome.signers.len()), (Verdict::BelowThreshold, 1));
    assert_eq!(signature_finding(&outcome).unwrap().rule, "image/signature-invalid");

    repository.push(&sign_for_tag(&second, NAME, &digest, Some(&tagged.manifest.bytes)).unwrap());
    let outcome = repository.verify(&demand, &digest);
    assert_eq!((outcome.verdict, outcome.signers.len()), (Verdict::Verified, 2));
    assert_eq!(outcome.signatures.len(), 3, "the first signature stays at the tag");
}

#[test]
fn signing_again_with_the_same_key_adds_nothing() {
    let key = p256();
    let (_, digest) = Repository::with_image("{}");
    let first = sign_for_tag(&key, NAME, &digest, None).unwrap();
    let again = sign_for_tag(&key, NAME, &digest, Some(&first.manifest.bytes)).unwrap();
    assert_eq!(again.manifest, first.manifest);
}

#[test]
fn a_name_counts_when_it_is_demanded() {
    let key = p256();
    let (mut repository, digest) = Repository::with_image("{}");
    repository.push(&sign_for_tag(&key, NAME, &digest, None).unwrap());
    let mut demand = any_of(&[key.public()]);
    for (name, verdict) in [
        (NAME, Verdict::Verified),
        ("registry.example/*", Verdict::Verified),
        ("registry.example/other", Verdict::Invalid),
    ] {
        demand.names = vec![name.to_owned()];
        assert_eq!(repository.verify(&demand, &digest).verdict, verdict, "{name}");
    }
}

#[test]
fn an_attestation_does_not_vouch_for_the_image_unless_it_is_asked_for() {
    let key = p256();
    let (mut repository, digest) = Repository::with_image("{}");
    let envelope = attest(&key, &digest, "https://slsa.dev/provenance/v1", serde_json::json!({})).unwrap();
    repository.push_layer(Some(&cosign_tag(&digest, "att")), DSSE_MEDIA_TYPE, &envelope, &[]);
    let mut demand = any_of(&[key.public()]);
    let outcome = repository.verify(&demand, &digest);
    assert_eq!(outcome.verdict, Verdict::Unsigned);
    assert!(matches!(outcome.signatures[0].judgement, Judgement::Valid { .. }));
    demand.predicate_type = Some("https://slsa.dev/provenance/v1".to_owned());
    assert_eq!(repository.verify(&demand, &digest).verdict, Verdict::Verified);
    demand.predicate_type = Some("https://spdx.dev/Document".to_owned());
    assert_eq!(repository.verify(&demand, &digest).verdict, Verdict::Unsigned);
}

#[test]
fn what_cannot_be_read_is_never_taken_for_unsigned() {
    let key = p256();
    let (repository, digest) = Repository::with_image("{}");
    let demand = any_of(&[key.public()]);
    for broken in ["referrers", &cosign_tag(&digest, "sig"), &cosign_tag(&digest, "att")] {
        let mut repository = repository.clone();
        repository.broken = vec![broken.to_owned()];
        let outcome = repository.verify(&demand, &digest);
        assert_eq!(outcome.verdict, Verdict::Unreadable, "{broken}");
        assert_eq!(outcome.problems.len(), 1);
        assert!(signature_finding(&outcome).is_none(), "a failing registry is a gap");
        // A signature that counts needs nothing else.
        repository.push(&sign_for_tag(&key, NAME, &digest, None).unwrap());
        if broken != cosign_tag(&digest, "sig") {
            assert_eq!(repository.verify(&demand, &digest).verdict, Verdict::Verified);
        }
    }
}

#[test]
fn a_blob_that_does_not_match_its_digest_is_a_problem() {
    let key = p256();
    let (mut repository, digest) = Repository::with_image("{}");
    let publication = sign_for_tag(&key, NAME, &digest, None).unwrap();
    repository.push(&publication);
    let payload = &publication.blobs[0];
    let mut changed = payload.bytes.clone();
    changed[20] ^= 1;
    repository.blobs.insert(payload.digest.clone(), changed);
    let outcome = repository.verify(&any_of(&[key.public()]), &digest);
    assert_eq!(outcome.verdict, Verdict::Invalid);
    assert!(outcome.problems[0].detail.contains("does not match"), "{:?}", outcome.problems);
}

#[test]
fn junk_in_the_place_of_a_signature_is_a_finding_not_a_gap() {
    let key = p256();
    let (mut repository, digest) = Repository::with_image("{}");
    repository.manifests.insert(cosign_tag(&digest, "sig"), b"junk".to_vec());
    let outcome = repository.verify(&any_of(&[key.public()]), &digest);
    assert_eq!(outcome.verdict, Verdict::Invalid);
    let finding = signature_finding(&outcome).unwrap();
    assert_eq!((finding.rule.as_str(), finding.evidence.len()), ("image/signature-invalid", 1));
}

#[track_caller]
fn check_document(media_type: &str, text: &str, words: &[(&str, &str)], expected: &str) {
    let key = p256();
    let (mut repository, digest) = Repository::with_image("{}");
    repository.push_layer(None, media_type, text.as_bytes(), words);
    let outcome = repository.verify(&any_of(&[key.public()]), &digest);
    assert_eq!(outcome.verdict, Verdict::Invalid, "{text}");
    let shown = outcome.signatures[0].to_string();
    assert!(shown.contains(expected), "'{shown}' does not say '{expected}'");
}

#[test]
fn documents_against_the_rules_say_what_is_wrong() {
    let bundle = |content: &str| {
        format!(
            r#"{{"mediaType":"{BUNDLE_MEDIA_TYPE}","verificationMaterial":{{"publicKey":{{"hint":"x"}}}}{content}}}"#
        )
    };
    let envelope = |signatures: &str| {
        bundle(&format!(
            r#","dsseEnvelope":{{"payload":"e30=","payloadType":"text/plain","signatures":[{signatures}]}}"#
        ))
    };
    check_document(BUNDLE_MEDIA_TYPE, "{", &[], "malformed");
    check_document(BUNDLE_MEDIA_TYPE, &bundle(""), &[], "neither an envelope nor a signature");
    check_document(BUNDLE_MEDIA_TYPE, &envelope(""), &[], "0 signatures");
    check_document(BUNDLE_MEDIA_TYPE, &envelope(r#"{"sig":"AA=="},{"sig":"AA=="}"#), &[], "2 signatures");
    check_document(BUNDLE_MEDIA_TYPE, &envelope(r#"{"sig":"AA=="}"#), &[], "payload of type 'text/plain'");
    let newer = bundle("").replace("v0.3", "v9.9");
    check_document(BUNDLE_MEDIA_TYPE, &newer, &[], "not supported");
    let keyless = bundle(r#","messageSignature":{"signature":"AAAA"}"#)
        .replace(r#""publicKey":{"hint":"x"}"#, r#""certificate":{"rawBytes":"AA=="}"#);
    check_document(BUNDLE_MEDIA_TYPE, &keyless, &[], "keyless");
    check_document(SIMPLE_SIGNING_MEDIA_TYPE, "{}", &[], "no annotation");
    check_document(SIMPLE_SIGNING_MEDIA_TYPE, "{}", &[(SIGNATURE_ANNOTATION, "!")], "not base64");
    check_document(SIMPLE_SIGNING_MEDIA_TYPE, "{}", &[(SIGNATURE_ANNOTATION, "AAAA")], "malformed: payload");
    check_document("application/jose+json", "{}", &[], "notation");
}

#[test]
fn a_message_signature_is_checked_over_the_manifest_itself() {
    let key = p256();
    let (mut repository, digest) = Repository::with_image("{\"a\":1}");
    let other = sign_for_tag(&key, NAME, &digest, None).unwrap();
    // The only public way to get a signature over given bytes is to make the payload the image.
    let payload = String::from_utf8(other.blobs[0].bytes.clone()).unwrap();
    let manifest: signatures::ArtifactManifest = serde_json::from_slice(&other.manifest.bytes).unwrap();
    let signature = &manifest.layers[0].annotations.as_ref().unwrap()[SIGNATURE_ANNOTATION];
    let bundle = format!(
        r#"{{"mediaType":"{BUNDLE_MEDIA_TYPE}","verificationMaterial":{{"tlogEntries":[{{"canonicalizedBody":""}}]}},"messageSignature":{{"signature":"{signature}"}}}}"#
    );
    let (mut payload_repository, payload_digest) = Repository::with_image(&payload);
    payload_repository.push_layer(None, BUNDLE_MEDIA_TYPE, bundle.as_bytes(), &[]);
    let demand = any_of(&[key.public()]);
    let outcome = payload_repository.verify(&demand, &payload_digest);
    assert_eq!(outcome.verdict, Verdict::Verified);
    assert_eq!(outcome.signatures[0].notes, [Note::LogNotVerified]);
    repository.push_layer(None, BUNDLE_MEDIA_TYPE, bundle.as_bytes(), &[]);
    assert_eq!(repository.verify(&demand, &digest).verdict, Verdict::Invalid);
}

#[test]
fn keys_of_other_kinds_are_refused_with_a_hint() {
    let generated = PrivateKey::generate(KeyAlgorithm::EcdsaP256, None).unwrap();
    let error = PublicKey::parse_all(generated.private_pem.reveal().as_bytes()).unwrap_err();
    assert!(error.to_string().contains("secret half"), "{error}");
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let error = PublicKey::parse_all(certificate.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("openssl x509"), "{error}");
    let both = generated.public_pem.repeat(2);
    assert_eq!(PublicKey::parse_all(both.as_bytes()).unwrap().len(), 2);
}
