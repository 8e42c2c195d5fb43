//! Programs made by code, in every form that is understood, and broken ones.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests run the Go compiler and may fail loudly"
)]

mod support;

use binaries::{Inspection, ReadAt, inspect};
use model::{Ecosystem, FoundBy, GapReason, LayerPath, Limits};
use std::io::{self, Write};
use support::{Elf, go_inline, go_pointers};

const MODULES: &str = "path\texample.com/tool\nmod\texample.com/tool\tv1.4.0\th1:x=\n\
    dep\tgithub.com/old/one\tv1.0.0\th1:y=\n=>\tgithub.com/new/one\tv1.2.3\th1:z=\n\
    dep\tgolang.org/x/net\tv0.17.0\th1:w=\ndep\texample.com/local\tv0.0.0\n=>\t../local\t(devel)\t\n\
    build\t-compiler=gc\nbuild\tvcs.revision=0123456789abcdef\n";

fn look(name: &str, bytes: &[u8]) -> Inspection {
    inspect(bytes, &LayerPath::new(name), &Limits::default())
}

fn names(found: &Inspection) -> Vec<String> {
    found
        .packages
        .iter()
        .map(|package| format!("{} {} {}", package.ecosystem, package.name, package.version))
        .collect()
}

const EXPECTED: [&str; 4] = [
    "golang stdlib 1.21.5",
    "golang example.com/tool 1.4.0",
    "golang github.com/new/one 1.2.3",
    "golang golang.org/x/net 0.17.0",
];

#[test]
fn go_build_info_is_read_in_both_forms_and_all_word_sizes_and_byte_orders() {
    for (is_64, is_big_endian) in [(true, false), (true, true), (false, false), (false, true)] {
        for has_section_headers in [true, false] {
            let mut elf = Elf { is_64, is_big_endian, has_section_headers, ..Elf::new(".go.buildinfo", b"") };
            for content in [go_inline("go1.21.5", MODULES), go_pointers(&elf, "go1.21.5", MODULES)] {
                // Something may lie before it, in steps of 16 bytes.
                let blocks = if content[15] & 2 != 0 { 3 } else { 0 };
                elf.content = [vec![7; 16 * blocks], content].concat();
                let found = look("usr/bin/tool", &elf.bytes());
                assert_eq!(names(&found), EXPECTED, "{is_64} {is_big_endian} {has_section_headers}");
                assert_eq!(found.gaps.len(), 1, "the local module is a gap");
                assert!(
                    found.gaps[0].detail.contains("../local")
                        && found.gaps[0].detail.contains("0123456789abcdef")
                );
                assert!(
                    found
                        .packages
                        .iter()
                        .all(|p| p.found_by == FoundBy::BuildInfo && p.ecosystem == Ecosystem::Go)
                );
            }
        }
    }
}

#[test]
fn toolchain_experiments_are_no_part_of_the_version() {
    let elf = Elf::new(".go.buildinfo", &go_inline("go1.22.1 X:boringcrypto", ""));
    assert_eq!(names(&look("x", &elf.bytes())), ["golang stdlib 1.22.1"]);
    let elf = Elf::new(".go.buildinfo", &go_inline("devel go1.23-abcdef Tue", ""));
    let found = look("x", &elf.bytes());
    assert!(found.packages.is_empty());
    assert_eq!(found.gaps[0].reason, GapReason::Unsupported);
}

#[test]
fn version_of_a_work_tree_comes_from_the_linker_flags_or_is_a_gap() {
    let modules = |flags: &str| {
        let text = format!(
            "path\tx\nmod\tgithub.com/traefik/traefik/v3\t(devel)\t\nbuild\tvcs.revision=abc\n{flags}"
        );
        Elf::new(".go.buildinfo", &go_inline("go1.21.5", &text)).bytes()
    };
    let flags =
        "build\t-ldflags=\"-s -w -X \\\"github.com/traefik/traefik/v3/pkg/version.Version=v3.0.4\\\"\"\n";
    let found = look("usr/local/bin/traefik", &modules(flags));
    assert_eq!(
        names(&found),
        ["golang stdlib 1.21.5", "golang github.com/traefik/traefik/v3 3.0.4", "generic traefik 3.0.4"]
    );
    let found = look("usr/local/bin/traefik", &modules(""));
    assert_eq!(names(&found), ["golang stdlib 1.21.5"]);
    assert!(found.gaps[0].detail.contains("traefik/v3"), "{:?}", found.gaps);
}

