//! Blobs: compression, digests, damage, bombs.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files and may stop")]

mod support;

use model::{GapReason, Limits};
use oci::{BlobLayer, LayerSource, LayerThreads};
use std::io::{self, Read, Write};
use support::{Recorder, Tar, digest, gzip, header, layer, reasons, walk, walk_with, zstd};

fn sample() -> Vec<u8> {
    // Content that does not compress, so that blobs of it have many places to damage.
    let mut state = 1_u32;
    let mut noise = |bytes: usize| -> Vec<u8> {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..bytes).map(|_| next()).collect()
    };
    let mut tar = Tar::new().directory("d");
    for at in 0..20 {
        tar = tar.file(&format!("d/{at}"), &noise(at * 37));
    }
    tar.finish()
}

fn blob(bytes: Vec<u8>, tar: &[u8]) -> BlobLayer {
    let (blob_digest, diff_id) = (digest(&bytes), digest(tar));
    BlobLayer::new(move || Ok(Box::new(io::Cursor::new(bytes.clone()))), Some(blob_digest), Some(diff_id), "")
}

fn forms(tar: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let (first, second) = tar.split_at(tar.len() / 3);
    let mut skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    skippable.extend(zstd(tar));
    vec![
        ("plain", tar.to_vec()),
        ("gzip", gzip(tar)),
        ("gzip members", [gzip(first), gzip(b""), gzip(second)].concat()),
        ("gzip padded", [gzip(tar), vec![0; 1_000]].concat()),
        ("zstd", zstd(tar)),
        ("zstd frames", [zstd(first), zstd(second)].concat()),
        ("zstd after a skippable frame", skippable),
    ]
}

#[test]
fn every_form_of_blob_shows_the_same_entries_and_verifies() {
    let tar = sample();
    for (form, bytes) in forms(&tar) {
        for threads in [LayerThreads::One, LayerThreads::Two] {
            let (seen, outcome) = walk(&blob(bytes.clone(), &tar).with_threads(threads));
            assert_eq!(
                (seen.entries.len(), outcome.gaps, outcome.mismatches),
                (21, vec![], vec![]),
                "{form}"
            );
            assert_eq!(outcome.bytes_read, tar.len() as u64, "{form}");
            assert_eq!(seen.content("d/19").unwrap().len(), 19 * 37, "{form}");
        }
    }
}

#[test]
fn what_the_visitor_does_not_read_is_hashed_all_the_same() {
    let tar = sample();
    for (form, mut bytes) in forms(&tar) {
        let source = blob(bytes.clone(), &tar);
        let mut visitor = Recorder { only_names: true, ..Recorder::default() };
        let outcome = source.walk(&Limits::default(), &mut visitor).unwrap();
        assert_eq!(outcome.mismatches, [], "{form}");
        // One more byte at the very end, behind everything that is parsed.
        let (expected, diff_id) = (digest(&bytes), digest(&tar));
        bytes.push(0);
        let source = BlobLayer::new(
            move || Ok(Box::new(io::Cursor::new(bytes.clone()))),
            Some(expected),
            Some(diff_id),
            "",
        );
        let outcome = source.walk(&Limits::default(), &mut visitor).unwrap();
        assert_eq!(outcome.mismatches[0].what, "blob", "{form}");
    }
}

#[test]
fn a_wrong_diff_id_is_a_mismatch() {
    let tar = sample();
    for (form, bytes) in forms(&tar) {
        let (_, outcome) = walk(&blob(bytes, b"other"));
        assert_eq!(outcome.mismatches.len(), 1, "{form}");
        assert_eq!(
            (outcome.mismatches[0].what, &outcome.mismatches[0].actual),
            ("diff id", &digest(&tar)),
            "{form}"
        );
    }
}

