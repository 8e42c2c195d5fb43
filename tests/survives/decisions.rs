//! Ignore files, baselines and VEX documents that are garbage, and sound ones of hostile size.

use crate::sandbox::Sandbox;
use crate::support;

#[test]
fn a_decision_that_cannot_be_read_is_refused_and_named() {
    let sandbox = Sandbox::new();
    let target = sandbox.image(&[support::base_layer()]);
    let garbage: [(&str, Vec<u8>); 6] = [
        ("binary", (0..=255).cycle().take(10_000).collect()),
        ("brackets", vec![b'['; 2 << 20]),
        ("braces", b"{\"a\":".repeat(1 << 20)),
        ("dots", [b"a.".repeat(1 << 20), b"a = 1".to_vec()].concat()),
        ("cut", b"{\"statements\": [{\"vulnerability\": ".to_vec()),
        ("escapes", b"\x1b[31m = \"\xe2\x80\xae\"".to_vec()),
    ];
    for (name, content) in garbage {
        let path = sandbox.write(name, content);
        for option in ["--baseline", "--ignore-file", "--vex"] {
            let run = sandbox.run(&["scan", &target, option, path.to_str().unwrap()]);
            run.assert_refused(name);
        }
    }
    for option in ["--baseline", "--ignore-file", "--vex"] {
        sandbox.run(&["scan", &target, option, "/nowhere/at/all"]).assert_refused("/nowhere/at/all");
        sandbox.run(&["scan", &target, option, "/dev/zero"]).assert_refused("/dev/zero");
    }
}

#[test]
fn an_ignore_file_that_is_too_large_is_refused() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("large", "a = 1\n".repeat(2 << 20));
    let run = sandbox.run(&["scan", "rootfs:.", "--ignore-file", path.to_str().unwrap()]);
    run.assert_refused("more than 4194304 bytes");
}

#[test]
fn an_ignore_file_of_many_rules_ends_soon() {
    let sandbox = Sandbox::new();
    let target = sandbox.image(&[support::base_layer(), support::app_layer()]);
    let rules: String = (0..200_000).map(|index| format!("CVE-2001-{index}\n")).collect();
    let path = sandbox.write("ignore", rules);
    let report = sandbox.scan(&target, &["--ignore-file", path.to_str().unwrap()]);
    assert!(report.suppressed.iter().all(|suppressed| suppressed.by != "ignore-file"));
}
