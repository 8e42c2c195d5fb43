//! The floor that reading a directory is measured against: every regular file below it read and hashed with SHA-256
//! on one thread, nothing else done. `cargo xtask bench` runs it beside `seawall scan rootfs:…`.
//!
//! `cargo run --release -p oci --example hash_files -- DIRECTORY …`
#![allow(clippy::disallowed_methods, reason = "it reads the directories it is given")]

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

const BUFFER_BYTES: usize = 256 << 10;

fn main() -> io::Result<()> {
    let mut directories: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut buffer = vec![0; BUFFER_BYTES];
    let (mut files, mut bytes, mut all) = (0_u64, 0, Sha256::new());
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                directories.push(entry.path());
            } else if kind.is_file() {
                let mut hash = Sha256::new();
                let mut file = File::open(entry.path())?;
                loop {
                    let count = file.read(&mut buffer)?;
                    if count == 0 {
                        break;
                    }
                    hash.update(&buffer[..count]);
                    bytes += count;
                }
                files += 1;
                all.update(hash.finalize());
            }
        }
    }
    println!("{files} files, {bytes} bytes, {:02x?}", all.finalize().as_slice());
    Ok(())
}
