//! Which entries a layer shows.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files and may stop")]

mod support;

use model::{GapReason, LayerPath, Limits};
use oci::EntryKind;
use support::{Tar, checksum, header, layer, reasons, walk_tar, walk_with};

#[test]
fn files_are_shown_with_their_content_and_numbers() {
    let tar =
        Tar::new().directory("etc/").file("etc/a", b"hello").symlink("b", "/etc/a").hard_link("c", "./etc/a");
    let (seen, outcome) = walk_tar(tar.finish());
    assert_eq!(
        seen.kinds(),
        [
            ("etc", &EntryKind::Directory),
            ("etc/a", &EntryKind::File),
            ("b", &EntryKind::Symlink("/etc/a".to_owned())),
            ("c", &EntryKind::HardLink(LayerPath::new("etc/a"))),
        ]
    );
    let file = &seen.entries[1];
    assert_eq!((file.size, file.mode, file.uid, file.gid, file.mtime), (5, 0o644, 1, 2, 7));
    assert_eq!(seen.content("etc/a"), Some(b"hello".as_slice()));
    // Without a digest nothing but the end marker tells that the tar is whole.
    assert_eq!(outcome.gaps, []);
}

#[test]
fn whiteouts_hide_and_leftovers_of_aufs_do_not() {
    let tar = Tar::new()
        .file("a/.wh.gone", b"")
        .file(".wh.top", b"")
        .file("a/.wh..wh..opq", b"")
        .directory(".wh..wh.plnk")
        .file(".wh..wh.plnk/12.3", b"x")
        .file(".wh..wh.aufs", b"")
        .file("a/x.wh.y", b"");
    let (seen, outcome) = walk_tar(tar.finish());
    assert_eq!(
        seen.kinds(),
        [
            ("a/gone", &EntryKind::Whiteout),
            ("top", &EntryKind::Whiteout),
            ("a", &EntryKind::OpaqueWhiteout),
            ("a/x.wh.y", &EntryKind::File),
        ]
    );
    assert_eq!(outcome.gaps, []);
}

#[test]
fn a_whiteout_cannot_hide_its_own_directory_or_the_one_above() {
    for name in ["a/.wh.", "a/.wh..", "a/.wh..."] {
        let (seen, outcome) = walk_tar(Tar::new().file(name, b"").finish());
        assert_eq!((seen.entries.len(), reasons(&outcome.gaps)), (0, vec![GapReason::Malformed]), "{name}");
    }
}

#[test]
fn paths_that_climb_are_kept_inside_and_told_of() {
    let tar = Tar::new()
        .file("/etc/passwd", b"")
        .file("../../etc/shadow", b"")
        .file("a/../../b", b"")
        .file("a/../c", b"");
    let (seen, outcome) = walk_tar(tar.finish());
    assert_eq!(seen.paths(), ["etc/passwd", "etc/shadow", "b", "c"]);
    let told: Vec<&str> = outcome.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(told, ["../../etc/shadow", "a/../../b"]);
}

#[test]
fn hard_links_out_of_the_root_and_in_circles_are_bad_links() {
    let tar = Tar::new()
        .hard_link("out", "../../etc/shadow")
        .hard_link("self", "./self")
        .hard_link("x", "y")
        .hard_link("y", "z")
        .hard_link("z", "x")
        .file("good", b"")
        .hard_link("good2", "good")
        .hard_link("good3", "good2");
    let (seen, outcome) = walk_tar(tar.finish());
    let bad: Vec<(&str, &str)> =
        outcome.bad_links.iter().map(|(path, to)| (path.as_str(), to.as_str())).collect();
    assert_eq!(bad, [("out", "../../etc/shadow"), ("self", "./self"), ("z", "x")]);
    let kinds = seen.kinds();
    assert_eq!(kinds[0].1, &EntryKind::HardLink(LayerPath::new("etc/shadow")));
    assert_eq!((kinds[1].1, kinds[4].1), (&EntryKind::Special, &EntryKind::Special));
    assert_eq!(kinds[7].1, &EntryKind::HardLink(LayerPath::new("good2")));
}

