//! Promise: every known vulnerability is found, wherever the image lies, and attributed.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "tests write their own files"
)]

mod support;

use model::Report;
use support::{essence, layout, rootfs, rules, scan_packages, seawall};
use testkit::LayerEncoding;

#[track_caller]
fn assert_finds_the_sample(report: &Report) {
    let found = rules(report);
    for id in ["CVE-2021-44228", "CVE-2019-10744", "CVE-2018-18074", "CVE-2023-5363"] {
        assert!(found.contains(&id), "{id} is not in {found:?}");
    }
    // minimist lies in a deleted directory.
    assert!(!found.contains(&"CVE-2021-44906"));
    // PyYAML is Debian's: judged by its source package alone.
    assert!(
        !found.contains(&"CVE-2020-14343"),
        "a file of a system package was judged as a language package"
    );
}

#[test]
fn every_place_of_an_image_gives_the_same_findings() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let plain = layout(&directory.path().join("plain"), LayerEncoding::Plain);
    let expected = scan_packages(&format!("oci:{}", plain.display()), &[]);
    assert_finds_the_sample(&expected);
    let expected = essence(&expected);

    let gzip = layout(&directory.path().join("gzip"), LayerEncoding::Gzip);
    assert_eq!(essence(&scan_packages(&format!("oci:{}", gzip.display()), &[])), expected, "gzip layers");

    let archive = path("image.tar");
    let status =
        std::process::Command::new("tar").args(["-C", &path("gzip"), "-cf", &archive, "."]).status().unwrap();
    assert!(status.success());
    assert_eq!(essence(&scan_packages(&archive, &["--quiet"])), expected, "OCI archive, kind found out");

    let compressed = path("image.tar.gz");
    let status = std::process::Command::new("tar")
        .args(["-C", &path("gzip"), "-czf", &compressed, "."])
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(
        essence(&scan_packages(&format!("archive:{compressed}"), &[])),
        expected,
        "compressed archive"
    );

    let root = rootfs(&directory.path().join("root"));
    assert_eq!(
        essence(&scan_packages(&format!("rootfs:{}", root.display()), &[])),
        expected,
        "root file system"
    );

    for (format, file) in [("cyclonedx", "image.cdx.json"), ("spdx", "image.spdx.json")] {
        let file = path(file);
        let output = seawall(&[
            "sbom",
            &format!("oci:{}", plain.display()),
            "--no-cache",
            "--format",
            format,
            "-o",
            &file,
        ]);
        let output = { output }.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(essence(&scan_packages(&format!("sbom:{file}"), &[])), expected, "our {format}");
    }
}

#[test]
fn an_engine_gives_the_same_findings_in_place_and_as_a_stream() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let directory = tempfile::tempdir().unwrap();
    let root = rootfs(&directory.path().join("root"));
    let expected = essence(&scan_packages(&format!("rootfs:{}", root.display()), &[]));
    let tar =
        std::process::Command::new("tar").arg("-C").arg(&root).args(["-cf", "-", "."]).output().unwrap();
    dockerd.import("sample:1", &tar.stdout);
    for more in [&[][..], &["--no-in-place"]] {
        let mut command = seawall(&[
            "scan",
            "docker:sample:1",
            "--no-cache",
            "--format",
            "json",
            "--only",
            "vulnerabilities",
        ]);
        let report =
            support::report_of(command.args(more).env("DOCKER_HOST", dockerd.host()).output().unwrap());
        assert_finds_the_sample(&report);
        assert_eq!(essence(&report), expected, "{more:?}");
    }
    let mut bare =
        seawall(&["scan", "sample:1", "--no-cache", "--format", "json", "--only", "vulnerabilities"]);
    let output = bare.env("DOCKER_HOST", dockerd.host()).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("taken as docker:sample:1"));
    assert_eq!(essence(&support::report_of(output)), expected);
}

#[test]
fn a_registry_gives_the_same_findings() {
    let Some(registry) = testkit::registry() else { return };
    let directory = tempfile::tempdir().unwrap();
    let layout = layout(&directory.path().join("layout"), LayerEncoding::Gzip);
    registry.push_layout(&layout, "sample", "team/sample:1");
    let expected = essence(&scan_packages(&format!("oci:{}", layout.display()), &[]));
    let report = scan_packages(
        &format!("registry:{}/team/sample:1", registry.address()),
        &["--platform", "linux/amd64"],
    );
    assert_eq!(essence(&report), expected);
    assert!(report.target.manifest_digest.is_some());
}

