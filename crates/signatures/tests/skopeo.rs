//! Both ways against skopeo's sigstore signing and a real registry: `skopeo copy --sign-by-sigstore-private-key`, and
//! `sigstoreSigned` of its policy. Skipped without docker-registry and a skopeo that can: Debian builds its own without, so
//! `SEAWALL_SKOPEO` may name another (`go install -tags containers_image_openpgp,exclude_graphdriver_btrfs
//! github.com/containers/skopeo/cmd/skopeo@latest`).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking, owns its files and asks this machine alone"
)]

#[path = "support/http.rs"]
mod http;
mod support;

use http::Remote;
use model::Redacted;
use serde_json::json;
use signatures::{
    GatherLimits, KeyAlgorithm, Outcome, PrivateKey, PublicKey, Verdict, gather, sign_for_tag, verify,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use support::any_of;
use testkit::RegistryServer;

const PASSWORD: &str = "pass word";

struct Bench {
    skopeo: PathBuf,
    server: RegistryServer,
    directory: tempfile::TempDir,
}

fn bench() -> Option<Bench> {
    let skopeo = std::env::var_os("SEAWALL_SKOPEO").map_or_else(|| "skopeo".into(), PathBuf::from);
    if Command::new(&skopeo).arg("--version").output().is_err() {
        eprintln!("skipped: skopeo is not installed");
        return None;
    }
    let bench = Bench { skopeo, server: testkit::registry()?, directory: tempfile::tempdir().unwrap() };
    bench.write("registries.d/default.yaml", "default-docker:\n  use-sigstore-attachments: true\n");
    bench.write("password", PASSWORD);
    bench.write("open.json", r#"{"default":[{"type":"insecureAcceptAnything"}]}"#);
    let key = bench.key("probe");
    let (remote, image) = Remote::with_image(bench.server.address(), "probe");
    let name = format!("{}/probe", bench.server.address());
    remote.publish(&image.digest, &sign_for_tag(&key, &name, &image.digest, None).unwrap());
    let (_, said) = bench.accepts(&format!("{name}:1"), "probe.pub");
    if said.contains("sigstore disabled") {
        eprintln!("skipped: this skopeo is built without sigstore (hint: SEAWALL_SKOPEO=<skopeo>)");
        return None;
    }
    Some(bench)
}

impl Bench {
    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A new key in cosign's form, in `NAME.key` and `NAME.pub`.
    fn key(&self, name: &str) -> PrivateKey {
        self.key_of(KeyAlgorithm::EcdsaP256, name)
    }

    fn key_of(&self, algorithm: KeyAlgorithm, name: &str) -> PrivateKey {
        let password = Redacted::new(PASSWORD.to_owned());
        let made = PrivateKey::generate(algorithm, Some(&password)).unwrap();
        self.write(&format!("{name}.key"), made.private_pem.reveal());
        self.write(&format!("{name}.pub"), &made.public_pem);
        PrivateKey::parse(made.private_pem.reveal().as_bytes(), Some(&password)).unwrap()
    }

    fn skopeo(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(&self.skopeo)
            .args(["--registries.d", "registries.d"])
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path())
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Whether skopeo copies an image when its policy demands this key.
    fn accepts(&self, name: &str, key: &str) -> (bool, String) {
        let key = self.path().join(key).display().to_string();
        let demand = json!([{
            "type": "sigstoreSigned", "keyPath": key, "signedIdentity": {"type": "matchRepository"},
        }]);
        let scopes = json!({ self.server.address(): demand });
        let policy = json!({"default": [{"type": "reject"}], "transports": {"docker": scopes}});
        self.write("policy.json", &policy.to_string());
        let target = tempfile::tempdir_in(self.path()).unwrap();
        let target = format!("oci:{}:copied", target.path().display());
        let from = format!("docker://{name}");
        // A layout cannot keep signatures: without this the copy of a signed image always fails. The policy is asked all
        // the same.
        self.skopeo(&[
            "--policy",
            "policy.json",
            "copy",
            "--src-tls-verify=false",
            "--remove-signatures",
            &from,
            &target,
        ])
    }
}

fn judged(remote: &Remote, key: &PublicKey, image: &model::Digest) -> Outcome {
    verify(&any_of(&[key]), &support::asked(image), &gather(remote, image, &GatherLimits::default()))
}

#[test]
fn what_skopeo_signs_is_verified_here() {
    let Some(bench) = bench() else { return };
    let stranger = bench.key("other");
    let (_, image) = Remote::with_image(bench.server.address(), "team/plain");
    let address = bench.server.address();
    let from = format!("docker://{address}/team/plain:1");
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::Ed25519] {
        let key = bench.key_of(algorithm, "ours");
        let repository = format!("team/signed-{}", algorithm.as_str().replace(' ', "-").to_lowercase());
        let to = format!("docker://{address}/{repository}:1");
        let (is_done, said) = bench.skopeo(&[
            "--policy",
            "open.json",
            "copy",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--sign-by-sigstore-private-key",
            "ours.key",
            "--sign-passphrase-file",
            "password",
            &from,
            &to,
        ]);
        assert!(is_done, "{said}");
        let remote = Remote { address: address.to_owned(), repository };
        let outcome = judged(&remote, key.public(), &image.digest);
        assert_eq!(outcome.verdict, Verdict::Verified, "{algorithm:?}: {outcome:?}");
        assert_eq!(judged(&remote, stranger.public(), &image.digest).verdict, Verdict::Invalid);
    }
    let plain = Remote { address: address.to_owned(), repository: "team/plain".to_owned() };
    assert_eq!(judged(&plain, stranger.public(), &image.digest).verdict, Verdict::Unsigned);
}

#[test]
fn what_is_signed_here_is_verified_by_skopeo() {
    let Some(bench) = bench() else { return };
    bench.key("other");
    let of_openssl = |kind: &str| {
        let made = Command::new("openssl").arg("genpkey").args(kind.split(' ')).output().unwrap();
        PrivateKey::parse(&made.stdout, None).unwrap()
    };
    let keys = [
        bench.key("ours"),
        bench.key_of(KeyAlgorithm::Ed25519, "ours"),
        of_openssl("-algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
        of_openssl("-algorithm EC -pkeyopt ec_paramgen_curve:P-384"),
    ];
    for (number, key) in keys.iter().enumerate() {
        bench.write("ours.pub", &key.public().to_pem());
        let (remote, image) = Remote::with_image(bench.server.address(), &format!("team/app{number}"));
        let name = format!("{}/team/app{number}", bench.server.address());
        let tagged = format!("{name}:1");
        let (is_accepted, said) = bench.accepts(&tagged, "ours.pub");
        assert!(!is_accepted && said.contains("no signature exists"), "an unsigned image: {said}");
        remote.publish(&image.digest, &sign_for_tag(key, &name, &image.digest, None).unwrap());
        let (is_accepted, said) = bench.accepts(&tagged, "ours.pub");
        assert!(is_accepted, "{:?}: {said}", key.public());
        let (is_accepted, said) = bench.accepts(&tagged, "other.pub");
        assert!(!is_accepted && said.contains("signature verification failed"), "another key: {said}");
    }
}
