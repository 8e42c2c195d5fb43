//! Both ways against the real cosign and a real registry.
//!
//! Needs `cosign` (version 3; `go install github.com/sigstore/cosign/v3/cmd/cosign@latest`) in the path or named
//! by `SEAWALL_COSIGN`, and docker-registry with skopeo; skipped without.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking, owns its files and asks this machine alone"
)]

#[path = "support/http.rs"]
mod http;
mod support;

use http::Remote;
use model::{Digest, Redacted};
use signatures::{
    Demand, GatherLimits, Judgement, KeyAlgorithm, Kind, Note, Outcome, PrivateKey, PublicKey,
    SignatureSource, SignedImage, Verdict, cosign_tag, gather, sign_as_referrer, sign_for_tag, verify,
};
use std::{fs, path::PathBuf, process::Command};
use support::any_of;
use testkit::RegistryServer;

const PASSWORD: &str = "pass word";
/// No transparency log and no signing configuration from the network.
const OFFLINE: &str = "--allow-http-registry --use-signing-config=false --tlog-upload=false -y";

struct Bench {
    server: RegistryServer,
    cosign: PathBuf,
    directory: tempfile::TempDir,
}

fn bench() -> Option<Bench> {
    let named = std::env::var_os("SEAWALL_COSIGN").map(PathBuf::from);
    let cosign = named.unwrap_or_else(|| PathBuf::from("cosign"));
    if Command::new(&cosign).arg("version").output().is_err() {
        eprintln!("skipped: cosign is not installed");
        return None;
    }
    Some(Bench { server: testkit::registry()?, cosign, directory: tempfile::tempdir().unwrap() })
}

