//! What the bytes of files give: hits with layer and visibility, integrity of packaged files.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use content::{Budget, Detector, FileView, Halt, Hit, Pieces, Sifted};
use model::{Finding, GapReason, Severity};
use oci::OpenOptions;
use scan::{Cache, ContentOptions, Inventory, Options, Session};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::{LayerEncoding, Layout, Tar};

const RELEASE: &[u8] = b"ID=debian\nVERSION_ID=\"12\"\n";

/// Finds a word; counts how often it was asked; panics on another word.
#[derive(Default)]
struct Words {
    asked: AtomicUsize,
}

impl Detector for Words {
    fn name(&self) -> &'static str {
        "words"
    }
    fn digest(&self) -> String {
        "1".to_owned()
    }
    fn wants(&self, file: &FileView<'_>) -> bool {
        file.class != content::FileClass::Image
    }
    fn context(&self, _: &FileView<'_>) -> u64 {
        0
    }
    fn examine(&self, _: &FileView<'_>, bytes: &[u8], _: &Budget, hits: &mut Vec<Hit>) -> Result<(), Halt> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let has = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
        assert!(!has(b"panic!"), "a defect");
        if has(b"evil") {
            let mut hit = Hit::of(&model::RULES[0], "evil");
            hit.severity = Severity::High;
            hits.push(hit);
        }
        Ok(())
    }
}

fn md5sums(files: &[(&str, &[u8])]) -> Vec<u8> {
    use md5::{Digest as _, Md5};
    let mut text = String::new();
    for (path, bytes) in files {
        let digest: String = Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!("{digest}  {path}\n"));
    }
    text.into_bytes()
}

fn status(version: &str) -> Vec<u8> {
    format!("Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n")
        .into_bytes()
}

/// A layer with the package `tool` and its record.
fn installed(version: &str, files: &[(&str, &[u8])]) -> Tar {
    let mut tar = Tar::new()
        .file("etc/os-release", RELEASE)
        .file("var/lib/dpkg/status", &status(version))
        .file("var/lib/dpkg/info/tool.md5sums", &md5sums(files));
    for (path, bytes) in files {
        tar = tar.file(path, bytes);
    }
    tar
}

struct Scanned {
    inventory: Inventory,
    asked: usize,
}

impl Scanned {
    fn rows(&self) -> Vec<String> {
        let row = |finding: &Finding| {
            let location = &finding.location;
            let layer = location.layer.as_ref().map_or(99, |layer| layer.index);
            let hidden =
                location.hidden_by.as_ref().map_or(String::new(), |by| format!(" hidden by {}", by.index));
            let nested: String = location.nested.iter().map(|name| format!("!{name}")).collect();
            let path = location.path.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {path}{nested} in {layer}{hidden}", finding.rule)
        };
        let mut rows: Vec<String> = self.inventory.findings.iter().map(row).collect();
        rows.sort();
        rows
    }
}

fn scan_with(layers: &[Vec<u8>], cache: Option<&Path>, is_paranoid: bool) -> Scanned {
    let words = Arc::new(Words::default());
    let inventory = scan_by(layers, cache, is_paranoid, vec![words.clone()]);
    Scanned { inventory, asked: words.asked.load(Ordering::Relaxed) }
}

fn scan_by(
    layers: &[Vec<u8>],
    cache: Option<&Path>,
    is_paranoid: bool,
    detectors: Vec<Arc<dyn Detector>>,
) -> Inventory {
    let directory = tempfile::tempdir().unwrap();
    let mut layout = Layout::new(directory.path());
    let image = layout.image("amd64", layers, LayerEncoding::Gzip);
    layout.tag("it", &image);
    let images = oci::open_layout(&layout.finish(), &OpenOptions::default()).unwrap();
    let options = Options {
        cache: cache.map(Cache::new),
        content: Some(ContentOptions {
            detectors,
            is_paranoid,
            checks_integrity: true,
            ..ContentOptions::default()
        }),
        ..Options::default()
    };
    Session::new(options).inventory(&images[0])
}

