//! The gate closes only for files that no rule matches: held against yara-x with all rules.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use content::{Budget, Detector as _, FileView, Pieces, Sifted, classify};
use model::LayerPath;
use std::io::Read as _;
use std::time::Duration;
use yara::{Pack, PackOptions, RuleFile, Yara};

const RULES: &str = r#"
private rule helper { strings: $a = "helper text" nocase condition: $a }
rule is_plain { strings: $a = "plain-literal" condition: $a }
rule is_nocase { strings: $a = "MixedCase" nocase condition: #a > 1 }
rule is_wide { strings: $a = "widened" wide condition: $a }
rule is_both { strings: $a = "widened" wide ascii fullword condition: @a < 300 }
rule is_masked { strings: $a = "maskedtext" xor condition: $a }
rule is_encoded { strings: $a = "encodedtext" base64 condition: $a }
rule is_hex { strings: $a = { 68 65 78 ?? 74 65 [1-3] ( 78 74 61 62 | 79 79 63 64 ) } condition: $a }
rule is_expression { strings: $a = /exp(re|ra)ssion\s{1,3}[a-f]+\d/ condition: $a }
rule is_letters { strings: $a = /(?i)sTaRt.{0,4}(eNd|stop)x/ condition: $a }
rule is_optional { strings: $a = /(optional)?[0-9]{7}z/ condition: $a }
rule is_repeated { strings: $a = /(again){2,3}!/s condition: $a }
rule is_two { strings: $a1 = "first part" $a2 = "second part" $b = "third part" condition: 2 of ($a*) and not $b }
rule is_every { strings: $a1 = "first part" $a2 = "second part" condition: all of them }
rule is_any_round { strings: $a = "round about" condition: for any i in (1..#a) : (@a[i] > 40) }
rule is_each { strings: $a = "plain-literal" $b = "round about" condition: for any of them : ($ in (0..60)) }
rule is_absent { strings: $a = "plain-literal" condition: not $a and filesize < 40 }
rule is_uses { condition: helper and filesize < 5000 }
rule is_unless { strings: $a = "second part" condition: helper and not $a or #a == 2 }
rule is_short { strings: $a = "ab" $b = "cd" condition: $a and $b }
rule is_number { condition: uint16be(0) == 0x6162 }
"#;

const WORDS: [&str; 30] = [
    "plain-literal",
    "PLAIN-LITERAL",
    "mixedcase ",
    "MIXEDCASE",
    "w\0i\0d\0e\0n\0e\0d\0",
    "widened",
    " widened ",
    "hex",
    "hexAtexxxtab",
    "hexBte12yycd",
    "expression a1",
    "exprassion\tff9",
    "START--ENDx",
    "startstopX",
    "startstopx",
    "optional1234567z",
    "7654321z",
    "againagain!",
    "again!",
    "first part",
    "second part",
    "third part",
    "round about",
    "helper TEXT",
    "ab",
    "cd",
    "\n",
    "zZ09",
    "ZW5jb2RlZHRleHQ",
    "ljbnfesuj",
];

#[test]
fn the_answers_are_those_of_all_rules() {
    let mut masked = b"maskedtext".to_vec();
    masked.iter_mut().for_each(|byte| *byte ^= 0x21);
    let all = yara_x::compile(RULES).unwrap();
    let mut whole = yara_x::Scanner::new(&all);
    let files = vec![RuleFile { name: "a.yar".into(), bytes: RULES.as_bytes().to_vec() }];
    let detector = Yara::new(vec![Pack::new(files, &PackOptions::new("p"), None).unwrap()]);
    let mut state = 1_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut matched = std::collections::BTreeSet::new();
    for round in 0..4_000 {
        let mut text = Vec::new();
        for _ in 0..next(6) {
            text.extend_from_slice(WORDS[next(WORDS.len())].as_bytes());
            text.extend(std::iter::repeat_n(b' ', next(40)));
            if next(40) == 0 {
                text.extend_from_slice(&masked);
            }
        }
        let mut expected: Vec<String> =
            whole.scan(&text).unwrap().matching_rules().map(|rule| rule.identifier().to_owned()).collect();
        expected.sort();
        let path = LayerPath::new("a.txt");
        let file = FileView {
            path: &path,
            nested: &[],
            class: classify(&path, &text),
            size: text.len() as u64,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        let mut hits = Vec::new();
        detector.examine(&file, &text, &Budget::new(Duration::from_secs(60)), &mut hits).unwrap();
        let found: Vec<&str> = hits.iter().filter_map(|hit| hit.rule.strip_prefix("yara/p/")).collect();
        assert_eq!(found, expected, "round {round}: {:?}", String::from_utf8_lossy(&text));
        matched.extend(expected);
    }
    let never: Vec<&str> = all
        .iter()
        .map(|rule| rule.identifier())
        .filter(|name| *name != "helper" && !matched.contains(*name))
        .collect();
    assert_eq!(never, Vec::<&str>::new(), "the texts must show every rule");
}

#[test]
fn a_large_file_is_wanted_as_a_whole_only_when_the_gate_opens() {
    let rules =
        "rule both { strings: $a = \"one-rare-word\" $b = \"other-rare-word\" condition: all of them }";
    let pack = |rules: &str| {
        let files = vec![RuleFile { name: "a.yar".into(), bytes: rules.as_bytes().to_vec() }];
        Pack::new(files, &PackOptions::new("p"), None).unwrap()
    };
    let path = LayerPath::new("opt/app");
    let sift = |rules: &str, bytes: &[u8]| {
        let file = FileView {
            path: &path,
            nested: &[],
            class: classify(&path, bytes),
            size: bytes.len() as u64,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        let read_at = |at: u64, buffer: &mut [u8]| (&bytes[usize::try_from(at).unwrap()..]).read(buffer);
        let (pieces, mut hits) = (Pieces::new(bytes.len() as u64, &read_at), Vec::new());
        let budget = Budget::new(Duration::from_secs(60));
        let sifted = Yara::new(vec![pack(rules)]).sift(&file, &pieces, &budget, &mut hits);
        assert_eq!(hits, []);
        sifted.unwrap()
    };
    let mut bytes = vec![b' '; (2 << 20) + 99];
    // Across the end of the first piece.
    let at = (1 << 20) - 5;
    bytes[at..at + 13].copy_from_slice(b"one-rare-word");
    assert_eq!(sift(rules, &bytes), Sifted::Judged);
    let end = bytes.len() - 15;
    bytes[end..].copy_from_slice(b"other-rare-word");
    assert_eq!(sift(rules, &bytes), Sifted::NeedsWhole);
    bytes[at] = b'x';
    assert_eq!(sift(rules, &bytes), Sifted::Judged);
    assert_eq!(sift("rule any_file { condition: filesize > 9 }", &bytes), Sifted::NeedsWhole);
}
