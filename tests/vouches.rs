//! Promise: who made an image is proven by keys, and its history is told.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support;

use std::path::Path;
use std::process::Output;
use support::{layout, seawall};
use testkit::LayerEncoding;

#[track_caller]
fn run(arguments: &[&str], status: i32) -> String {
    let output: Output = seawall(arguments).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
    text
}

fn keys(directory: &Path, name: &str) -> (String, String) {
    let prefix = directory.join(name).display().to_string();
    run(&["sign", "--generate-key", &prefix], 0);
    (format!("{prefix}.key"), format!("{prefix}.pub"))
}

#[test]
fn a_signed_image_is_verified_and_another_is_not() {
    let Some(server) = testkit::registry() else { return };
    let directory = tempfile::tempdir().unwrap();
    let image = layout(&directory.path().join("image"), LayerEncoding::Gzip);
    server.push_layout(&image, "sample", "shop/app:1");
    let name = format!("{}/shop/app:1", server.address());
    let host = server.address().to_owned();
    let insecure = ["--insecure", host.as_str()];
    let (key, public) = keys(directory.path(), "a");
    let (_, other) = keys(directory.path(), "b");
    let verify =
        |public: &str, status| run(&[&["verify", &name, "--key", public][..], &insecure].concat(), status);
    assert!(verify(&public, 1).contains("not signed"));
    // Both ways of keeping a signature; the second is added to the first.
    run(&[&["sign", &name, "--key", &key][..], &insecure].concat(), 0);
    assert!(verify(&public, 0).contains("signed by"));
    assert!(verify(&other, 1).contains("none of 1 signatures"));
    run(&[&["sign", &name, "--key", &key, "--referrer"][..], &insecure].concat(), 0);
    let told = run(&[&["verify", &name, "--key", &public, "--json"][..], &insecure].concat(), 0);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["verdict"], "verified");
    assert_eq!(told["signatures"].as_array().unwrap().len(), 2);
    // A threshold counts different keys.
    let both = run(
        &[&["verify", &name, "--key", &public, "--key", &other, "--threshold", "2"][..], &insecure].concat(),
        1,
    );
    assert!(both.contains("1 of the 2 keys"), "{both}");
}

#[test]
fn images_of_an_index_are_signed_with_it_and_under_another_name() {
    let Some(server) = testkit::registry() else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut layout = testkit::Layout::new(&directory.path().join("image"));
    let layer = |text: &[u8]| testkit::Tar::new().file("etc/name", text).finish();
    let members = [("amd64", b"one"), ("arm64", b"two")]
        .map(|(architecture, text)| layout.image(architecture, &[layer(text)], LayerEncoding::Gzip));
    let index = layout.index(&members);
    layout.tag("sample", &index);
    server.push_layout(&layout.finish(), "sample", "shop/app:1");
    let host = server.address().to_owned();
    let name = format!("{host}/shop/app:1");
    let (key, public) = keys(directory.path(), "a");
    let with = |words: &[&str], status| run(&[words, &["--insecure", &host]].concat(), status);
    let of_member =
        |member: &serde_json::Value| format!("{host}/shop/app@{}", member["digest"].as_str().unwrap());
    with(&["sign", &name, "--key", &key], 0);
    assert!(with(&["verify", &of_member(&members[0]), "--key", &public], 1).contains("not signed"));
    let told = with(&["sign", &name, "--key", &key, "--recursive", "--signed-as", &name], 0);
    assert_eq!(told.lines().count(), 3, "{told}");
    for member in &members {
        with(&["verify", &of_member(member), "--key", &public, "--signed-as", &name], 0);
        with(&["verify", &of_member(member), "--key", &public, "--signed-as", "registry.example/other"], 1);
    }
}

/// A trusted root of nobody's that can be read.
const TRUSTED_ROOT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/sigstore_trusted_root/made.json");
const TRUST_POLICY: &str = r#"{"version":"1.0","trustPolicies":[{"name":"all","registryScopes":["*"],
    "signatureVerification":{"level":"strict"},"trustStores":["ca:acme"],
    "trustedIdentities":["x509.subject: C=US, ST=WA, O=acme"]}]}"#;

