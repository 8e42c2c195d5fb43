//! Indexes, manifests and configurations: two documents, divided by a zero byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{Limits, Target, TargetKind};
use oci::{Document, ImageParts, PlatformChoice, open_image_from_parts, parse_document, select_manifests};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let (manifest, config) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Ok(Document::Index(index)) = parse_document(manifest, None, &limits) {
        for choice in [PlatformChoice::Host, PlatformChoice::All] {
            let _ = select_manifests(&index.manifests, &choice);
        }
    }
    let target = Target {
        kind: TargetKind::Oci,
        name: String::new(),
        manifest_digest: None,
        image_id: None,
        names: Vec::new(),
        platform: None,
        created: None,
        base: None,
        base_digest: None,
    };
    let parts = ImageParts { target, manifest, manifest_digest: None, config };
    let opened = open_image_from_parts(parts, &limits, &mut |descriptor, diff_id| {
        let open = || Err(std::io::Error::other("never opened"));
        oci::blob_layer(open, Some(descriptor.digest.clone()), diff_id.cloned(), &descriptor.media_type)
    });
    if let Ok(image) = opened {
        assert!(image.layers.iter().enumerate().all(|(at, layer)| layer.layer.index == at));
    }
});
