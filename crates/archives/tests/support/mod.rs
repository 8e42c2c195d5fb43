//! Archives built by code, and the one place that opens them.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part; building samples does not fail")]

use archives::{ArchiveLimits, Format, Outcome, ProblemKind, open};
use content::Budget;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::time::Duration;
use zip::write::SimpleFileOptions;

/// What was shown, as `place=content`, and what was told.
pub(crate) struct Seen {
    pub(crate) members: Vec<(String, Vec<u8>)>,
    pub(crate) outcome: Outcome,
}

impl Seen {
    pub(crate) fn content(&self, place: &str) -> Option<&[u8]> {
        self.members.iter().find(|(name, _)| name == place).map(|(_, bytes)| bytes.as_slice())
    }

    pub(crate) fn problems(&self) -> Vec<(String, ProblemKind)> {
        self.outcome.problems.iter().map(|problem| (problem.place(), problem.kind)).collect()
    }
}

pub(crate) fn look(name: &str, bytes: &[u8]) -> Seen {
    look_within(name, bytes, &ArchiveLimits::default())
}

pub(crate) fn look_within(name: &str, bytes: &[u8], limits: &ArchiveLimits) -> Seen {
    let mut members = Vec::new();
    let budget = Budget::new(Duration::from_secs(60));
    let outcome = open(name, bytes, limits, &budget, &mut |member| {
        assert!(member.size >= member.bytes.len() as u64);
        members.push((member.nested.join("!"), member.bytes.to_vec()));
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.members, members.len() as u64);
    Seen { members, outcome }
}

/// The archive is of this format, holds these members at all depths, and there is nothing to tell.
#[track_caller]
pub(crate) fn check(name: &str, bytes: &[u8], format: Format, expected: &[(&str, &[u8])]) {
    let seen = look(name, bytes);
    assert_eq!(seen.outcome.format, Some(format));
    assert_eq!(seen.outcome.problems, []);
    let seen: Vec<_> = seen.members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    assert_eq!(seen, expected);
}

/// This is told, in this order.
#[track_caller]
pub(crate) fn check_problems(name: &str, bytes: &[u8], expected: &[(&str, ProblemKind)]) -> Seen {
    let seen = look(name, bytes);
    let problems = seen.problems();
    let problems: Vec<_> = problems.iter().map(|(place, kind)| (place.as_str(), *kind)).collect();
    assert_eq!(problems, expected, "{:?}", seen.outcome.problems);
    seen
}

pub(crate) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn stored_zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        // The library refuses names that lead out.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn lzma(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut writer = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn lz4(content: &[u8]) -> Vec<u8> {
    let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

/// LZW codes of nine bits, each one byte: at most 250 bytes.
pub(crate) fn compress(content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 250);
    let mut bits = vec![0_u8; (content.len() * 9).div_ceil(8)];
    for (at, byte) in content.iter().enumerate() {
        for bit in 0..8 {
            let place = at * 9 + bit;
            bits[place / 8] |= (byte >> bit & 1) << (place % 8);
        }
    }
    [[0x1f, 0x9d, 0x90].as_slice(), &bits].concat()
}

pub(crate) fn seven_zip_of(members: &[(&str, &[u8])], password: Option<&str>) -> Vec<u8> {
    use sevenz_rust2::encoder_options::AesEncoderOptions;
    let mut writer = sevenz_rust2::ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    if let Some(password) = password {
        let aes = AesEncoderOptions::new(password.into());
        writer.set_content_methods(vec![aes.into(), sevenz_rust2::EncoderMethod::LZMA2.into()]);
    }
    for (name, content) in members {
        let entry = sevenz_rust2::ArchiveEntry::new_file(name);
        writer.push_archive_entry(entry, Some(Cursor::new(content.to_vec()))).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn newc_of(members: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut add = |name: &str, mode: u32, content: &[u8]| {
        let (size, name_bytes) = (content.len(), name.len() + 1);
        let zero = 0;
        let sum: u32 = content.iter().map(|byte| u32::from(*byte)).sum();
        out.extend_from_slice(
            format!(
                "070702{zero:08x}{mode:08x}{zero:08x}{zero:08x}{:08x}{zero:08x}{size:08x}{zero:08x}{zero:08x}{zero:08x}\
                 {zero:08x}{name_bytes:08x}{sum:08x}{name}\0",
                1
            )
            .as_bytes(),
        );
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(4), 0);
    };
    for (name, mode, content) in members {
        add(name, *mode, content);
    }
    add("TRAILER!!!", 0, b"");
    out
}

pub(crate) fn ar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in members {
        out.extend_from_slice(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).as_bytes(),
        );
        out.extend_from_slice(content);
        if content.len() % 2 == 1 {
            out.push(b'\n');
        }
    }
    out
}

pub(crate) fn rpm_of(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0_u8; 96];
    out[..5].copy_from_slice(&[0xed, 0xab, 0xee, 0xdb, 3]);
    let header = |out: &mut Vec<u8>, data: &[u8]| {
        out.extend_from_slice(&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        out.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
        out.extend_from_slice(&[0, 0, 0, 62, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 16]);
        out.extend_from_slice(data);
    };
    header(&mut out, b"abcde");
    out.resize(out.len().next_multiple_of(8), 0);
    header(&mut out, b"abc");
    out.extend_from_slice(payload);
    out
}

/// One of each.
pub(crate) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let members: &[(&str, &[u8])] = &[("a.txt", b"hello hello hello hello"), ("d/b", b"world")];
    let tar = tar_of(members);
    let mail = b"From: a@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\
        Content-Type: text/plain; name=\"a.txt\"\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--x--\n";
    vec![
        ("a.zip", zip_of(members)),
        ("b.zip", stored_zip_of(&[("in.zip", &zip_of(members)), ("x", b"y")])),
        ("a.7z", seven_zip_of(members, None)),
        ("a.tar.gz", gzip(&tar)),
        ("a.tar.xz", xz(&tar)),
        ("a.tar.bz2", bzip2(&tar)),
        ("a.tar.zst", zstd::encode_all(&tar[..], 1).unwrap()),
        ("a.tar.lz4", lz4(&tar)),
        ("a.lzma", lzma(&tar)),
        ("a.Z", compress(b"hello")),
        ("a.cpio", newc_of(&[("a.txt", 0o100_644, b"hello"), ("l", 0o120_777, b"../x")])),
        ("a.deb", ar_of(&[("debian-binary", b"2.0\n"), ("data.tar.gz", &gzip(&tar))])),
        ("a.rpm", rpm_of(&xz(&newc_of(&[("a.txt", 0o100_644, b"hello")])))),
        ("a.eml", mail.to_vec()),
        ("a.uu", b"begin 644 cat.txt\n#0V%T\n`\nend\n".to_vec()),
        ("a.tar", tar),
    ]
}
