//! What the layers of an image, one on the other, give.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use model::{GapReason, Limits, TargetKind};
use oci::{Image, ImageLayer, LayerSource, OpenOptions, Outcome, Visitor};
use scan::{Inventory, Options, Session};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use testkit::{LayerEncoding, Layout, Tar};

const STATUS: &[u8] = b"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.11-1\n\n";
const RELEASE: &[u8] = b"ID=debian\nVERSION_ID=\"12\"\n";
const NPM: &[u8] = br#"{"name": "minimist", "version": "1.2.0"}"#;

fn images(directory: &Path, layers: &[Vec<u8>], encoding: LayerEncoding) -> Vec<Image> {
    let mut layout = Layout::new(directory);
    let image = layout.image("amd64", layers, encoding);
    layout.tag("it", &image);
    oci::open_layout(&layout.finish(), &OpenOptions::default()).unwrap()
}

fn inventory(layers: &[Vec<u8>]) -> Inventory {
    let directory = tempfile::tempdir().unwrap();
    Session::new(Options::default()).inventory(&images(directory.path(), layers, LayerEncoding::Gzip)[0])
}

/// Packages by name, version, path and layer, in order.
fn rows(inventory: &Inventory) -> Vec<String> {
    let row = |package: &model::Package| {
        let layer = package.layer.as_ref().map(|layer| layer.index);
        format!("{} {} {} {layer:?}", package.name, package.version, package.path)
    };
    let mut rows: Vec<String> = inventory.packages.iter().map(row).collect();
    rows.sort();
    rows
}

#[track_caller]
fn check(layers: &[Vec<u8>], expected: &[&str]) -> Inventory {
    let inventory = inventory(layers);
    assert_eq!(rows(&inventory), expected, "{:?}", inventory.gaps);
    inventory
}

#[test]
fn a_hard_link_is_read_under_its_name_when_nobody_wants_its_target() {
    let layer =
        Tar::new().file("opt/content", NPM).hard_link("app/node_modules/m/package.json", "opt/content");
    let found = check(&[layer.finish()], &["minimist 1.2.0 /app/node_modules/m/package.json Some(0)"]);
    assert_eq!(found.gaps, []);
}

#[test]
fn a_hard_link_to_what_was_looked_at_is_looked_at_too() {
    let layer = Tar::new()
        .file("a/node_modules/m/package.json", NPM)
        .hard_link("b/node_modules/m/package.json", "a/node_modules/m/package.json");
    check(
        &[layer.finish()],
        &[
            "minimist 1.2.0 /a/node_modules/m/package.json Some(0)",
            "minimist 1.2.0 /b/node_modules/m/package.json Some(0)",
        ],
    );
}

#[test]
fn a_database_behind_a_link_is_read_from_a_lower_layer() {
    let layers = [
        Tar::new().file("srv/db", STATUS).file("etc/release", RELEASE).finish(),
        Tar::new()
            .symlink("etc/os-release", "release")
            .symlink("var/lib/dpkg/status", "../../../srv/db")
            .finish(),
    ];
    let found = check(&layers, &["libssl3 3.0.11-1 /var/lib/dpkg/status Some(1)"]);
    assert_eq!(found.distribution.unwrap().version, "12");
    assert_eq!(found.gaps, []);
}

#[test]
fn a_database_behind_a_link_is_read_from_the_uppermost_layer_that_has_it() {
    let newer = String::from_utf8_lossy(STATUS).replace("3.0.11-1", "3.0.12-1");
    let layers = [
        Tar::new().file("srv/db", STATUS).symlink("var/lib/dpkg/status", "/srv/db").finish(),
        Tar::new().file("srv/db", newer.as_bytes()).finish(),
    ];
    check(&layers, &["libssl3 3.0.12-1 /var/lib/dpkg/status Some(1)"]);
}

#[test]
fn a_file_behind_several_links_is_read_under_every_name() {
    let layer = Tar::new()
        .file("srv/db", STATUS)
        .symlink("a/node_modules/m/package.json", "/srv/db")
        .symlink("var/lib/dpkg/status", "/srv/db");
    check(&[layer.finish()], &["libssl3 3.0.11-1 /var/lib/dpkg/status Some(0)"]);
}

