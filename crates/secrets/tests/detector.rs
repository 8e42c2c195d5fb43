//! The detector over whole files.

use content::{Budget, Detector, FileClass, FileView, Halt, Hit, Pieces, Sifted};
use model::{GapReason, LayerPath};
use secrets::{KnownSecrets, Options, Precision, RuleSet, Secrets};
use std::io::Read as _;
use std::time::Duration;

/// A token with no checksum that own rules find in any file.
fn token() -> String {
    format!("{}{}", "dop_v1_", "9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d659a2feaa0c55ad015")
}

fn own() -> Secrets {
    Secrets::new(vec![RuleSet::default_rules()], Options::default())
}

fn gitleaks(text: &str) -> Secrets {
    let (set, problems) = RuleSet::parse_gitleaks("mine", text, &|_| None).expect("a rule file");
    assert_eq!(problems, []);
    Secrets::new(vec![set], Options::default())
}

fn examine(secrets: &Secrets, path: &str, class: FileClass, bytes: &[u8]) -> (Vec<Hit>, Result<(), Halt>) {
    let path = LayerPath::new(path);
    let view = FileView {
        path: &path,
        nested: &[],
        class,
        size: bytes.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    };
    assert!(secrets.wants(&view), "{path}");
    let mut hits = Vec::new();
    let end = secrets.examine(&view, bytes, &Budget::new(Duration::from_secs(20)), &mut hits);
    (hits, end)
}

#[track_caller]
fn check(secrets: &Secrets, class: FileClass, bytes: &[u8], expected: &[(&str, u32)]) {
    let (hits, end) = examine(secrets, "srv/app.txt", class, bytes);
    end.expect("a search to the end");
    let found: Vec<(&str, u32)> = hits.iter().map(|hit| (hit.rule.as_str(), hit.line.unwrap_or(0))).collect();
    assert_eq!(found, expected);
}

#[test]
fn text_is_found_in_its_encodings() {
    let text = format!("one\ntwo {}\n", token());
    let expected = [("secrets/digitalocean-token", 2)];
    check(&own(), FileClass::Text, text.as_bytes(), &expected);
    let mut wide = vec![0xff, 0xfe];
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    check(&own(), FileClass::Text, &wide, &expected);
    let mut wide = vec![0xfe, 0xff];
    wide.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    check(&own(), FileClass::Text, &wide, &expected);
    check(&own(), FileClass::Text, format!("\u{feff}{text}").as_bytes(), &expected);
}

#[test]
fn encoded_text_is_looked_at_one_level_deep() {
    let hexadecimal = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let once = hexadecimal(&format!("token={}", token()));
    let (hits, end) = examine(&own(), "x", FileClass::Text, format!("a\nb: {once}\n").as_bytes());
    end.unwrap();
    assert_eq!((hits.len(), hits[0].line), (1, Some(2)), "{hits:?}");
    assert!(hits[0].evidence.contains(&"within text in hexadecimal".to_owned()), "{:?}", hits[0].evidence);
    let (hits, _) = examine(&own(), "x", FileClass::Text, hexadecimal(&once).as_bytes());
    assert_eq!(hits, []);
}