#[test]
fn long_names_come_from_gnu_pax_and_ustar_headers() {
    let long = format!("{}/end", "d".repeat(150));
    let mut prefixed = header(b'0', b"name", "", 0);
    prefixed[345..351].copy_from_slice(b"prefix");
    let mut v7 = header(b'\0', b"v7dir/", "", 0);
    v7[257..265].fill(0);
    let mut gnu = header(b'0', b"gnu", "", 0);
    gnu[257..265].copy_from_slice(b"ustar  \0");
    gnu[345..349].copy_from_slice(b"time");
    let tar = Tar::new()
        .entry(b'L', "././@LongLink", "", format!("{long}1\0").as_bytes())
        .file("short", b"1")
        .pax(&[("path", &format!("{long}2")), ("size", "1"), ("mtime", "9.5"), ("comment", "x")])
        .raw(header(b'0', b"short", "", 0), b"2")
        .entry(b'K', "././@LongLink", "", format!("{long}3\0").as_bytes())
        .symlink("link", "short")
        .pax(&[("linkpath", "pax-target")])
        .symlink("link2", "short")
        .raw(prefixed, b"")
        .raw(v7, b"")
        .raw(gnu, b"");
    let (seen, outcome) = walk_tar(tar.finish());
    assert_eq!(outcome.gaps, []);
    let (one, two) = (format!("{long}1"), format!("{long}2"));
    assert_eq!(seen.paths(), [&one, &two, "link", "link2", "prefix/name", "v7dir", "gnu"]);
    assert_eq!(seen.content(&two), Some(b"2".as_slice()));
    assert_eq!(seen.entries[1].mtime, 9);
    assert_eq!(seen.entries[2].kind, EntryKind::Symlink(format!("{long}3")));
    assert_eq!(seen.entries[3].kind, EntryKind::Symlink("pax-target".to_owned()));
    assert_eq!(seen.entries[5].kind, EntryKind::Directory);
}

#[test]
fn numbers_may_be_base_256() {
    let mut big = header(b'0', b"a", "", 0);
    big[124..136].copy_from_slice(b"\x80\0\0\0\0\0\0\0\0\0\0\x03");
    big[108..116].copy_from_slice(b"\x80\0\0\0\x80\0\0\x01");
    let (seen, _) = walk_tar(Tar::new().raw(big, b"abc").file("b", b"").finish());
    assert_eq!(seen.content("a"), Some(b"abc".as_slice()));
    assert_eq!(seen.entries[0].uid, 0x8000_0001);
    assert_eq!(seen.paths(), ["a", "b"]);
}

#[test]
fn links_and_directories_have_no_content_whatever_their_size_says() {
    // As Go's archive/tar reads them, which is what unpacks images.
    let tar = Tar::new()
        .raw(header(b'1', b"link", "x", 512), b"")
        .raw(header(b'5', b"dir", "", 512), b"")
        .file("after", b"1");
    assert_eq!(walk_tar(tar.finish()).0.paths(), ["link", "dir", "after"]);
}

fn sparse_old_gnu() -> Vec<u8> {
    let mut sparse = header(b'S', b"old", "", 4);
    sparse[257..265].copy_from_slice(b"ustar  \0");
    for (at, text) in [(386, "00000000002"), (398, "00000000003"), (483, "00000000012")] {
        sparse[at..at + 11].copy_from_slice(text.as_bytes());
    }
    sparse[482] = 1;
    let mut more = [0; 512];
    more[..11].copy_from_slice(b"00000000007");
    more[12..23].copy_from_slice(b"00000000001");
    let mut tar = Tar::new();
    checksum(&mut sparse);
    tar.0.extend_from_slice(&sparse);
    tar.0.extend_from_slice(&more);
    tar.0.extend_from_slice(b"abcd");
    tar.0.resize(tar.0.len().next_multiple_of(512), 0);
    tar.file("after", b"").finish()
}