#[test]
fn a_link_to_what_an_upper_layer_deleted_leads_nowhere() {
    let layers = [
        Tar::new().file("srv/db", STATUS).symlink("var/lib/dpkg/status", "/srv/db").finish(),
        Tar::new().whiteout("srv").finish(),
    ];
    check(&layers, &[]);
}

#[test]
fn a_link_that_leads_to_another_link_is_a_gap() {
    let layer = Tar::new()
        .file("srv/real", STATUS)
        .symlink("srv/db", "real")
        .symlink("var/lib/dpkg/status", "../../../srv/db");
    let found = check(&[layer.finish()], &[]);
    assert_eq!(found.gaps.len(), 1);
    assert_eq!(
        (found.gaps[0].what.as_str(), found.gaps[0].reason),
        ("/var/lib/dpkg/status", GapReason::Unsupported)
    );
}

#[test]
fn links_in_a_circle_are_no_packages_and_end() {
    let layer = Tar::new()
        .symlink("node_modules/a/package.json", "../b/package.json")
        .symlink("node_modules/b/package.json", "../a/package.json")
        .symlink("node_modules/c/package.json", "package.json");
    check(&[layer.finish()], &[]);
}

#[test]
fn of_entries_with_the_same_path_the_last_one_counts() {
    let newer = br#"{"name": "minimist", "version": "1.2.8"}"#;
    let path = "app/node_modules/m/package.json";
    check(
        &[Tar::new().file(path, NPM).file(path, newer).finish()],
        &["minimist 1.2.8 /app/node_modules/m/package.json Some(0)"],
    );
}

#[test]
fn whiteouts_and_opaque_directories_hide_packages_of_lower_layers_only() {
    let lower = ["gone", "opaque", "replaced", "kept"]
        .iter()
        .fold(Tar::new(), |tar, name| tar.file(&format!("{name}/node_modules/m/package.json"), NPM));
    let upper = Tar::new()
        .whiteout("gone")
        .file("opaque/node_modules/new/package.json", NPM)
        .opaque("opaque")
        .symlink("replaced", "kept")
        .whiteout("kept/node_modules/other");
    check(
        &[lower.finish(), upper.finish()],
        &[
            "minimist 1.2.0 /kept/node_modules/m/package.json Some(0)",
            "minimist 1.2.0 /opaque/node_modules/new/package.json Some(1)",
        ],
    );
}

#[test]
fn an_archive_that_streams_past_gives_what_random_access_gives() {
    let layers = [
        Tar::new()
            .file("etc/os-release", RELEASE)
            .file("var/lib/dpkg/status", STATUS)
            .file("gone/node_modules/m/package.json", NPM)
            .file("srv/go.mod", b"module it\n\nrequire example.org/a v1.0.0\n")
            .finish(),
        Tar::new()
            .whiteout("gone")
            .file("app/node_modules/m/package.json", NPM)
            .hard_link("app/node_modules/n/package.json", "app/node_modules/m/package.json")
            .finish(),
    ];
    let directory = tempfile::tempdir().unwrap();
    let session = Session::new(Options::default());
    let expected = session.inventory(&images(directory.path(), &layers, LayerEncoding::Gzip)[0]);
    let tar =
        std::process::Command::new("tar").arg("-C").arg(directory.path()).args(["-cf", "-", "."]).output();
    let tar = tar.unwrap().stdout;
    let streamed = session
        .inventories_of_stream(&mut tar.as_slice(), TargetKind::Archive, "it", &OpenOptions::default())
        .unwrap();
    assert_eq!(streamed.len(), 1);
    assert_eq!(rows(&streamed[0]), rows(&expected));
    assert_eq!(streamed[0].distribution, expected.distribution);
    assert_eq!(streamed[0].layers.len(), expected.layers.len());
    assert_eq!(streamed[0].gaps, expected.gaps);
}

