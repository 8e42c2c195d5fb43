use super::*;
use crate::testing::{Found, parse, parse_within, survives_mutations};
use crate::zip_archive::tests::{stored_zip, zip};

const LOG4J: &[u8] = b"version=2.14.1\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\n";
const LOG4J_PATH: &str = "META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties";

fn log4j() -> Vec<u8> {
    zip(&[("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"), (LOG4J_PATH, LOG4J), ("org/A.class", b"x")])
}

#[track_caller]
fn check(path: &str, archive: &[u8], expected: &[&str]) -> Found {
    let found = parse(&FORMAT, path, archive);
    assert_eq!(found.names(), expected);
    assert_eq!(found.problems, []);
    found
}

#[test]
fn jar_is_named_by_pom_properties_without_digest() {
    let found = check("opt/log4j-core-2.14.1.jar", &log4j(), &["org.apache.logging.log4j:log4j-core@2.14.1"]);
    assert_eq!(found.packages[0].sha1, None);
    survives_mutations(&FORMAT, "opt/log4j-core-2.14.1.jar", &log4j());
}

#[test]
fn libraries_of_wars_and_executable_jars_are_found_with_their_place() {
    for (outer, inner) in [
        ("opt/app.war", "WEB-INF/lib/log4j-core-2.14.1.jar"),
        ("opt/app.jar", "BOOT-INF/lib/log4j-core-2.14.1.jar"),
    ] {
        for pack in [zip, stored_zip] {
            let archive = [b"#!/bin/sh\nexit 0\n".to_vec(), pack(&[(inner, &log4j())])].concat();
            let found = check(outer, &archive, &["org.apache.logging.log4j:log4j-core@2.14.1"]);
            assert_eq!(found.packages[0].nested, [inner]);
        }
    }
}

#[test]
fn shaded_libraries_are_packages_of_their_own() {
    let archive = zip(&[
        ("META-INF/maven/com.x/app/pom.properties", b"version=1\ngroupId=com.x\nartifactId=app\n"),
        (LOG4J_PATH, LOG4J),
        ("a.class", b""),
    ]);
    check("app-1.jar", &archive, &["com.x:app@1", "org.apache.logging.log4j:log4j-core@2.14.1"]);
}

#[test]
fn known_artifact_without_pom_gets_its_group_from_its_classes() {
    let with = |class: &str| {
        zip(&[
            ("META-INF/MANIFEST.MF", b"Implementation-Title: spring-beans\nImplementation-Version: 5.3.17\n"),
            (class, b""),
        ])
    };
    let found = check(
        "x/spring-beans-5.3.17.jar",
        &with("org/springframework/beans/A.class"),
        &["org.springframework:spring-beans@5.3.17"],
    );
    assert_eq!(found.packages[0].sha1.as_deref().map(str::len), Some(40));
    check(
        "x/spring-beans.jar",
        &with("org/springframework/beans/A.class"),
        &["org.springframework:spring-beans@5.3.17"],
    );
    check("x/spring-beans-5.3.17.jar", &with("com/other/A.class"), &["spring-beans@5.3.17"]);
}

#[test]
fn group_comes_from_vendor_id_pom_path_or_unambiguous_symbolic_name() {
    for (manifest, file, expected) in [
        ("Implementation-Vendor-Id: com.acme\n", "a/b.txt", "com.acme:tool-core@1.2"),
        (
            "Bundle-SymbolicName: org.acme.tool.core;singleton:=true\nBundle-Version: 1.2.0\n",
            "a/b.txt",
            "org.acme.tool:tool-core@1.2",
        ),
        ("Bundle-SymbolicName: org.acme.tool-core\n", "a/b.txt", "tool-core@1.2"),
        ("A: b\n", "META-INF/maven/net.acme/tool-core/pom.xml", "net.acme:tool-core@1.2"),
    ] {
        let archive = zip(&[("META-INF/MANIFEST.MF", manifest.as_bytes()), ("a/B.class", b""), (file, b"")]);
        check("lib/tool-core-1.2.jar", &archive, &[expected]);
    }
}

#[test]
fn starters_without_classes_are_packages() {
    let manifest = b"Implementation-Title: Starter\nSpring-Boot-Jar-Type: dependencies-starter\n";
    let archive = zip(&[("META-INF/MANIFEST.MF", manifest)]);
    check(
        "spring-boot-starter-web-2.6.3.jar",
        &archive,
        &["org.springframework.boot:spring-boot-starter-web@2.6.3"],
    );
}

