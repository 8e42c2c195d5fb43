//! Promise: crane, oras, podman and skopeo do through the guard what they do without it: log in, push, pull, copy, mount, list,
//! tag, refer and delete.
//!
//! crane and oras are found on the path (`go install github.com/google/go-containerregistry/cmd/crane@latest` and
//! `oras.land/oras/cmd/oras@latest`).
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support_registry;

use std::{
    collections::BTreeSet,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};
use support_registry::{Guarded, SECRET, access, guarded_with};
use testkit::{LayerEncoding, Layout, RegistryServer, Tar, Tls, find_program, registry, skip};

/// A guard with TLS before docker-registry, and one client.
struct Bench {
    guard: Guarded,
    address: String,
    place: tempfile::TempDir,
    program: PathBuf,
    _registry: RegistryServer,
}

impl Bench {
    fn new(program: &str) -> Option<Self> {
        let Some(path) = find_program(program) else {
            skip(&format!("{program} is not installed"));
            return None;
        };
        let registry = registry()?;
        let tls = Tls::new();
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("ca")).unwrap();
        std::fs::write(place.path().join("ca/ca.crt"), &tls.ca_pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let guard = guarded_with(&format!("http://{}", registry.address()), access(""), |options| {
            options.origin = format!("https://{address}");
            options.judge = None;
        });
        let serving = Arc::clone(&guard.guard);
        let listener = guard::Listener::Open(listener, Arc::clone(&tls.server));
        std::thread::spawn(move || serving.serve(&listener));
        Some(Self { guard, address, place, program: path, _registry: registry })
    }

    fn path(&self, name: &str) -> String {
        self.place.path().join(name).display().to_string()
    }

    /// Runs the client; `@` is the guard, `%` the temporary directory. What it says, and whether it could.
    fn run(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.place.path())
            .env("HOME", self.place.path())
            .env("DOCKER_CONFIG", self.place.path())
            .env("REGISTRY_AUTH_FILE", self.place.path().join("auth.json"))
            .env("SSL_CERT_FILE", self.place.path().join("ca/ca.crt"));
        for word in words {
            command.arg(
                word.replacen('@', &self.address, 1).replace('%', &self.place.path().display().to_string()),
            );
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text.into_owned())
    }

    #[track_caller]
    fn works(&self, words: &[&str]) -> String {
        let (is_done, text) = self.run(words);
        assert!(is_done, "{words:?}: {text}");
        text
    }

    #[track_caller]
    fn fails(&self, words: &[&str], expected: &str) {
        let (is_done, text) = self.run(words);
        assert!(!is_done && text.contains(expected), "{words:?}: {text}");
    }

    /// A layout with one image, tagged `it`.
    fn layout(&self) -> Layouted {
        let mut layout = Layout::new(Path::new(&self.path("layout")));
        let layer = Tar::new().file("etc/name", b"of a real client").finish();
        let image = layout.image("amd64", &[layer], LayerEncoding::Gzip);
        layout.tag("it", &image);
        let _ = layout.finish();
        Layouted { digest: image["digest"].as_str().unwrap().to_owned() }
    }

    fn was_mounted(&self) -> bool {
        self.guard.log().iter().any(|entry| entry["notes"].to_string().contains("mounted"))
    }
}

struct Layouted {
    digest: String,
}

#[test]
fn crane_does_everything() {
    let Some(bench) = Bench::new("crane") else { return };
    let image = bench.layout();
    // It only writes down what it is told.
    bench.works(&["auth", "login", "@", "-u", "admin", "-p", "wrong"]);
    bench.fails(&["push", "layout", "@/team-a/app:1"], "UNAUTHORIZED");
    bench.works(&["auth", "login", "@", "-u", "admin", "-p", SECRET]);
    bench.works(&["push", "layout", "@/team-a/app:1"]);
    assert!(bench.works(&["digest", "@/team-a/app:1"]).contains(&image.digest));
    bench.works(&["validate", "--remote", "@/team-a/app:1"]);
    bench.works(&["pull", "--format=oci", "@/team-a/app:1", "pulled"]);
    bench.works(&["copy", "@/team-a/app:1", "@/team-b/copy:1"]);
    assert!(bench.was_mounted(), "the layers are mounted, not sent again");
    bench.works(&["tag", "@/team-a/app:1", "2"]);
    let tags = bench.works(&["ls", "@/team-a/app"]);
    // docker-registry tells them in no order.
    assert_eq!(tags.lines().collect::<BTreeSet<_>>(), ["1", "2"].into());
    assert_eq!(bench.works(&["catalog", "@"]).lines().collect::<Vec<_>>(), ["team-a/app", "team-b/copy"]);
    bench.works(&["delete", &format!("@/team-a/app@{}", image.digest)]);
    bench.fails(&["manifest", "@/team-a/app:1"], "MANIFEST_UNKNOWN");
}