#[test]
fn runtime_crates_of_crates_io_are_found() {
    let json = r#"{"packages":[
        {"name":"app","version":"0.1.0","source":"local","root":true},
        {"name":"serde","version":"1.0.190","source":"crates.io","kind":"runtime"},
        {"name":"cc","version":"1.0.83","source":"crates.io","kind":"build"},
        {"name":"forked","version":"0.1.0","source":"git"},
        {"name":"time","version":"0.1.45","source":"crates.io","dependencies":[1]}]}"#;
    let found = look("usr/bin/app", &Elf::new(".dep-v0", &zlib(json.as_bytes())).bytes());
    assert_eq!(names(&found), ["cargo serde 1.0.190", "cargo time 0.1.45"]);
    assert!(found.gaps.is_empty());
}

#[test]
fn compressed_bomb_in_a_crate_list_is_a_gap() {
    let found = look("usr/bin/app", &Elf::new(".dep-v0", &zlib(&vec![b' '; 20 << 20])).bytes());
    assert_eq!(found.gaps[0].reason, GapReason::LimitReached);
    let found = look("usr/bin/app", &Elf::new(".dep-v0", b"not zlib").bytes());
    assert_eq!(found.gaps[0].reason, GapReason::Malformed);
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn check_classifier(name: &str, text: &str, expected: &[&str]) {
    let found = look(name, &Elf::new(".rodata", format!("\0before\0{text}\0after\0").as_bytes()).bytes());
    assert_eq!(names(&found), expected, "{name}: {text}");
}

#[test]
fn texts_of_programs_tell_their_versions() {
    check_classifier("bin/bash", "@(#)Bash version 5.2.15(1) release GNU", &["generic bash 5.2.15"]);
    check_classifier("bin/busybox", "BusyBox v1.36.1 (2023-11-07 18:53:09 UTC)", &["generic busybox 1.36.1"]);
    check_classifier("usr/lib/libcurl.so.4.8.0", "libcurl/8.5.0", &["generic curl 8.5.0"]);
    check_classifier("usr/local/bin/envoy", "1.28.0", &["generic envoy 1.28.0"]);
    check_classifier(
        "usr/sbin/haproxy",
        "HAProxy version 2.9.1-f72603c, released 2023/12/15",
        &["generic haproxy 2.9.1"],
    );
    check_classifier("usr/sbin/haproxy", "HA-Proxy version 1.8.30 2021/04/12", &["generic haproxy 1.8.30"]);
    check_classifier("usr/sbin/httpd", "Apache/2.4.58 (Unix)", &["generic httpd 2.4.58"]);
    check_classifier("usr/sbin/mysqld", "11.2.2-MariaDB-1:11.2.2+maria~ubu2204", &["generic mariadb 11.2.2"]);
    check_classifier(
        "usr/sbin/mysqld",
        "/export/home/pb2/build/mysql-8.0.35/sql/mysqld.cc",
        &["generic mysql 8.0.35"],
    );
    check_classifier("usr/bin/memcached", "memcached 1.6.22", &["generic memcached 1.6.22"]);
    check_classifier("usr/sbin/nginx", "nginx version: nginx/1.25.3", &["generic nginx 1.25.3"]);
    check_classifier("usr/local/bin/node", "node.js/v20.10.0", &["generic node 20.10.0"]);
    check_classifier("lib/libcrypto.so.1.0.0", "OpenSSL 1.0.2zg  7 Feb 2023", &["generic openssl 1.0.2zg"]);
    check_classifier("usr/bin/openssl", "OpenSSL 1.0.2k-fips  26 Jan 2017", &["generic openssl 1.0.2k"]);
    check_classifier("usr/local/bin/php", "X-Powered-By: PHP/8.3.0RC6", &["generic php 8.3.0RC6"]);
    check_classifier(
        "usr/local/bin/postgres",
        "PostgreSQL 16rc1 on x86_64-pc-linux-musl",
        &["generic postgresql 16rc1"],
    );
    check_classifier("usr/local/bin/python3.12", "3.12.0rc2", &["generic python 3.12.0rc2"]);
    check_classifier(
        "usr/local/bin/redis-server",
        "7.2.3\0x\u{1}7.2.3buildkitsandbox-1698840000000000000",
        &["generic redis 7.2.3"],
    );
    check_classifier(
        "usr/local/lib/libruby.so.3.2.2",
        "ruby 3.2.2 (2023-03-30 revision e51014f9c0) [x86_64-linux]",
        &["generic ruby 3.2.2"],
    );
    check_classifier(
        "opt/jdk8/lib/amd64/server/libjvm.so",
        "OpenJDK 64-Bit Server VM (25.392-b08) for linux-amd64 JRE (1.8.0_392-b08), built on Oct 1 2023",
        &["generic openjdk 8u392"],
    );
}

#[test]
fn texts_of_other_things_are_not_taken_for_the_version() {
    check_classifier("usr/sbin/nginx", "OpenSSL 3.0.11 19 Sep 2023", &[]);
    check_classifier("usr/lib/libcrypto.so.1", "OpenSSL 1.1.1 (compatible; BoringSSL)", &[]);
    check_classifier("usr/local/bin/postgres", "please upgrade to PostgreSQL 9.1.", &[]);
    check_classifier("usr/local/bin/redis-server", "6.2.0\0x", &[]);
    check_classifier("usr/local/bin/python3.11", "3.40.1", &[]);
    check_classifier("usr/bin/other", "nginx version: nginx/1.25.3", &[]);
    check_classifier("usr/sbin/mariadbd", "for example 10.1.1-MariaDB-mariadb1precise-log.", &[]);
}

#[test]
fn two_different_versions_are_a_gap_and_no_package() {
    let elf = Elf::new(".rodata", b"\x001.28.0\x001.3.1\x00x");
    let found = look("usr/local/bin/envoy", &elf.bytes());
    assert!(found.packages.is_empty());
    assert_eq!(found.gaps[0].reason, GapReason::Unsupported);
}

#[test]
fn a_script_with_the_name_of_a_program_is_nothing() {
    assert_eq!(look("usr/bin/node", b"#!/bin/sh\nexec node.js/v20.10.0\0"), Inspection::default());
}

#[test]
fn limits_and_read_errors_are_gaps() {
    let limits = Limits { binary_bytes_max: 100, ..Limits::default() };
    let bytes = Elf::new(".rodata", b"x").bytes();
    let found = inspect(bytes.as_slice(), &LayerPath::new("bin/x"), &limits);
    assert_eq!(found.gaps[0].reason, GapReason::LimitReached);

    struct Broken;
    impl ReadAt for Broken {
        fn size(&self) -> u64 {
            1_000
        }
        fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("disk"))
        }
    }
    let found = inspect(&Broken, &LayerPath::new("bin/x"), &Limits::default());
    assert_eq!(found.gaps[0].reason, GapReason::Unreadable);
}

