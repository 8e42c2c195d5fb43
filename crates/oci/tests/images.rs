//! Images in layouts, archives and streams.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files and may stop")]

mod support;

use model::{GapReason, TargetKind};
use oci::{
    Archive, Image, OpenError, OpenOptions, PlatformChoice, open_archive, open_layout, walk_archive_stream,
};
use serde_json::json;
use std::path::Path;
use support::image::{Files, add_image, docker_archive, finish_layout, layers, layout, named};
use support::{Recorder, Tar, digest, gzip, reasons, walk, zstd};

#[track_caller]
fn open_directory(files: &Files, options: &OpenOptions<'_>) -> Result<Vec<Image>, OpenError> {
    let directory = tempfile::tempdir().unwrap();
    files.write(directory.path());
    let images = open_layout(directory.path(), options)?;
    for image in &images {
        check_image(image);
    }
    Ok(images)
}

/// The image that the support makes, wherever it was read from.
#[track_caller]
fn check_image(image: &Image) {
    let diff_ids: Vec<_> = layers().iter().map(|layer| digest(layer)).collect();
    assert_eq!(image.config.rootfs.diff_ids, diff_ids);
    assert_eq!(
        (image.config.config.user.as_str(), image.target.created.as_deref()),
        ("app", Some("2026-01-02T03:04:05Z"))
    );
    let of_layer = |at: usize| &image.layers[at].layer;
    assert_eq!(
        (of_layer(0).instruction.as_deref(), of_layer(1).instruction.as_deref()),
        (Some("ADD base"), Some("COPY own"))
    );
    assert_eq!((of_layer(0).is_base, of_layer(1).is_base), (Some(true), Some(false)));
    assert_eq!(of_layer(1).diff_id.as_ref(), Some(&diff_ids[1]));
}

#[track_caller]
fn check_layers(image: &Image) {
    for (at, (path, content)) in [("base", b"1"), ("own", b"2")].into_iter().enumerate() {
        let (seen, outcome) = walk(&*image.layers[at].source);
        assert_eq!((seen.paths(), seen.content(path)), (vec![path], Some(content.as_slice())));
        assert_eq!((outcome.gaps, outcome.mismatches), (vec![], vec![]));
    }
}

#[test]
fn a_layout_gives_its_image() {
    let directory = tempfile::tempdir().unwrap();
    layout().write(directory.path());
    let images = open_layout(directory.path(), &OpenOptions::default()).unwrap();
    let [image] = images.as_slice() else { panic!("one image") };
    check_image(image);
    check_layers(image);
    assert_eq!((&image.gaps, &image.mismatches), (&vec![], &vec![]));
    assert_eq!(image.target.kind, TargetKind::Oci);
    assert_eq!(image.target.platform.as_deref(), Some("linux/amd64"));
    assert_eq!(image.target.names, ["app:1"]);
}

