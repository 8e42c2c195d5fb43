//! Changed, cut and swollen documents: nothing panics, and no changed byte of signed content ever counts.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod support;

use signatures::{
    Document, GatherLimits, Gathered, KeyAlgorithm, Place, PrivateKey, PublicKey, SIGNATURE_ANNOTATION,
    SIMPLE_SIGNING_MEDIA_TYPE, SignedImage, Verdict, cosign_tag, gather, sign_as_referrer, sign_for_tag,
    verify,
};
use support::{MANIFEST, Repository, any_of, key};

/// Every bit of each byte flipped in turn, and every prefix.
fn mutations(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flipped = (0..bytes.len() * 8).map(|bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    });
    flipped.chain((0..bytes.len()).map(|length| bytes[..length].to_vec()))
}

#[test]
fn no_changed_payload_counts() {
    let key = key(KeyAlgorithm::Ed25519);
    let (_, image) = Repository::with_image("{}");
    let signed = sign_for_tag(&key, "registry.example/app", &image, None).unwrap();
    let manifest: signatures::ArtifactManifest = serde_json::from_slice(&signed.manifest.bytes).unwrap();
    let annotations = manifest.layers[0].annotations.clone().unwrap();
    let demand = any_of(&[key.public()]);
    let verdict = |bytes: Vec<u8>| {
        let document = Document {
            place: Place::Given("test".to_owned()),
            media_type: SIMPLE_SIGNING_MEDIA_TYPE.to_owned(),
            annotations: annotations.clone(),
            bytes,
        };
        verify(
            &demand,
            &support::asked(&image),
            &Gathered { documents: vec![document], ..Gathered::default() },
        )
        .verdict
    };
    assert_eq!(verdict(signed.blobs[0].bytes.clone()), Verdict::Verified);
    for changed in mutations(&signed.blobs[0].bytes) {
        assert_eq!(verdict(changed), Verdict::Invalid);
    }
}

#[test]
fn changed_bundles_and_keys_never_panic() {
    let key = key(KeyAlgorithm::Ed25519);
    let (_, image) = Repository::with_image("{}");
    let signed_image = SignedImage { media_type: MANIFEST.to_owned(), digest: image.clone(), size_bytes: 2 };
    let signed = sign_as_referrer(&key, &signed_image, "2026-11-22T00:00:00Z").unwrap();
    let other = support::key(KeyAlgorithm::Ed25519);
    let demand = any_of(&[other.public()]);
    for changed in mutations(&signed.blobs[0].bytes).step_by(3) {
        let document = Document {
            place: Place::Given("test".to_owned()),
            media_type: signatures::BUNDLE_MEDIA_TYPE.to_owned(),
            annotations: [(SIGNATURE_ANNOTATION.to_owned(), "AAAA".to_owned())].into(),
            bytes: changed,
        };
        let gathered = Gathered { documents: vec![document], ..Gathered::default() };
        assert_ne!(verify(&demand, &support::asked(&image), &gathered).verdict, Verdict::Verified);
    }
    for changed in mutations(key.public().spki()) {
        let _ = PublicKey::from_spki(&changed);
    }
    let generated = PrivateKey::generate(KeyAlgorithm::Ed25519, None).unwrap();
    for changed in mutations(generated.private_pem.reveal().as_bytes()) {
        let _ = PrivateKey::parse(&changed, None);
    }
}

#[test]
fn limits_are_told() {
    let key = key(KeyAlgorithm::Ed25519);
    let (mut repository, image) = Repository::with_image("{}");
    let other = support::key(KeyAlgorithm::Ed25519);
    let first = sign_for_tag(&other, "registry.example/app", &image, None).unwrap();
    repository.push(&first);
    repository
        .push(&sign_for_tag(&key, "registry.example/app", &image, Some(&first.manifest.bytes)).unwrap());
    let demand = any_of(&[key.public()]);
    for limits in [
        GatherLimits { documents_max: 1, ..GatherLimits::default() },
        GatherLimits { document_bytes_max: 10, ..GatherLimits::default() },
        GatherLimits { total_bytes_max: 300, ..GatherLimits::default() },
    ] {
        let gathered = gather(&repository, &image, &limits);
        assert!(!gathered.problems.is_empty(), "{limits:?}");
        assert_eq!(
            verify(&demand, &support::asked(&image), &gathered).verdict,
            Verdict::Unreadable,
            "{limits:?}"
        );
    }
    for number in 0..3 {
        repository.push_layer(None, signatures::BUNDLE_MEDIA_TYPE, format!("{number}").as_bytes(), &[]);
    }
    let limits = GatherLimits { referrers_max: 2, ..GatherLimits::default() };
    let gathered = gather(&repository, &image, &limits);
    assert!(gathered.problems[0].detail.contains("only the first 2"), "{:?}", gathered.problems);
}

#[test]
fn a_tag_that_holds_something_else_is_not_overwritten() {
    let key = key(KeyAlgorithm::Ed25519);
    let (_, image) = Repository::with_image("{}");
    for existing in ["{}", "", "[]", r#"{"schemaVersion":2,"config":1}"#] {
        let result = sign_for_tag(&key, "registry.example/app", &image, Some(existing.as_bytes()));
        assert!(result.unwrap_err().to_string().contains(&cosign_tag(&image, "sig")));
    }
}