#[test]
fn damaged_programs_never_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    let json = zlib(br#"{"packages":[{"name":"serde","version":"1.0.190","source":"crates.io"}]}"#);
    let narrow = Elf { is_64: false, is_big_endian: true, ..Elf::new(".go.buildinfo", b"") };
    let inputs = [
        Elf::new(".go.buildinfo", &go_inline("go1.21.5", MODULES)).bytes(),
        Elf { content: go_pointers(&narrow, "go1.17", MODULES), ..narrow.clone() }.bytes(),
        Elf::new(".dep-v0", &json).bytes(),
        Elf::new(".rodata", b"\0node.js/v20.10.0\0").bytes(),
        b"JAVA_VERSION=\"17.0.9\"\n".to_vec(),
    ];
    for input in &inputs {
        for name in ["usr/bin/node", "opt/release"] {
            for _ in 0..1_500 {
                let mut bytes = input.clone();
                for _ in 0..=random(4) {
                    let at = random(bytes.len());
                    bytes[at] = if random(2) == 0 {
                        bytes[at] ^ (1 << random(8))
                    } else {
                        [0, 0xff, 0x7f][random(3)]
                    };
                }
                if random(3) == 0 {
                    bytes.truncate(random(bytes.len()));
                }
                let _ = look(name, &bytes);
            }
        }
    }
}

#[test]
fn program_of_the_go_compiler_tells_its_standard_library() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("go.mod"), "module example.com/hello\n\ngo 1.18\n").unwrap();
    std::fs::write(
        directory.path().join("main.go"),
        "package main\n\nvar version string\n\nfunc main() { println(version) }\n",
    )
    .unwrap();
    let run = |compiler: &str| {
        std::process::Command::new(compiler)
            .args([
                "build",
                "-buildvcs=false",
                "-ldflags",
                "-s -w -X main.version=v1.2.3",
                "-o",
                "hello",
                ".",
            ])
            .current_dir(directory.path())
            .envs([("GOPROXY", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local")])
            // Compiling the standard library takes half a minute; the second time it is there.
            .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/go-cache"))
            .output()
    };
    let output = match run("go").or_else(|_| run("/usr/local/go/bin/go")) {
        Ok(output) if output.status.success() => output,
        Ok(output) => return eprintln!("skipped: go build: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => return eprintln!("skipped: go: {error}"),
    };
    assert!(output.status.success());
    let file = std::fs::File::open(directory.path().join("hello")).unwrap();
    let found = inspect(&file, &LayerPath::new("hello"), &Limits::default());
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    let names = names(&found);
    assert!(names[0].starts_with("golang stdlib 1."), "{names:?}");
    assert_eq!(names[1..], ["golang example.com/hello 1.2.3"]);
}
