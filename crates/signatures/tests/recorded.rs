//! What cosign 3.1.3 pushed to a registry (`cosign sign` in both forms, `cosign attest`), recorded byte for byte,
//! so that its formats are tested where cosign is not installed.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod support;

use signatures::{BUNDLE_MEDIA_TYPE, Judgement, Kind, PublicKey, ReferrerEntry, Signer, Verdict, cosign_tag};
use support::{Repository, any_of, sha256};

macro_rules! recorded {
    ($name:literal) => {
        include_bytes!(concat!("../testdata/cosign-3.1.3/", $name)).as_slice()
    };
}

/// The recorded repository: its image, and whichever of the three forms is asked for.
fn repository(forms: &[&str]) -> (Repository, model::Digest) {
    let mut repository = Repository::default();
    let image = sha256(recorded!("image_manifest.json"));
    repository.manifests.insert(image.to_string(), recorded!("image_manifest.json").to_vec());
    for blob in [
        recorded!("signature_payload.json"),
        recorded!("attestation_envelope.json"),
        recorded!("bundle.json"),
    ] {
        repository.blobs.insert(sha256(blob), blob.to_vec());
    }
    let manifests = &mut repository.manifests;
    for form in forms {
        match *form {
            "sig" => drop(
                manifests.insert(cosign_tag(&image, "sig"), recorded!("signature_manifest.json").to_vec()),
            ),
            "att" => drop(
                manifests.insert(cosign_tag(&image, "att"), recorded!("attestation_manifest.json").to_vec()),
            ),
            _ => {
                let digest = sha256(recorded!("bundle_manifest.json"));
                manifests.insert(digest.to_string(), recorded!("bundle_manifest.json").to_vec());
                let artifact_type = BUNDLE_MEDIA_TYPE.to_owned();
                repository.referrers.push(ReferrerEntry { digest, artifact_type });
            }
        }
    }
    (repository, image)
}

fn key() -> PublicKey {
    PublicKey::parse_all(recorded!("cosign.pub")).unwrap().remove(0)
}

#[test]
fn each_form_of_cosign_is_judged() {
    for (form, verdict) in
        [("sig", Verdict::Verified), ("bundle", Verdict::Verified), ("att", Verdict::Unsigned)]
    {
        let (repository, image) = repository(&[form]);
        let outcome = repository.verify(&any_of(&[&key()]), &image);
        assert_eq!(outcome.verdict, verdict, "{form}: {outcome:?}");
        assert_eq!(outcome.signatures.len(), 1);
        assert_eq!(
            outcome.signatures[0].judgement,
            Judgement::Valid { signer: Signer::Key { key: key().id().clone() } },
            "{form}"
        );
    }
}

#[test]
fn the_attestation_counts_when_its_type_is_asked_for() {
    let (repository, image) = repository(&["sig", "att", "bundle"]);
    let mut demand = any_of(&[&key()]);
    demand.predicate_type = Some("https://cosign.sigstore.dev/attestation/v1".to_owned());
    let outcome = repository.verify(&demand, &image);
    assert_eq!((outcome.verdict, outcome.signatures.len()), (Verdict::Verified, 3));
    demand.predicate_type = Some("https://slsa.dev/provenance/v1".to_owned());
    assert_eq!(repository.verify(&demand, &image).verdict, Verdict::Unsigned);
}

#[test]
fn another_key_is_told_the_name_of_the_one_that_signed() {
    let (repository, image) = repository(&["bundle"]);
    let other = support::key(signatures::KeyAlgorithm::EcdsaP256);
    let outcome = repository.verify(&any_of(&[other.public()]), &image);
    assert_eq!(outcome.signatures[0].kind, Kind::Signature);
    assert_eq!(outcome.signatures[0].judgement, Judgement::WrongKey { hint: Some(key().hint()) });
}
