//! What is cut, encrypted, lying or too large is told, and what was read before counts.

mod support;

use archives::{ArchiveLimits, ProblemKind, open};
use content::Budget;
use std::ops::ControlFlow;
use std::time::Duration;
use support::*;

const MEMBERS: &[(&str, &[u8])] = &[("a.txt", b"hello hello hello hello"), ("d/b", b"world")];
const CENTRAL: &[u8] = b"PK\x01\x02";

#[allow(clippy::unwrap_used, reason = "the sample has so many")]
fn central(zip: &[u8], nth: usize) -> usize {
    zip.windows(4).enumerate().filter(|(_, window)| *window == CENTRAL).nth(nth).unwrap().0
}

#[test]
fn members_of_a_zip_without_its_end_are_shown() {
    let zip = zip_of(MEMBERS);
    let cut = &zip[..central(&zip, 0)];
    let seen = check_problems("a.zip", cut, &[("", ProblemKind::Truncated)]);
    assert_eq!(seen.content("a.txt"), Some(MEMBERS[0].1));
    assert_eq!(seen.content("d/b"), Some(MEMBERS[1].1));
    assert!(!seen.outcome.is_complete());
}

#[test]
fn a_truncated_stream_shows_what_came_before() {
    let noise: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let tar = tar_of(&[("first", b"hello"), ("second", &noise), ("third", b"lost")]);
    for (name, compressed) in [
        ("a.tar.gz", gzip(&tar)),
        ("a.tar.xz", xz(&tar)),
        ("a.tar.zst", zstd::encode_all(&tar[..], 1).unwrap()),
    ] {
        let seen = look(name, &compressed[..compressed.len() / 2]);
        assert_eq!(seen.content("a.tar!first"), Some(b"hello".as_slice()), "{name}");
        assert!(seen.content("a.tar!second").is_some_and(|part| noise.starts_with(part)));
        assert_eq!(seen.content("a.tar!third"), None);
        assert!(seen.problems().contains(&("a.tar".into(), ProblemKind::Truncated)), "{:?}", seen.problems());
    }
    let seven_zip = seven_zip_of(MEMBERS, None);
    check_problems("a.7z", &seven_zip[..seven_zip.len() - 3], &[("", ProblemKind::Truncated)]);
}

#[test]
fn encrypted_members_are_told_and_the_others_shown() {
    let mut zip = zip_of(MEMBERS);
    let at = central(&zip, 0);
    zip[at + 8] |= 1;
    let seen = check_problems("a.zip", &zip, &[("a.txt", ProblemKind::Encrypted)]);
    assert_eq!(seen.members, [("d/b".to_owned(), b"world".to_vec())]);
    let seen = look("a.7z", &seven_zip_of(MEMBERS, Some("infected")));
    assert!(!seen.outcome.problems.is_empty() && seen.members.is_empty());
    assert!(seen.outcome.problems.iter().all(|problem| problem.kind == ProblemKind::Encrypted));
}

#[test]
fn lying_sizes_and_checksums_are_told() {
    let mut zip = zip_of(MEMBERS);
    let at = central(&zip, 0);
    zip[at + 24] = 1;
    let seen = check_problems("a.zip", &zip, &[("a.txt", ProblemKind::Malformed)]);
    assert_eq!(seen.content("a.txt"), Some(MEMBERS[0].1), "what came out counts, not what was promised");
    let mut zip = zip_of(MEMBERS);
    zip[at + 16] ^= 1;
    let seen = check_problems("a.zip", &zip, &[("a.txt", ProblemKind::Checksum)]);
    assert!(seen.outcome.is_complete(), "it was shown");
    let mut zip = zip_of(MEMBERS);
    zip[30] = b'b';
    check_problems("a.zip", &zip, &[("a.txt", ProblemKind::Malformed)]);
}

#[test]
fn members_that_share_bytes_are_shown_once() {
    let mut zip = stored_zip_of(&[("a", b"hello"), ("b", b"world")]);
    let (first, second) = (central(&zip, 0), central(&zip, 1));
    let offset: Vec<u8> = zip[first + 42..first + 46].to_vec();
    zip[second + 42..second + 46].copy_from_slice(&offset);
    let seen = look("a.zip", &zip);
    assert!(seen.problems().contains(&("b".into(), ProblemKind::Overlapping)), "{:?}", seen.problems());
    assert_eq!(seen.content("a"), Some(b"hello".as_slice()));
}