#[test]
fn images_of_a_layout_are_chosen_by_name_and_platform() {
    let mut files = Files::default();
    let (amd, arm) = (add_image(&mut files, "amd64"), add_image(&mut files, "arm64"));
    let mut attestation = add_image(&mut files, "unknown");
    attestation["platform"]["os"] = json!("unknown");
    let (nested, size) =
        files.json(&json!({"schemaVersion": 2, "mediaType": oci::media_type::OCI_INDEX, "manifests": [arm, attestation, amd]}));
    let nested = json!({"mediaType": oci::media_type::OCI_INDEX, "digest": nested, "size": size});
    finish_layout(&mut files, &[named(nested, "multi:1"), named(amd.clone(), "single:1")]);
    let platforms = |reference, platform: PlatformChoice| {
        let options = OpenOptions { reference, platform, ..OpenOptions::default() };
        open_directory(&files, &options).map(|images| {
            images
                .iter()
                .map(|image| format!("{} {}", image.target.names[0], image.target.platform.as_ref().unwrap()))
                .collect::<Vec<_>>()
        })
    };
    let arm = || PlatformChoice::One("linux/arm64/v8".parse().unwrap());
    assert_eq!(platforms(Some("multi:1"), arm()).unwrap(), ["multi:1 linux/arm64"]);
    assert_eq!(
        platforms(Some("multi:1"), PlatformChoice::All).unwrap(),
        ["multi:1 linux/arm64", "multi:1 linux/amd64"]
    );
    assert_eq!(platforms(None, PlatformChoice::All).unwrap().len(), 3);
    assert_eq!(
        platforms(Some("docker.io/library/single:1"), PlatformChoice::All).unwrap(),
        ["single:1 linux/amd64"]
    );
    assert_eq!(
        platforms(Some(amd["digest"].as_str().unwrap()), PlatformChoice::All).unwrap(),
        ["single:1 linux/amd64"]
    );
    let error = platforms(Some("single:1"), arm()).unwrap_err();
    assert!(
        error.to_string().starts_with("there is no image for linux/arm64, only for linux/amd64"),
        "{error}"
    );
    let error = platforms(Some("other:1"), PlatformChoice::Host).unwrap_err();
    assert_eq!(error.to_string(), "there is no image 'other:1', only multi:1, single:1");
}

#[test]
fn a_platform_that_only_the_configuration_tells_is_looked_at() {
    let mut files = Files::default();
    let mut manifest = add_image(&mut files, "amd64");
    manifest.as_object_mut().unwrap().remove("platform");
    finish_layout(&mut files, &[manifest]);
    let open = |text: &str| {
        let platform = PlatformChoice::One(text.parse().unwrap());
        open_directory(&files, &OpenOptions { platform, ..OpenOptions::default() })
    };
    assert!(open("linux/amd64").is_ok());
    assert!(matches!(open("linux/arm64"), Err(OpenError::NoPlatform(_))));
}

#[test]
fn documents_that_do_not_hash_to_their_digests_are_mismatches() {
    let files = layout();
    let blobs: Vec<String> =
        files.0.iter().map(|(path, _)| path.clone()).filter(|path| path.starts_with("blobs")).collect();
    let (config, manifest) = (&blobs[0], blobs.last().unwrap());
    for (path, what) in [(config, "config"), (manifest, "manifest")] {
        let mut broken = files.clone();
        let mut content = files.get(path).to_vec();
        content.push(b'\n');
        broken.replace(path, &content);
        let image = open_directory(&broken, &OpenOptions::default()).unwrap().remove(0);
        assert_eq!(image.mismatches.iter().map(|mismatch| mismatch.what).collect::<Vec<_>>(), [what]);
    }
}

#[test]
fn a_configuration_that_is_garbage_is_a_gap_and_the_layers_are_read() {
    let files = layout();
    let config = files.0[0].0.clone();
    for (garbage, gaps) in [("[1]", 2), ("{\"rootfs\":{\"diff_ids\":[\"x\"]}}", 2)] {
        let mut broken = files.clone();
        broken.replace(&config, garbage.as_bytes());
        let directory = tempfile::tempdir().unwrap();
        broken.write(directory.path());
        let image = open_layout(directory.path(), &OpenOptions::default()).unwrap().remove(0);
        check_layers(&image);
        assert_eq!((image.gaps.len(), image.mismatches.len()), (gaps, 1), "{:?}", image.gaps);
    }
}

