//! What kind of archive bytes are.

use crate::{mail, zip};

/// A kind of archive or of compressed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// PKWARE APPNOTE.TXT; also jar, war, whl, nupkg, Office documents, and behind a program or a picture.
    Zip,
    /// 7zFormat.txt of the LZMA SDK; also behind a program.
    SevenZip,
    /// POSIX.1-2017, pax; GNU tar; v7.
    Tar,
    /// POSIX.1-2017, cpio; the `newc` and `crc` forms of SVR4; the old binary forms.
    Cpio,
    /// ar(5); Debian packages (deb(5)) and static libraries.
    Ar,
    /// RPM package files (rpm.org, "RPM V4 Package format").
    Rpm,
    /// RFC 1952.
    Gzip,
    /// bzip2.
    Bzip2,
    /// The .xz file format, 1.2.1.
    Xz,
    /// The .lzma file format of the LZMA SDK.
    Lzma,
    /// The lzip format (draft-diaz-lzip).
    Lzip,
    /// RFC 8878.
    Zstd,
    /// LZ4 frame format description, 1.6.4.
    Lz4,
    /// compress(1), `.Z`.
    Compress,
    /// A mail or mailbox with encoded attachments (RFC 2045), or uuencoded text (POSIX.1-2017, uuencode).
    Mail,
}

/// Bytes of the beginning that tell most formats.
pub const HEAD_BYTES: usize = 512;

impl Format {
    /// What the file is, by its bytes; the name counts only where the magic number is weak. Costs a look at the
    /// first [`HEAD_BYTES`] (64 KiB for mails), and for programs and pictures at the last 64 KiB.
    #[must_use]
    pub fn recognise(name: &str, bytes: &[u8]) -> Option<Self> {
        if let Some(format) = Self::by_head(name, bytes) {
            return Some(format);
        }
        if mail::is_mail(bytes) {
            return Some(Self::Mail);
        }
        if !may_have_archive_behind(name, bytes) {
            return None;
        }
        if zip::has_directory(bytes) {
            return Some(Self::Zip);
        }
        crate::seven_zip::find_behind_program(bytes).map(|_| Self::SevenZip)
    }

    /// As [`Self::recognise`], but by the beginning alone.
    pub(crate) fn by_head(name: &str, head: &[u8]) -> Option<Self> {
        let format = match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            // A spanned archive that fits on one volume (APPNOTE.TXT, 8.5.4).
            [b'P', b'K', b'0', b'0', b'P', b'K', 3, 4, ..] | [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..] => {
                Self::Zip
            }
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::SevenZip,
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'L', b'Z', b'I', b'P', 1, ..] => Self::Lzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            [0x1f, 0x9d, flags, ..] if flags & 0x60 == 0 && (9..=16).contains(&(flags & 0x1f)) => {
                Self::Compress
            }
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Self::Ar,
            [0xed, 0xab, 0xee, 0xdb, 3 | 4, ..] => Self::Rpm,
            [
                b'0',
                b'7',
                b'0',
                b'7',
                b'0',
                b'1' | b'2' | b'7',
                b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F',
                ..,
            ] => Self::Cpio,
            _ if crate::cpio::is_old_binary(head) => Self::Cpio,
            _ if is_tar(head) => Self::Tar,
            _ if is_lzma(name, head) => Self::Lzma,
            _ => return None,
        };
        Some(format)
    }

    /// The name: `zip`, `7z`, `tar` …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::SevenZip => "7z",
            Self::Tar => "tar",
            Self::Cpio => "cpio",
            Self::Ar => "ar",
            Self::Rpm => "rpm",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Lzip => "lzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Compress => "compress",
            Self::Mail => "mail",
        }
    }

    /// Whether it is one compressed stream rather than a collection.
    #[must_use]
    pub const fn is_compressed_stream(self) -> bool {
        matches!(
            self,
            Self::Gzip
                | Self::Bzip2
                | Self::Xz
                | Self::Lzma
                | Self::Lzip
                | Self::Zstd
                | Self::Lz4
                | Self::Compress
        )
    }

    /// Whether it is read front to back, so that it need not be in memory as a whole.
    pub(crate) const fn is_streamed(self) -> bool {
        !matches!(self, Self::Zip | Self::SevenZip | Self::Mail)
    }
}

/// Whether a zip archive may stand behind other content: programs that unpack themselves, Python's zip applications,
/// pictures and documents that are two things at once, and what is called an archive. To look at the ends of all files is
/// not worth its time.
fn may_have_archive_behind(name: &str, bytes: &[u8]) -> bool {
    const HEADS: &[&[u8]] = &[
        b"MZ",
        b"\x7fELF",
        b"#!",
        b"GIF8",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"%PDF-",
        b"BM",
        b"RIFF",
        b"\0\0\x01\0",
    ];
    const ENDINGS: &[&str] = &[
        ".zip", ".jar", ".war", ".ear", ".whl", ".egg", ".nupkg", ".apk", ".aar", ".xpi", ".crx", ".vsix",
        ".pyz",
    ];
    let has_ending = |ending: &&str| {
        name.len() > ending.len()
            && name.as_bytes()[name.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
    };
    bytes.len() >= 22 && (HEADS.iter().any(|head| bytes.starts_with(head)) || ENDINGS.iter().any(has_ending))
}

/// A header block whose checksum is right (POSIX.1-2017, pax, "ustar Interchange Format"); v7 has no magic number.
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..512) else { return false };
    if block[0] == 0 || !block[148..156].iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0)) {
        return false;
    }
    let digits =
        block[148..156].iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    let expected = digits.fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
    let sum = |part: &[u8]| part.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    expected != 0 && sum(&block[..148]) + sum(&block[156..]) + 8 * 32 == expected
}

/// The .lzma format has no magic number: one byte of properties, the size of the dictionary, the size of the content,
/// and then the range coder's first byte, which is zero (lzma-file-format.txt, 1.1; LZMA specification, "Range Decoder").
fn is_lzma(name: &str, head: &[u8]) -> bool {
    let Some(header) = head.get(..18) else { return false };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let size = u64::from_le_bytes(header[5..13].try_into().expect("eight bytes"));
    let is_named = [".lzma", ".tlz"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let is_usual =
        dictionary.is_power_of_two() || (dictionary.is_multiple_of(3) && (dictionary / 3).is_power_of_two());
    header[13] == 0
        && header[0] < 225
        && dictionary >= 4_096
        && is_usual
        && (size == u64::MAX || size < 1 << 38)
        && (is_named || (header[0] == 0x5d && header[14..18] != [0; 4] && (size == u64::MAX || size > 4_096)))
}