#[test]
fn a_member_that_the_directory_hides_is_shown() {
    let mut zip = stored_zip_of(&[("a", b"hello"), ("hidden", b"evil"), ("z", b"end")]);
    let (start, end) = (central(&zip, 1), central(&zip, 2));
    let length = u32::try_from(end - start).unwrap();
    zip.drain(start..end);
    let record = zip.len() - 22;
    zip[record + 8] = 2;
    zip[record + 10] = 2;
    let size = u32::from_le_bytes(zip[record + 12..record + 16].try_into().unwrap()) - length;
    zip[record + 12..record + 16].copy_from_slice(&size.to_le_bytes());
    let seen = check_problems("a.zip", &zip, &[("", ProblemKind::Malformed)]);
    assert_eq!(seen.content("hidden"), Some(b"evil".as_slice()));
}

#[test]
fn names_and_links_that_lead_out_are_told_and_not_followed() {
    let zip = zip_of(&[("../../etc/cron.d/x", b"* * * * *"), ("/etc/passwd", b"root"), ("fine/..x", b"y")]);
    let expected =
        [("../../etc/cron.d/x", ProblemKind::UnsafeName), ("/etc/passwd", ProblemKind::UnsafeName)];
    let seen = check_problems("a.zip", &zip, &expected);
    assert_eq!(seen.members.len(), 3);
    assert!(seen.outcome.is_complete());
    let mut tar = tar::Builder::new(Vec::new());
    for target in ["/etc/passwd", "../../../etc/shadow", "b"] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        tar.append_link(&mut header, "d/link", target).unwrap();
    }
    let seen = check_problems("a.tar", &tar.into_inner().unwrap(), &[("d/link", ProblemKind::UnsafeName)]);
    assert_eq!((seen.members.len(), seen.outcome.links), (0, 3));
}

#[test]
fn bombs_end_at_the_ratio_and_memory_stays_small() {
    let zeros = vec![0_u8; 100 << 20];
    for (name, bomb) in [("a.zip", zip_of(&[("z", &zeros)])), ("a.gz", gzip(&zeros)), ("a.xz", xz(&zeros))] {
        let seen = look(name, &bomb);
        assert!(seen.outcome.bytes <= 33 << 20, "{name}: {}", seen.outcome.bytes);
        assert_eq!(seen.outcome.problems.last().unwrap().kind, ProblemKind::Limit, "{name}");
    }
    let nested = gzip(&gzip(&gzip(&zeros)));
    let seen = look("a.gz", &nested);
    assert!(seen.outcome.bytes <= 33 << 20 && !seen.outcome.is_complete());
}

#[test]
fn each_limit_is_told() {
    let limits = ArchiveLimits { depth_max: 3, ..ArchiveLimits::default() };
    let three = zip_of(&[("3.zip", &zip_of(&[("2.zip", &zip_of(&[("1.zip", &zip_of(MEMBERS))]))]))]);
    let seen = look_within("x.zip", &three, &limits);
    assert_eq!(seen.problems(), [("3.zip!2.zip!1.zip".into(), ProblemKind::Limit)]);
    assert_eq!(seen.members.len(), 3);

    let many: Vec<(String, Vec<u8>)> = (0..20).map(|n| (n.to_string(), vec![b'x'; 10])).collect();
    let many: Vec<(&str, &[u8])> =
        many.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let limits = ArchiveLimits { members_max: 10, ..ArchiveLimits::default() };
    let seen = look_within("x.zip", &zip_of(&many), &limits);
    assert_eq!((seen.members.len(), seen.problems()), (10, vec![(String::new(), ProblemKind::Limit)]));

    let limits = ArchiveLimits { bytes_max: 100, ..ArchiveLimits::default() };
    let seen = look_within("x.zip", &zip_of(&many), &limits);
    assert_eq!((seen.members.len(), seen.problems()), (10, vec![(String::new(), ProblemKind::Limit)]));

    let seen =
        look_within("x.zip", &three, &ArchiveLimits { member_bytes_max: 50, ..ArchiveLimits::default() });
    assert_eq!(seen.problems(), [("3.zip".into(), ProblemKind::Limit)]);
    assert_eq!(seen.members[0].1.len(), 50);

    let limits = ArchiveLimits { problems_max: 2, ..ArchiveLimits::default() };
    let seen = look_within("x.zip", &zip_of(&[("/a", b""), ("/b", b""), ("/c", b"")]), &limits);
    assert_eq!((seen.outcome.problems.len(), seen.outcome.problems_more), (2, 1));

    let outcome = open("x.zip", &three, &ArchiveLimits::default(), &Budget::new(Duration::ZERO), &mut |_| {
        ControlFlow::Continue(())
    });
    assert_eq!((outcome.members, outcome.problems[0].kind), (0, ProblemKind::Limit));
}

