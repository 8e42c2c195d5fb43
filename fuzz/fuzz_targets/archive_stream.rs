//! A docker-archive or OCI archive that streams past.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Limits, TargetKind};
use oci::{Body, Entry, LayerThreads, OpenOptions, PlatformChoice, Visitor, walk_archive_stream};
use std::io::Cursor;

struct Ignore;

impl Visitor for Ignore {
    fn entry(&mut self, _: &Entry) -> bool {
        false
    }
    fn body(&mut self, _: &Entry, _: Body<'_>) {}
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits { layer_bytes_max: 4 << 20, manifest_bytes_max: 64 << 10, ..Limits::default() };
    let (threads, platform) = (LayerThreads::One, PlatformChoice::All);
    let options = OpenOptions { reference: None, platform, threads, limits };
    let mut reader = Cursor::new(data.to_vec());
    let mut layers = 0;
    let archive = walk_archive_stream(&mut reader, TargetKind::Archive, "fuzz", &options, &mut |layer| {
        assert_eq!(layer.index(), layers);
        layers += 1;
        let _ = layer.walk(&mut Ignore);
    });
    if let Ok(archive) = archive {
        assert_eq!(archive.layers.len(), layers);
        for image in &archive.images {
            assert_eq!(image.layers.len(), image.image.layers.len());
        }
    }
});
