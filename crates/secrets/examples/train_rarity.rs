//! Counts which letters follow each other in the identifiers and words of the files of some folders and writes the
//! table of `rarity.rs`.
//!
//! `cargo run -p secrets --example train_rarity -- OUT FOLDER...`
#![allow(clippy::disallowed_methods, reason = "a tool that reads and writes files")]

use std::collections::HashSet;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().expect("usage: train_rarity OUT FOLDER...");
    let mut words = HashSet::new();
    for folder in arguments {
        collect(Path::new(&folder), &mut words);
    }
    let symbol = |byte: u8| match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'A'..=b'Z' => usize::from(byte - b'A'),
        b'0'..=b'9' => 26,
        _ => 27,
    };
    let mut counts = vec![1.0_f64; 28 * 28 * 28];
    for word in &words {
        let (mut first, mut second) = (27, 27);
        for byte in word.iter() {
            let third = symbol(*byte);
            counts[(first * 28 + second) * 28 + third] += 1.0;
            (first, second) = (second, third);
        }
    }
    let mut table = Vec::with_capacity(counts.len());
    for row in counts.chunks_exact(28) {
        let sum: f64 = row.iter().sum();
        table.extend(row.iter().map(|count| (-(count / sum).log2() * 8.0).round().clamp(0.0, 96.0) as u8));
    }
    eprintln!("{} words", words.len());
    std::fs::write(out, table)
}

/// Words of 3 to 40 characters; those that hold many digits are numbers and hashes.
fn collect(folder: &Path, words: &mut HashSet<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(&entry.path(), words);
        } else if kind.is_file() && words.len() < 3_000_000 {
            let Ok(bytes) = std::fs::read(entry.path()) else { continue };
            if bytes.len() > 1_000_000 || !content::is_text(&bytes) {
                continue;
            }
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
            for word in bytes.split(|byte| !is_word(byte)) {
                let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
                if (3..=40).contains(&word.len()) && digits * 4 <= word.len() {
                    words.insert(word.to_vec());
                }
            }
        }
    }
}
