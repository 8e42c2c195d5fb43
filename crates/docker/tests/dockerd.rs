//! Against a real, private Docker Engine: what lies in place is what is exported.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]

use docker::{Access, Address, DockerError, Engine, OpenOptions, OpenedImage, Options};
use model::{Limits, TargetKind};
use oci::{Body, Entry, EntryKind, PlatformChoice, Visitor};
use std::{collections::BTreeMap, path::Path};
use testkit::{Dockerd, Tar};

fn connect(dockerd: &Dockerd, access: Access) -> Engine {
    Engine::connect(Options { host: Some(dockerd.host()), access, ..Options::default() }).unwrap()
}

/// Collects path and kind of every entry.
#[derive(Default)]
struct Kinds(BTreeMap<String, String>);

impl Visitor for Kinds {
    fn entry(&mut self, entry: &Entry) -> bool {
        let kind = match &entry.kind {
            // A directory holds no trace of which name of a file was first, so links to a file are files.
            EntryKind::HardLink(_) => "File".to_owned(),
            other => format!("{other:?}"),
        };
        self.0.insert(
            format!("{} {:o}", entry.path, if kind.contains("hiteout") { 0 } else { entry.mode }),
            kind,
        );
        false
    }
    fn body(&mut self, _: &Entry, _: Body<'_>) {}
}

fn walk(source: &dyn oci::LayerSource) -> BTreeMap<String, String> {
    let mut kinds = Kinds::default();
    let outcome = source.walk(&Limits::default(), &mut kinds).unwrap();
    assert!(outcome.gaps.is_empty() && outcome.mismatches.is_empty(), "{outcome:?}");
    without_root(kinds.0)
}

// The root of a directory is an entry that tars may or may not have.
fn without_root(mut kinds: BTreeMap<String, String>) -> BTreeMap<String, String> {
    kinds.retain(|path, _| !path.starts_with("/ "));
    kinds
}

/// The layers of an export by diff id, lowest first, walked while they stream past.
fn exported_layers(export: &docker::Export) -> Vec<(String, BTreeMap<String, String>)> {
    let mut walked = Vec::new();
    let mut reader = export.open().unwrap();
    let options = oci::OpenOptions::default();
    let archive =
        oci::walk_archive_stream(&mut *reader, TargetKind::Docker, &export.name, &options, &mut |layer| {
            let mut kinds = Kinds::default();
            let outcome = layer.walk(&mut kinds).unwrap();
            assert!(outcome.gaps.is_empty() && outcome.mismatches.is_empty(), "{outcome:?}");
            walked.push(kinds.0);
        })
        .unwrap();
    let streamed = &archive.images[0];
    assert!(
        streamed.image.mismatches.is_empty() && streamed.image.gaps.is_empty(),
        "{:?}",
        streamed.image.gaps
    );
    let layers = streamed.image.layers.iter().zip(&streamed.layers);
    layers
        .map(|(layer, index)| {
            (layer.layer.diff_id.as_ref().unwrap().to_string(), walked[index.unwrap()].clone())
        })
        .collect()
}

fn context(directory: &Path) {
    let root = Tar::new()
        .directory("etc")
        .directory("etc/keys")
        .file("etc/keys/a", b"a")
        .file("etc/motd", b"m")
        .file("etc/hosts.txt", b"h")
        .symlink("etc/link", "motd")
        .hard_link("etc/hard", "etc/motd")
        .file("a file with spaces", b"x")
        .finish();
    std::fs::write(directory.join("root.tar"), root).unwrap();
    // Whiteouts that are in an archive already are unpacked as what they mean only by the engine's own layers,
    // so removals are made by a tool of the image where there is one.
    let dockerfile = "FROM scratch\nADD root.tar /\nCOPY root.tar /opt/root.tar\nENV A=b\nLABEL x=y\nCOPY root.tar /etc/motd\n";
    std::fs::write(directory.join("Dockerfile"), dockerfile).unwrap();
}

#[track_caller]
fn check_same(dockerd: &Dockerd, name: &str) {
    let options = OpenOptions::default();
    let in_place = match connect(dockerd, Access::InPlace).open_image(name, &options).unwrap() {
        OpenedImage::InPlace(mut images) => images.remove(0),
        OpenedImage::Stream(export) => panic!("not in place: {}", export.reason),
    };
    let OpenedImage::Stream(export) = connect(dockerd, Access::ApiOnly).open_image(name, &options).unwrap()
    else {
        panic!("the API alone was asked for")
    };
    assert!(
        in_place.mismatches.is_empty() && in_place.gaps.is_empty(),
        "{:?} {:?}",
        in_place.mismatches,
        in_place.gaps
    );
    let exported = exported_layers(&export);
    assert_eq!(in_place.layers.len(), exported.len());
    for (layer, (diff_id, streamed)) in in_place.layers.iter().zip(exported) {
        assert_eq!(layer.layer.diff_id.as_ref().unwrap().as_str(), diff_id);
        assert!(!streamed.is_empty());
        assert_eq!(walk(&*layer.source), without_root(streamed), "{name} layer {}", layer.layer.index);
    }
    let (mine, theirs) = (in_place.target, export.target());
    assert_eq!((mine.names, mine.platform), (theirs.names, theirs.platform));
    match theirs.image_id {
        Some(id) => assert_eq!(mine.image_id, Some(id)),
        None => assert_eq!(mine.manifest_digest, theirs.manifest_digest),
    }
}

#[test]
fn layers_in_place_are_those_of_the_export() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    dockerd.import(
        "imported:1",
        &Tar::new().directory("usr").file("usr/a", b"1").symlink("b", "usr/a").finish(),
    );
    check_same(&dockerd, "imported:1");