fn scan(layers: &[Vec<u8>]) -> Scanned {
    scan_with(layers, None, false)
}

#[test]
fn a_deleted_file_is_found_in_its_layer_and_said_to_be_hidden() {
    let found = scan(&[
        Tar::new().file("app/a", b"evil").finish(),
        Tar::new().whiteout("app/a").file("app/b", b"evil").finish(),
    ]);
    assert_eq!(
        found.rows(),
        ["image/digest-mismatch /app/a in 0 hidden by 1", "image/digest-mismatch /app/b in 1"]
    );
    let hidden =
        found.inventory.findings.iter().find(|finding| finding.location.hidden_by.is_some()).unwrap();
    assert!(hidden.evidence.iter().any(|line| line.contains("still extract")), "{:?}", hidden.evidence);
}

#[test]
fn members_of_archives_are_looked_at() {
    let inner = Tar::new().file("deep/x", b"evil").finish();
    let found = scan(&[Tar::new().file("srv/backup.tar", &inner).finish()]);
    assert_eq!(
        found.rows(),
        ["image/digest-mismatch /srv/backup.tar in 0", "image/digest-mismatch /srv/backup.tar!deep/x in 0"]
    );
    assert_eq!(found.inventory.content.unwrap().members, 1);
}

#[test]
fn a_file_that_equals_its_record_is_not_shown_unless_paranoid() {
    let layers = [installed("1", &[("usr/bin/tool", b"evil")]).finish()];
    assert_eq!(scan(&layers).rows(), [""; 0]);
    let coverage = scan(&layers).inventory.content.unwrap();
    assert_eq!((coverage.verified_files, coverage.verified_bytes), (1, 4));
    let paranoid = scan_with(&layers, None, true);
    assert_eq!(paranoid.rows(), ["image/digest-mismatch /usr/bin/tool in 0"]);
    assert!(
        paranoid.inventory.findings[0].evidence.iter().any(|line| line.contains("equals the record of tool"))
    );
}

#[test]
fn a_replaced_program_is_told_with_the_layer_that_did_it() {
    let found = scan(&[
        installed("1", &[("usr/bin/tool", b"honest"), ("usr/share/tool/data", b"data")]).finish(),
        Tar::new().executable("usr/bin/tool", b"#!/bin/sh\n").finish(),
        Tar::new().file("usr/share/tool/data", b"other").finish(),
    ]);
    assert_eq!(
        found.rows(),
        [
            "image/package-file-modified /usr/bin/tool in 1",
            "image/package-file-modified /usr/share/tool/data in 2"
        ]
    );
    let severities: Vec<_> = found.inventory.findings.iter().map(|finding| finding.severity).collect();
    assert!(severities.contains(&Severity::High) && severities.contains(&Severity::Medium));
    // A change that a later layer undoes, and an upgrade, are none.
    let undone = [
        installed("1", &[("usr/bin/tool", b"honest")]).finish(),
        Tar::new().file("usr/bin/tool", b"other").finish(),
        Tar::new().file("usr/bin/tool", b"honest").finish(),
    ];
    assert_eq!(scan(&undone).rows(), [""; 0]);
    let upgraded = [
        installed("1", &[("usr/bin/tool", b"honest")]).finish(),
        installed("2", &[("usr/bin/tool", b"newer")]).finish(),
    ];
    assert_eq!(scan(&upgraded).rows(), [""; 0]);
}

