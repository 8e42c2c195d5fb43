//! The header of a package, as the database holds it.
//!
//! Format: rpm documentation, "RPM v4 Package format", section "Header structure": number of index entries and
//! bytes of the store as 32-bit big-endian values, 16 bytes for each entry (tag, type, offset, count), the store.
//! Tag numbers: rpm documentation, "RPM tags".

use crate::bytes::{Order, size_at, u32_at};
use crate::{Fault, Problem};
use std::borrow::Cow;

/// What the header of a package tells.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    /// `Name`; `gpg-pubkey` is no package but an imported key.
    pub name: Cow<'a, str>,
    /// `Epoch`, when it is set.
    pub epoch: Option<u32>,
    /// `Version`.
    pub version: Cow<'a, str>,
    /// `Release`.
    pub release: Cow<'a, str>,
    /// `Arch`; public keys have none.
    pub arch: Option<Cow<'a, str>>,
    /// `Sourcerpm`: the file name of the source package.
    pub source_rpm: Option<Cow<'a, str>>,
    /// `Vendor`.
    pub vendor: Option<Cow<'a, str>>,
    /// `License`.
    pub license: Option<Cow<'a, str>>,
    /// `Modularitylabel` (tag 5096): `nodejs:18:8080020230718…:63b34585`.
    pub modularity_label: Option<Cow<'a, str>>,
    /// `Installtime`, seconds since 1970.
    pub install_time_secs: Option<u32>,
    /// `Longsize`, or `Size`: bytes of all its files.
    pub size_bytes: Option<u64>,
    index: Index<'a>,
}

impl<'a> Header<'a> {
    pub(crate) fn parse(blob: &'a [u8]) -> Result<Self, Problem> {
        let index = Index::parse(blob)?;
        let mut texts_bytes = 0;
        let mut text = |tag| {
            let text = index.text(tag)?;
            texts_bytes += text.as_ref().map_or(0, |text| text.len());
            // Texts do not share bytes; otherwise a small header could claim many large ones.
            if texts_bytes > index.store.len() {
                return Err(Problem::malformed("texts of the header overlap".to_owned()));
            }
            Ok(text)
        };
        let required = |text: Option<_>, what| {
            text.ok_or_else(|| Problem::malformed(format!("header without a {what}")))
        };
        Ok(Self {
            name: required(text(tag::NAME)?, "name")?,
            epoch: index.number(tag::EPOCH),
            version: required(text(tag::VERSION)?, "version")?,
            release: required(text(tag::RELEASE)?, "release")?,
            arch: text(tag::ARCH)?,
            source_rpm: text(tag::SOURCE_RPM)?,
            vendor: text(tag::VENDOR)?,
            license: text(tag::LICENSE)?,
            modularity_label: text(tag::MODULARITY_LABEL)?,
            install_time_secs: index.number(tag::INSTALL_TIME),
            size_bytes: index.long_number(tag::LONG_SIZE).or_else(|| index.number(tag::SIZE).map(u64::from)),
            index,
        })
    }

    /// The files that the package brought.
    ///
    /// # Errors
    /// The lists of names and directories do not fit each other or the header.
    pub fn files(&self) -> Result<Files<'a>, Problem> {
        Files::new(&self.index).ok_or_else(|| {
            Problem::malformed(format!("file list of package '{}' contradicts itself", self.name))
        })
    }
}

/// A file of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// Its directory, with a slash at the end (`/usr/bin/`); empty for headers of rpm 3, whose names are whole.
    pub directory: &'a [u8],
    /// Its name in that directory.
    pub name: &'a [u8],
    /// Hexadecimal digest of its content; directories and links have none.
    pub digest: Option<&'a str>,
    /// `md5`, `sha1`, `sha224`, `sha256`, `sha384` or `sha512`; `unknown` for any other number.
    pub digest_algorithm: &'static str,
    /// `RPMFILE_CONFIG`: a configuration file.
    pub is_config: bool,
    /// `RPMFILE_GHOST`: owned, but not in the package.
    pub is_ghost: bool,
}

