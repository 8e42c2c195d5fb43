//! The rules that ship with Seawall.

use crate::bundle::unpack;
use crate::source::{PackOptions, RuleFile};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.z"));

/// The rules of `rules/yara`, with the options that they are made for: `yara/seawall/<rule>`.
#[must_use]
pub fn seawall_rules() -> (Vec<RuleFile>, PackOptions) {
    let files = unpack(PACKED).expect("the build packed it");
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
