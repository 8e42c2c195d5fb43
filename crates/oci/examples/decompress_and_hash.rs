//! The floor that reading a layer is measured against: each file decompressed, its bytes hashed before and after,
//! nothing else done. What is not compressed is hashed once. `cargo xtask bench` runs it beside `seawall scan`.
//!
//! `cargo run --release -p oci --example decompress_and_hash -- BLOB …`
#![allow(clippy::disallowed_methods, reason = "it reads the files it is given")]

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 256 << 10;

fn main() -> io::Result<()> {
    for path in std::env::args_os().skip(1) {
        let mut blob = Hashed { inner: File::open(&path)?, hash: Sha256::new() };
        let content = {
            let mut reader = BufReader::with_capacity(BUFFER_BYTES, &mut blob);
            let start = reader.fill_buf()?;
            if start.starts_with(&[0x1f, 0x8b]) {
                hash_all(flate2::bufread::MultiGzDecoder::new(reader))?
            } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
                hash_all(zstd::Decoder::with_buffer(reader)?)?
            } else {
                io::copy(&mut reader, &mut io::sink())?;
                Vec::new()
            }
        };
        println!("{} {} {}", hex(&blob.hash.finalize()), hex(&content), path.display());
    }
    Ok(())
}

/// Hashes what passes.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

fn hash_all(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(&buffer[..count]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