#[test]
fn digests_of_sha512_are_verified() {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    let tar = sample();
    let mut text = "sha512:".to_owned();
    for byte in sha2::Sha512::digest(&tar) {
        write!(text, "{byte:02x}").unwrap();
    }
    let good: model::Digest = text.parse().unwrap();
    for (expected, mismatches) in [(good, 0), (format!("sha512:{}", "0".repeat(128)).parse().unwrap(), 1)] {
        let bytes = tar.clone();
        let source = BlobLayer::new(
            move || Ok(Box::new(io::Cursor::new(bytes.clone()))),
            Some(expected),
            Some(digest(&tar)),
            "",
        );
        assert_eq!(walk(&source).1.mismatches.len(), mismatches);
    }
}

#[test]
fn a_wrong_media_type_is_a_gap_and_the_content_is_read() {
    let tar = sample();
    for (media_type, gaps) in [
        ("application/vnd.oci.image.layer.v1.tar+zstd", 1),
        ("application/vnd.oci.image.layer.v1.tar", 1),
        ("application/vnd.oci.image.layer.v1.tar+gzip", 0),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", 0),
        ("text/plain", 0),
    ] {
        let bytes = gzip(&tar);
        let source =
            oci::blob_layer(move || Ok(Box::new(io::Cursor::new(bytes.clone()))), None, None, media_type);
        let (seen, outcome) = walk(&*source);
        assert_eq!((seen.entries.len(), outcome.gaps.len()), (21, gaps), "{media_type}");
    }
}

#[test]
fn compressions_that_are_not_read_are_gaps() {
    for start in [b"BZh91AY&SY".as_slice(), b"\xfd7zXZ\0\0\0", b"\x04\x22\x4d\x18\0\0\0\0"] {
        let (seen, outcome) = walk(&layer(start.to_vec()));
        assert_eq!((seen.entries.len(), reasons(&outcome.gaps)), (0, vec![GapReason::Unsupported]));
    }
}

#[test]
fn truncation_anywhere_is_told_of() {
    let tar = sample();
    for (form, bytes) in forms(&tar) {
        let whole = blob(bytes.clone(), &tar);
        let expected = walk(&whole).0.entries;
        for length in (0..bytes.len()).step_by(97) {
            let cut = bytes[..length].to_vec();
            let source = BlobLayer::new(
                move || Ok(Box::new(io::Cursor::new(cut.clone()))),
                Some(digest(&bytes)),
                Some(digest(&tar)),
                "",
            )
            .with_threads(LayerThreads::One);
            let (seen, outcome) = walk(&source);
            assert!(outcome.mismatches.iter().any(|mismatch| mismatch.what == "blob"), "{form} {length}");
            assert!(expected.starts_with(&seen.entries), "{form} {length}: entries until the cut");
            let is_only_padding = form.ends_with("padded") && length > bytes.len() - 1_000;
            assert!(is_only_padding || !outcome.gaps.is_empty(), "{form} {length}: {:?}", outcome.mismatches);
        }
    }
}

#[test]
fn a_truncated_tar_names_the_offset() {
    let tar = sample();
    let (_, outcome) = walk(&layer(tar[..3_000].to_vec()));
    assert_eq!(reasons(&outcome.gaps), [GapReason::Truncated]);
    assert_eq!(outcome.gaps[0].what, "layer from byte 3000 on");
    let (_, outcome) = walk(&layer(tar[..1_024].to_vec()));
    assert_eq!(
        reasons(&outcome.gaps),
        [GapReason::Truncated],
        "a cut between entries, without a digest to compare"
    );
}

#[test]
fn a_body_that_is_cut_fails_to_read() {
    let tar = Tar::new().file("a", &[7; 5_000]).finish();
    let (seen, _) = walk(&layer(gzip(&tar)[..40].to_vec()));
    assert!(seen.body_errors == seen.bodies.len());
    let (seen, _) = walk(&layer(tar[..2_000].to_vec()));
    assert_eq!(seen.body_errors, 1, "a reader must not take a part for the whole");
}

