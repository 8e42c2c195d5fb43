//! Layers that are bombs, endless, cut, flipped, or not what they are said to be.

use crate::sandbox::{Sandbox, assert_gap, has_package, text};
use crate::support;
use model::GapReason::{LimitReached, Malformed, Truncated, Unreadable};
use serde_json::json;
use std::path::Path;
use testkit::{LayerEncoding, Layout, Tar};

/// The header block of a file (POSIX ustar), without its content.
pub(crate) fn tar_header(path: &str, size: u64) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..path.len()].copy_from_slice(path.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[108..124].copy_from_slice(b"0000000\x000000000\0");
    let number = format!("{size:011o}\0");
    header[124..124 + number.len()].copy_from_slice(number.as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].copy_from_slice(b"        ");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A zstd frame (RFC 8878) that starts with `head` and goes on with so many blocks of 128 KiB of zeros, at four
/// bytes each.
fn zstd_bomb(head: &[u8], blocks: usize) -> Vec<u8> {
    let block = |size: usize, kind: u32, is_last: bool| {
        let word = u32::from(is_last) | kind << 1 | u32::try_from(size).unwrap() << 3;
        word.to_le_bytes()[..3].to_vec()
    };
    // Magic, no flags, a window of 2 MiB.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    frame.extend(block(head.len(), 0, false));
    frame.extend(head);
    for index in 0..blocks {
        frame.extend(block(128 << 10, 1, index + 1 == blocks));
        frame.push(0);
    }
    frame
}

/// A layout with an image of one layer blob, whatever it is; returns the target.
fn image_of_blob(directory: &Path, media_type: &str, blob: &[u8]) -> String {
    let mut layout = Layout::new(directory);
    let layer = layout.blob(media_type, blob);
    let config =
        json!({ "os": "linux", "architecture": "amd64", "rootfs": { "type": "layers", "diff_ids": [] } });
    let config = layout.blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest =
        json!({ "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [layer] });
    let manifest = layout.blob(media_type, manifest.to_string().as_bytes());
    layout.tag("it", &manifest);
    format!("oci:{}", layout.finish().display())
}

#[test]
fn a_zstd_bomb_ends_at_the_ratio() {
    let sandbox = Sandbox::new();
    // 64 GiB in 2 MB, in a file that nobody would parse.
    let bomb = zstd_bomb(&tar_header("usr/share/big", 0o77_777_777_777), 512 << 10);
    let target = image_of_blob(&sandbox.path("l"), "application/vnd.oci.image.layer.v1.tar+zstd", &bomb);
    assert_gap(&sandbox.scan(&target, &[]), "layer", LimitReached, "compression_ratio_max");
}

#[test]
fn a_gzip_bomb_ends_at_the_limit_on_bytes_or_ratio() {
    let sandbox = Sandbox::new();
    let mut tar = tar_header("usr/share/big", 100 << 20);
    tar.resize(tar.len() + (100 << 20), 0);
    let target = sandbox.image(&[tar]);
    assert_gap(&sandbox.scan(&target, &["--limit", "layer_bytes_max=1000000"]), "", LimitReached, "1000000");
    assert_gap(&sandbox.scan(&target, &["--limit", "compression_ratio_max=50"]), "", LimitReached, "50");
}

#[test]
fn a_bomb_with_a_wanted_name_is_not_read_into_memory() {
    let sandbox = Sandbox::new();
    // 8 GiB less one block, as far as octal goes.
    let bomb = zstd_bomb(&tar_header("var/lib/dpkg/status", 0o77_777_777_000), 100);
    let target = image_of_blob(&sandbox.path("l"), "application/vnd.oci.image.layer.v1.tar+zstd", &bomb);
    let report = sandbox.scan(&target, &["--limit", "compression_ratio_max=1000000"]);
    assert_gap(&report, "var/lib/dpkg/status", LimitReached, "file_bytes_max");
    assert_gap(&report, "layer", Truncated, "");
}

#[test]
fn many_entries_are_a_gap_beyond_the_limit_and_no_memory_below_it() {
    let sandbox = Sandbox::new();
    let mut tar = support::base_layer();
    tar.truncate(tar.len() - 1_024);
    for index in 0..300_000 {
        tar.extend(tar_header(&format!("usr/share/{}/{index}", index % 1_000), 0));
    }
    tar.resize(tar.len() + 1_024, 0);
    let target = image_of_blob(&sandbox.path("l"), "application/vnd.oci.image.layer.v1.tar", &tar);
    let whole = sandbox.scan(&target, &[]);
    assert!(has_package(&whole, "libssl3") && whole.gaps.iter().all(|gap| gap.reason != LimitReached));
    let part = sandbox.scan(&target, &["--limit", "layer_entries_max=1000"]);
    assert!(has_package(&part, "libssl3"), "what came before the limit is kept");
    assert_gap(&part, "layer", LimitReached, "1000");
}

#[test]
fn a_cut_or_flipped_blob_never_passes_for_whole() {
    let sandbox = Sandbox::new();
    let mut blob = Vec::new();
    for (index, encoding) in [LayerEncoding::Plain, LayerEncoding::Gzip].into_iter().enumerate() {
        let layout = support::layout(&sandbox.path(&format!("l{index}")), encoding);
        let target = format!("oci:{}", layout.display());
        let whole = sandbox.scan(&target, &[]);
        let path = layout.join("blobs/sha256").join(whole.layers[1].digest.as_ref().unwrap().hex());
        blob.clear();
        blob.extend(std::fs::read(&path).unwrap());
        for step in 0..10 {
            let at = blob.len() * step / 10 + step * 37 % 64;
            std::fs::write(&path, &blob[..at]).unwrap();
            let cut = sandbox.scan(&target, &[]);
            assert!(
                cut.gaps.iter().any(|gap| matches!(gap.reason, Truncated | Malformed | Unreadable)),
                "cut at {at}: {:?}",
                cut.gaps
            );
            let mut flipped = blob.clone();
            flipped[at] ^= 0x10;
            std::fs::write(&path, &flipped).unwrap();
            let flipped = sandbox.scan(&target, &[]);
            let is_told = flipped.findings.iter().any(|finding| finding.rule == "image/digest-mismatch")
                || flipped.gaps.len() > whole.gaps.len();
            assert!(is_told, "bit at {at} flipped");
        }
    }
}

#[test]
fn a_wrong_media_type_is_a_gap_and_the_layer_is_read() {
    let sandbox = Sandbox::new();
    for (index, media_type) in [
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "text/plain",
        "",
        "application/vnd.oci.image.layer.v1.tar+xyz",
    ]
    .into_iter()
    .enumerate()
    {
        let target = image_of_blob(&sandbox.path(&index.to_string()), media_type, &support::base_layer());
        let report = sandbox.scan(&target, &[]);
        assert!(has_package(&report, "libssl3"), "{media_type}: {:?}", report.gaps);
    }
    let target =
        image_of_blob(&sandbox.path("json"), "application/vnd.oci.image.layer.v1.tar", b"{\"a\": 1}");
    let report = sandbox.scan(&target, &[]);
    assert!(report.gaps.iter().any(|gap| gap.what.contains("layer")), "{:?}", report.gaps);
}

#[test]
fn a_layer_of_garbage_is_a_gap() {
    let sandbox = Sandbox::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    for (index, head) in
        [&b""[..], b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0"].iter().enumerate()
    {
        let mut blob = head.to_vec();
        blob.extend((0..100_000).map(|_| next()));
        let target = image_of_blob(
            &sandbox.path(&index.to_string()),
            "application/vnd.oci.image.layer.v1.tar+gzip",
            &blob,
        );
        let report = sandbox.scan(&target, &[]);
        assert!(report.gaps.iter().any(|gap| gap.what.contains("layer")), "{head:?}: {:?}", report.gaps);
    }
}

#[test]
fn six_hundred_layers_are_cut_at_the_limit() {
    let sandbox = Sandbox::new();
    let layers: Vec<Vec<u8>> =
        (0..600).map(|index| Tar::new().file(&format!("f{index}"), b"x").finish()).collect();
    let target = sandbox.image(&layers);
    let report = sandbox.scan(&target, &[]);
    assert!(report.layers.len() <= 512);
    assert_gap(&report, "", LimitReached, "layers_max");
    assert_eq!(sandbox.scan(&target, &["--limit", "layers_max=1000"]).layers.len(), 600);
}

#[test]
fn no_time_is_a_gap_for_every_layer() {
    let sandbox = Sandbox::new();
    let target = sandbox.image(&[support::base_layer(), support::app_layer()]);
    let report = sandbox.scan(&target, &["--limit", "scan_secs_max=0"]);
    assert!(report.packages.is_empty());
    for layer in ["layer 0", "layer 1"] {
        assert_gap(&report, layer, LimitReached, "scan_secs_max");
    }
    let archive = sandbox.path("image.tar.gz");
    let status = std::process::Command::new("tar")
        .args(["-C", text(&sandbox.path("layout")), "-czf", text(&archive), "."])
        .status()
        .unwrap();
    assert!(status.success());
    let report = sandbox.scan(&format!("archive:{}", archive.display()), &["--limit", "scan_secs_max=0"]);
    assert!(report.packages.is_empty());
    assert!(report.gaps.iter().any(|gap| gap.reason == LimitReached), "{:?}", report.gaps);
}

#[test]
fn paths_that_climb_or_are_absolute_write_nothing_and_are_told_of() {
    let sandbox = Sandbox::new();
    let outside = sandbox.path("outside");
    let mut tar = Vec::new();
    for name in
        ["../../../../in/outside".to_owned(), format!("{}", outside.display()), "a/../../b".to_owned()]
    {
        tar.extend(tar_header(&name, 0));
    }
    tar.resize(tar.len() + 1_024, 0);
    let mut layers = vec![tar];
    layers.push(
        Tar::new()
            .symlink("etc/os-release", "../../../../../../etc/os-release")
            .symlink("var/lib/dpkg/status", "/../../../var/lib/dpkg/status")
            .symlink("lib", "/lib")
            .symlink("node_modules/a/package.json", "package.json")
            .symlink("node_modules/b/package.json", "../c/package.json")
            .symlink("node_modules/c/package.json", "../b/package.json")
            .hard_link("node_modules/d/package.json", "../../../etc/passwd")
            .finish(),
    );
    let target = sandbox.image(&layers);
    let report = sandbox.scan(&target, &[]);
    assert!(!outside.exists());
    assert_eq!(report.packages, []);
    assert_eq!(report.distribution, None, "the machine's own files were read");
    assert_gap(&report, "..", Malformed, "climbs above the root");
    assert!(report.findings.iter().any(|finding| finding.rule == "image/link-outside-root"));
}