#[test]
fn a_missing_file_of_a_package_is_told_and_documentation_is_not() {
    let mut layer = installed("1", &[("usr/bin/tool", b"honest")]);
    let record =
        md5sums(&[("usr/bin/tool", b"honest"), ("usr/sbin/gone", b"x"), ("usr/share/doc/tool/x", b"x")]);
    layer = layer.file("var/lib/dpkg/info/tool.md5sums", &record);
    let found = scan(&[layer.finish()]);
    assert_eq!(found.rows(), ["image/package-file-missing /var/lib/dpkg/info/tool.md5sums in 99"]);
    assert_eq!(found.inventory.findings[0].evidence, ["/usr/sbin/gone"]);
}

#[test]
fn a_record_that_was_edited_is_told_and_proves_nothing() {
    let found = scan(&[
        installed("1", &[("usr/bin/tool", b"honest")]).finish(),
        installed("1", &[("usr/bin/tool", b"evil")]).finish(),
    ]);
    assert_eq!(
        found.rows(),
        [
            "image/digest-mismatch /usr/bin/tool in 1",
            "image/package-record-edited /var/lib/dpkg/info/tool.md5sums in 1"
        ]
    );
}

#[test]
fn diverted_files_are_compared_where_they_lie() {
    let layer = installed("1", &[("usr/bin/tool.real", b"honest")])
        .file("var/lib/dpkg/info/tool.md5sums", &md5sums(&[("usr/bin/tool", b"honest")]))
        .file("usr/bin/tool", b"wrapper")
        .file("var/lib/dpkg/diversions", b"/usr/bin/tool\n/usr/bin/tool.real\n:\n");
    let found = scan(&[layer.finish()]);
    assert_eq!(found.rows(), [""; 0]);
    assert_eq!(found.inventory.content.unwrap().verified_files, 1);
}

#[test]
fn files_below_a_merged_directory_are_compared_under_their_recorded_name() {
    let record = md5sums(&[("bin/tool", b"honest"), ("bin/gone", b"x")]);
    let layer = installed("1", &[])
        .file("var/lib/dpkg/info/tool.md5sums", &record)
        .symlink("bin", "usr/bin")
        .executable("usr/bin/tool", b"honest");
    let found = scan(&[layer.finish()]);
    assert_eq!(found.inventory.content.unwrap().verified_files, 1);
    assert_eq!(found.inventory.findings[0].evidence, ["/usr/bin/gone"]);
}

#[test]
fn executables_without_a_package_are_listed_with_their_digest() {
    let found = scan(&[installed("1", &[("usr/bin/tool", b"#!/bin/sh\n")])
        .executable("opt/run", b"#!/bin/sh\necho\n")
        .file("opt/text", b"#!/bin/sh\n")
        .finish()]);
    let listed = &found.inventory.executables;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].path.as_str(), listed[0].size_bytes, listed[0].layer), ("opt/run", 15, 0));
}

/// Looks at large files piece by piece, and wants those as a whole that hold a word.
struct InPieces {
    wholes: AtomicUsize,
}

impl Detector for InPieces {
    fn name(&self) -> &'static str {
        "in-pieces"
    }
    fn digest(&self) -> String {
        "1".to_owned()
    }
    fn wants(&self, _: &FileView<'_>) -> bool {
        true
    }
    fn examine(&self, _: &FileView<'_>, bytes: &[u8], _: &Budget, hits: &mut Vec<Hit>) -> Result<(), Halt> {
        if bytes.len() > 1 << 20 {
            self.wholes.fetch_add(1, Ordering::Relaxed);
        }
        hits.extend(bytes.ends_with(b"evil").then(|| Hit::of(&model::RULES[0], "evil")));
        Ok(())
    }
    fn sift(
        &self,
        _: &FileView<'_>,
        pieces: &Pieces<'_>,
        _: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<Sifted, Halt> {
        let mut is_open = false;
        let look = |_: u64, piece: &[u8]| {
            is_open |= piece.windows(4).any(|window| window == b"evil");
            if piece.windows(4).any(|window| window == b"told") {
                hits.push(Hit::of(&model::RULES[0], "told"));
            }
            ControlFlow::Continue(())
        };
        pieces.each(look).unwrap();
        Ok(if is_open { Sifted::NeedsWhole } else { Sifted::Judged })
    }
}

