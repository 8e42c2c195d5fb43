//! Headers of compiled packs and manifests of rule sets, as they lie on disk.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yara::{PackHeader, PackManifest};

fuzz_target!(|data: &[u8]| {
    let _ = PackHeader::decode(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(manifest) = PackManifest::parse(text) {
        let _ = manifest.digest();
        assert_eq!(manifest.deviations(&[]).len(), manifest.files.len());
    }
});
