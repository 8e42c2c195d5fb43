//! Walking a compressed layer against decompressing and hashing it alone.
//!
//! The layer is made of this machine's `/usr`, about 200 MB of it: `cargo bench -p oci --bench layer_walk`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark may stop, and criterion makes a public item"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use model::{Digest, LayerPath, Limits};
use oci::{
    BlobLayer, Body, DirectoryOptions, Entry, EntryKind, LayerSource, LayerThreads, Visitor, directory_layer,
};
use sha2::{Digest as _, Sha256};
use std::hint::black_box;
use std::io::{Cursor, Read, Write};
use std::sync::Arc;

const LAYER_BYTES: usize = 200 << 20;

/// Writes what it is shown into a tar.
struct Packer(Vec<u8>);

impl Packer {
    fn header(&mut self, entry: &Entry, flag: u8, link: &str, size: u64) {
        let path = entry.path.as_str();
        if path.len() > 99 || link.len() > 99 {
            return;
        }
        let mut header = [0_u8; 512];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[100..107].copy_from_slice(format!("{:07o}", entry.mode).as_bytes());
        header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        header[136..147].copy_from_slice(b"00000000007");
        header[156] = flag;
        header[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.0.extend_from_slice(&header);
    }
}

impl Visitor for Packer {
    fn entry(&mut self, entry: &Entry) -> bool {
        match &entry.kind {
            EntryKind::Directory => self.header(entry, b'5', "", 0),
            EntryKind::Symlink(target) => self.header(entry, b'2', target, 0),
            EntryKind::File => return self.0.len() < LAYER_BYTES && entry.path.as_str().len() < 100,
            _ => {}
        }
        false
    }

    fn body(&mut self, entry: &Entry, body: Body<'_>) {
        let Body::File(mut file) = body else { return };
        let mut content = Vec::new();
        if file.read_to_end(&mut content).is_ok() && self.0.len() + content.len() < LAYER_BYTES + (20 << 20) {
            self.header(entry, b'0', "", content.len() as u64);
            self.0.extend_from_slice(&content);
            self.0.resize(self.0.len().next_multiple_of(512), 0);
        }
    }
}

/// Counts entries, and reads what a scan reads: small files below `var/lib/dpkg` and `.json`.
struct Scan(u64);

impl Visitor for Scan {
    fn entry(&mut self, entry: &Entry) -> bool {
        self.0 += 1;
        entry.path.as_str().ends_with(".json")
    }

    fn body(&mut self, _: &Entry, body: Body<'_>) {
        if let Body::Stream(reader) = body {
            std::io::copy(reader, &mut std::io::sink()).unwrap();
        }
    }
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::from_sha256(&Sha256::digest(bytes).into())
}

/// The floor: the blob hashed, decompressed, and hashed again, on one thread, in buffers of the same size.
fn decompress_and_hash(blob: &[u8], mut decoder: impl Read) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = decoder.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
    }
    black_box(Sha256::digest(blob));
    hash.finalize().into()
}

fn layer_walk(criterion: &mut Criterion) {
    let exclude = vec![LayerPath::new("src"), LayerPath::new("local")];
    let usr = directory_layer("/usr".into(), DirectoryOptions { exclude, ..DirectoryOptions::default() });
    let mut packer = Packer(Vec::new());
    usr.walk(&Limits::default(), &mut packer).unwrap();
    let mut tar = packer.0;
    tar.extend_from_slice(&[0; 1024]);
    let diff_id = digest(&tar);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(&tar).unwrap();
    let forms = [
        ("plain", tar.clone()),
        ("gzip", encoder.finish().unwrap()),
        ("zstd", zstd::encode_all(tar.as_slice(), 3).unwrap()),
    ];
    for (form, blob) in forms {
        let mut group = criterion.benchmark_group(form);
        group.sample_size(10).throughput(Throughput::Bytes(tar.len() as u64));
        group.bench_function("decompress and hash alone", |bencher| {
            bencher.iter(|| match form {
                "gzip" => decompress_and_hash(&blob, flate2::bufread::GzDecoder::new(blob.as_slice())),
                "zstd" => decompress_and_hash(&blob, zstd::Decoder::with_buffer(blob.as_slice()).unwrap()),
                _ => digest(&blob).hex().as_bytes()[..32].try_into().unwrap(),
            });
        });
        let blob = Arc::new(blob);
        for (name, threads) in [("one thread", LayerThreads::One), ("two threads", LayerThreads::Two)] {
            let expected = digest(&blob);
            let shared = blob.clone();
            let open = move || Ok(Box::new(Cursor::new(SharedBlob(shared.clone()))) as Box<dyn Read + Send>);
            let layer = BlobLayer::new(open, Some(expected), Some(diff_id.clone()), "").with_threads(threads);
            group.bench_function(BenchmarkId::new("walk", name), |bencher| {
                bencher.iter(|| {
                    let mut scan = Scan(0);
                    let outcome = layer.walk(&Limits::default(), &mut scan).unwrap();
                    assert!(outcome.gaps.is_empty() && outcome.mismatches.is_empty(), "{outcome:?}");
                    scan.0
                });
            });
        }
        group.finish();
    }
}

struct SharedBlob(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBlob {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

criterion_group!(benches, layer_walk);
criterion_main!(benches);
