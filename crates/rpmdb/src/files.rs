//! The file list of a package.
//!
//! Format: rpm documentation, "RPM tags", section "Files": parallel lists of names, numbers of directories,
//! digests and flags.

use crate::bytes::{Order, u32_at};
use crate::index::{Index, Strings, tag};

/// A file of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// Its directory, with a slash at the end (`/usr/bin/`); empty for headers of rpm 3, whose names are whole.
    pub directory: &'a [u8],
    /// Its name in that directory.
    pub name: &'a [u8],
    /// Hexadecimal digest of its content; directories and links have none, nor has what the package excepts from
    /// verification (`%verify(not filedigest)`: the bit `RPMVERIFY_FILEDIGEST` of its verify flags is off).
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
    verify_flags: Option<&'a [u8]>,
    position: usize,
}

impl<'a> Files<'a> {
    pub(crate) fn new(index: &Index<'a>) -> Option<Self> {
        let is_compressed = index.find(tag::BASE_NAMES).is_some();
        let names_tag = if is_compressed { tag::BASE_NAMES } else { tag::OLD_FILE_NAMES };
        let names = match index.find(names_tag) {
            Some(entry) => entry.strings()?,
            None => Strings::NONE,
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
            verify_flags: index.find(tag::FILE_VERIFY_FLAGS).and_then(|entry| entry.numbers(names.count)),
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
        let is_verified = number(self.verify_flags).is_none_or(|flags| flags & 1 != 0);
        let directory = match number(self.directory_indexes) {
            Some(index) => self.directories.get(index as usize).copied().unwrap_or_default(),
            None => b"",
        };
        self.position += 1;
        Some(File {
            directory,
            name,
            digest: std::str::from_utf8(digest).ok().filter(|digest| is_verified && !digest.is_empty()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::fixture::HeaderBuilder;

    #[test]
    fn files_carry_directory_digest_and_flags() {
        let blob = HeaderBuilder::named("bash")
            .texts(tag::BASE_NAMES, &["bash", "bashrc", "skel"])
            .texts(tag::DIRECTORY_NAMES, &["/usr/bin/", "/etc/"])
            .numbers(tag::DIRECTORY_INDEXES, &[0, 1, 1])
            .texts(tag::FILE_DIGESTS, &["aa", "bb", ""])
            .numbers(tag::FILE_FLAGS, &[0, 1 | 64, 0])
            .numbers(tag::FILE_VERIFY_FLAGS, &[u32::MAX, u32::MAX, u32::MAX])
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
    fn a_file_that_the_package_does_not_verify_has_no_digest() {
        let blob = HeaderBuilder::named("cups")
            .texts(tag::BASE_NAMES, &["cupsd", "printers"])
            .texts(tag::DIRECTORY_NAMES, &["/etc/"])
            .numbers(tag::DIRECTORY_INDEXES, &[0, 0])
            .texts(tag::FILE_DIGESTS, &["aa", "bb"])
            .numbers(tag::FILE_VERIFY_FLAGS, &[u32::MAX, !1])
            .build();
        let digests: Vec<_> =
            Header::parse(&blob).unwrap().files().unwrap().map(|file| file.digest).collect();
        assert_eq!(digests, [Some("aa"), None]);
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
    fn names_of_rpm_3_are_whole_paths() {
        let blob = HeaderBuilder::named("old").texts(tag::OLD_FILE_NAMES, &["/bin/old"]).build();
        let header = Header::parse(&blob).unwrap();
        let files: Vec<_> = header.files().unwrap().collect();
        assert_eq!((files[0].directory, files[0].name), (&b""[..], &b"/bin/old"[..]));
    }
}
