//! Every format shows its members.

mod support;

use archives::Format;
use support::*;

type Compress = fn(&[u8]) -> Vec<u8>;

const MEMBERS: &[(&str, &[u8])] = &[("a.txt", b"hello hello hello hello"), ("d/b", b"world")];

#[test]
fn zip_is_opened_also_behind_a_program_and_under_any_name() {
    check("x.jar", &zip_of(MEMBERS), Format::Zip, MEMBERS);
    check("x", &stored_zip_of(MEMBERS), Format::Zip, MEMBERS);
    let stub = [b"MZ\x90\0 PK\x03\x04 this is a program PK\x05\x06 ".as_slice(), &zip_of(MEMBERS)].concat();
    check("setup.exe", &stub, Format::Zip, MEMBERS);
    let script = [b"#!/usr/bin/env python3\n".as_slice(), &zip_of(MEMBERS)].concat();
    check("app", &script, Format::Zip, MEMBERS);
}

#[test]
fn tar_is_opened_in_each_compression() {
    let tar = tar_of(MEMBERS);
    let nested = [("a.tar", tar.as_slice()), ("a.tar!a.txt", MEMBERS[0].1), ("a.tar!d/b", MEMBERS[1].1)];
    check("a.tar", &tar, Format::Tar, MEMBERS);
    check("dir/a.tar.gz", &gzip(&tar), Format::Gzip, &nested);
    check("a.tgz", &gzip(&tar), Format::Gzip, &nested);
    check("a.tar.bz2", &bzip2(&tar), Format::Bzip2, &nested);
    check("a.tar.xz", &xz(&tar), Format::Xz, &nested);
    check("a.tar.lzma", &lzma(&tar), Format::Lzma, &nested);
    check("a.tar.zst", &zstd::encode_all(&tar[..], 3).unwrap(), Format::Zstd, &nested);
    check("a.tar.lz4", &lz4(&tar), Format::Lz4, &nested);
}

#[test]
fn compressed_streams_may_have_several_parts() {
    let parts: [Compress; 5] = [gzip, bzip2, xz, |bytes| zstd::encode_all(bytes, 1).unwrap(), lz4];
    for compressed in parts {
        let both = [compressed(b"hello "), compressed(b"world")].concat();
        let seen = look("x", &both);
        assert_eq!(seen.content("x"), Some(b"hello world".as_slice()), "{:?}", seen.outcome);
        assert!(seen.outcome.is_complete());
    }
    let padded = [gzip(b"hello"), vec![0; 512]].concat();
    check("x.gz", &padded, Format::Gzip, &[("x", b"hello")]);
    check("x.Z", &compress(b"hello"), Format::Compress, &[("x", b"hello")]);
}

#[test]
fn seven_zip_is_opened_also_behind_a_program() {
    let archive = seven_zip_of(MEMBERS, None);
    check("a.7z", &archive, Format::SevenZip, MEMBERS);
    let stub = [b"MZ 7z\xbc\xaf\x27\x1c\0\x04 is what an unpacker looks for, too ....".as_slice(), &archive]
        .concat();
    check("a.exe", &stub, Format::SevenZip, MEMBERS);
}

#[test]
fn packages_of_distributions_are_opened() {
    let tar = tar_of(MEMBERS);
    let deb = ar_of(&[
        ("debian-binary", b"2.0\n"),
        ("control.tar.gz", &gzip(&tar_of(&[("./control", b"Package: a\n")]))),
        ("data.tar.xz/", &xz(&tar)),
    ]);
    let seen = look("a.deb", &deb);
    assert_eq!(seen.outcome.format, Some(Format::Ar));
    assert_eq!(seen.content("control.tar.gz!control.tar!./control"), Some(b"Package: a\n".as_slice()));
    assert_eq!(seen.content("data.tar.xz!data.tar!d/b"), Some(b"world".as_slice()));
    assert!(seen.outcome.is_complete());
    let cpio = newc_of(&[("./usr/bin/a", 0o100_755, b"hello")]);
    for payload in
        [gzip(&cpio), xz(&cpio), zstd::encode_all(&cpio[..], 1).unwrap(), bzip2(&cpio), lzma(&cpio)]
    {
        let seen = look("a.rpm", &rpm_of(&payload));
        assert_eq!(seen.content("payload.cpio!./usr/bin/a"), Some(b"hello".as_slice()), "{:?}", seen.outcome);
        assert!(seen.outcome.is_complete());
    }
    check("a.rpm", &rpm_of(&cpio), Format::Rpm, &[("./usr/bin/a", b"hello")]);
}

#[test]
fn long_names_of_ar_are_read_in_both_ways() {
    let gnu = ar_of(&[("//", b"a-very-long-name-of-a-member.o/\n"), ("/0", b"x"), ("short.o/", b"yy")]);
    check("a.a", &gnu, Format::Ar, &[("a-very-long-name-of-a-member.o", b"x"), ("short.o", b"yy")]);
    let bsd = ar_of(&[("#1/12", b"long-name.o\0content")]);
    check("a.a", &bsd, Format::Ar, &[("long-name.o", b"content")]);
}

#[test]
fn what_follows_the_end_of_a_cpio_archive_is_opened() {
    let first = newc_of(&[("early", 0o100_644, b"microcode")]);
    let second = gzip(&newc_of(&[("init", 0o100_755, b"#!/bin/sh\n")]));
    let seen = look("initrd", &[first, vec![0; 512], second].concat());
    assert_eq!(seen.content("early"), Some(b"microcode".as_slice()));
    assert_eq!(seen.content("behind-the-end!behind-the-end!init"), Some(b"#!/bin/sh\n".as_slice()));
    assert!(seen.outcome.is_complete());
}

#[test]
fn attachments_of_mails_are_decoded() {
    let mail = b"From MAILER Mon Jan  1 00:00:00 2024\nSubject: x\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed;\n boundary=\"x\"\n\nhello\n--x\nContent-Type: application/zip\n\
        Content-Disposition: attachment;\n filename=\"a.bin\"\nContent-Transfer-Encoding: BASE64\n\n\
        aGVs\r\nbG8=\r\n\n--x\nContent-Type: text/plain\n\nbegin 644 cat\n#0V%T\n`\nend\n--x--\n";
    check("inbox", mail, Format::Mail, &[("a.bin", b"hello"), ("cat", b"Cat")]);
    check("a.uu", b"begin 644 cat\n#0V%T\n`\nend\n", Format::Mail, &[("cat", b"Cat")]);
    check("a", b"begin-base64 644 x\naGVsbG8=\n====\n", Format::Mail, &[("x", b"hello")]);
}

#[test]
fn plain_files_are_no_archives() {
    for (name, bytes) in [
        ("empty", b"".as_slice()),
        ("notes.txt", b"Subject: to be\nor not to be\n"),
        ("begin.txt", b"begin at the beginning\n"),
        ("old.txt", b"\xc7\x71"),
        ("a.lzma", b"]]]]]]]]]]]]]]]]]]]]]]]]"),
        ("unzip", b"\x7fELF PK\x05\x06 and PK\x01\x02 are among my constants, and more text"),
        ("zero", &[0; 2_048]),
    ] {
        let seen = look(name, bytes);
        assert_eq!((seen.outcome.format, seen.members.len()), (None, 0), "{name}");
    }
}
