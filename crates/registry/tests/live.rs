//! Against a registry of others: Debian's docker-registry, filled by skopeo.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]
mod support;

use model::Limits;
use oci::{Body, Entry, Outcome, PlatformChoice, Visitor};
use registry::Client;
use support::options;
use testkit::{LayerEncoding, Layout, Tar};

#[derive(Default)]
struct Paths(Vec<String>);

impl Visitor for Paths {
    fn entry(&mut self, entry: &Entry) -> bool {
        self.0.push(entry.path.as_str().to_owned());
        false
    }
    fn body(&mut self, _: &Entry, _: Body<'_>) {}
}

#[test]
fn images_of_a_real_registry_are_opened_walked_and_listed() {
    let Some(server) = testkit::registry() else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut layout = Layout::new(directory.path());
    let layers = [
        Tar::new().directory("etc").file("etc/motd", &b"hello ".repeat(100_000)).finish(),
        Tar::new().file("etc/second", b"x").whiteout("etc/motd").finish(),
    ];
    let gzip = layout.image("amd64", &layers, LayerEncoding::Gzip);
    let plain = layout.image("arm64", &layers, LayerEncoding::Plain);
    let index = layout.index(&[gzip, plain]);
    layout.tag("1", &index);
    let layout = layout.finish();
    for name in ["team/app:1", "team/app:2", "other:1"] {
        server.push_layout(&layout, "1", name);
    }

    let client = Client::new(options()).unwrap();
    let reference = format!("{}/team/app:1", server.address()).parse().unwrap();
    let images = client.open(&reference, &PlatformChoice::All).unwrap();
    assert_eq!(images.len(), 2);
    for image in &images {
        assert!(
            image.mismatches.is_empty() && image.gaps.is_empty(),
            "{:?} {:?}",
            image.mismatches,
            image.gaps
        );
        let mut paths = Paths::default();
        let mut outcome = Outcome::default();
        for layer in &image.layers {
            let walked = layer.source.walk(&Limits::default(), &mut paths).unwrap();
            outcome.mismatches.extend(walked.mismatches);
            outcome.gaps.extend(walked.gaps);
        }
        assert!(outcome.mismatches.is_empty() && outcome.gaps.is_empty(), "{outcome:?}");
        assert_eq!(paths.0, ["etc", "etc/motd", "etc/second", "etc/motd"]);
    }
    let summary = client.resolve(&reference).unwrap();
    assert_eq!(summary.digest, client.manifest(&reference).unwrap().digest);
    let mut tags = client.tags(&reference).unwrap().names;
    tags.sort();
    assert_eq!(tags, ["1", "2"]);
    assert_eq!(client.catalog(server.address()).unwrap().names, ["other", "team/app"]);
    assert!(client.referrers(&reference, &summary.digest).unwrap().is_empty());
}