#[test]
fn digest_is_that_of_the_inner_archive() {
    let inner = zip(&[("a/B.class", b"")]);
    let found = check("x.war", &stored_zip(&[("WEB-INF/lib/tool-1.2.jar", &inner)]), &["tool@1.2"]);
    let digest: String = Sha1::digest(&inner).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found.packages[0].sha1, Some(digest));
}

#[test]
fn classes_of_nobody_are_a_problem_resources_are_not() {
    let found = parse(&FORMAT, "x/my mystery.jar", zip(&[("a/B.class", b"")]));
    assert_eq!(found.problems.len(), 1);
    let package = &found.packages[0];
    assert_eq!((package.name.as_str(), package.version.as_str()), ("my-mystery", ""));
    assert_eq!(package.sha1.as_deref().map(str::len), Some(40), "an index can tell what it is");
    check("x/resources.jar", &zip(&[("a/b.txt", b"")]), &[]);
}

#[test]
fn archives_nested_deeper_than_the_limit_are_a_gap() {
    let mut archive = log4j();
    for _ in 0..50 {
        archive = stored_zip(&[("lib/log4j-core-2.14.1.jar", &archive)]);
    }
    let found = parse(&FORMAT, "x.jar", &archive);
    assert_eq!((found.packages.len(), found.problems.len()), (0, 1));
    assert_eq!(found.problems[0].reason, GapReason::LimitReached);
    let wide = Limits { archive_depth_max: u32::MAX, ..Limits::default() };
    assert_eq!(parse_within(&FORMAT, "x.jar", &archive, &wide).names().len(), 1);
}

#[test]
fn unpacked_bytes_of_all_archives_are_bounded() {
    let bomb = zip(&[("lib/a.jar", &vec![0; 3 << 20]), ("lib/b.jar", &vec![0; 3 << 20])]);
    let limits = Limits { archive_bytes_max: 1 << 20, ..Limits::default() };
    let found = parse_within(&FORMAT, "x.jar", &bomb, &limits);
    assert_eq!(found.problems.len(), 2);
    assert!(found.problems.iter().all(|problem| problem.reason == GapReason::LimitReached));
}

#[test]
fn ratio_of_nested_bombs_is_bounded() {
    let megabytes_150 = vec![0; 150 << 20];
    let bomb = zip(&[("lib/a.jar", &megabytes_150)]);
    let limits = Limits { compression_ratio_max: 100, ..Limits::default() };
    assert_eq!(parse_within(&FORMAT, "x.jar", &bomb, &limits).problems[0].reason, GapReason::LimitReached);
}

#[test]
fn truncated_archives_are_told_and_foreign_files_are_not() {
    let archive = log4j();
    assert_eq!(parse(&FORMAT, "x.jar", &archive[..archive.len() - 30]).problems.len(), 1);
    assert_eq!(parse(&FORMAT, "x.jar", b"").problems.len(), 1);
    check("x.rar", b"Rar!\x1a\x07", &[]);
    check("song.kar", b"MThd", &[]);
}

#[test]
fn broken_inner_archive_loses_itself_alone() {
    let whole = log4j();
    let archive = zip(&[("lib/broken-1.0.jar", &whole[..40]), ("lib/log4j-core-2.14.1.jar", &whole)]);
    let found = parse(&FORMAT, "app.ear", archive);
    assert_eq!(found.names(), ["org.apache.logging.log4j:log4j-core@2.14.1"]);
    assert!(found.problems[0].detail.starts_with("lib/broken-1.0.jar"), "{:?}", found.problems);
}

#[test]
fn entries_of_an_archive_are_bounded() {
    // The directory lists one entry again and again; the file has 100 MB, its content is one byte.
    let archive = stored_zip(&[("a", b"x")]);
    let start = archive.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    let end = archive.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").unwrap();
    let directory = archive[start..end].repeat(2_000_001);
    let mut end_record = archive[end..].to_vec();
    end_record[12..16].copy_from_slice(&u32::try_from(directory.len()).unwrap().to_le_bytes());
    let found = parse(&FORMAT, "x.jar", [&archive[..start], &directory, &end_record].concat());
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert_eq!(found.problems[0].reason, GapReason::LimitReached);
}
