//! The detector: semantics of YARA, limits, and GuardDog's conventions.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use content::{Budget, Detector as _, FileView, Halt, Hit, classify};
use model::{GapReason, LayerPath, Severity};
use std::time::Duration;
use yara::{Namespaces, Pack, PackOptions, RuleFile, Yara};

fn pack_of(texts: &[(&str, &str)], options: &PackOptions) -> Pack {
    let files =
        texts.iter().map(|(n, t)| RuleFile { name: (*n).into(), bytes: t.as_bytes().to_vec() }).collect();
    let pack = Pack::new(files, options, None).unwrap();
    assert_eq!(pack.problems(), []);
    pack
}

fn detector(rules: &str) -> Yara {
    Yara::new(vec![pack_of(&[("rules.yar", rules)], &PackOptions::new("p"))])
}

fn view(path: &LayerPath, bytes: &[u8]) -> FileView<'static> {
    let path: &'static LayerPath = Box::leak(Box::new(path.clone()));
    FileView {
        path,
        nested: &[],
        class: classify(path, bytes),
        size: bytes.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    }
}

fn scan_for(detector: &Yara, path: &str, bytes: &[u8], budget: Duration) -> (Vec<Hit>, Result<(), Halt>) {
    let file = view(&LayerPath::new(path), bytes);
    let mut hits = Vec::new();
    let result = detector.examine(&file, bytes, &Budget::new(budget), &mut hits);
    (hits, result)
}

#[track_caller]
fn check(detector: &Yara, path: &str, bytes: &[u8], expected: &[&str]) {
    let (hits, result) = scan_for(detector, path, bytes, Duration::from_secs(60));
    assert_eq!(result, Ok(()));
    let rules: Vec<&str> = hits.iter().map(|hit| hit.rule.as_str()).collect();
    assert_eq!(rules, expected, "{path}");
}

#[test]
fn private_rules_are_used_and_not_told() {
    let detector = detector(
        "private rule hidden { condition: uint32(0) == 0x464c457f }\nrule a { condition: hidden }\nrule b { condition: \
         not hidden }",
    );
    check(&detector, "x", b"\x7fELF\x02\x01\x01\0", &["yara/p/a"]);
    check(&detector, "x", b"text", &["yara/p/b"]);
}

#[test]
fn a_global_rule_decides_for_its_namespace_alone() {
    let mut options = PackOptions::new("p");
    options.namespaces = Namespaces::File;
    let pack = pack_of(
        &[
            ("one.yar", "global rule small { condition: filesize < 5 }\nrule a { condition: true }"),
            ("two.yar", "rule a { condition: true }"),
        ],
        &options,
    );
    let detector = Yara::new(vec![pack]);
    check(&detector, "x", b"1234567", &["yara/two/a"]);
    check(&detector, "x", b"123", &["yara/one/a", "yara/one/small", "yara/two/a"]);
}

#[test]
fn variables_are_set_for_each_file() {
    let detector = detector(
        "rule by_name { condition: filename == \"passwd\" }\nrule by_path { condition: filepath contains \"/etc/\" }\nrule \
         by_extension { condition: extension == \".php\" }\nrule by_owner { condition: owner == \"root\" and filetype == \
         \"ELF\" }",
    );
    check(&detector, "etc/passwd", b"root", &["yara/p/by_name", "yara/p/by_path"]);
    check(&detector, "srv/x.PHP", b"text", &["yara/p/by_extension"]);
    check(&detector, "srv/x", b"\x7fELF\x02\x01\x01\0", &["yara/p/by_owner"]);
    let contexts: Vec<u64> = ["etc/passwd", "srv/a"]
        .iter()
        .map(|path| detector.context(&view(&LayerPath::new(path), b"x")))
        .collect();
    assert_ne!(contexts[0], contexts[1]);
}

