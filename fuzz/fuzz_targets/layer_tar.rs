//! A plain tar as a layer, every body read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::Limits;
use oci::{BlobLayer, Body, Entry, LayerSource, LayerThreads, Visitor};
use std::io::{Cursor, Read};

struct ReadAll(u64);

impl Visitor for ReadAll {
    fn entry(&mut self, entry: &Entry) -> bool {
        self.0 += 1;
        let path = entry.path.as_str();
        assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."), "{path}");
        true
    }
    fn body(&mut self, entry: &Entry, body: Body<'_>) {
        if let Body::Stream(reader) = body {
            let count = std::io::copy(&mut reader.take(1 << 20), &mut std::io::sink()).unwrap_or(0);
            assert!(count <= entry.size);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let bytes = data.to_vec();
    let layer = BlobLayer::new(move || Ok(Box::new(Cursor::new(bytes.clone()))), None, None, "");
    let limits = Limits { layer_bytes_max: 16 << 20, ..Limits::default() };
    let mut visitor = ReadAll(0);
    let outcome = layer.with_threads(LayerThreads::One).walk(&limits, &mut visitor).expect("memory can be read");
    assert!(outcome.gaps.len() < 200 && outcome.bytes_read <= (16 << 20) + (256 << 10));
});
