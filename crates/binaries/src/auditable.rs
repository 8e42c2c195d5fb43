//! Rust crates that cargo-auditable wrote into a program (github.com/rust-secure-code/cargo-auditable,
//! PARSING.md): section `.dep-v0`, JSON compressed with zlib.

use crate::{Inspection, ReadAt, elf::Elf, windows::read_up_to};
use model::{Ecosystem, FoundBy, GapReason, LayerPath, Package};
use serde::Deserialize;
use std::io::{self, Read};

/// Compressed bytes that are read; the list of a thousand crates has about 20 kB.
const COMPRESSED_BYTES_MAX: u64 = 4 << 20;
/// Bytes of JSON that are read.
const JSON_BYTES_MAX: u64 = 16 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    source: String,
    /// `runtime` when absent.
    #[serde(default)]
    kind: String,
}

/// Crates of other sources than crates.io are left out: crates.io's advisories say nothing of them.
pub(crate) fn look(file: &dyn ReadAt, elf: &Elf, path: &LayerPath, found: &mut Inspection) -> io::Result<()> {
    let Some(range) = elf.section(b".dep-v0") else { return Ok(()) };
    let length = range.end - range.start;
    if length > COMPRESSED_BYTES_MAX {
        let detail = format!("section .dep-v0 has {length} bytes, the limit is {COMPRESSED_BYTES_MAX}");
        found.gap(path, GapReason::LimitReached, detail);
        return Ok(());
    }
    let compressed = read_up_to(file, range.start, usize::try_from(length).unwrap_or(usize::MAX))?;
    let mut json = Vec::new();
    let decoder = flate2::read::ZlibDecoder::new(compressed.as_slice());
    if let Err(error) = decoder.take(JSON_BYTES_MAX + 1).read_to_end(&mut json) {
        found.gap(path, GapReason::Malformed, format!("section .dep-v0: {error}"));
        return Ok(());
    }
    if json.len() as u64 > JSON_BYTES_MAX {
        found.gap(
            path,
            GapReason::LimitReached,
            format!("section .dep-v0 unpacks to more than {JSON_BYTES_MAX} bytes"),
        );
        return Ok(());
    }
    match serde_json::from_slice::<List>(&json) {
        Ok(list) => {
            for package in list.packages {
                if package.source == "crates.io" && matches!(package.kind.as_str(), "" | "runtime") {
                    let (name, version) = (&package.name, &package.version);
                    found.packages.push(Package::new(
                        Ecosystem::Cargo,
                        name,
                        version,
                        FoundBy::BuildInfo,
                        path,
                    ));
                }
            }
        }
        Err(error) => found.gap(path, GapReason::Malformed, format!("section .dep-v0: {error}")),
    }
    Ok(())
}