#[test]
fn files_of_the_same_bytes_are_one_when_no_rule_looks_at_the_path() {
    let detector = detector("rule a { strings: $a = \"abc\" condition: $a }");
    let context = |path: &str| detector.context(&view(&LayerPath::new(path), b"abc"));
    assert_eq!(context("etc/passwd"), context("srv/x.php"));
}

#[test]
fn a_rule_that_never_ends_becomes_a_halt_and_the_other_packs_look() {
    let bomb = "rule bomb { condition: for all i in (0..100000000) : (for all j in (0..100000000) : (uint8(i) + uint8(j) >= \
                0 or i + j > 0)) }";
    let slow = pack_of(&[("a.yar", bomb)], &PackOptions::new("slow"));
    let quick = pack_of(&[("a.yar", "rule quick { condition: true }")], &PackOptions::new("quick"));
    let (hits, result) =
        scan_for(&Yara::new(vec![quick, slow]), "x", b"some text", Duration::from_millis(1_500));
    let halt = result.unwrap_err();
    assert_eq!(halt.reason, GapReason::LimitReached);
    assert!(halt.detail.contains("'slow'"), "{}", halt.detail);
    assert_eq!(hits.len(), 1);
}

#[test]
fn a_flood_of_hits_is_cut_and_told() {
    let rules: String = (0..1_100).map(|n| format!("rule r{n} {{ condition: true }}\n")).collect();
    let (hits, result) = scan_for(&detector(&rules), "x", b"text", Duration::from_secs(60));
    assert_eq!(hits.len(), 1_024);
    assert_eq!(result.unwrap_err().reason, GapReason::LimitReached);
}

#[test]
fn severity_and_origin_come_from_the_metadata() {
    let mut options = PackOptions::new("base");
    options.licence = Some("MIT".into());
    let rules = "rule a { meta: score = 75 author = \"Jane\" license = \"DRL 1.1\" reference = \"https://example.com/a\" \
                 description = \"bad\" condition: true }\nrule b { meta: severity = 100 condition: true }\nrule c { meta: \
                 severity = \"low\" condition: true }\nrule d { meta: threat_level = 5 condition: true }\nrule e { \
                 condition: true }";
    let detector = Yara::new(vec![pack_of(&[("a.yar", rules)], &options)]);
    let (hits, _) = scan_for(&detector, "x", b"text", Duration::from_secs(60));
    let severities: Vec<Severity> = hits.iter().map(|hit| hit.severity).collect();
    assert_eq!(
        severities,
        [Severity::High, Severity::Critical, Severity::Low, Severity::Medium, Severity::High]
    );
    assert_eq!(hits[0].evidence, ["rule a of base, by Jane, licence DRL 1.1"]);
    assert_eq!((hits[0].title.as_str(), hits[0].references[0].as_str()), ("bad", "https://example.com/a"));
    assert_eq!(hits[4].evidence, ["rule e of base, licence MIT"]);
}

#[test]
fn verified_and_empty_files_are_not_asked_for() {
    let detector = detector("rule a { condition: true }");
    let mut file = view(&LayerPath::new("x"), b"abc");
    assert!(detector.wants(&file));
    file.is_verified = true;
    assert!(!detector.wants(&file));
    assert!(!detector.wants(&view(&LayerPath::new("x"), b"")));
}

const PACKAGE_RULES: &str = "rule capability_network { meta: identifies = \"capability.network.outbound\" path_include = \
                             \"*.py\" strings: $a = \"urlopen\" condition: $a }\nrule threat_network { meta: identifies = \
                             \"threat.network.outbound\" severity = \"high\" specificity = \"medium\" mitre_tactics = \
                             \"exfiltration\" path_include = \"*.py\" strings: $a = \"oast.example\" condition: $a }\nrule \
                             threat_runtime { meta: identifies = \"threat.runtime.eval\" severity = \"high\" specificity = \
                             \"high\" path_include = \"*.py,*/setup.cfg\" strings: $a = \"exec(\" condition: $a }";

