//! Manifests, indexes, configurations and bills of materials that are hostile.

use crate::sandbox::{Sandbox, assert_gap, has_package};
use crate::support;
use model::GapReason;
use serde_json::json;
use testkit::Layout;

#[test]
fn a_hostile_bill_of_materials_is_an_error_or_a_gap() {
    let sandbox = Sandbox::new();
    let depth = 200_000;
    let deep = format!(
        "{{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{}{}]}}",
        "{\"type\": \"library\", \"name\": \"a\", \"components\": [".repeat(depth),
        "]}".repeat(depth)
    );
    for (name, content, status) in [
        ("empty.json", String::new(), 2),
        ("brackets.json", "[".repeat(5 << 20), 2),
        ("cut.json", "{\"bomFormat\": \"CycloneDX\", \"components\": [{\"name\": ".to_owned(), 2),
        ("wrong.json", "{\"bomFormat\": \"CycloneDX\", \"components\": {\"name\": 1}}".to_owned(), 2),
        ("zero.json", "\0".repeat(1_000), 2),
        ("bomb.xml", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><bom>&b;</bom>".to_owned(), 2),
    ] {
        let path = sandbox.write(name, content);
        let run = sandbox.run(&["scan", &format!("sbom:{}", path.display()), "--format", "json"]);
        assert_eq!(run.status, Some(status), "{name}: {}", run.stderr);
        run.assert_refused(name);
    }
    let path = sandbox.write("deep.json", deep);
    let report = sandbox.scan(&format!("sbom:{}", path.display()), &[]);
    assert_gap(&report, "", GapReason::LimitReached, "deeper");
}

#[test]
fn a_bill_of_many_components_is_cut_at_the_limit() {
    let sandbox = Sandbox::new();
    let component = |index: usize| {
        format!(
            "{{\"type\": \"library\", \"name\": \"p{index}\", \"version\": \"1\", \"purl\": \"pkg:npm/p{index}@1\"}}"
        )
    };
    let components: Vec<String> = (0..60_000).map(component).collect();
    let document = format!(
        "{{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [{}]}}",
        components.join(",")
    );
    let path = sandbox.write("many.cdx.json", document);
    let target = format!("sbom:{}", path.display());
    let report = sandbox.scan(&target, &["--limit", "packages_max=1000"]);
    assert_eq!(report.packages.len(), 1_000);
    assert_gap(&report, "", GapReason::LimitReached, "1000");
    assert_eq!(sandbox.scan(&target, &[]).packages.len(), 60_000);
    let run = sandbox.run(&["scan", &target, "--limit", "file_bytes_max=1000"]);
    run.assert_refused("1000");
}

#[test]
fn a_layout_of_garbage_is_refused() {
    for (name, index) in [
        ("empty", String::new()),
        ("deep", "[".repeat(1 << 20)),
        ("null", "null".to_owned()),
        ("nothing", json!({ "schemaVersion": 2, "manifests": [] }).to_string()),
        (
            "climbing",
            json!({ "schemaVersion": 2, "manifests": [{ "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": "sha256:../../../../etc/passwd", "size": 5 }] })
            .to_string(),
        ),
        (
            "escapes",
            json!({ "schemaVersion": 2, "manifests": [{ "mediaType": "\u{1b}[31m\u{202e}", "digest":
                "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "size": -1 }] })
            .to_string(),
        ),
    ] {
        let sandbox = Sandbox::new();
        let layout = Layout::new(&sandbox.path("l")).finish();
        std::fs::write(layout.join("index.json"), index).unwrap();
        let run = sandbox.run(&["scan", &format!("oci:{}", layout.display())]);
        run.assert_refused("cannot open");
        assert!(!run.stderr.contains('\u{202e}'), "{name}: {:?}", run.stderr);
    }
}

#[test]
fn every_document_of_an_image_may_be_cut_or_flipped() {
    let sandbox = Sandbox::new();
    let layout = support::layout(&sandbox.path("l"), testkit::LayerEncoding::Gzip);
    let target = format!("oci:{}", layout.display());
    let whole = sandbox.scan(&target, &[]);
    let layers: Vec<&str> = whole.layers.iter().map(|layer| layer.digest.as_ref().unwrap().hex()).collect();
    let mut documents = vec![layout.join("index.json")];
    for entry in std::fs::read_dir(layout.join("blobs/sha256")).unwrap() {
        let path = entry.unwrap().path();
        if !layers.contains(&path.file_name().unwrap().to_str().unwrap()) {
            documents.push(path);
        }
    }
    assert_eq!(documents.len(), 3);
    for path in documents {
        let content = std::fs::read(&path).unwrap();
        for step in 0..8 {
            let at = content.len() * step / 8;
            let mut flipped = content.clone();
            flipped[at] ^= 0x08;
            for bad in [&content[..at], &flipped] {
                std::fs::write(&path, bad).unwrap();
                let run = sandbox.run(&["scan", &target, "--no-cache", "--format", "json"]);
                if run.status == Some(2) {
                    continue;
                }
                let report = run.report();
                let is_told = report.findings.iter().any(|finding| finding.rule == "image/digest-mismatch")
                    || report.gaps.len() > whole.gaps.len()
                    // The list of an unsigned layout may say anything that still leads to the image.
                    || path.ends_with("index.json") && has_package(&report, "libssl3");
                assert!(is_told, "{} at {at}: {:?}", path.display(), report.gaps);
            }
        }
        std::fs::write(&path, content).unwrap();
    }
}

#[test]
fn archives_of_garbage_are_refused() {
    let sandbox = Sandbox::new();
    for (name, content) in [
        ("empty", Vec::new()),
        ("zeros", vec![0; 10 << 20]),
        ("text", b"hello".repeat(1_000)),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\0garbage".to_vec()),
        ("zstd", b"\x28\xb5\x2f\xfdgarbage".to_vec()),
        ("zip", b"PK\x03\x04garbage".to_vec()),
    ] {
        let path = sandbox.write(name, content);
        sandbox.run(&["scan", &format!("archive:{}", path.display())]).assert_refused("");
    }
}