impl Bench {
    fn cosign(&self, arguments: &str) -> (bool, String) {
        let output = Command::new(&self.cosign)
            .args(arguments.split_whitespace())
            .current_dir(self.directory.path())
            .env("COSIGN_PASSWORD", PASSWORD)
            .env("HOME", self.directory.path())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    #[track_caller]
    fn cosign_does(&self, arguments: &str) {
        let (is_done, said) = self.cosign(arguments);
        assert!(is_done, "cosign {arguments}\n{said}");
    }

    /// A new image: its repository, its digest, and how cosign names it.
    fn image(&self, repository: &str) -> (Remote, SignedImage, String) {
        let (remote, image) = Remote::with_image(self.server.address(), repository);
        let name = format!("{}/{repository}@{}", self.server.address(), image.digest);
        (remote, image, name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.directory.path().join(name)).unwrap()
    }

    /// cosign's own form of a PKCS #8 key, in `PREFIX.key` and `PREFIX.pub`.
    fn import(&self, key: &str, prefix: &str) {
        self.write("plain.pem", key);
        self.cosign_does(&format!("import-key-pair --key plain.pem --output-key-prefix {prefix} -y"));
    }
}

fn judged(remote: &Remote, demand: &Demand, image: &Digest) -> Outcome {
    verify(demand, &support::asked(image), &gather(remote, image, &GatherLimits::default()))
}

#[test]
fn signatures_of_cosign_are_verified_and_told_apart() {
    let Some(bench) = bench() else { return };
    bench.cosign_does("generate-key-pair");
    bench.write("predicate.json", "{\"a\":1}");
    let keys = PublicKey::parse_all(&bench.read("cosign.pub")).unwrap();
    let demand = any_of(&[&keys[0]]);

    let (remote, image, name) = bench.image("team/tagged");
    bench.cosign_does(&format!("attest --key cosign.key --predicate predicate.json --type custom --new-bundle-format=false {OFFLINE} {name}"));
    assert_eq!(judged(&remote, &demand, &image.digest).verdict, Verdict::Unsigned, "an attestation is none");
    bench.cosign_does(&format!("sign --key cosign.key --new-bundle-format=false {OFFLINE} {name}"));
    let outcome = judged(&remote, &demand, &image.digest);
    assert_eq!(outcome.verdict, Verdict::Verified, "{outcome:?}");
    let kinds: Vec<_> = outcome.signatures.iter().map(|checked| checked.kind.clone()).collect();
    let predicate_type = "https://cosign.sigstore.dev/attestation/v1".to_owned();
    assert_eq!(kinds, [Kind::Signature, Kind::Attestation { predicate_type }]);
    let signed_as = Note::SignedAs { name: format!("{}/team/tagged", bench.server.address()) };
    assert_eq!(outcome.signatures[0].notes, [signed_as]);

    let (remote, image, name) = bench.image("team/bundled");
    bench.cosign_does(&format!(
        "attest --key cosign.key --predicate predicate.json --type slsaprovenance1 {OFFLINE} {name}"
    ));
    assert_eq!(judged(&remote, &demand, &image.digest).verdict, Verdict::Unsigned, "an attestation is none");
    bench.cosign_does(&format!("sign --key cosign.key {OFFLINE} {name}"));
    let outcome = judged(&remote, &demand, &image.digest);
    assert_eq!(outcome.verdict, Verdict::Verified, "{outcome:?}");
    assert_eq!(outcome.signatures.len(), 2, "{outcome:?}");

    // The same signatures under another image, and with another key.
    let (other_remote, other, _) = bench.image("team/bundled2");
    let moved = remote.manifest(&cosign_tag(&image.digest, "sig")).unwrap();
    assert!(moved.is_none(), "bundles leave no tag");
    assert_eq!(judged(&other_remote, &demand, &other.digest).verdict, Verdict::Unsigned);
    let stranger = support::key(KeyAlgorithm::EcdsaP256);
    let outcome = judged(&remote, &any_of(&[stranger.public()]), &image.digest);
    assert_eq!(outcome.verdict, Verdict::Invalid);
    let hint = Some(keys[0].hint());
    assert_eq!(outcome.signatures[0].judgement, Judgement::WrongKey { hint }, "cosign names its key as here");
}

#[test]
fn signatures_made_here_are_verified_by_cosign() {
    let Some(bench) = bench() else { return };
    bench.cosign_does("generate-key-pair");
    let password = Redacted::new(PASSWORD.to_owned());
    let of_cosign = PrivateKey::parse(&bench.read("cosign.key"), Some(&password)).unwrap();
    assert_eq!(
        of_cosign.public().to_pem().as_bytes(),
        bench.read("cosign.pub"),
        "the very bytes of cosign.pub"
    );
    let wrong = PrivateKey::parse(&bench.read("cosign.key"), Some(&Redacted::new("wrong".to_owned())));
    assert!(format!("{:?}", wrong.unwrap_err()).contains("Password"));
    assert!(PrivateKey::parse(&bench.read("cosign.key"), None).is_err());

    for (number, key) in [of_cosign, support::key(KeyAlgorithm::EcdsaP256)].iter().enumerate() {
        bench.write("key.pub", &key.public().to_pem());
        let verify = "verify --key key.pub --insecure-ignore-tlog --allow-http-registry";
        let (remote, image, name) = bench.image(&format!("team/tag{number}"));
        let under = format!("{}/team/tag{number}", bench.server.address());
        remote.publish(&image.digest, &sign_for_tag(key, &under, &image.digest, None).unwrap());
        bench.cosign_does(&format!("{verify} --new-bundle-format=false {name}"));

        let (remote, image, name) = bench.image(&format!("team/bundle{number}"));
        let signed = sign_as_referrer(key, &image, "2026-11-22T00:00:00Z").unwrap();
        let (is_verified, _) = bench.cosign(&format!("{verify} {name}"));
        assert!(!is_verified, "cosign must not accept what is not signed");
        remote.publish(&image.digest, &signed);
        bench.cosign_does(&format!("{verify} {name}"));
    }
}

#[test]
fn a_signature_is_added_to_those_of_cosign() {
    let Some(bench) = bench() else { return };
    bench.cosign_does("generate-key-pair");
    let ours = support::key(KeyAlgorithm::EcdsaP256);
    let theirs = PublicKey::parse_all(&bench.read("cosign.pub")).unwrap().remove(0);
    let (remote, image, name) = bench.image("team/both");
    bench.cosign_does(&format!("sign --key cosign.key --new-bundle-format=false {OFFLINE} {name}"));
    bench.cosign_does(&format!("sign --key cosign.key {OFFLINE} {name}"));
    let existing = remote.manifest(&cosign_tag(&image.digest, "sig")).unwrap().unwrap();
    let under = format!("{}/team/both", bench.server.address());
    remote.publish(&image.digest, &sign_for_tag(&ours, &under, &image.digest, Some(&existing)).unwrap());
    remote.publish(&image.digest, &sign_as_referrer(&ours, &image, "2026-11-22T00:00:00Z").unwrap());
    let demand = Demand::new(vec![ours.public().clone(), theirs], 2).unwrap();
    let outcome = judged(&remote, &demand, &image.digest);
    assert_eq!((outcome.verdict, outcome.signatures.len()), (Verdict::Verified, 4), "{outcome:?}");
    bench.write("ours.pub", &ours.public().to_pem());
    for key in ["ours.pub", "cosign.pub"] {
        for form in ["--new-bundle-format=false", ""] {
            bench.cosign_does(&format!(
                "verify --key {key} --insecure-ignore-tlog --allow-http-registry {form} {name}"
            ));
        }
    }
}

#[test]
fn keys_encrypted_here_sign_in_cosign() {
    let Some(bench) = bench() else { return };
    let password = Redacted::new(PASSWORD.to_owned());
    let generated = PrivateKey::generate(KeyAlgorithm::EcdsaP256, Some(&password)).unwrap();
    bench.write("ours.key", generated.private_pem.reveal());
    let (remote, image, name) = bench.image("team/ours");
    bench.cosign_does(&format!("sign --key ours.key --new-bundle-format=false {OFFLINE} {name}"));
    let outcome = judged(&remote, &any_of(&[&generated.public]), &image.digest);
    assert_eq!(outcome.verdict, Verdict::Verified, "{outcome:?}");
}

#[test]
fn other_kinds_of_keys_go_both_ways() {
    let Some(bench) = bench() else { return };
    for (number, generate) in [
        "-algorithm RSA -pkeyopt rsa_keygen_bits:3072",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "-algorithm ED25519",
    ]
    .iter()
    .enumerate()
    {
        let made = Command::new("openssl").arg("genpkey").args(generate.split(' ')).output().unwrap();
        let pem = String::from_utf8(made.stdout).unwrap();
        let prefix = format!("key{number}");
        bench.import(&pem, &prefix);
        let key = PrivateKey::parse(pem.as_bytes(), None).unwrap();
        let demand = any_of(&[key.public()]);
        let encrypted = PrivateKey::parse(
            &bench.read(&format!("{prefix}.key")),
            Some(&Redacted::new(PASSWORD.to_owned())),
        );
        assert_eq!(encrypted.unwrap().public(), key.public());

        for form in ["--new-bundle-format=false", ""] {
            let (remote, image, name) = bench.image(&format!("team/other{number}{}", form.len()));
            bench.cosign_does(&format!("sign --key {prefix}.key {form} {OFFLINE} {name}"));
            let outcome = judged(&remote, &demand, &image.digest);
            // Cosign prehashes for Ed25519 (Ed25519ph).
            assert_eq!(outcome.verdict, Verdict::Verified, "{generate} {form}: {outcome:?}");

            let (remote, image, name) = bench.image(&format!("team/here{number}{}", form.len()));
            let under = format!("{}/team", bench.server.address());
            let signed = match form {
                "" => sign_as_referrer(&key, &image, "2026-11-22T00:00:00Z").unwrap(),
                _ => sign_for_tag(&key, &under, &image.digest, None).unwrap(),
            };
            remote.publish(&image.digest, &signed);
            bench.cosign_does(&format!(
                "verify --key {prefix}.pub --insecure-ignore-tlog --allow-http-registry {form} {name}"
            ));
        }
    }
}
