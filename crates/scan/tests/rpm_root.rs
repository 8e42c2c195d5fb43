//! A root made by rpm itself, from packages made by rpmbuild: nothing is found until its files change.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files and run rpm")]

use oci::DirectoryOptions;
use scan::{ContentOptions, Options, Session};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGES: usize = 4;
const FILES: usize = 25;

/// `%config`, `%ghost`, a directory, a link, a file that the package does not verify, and plain ones.
fn spec(package: usize) -> String {
    let mut text = format!(
        "Name: sample{package}\nVersion: 1.{package}\nRelease: 1\nSummary: sample\nLicense: MIT\nBuildArch: noarch\n\
         %description\nsample\n%install\nmkdir -p %{{buildroot}}/usr/share/sample{package} %{{buildroot}}/etc\n"
    );
    let directory = format!("/usr/share/sample{package}");
    for file in 0..FILES {
        text.push_str(&format!("printf 'sample {package} {file}' > %{{buildroot}}{directory}/{file}.sh\n"));
    }
    for name in ["conf", "state", "run"] {
        text.push_str(&format!("printf {name} > %{{buildroot}}/etc/sample{package}.{name}\n"));
    }
    text.push_str(&format!("ln -s 0.sh %{{buildroot}}{directory}/link\n%files\n{directory}\n"));
    text.push_str(&format!("%config(noreplace) /etc/sample{package}.conf\n"));
    text.push_str(&format!("%verify(not filedigest md5 size mtime) /etc/sample{package}.state\n"));
    text.push_str(&format!("%ghost /etc/sample{package}.run\n"));
    text
}

/// A root with the packages installed; `None`, said aloud, without rpm.
fn installed(directory: &Path) -> Option<PathBuf> {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).env("HOME", directory).output().ok()?;
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        Some(())
    };
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let root = directory.join("root");
    std::fs::create_dir_all(root.join("etc")).unwrap();
    std::fs::write(root.join("etc/os-release"), "ID=mariner\nVERSION_ID=2.0\n").unwrap();
    for package in 0..PACKAGES {
        let file = directory.join(format!("sample{package}.spec"));
        std::fs::write(&file, spec(package)).unwrap();
        let top = format!("_topdir {}", text(&directory.join("build")));
        if run("rpmbuild", &["-bb", "--quiet", "--define", &top, &text(&file)]).is_none() {
            eprintln!("skipped: no rpmbuild (Debian package rpm)");
            return None;
        }
        let built = directory.join(format!("build/RPMS/noarch/sample{package}-1.{package}-1.noarch.rpm"));
        let options = ["--force-debian", "--nodeps", "--noscripts", "--dbpath", "/var/lib/rpm", "--root"];
        let arguments: Vec<String> = options
            .iter()
            .map(|&option| option.to_owned())
            .chain([text(&root), "-i".into(), text(&built)])
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Only Debian's rpm knows, and wants, `--force-debian`; without root rights it cannot change its root.
        let installs = |arguments: &[&str]| {
            Command::new("rpm").args(arguments).output().is_ok_and(|output| output.status.success())
        };
        if !installs(&arguments) && !installs(&arguments[1..]) {
            eprintln!("skipped: rpm cannot install into another root here (needs root)");
            return None;
        }
    }
    Some(root)
}

/// Rule and words of what the integrity engine finds.
fn findings(root: &Path) -> Vec<(String, String)> {
    let image = oci::open_directory(root, DirectoryOptions::default()).unwrap();
    let content = ContentOptions { checks_integrity: true, ..ContentOptions::default() };
    let session = Session::new(Options { content: Some(content), ..Options::default() });
    let inventory = session.inventory(&image);
    let all = inventory.findings.into_iter().filter(|finding| finding.rule.starts_with("image/package-"));
    all.map(|finding| {
        let path = finding.location.path.map(|path| path.as_str().to_owned()).unwrap_or_default();
        (finding.rule, format!("{path} {}", finding.evidence.join(" ")))
    })
    .collect()
}

#[test]
fn every_change_in_a_root_of_rpm_is_found_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let Some(root) = installed(directory.path()) else { return };
    assert_eq!(findings(&root), [], "a pristine root");

    let mut changed = BTreeSet::new();
    for package in 0..PACKAGES {
        for file in (0..FILES).step_by(2) {
            let path = format!("usr/share/sample{package}/{file}.sh");
            let whole = root.join(&path);
            match file % 3 {
                0 => std::fs::write(&whole, b"other").unwrap(),
                1 => std::fs::write(&whole, b"").unwrap(),
                _ => std::fs::remove_file(&whole).unwrap(),
            }
            changed.insert(path);
        }
        // What a package does not verify may change as it likes.
        std::fs::write(root.join(format!("etc/sample{package}.state")), "changed").unwrap();
        std::fs::write(root.join(format!("etc/sample{package}.run")), "changed").unwrap();
    }
    let found = findings(&root);
    for path in &changed {
        assert!(
            found.iter().any(|(_, words)| words.contains(path.as_str())),
            "{path} is not told: {found:#?}"
        );
    }
    assert!(!found.iter().any(|(_, words)| words.contains("etc/sample")), "{found:#?}");
    assert_eq!(changed.len(), PACKAGES * FILES.div_ceil(2));
}