#[test]
fn bit_flips_never_pass_unnoticed() {
    let tar = sample();
    for (form, bytes) in forms(&tar) {
        for at in (0..bytes.len()).step_by(53) {
            let mut broken = bytes.clone();
            broken[at] ^= 1 << (at % 8);
            let source = BlobLayer::new(
                move || Ok(Box::new(io::Cursor::new(broken.clone()))),
                Some(digest(&bytes)),
                Some(digest(&tar)),
                "",
            )
            .with_threads(LayerThreads::One);
            let (_, outcome) = walk(&source);
            assert!(!outcome.mismatches.is_empty(), "{form} {at}");
        }
    }
}

#[test]
fn garbage_after_a_gzip_is_a_gap() {
    let tar = sample();
    let (seen, outcome) = walk(&layer([gzip(&tar), b"garbage".to_vec()].concat()));
    assert_eq!((seen.entries.len(), reasons(&outcome.gaps)), (21, vec![GapReason::Malformed]));
}

/// A stream of a header and then zeros without end, compressed on the fly.
struct Zeros {
    left: u64,
}

impl Read for Zeros {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.left).unwrap().min(out.len());
        out[..count].fill(0);
        self.left -= count as u64;
        Ok(count)
    }
}

fn bomb(bytes: u64) -> impl Read {
    let mut start = header(b'0', b"bomb", "", 0o77_777_777_777);
    support::checksum(&mut start);
    io::Cursor::new(start).chain(Zeros { left: bytes })
}

#[test]
fn bombs_end_at_the_limit_with_a_gap() {
    let mut gzipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    io::copy(&mut bomb(200 << 20), &mut gzipped).unwrap();
    let mut zstandard = zstd::Encoder::new(Vec::new(), 3).unwrap();
    io::copy(&mut bomb(200 << 20), &mut zstandard).unwrap();
    for bytes in [gzipped.finish().unwrap(), zstandard.finish().unwrap()] {
        assert!(bytes.len() < 1 << 20);
        for limits in [
            Limits { layer_bytes_max: 10 << 20, ..Limits::default() },
            Limits { compression_ratio_max: 200, ..Limits::default() },
        ] {
            let expected = digest(&bytes);
            let blob = bytes.clone();
            let open = move || Ok(Box::new(io::Cursor::new(blob.clone())) as Box<dyn Read + Send>);
            let source = BlobLayer::new(open, Some(expected), Some(digest(b"")), "");
            let mut visitor = Recorder { only_names: true, ..Recorder::default() };
            let outcome = source.walk(&limits, &mut visitor).unwrap();
            assert_eq!(reasons(&outcome.gaps), [GapReason::LimitReached]);
            assert!(outcome.bytes_read < 66 << 20, "{}", outcome.bytes_read);
            assert_eq!(outcome.mismatches, [], "the blob is hashed to its end, the diff id is not judged");
        }
    }
}

#[test]
fn a_zstd_window_beyond_the_limit_is_a_gap() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(&sample()).unwrap();
    let (_, outcome) = walk(&layer(encoder.finish().unwrap()));
    assert_eq!(outcome.gaps.len(), 1, "{:?}", outcome.gaps);
}

#[test]
fn a_blob_longer_than_its_descriptor_is_not_read_for_ever() {
    let open = || Ok(Box::new(bomb(u64::MAX)) as Box<dyn Read + Send>);
    let source = BlobLayer::new(open, None, None, "").with_size_bytes(1 << 20);
    let mut visitor = Recorder { only_names: true, ..Recorder::default() };
    let outcome = source.walk(&Limits::default(), &mut visitor).unwrap();
    assert_eq!(reasons(&outcome.gaps), [GapReason::LimitReached]);
    assert!(outcome.bytes_read <= 1 << 20);
}

#[test]
fn a_reader_that_fails_is_a_gap_with_its_reason() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("the registry hung up"));
            }
            self.0 -= 1;
            let tar = Tar::new().file("a", b"x").0;
            out[..tar.len()].copy_from_slice(&tar);
            Ok(tar.len())
        }
    }
    for threads in [LayerThreads::One, LayerThreads::Two] {
        let source = BlobLayer::new(|| Ok(Box::new(Failing(3))), None, None, "").with_threads(threads);
        let (seen, outcome) = walk(&source);
        assert_eq!(seen.paths(), ["a", "a", "a"]);
        assert_eq!(reasons(&outcome.gaps), [GapReason::Unreadable]);
        assert!(outcome.gaps[0].detail.contains("the registry hung up"), "{:?}", outcome.gaps);
    }
}