#[test]
fn a_tar_larger_than_what_may_be_held_is_read_as_a_stream() {
    let big = vec![b'x'; 300_000];
    let tar = gzip(&tar_of(&[
        ("first", &big),
        ("second", b"hello"),
        ("inner.tar", &tar_of(&[("deep", &big), ("end", b"e")])),
    ]));
    let limits =
        ArchiveLimits { member_bytes_max: 100_000, held_bytes_max: 250_000, ..ArchiveLimits::default() };
    let seen = look_within("a.tar.gz", &tar, &limits);
    assert_eq!(seen.content("a.tar!second"), Some(b"hello".as_slice()));
    assert_eq!(seen.content("a.tar!inner.tar!end"), Some(b"e".as_slice()));
    assert_eq!(seen.content("a.tar!first").map(<[u8]>::len), Some(100_000));
    let limit = |place: &str| (place.to_owned(), ProblemKind::Limit);
    assert_eq!(seen.problems(), [limit("a.tar!first"), limit("a.tar!inner.tar!deep")]);
}

#[test]
fn holes_of_sparse_files_cost_little() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_path("sparse").unwrap();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_size(5);
    let gnu = header.as_gnu_mut().unwrap();
    // 10 GB: five bytes at its beginning.
    gnu.realsize.copy_from_slice(b"00112402762000\0"[2..14].try_into().unwrap());
    gnu.sparse[0].offset.copy_from_slice(b"00000000000\0");
    gnu.sparse[0].numbytes.copy_from_slice(b"00000000005\0");
    header.set_cksum();
    tar.append(&header, b"hello".as_slice()).unwrap();
    let seen = look("a.tar", &tar.into_inner().unwrap());
    assert!(seen.outcome.bytes <= 33 << 20 && !seen.outcome.is_complete(), "{:?}", seen.outcome);
}

#[test]
fn a_window_of_gigabytes_is_refused() {
    let mut lzma = lzma(b"hello hello hello");
    lzma[1..5].copy_from_slice(&0x8000_0000_u32.to_le_bytes());
    check_problems("a.lzma", &lzma, &[("", ProblemKind::Limit)]);
    let mut xz = xz(&vec![b'x'; 1_000]);
    // The size of the dictionary stands behind the id of the filter; the block header's checksum follows.
    let at = xz.windows(2).position(|window| window == [0x21, 1]).unwrap();
    xz[at + 2] = 39;
    let (start, length) = (12, (usize::from(xz[12]) + 1) * 4 - 4);
    let mut crc = flate2::Crc::new();
    crc.update(&xz[start..start + length]);
    xz[start + length..start + length + 4].copy_from_slice(&crc.sum().to_le_bytes());
    let seen = look("a.xz", &xz);
    assert_eq!(seen.problems(), [("a".into(), ProblemKind::Limit)]);
}

#[test]
fn the_visitor_can_break_off() {
    let mut count = 0;
    let budget = Budget::new(Duration::from_secs(9));
    let outcome = open("a.zip", &zip_of(MEMBERS), &ArchiveLimits::default(), &budget, &mut |_| {
        count += 1;
        ControlFlow::Break(())
    });
    assert_eq!((count, outcome.problems.len()), (1, 0));
}

#[test]
fn no_damage_makes_a_panic() {
    let limits = ArchiveLimits { members_max: 50, bytes_max: 1 << 20, ..ArchiveLimits::default() };
    for (name, sample) in samples() {
        assert!(!look(name, &sample).members.is_empty(), "{name} is a good sample");
        let step = (sample.len() / 150).max(1);
        for length in (0..sample.len()).step_by(step) {
            let seen = look_within(name, &sample[..length], &limits);
            let is_told = seen.outcome.format.is_none() || !seen.outcome.is_complete();
            // Formats without an end mark may be cut between members.
            let has_no_end =
                matches!(name, "a.tar" | "a.Z" | "a.deb" | "a.eml" | "a.uu") || name.starts_with("a.tar.");
            assert!(is_told || has_no_end || length + 16 > sample.len(), "{name} cut at {length}");
        }
        let mut state = 88_172_645_463_325_252_u64;
        for _ in 0..300 {
            let mut bytes = sample.clone();
            for _ in 0..3 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = usize::try_from(state % bytes.len() as u64).unwrap();
                bytes[at] ^= 1 << (state >> 40 & 7);
            }
            look_within(name, &bytes, &limits);
        }
    }
}
