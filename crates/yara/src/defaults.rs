//! The rules that ship with Seawall.

use crate::source::{PackOptions, RuleFile};
use std::io::Read as _;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.z"));

/// The rules of `rules/yara`, with the options that they are made for: `yara/seawall/<rule>`.
#[must_use]
pub fn seawall_rules() -> (Vec<RuleFile>, PackOptions) {
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(PACKED).read_to_end(&mut plain).expect("the build packed it");
    let mut rest = plain.as_slice();
    let mut take = || -> Option<Vec<u8>> {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (part, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = after;
        Some(part.to_vec())
    };
    let mut files = Vec::new();
    while let (Some(name), Some(bytes)) = (take(), take()) {
        files.push(RuleFile { name: String::from_utf8_lossy(&name).into_owned(), bytes });
    }
    let mut options = PackOptions::new("seawall");
    options.author = Some("Seawall".to_owned());
    options.licence = Some("Apache-2.0".to_owned());
    (files, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_packed_and_not_in_clear() {
        let (files, _) = seawall_rules();
        assert!(files.len() >= 8 && files.iter().all(|file| file.has_rules()));
        assert!(files.iter().any(|file| file.name == "miners.yar"));
        assert!(!PACKED.windows(8).any(|window| window == b"stratum+"));
    }
}
