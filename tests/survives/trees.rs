//! Root file systems with everything that is no plain file.

use crate::sandbox::{Sandbox, assert_gap, has_package};
use model::GapReason::{LimitReached, Unreadable};
use rustix::fs::{CWD, FileType, Mode};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

const NPM: &str = r#"{"name": "minimist", "version": "1.2.0"}"#;

#[test]
fn fifos_sockets_devices_and_links_to_the_root_are_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("root/a/node_modules/minimist/package.json", NPM);
    let root = sandbox.path("root");
    std::fs::create_dir_all(root.join("var/lib/dpkg")).unwrap();
    std::fs::create_dir_all(root.join("etc")).unwrap();
    std::fs::create_dir_all(root.join("b/node_modules/x")).unwrap();
    let mknod = |path: &str, kind| rustix::fs::mknodat(CWD, root.join(path), kind, Mode::from(0o666), 0x105);
    mknod("var/lib/dpkg/status", FileType::Fifo).unwrap();
    mknod("b/node_modules/x/package.json", FileType::Fifo).unwrap();
    // Only root may make devices: /dev/zero, which never ends.
    let _ = mknod("etc/os-release", FileType::CharacterDevice);
    let _socket = UnixListener::bind(root.join("s.sock")).unwrap();
    symlink("/", root.join("all")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("self", root.join("self")).unwrap();
    symlink("/var/lib/dpkg/status", root.join("status")).unwrap();
    symlink("/etc/passwd", root.join("var/lib/dpkg/available")).unwrap();
    let report = sandbox.scan(&format!("rootfs:{}", root.display()), &[]);
    assert_eq!(report.packages.len(), 1, "{:?}", report.packages);
    assert!(has_package(&report, "minimist"));
    assert_eq!(report.distribution, None);
}

#[test]
fn what_may_not_be_read_is_a_gap() {
    if rustix::process::geteuid().is_root() {
        return testkit::skip("root may read everything");
    }
    let sandbox = Sandbox::new();
    let locked = sandbox.write("root/var/lib/dpkg/status", "Package: a\n");
    sandbox.write("root/secret/node_modules/m/package.json", NPM);
    let mode = std::fs::Permissions::from_mode;
    std::fs::set_permissions(&locked, mode(0)).unwrap();
    std::fs::set_permissions(sandbox.path("root/secret"), mode(0)).unwrap();
    let report = sandbox.scan(&format!("rootfs:{}", sandbox.path("root").display()), &[]);
    assert_gap(&report, "var/lib/dpkg/status", Unreadable, "");
    assert_gap(&report, "secret", Unreadable, "");
    std::fs::set_permissions(sandbox.path("root/secret"), mode(0o700)).unwrap();
}

#[test]
fn a_deep_tree_ends_at_the_limit() {
    let sandbox = Sandbox::new();
    let mut path = sandbox.path("root");
    for _ in 0..300 {
        path.push("d");
    }
    std::fs::create_dir_all(path.join("node_modules/m")).unwrap();
    std::fs::write(path.join("node_modules/m/package.json"), NPM).unwrap();
    let target = format!("rootfs:{}", sandbox.path("root").display());
    assert_gap(&sandbox.scan(&target, &[]), "d/d", LimitReached, "256");
    let deeper = sandbox.scan(&target, &["--limit", "path_depth_max=1000"]);
    assert!(has_package(&deeper, "minimist"), "{:?}", deeper.gaps);
}

#[test]
fn no_time_and_few_entries_are_gaps() {
    let sandbox = Sandbox::new();
    for index in 0..20 {
        sandbox.write(&format!("root/{index}/node_modules/m/package.json"), NPM);
    }
    let target = format!("rootfs:{}", sandbox.path("root").display());
    let report = sandbox.scan(&target, &["--limit", "scan_secs_max=0"]);
    assert!(report.packages.is_empty());
    assert_gap(&report, "", LimitReached, "scan_secs_max");
    assert_gap(&sandbox.scan(&target, &["--limit", "layer_entries_max=5"]), "directory", LimitReached, "5");
    assert_gap(&sandbox.scan(&target, &["--limit", "path_length_max=3"]), "node_modules", LimitReached, "");
}

#[test]
fn what_is_nothing_to_scan_is_refused() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("file", "");
    sandbox.run(&["scan", &format!("rootfs:{}", file.display())]).assert_refused("cannot open");
    sandbox.run(&["scan", &format!("oci:{}", file.display())]).assert_refused("cannot open");
    sandbox.run(&["scan", &format!("archive:{}", file.display())]).assert_refused("cannot open");
    sandbox.run(&["scan", "archive:/dev/zero", "--limit", "scan_secs_max=1"]).assert_refused("/dev/zero");
    let fifo = sandbox.path("fifo");
    rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::from(0o666), 0).unwrap();
    for kind in ["archive", "sbom", "rootfs", "oci"] {
        let target = format!("{kind}:{}", fifo.display());
        sandbox.run(&["scan", &target, "--limit", "scan_secs_max=1"]).assert_refused("fifo");
    }
}