#[test]
fn sparse_files_of_all_formats_read_with_their_holes() {
    let sparse = |version: &[(&str, &str)]| {
        let mut records =
            vec![("GNU.sparse.name", "real"), ("GNU.sparse.realsize", "10"), ("GNU.sparse.size", "10")];
        records.extend_from_slice(version);
        Tar::new().pax(&records)
    };
    let mut map = b"2\n2\n3\n7\n1\n".to_vec();
    map.resize(512, 0);
    map.extend_from_slice(b"abcd");
    let tars = [
        sparse_old_gnu(),
        sparse(&[
            ("GNU.sparse.numblocks", "2"),
            ("GNU.sparse.offset", "2"),
            ("GNU.sparse.numbytes", "3"),
            ("GNU.sparse.offset", "7"),
            ("GNU.sparse.numbytes", "1"),
        ])
        .file("x", b"abcd")
        .file("after", b"")
        .finish(),
        sparse(&[("GNU.sparse.map", "2,3,7,1")]).file("x", b"abcd").file("after", b"").finish(),
        sparse(&[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")])
            .file("x", &map)
            .file("after", b"")
            .finish(),
    ];
    for (at, tar) in tars.into_iter().enumerate() {
        let (seen, outcome) = walk_tar(tar);
        assert_eq!(outcome.gaps, [], "{at}");
        assert_eq!(seen.bodies[0].1, b"\0\0abc\0\0d\0\0", "{at}");
        assert_eq!(seen.entries[0].size, 10, "{at}");
        assert_eq!(seen.paths()[1], "after", "{at}");
    }
}

#[test]
fn a_sparse_map_that_makes_no_sense_is_a_gap_and_no_content() {
    let records = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "10")];
    for map in ["1\n9\n9\n", "x", "99999999\n", "2\n0\n1\n"] {
        let mut content = map.as_bytes().to_vec();
        content.resize(512, 0);
        let (seen, outcome) =
            walk_tar(Tar::new().pax(&records).file("s", &content).file("after", b"").finish());
        assert_eq!(reasons(&outcome.gaps), [GapReason::Malformed], "{map}");
        assert_eq!((seen.paths(), seen.content("s")), (vec!["s", "after"], None), "{map}");
    }
}

#[test]
fn a_sparse_file_counts_with_its_holes() {
    let ten_gib = (10_u64 << 30).to_string();
    let records = [("GNU.sparse.map", "0,1"), ("GNU.sparse.size", ten_gib.as_str())];
    let tar = Tar::new().pax(&records).file("s", b"x").file("after", b"y").finish();
    // The recorder takes 64 MiB of it: zeros are made as they are read.
    let (seen, outcome) = walk_tar(tar.clone());
    assert_eq!(
        (seen.entries[0].size, seen.content("s").unwrap().len(), outcome.gaps),
        (10 << 30, 64 << 20, vec![])
    );
    let limits = Limits { layer_bytes_max: 1 << 30, ..Limits::default() };
    let (seen, outcome) = walk_with(&layer(tar), &limits);
    assert_eq!(reasons(&outcome.gaps), [GapReason::LimitReached; 2]);
    assert_eq!((seen.paths(), seen.content("s")), (vec!["s", "after"], None));
}

#[test]
fn limits_on_entries_length_and_depth_are_gaps() {
    let deep = format!("{}x", "d/".repeat(20));
    let tar = Tar::new()
        .file("a", b"")
        .file(&deep, b"")
        .file(&"l".repeat(90), b"")
        .file("b", b"")
        .file("c", b"")
        .finish();
    let limits =
        Limits { layer_entries_max: 4, path_depth_max: 10, path_length_max: 80, ..Limits::default() };
    let (seen, outcome) = walk_with(&layer(tar), &limits);
    assert_eq!(seen.paths(), ["a", "b"]);
    assert_eq!(reasons(&outcome.gaps), [GapReason::LimitReached; 3]);
}

#[test]
fn what_readers_disagree_on_is_a_gap() {
    let global = support::pax_record("path", "elsewhere");
    let cases = [
        Tar::new().entry(b'g', "g", "", &global).file("a", b"").finish(),
        Tar::new().pax(&[("path", "a\0b")]).file("a", b"").finish(),
        Tar::new().entry(b'Q', "odd", "", b"xx").file("a", b"").finish(),
        {
            let mut tar = Tar::new();
            tar.0.extend_from_slice(&[0; 512]);
            tar.file("a", b"").finish()
        },
        {
            let mut tar = Tar::new().file("a", b"").finish();
            tar.extend(Tar::new().file("hidden", b"").finish());
            tar
        },
    ];
    for (at, tar) in cases.into_iter().enumerate() {
        let (seen, outcome) = walk_tar(tar);
        assert_eq!((seen.paths(), outcome.gaps.len()), (vec!["a"], 1), "{at}: {:?}", outcome.gaps);
    }
}

#[test]
fn names_that_are_not_text_stay_different() {
    let tar = Tar::new().raw(header(b'0', b"a\xff", "", 0), b"").raw(header(b'0', b"a\xfe", "", 0), b"");
    assert_eq!(walk_tar(tar.finish()).0.paths(), ["a\\xff", "a\\xfe"]);
}