#[test]
fn a_finding_names_layer_instruction_and_file() {
    let directory = tempfile::tempdir().unwrap();
    let layout = layout(&directory.path().join("layout"), LayerEncoding::Gzip);
    let report = scan_packages(&format!("oci:{}", layout.display()), &[]);
    let finding = |id: &str| report.findings.iter().find(|finding| finding.rule == id).unwrap();
    let layer_of = |id: &str| finding(id).location.layer.as_ref().unwrap().as_ref();
    assert_eq!(layer_of("CVE-2023-5363").index, 0, "openssl came with the base");
    assert_eq!(layer_of("CVE-2021-44228").index, 1);
    assert_eq!(layer_of("CVE-2021-44228").instruction.as_deref(), Some("ADD layer-1 /"));
    assert!(layer_of("CVE-2021-44228").digest.is_some() && layer_of("CVE-2021-44228").diff_id.is_some());
    let location = &finding("CVE-2021-44228").location;
    assert_eq!(location.path.as_ref().unwrap().as_str(), "srv/app.jar");
    assert_eq!(location.nested, ["BOOT-INF/lib/log4j-core-2.14.1.jar"]);
    let vulnerability = finding("CVE-2023-5363").vulnerability.as_ref().unwrap();
    assert_eq!((vulnerability.matched_name.as_str(), vulnerability.package.as_str()), ("openssl", "libssl3"));
}

#[test]
fn changed_content_is_a_finding() {
    let directory = tempfile::tempdir().unwrap();
    let layout = layout(&directory.path().join("layout"), LayerEncoding::Plain);
    let report = scan_packages(&format!("oci:{}", layout.display()), &[]);
    let digest = report.layers[1].digest.clone().unwrap();
    let blob = layout.join("blobs/sha256").join(digest.hex());
    let mut bytes = std::fs::read(&blob).unwrap();
    let at = bytes.windows(6).position(|window| window == b"lodash").unwrap();
    bytes[at] = b'L';
    std::fs::write(&blob, bytes).unwrap();
    let report = scan_packages(&format!("oci:{}", layout.display()), &[]);
    let mismatches = report.findings.iter().filter(|finding| finding.rule == "image/digest-mismatch").count();
    assert_eq!(mismatches, 2, "blob and diff id");
}

#[test]
fn what_there_are_no_advisories_for_is_a_gap() {
    let directory = tempfile::tempdir().unwrap();
    let layout = layout(&directory.path().join("layout"), LayerEncoding::Gzip);
    let report = scan_packages(&format!("oci:{}", layout.display()), &["--no-embedded"]);
    assert_eq!(rules(&report), Vec::<&str>::new());
    let reasons: Vec<_> = report.gaps.iter().map(|gap| (gap.what.as_str(), gap.reason.as_str())).collect();
    for shard in ["debian:12", "npm", "pypi", "maven"] {
        let is_told = reasons.iter().any(|(what, reason)| what.contains(shard) && *reason == "no-advisories");
        assert!(is_told, "{shard} is not in {reasons:?}");
    }
}

#[test]
fn a_database_that_is_named_and_not_there_is_a_gap() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("typo").display().to_string();
    let report = scan_packages(&format!("rootfs:{}", directory.path().display()), &["--db", &nowhere]);
    assert!(
        report
            .gaps
            .iter()
            .any(|gap| gap.what.ends_with("/typo") && gap.reason == model::GapReason::NoAdvisories)
    );
}

#[test]
fn a_cached_layer_gives_the_same_report() {
    let directory = tempfile::tempdir().unwrap();
    let layout = layout(&directory.path().join("layout"), LayerEncoding::Gzip);
    let target = format!("oci:{}", layout.display());
    let cache = directory.path().join("cache").display().to_string();
    let run = || {
        support::report_of(
            seawall(&["scan", &target, "--cache", &cache, "--format", "json", "--only", "vulnerabilities"])
                .output()
                .unwrap(),
        )
    };
    let first = run();
    assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 2, "one file a layer");
    // Without its blobs only the cache can tell what the layers hold.
    for layer in &first.layers {
        std::fs::remove_file(layout.join("blobs/sha256").join(layer.digest.as_ref().unwrap().hex())).unwrap();
    }
    assert_eq!(run(), first);
}