#[test]
fn who_may_sign_is_said_whole_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let image = format!("registry.invalid/app@sha256:{}", "a".repeat(64));
    let verify = |arguments: &[&str]| run(&[&["verify", image.as_str()][..], arguments].concat(), 2);
    assert!(verify(&[]).contains("--key"));
    assert!(verify(&["--trusted-root", TRUSTED_ROOT, "--identity", "a"]).contains("--issuer"));
    let alone = verify(&["--trusted-root", TRUSTED_ROOT, "--issuer", "https://accounts.example.com"]);
    assert!(alone.contains("trusts everybody"), "{alone}");
    let other = directory.path().join("root.json").display().to_string();
    std::fs::write(&other, "{}").unwrap();
    let told = verify(&["--trusted-root", &other, "--issuer", "a", "--identity", "b"]);
    assert!(told.contains("trusted root of type"), "{told}");
    let policy = directory.path().join("trustpolicy.json").display().to_string();
    std::fs::write(&policy, TRUST_POLICY).unwrap();
    assert!(verify(&["--notation-policy", &policy]).contains("--notation-store"));
    let store = directory.path().display().to_string();
    let told = verify(&["--notation-policy", &policy, "--notation-store", &store]);
    assert!(told.contains("there is no trust store ca:acme"), "{told}");
}

#[test]
fn a_key_that_is_not_demanded_counts_at_no_door() {
    let Some(server) = testkit::registry() else { return };
    let directory = tempfile::tempdir().unwrap();
    let image = layout(&directory.path().join("image"), LayerEncoding::Gzip);
    server.push_layout(&image, "sample", "shop/app:1");
    let name = format!("{}/shop/app:1", server.address());
    let insecure = ["--insecure", server.address()];
    let (key, public) = keys(directory.path(), "a");
    run(&[&["sign", &name, "--key", &key][..], &insecure].concat(), 0);
    let keyless = [
        "--trusted-root",
        TRUSTED_ROOT,
        "--issuer",
        "https://accounts.example.com",
        "--identity",
        "a@example.com",
    ];
    let told = run(&[&["verify", &name][..], &keyless, &insecure].concat(), 1);
    assert!(told.contains("none of 1 signatures"), "{told}");
    // Beside the identity the key counts, as one of two.
    run(&[&["verify", &name, "--key", &public][..], &keyless, &insecure].concat(), 0);
    let both = ["--threshold", "2", "--key", &public];
    assert!(run(&[&["verify", &name][..], &both, &keyless, &insecure].concat(), 1).contains("1 of the 2"));
    let target = format!("registry:{name}");
    let told = run(&[&["scan", &target, "--format", "json"][..], &keyless, &insecure].concat(), 1);
    assert!(told.contains("image/signature-invalid"), "{told}");
}

#[test]
fn a_base_that_moved_on_is_told() {
    let Some(server) = testkit::registry() else { return };
    let directory = tempfile::tempdir().unwrap();
    let base = layout(&directory.path().join("base"), LayerEncoding::Gzip);
    server.push_layout(&base, "sample", "base/os:12");
    let scan_built_on = |digest: &str| {
        let name = format!("{}/base/os:12", server.address());
        let labels = serde_json::json!({ "Labels": {
            "org.opencontainers.image.base.name": name, "org.opencontainers.image.base.digest": digest,
        }});
        let place = directory.path().join(&digest[7..12]);
        let mut layout = testkit::Layout::new(&place);
        let tar = testkit::Tar::new().file("a", b"a").finish();
        let image = layout.image_of("amd64", &[tar], LayerEncoding::Plain, &labels, &serde_json::json!([]));
        layout.tag("it", &image);
        let target = format!("oci:{}", layout.finish().display());
        support::scan(&target, &["--only", "vulnerabilities", "--check-base", "--insecure", server.address()])
    };
    let old = scan_built_on(&format!("sha256:{}", "a".repeat(64)));
    assert_eq!(support::rules(&old), ["image/base-outdated"]);
    let now = old.findings[0].evidence.join(" ");
    let current = now.split_whitespace().last().unwrap();
    assert_eq!(support::rules(&scan_built_on(current)), [""; 0]);
}

#[test]
fn a_key_that_is_there_is_not_overwritten_and_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let (key, _) = keys(directory.path(), "a");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&key).unwrap();
    let prefix = directory.path().join("a").display().to_string();
    assert!(run(&["sign", "--generate-key", &prefix], 2).contains("cannot make"));
    assert_eq!(std::fs::read(&key).unwrap(), before);
}

#[test]
fn an_unreachable_registry_is_neither_signed_nor_unsigned() {
    let directory = tempfile::tempdir().unwrap();
    let (_, public) = keys(directory.path(), "a");
    let digest = format!("127.0.0.1:9/app@sha256:{}", "a".repeat(64));
    let told = run(&["verify", &digest, "--key", &public], 2);
    assert!(told.contains("not read") && told.contains("nobody can say"), "{told}");
}

#[test]
fn the_history_is_told_as_a_dockerfile() {
    let directory = tempfile::tempdir().unwrap();
    let image = layout(&directory.path().join("image"), LayerEncoding::Gzip);
    let text = run(&["history", &format!("oci:{}", image.display())], 0);
    assert!(text.contains("\nFROM "), "{text}");
}