#[test]
fn a_threat_counts_only_together_with_a_capability() {
    let detector = detector(PACKAGE_RULES);
    check(&detector, "lib/a.py", b"x = 'oast.example'\n", &[]);
    check(&detector, "lib/a.py", b"urlopen(url)\n", &[]);
    check(&detector, "lib/a.py", b"urlopen('https://oast.example')\n", &["yara/p/threat_network"]);
    check(&detector, "lib/a.py", b"exec(x)\n", &["yara/p/threat_runtime"]);
    let (hits, _) =
        scan_for(&detector, "a.py", b"urlopen('https://oast.example')\n", Duration::from_secs(60));
    assert!(
        hits[0].evidence.iter().any(|line| line.contains("with capability.network.outbound")),
        "{hits:#?}"
    );
}

#[test]
fn a_path_filter_and_comments_are_honoured() {
    let detector = detector(PACKAGE_RULES);
    check(&detector, "lib/a.txt", b"exec(x)\n", &[]);
    check(&detector, "lib/setup.cfg", b"exec(x)\n", &["yara/p/threat_runtime"]);
    check(&detector, "lib/a.py", b"# exec(x)\n", &[]);
    check(&detector, "lib/a.py", b"\"\"\"\nexec(x)\n\"\"\"\n", &[]);
}

#[test]
fn many_threads_scan_with_the_same_packs() {
    let detector = detector("rule a { strings: $a = \"abc\" condition: $a }");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..200 {
                    let bytes: &[u8] = if round % 2 == 0 { b"xxabcxx" } else { b"nothing" };
                    let (hits, result) = scan_for(&detector, "x", bytes, Duration::from_secs(60));
                    assert_eq!((hits.len(), result), ((round + 1) % 2, Ok(())));
                }
            });
        }
    });
}

/// Files of every class, each with and without what the rules look for.
#[test]
fn the_class_split_changes_no_answer() {
    let rules = "import \"pe\"\nimport \"elf\"\nprivate rule is_elf { condition: uint32(0) == 0x464c457f }\nrule r1 { strings: \
                 $a = \"abc\" condition: is_elf and $a }\nrule r2 { strings: $a = \"abc\" condition: $a and not is_elf }\nrule r3 \
                 { strings: $mz = \"MZ\" condition: $mz at 0 }\nrule r4 { condition: pe.is_pe or elf.type == elf.ET_EXEC \
                 }\nrule r5 { strings: $a = { ca fe ba be } condition: $a at 0 or uint16be(0) == 0x504b }\nrule r6 { condition: \
                 uint8(0) < 0x7f }\nrule r7 { strings: $a = \"abc\" condition: for any i in (1..#a) : (@a[i] > 4) }\nrule r8 { \
                 condition: 1 of (is_elf, r3) }\nrule r9 { condition: none of (is_elf, r3) }\nrule r10 { condition: \
                 uint16be(0) == 0x4d5a and filesize > 3 }";
    let detector = detector(rules);
    let mut compiler = yara_x::Compiler::new();
    compiler.add_source(rules).unwrap();
    let whole = compiler.build();
    let mut scanner = yara_x::Scanner::new(&whole);
    let heads: &[&[u8]] = &[
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0",
        b"MZ\x90\0",
        b"M",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"PK\x03\x04",
        b"#!/bin/sh\n",
        b"\xef\xbb\xbfx",
        b"\xff\xfex\0",
        b"\x7f",
        b"\0",
        b"\xff\xd8",
    ];
    for head in heads {
        for tail in [&b""[..], b"abc", b"....abc....MZ"] {
            let bytes = [head, tail].concat();
            let (hits, _) = scan_for(&detector, "x", &bytes, Duration::from_secs(60));
            let mut found: Vec<String> =
                hits.into_iter().map(|hit| hit.rule.replace("yara/p/", "")).collect();
            let mut expected: Vec<String> = scanner
                .scan(&bytes)
                .unwrap()
                .matching_rules()
                .map(|rule| rule.identifier().to_owned())
                .collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{bytes:?}");
        }
    }
}
