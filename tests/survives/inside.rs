//! What lies inside files.

use crate::sandbox::{Sandbox, assert_gap};
use crate::support::zip;
use model::GapReason::{LimitReached, Malformed, Unsupported};
use testkit::Tar;

#[test]
fn a_sparse_text_of_ten_gigabytes_is_looked_through_at_its_beginning() {
    let sandbox = Sandbox::new();
    let root = sandbox.path("root");
    std::fs::create_dir_all(root.join("app")).unwrap();
    let path = root.join("app/big.txt");
    std::fs::write(&path, "text\n".repeat(1_000)).unwrap();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(10 << 30).unwrap();
    let report = sandbox.scan(&format!("rootfs:{}", root.display()), &["--skip", "vulnerabilities"]);
    assert_gap(&report, "app/big.txt", LimitReached, "content_bytes_max");
}

#[test]
fn nested_archive_bombs_are_gaps() {
    let sandbox = Sandbox::new();
    let zeros = vec![0; 32 << 20];
    let mut bomb = zip(&[("zeros", &zeros)]);
    for depth in 0..12 {
        let names: Vec<String> = (0..10).map(|index| format!("{depth}-{index}.zip")).collect();
        let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), bomb.as_slice())).collect();
        bomb = zip(&members);
        if bomb.len() > 8 << 20 {
            break;
        }
    }
    let layer = Tar::new().file("srv/bomb.zip", &bomb).finish();
    let report =
        sandbox.scan(&sandbox.image(&[layer]), &["--skip", "vulnerabilities", "--limit", "file_secs_max=5"]);
    assert_gap(&report, "srv/bomb.zip", LimitReached, "");
}

#[test]
fn encrypted_truncated_and_lying_archives_are_gaps() {
    let sandbox = Sandbox::new();
    let good = zip(&[("a.txt", b"some words, and some more words"), ("b.txt", b"other words")]);
    let mut encrypted = good.clone();
    // The general purpose bit flag of the local header and of the central directory (APPNOTE 4.4.4, bit 0).
    encrypted[6] |= 1;
    let central = encrypted.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    encrypted[central + 8] |= 1;
    let truncated = &good[..good.len() / 2];
    let layer = Tar::new()
        .file("srv/encrypted.zip", &encrypted)
        .file("srv/truncated.zip", truncated)
        .file("srv/noise.tar.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03garbage that is no deflate stream")
        .finish();
    let report = sandbox.scan(&sandbox.image(&[layer]), &["--skip", "vulnerabilities"]);
    assert_gap(&report, "srv/encrypted.zip", Unsupported, "");
    assert!(report.gaps.iter().any(|gap| gap.what.contains("srv/truncated.zip")), "{:?}", report.gaps);
    assert_gap(&report, "srv/noise.tar.gz", Malformed, "");
}

#[test]
fn expressions_that_explode_are_told_and_cost_no_time() {
    let sandbox = Sandbox::new();
    let rules = "[[rules]]\nid = 'huge'\nregex = '''((a{1000}){1000}){1000}'''\n\
                 [[rules]]\nid = 'slow'\nregex = '''(a+)+(b+)+(a*)*$'''\n";
    let file = sandbox.write("rules.toml", rules);
    let layer = Tar::new().file("app/a.txt", &b"a".repeat(1 << 20)).finish();
    let report = sandbox
        .scan(&sandbox.image(&[layer]), &["--only", "secrets", "--secret-rules", file.to_str().unwrap()]);
    assert_gap(&report, "rules.toml", Unsupported, "huge");
}

#[cfg(feature = "yara")]
#[test]
fn a_yara_rule_without_end_is_a_gap() {
    let sandbox = Sandbox::new();
    let mut rule = "rule bomb { condition: for all i in (0..100000000) : (\n".to_owned();
    for index in 0..4 {
        rule.push_str(&format!("for all j{index} in (0..100000000) : (\n"));
    }
    rule.push_str("uint8(i) >= 0");
    rule.push_str(&")".repeat(5));
    rule.push_str(" }\n");
    let file = sandbox.write("bomb.yar", rule);
    let layer = Tar::new().file("opt/x.bin", b"\0\x01\x02 something binary").finish();
    let report = sandbox.scan(
        &sandbox.image(&[layer]),
        &["--only", "malware", "--yara", file.to_str().unwrap(), "--limit", "file_secs_max=1"],
    );
    assert_gap(&report, "opt/x.bin", LimitReached, "yara");
}

#[test]
fn a_million_members_and_long_lines_end() {
    let sandbox = Sandbox::new();
    let mut inner = Tar::new();
    for index in 0..20_000 {
        inner = inner.file(&format!("m/{index}"), b"x");
    }
    let layer = Tar::new()
        .file("srv/many.tar", &inner.finish())
        .file(
            "app/one-line.json",
            &b"{\"a\":\"".iter().copied().chain(b"key=value ".repeat(1 << 20)).collect::<Vec<_>>(),
        )
        .finish();
    let report = sandbox.scan(&sandbox.image(&[layer]), &["--skip", "vulnerabilities"]);
    assert!(report.content.unwrap().members >= 10_000);
}