/// Walks over the files of a package.
#[derive(Clone, Debug)]
pub struct Files<'a> {
    names: Strings<'a>,
    directories: Vec<&'a [u8]>,
    directory_indexes: Option<&'a [u8]>,
    digests: Option<Strings<'a>>,
    digest_algorithm: &'static str,
    flags: Option<&'a [u8]>,
    position: usize,
}

impl<'a> Files<'a> {
    fn new(index: &Index<'a>) -> Option<Self> {
        let is_compressed = index.find(tag::BASE_NAMES).is_some();
        let names_tag = if is_compressed { tag::BASE_NAMES } else { tag::OLD_FILE_NAMES };
        let names = match index.find(names_tag) {
            Some(entry) => entry.strings()?,
            None => Strings { rest: &[], count: 0 },
        };
        let mut directories = Vec::new();
        let mut directory_indexes = None;
        if is_compressed {
            directories.extend(index.find(tag::DIRECTORY_NAMES)?.strings()?);
            let indexes = index.find(tag::DIRECTORY_INDEXES)?.numbers(names.count)?;
            let is_inside = |index| {
                u32_at(index, 0, Order::Big).is_some_and(|index| (index as usize) < directories.len())
            };
            if !indexes.chunks_exact(4).all(is_inside) {
                return None;
            }
            directory_indexes = Some(indexes);
        }
        let digests = match index.find(tag::FILE_DIGESTS) {
            Some(entry) => Some(entry.strings()?).filter(|digests| digests.count == names.count),
            None => None,
        };
        Some(Self {
            directories,
            directory_indexes,
            digests,
            digest_algorithm: algorithm_name(index.number(tag::FILE_DIGEST_ALGORITHM)),
            flags: index.find(tag::FILE_FLAGS).and_then(|entry| entry.numbers(names.count)),
            names,
            position: 0,
        })
    }
}

impl<'a> Iterator for Files<'a> {
    type Item = File<'a>;

    fn next(&mut self) -> Option<File<'a>> {
        let name = self.names.next()?;
        let digest = self.digests.as_mut().and_then(Iterator::next).unwrap_or_default();
        let number = |list: Option<&[u8]>| u32_at(list?, self.position * 4, Order::Big);
        let flags = number(self.flags).unwrap_or(0);
        let directory = match number(self.directory_indexes) {
            Some(index) => self.directories.get(index as usize).copied().unwrap_or_default(),
            None => b"",
        };
        self.position += 1;
        Some(File {
            directory,
            name,
            digest: std::str::from_utf8(digest).ok().filter(|digest| !digest.is_empty()),
            digest_algorithm: self.digest_algorithm,
            is_config: flags & 1 != 0,
            is_ghost: flags & (1 << 6) != 0,
        })
    }
}

/// Hash algorithm numbers of OpenPGP (RFC 4880, section 9.4); without a number it is MD5.
fn algorithm_name(number: Option<u32>) -> &'static str {
    match number {
        None | Some(0 | 1) => "md5",
        Some(2) => "sha1",
        Some(8) => "sha256",
        Some(9) => "sha384",
        Some(10) => "sha512",
        Some(11) => "sha224",
        Some(_) => "unknown",
    }
}

pub(crate) mod tag {
    pub(crate) const NAME: u32 = 1000;
    pub(crate) const VERSION: u32 = 1001;
    pub(crate) const RELEASE: u32 = 1002;
    pub(crate) const EPOCH: u32 = 1003;
    pub(crate) const INSTALL_TIME: u32 = 1008;
    pub(crate) const SIZE: u32 = 1009;
    pub(crate) const VENDOR: u32 = 1011;
    pub(crate) const LICENSE: u32 = 1014;
    pub(crate) const ARCH: u32 = 1022;
    pub(crate) const OLD_FILE_NAMES: u32 = 1027;
    pub(crate) const FILE_DIGESTS: u32 = 1035;
    pub(crate) const FILE_FLAGS: u32 = 1037;
    pub(crate) const SOURCE_RPM: u32 = 1044;
    pub(crate) const DIRECTORY_INDEXES: u32 = 1116;
    pub(crate) const BASE_NAMES: u32 = 1117;
    pub(crate) const DIRECTORY_NAMES: u32 = 1118;
    pub(crate) const LONG_SIZE: u32 = 5009;
    pub(crate) const FILE_DIGEST_ALGORITHM: u32 = 5011;
    pub(crate) const MODULARITY_LABEL: u32 = 5096;
}