#[test]
fn a_blob_that_is_a_link_out_of_the_layout_is_a_gap() {
    let (directory, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = layout();
    files.write(directory.path());
    let blob = files.0.iter().find(|(_, content)| *content == gzip(&layers()[1])).unwrap().0.clone();
    let path = directory.path().join(&blob);
    // Beside the blobs, as official images have it.
    std::fs::rename(&path, directory.path().join("rootfs.tar.gz")).unwrap();
    std::os::unix::fs::symlink("../../rootfs.tar.gz", &path).unwrap();
    let image = open_layout(directory.path(), &OpenOptions::default()).unwrap().remove(0);
    check_layers(&image);
    assert_eq!(image.gaps, []);
    std::fs::rename(directory.path().join("rootfs.tar.gz"), outside.path().join("x")).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(outside.path().join("x"), &path).unwrap();
    let image = open_layout(directory.path(), &OpenOptions::default()).unwrap().remove(0);
    check_layers(&image);
    assert_eq!(reasons(&image.gaps), [GapReason::Malformed]);
    // What is no regular file is never opened for reading: a device would not end.
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    let image = open_layout(directory.path(), &OpenOptions::default()).unwrap().remove(0);
    assert!(image.layers[1].source.walk(&model::Limits::default(), &mut Recorder::default()).is_err());
}

#[test]
fn a_blob_that_git_made_a_text_file_of_is_followed_inside_the_layout_only() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("layout");
    let files = layout();
    files.write(&root);
    let blob = files.0.iter().find(|(_, content)| *content == gzip(&layers()[1])).unwrap().0.clone();
    for (place, is_followed) in [("rootfs.tar.gz", true), ("../outside.tar.gz", false)] {
        std::fs::write(root.join(place), gzip(&layers()[1])).unwrap();
        std::fs::write(root.join(&blob), format!("../../{place}")).unwrap();
        let image = open_layout(&root, &OpenOptions::default()).unwrap().remove(0);
        let (_, outcome) = walk(&*image.layers[1].source);
        assert_eq!(outcome.mismatches.is_empty(), is_followed, "{place}");
    }
}

