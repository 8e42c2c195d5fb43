//! The header of a package, as the database holds it.

use crate::Problem;
use crate::files::Files;
use crate::index::{Index, tag};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;
    use crate::fixture::HeaderBuilder;
    use crate::index::{ENTRY_BYTES, TEXT_BYTES_MAX};

    #[test]
    fn entry_behind_the_region_replaces_the_one_inside() {
        let blob =
            HeaderBuilder::named("bash").text(tag::VENDOR, "first").text(tag::VENDOR, "second").build();
        assert_eq!(Header::parse(&blob).unwrap().vendor.unwrap(), "second");
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
