//! Promise: where the policy asks for verdicts, no container is made of an image that was not scanned and signed, and pulls bring
//! what was judged. Against a private Docker Engine and a private registry.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, dead_code, reason = "tests write their own files")]

mod support_guard;

use std::process::Command;
use support_guard::Guarded;

const SCAN_POLICY: &str = "version = 1\n\n[secret]\nblock = \"high\"\n";

fn start(policy: &str, more: &[&str]) -> Option<Guarded> {
    Guarded::start_with(policy, |command, dockerd| {
        command.arg("--upstream").arg(dockerd.host()).args(more);
    })
}

#[test]
fn images_that_did_not_pass_are_refused_with_the_reason() {
    let place = tempfile::tempdir().unwrap();
    let scan_policy = place.path().join("scan.toml");
    std::fs::write(&scan_policy, SCAN_POLICY).unwrap();
    let policy = place.path().join("policy.yaml");
    let text = format!(
        "version: 1\nprofile: guarded\nimages: {{scan_policy: {}}}\nrules:\n  - {{id: guard/image-failed-scan, mode: deny}}\n  - {{id: guard/image-not-scanned, mode: deny}}\n",
        scan_policy.display()
    );
    std::fs::write(&policy, text).unwrap();
    let Some(guarded) = start(policy.to_str().unwrap(), &["--only", "secrets", "--no-cache"]) else {
        return;
    };
    let Some(_image) = guarded.image() else { return };
    let key = format!(
        "AWS_SECRET_ACCESS_KEY={}\n",
        ["kT9xQ2vLw8", "ZrB4nYc6Jd", "F1hGs3Pm7U", "eXoA5iVtRq"].concat()
    );
    guarded.dockerd.import("leaky:1", &testkit::Tar::new().file("app/config.env", key.as_bytes()).finish());
    let docker = |words: &str| guarded.docker(&guarded.host(), words, "");
    let (_, told) = docker("create --network none leaky:1 x");
    assert!(told.contains("guard/image-failed-scan") && told.contains("app/config.env"), "{told}");
    let (said, told) = docker("run --rm --network none % echo it ran");
    assert_eq!(said, "it ran\n", "{told}");
    // The verdict is of the image, not of its name.
    guarded.dockerd.docker(&["tag", "leaky:1", "root:1"]);
    let (_, told) = docker("create --network none root:1 x");
    assert!(told.contains("guard/image-failed-scan"), "{told}");
    // A policy of scans that does not mind lets it pass: verdicts are asked for again when it changes.
    let again = place.path().join("again.toml");
    std::fs::write(&again, "version = 1\n\n[secret]\nblock = \"never\"\n").unwrap();
    std::fs::rename(&again, &scan_policy).unwrap();
    let passes = guarded.wait_for(|| docker("create --network none leaky:1 x").1.ends_with("[0]"));
    assert!(passes, "{}", docker("create --network none leaky:1 x").1);
    assert!(guarded.verify_log().contains("whole"));
}

#[test]
fn pulls_bring_what_is_signed_and_nothing_else() {
    let Some(server) = testkit::registry() else { return };
    let place = tempfile::tempdir().unwrap();
    let prefix = place.path().join("key").display().to_string();
    let seawall = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_seawall")).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    seawall(&["sign", "--generate-key", &prefix]);
    let policy = place.path().join("policy.yaml");
    let text = format!(
        "version: 1\nprofile: guarded\nimages: {{keys: ['{prefix}.pub'], wait_seconds: 60}}\nrules:\n  - {{id: guard/image-not-signed, mode: deny}}\n"
    );
    std::fs::write(&policy, text).unwrap();
    let host = server.address().to_owned();
    let Some(guarded) = start(policy.to_str().unwrap(), &["--insecure", &host]) else { return };
    let Some(_image) = guarded.image() else { return };
    let direct = |words: &str| guarded.docker(&guarded.dockerd.host(), words, "");
    let docker = |words: &str| guarded.docker(&guarded.host(), words, "");
    let (signed, unsigned) = (format!("{host}/team/signed:1"), format!("{host}/team/unsigned:1"));
    direct(&format!("tag root:1 {signed}"));
    guarded.dockerd.import(&unsigned, &testkit::Tar::new().file("evil", b"x").finish());
    for name in [&signed, &unsigned] {
        let (_, told) = direct(&format!("push {name}"));
        assert!(told.ends_with("[0]"), "{told}");
    }
    seawall(&["sign", &signed, "--key", &format!("{prefix}.key"), "--insecure", &host]);
    // Here, but of no registry, or not signed there.
    let (_, told) = docker(&format!("create --network none {unsigned} x"));
    assert!(told.contains("guard/image-not-signed") && told.contains("there is no signature"), "{told}");
    direct(&format!("rmi -f {signed} {unsigned} root:1"));
    let (_, told) = docker(&format!("pull {unsigned}"));
    assert!(told.contains("guard/image-not-signed"), "{told}");
    assert!(!direct("images").0.contains("unsigned"), "nothing was pulled");
    let (said, told) = docker(&format!("pull {signed}"));
    assert!(told.ends_with("[0]") && said.contains("pulled by digest"), "{said}{told}");
    assert!(direct("images").0.contains("team/signed"), "it has its name");
    let (said, told) = docker(&format!("run --rm --network none {signed} echo it ran"));
    assert_eq!(said, "it ran\n", "{told}");
    // The tag moves in the registry: what was judged stays what runs, and the new one is refused.
    direct(&format!("pull {unsigned}"));
    direct(&format!("tag {unsigned} {signed}"));
    direct(&format!("push {signed}"));
    direct(&format!("rmi -f {signed} {unsigned}"));
    let (_, told) = docker(&format!("pull {signed}"));
    assert!(told.contains("guard/image-not-signed"), "{told}");
    let (_, told) = docker(&format!("pull {host}/team/missing:1"));
    assert!(told.contains("not found"), "{told}");
}
