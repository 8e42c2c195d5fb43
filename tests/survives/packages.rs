//! Package databases, jars and links that are hostile.

use crate::sandbox::{Sandbox, assert_gap, has_package};
use crate::support;
use model::GapReason::LimitReached;
use std::io::{Cursor, Write};
use testkit::Tar;
use zip::write::SimpleFileOptions;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn pom(name: &str) -> (String, Vec<u8>) {
    let content = format!("groupId=org.sample\nartifactId={name}\nversion=1.0\n");
    (format!("META-INF/maven/org.sample/{name}/pom.properties"), content.into_bytes())
}

#[test]
fn fifty_jars_in_each_other_are_opened_to_the_limit() {
    let sandbox = Sandbox::new();
    let (path, content) = pom("innermost");
    let mut jar = zip(&[(&path, &content)]);
    for depth in (0..50).rev() {
        let (path, content) = pom(&format!("at-{depth}"));
        jar = zip(&[(&path, &content), ("lib/inner.jar", &jar)]);
    }
    let target = sandbox.image(&[Tar::new().file("srv/app.jar", &jar).finish()]);
    let report = sandbox.scan(&target, &[]);
    assert!(has_package(&report, "org.sample:at-8") && !has_package(&report, "org.sample:at-10"));
    assert_gap(&report, "srv/app.jar", LimitReached, "8 deep");
    let deeper = sandbox.scan(&target, &["--limit", "archive_depth_max=60"]);
    assert!(has_package(&deeper, "org.sample:innermost"), "{:?}", deeper.gaps);
}

#[test]
fn a_jar_that_is_a_bomb_ends_at_the_limit() {
    let sandbox = Sandbox::new();
    let zeros = vec![0; 64 << 20];
    let inner = zip(&[("lib/zeros.bin", &zeros), ("META-INF/MANIFEST.MF", &zeros)]);
    let names: Vec<String> = (0..40).map(|index| format!("lib/{index}.jar")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), inner.as_slice())).collect();
    let target = sandbox.image(&[Tar::new().file("srv/app.jar", &zip(&files)).finish()]);
    let report = sandbox.scan(&target, &["--limit", "archive_bytes_max=100000"]);
    assert!(report.gaps.iter().any(|gap| gap.what.contains("srv/app.jar")), "{:?}", report.gaps);
    sandbox.scan(&target, &[]);
}

#[test]
fn broken_rpm_databases_are_gaps() {
    let mut state = 7_u64;
    let mut noise = |count: usize| -> Vec<u8> {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..count).map(|_| next()).collect()
    };
    let sqlite = {
        let mut bytes = b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20".to_vec();
        bytes.extend(noise(3 * 4_096));
        bytes
    };
    let ndb = {
        let mut bytes = b"RpmP".to_vec();
        bytes.extend(noise(3 * 4_096));
        bytes
    };
    // A page of metadata of a hash database (Berkeley DB, db_page.h: magic at 12, page size at 20), then noise.
    let berkeley = {
        let mut bytes = vec![0; 512];
        bytes[12..16].copy_from_slice(&0x0006_1561_u32.to_le_bytes());
        bytes[16..20].copy_from_slice(&9_u32.to_le_bytes());
        bytes[20..24].copy_from_slice(&512_u32.to_le_bytes());
        bytes[25] = 8;
        bytes[32..36].copy_from_slice(&40_u32.to_le_bytes());
        bytes.extend(noise(40 * 512));
        bytes
    };
    for (name, content) in
        [("rpmdb.sqlite", sqlite), ("Packages.db", ndb), ("Packages", berkeley), ("Packages", noise(5_000))]
    {
        let sandbox = Sandbox::new();
        let path = format!("var/lib/rpm/{name}");
        let tar = Tar::new().file(&path, &content).file("app/node_modules/a/package.json", NPM).finish();
        let report = sandbox.scan(&sandbox.image(&[tar]), &[]);
        assert!(report.gaps.iter().any(|gap| gap.what.contains(&path)), "{name}: {:?}", report.gaps);
        assert!(has_package(&report, "minimist"), "{name} cost another file");
    }
}

const NPM: &[u8] = br#"{"name": "minimist", "version": "1.2.0"}"#;