pub(crate) mod kind {
    pub(crate) const INT32: u32 = 4;
    pub(crate) const INT64: u32 = 5;
    pub(crate) const STRING: u32 = 6;
    pub(crate) const STRING_ARRAY: u32 = 8;
    pub(crate) const I18N_STRING: u32 = 9;
}

const ENTRY_BYTES: usize = 16;

/// Bytes of a name, a licence or another text.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// The index and the store, both inside the blob.
#[derive(Clone, Copy, Debug)]
struct Index<'a> {
    entries: &'a [u8],
    store: &'a [u8],
}

impl<'a> Index<'a> {
    fn parse(blob: &'a [u8]) -> Result<Self, Problem> {
        let truncated =
            || Problem::new(Fault::Truncated, format!("header of {} bytes ends early", blob.len()));
        let entry_count = size_at(blob, 0, Order::Big).ok_or_else(truncated)?;
        let store_bytes = size_at(blob, 4, Order::Big).ok_or_else(truncated)?;
        let entries_bytes = entry_count.checked_mul(ENTRY_BYTES).ok_or_else(truncated)?;
        let (entries, rest) = blob[8..].split_at_checked(entries_bytes).ok_or_else(truncated)?;
        let store = rest.get(..store_bytes).ok_or_else(truncated)?;
        Ok(Self { entries, store })
    }

    /// The last entry of a tag: entries behind the immutable region replace those inside it.
    fn find(&self, tag: u32) -> Option<Entry<'a>> {
        let wanted = tag.to_be_bytes();
        let entry = self.entries.rchunks_exact(ENTRY_BYTES).find(|entry| entry[..4] == wanted)?;
        let offset = size_at(entry, 8, Order::Big)?;
        Some(Entry {
            kind: u32_at(entry, 4, Order::Big)?,
            count: size_at(entry, 12, Order::Big)?,
            data: self.store.get(offset..)?,
        })
    }

    /// The text of a tag; nothing when it is not set or of another type.
    fn text(&self, tag: u32) -> Result<Option<Cow<'a, str>>, Problem> {
        let is_text =
            |entry: &Entry<'_>| matches!(entry.kind, kind::STRING | kind::STRING_ARRAY | kind::I18N_STRING);
        let Some(entry) = self.find(tag).filter(is_text) else { return Ok(None) };
        let data = &entry.data[..entry.data.len().min(TEXT_BYTES_MAX + 1)];
        let end = memchr::memchr(0, data).ok_or_else(|| {
            Problem::malformed(format!("text of tag {tag} does not end within {TEXT_BYTES_MAX} bytes"))
        })?;
        Ok(Some(String::from_utf8_lossy(&data[..end])).filter(|text| !text.is_empty()))
    }

    fn number(&self, tag: u32) -> Option<u32> {
        u32_at(self.find(tag)?.numbers(1)?, 0, Order::Big)
    }

    fn long_number(&self, tag: u32) -> Option<u64> {
        let entry = self.find(tag)?;
        let bytes = entry.data.first_chunk::<8>().filter(|_| entry.kind == kind::INT64)?;
        Some(u64::from_be_bytes(*bytes))
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    kind: u32,
    count: usize,
    data: &'a [u8],
}

impl<'a> Entry<'a> {
    /// A list of at least `count_min` 32-bit numbers, as bytes.
    fn numbers(&self, count_min: usize) -> Option<&'a [u8]> {
        if self.kind != kind::INT32 || self.count < count_min {
            return None;
        }
        self.data.get(..self.count.checked_mul(4)?)
    }

    /// A list of strings, all of which end inside the store.
    fn strings(&self) -> Option<Strings<'a>> {
        if !matches!(self.kind, kind::STRING_ARRAY | kind::STRING) {
            return None;
        }
        let last = match self.count.checked_sub(1) {
            Some(last) => memchr::memchr_iter(0, self.data).nth(last)?,
            None => return Some(Strings { rest: &[], count: 0 }),
        };
        Some(Strings { rest: &self.data[..=last], count: self.count })
    }
}