#[test]
fn a_large_file_is_held_only_for_a_detector_that_needs_it() {
    let with = |word: &[u8]| [&vec![b'x'; 9 << 20][..], word].concat();
    let (evil, told, fine) = (with(b"evil"), with(b"told"), with(b"fine"));
    let tar = installed("1", &[("usr/lib/fine", &fine)]).file("a", &evil).file("b", &told).file("c", &fine);
    let tar = tar.file("d", b"evil").finish();
    let detector = Arc::new(InPieces { wholes: AtomicUsize::new(0) });
    let detectors: Vec<Arc<dyn Detector>> = vec![detector.clone()];
    let inventory = scan_by(&[tar], None, false, detectors);
    let found = Scanned { inventory, asked: detector.wholes.load(Ordering::Relaxed) };
    let rows = ["a", "b", "d"].map(|name| format!("image/digest-mismatch /{name} in 0"));
    assert_eq!((found.rows(), found.asked), (rows.to_vec(), 1));
    let content = found.inventory.content.unwrap();
    assert_eq!(content.verified_bytes, fine.len() as u64, "it equals its record");
    assert_eq!(found.inventory.gaps, []);
}

/// Finds one credential, as two detectors do.
struct Same(&'static str, &'static [&'static str]);

impl Detector for Same {
    fn name(&self) -> &'static str {
        self.0
    }
    fn digest(&self) -> String {
        String::new()
    }
    fn wants(&self, _: &FileView<'_>) -> bool {
        true
    }
    fn examine(&self, _: &FileView<'_>, _: &[u8], _: &Budget, hits: &mut Vec<Hit>) -> Result<(), Halt> {
        for secret in self.1 {
            let mut hit = Hit::of(&model::RULES[0], self.0);
            hit.clear = vec![(*secret).to_owned()];
            hit.identity = (*secret).to_owned();
            hits.push(hit);
        }
        Ok(())
    }
}

#[test]
fn a_credential_that_two_detectors_see_is_one_finding() {
    let detectors: Vec<Arc<dyn Detector>> = vec![
        Arc::new(Same("parsed", &["hunter22"])),
        Arc::new(Same("matched", &["key=hunter22", "other-one"])),
    ];
    let found = scan_by(&[Tar::new().file("a", b"x").finish()], None, false, detectors);
    let titles: Vec<&str> = found.findings.iter().map(|finding| finding.title.as_str()).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles.contains(&"parsed") && titles.contains(&"matched"));
}

#[test]
fn a_detector_that_panics_costs_one_file() {
    let found = scan(&[Tar::new().file("a", b"panic!").file("b", b"evil").finish()]);
    assert_eq!(found.rows(), ["image/digest-mismatch /b in 0"]);
    let gap = &found.inventory.gaps[0];
    assert_eq!((gap.what.as_str(), gap.reason), ("/a", GapReason::Internal));
}

#[test]
fn the_same_bytes_are_judged_once_across_layers_and_runs() {
    let cache = tempfile::tempdir().unwrap();
    let layer = |path: &str| Tar::new().file(path, b"evil").file("other", b"fine").finish();
    let first = scan_with(&[layer("a"), layer("b")], Some(cache.path()), false);
    assert_eq!(first.asked, 2);
    assert_eq!(first.rows(), ["image/digest-mismatch /a in 0", "image/digest-mismatch /b in 1"]);
    let second = scan_with(&[layer("c")], Some(cache.path()), false);
    assert_eq!((second.asked, second.rows()), (0, vec!["image/digest-mismatch /c in 0".to_owned()]));
    let whole_layer = scan_with(&[layer("a"), layer("b")], Some(cache.path()), false);
    assert_eq!((whole_layer.asked, whole_layer.rows()), (0, first.rows()));
}
