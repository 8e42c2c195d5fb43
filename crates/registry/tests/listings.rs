//! What a registry lists.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]
mod support;

use registry::{Client, Options};
use support::{digest, options, reference};
use testkit::server::{Reply, Server};

#[test]
fn pages_are_followed_to_the_end() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v2/_catalog?n=1000" => Reply::ok(r#"{"repositories":["a","b"]}"#)
            .header("link", r#"</v2/_catalog?last=b&n=2>; rel="next""#),
        "/v2/_catalog?last=b&n=2" => Reply::ok(r#"{"repositories":["c"]}"#),
        "/v2/a/tags/list?n=1000" => Reply::ok(r#"{"name":"a","tags":null}"#),
        "/v2/" => Reply::ok(""),
        _ => Reply::new(404, ""),
    });
    let client = Client::new(options()).unwrap();
    let listing = client.catalog(&server.address).unwrap();
    assert_eq!((listing.names.join(" ").as_str(), listing.is_complete), ("a b c", true));
    assert!(client.tags(&reference(&server, "a")).unwrap().names.is_empty());
}

#[test]
fn a_listing_without_end_is_cut_and_says_so() {
    let server = Server::start(|request| {
        let page: u64 = request.target.split("last=").nth(1).map_or(0, |page| page.parse().unwrap());
        let names: Vec<String> = (0..100).map(|at| format!("\"r{}\"", page * 100 + at)).collect();
        Reply::ok(format!(r#"{{"repositories":[{}]}}"#, names.join(",")))
            .header("link", &format!("</v2/_catalog?last={}>; rel=next", page + 1))
    });
    let client = Client::new(Options { listing_names_max: 250, ..options() }).unwrap();
    let listing = client.catalog(&server.address).unwrap();
    assert_eq!((listing.names.len(), listing.is_complete), (250, false));
}

#[test]
fn pages_that_go_in_circles_or_elsewhere_end() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v2/circle/tags/list?n=1000" => {
            Reply::ok(r#"{"tags":["a"]}"#).header("link", "</v2/empty/tags/list?n=1>; rel=next")
        }
        "/v2/empty/tags/list?n=1" => {
            Reply::ok(r#"{"tags":[]}"#).header("link", "</v2/empty/tags/list?n=1>; rel=next")
        }
        "/v2/away/tags/list?n=1000" => {
            Reply::ok(r#"{"tags":["a"]}"#).header("link", "<https://elsewhere.invalid/>; rel=next")
        }
        _ => Reply::ok(""),
    });
    let client = Client::new(options()).unwrap();
    assert_eq!(client.tags(&reference(&server, "circle")).unwrap().names, ["a"]);
    let error = client.tags(&reference(&server, "away")).unwrap_err().to_string();
    assert!(error.contains("another host"), "{error}");
}

#[test]
fn referrers_come_from_the_api_or_from_the_tag() {
    let subject = digest(b"subject");
    let signature = digest(b"signature");
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"digest":"{signature}","mediaType":"m","artifactType":"sig","size":3}},{{"digest":"bad"}}]}}"#
    );
    let (by_api, by_tag) = (
        format!("/v2/new/referrers/{subject}"),
        format!("/v2/old/manifests/{}", subject.as_str().replace(':', "-")),
    );
    let server = Server::start(move |request| match request.target.as_str() {
        target if target == by_api || target == by_tag => Reply::ok(index.clone()),
        "/v2/" => Reply::ok(""),
        _ => Reply::new(404, ""),
    });
    let client = Client::new(options()).unwrap();
    for repository in ["new", "old"] {
        let found = client.referrers(&reference(&server, repository), &subject).unwrap();
        assert_eq!(found.len(), 1, "{repository}");
        assert_eq!((found[0].digest.clone(), found[0].artifact_type.as_str()), (signature.clone(), "sig"));
    }
    assert!(client.referrers(&reference(&server, "none"), &subject).unwrap().is_empty());
}