#[test]
fn what_is_no_layout_says_so() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(open_layout(directory.path(), &OpenOptions::default()), Err(OpenError::NotALayout(_))));
    let mut files = Files::default();
    finish_layout(&mut files, &[]);
    assert!(open_directory(&files, &OpenOptions::default()).is_err());
    let mut files = Files::default();
    let chart = json!({"schemaVersion": 2, "layers": [], "config":
        {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": digest(b"{}"), "size": 2}});
    let (chart, size) = files.json(&chart);
    finish_layout(
        &mut files,
        &[json!({"mediaType": oci::media_type::OCI_MANIFEST, "digest": chart, "size": size})],
    );
    let error = open_directory(&files, &OpenOptions::default()).err().unwrap();
    assert!(format!("{:?}", error).contains("helm"), "{error:?}");
}

#[test]
fn an_index_that_leads_to_itself_ends() {
    // Content cannot hold its own digest, so the blob lies under the digest it names.
    let mut files = Files::default();
    let own = json!({"mediaType": oci::media_type::OCI_INDEX, "digest": digest(b"loop"), "size": 1});
    let index = serde_json::to_vec(&json!({"schemaVersion": 2, "manifests": [own, own, own, own]})).unwrap();
    files.put(&format!("blobs/sha256/{}", digest(b"loop").hex()), index);
    finish_layout(&mut files, &[own]);
    let options = OpenOptions { platform: PlatformChoice::All, ..OpenOptions::default() };
    assert!(matches!(open_directory(&files, &options), Err(OpenError::Limit { .. })));
}

fn write_archive(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

#[track_caller]
fn open_images(path: &Path) -> Vec<Image> {
    match open_archive(path, &OpenOptions::default()).unwrap() {
        Archive::Images(images) => images,
        Archive::Stream(_) => panic!("the archive is not compressed"),
    }
}

/// An archive that is both, as Docker 25 writes it.
fn modern_archive() -> Vec<u8> {
    let mut files = layout();
    let config = files.0[0].0.clone();
    let paths: Vec<String> =
        layers().iter().map(|layer| format!("blobs/sha256/{}", digest(&gzip(layer)).hex())).collect();
    let manifest = json!([{"Config": config, "RepoTags": ["registry.example/app:1"], "Layers": paths}]);
    files.put("manifest.json", serde_json::to_vec(&manifest).unwrap());
    files.tar()
}

#[test]
fn archives_of_docker_and_of_oci_give_the_same_image() {
    let archives = [
        docker_archive(<[u8]>::to_vec),
        docker_archive(gzip),
        docker_archive(zstd),
        layout().tar(),
        modern_archive(),
    ];
    for (at, bytes) in archives.iter().enumerate() {
        let file = write_archive(bytes);
        let images = open_images(file.path());
        let [image] = images.as_slice() else { panic!("one image") };
        check_image(image);
        check_layers(image);
        assert_eq!((&image.gaps, &image.mismatches), (&vec![], &vec![]), "{at}");
        assert_eq!(image.target.names[0], "app:1", "{at}");
    }
}

#[track_caller]
fn stream(bytes: &[u8]) -> Result<(oci::StreamedArchive, Vec<Vec<String>>), OpenError> {
    let mut seen = Vec::new();
    let mut reader = std::io::Cursor::new(bytes.to_vec());
    let options = OpenOptions::default();
    let archive = walk_archive_stream(&mut reader, TargetKind::Docker, "app:1", &options, &mut |layer| {
        assert_eq!(layer.index(), seen.len());
        let mut recorder = Recorder::default();
        layer.walk(&mut recorder).unwrap();
        seen.push(recorder.paths().iter().map(|path| (*path).to_owned()).collect());
        assert!(layer.walk(&mut recorder).is_err(), "a layer passes once");
    })?;
    Ok((archive, seen))
}

#[test]
fn a_stream_is_read_once_and_joined_at_its_end() {
    let plain = [docker_archive(<[u8]>::to_vec), docker_archive(gzip), layout().tar(), modern_archive()];
    for (at, plain) in plain.iter().enumerate() {
        for bytes in [plain.clone(), gzip(plain), zstd(plain)] {
            let (archive, seen) = stream(&bytes).unwrap();
            let [image] = archive.images.as_slice() else { panic!("one image") };
            check_image(&image.image);
            assert_eq!((&image.image.gaps, &image.image.mismatches), (&vec![], &vec![]), "{at}");
            let paths: Vec<&Vec<String>> = image.layers.iter().map(|index| &seen[index.unwrap()]).collect();
            assert_eq!(paths, [&["base"], &["own"]], "{at}");
        }
    }
}

#[test]
fn a_compressed_archive_is_to_be_streamed() {
    let file = write_archive(&gzip(&docker_archive(<[u8]>::to_vec)));
    let Archive::Stream(mut reader) = open_archive(file.path(), &OpenOptions::default()).unwrap() else {
        panic!("it cannot be read at random")
    };
    let options = OpenOptions::default();
    let archive = walk_archive_stream(&mut *reader, TargetKind::Archive, "x", &options, &mut |layer| {
        layer.walk(&mut Recorder::default()).unwrap();
    });
    assert_eq!(archive.unwrap().images.len(), 1);
}

#[test]
fn the_tar_of_a_root_file_system_is_an_image_of_one_layer() {
    let tar = Tar::new().directory("./").file("./etc/os-release", b"ID=x").finish();
    for bytes in [tar.clone(), gzip(&tar), zstd(&tar)] {
        let file = write_archive(&bytes);
        let images = open_images(file.path());
        let (seen, outcome) = walk(&*images[0].layers[0].source);
        assert_eq!(
            (images[0].layers.len(), seen.paths(), outcome.gaps),
            (1, vec!["", "etc/os-release"], vec![])
        );
    }
}

#[test]
fn a_layer_of_a_stream_that_is_not_what_its_configuration_says_is_a_mismatch() {
    let mut files = layout();
    let blob = files.0.iter().position(|(_, content)| *content == gzip(&layers()[1])).unwrap();
    files.0[blob].1 = gzip(&Tar::new().file("evil", b"").finish());
    let mut outcomes = Vec::new();
    let mut reader = std::io::Cursor::new(files.tar());
    let archive =
        walk_archive_stream(&mut reader, TargetKind::Docker, "x", &OpenOptions::default(), &mut |layer| {
            outcomes.push(layer.walk(&mut Recorder::default()).unwrap());
        });
    let mismatches: Vec<&str> =
        outcomes.iter().flat_map(|outcome| &outcome.mismatches).map(|m| m.what).collect();
    assert_eq!(mismatches, ["blob"]);
    assert_eq!(archive.unwrap().images[0].image.mismatches[0].what, "diff id");
}

#[test]
fn a_missing_layer_is_a_gap_of_a_stream_and_an_error_of_a_file() {
    let mut files = layout();
    files.0.retain(|(_, content)| *content != gzip(&layers()[1]));
    let (archive, _) = stream(&files.tar()).unwrap();
    assert_eq!(archive.images[0].layers, [Some(0), None]);
    assert_eq!(reasons(&archive.images[0].image.gaps), [GapReason::Truncated]);
    let file = write_archive(&files.tar());
    let image = open_images(file.path()).remove(0);
    let error = image.layers[1].source.walk(&model::Limits::default(), &mut Recorder::default()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn an_image_that_only_the_docker_manifest_names_is_read_too() {
    let mut files = layout();
    let other = support::image::config("arm64");
    let (config, _) = files.json(&other);
    let layer = format!("blobs/sha256/{}", digest(&gzip(&layers()[0])).hex());
    let manifest = json!([{"Config": format!("blobs/sha256/{}", config.hex()), "RepoTags": ["hidden:1"], "Layers": [layer]}]);
    files.put("manifest.json", serde_json::to_vec(&manifest).unwrap());
    let file = write_archive(&files.tar());
    let images = open_images(file.path());
    assert_eq!(
        images.iter().map(|image| image.target.names[0].as_str()).collect::<Vec<_>>(),
        ["app:1", "hidden:1"]
    );
    assert!(images[1].gaps.iter().any(|gap| gap.what == "manifest.json"));
}

#[test]
fn what_is_no_archive_says_so() {
    for bytes in [b"".as_slice(), b"hello", &[7; 2_000], &gzip(b"hello"), &gzip(&[7; 2_000])[..20]] {
        let file = write_archive(bytes);
        let opened = open_archive(file.path(), &OpenOptions::default());
        assert!(opened.is_err() || bytes.is_empty(), "{bytes:?}");
    }
    assert!(matches!(stream(&Tar::new().file("a", b"").finish()), Err(OpenError::NoManifest(_))));
    assert!(matches!(
        open_archive(Path::new("/"), &OpenOptions::default()),
        Err(OpenError::NotAnArchive(..))
    ));
}

#[test]
fn archives_that_are_cut_or_flipped_never_pass_for_whole() {
    let whole = modern_archive();
    for length in (0..whole.len() - 1_024).step_by(101) {
        if let Ok((archive, _)) = stream(&whole[..length]) {
            assert!(archive.images.iter().all(|image| !image.image.gaps.is_empty()), "{length}");
        }
        let file = write_archive(&whole[..length]);
        let _ = open_archive(file.path(), &OpenOptions::default());
    }
    for at in (0..whole.len()).step_by(37) {
        let mut broken = whole.clone();
        broken[at] ^= 1 << (at % 8);
        let _ = stream(&broken);
        let _ = stream(&gzip(&broken));
    }
}

#[test]
fn the_layout_of_an_official_image_is_read_through_its_links() {
    let Some(directory) = support::shared("images/busybox-musl-oci") else { return };
    let images = open_layout(&directory, &OpenOptions::default()).unwrap();
    let [image] = images.as_slice() else { panic!("one image") };
    assert_eq!((&image.gaps, &image.mismatches), (&vec![], &vec![]));
    assert_eq!(image.target.names, ["busybox:1.38.0-musl"]);
    assert_eq!(image.layers[0].layer.instruction.as_deref(), Some("BusyBox 1.38.0 (musl), Alpine 3.23.5"));
    let (seen, outcome) = walk(&*image.layers[0].source);
    assert_eq!((outcome.gaps, outcome.mismatches), (vec![], vec![]));
    assert!(seen.paths().contains(&"bin/busybox"));
}
