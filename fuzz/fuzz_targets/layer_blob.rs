//! A blob of any compression, on two threads, with digests that never match.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Digest, Limits};
use oci::{BlobLayer, Body, Entry, LayerSource, Visitor};
use std::io::Cursor;

struct Ignore;

impl Visitor for Ignore {
    fn entry(&mut self, _: &Entry) -> bool {
        false
    }
    fn body(&mut self, _: &Entry, _: Body<'_>) {}
}

fuzz_target!(|data: &[u8]| {
    let bytes = data.to_vec();
    let wrong = Digest::from_sha256(&[0; 32]);
    let open = move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn std::io::Read + Send>);
    let layer = BlobLayer::new(open, Some(wrong.clone()), Some(wrong), "application/vnd.oci.image.layer.v1.tar+gzip");
    let limits = Limits { layer_bytes_max: 4 << 20, compression_ratio_max: 100, ..Limits::default() };
    let outcome = layer.walk(&limits, &mut Ignore).expect("memory can be read");
    assert!(outcome.mismatches.iter().any(|mismatch| mismatch.what == "blob"), "the blob is always judged");
});
