//! CycloneDX documents.
#![no_main]

use model::Limits;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { packages_max: 1_000, ..Limits::default() };
    let Ok(contents) = report::sbom::read_cyclonedx(bytes, &limits) else { return };
    assert!(contents.packages.len() <= limits.packages_max);
    assert!(contents.packages.iter().all(|package| !package.name.is_empty()));
    assert!(contents.gaps.len() <= 202 + 2, "gaps are counted once they are many");
});
