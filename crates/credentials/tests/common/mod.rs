//! The one place that calls the detector.
#![allow(dead_code, reason = "each test file uses a part")]

use base64::{Engine, engine::general_purpose::STANDARD};
use content::{Budget, Detector, FileView, Halt, Hit, Pieces, Sifted, classify};
use credentials::Credentials;
use model::LayerPath;
use std::io::Read as _;
use std::time::Duration;

/// What the detector says of a file, when it wants it.
pub(crate) fn examine(path: &str, bytes: &[u8]) -> Vec<Hit> {
    judge(path, bytes, None).0
}

/// The same, with what ended the work, for a file of a package.
pub(crate) fn judge(path: &str, bytes: &[u8], package: Option<&str>) -> (Vec<Hit>, Result<(), Halt>) {
    let layer_path = LayerPath::new(path);
    let file = view(&layer_path, bytes, package);
    let detector = Credentials::new();
    let mut hits = Vec::new();
    if !detector.wants(&file) {
        return (hits, Ok(()));
    }
    let end = detector.examine(&file, bytes, &Budget::new(Duration::from_secs(20)), &mut hits);
    // Shown in pieces, nothing of it is missed.
    assert!(hits.is_empty() || sift(&file, bytes) == Sifted::NeedsWhole, "{path}: {hits:?}");
    for hit in &hits {
        let shown = format!("{} {}", hit.title, hit.evidence.join(" "));
        for clear in hit.clear.iter().filter(|clear| clear.len() >= 8) {
            assert!(!shown.contains(clear.as_str()), "a credential in clear: {shown}");
        }
        assert!(!hit.title.contains('\n') && credentials::RULES.iter().any(|rule| rule.id == hit.rule));
    }
    (hits, end)
}

fn view<'a>(path: &'a LayerPath, bytes: &[u8], package: Option<&'a str>) -> FileView<'a> {
    FileView {
        path,
        nested: &[],
        class: classify(path, bytes),
        size: bytes.len() as u64,
        mode: 0o644,
        uid: 0,
        package,
        is_verified: package.is_some(),
    }
}

/// Whether a file that is shown in pieces is wanted as a whole.
pub(crate) fn sift_of(path: &str, bytes: &[u8]) -> Sifted {
    sift(&view(&LayerPath::new(path), bytes, None), bytes)
}

fn sift(file: &FileView<'_>, bytes: &[u8]) -> Sifted {
    let read_at =
        |at: u64, buffer: &mut [u8]| (&bytes[usize::try_from(at).expect("it lies in memory")..]).read(buffer);
    let (pieces, mut hits) = (Pieces::new(bytes.len() as u64, &read_at), Vec::new());
    let sifted = Credentials::new().sift(file, &pieces, &Budget::new(Duration::from_secs(60)), &mut hits);
    assert_eq!(hits, []);
    sifted.expect("nothing is read that fails")
}

/// `severity rule line title` of each hit, without the common beginning of rules.
pub(crate) fn told(hits: &[Hit]) -> Vec<String> {
    hits.iter()
        .map(|hit| {
            let line = hit.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
            format!("{} {} {line} {}", hit.severity, hit.rule.trim_start_matches("credentials/"), hit.title)
        })
        .collect()
}

/// Expects exactly these hits.
#[track_caller]
pub(crate) fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(told(&examine(path, text.as_bytes())), expected, "{path}");
}

/// Expects no hit, although the detector looks.
#[track_caller]
pub(crate) fn silent(path: &str, text: &str) {
    check(path, text, &[]);
}

/// A block in the text encoding of keys.
pub(crate) fn pem(label: &str, body: &[u8]) -> String {
    let lines: Vec<String> = STANDARD
        .encode(body)
        .as_bytes()
        .chunks(64)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A value in DER.
pub(crate) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u16::try_from(content.len()).expect("tests are small") {
        short @ 0..=0x7f => out.push(short as u8),
        long => out.extend([&[0x82][..], &long.to_be_bytes()].concat()),
    }
    out.extend(content);
    out
}

/// An integer of so many bits, odd, with a sign byte where one is needed.
pub(crate) fn integer(bits: usize) -> Vec<u8> {
    let mut number = vec![0x5b_u8; bits.div_ceil(8)];
    number[0] = 1 << ((bits - 1) % 8);
    if bits.is_multiple_of(8) {
        number.insert(0, 0);
    }
    der(2, &[&number])
}

/// The shape of an RSA key of PKCS#1; no working key.
pub(crate) fn rsa(bits: usize) -> Vec<u8> {
    let (n, half) = (integer(bits), integer(bits / 2));
    der(0x30, &[&[2, 1, 0], &n, &[2, 3, 1, 0, 1], &n, &half, &half, &half, &half, &half])
}

/// The shape of an Ed25519 key of PKCS#8.
pub(crate) fn ed25519(seed: u8) -> Vec<u8> {
    let key = der(4, &[&[4, 32], &[seed; 32]]);
    der(0x30, &[&[2, 1, 0], &der(0x30, &[&[6, 3, 0x2b, 0x65, 0x70]]), &key])
}

/// A text with its length before it, as in the formats of SSH.
pub(crate) fn ssh_text(text: &[u8]) -> Vec<u8> {
    [&u32::try_from(text.len()).expect("tests are small").to_be_bytes()[..], text].concat()
}