#[test]
fn limits_hold_for_streams_as_for_random_access() {
    let layers = ["a", "b", "c"]
        .map(|name| Tar::new().file(&format!("{name}/node_modules/m/package.json"), NPM).finish());
    let directory = tempfile::tempdir().unwrap();
    images(directory.path(), &layers, LayerEncoding::Plain);
    let tar =
        std::process::Command::new("tar").arg("-C").arg(directory.path()).args(["-cf", "-", "."]).output();
    let limits = Limits { layers_max: 2, packages_max: 1, ..Limits::default() };
    let session = Session::new(Options { limits, ..Options::default() });
    let streamed = session.inventories_of_stream(
        &mut tar.unwrap().stdout.as_slice(),
        TargetKind::Archive,
        "it",
        &OpenOptions::default(),
    );
    let inventory = &streamed.unwrap()[0];
    assert_eq!((inventory.layers.len(), inventory.packages.len()), (2, 1));
    for limit in ["layers_max", "packages_max"] {
        assert!(inventory.gaps.iter().any(|gap| gap.detail.contains(limit)), "{limit}: {:?}", inventory.gaps);
    }
}

/// Counts the walks over a layer.
struct Counted {
    source: Box<dyn LayerSource>,
    walks: Arc<AtomicUsize>,
}

impl LayerSource for Counted {
    fn walk(&self, limits: &Limits, visitor: &mut dyn Visitor) -> std::io::Result<Outcome> {
        self.walks.fetch_add(1, Ordering::Relaxed);
        self.source.walk(limits, visitor)
    }
}

fn counted(images: Vec<Image>, walks: &Arc<AtomicUsize>) -> Vec<Image> {
    let count = |layer: ImageLayer| ImageLayer {
        layer: layer.layer,
        source: Box::new(Counted { source: layer.source, walks: walks.clone() }),
    };
    images
        .into_iter()
        .map(|image| Image { layers: image.layers.into_iter().map(count).collect(), ..image })
        .collect()
}

#[test]
fn a_layer_that_images_share_is_walked_once() {
    let base = Tar::new().file("etc/os-release", RELEASE).file("var/lib/dpkg/status", STATUS).finish();
    let walks = Arc::new(AtomicUsize::new(0));
    let session = Session::new(Options::default());
    for name in ["a", "b"] {
        let directory = tempfile::tempdir().unwrap();
        let own = Tar::new().file(&format!("{name}/node_modules/m/package.json"), NPM).finish();
        let images = counted(images(directory.path(), &[base.clone(), own], LayerEncoding::Gzip), &walks);
        assert_eq!(session.inventory(&images[0]).packages.len(), 2);
    }
    assert_eq!(walks.load(Ordering::Relaxed), 3);
}

#[test]
fn a_cancelled_scan_walks_nothing_and_has_a_gap_for_every_layer() {
    let layers = [
        Tar::new().file("var/lib/dpkg/status", STATUS).finish(),
        Tar::new().file("app/node_modules/m/package.json", NPM).finish(),
    ];
    let directory = tempfile::tempdir().unwrap();
    let walks = Arc::new(AtomicUsize::new(0));
    let images = counted(images(directory.path(), &layers, LayerEncoding::Gzip), &walks);
    let cancelled = Arc::new(AtomicBool::new(true));
    let session = Session::new(Options { cancelled, ..Options::default() });
    let stopped = session.inventory(&images[0]);
    assert_eq!((walks.load(Ordering::Relaxed), stopped.packages.len()), (0, 0));
    let gaps = stopped.gaps.iter().filter(|gap| gap.reason == GapReason::LimitReached).count();
    assert_eq!(gaps, 2, "{:?}", stopped.gaps);
}

#[test]
fn a_scan_that_was_cancelled_once_remembers_nothing_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let layer = Tar::new().file("app/node_modules/m/package.json", NPM).finish();
    let images = images(directory.path(), &[layer], LayerEncoding::Gzip);
    let cancelled = Arc::new(AtomicBool::new(true));
    let session = Session::new(Options { cancelled: cancelled.clone(), ..Options::default() });
    assert_eq!(session.inventory(&images[0]).packages.len(), 0);
    cancelled.store(false, Ordering::Relaxed);
    assert_eq!(session.inventory(&images[0]).packages.len(), 1);
}