/// Strings that each end with a NUL.
#[derive(Clone, Debug)]
struct Strings<'a> {
    rest: &'a [u8],
    count: usize,
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(0, self.rest)?;
        let text = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::HeaderBuilder;

    #[test]
    fn entry_behind_the_region_replaces_the_one_inside() {
        let blob =
            HeaderBuilder::named("bash").text(tag::VENDOR, "first").text(tag::VENDOR, "second").build();
        assert_eq!(Header::parse(&blob).unwrap().vendor.unwrap(), "second");
    }

    #[test]
    fn files_carry_directory_digest_and_flags() {
        let blob = HeaderBuilder::named("bash")
            .texts(tag::BASE_NAMES, &["bash", "bashrc", "skel"])
            .texts(tag::DIRECTORY_NAMES, &["/usr/bin/", "/etc/"])
            .numbers(tag::DIRECTORY_INDEXES, &[0, 1, 1])
            .texts(tag::FILE_DIGESTS, &["aa", "bb", ""])
            .numbers(tag::FILE_FLAGS, &[0, 1 | 64, 0])
            .numbers(tag::FILE_DIGEST_ALGORITHM, &[8])
            .build();
        let header = Header::parse(&blob).unwrap();
        let files: Vec<_> = header.files().unwrap().collect();
        assert_eq!((files[0].directory, files[0].name), (&b"/usr/bin/"[..], &b"bash"[..]));
        assert_eq!((files[1].digest, files[1].digest_algorithm), (Some("bb"), "sha256"));
        assert!(files[1].is_config && files[1].is_ghost && !files[0].is_config);
        assert_eq!((files[2].directory, files[2].digest), (&b"/etc/"[..], None));
        assert_eq!(files.len(), 3);
    }

    #[test]
    fn lists_that_do_not_fit_are_no_file_list() {
        for indexes in [&[0][..], &[0, 1], &[0, u32::MAX]] {
            let blob = HeaderBuilder::named("bash")
                .texts(tag::BASE_NAMES, &["a", "b"])
                .texts(tag::DIRECTORY_NAMES, &["/"])
                .numbers(tag::DIRECTORY_INDEXES, indexes)
                .build();
            assert!(Header::parse(&blob).unwrap().files().is_err(), "{indexes:?}");
        }
    }

    #[test]
    fn texts_neither_overlap_nor_grow_without_end() {
        let long = HeaderBuilder::named("a").text(tag::LICENSE, &"x".repeat(TEXT_BYTES_MAX + 1)).build();
        assert!(Header::parse(&long).unwrap_err().detail.starts_with("text of tag 1014 does not end"));
        let mut shared =
            HeaderBuilder::named(&"x".repeat(900)).text(tag::VENDOR, "").text(tag::LICENSE, "").build();
        for entry in shared[8..8 + 5 * ENTRY_BYTES].chunks_exact_mut(ENTRY_BYTES) {
            entry[8..12].copy_from_slice(&[0; 4]);
        }
        assert_eq!(Header::parse(&shared).unwrap_err().detail, "texts of the header overlap");
    }

    #[test]
    fn names_of_rpm_3_are_whole_paths() {
        let blob = HeaderBuilder::named("old").texts(tag::OLD_FILE_NAMES, &["/bin/old"]).build();
        let header = Header::parse(&blob).unwrap();
        let files: Vec<_> = header.files().unwrap().collect();
        assert_eq!((files[0].directory, files[0].name), (&b""[..], &b"/bin/old"[..]));
    }

    #[test]
    fn header_that_ends_early_is_truncated() {
        let blob = HeaderBuilder::named("bash").build();
        for length in 0..blob.len() {
            assert_eq!(Header::parse(&blob[..length]).unwrap_err().fault, Fault::Truncated, "{length}");
        }
    }

    #[test]
    fn long_size_is_preferred() {
        let blob = HeaderBuilder::named("a").numbers(tag::SIZE, &[7]).long(tag::LONG_SIZE, 1 << 40).build();
        assert_eq!(Header::parse(&blob).unwrap().size_bytes, Some(1 << 40));
    }
}