#[test]
fn a_cancelled_walk_ends_soon_and_is_a_gap() {
    struct Endless(Vec<u8>, usize);
    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            for byte in out.iter_mut() {
                *byte = self.0[self.1];
                self.1 = (self.1 + 1) % self.0.len();
            }
            Ok(out.len())
        }
    }
    for threads in [LayerThreads::One, LayerThreads::Two] {
        let open = || Ok(Box::new(Endless(Tar::new().file("a", b"").0, 0)) as Box<dyn Read + Send>);
        let mut visitor = Recorder { is_cancelled: true, ..Recorder::default() };
        let source = BlobLayer::new(open, Some(digest(b"")), None, "").with_threads(threads);
        let outcome = source.walk(&Limits::default(), &mut visitor).unwrap();
        assert_eq!((visitor.entries.len(), reasons(&outcome.gaps)), (255, vec![GapReason::LimitReached]));
        assert_eq!(outcome.mismatches, []);
    }
}

#[test]
fn many_entries_are_walked_as_they_come() {
    // A million where the compiler optimises.
    const ENTRIES: u32 = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };
    struct Many(u32, usize, Vec<u8>);
    impl Read for Many {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.1 == self.2.len() {
                if self.0 == ENTRIES {
                    return Ok(0);
                }
                let mut block = header(
                    b'0',
                    format!("{:03}/{:03}/file", self.0 % 1_000, self.0 / 1_000).as_bytes(),
                    "",
                    0,
                );
                support::checksum(&mut block);
                (self.1, self.2) = (0, block.to_vec());
                self.0 += 1;
            }
            let count = out.len().min(self.2.len() - self.1);
            out[..count].copy_from_slice(&self.2[self.1..self.1 + count]);
            self.1 += count;
            Ok(count)
        }
    }
    struct Count(u64);
    impl oci::Visitor for Count {
        fn entry(&mut self, _: &oci::Entry) -> bool {
            self.0 += 1;
            false
        }
        fn body(&mut self, _: &oci::Entry, _: oci::Body<'_>) {}
    }
    let source = BlobLayer::new(|| Ok(Box::new(Many(0, 0, Vec::new()))), None, None, "");
    let mut count = Count(0);
    source.walk(&Limits::default(), &mut count).unwrap();
    assert_eq!(count.0, u64::from(ENTRIES));
    let limits = Limits { layer_entries_max: 1_000, ..Limits::default() };
    let mut count = Count(0);
    let outcome = source.walk(&limits, &mut count).unwrap();
    assert_eq!((count.0, outcome.gaps[0].reason), (1_000, GapReason::LimitReached));
}

#[test]
fn real_layers_list_what_tar_lists() {
    let Some(directory) = support::shared("images") else { return };
    let mut checked = 0;
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if !path.to_string_lossy().ends_with(".tar.gz") {
            continue;
        }
        let Ok(listing) = std::process::Command::new("tar").arg("-tzf").arg(&path).output() else {
            eprintln!("skipped: there is no tar");
            return;
        };
        let listing = String::from_utf8(listing.stdout).unwrap();
        let expected: Vec<model::LayerPath> = listing.lines().map(model::LayerPath::new).collect();
        let bytes = std::fs::read(&path).unwrap();
        let (seen, outcome) = walk_with(&layer(bytes), &Limits::default());
        let paths: Vec<model::LayerPath> = seen.entries.iter().map(|entry| entry.path.clone()).collect();
        assert_eq!((paths, outcome.gaps), (expected, vec![]), "{}", path.display());
        checked += 1;
    }
    assert!(checked > 0);
}
