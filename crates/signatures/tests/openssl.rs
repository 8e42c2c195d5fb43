//! Keys and signatures of OpenSSL's command, every kind that is supported and some that are not.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and owns its files"
)]

mod support;

use base64::Engine as _;
use model::Digest;
use signatures::{
    KeyAlgorithm, PrivateKey, PublicKey, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_MEDIA_TYPE, SimpleSigning,
    Verdict, cosign_tag, sign_for_tag,
};
use std::{fs, path::Path, process::Command};
use support::{Repository, any_of};

/// Runs `openssl` in a directory; false, and a line on stderr, when it is not installed.
fn openssl(directory: &Path, arguments: &str) -> bool {
    let result = Command::new("openssl").args(arguments.split_whitespace()).current_dir(directory).output();
    let Ok(output) = result else {
        eprintln!("skipped: openssl is not installed");
        return false;
    };
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    true
}

struct Pair {
    directory: tempfile::TempDir,
    public: PublicKey,
}

fn pair(generate: &str) -> Option<Pair> {
    let directory = tempfile::tempdir().unwrap();
    if !openssl(directory.path(), &format!("genpkey {generate} -out key")) {
        return None;
    }
    openssl(directory.path(), "pkey -in key -pubout -out pub");
    let keys = PublicKey::parse_all(&fs::read(directory.path().join("pub")).unwrap()).unwrap();
    Some(Pair { directory, public: keys[0].clone() })
}

fn verdict_of(pair: &Pair, image: &Digest, repository: &Repository) -> Verdict {
    repository.verify(&any_of(&[&pair.public]), image).verdict
}

#[test]
fn signatures_of_openssl_are_verified() {
    for (generate, sign, algorithm) in [
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            "dgst -sha256 -sign key -out signature payload",
            KeyAlgorithm::EcdsaP256,
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
            "dgst -sha256 -sign key -out signature payload",
            KeyAlgorithm::EcdsaP384,
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
            "dgst -sha384 -sign key -out signature payload",
            KeyAlgorithm::EcdsaP384,
        ),
        (
            "-algorithm ED25519",
            "pkeyutl -sign -rawin -inkey key -in payload -out signature",
            KeyAlgorithm::Ed25519,
        ),
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            "dgst -sha256 -sign key -out signature payload",
            KeyAlgorithm::Rsa,
        ),
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
            "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sign key -out signature payload",
            KeyAlgorithm::Rsa,
        ),
    ] {
        let Some(pair) = pair(generate) else { return };
        assert_eq!(pair.public.algorithm(), algorithm);
        let path = pair.directory.path();
        let (mut repository, image) = Repository::with_image("{}");
        let payload = SimpleSigning::new("registry.example/app", &image).to_bytes();
        fs::write(path.join("payload"), &payload).unwrap();
        openssl(path, sign);
        let signature = base64::prelude::BASE64_STANDARD.encode(fs::read(path.join("signature")).unwrap());
        let tag = cosign_tag(&image, "sig");
        repository.push_layer(
            Some(&tag),
            SIMPLE_SIGNING_MEDIA_TYPE,
            &payload,
            &[(SIGNATURE_ANNOTATION, &signature)],
        );
        assert_eq!(verdict_of(&pair, &image, &repository), Verdict::Verified, "{generate} {sign}");
    }
}

#[test]
fn private_keys_of_openssl_sign() {
    for generate in [
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "-algorithm ED25519",
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    ] {
        let Some(pair) = pair(generate) else { return };
        let bytes = fs::read(pair.directory.path().join("key")).unwrap();
        let key = PrivateKey::parse(&bytes, None).unwrap();
        assert_eq!(key.public(), &pair.public, "{generate}");
        let (mut repository, image) = Repository::with_image("{}");
        repository.push(&sign_for_tag(&key, "registry.example/app", &image, None).unwrap());
        assert_eq!(verdict_of(&pair, &image, &repository), Verdict::Verified, "{generate}");
    }
}

#[test]
fn keys_made_here_are_read_by_openssl() {
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::Ed25519] {
        let directory = tempfile::tempdir().unwrap();
        let generated = PrivateKey::generate(algorithm, None).unwrap();
        fs::write(directory.path().join("key"), generated.private_pem.reveal()).unwrap();
        if !openssl(directory.path(), "pkey -in key -pubout -out pub") {
            return;
        }
        assert_eq!(fs::read_to_string(directory.path().join("pub")).unwrap(), generated.public_pem);
    }
}

#[test]
fn weak_and_unknown_keys_are_refused() {
    for generate in [
        "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "-algorithm ED448",
    ] {
        let directory = tempfile::tempdir().unwrap();
        if !openssl(directory.path(), &format!("genpkey {generate} -out key")) {
            return;
        }
        openssl(directory.path(), "pkey -in key -pubout -out pub");
        let error = PublicKey::parse_all(&fs::read(directory.path().join("pub")).unwrap()).unwrap_err();
        assert!(error.to_string().contains("not supported"), "{generate}: {error}");
        assert!(PrivateKey::parse(&fs::read(directory.path().join("key")).unwrap(), None).is_err());
    }
}