    let directory = tempfile::tempdir().unwrap();
    context(directory.path());
    let id = dockerd.build("built:1", directory.path());
    check_same(&dockerd, "built:1");
    check_same(&dockerd, &id);

    let engine = connect(&dockerd, Access::InPlace);
    assert_eq!(engine.address(), &Address::Unix(dockerd.socket()));
    let names: Vec<String> = engine.images().unwrap().into_iter().flat_map(|image| image.repo_tags).collect();
    assert!(names.contains(&"imported:1".to_owned()) && names.contains(&"built:1".to_owned()), "{names:?}");
    assert!(engine.history("built:1").unwrap()[0].created_by.contains("COPY"));
    let missing = engine.open_image("nothing:1", &OpenOptions::default()).unwrap_err();
    assert!(
        matches!(missing, DockerError::NoSuchImage { .. }) && missing.to_string().contains("hint:"),
        "{missing}"
    );
    let arm = OpenOptions { platforms: PlatformChoice::One("linux/s390x".parse().unwrap()) };
    assert!(matches!(engine.open_image("built:1", &arm), Err(DockerError::Platform { .. })));
}

/// Removals make whiteouts and opaque directories only when a tool runs in the image.
#[test]
fn removals_in_place_are_those_of_the_export() {
    let Some(shared) = testkit::shared_dir() else { return };
    let root = shared.join("images/alpine-minirootfs-3.18.9-x86_64.tar.gz");
    if !root.is_file() {
        testkit::skip("no root file system with a shell");
        return;
    }
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(root, directory.path().join("root.tar.gz")).unwrap();
    let dockerfile = "FROM scratch\nADD root.tar.gz /\n\
        RUN rm -rf /etc/apk/keys && mkdir /etc/apk/keys && echo new > /etc/apk/keys/new && rm /etc/motd\n\
        RUN ln /etc/alpine-release /etc/release2 && chmod 4755 /bin/busybox && mkfifo /run/fifo\n\
        RUN rm -rf /media && mv /srv /srv2\n";
    std::fs::write(directory.path().join("Dockerfile"), dockerfile).unwrap();
    dockerd.build("removed:1", directory.path());
    check_same(&dockerd, "removed:1");
    let engine = connect(&dockerd, Access::InPlace);
    let OpenedImage::InPlace(images) = engine.open_image("removed:1", &OpenOptions::default()).unwrap()
    else {
        panic!("in place")
    };
    let second = walk(&*images[0].layers[1].source);
    assert_eq!(second["/etc/motd 0"], "Whiteout");
    assert_eq!(second["/etc/apk/keys 0"], "OpaqueWhiteout");
    assert_eq!(
        images[0].layers[1].layer.instruction.as_deref().map(|text| text.contains("rm -rf")),
        Some(true)
    );
}

#[test]
fn layers_of_the_containerd_store_are_those_of_the_export() {
    let Some(dockerd) = testkit::private_dockerd_with(testkit::ImageStore::Containerd) else { return };
    dockerd.import(
        "imported:1",
        &Tar::new().directory("usr").file("usr/a", b"1").symlink("b", "usr/a").finish(),
    );
    check_same(&dockerd, "imported:1");
    let directory = tempfile::tempdir().unwrap();
    context(directory.path());
    dockerd.build("built:1", directory.path());
    check_same(&dockerd, "built:1");
}

#[test]
fn a_damaged_layer_database_leads_to_the_export() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    dockerd.import("a:1", &Tar::new().file("x", b"1").finish());
    let database = dockerd.data_root().join("image/overlay2/layerdb/sha256");
    let record = std::fs::read_dir(database).unwrap().next().unwrap().unwrap().path();
    let open = || connect(&dockerd, Access::InPlace).open_image("a:1", &OpenOptions::default()).unwrap();
    assert!(matches!(open(), OpenedImage::InPlace(_)));
    std::fs::write(record.join("cache-id"), "../../../../etc").unwrap();
    match open() {
        OpenedImage::Stream(export) => {
            assert!(export.reason.contains("strange directory"), "{}", export.reason);
        }
        OpenedImage::InPlace(_) => panic!("a path out of the data root was followed"),
    }
}
