//! Packs `rules/yara/*.yar` into one compressed file: a program that held them in clear would match its own rules.

#![allow(clippy::disallowed_methods, reason = "a build script reads the rules that it packs")]

use std::io::Write as _;
use std::path::Path;

fn main() {
    let folder =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../rules/yara");
    println!("cargo:rerun-if-changed={}", folder.display());
    let entries = std::fs::read_dir(&folder).expect("rules/yara lies in the repository");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yar"))
        .collect();
    names.sort();
    let mut plain = Vec::new();
    for name in names {
        let text = std::fs::read(folder.join(&name)).expect("the file was listed");
        for part in [name.as_bytes(), &text] {
            plain.extend_from_slice(&u32::try_from(part.len()).expect("rules are small").to_le_bytes());
            plain.extend_from_slice(part);
        }
    }
    let out = Path::new(&std::env::var_os("OUT_DIR").expect("cargo sets it")).join("rules.z");
    let file = std::fs::File::create(out).expect("cargo made the folder");
    let mut encoder = flate2::write::ZlibEncoder::new(file, flate2::Compression::best());
    encoder.write_all(&plain).expect("the disk has room");
    encoder.finish().expect("the disk has room");
}
