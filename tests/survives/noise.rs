//! Every file that is parsed, filled with what is not in it.

use crate::sandbox::{Sandbox, assert_gap};
use model::GapReason::LimitReached;
use testkit::Tar;

/// Names that some parser wants.
const NAMES: [&str; 34] = [
    "etc/os-release",
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/a",
    "var/lib/dpkg/info/a.list",
    "var/lib/dpkg/info/a.md5sums",
    "lib/apk/db/installed",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/Packages",
    "usr/lib/python3/dist-packages/a.dist-info/METADATA",
    "usr/lib/python3/dist-packages/a.dist-info/RECORD",
    "usr/lib/python3/dist-packages/a.egg-info/PKG-INFO",
    "a/node_modules/a/package.json",
    "a/package-lock.json",
    "a/yarn.lock",
    "a/pnpm-lock.yaml",
    "a/Pipfile.lock",
    "a/poetry.lock",
    "a/uv.lock",
    "a/requirements.txt",
    "a/Cargo.lock",
    "a/go.mod",
    "a/go.sum",
    "a/Gemfile.lock",
    "a/specifications/a-1.0.gemspec",
    "a/composer.lock",
    "a/vendor/composer/installed.json",
    "a/gradle.lockfile",
    "a/pom.xml",
    "a/a.deps.json",
    "a/a.jar",
    "a/packages.lock.json",
    "usr/bin/python3.11",
    "usr/lib/libcrypto.so.3",
];

fn scan_noise(noise: &str, bytes: usize) {
    let sandbox = Sandbox::new();
    let content = noise.repeat(bytes / noise.len());
    let tar = NAMES.iter().fold(Tar::new(), |tar, name| tar.file(name, content.as_bytes()));
    let target = sandbox.image(&[tar.finish()]);
    sandbox.scan(&target, &["--lock-files", "always"]);
}

#[test]
fn megabytes_of_broken_lines_in_every_file_fit_into_memory() {
    for noise in ["x\n", "a: b\n\n", "- a:\n", "a==1\n"] {
        scan_noise(noise, 1 << 20);
    }
}

#[test]
fn megabytes_of_brackets_in_every_file_end() {
    for noise in ["[", "{\"a\":", "<a>", "[[a]]\n", "(", "\0", "a = [\n", "\"", "&a ", "\u{7f}ELF"] {
        scan_noise(noise, 1 << 20);
    }
}

#[test]
fn lists_of_owned_files_are_bounded() {
    let sandbox = Sandbox::new();
    let list = "/a\n".repeat(1 << 20);
    let tar = (0..6).fold(Tar::new(), |tar, index| {
        tar.file(&format!("var/lib/dpkg/info/p{index}.list"), list.as_bytes())
    });
    let report = sandbox.scan(&sandbox.image(&[tar.finish()]), &[]);
    assert_gap(&report, "owned files", LimitReached, "more than");
}