#[test]
fn a_database_of_nothing_but_one_line_is_told_of_or_empty() {
    let sandbox = Sandbox::new();
    let status = format!("Package: {}\nVersion: 1\nStatus: install ok installed\n\n", "x".repeat(20 << 20));
    let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    let wide = format!("{{\"name\": \"a\", \"version\": \"1\", \"x\": [{}1]}}", "1,".repeat(4 << 20));
    let tar = Tar::new()
        .file("var/lib/dpkg/status", status.as_bytes())
        .file("a/node_modules/a/package.json", deep.as_bytes())
        .file("b/node_modules/b/package.json", wide.as_bytes())
        .file("c/node_modules/c/package.json", NPM)
        .finish();
    let report = sandbox.scan(&sandbox.image(&[tar]), &[]);
    assert!(has_package(&report, "minimist"));
    assert!(report.gaps.iter().any(|gap| gap.what.contains("a/node_modules")), "{:?}", report.gaps);
}

#[test]
fn links_cannot_multiply_packages_without_bound() {
    let sandbox = Sandbox::new();
    let lines: Vec<(String, Vec<u8>)> = (0..200).map(|index| pom(&format!("p{index}"))).collect();
    let files: Vec<(&str, &[u8])> =
        lines.iter().map(|(path, content)| (path.as_str(), content.as_slice())).collect();
    let mut tar = Tar::new().file("srv/app.jar", &zip(&files));
    for index in 0..20_000 {
        tar = tar.hard_link(&format!("srv/{index}.jar"), "srv/app.jar");
    }
    let target = sandbox.image(&[tar.finish()]);
    let report = sandbox.scan(&target, &["--limit", "packages_max=1000"]);
    assert_eq!(report.packages.len(), 1_000);
    assert_gap(&report, "", LimitReached, "packages_max");
    // 4 million packages would not fit.
    assert_gap(&sandbox.scan(&target, &["--limit", "packages_max=20000"]), "", LimitReached, "packages_max");
}

#[test]
fn many_links_with_wanted_names_end_soon() {
    let sandbox = Sandbox::new();
    let mut tar = Tar::new().file("opt/hidden", NPM);
    for index in 0..30_000 {
        tar = tar.symlink(&format!("a/{index}/node_modules/x/package.json"), "/opt/hidden");
        tar = tar.file(&format!("b/{index}/node_modules/y/package.json"), NPM);
    }
    for index in 0..5_000 {
        tar = tar.hard_link(&format!("c/{index}/node_modules/x/package.json"), "opt/hidden");
    }
    let report = sandbox.scan(&sandbox.image(&[tar.finish()]), &[]);
    assert!(has_package(&report, "minimist"));
}

#[test]
fn a_sparse_file_of_ten_gigabytes_is_a_gap() {
    let sandbox = Sandbox::new();
    let root = sandbox.path("root");
    std::fs::create_dir_all(root.join("var/lib/dpkg")).unwrap();
    std::fs::create_dir_all(root.join("usr/bin")).unwrap();
    for name in ["var/lib/dpkg/status", "usr/bin/sparse"] {
        std::fs::File::create(root.join(name)).unwrap().set_len(10 << 30).unwrap();
    }
    std::fs::set_permissions(
        root.join("usr/bin/sparse"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let report = sandbox.scan(&format!("rootfs:{}", root.display()), &[]);
    assert_gap(&report, "var/lib/dpkg/status", LimitReached, "file_bytes_max");
    assert_gap(&report, "usr/bin/sparse", LimitReached, "binary_bytes_max");
    let archive = sandbox.path("root.tar");
    let arguments = ["-S", "-C", root.to_str().unwrap(), "-cf", archive.to_str().unwrap(), "."];
    let status = std::process::Command::new("tar").args(arguments).status().unwrap();
    assert!(status.success());
    let report = sandbox.scan(&sandbox.image(&[std::fs::read(&archive).unwrap()]), &[]);
    assert_gap(&report, "var/lib/dpkg/status", LimitReached, "file_bytes_max");
    assert_gap(&report, "usr/bin/sparse", LimitReached, "binary_bytes_max");
}

#[test]
fn a_status_file_of_four_gigabytes_in_a_directory_costs_no_memory() {
    let sandbox = Sandbox::new();
    let layer = support::base_layer();
    let path = sandbox.write("base.tar", layer);
    let root = sandbox.path("root");
    std::fs::create_dir(&root).unwrap();
    let arguments = ["-C", root.to_str().unwrap(), "-xf", path.to_str().unwrap()];
    assert!(std::process::Command::new("tar").args(arguments).status().unwrap().success());
    let status = std::fs::OpenOptions::new().append(true).open(root.join("var/lib/dpkg/status")).unwrap();
    status.set_len(4 << 30).unwrap();
    let report = sandbox.scan(&format!("rootfs:{}", root.display()), &[]);
    assert_gap(&report, "var/lib/dpkg/status", LimitReached, "file_bytes_max");
    assert!(has_package(&report, "minimist"), "the other files are read");
}
