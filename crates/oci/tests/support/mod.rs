//! Tars made by code, and a visitor that records what it is shown.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

pub mod image;

use model::{Digest, Gap, GapReason, Limits};
use oci::{Body, Entry, EntryKind, LayerSource, Outcome, Visitor};
use sha2::Digest as _;
use std::io::{Read, Write};
use std::path::PathBuf;

/// Writes a tar entry by entry; headers are ustar unless a test asks for something else.
#[derive(Clone, Default)]
pub struct Tar(pub Vec<u8>);

impl Tar {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn file(self, path: &str, content: &[u8]) -> Self {
        self.entry(b'0', path, "", content)
    }

    pub fn directory(self, path: &str) -> Self {
        self.entry(b'5', path, "", b"")
    }

    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.entry(b'2', path, target, b"")
    }

    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.entry(b'1', path, target, b"")
    }

    pub fn entry(self, flag: u8, path: &str, link: &str, content: &[u8]) -> Self {
        self.raw(header(flag, path.as_bytes(), link, content.len() as u64), content)
    }

    /// A header that was changed, with its checksum made right again.
    pub fn raw(mut self, mut header: [u8; 512], content: &[u8]) -> Self {
        checksum(&mut header);
        self.0.extend_from_slice(&header);
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub fn pax(self, records: &[(&str, &str)]) -> Self {
        let records: Vec<u8> = records.iter().flat_map(|(key, value)| pax_record(key, value)).collect();
        self.entry(b'x', "PaxHeaders/x", "", &records)
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        self.0
    }
}

pub fn header(flag: u8, path: &[u8], link: &str, size: u64) -> [u8; 512] {
    let mut header = [0; 512];
    header[..path.len()].copy_from_slice(path);
    header[100..107].copy_from_slice(b"0000644");
    header[108..115].copy_from_slice(b"0000001");
    header[116..123].copy_from_slice(b"0000002");
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    header[136..147].copy_from_slice(b"00000000007");
    header[156] = flag;
    header[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header[257..265].copy_from_slice(b"ustar\x0000");
    header
}

pub fn checksum(header: &mut [u8; 512]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

pub fn pax_record(key: &str, value: &str) -> Vec<u8> {
    let body = format!(" {key}={value}\n");
    let mut length = body.len() + 1;
    while length != body.len() + length.to_string().len() {
        length = body.len() + length.to_string().len();
    }
    format!("{length}{body}").into_bytes()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

pub fn digest(bytes: &[u8]) -> Digest {
    Digest::from_sha256(&sha2::Sha256::digest(bytes).into())
}

/// Records entries and reads every body it gets to its end.
#[derive(Default)]
pub struct Recorder {
    pub entries: Vec<Entry>,
    pub bodies: Vec<(String, Vec<u8>)>,
    pub body_errors: usize,
    pub is_cancelled: bool,
    /// Bodies are not asked for.
    pub only_names: bool,
}

impl Visitor for Recorder {
    fn entry(&mut self, entry: &Entry) -> bool {
        self.entries.push(entry.clone());
        !self.only_names
    }

    fn body(&mut self, entry: &Entry, body: Body<'_>) {
        let mut content = Vec::new();
        let read = match body {
            Body::Stream(reader) => reader.take(64 << 20).read_to_end(&mut content),
            Body::File(mut file) => file.read_to_end(&mut content),
        };
        if read.is_err() {
            self.body_errors += 1;
        }
        self.bodies.push((entry.path.as_str().to_owned(), content));
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }
}

impl Recorder {
    pub fn paths(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    pub fn kinds(&self) -> Vec<(&str, &EntryKind)> {
        self.entries.iter().map(|entry| (entry.path.as_str(), &entry.kind)).collect()
    }

    pub fn content(&self, path: &str) -> Option<&[u8]> {
        self.bodies.iter().find(|(of, _)| of == path).map(|(_, content)| content.as_slice())
    }
}

/// A layer of these bytes.
pub fn layer(bytes: Vec<u8>) -> oci::BlobLayer {
    oci::BlobLayer::new(move || Ok(Box::new(std::io::Cursor::new(bytes.clone()))), None, None, "")
}

#[track_caller]
pub fn walk(source: &dyn LayerSource) -> (Recorder, Outcome) {
    walk_with(source, &Limits::default())
}

#[track_caller]
pub fn walk_with(source: &dyn LayerSource, limits: &Limits) -> (Recorder, Outcome) {
    let mut recorder = Recorder::default();
    let outcome = source.walk(limits, &mut recorder).unwrap();
    (recorder, outcome)
}

/// Walks a plain tar.
#[track_caller]
pub fn walk_tar(bytes: Vec<u8>) -> (Recorder, Outcome) {
    walk(&layer(bytes))
}

pub fn reasons(gaps: &[Gap]) -> Vec<GapReason> {
    gaps.iter().map(|gap| gap.reason).collect()
}

/// The shared material, when it is there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("SEAWALL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}