#[test]
fn in_pieces_the_credentials_of_a_program_are_those_of_the_whole() {
    let step = 1 << 20;
    let mut bytes = vec![0; 3 * step + 17];
    // Round every place where a piece may begin or end, before, across and behind it, and next to each other.
    let places = [0, 1, 2, 3].map(|piece| piece * step);
    let offsets = [0, 64 << 10, 32 << 10, 7, 40, 71, 72];
    for (number, at) in
        places.iter().flat_map(|place| offsets.map(|offset| place.saturating_sub(offset))).enumerate()
    {
        let text = format!("\n{number:02}:{}\0", token().replace("9f", &format!("{number:02x}")));
        if let Some(place) = bytes.get_mut(at..at + text.len()) {
            place.copy_from_slice(text.as_bytes());
        }
    }
    let (mut expected, end) = examine(&own(), "srv/app", FileClass::Elf, &bytes);
    end.unwrap();
    assert!(expected.len() >= 10, "{}", expected.len());
    let path = LayerPath::new("srv/app");
    let file = |class| FileView {
        path: &path,
        nested: &[],
        class,
        size: bytes.len() as u64,
        mode: 0o755,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let read_at = |at: u64, buffer: &mut [u8]| (&bytes[usize::try_from(at).unwrap()..]).read(buffer);
    let pieces = Pieces::new(bytes.len() as u64, &read_at);
    let (budget, mut found) = (Budget::new(Duration::from_secs(60)), Vec::new());
    assert_eq!(own().sift(&file(FileClass::Elf), &pieces, &budget, &mut found), Ok(Sifted::Judged));
    for hits in [&mut expected, &mut found] {
        hits.sort_by_key(|hit| (hit.line, hit.identity.clone()));
    }
    assert_eq!(found, expected);
    // Of a text, lines and what is encoded in it count.
    found.clear();
    assert_eq!(own().sift(&file(FileClass::Text), &pieces, &budget, &mut found), Ok(Sifted::NeedsWhole));
    assert_eq!(found, []);
}

#[test]
fn binaries_meet_only_rules_whose_prefix_is_proof() {
    let bytes = format!("\0\0\u{1}{}\0\0SHOP_PASSWORD=q8Zk3VxWm2LtY7RbN5cJ\0", token());
    check(&own(), FileClass::Elf, bytes.as_bytes(), &[("secrets/digitalocean-token", 1)]);
}

#[test]
fn settings_are_judged_in_configuration_alone() {
    let text = b"shop_api_key = q8Zk3VxWm2LtY7RbN5cJ\n";
    check(&own(), FileClass::Config, text, &[("secrets/password-setting", 1)]);
    check(&own(), FileClass::Text, text, &[]);
}

#[test]
fn quotes_are_no_part_of_the_secret() {
    let (hits, _) =
        examine(&own(), "x.conf", FileClass::Config, b"shop_api_key = \"q8Zk3VxWm2LtY7RbN5cJ\"\n");
    assert_eq!(hits[0].clear, ["q8Zk3VxWm2LtY7RbN5cJ"]);
}

#[test]
fn evidence_and_serialised_hits_hold_no_secret() {
    let (hits, _) = examine(&own(), "a.env", FileClass::Config, format!("T={}\n", token()).as_bytes());
    assert_eq!(hits[0].clear, [token()]);
    let shown = format!("{}{}{:?}{:?}", hits[0].title, hits[0].rule, hits[0].evidence, hits[0].remedy);
    assert!(!shown.contains(&token()[10..]) && hits[0].evidence[0].contains('…'), "{shown}");
    assert_eq!(hits[0].identity.len(), 16);
    let (again, _) = examine(&own(), "b.env", FileClass::Config, format!("\n\nT={}\n", token()).as_bytes());
    assert_eq!(again[0].identity, hits[0].identity, "neither line nor path are part of it");
}

#[test]
fn a_line_without_end_and_many_tokens_are_bounded() {
    let line = format!("{{\"a\":\"{}\",", "x".repeat(1_000)).repeat(10_000);
    let text = format!("{line}\"t\":\"{}\"}}", token());
    check(&own(), FileClass::Config, text.as_bytes(), &[("secrets/digitalocean-token", 1)]);
    let many: String = (0..2_000)
        .map(|n| format!("dop_v1_9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d659a2feaa0{n:08x}\n"))
        .collect();
    let (hits, end) = examine(&own(), "x", FileClass::Text, many.as_bytes());
    assert_eq!(end.unwrap_err().reason, GapReason::LimitReached);
    assert!(hits.len() >= 500 && hits.len() < 600, "{}", hits.len());
}

#[test]
fn a_used_up_budget_is_a_halt() {
    let text = "password = 1 token = 2 secret = 3\n".repeat(100_000);
    let path = LayerPath::new("x.conf");
    let view = FileView {
        path: &path,
        nested: &[],
        class: FileClass::Config,
        size: 0,
        mode: 0,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let end = own().examine(&view, text.as_bytes(), &Budget::new(Duration::ZERO), &mut Vec::new());
    assert_eq!(end.unwrap_err().reason, GapReason::LimitReached);
}

#[test]
fn verified_files_pictures_and_archives_are_not_wanted() {
    let path = LayerPath::new("x");
    let mut view = FileView {
        path: &path,
        nested: &[],
        class: FileClass::Text,
        size: 0,
        mode: 0,
        uid: 0,
        package: None,
        is_verified: false,
    };
    assert!(own().wants(&view));
    view.class = FileClass::Image;
    assert!(!own().wants(&view));
    view.class = FileClass::Text;
    view.is_verified = true;
    assert!(!own().wants(&view));
}

#[test]
fn what_is_known_is_not_reported_and_changes_the_digest() {
    let mut known = KnownSecrets::default();
    let report = format!(r#"[{{"RuleID":"x","File":"app.txt","StartLine":1,"Secret":"{}"}}]"#, token());
    assert_eq!(known.add_gitleaks_report(&report).unwrap(), 0);
    let secrets = Secrets::new(vec![RuleSet::default_rules()], Options { known, ..Options::default() });
    check(&secrets, FileClass::Text, token().as_bytes(), &[]);
    assert_ne!(secrets.digest(), own().digest());
    assert_eq!(own().digest(), own().digest());
}

#[test]
fn composite_rules_need_their_partner_near() {
    let rules = "[[rules]]\nid='main'\nregex='MAIN-([a-z]{4})'\nkeywords=['main-']\n\
                 [[rules.required]]\nid='partner'\nwithinLines=1\n\
                 [[rules]]\nid='partner'\nregex='PART-[a-z]{4}'\nkeywords=['part-']\nskipReport=true\n";
    let secrets = gitleaks(rules);
    let near = [("secrets/mine/main", 1)];
    check(&secrets, FileClass::Text, b"MAIN-abcd\nPART-abcd\n", &near);
    check(&secrets, FileClass::Text, b"MAIN-abcd\n\nPART-abcd\n", &[]);
    check(&secrets, FileClass::Text, b"MAIN-abcd\n", &[]);
}

#[test]
fn rules_without_keywords_and_by_path_are_used() {
    let secrets = gitleaks("[[rules]]\nid='a'\nregex='zz[0-9]{4}'\n[[rules]]\nid='p'\npath='\\.p12$'\n");
    check(&secrets, FileClass::Text, b"x zz1234", &[("secrets/mine/a", 1)]);
    let (hits, _) = examine(&secrets, "etc/key.p12", FileClass::Binary, b"\0");
    assert_eq!(hits[0].rule, "secrets/mine/p");
}

#[test]
fn an_inline_comment_allows_its_line_alone() {
    let secrets = gitleaks("[[rules]]\nid='a'\nregex='zz[0-9]{4}'\nkeywords=['zz']\n");
    check(&secrets, FileClass::Text, b"zz1234 # gitleaks:allow\nzz5678\n", &[("secrets/mine/a", 2)]);
}

#[test]
fn a_window_answers_like_the_whole_text() {
    // The keyword stands in the middle, the match reaches 60 bytes to both sides of it.
    let rules = "[[rules]]\nid='a'\nregex='[a-f]{1,60}mid[0-9]{1,60}'\nkeywords=['mid']\n";
    let text = format!("{}{}mid{}{}", " ".repeat(5_000), "a".repeat(60), "7".repeat(60), "8".repeat(10));
    let (hits, _) = examine(&gitleaks(rules), "x", FileClass::Text, text.as_bytes());
    assert_eq!(hits[0].clear[0].len(), 123);
}

#[test]
fn trivy_rules_find_each_named_group_outside_excluded_blocks() {
    let text = "rules:\n  - id: pair\n    title: Pair\n    severity: HIGH\n    keywords: [login]\n\
                \x20   regex: login (?P<secret>[a-z0-9]{8}) (?P<secret>[a-z0-9]{8})\n    secret-group-name: secret\n\
                exclude-block:\n  regexes: ['BEGIN(.|\\s)*END']\n";
    let (set, problems) = RuleSet::parse_trivy("trivy", text).unwrap();
    assert_eq!(problems, []);
    let secrets = Secrets::new(vec![set], Options::default());
    let (hits, _) = examine(
        &secrets,
        "x",
        FileClass::Text,
        b"login abcd1234 efgh5678\nBEGIN login abcd1235 efgh5679 END\n",
    );
    let clear: Vec<&str> = hits.iter().map(|hit| hit.clear[0].as_str()).collect();
    assert_eq!(clear, ["abcd1234", "efgh5678"]);
}

#[test]
fn broken_rule_files_and_texts_never_panic() {
    let rules = "[extend]\npath='x'\n[[rules]]\nid='a'\nregex='(?i)a{2}(b|[c-d])\\Qx\\E'\nkeywords=['a']\nentropy=2\n\
                 [[rules.allowlists]]\ncondition='AND'\nregexes=['x']\npaths=['y']\nstopwords=['z']\n";
    let yaml =
        "rules:\n  - id: a\n    regex: (?P<s>a+)\n    secret-group-name: s\nskip-patterns: ['**/{a,b}/*']\n";
    let mut state = 11_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let secrets = own();
    for _ in 0..300 {
        for original in [rules, yaml] {
            let mut bytes = original.as_bytes().to_vec();
            for _ in 0..next() % 4 {
                let at = next() % bytes.len();
                bytes[at] = b"'\"[](){}\\|*+?.,:=\n \x01aZ9"[next() % 23];
            }
            bytes.truncate(bytes.len() - next() % 20);
            let text = String::from_utf8_lossy(&bytes);
            let _ = RuleSet::parse_gitleaks("f", &text, &|_| Some(rules.to_owned()));
            let _ = RuleSet::parse_trivy("f", &text);
            let mut known = KnownSecrets::default();
            let _ = known.add_gitleaks_report(&text);
            let _ = known.add_gitleaks_ignore(&text);
            let _ = known.add_detect_secrets(&text);
        }
        let mut bytes =
            format!("AKIA eyJhbGciOi.eyJ.x postgres://a:b@c sig=%41%4 password='{}'", token()).into_bytes();
        for _ in 0..next() % 8 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        for class in [FileClass::Config, FileClass::Elf] {
            let _ = examine(&secrets, "x", class, &bytes);
        }
    }
    let exact = Options { precision: Precision::GitleaksExact, ..Options::default() };
    let (hits, end) =
        examine(&Secrets::new(vec![RuleSet::default_rules()], exact), "x", FileClass::Text, b"");
    assert!(hits.is_empty() && end.is_ok());
}