#[test]
fn oras_pushes_refers_discovers_and_deletes() {
    let Some(bench) = Bench::new("oras") else { return };
    let image = bench.layout();
    std::fs::write(bench.path("text.txt"), "text of an artifact\n").unwrap();
    let ca = bench.path("ca/ca.crt");
    let on = |words: &[&'static str]| -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).chain(["--ca-file".to_owned(), ca.clone()]).collect()
    };
    let works = |words: &[&'static str]| {
        let words = on(words);
        bench.works(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    works(&["login", "@", "-u", "admin", "-p", SECRET]);
    let ca_of_target = ["--to-ca-file", &ca];
    bench.works(&[&["cp", "--from-oci-layout", "layout:it", "@/team-a/app:1"][..], &ca_of_target].concat());
    works(&[
        "push",
        "@/team-a/text:1",
        "text.txt:text/plain",
        "--artifact-type",
        "application/vnd.example.text",
    ]);
    works(&[
        "attach",
        "@/team-a/app:1",
        "text.txt:text/plain",
        "--artifact-type",
        "application/vnd.example.note",
    ]);
    let found = works(&["discover", "@/team-a/app:1", "--format", "json"]);
    assert!(found.contains("application/vnd.example.note"), "{found}");
    works(&["pull", "@/team-a/text:1", "--output", "out"]);
    assert_eq!(std::fs::read_to_string(bench.path("out/text.txt")).unwrap(), "text of an artifact\n");
    assert!(works(&["repo", "tags", "@/team-a/text"]).contains('1'));
    assert!(works(&["repo", "ls", "@"]).contains("team-a/text"));
    let both = ["--to-ca-file", &ca, "--from-ca-file", &ca];
    bench.works(&[&["cp", "-r", "@/team-a/app:1", "@/team-b/copy:1"][..], &both].concat());
    assert!(bench.was_mounted(), "the layers are mounted, not sent again");
    let target = format!("@/team-a/app@{}", image.digest);
    bench.works(&["manifest", "delete", "--force", "--ca-file", &ca, &target]);
    bench.fails(&["manifest", "fetch", "--ca-file", &ca, "@/team-a/app:1"], "not found");
}

#[test]
fn podman_logs_in_pushes_and_pulls() {
    let Some(bench) = Bench::new("podman") else { return };
    let image = bench.layout();
    // Storage of its own, and no machine-wide settings.
    let own =
        ["--root", "%/root", "--runroot", "%/run", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"];
    std::fs::write(bench.path("policy.json"), r#"{"default": [{"type": "insecureAcceptAnything"}]}"#)
        .unwrap();
    let on = |words: &[&'static str]| [&own[..], words].concat();
    let (is_there, told) = bench.run(&on(&["info"]));
    if !is_there {
        skip(&format!("podman does not run here: {}", told.lines().last().unwrap_or_default()));
        return;
    }
    bench.fails(&on(&["login", "--cert-dir", "ca", "-u", "admin", "-p", "wrong", "@"]), "");
    bench.works(&on(&["login", "--cert-dir", "ca", "-u", "admin", "-p", SECRET, "@"]));
    bench.works(&on(&["pull", "oci:layout:it"]));
    let id = bench.works(&on(&["images", "--quiet", "--no-trunc"])).lines().next().unwrap().to_owned();
    bench.works(
        &[&own[..], &["push", "--cert-dir", "ca", id.trim_start_matches("sha256:"), "@/team-a/app:1"]]
            .concat(),
    );
    bench.works(&on(&["rmi", "--all", "--force"]));
    bench.works(&on(&["pull", "--cert-dir", "ca", "@/team-a/app:1"]));
    let shown = bench.works(&on(&["inspect", "--format", "{{.RepoDigests}}", "@/team-a/app:1"]));
    assert!(shown.contains("sha256:"), "{shown} {}", image.digest);
}

#[test]
fn skopeo_copies_by_mount_lists_and_deletes() {
    let Some(bench) = Bench::new("skopeo") else { return };
    let image = bench.layout();
    bench.works(&["login", "--cert-dir", "ca", "-u", "admin", "-p", SECRET, "@"]);
    let copy = |from: &str, to: &str| {
        bench.works(&[
            "--insecure-policy",
            "copy",
            "--src-cert-dir",
            "ca",
            "--dest-cert-dir",
            "ca",
            from,
            to,
        ]);
    };
    copy("oci:layout:it", "docker://@/team-a/app:1");
    copy("docker://@/team-a/app:1", "docker://@/team-b/copy:1");
    assert!(bench.was_mounted(), "the layers are mounted, not sent again");
    let seen = bench.works(&["inspect", "--cert-dir", "ca", "docker://@/team-b/copy:1"]);
    assert!(seen.contains(&image.digest), "{seen}");
    bench.works(&["delete", "--cert-dir", "ca", "docker://@/team-a/app:1"]);
    bench.fails(&["inspect", "--cert-dir", "ca", "docker://@/team-a/app:1"], "manifest unknown");
}