#[test]
fn a_program_is_known_by_the_name_of_a_hard_link() {
    // As busybox's own images are made: the first name of the file is `[`.
    let program = elf_with_text("BusyBox v1.34.0 (2021-08-19)");
    let tar = testkit::Tar::new().executable("bin/[", &program).hard_link("bin/busybox", "bin/[").finish();
    let directory = tempfile::tempdir().unwrap();
    let mut layout = testkit::Layout::new(&directory.path().join("layout"));
    let image = layout.image("amd64", &[tar], LayerEncoding::Gzip);
    layout.tag("busybox", &image);
    let report = scan_packages(&format!("oci:{}", layout.finish().display()), &[]);
    let packages: Vec<_> =
        report.packages.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.path.as_str())).collect();
    assert_eq!(packages, [("busybox", "1.34.0", "bin/busybox")]);
    assert!(rules(&report).contains(&"CVE-2022-28391"));
}

/// A 64-bit ELF file without sections that holds a text.
fn elf_with_text(text: &str) -> Vec<u8> {
    let mut file = vec![0; 64 << 10];
    file[..20].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0");
    file[20] = 1;
    file[52] = 64;
    file[4096..4096 + text.len()].copy_from_slice(text.as_bytes());
    file
}

#[test]
fn an_archive_without_a_name_is_known_by_its_sha1_when_an_index_is_present() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    // The jar of log4j-core as it would be without any metadata; nested once more, and one that nobody knows.
    let unnamed = support::zip(&[("org/apache/logging/log4j/core/Core.class", b"\xca\xfe\xba\xbe")]);
    let unknown = support::zip(&[("com/acme/Own.class", b"\xca\xfe\xba\xbe own")]);
    let nesting = support::zip(&[("lib/y.jar", &unnamed)]);
    for (name, content) in [("x.jar", &unnamed), ("own.jar", &unknown), ("outer.war", &nesting)] {
        let place = directory.path().join("root/srv").join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, content).unwrap();
    }
    let root = format!("rootfs:{}", path("root"));
    let nameless = |report: &Report| {
        let is_nameless = |gap: &&model::Gap| gap.detail.contains("neither its name nor its version");
        report.gaps.iter().filter(is_nameless).count()
    };
    let before = scan_packages(&root, &[]);
    assert_eq!((rules(&before), nameless(&before)), (vec![], 3), "without an index");

    let index = path("archives.txt");
    let at = |path: &str| before.packages.iter().find(|package| package.path.as_str() == path).unwrap();
    let sha1 = at("srv/x.jar").sha1.as_deref().unwrap();
    let line = format!("{sha1}  org.apache.logging.log4j:log4j-core:2.14.1\n");
    std::fs::write(&index, format!("# SHA-1 of archives\n{line}")).unwrap();
    let database = path("db");
    let mut import = seawall(&["db", "import", "--db", &database, &index]);
    import.env("SEAWALL_KEYS", path("keys")).env("XDG_DATA_HOME", path("data"));
    let output = import.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let judge = |target: &str| {
        let mut command = seawall(&[
            "scan",
            target,
            "--no-cache",
            "--format",
            "json",
            "--db",
            &database,
            "--only",
            "vulnerabilities",
        ]);
        command.env("SEAWALL_KEYS", path("keys")).env("XDG_DATA_HOME", path("data"));
        support::report_of(command.output().unwrap())
    };
    let report = judge(&root);
    assert!(rules(&report).contains(&"CVE-2021-44228"), "{:?}", rules(&report));
    let mut places: Vec<(&str, usize)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.rule == "CVE-2021-44228") {
        let vulnerability = finding.vulnerability.as_ref().unwrap();
        assert_eq!(vulnerability.purl, "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1");
        places.push((finding.location.path.as_ref().unwrap().as_str(), finding.location.nested.len()));
    }
    places.sort_unstable();
    assert_eq!(places, [("srv/outer.war", 1), ("srv/x.jar", 0)]);
    assert_eq!(nameless(&report), 1, "what the index does not know stays a gap");
    let own = report.packages.iter().find(|package| package.path.as_str() == "srv/own.jar").unwrap();
    assert_eq!((own.name.as_str(), own.version.as_str()), ("own", ""));

    let file = path("own.cdx.json");
    let mut sbom = seawall(&["sbom", &root, "--no-cache", "--format", "cyclonedx", "-o", &file]);
    assert!(sbom.output().unwrap().status.success());
    assert_eq!(essence(&judge(&format!("sbom:{file}"))), essence(&report), "by a bill of materials");
}
