//! Promise: none of the traps G1 to G13 of registries leads around the guard, and what is honest beside it works.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support_registry;

use guard::registry::{BlobDigests, Judgement, Redirects};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use support_registry::{IMAGE, INDEX, access, descriptor, digest, guarded, guarded_with};
use testkit::{
    registry,
    server::{Reply, Server},
};

macro_rules! registry_or_skip {
    () => {
        match registry() {
            Some(registry) => registry,
            None => return,
        }
    };
}

#[test]
fn g1_encoded_slash_is_the_name_that_rights_are_looked_up_for() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    guard.push_image("alice", "team-a/app", "1", "layer");
    let plain = guard.ask("alice", "GET", "/v2/team-a/app/tags/list");
    let encoded = guard.ask("alice", "GET", "/v2/team-a%2fapp/tags/list");
    assert_eq!((plain.status, encoded.status), (200, 200));
    assert_eq!(plain.json(), encoded.json());
    assert_eq!(plain.json()["tags"], json!(["1"]));
    assert_eq!(guard.ask("bob", "GET", "/v2/team-a%2fapp/tags/list").status, 403);
}

#[test]
fn g2_paths_that_lead_elsewhere_never_reach_the_registry() {
    let seen = Server::start(|_| Reply::ok("{}"));
    let guard = guarded(&format!("http://{}", seen.address), access(""));
    for target in [
        "/v2/team-b/../team-a/app/tags/list",
        "/v2/team-b/%2e%2e/team-a/app/tags/list",
        "//v2/team-a/app/tags/list",
        "/v2/team-b/app/tags/list/",
        "/v2/team-b%252f..%252fteam-a/tags/list",
        "/v2/team-b/app/tags/list?n=1&n=2",
        "/v2/team-b/app/tags/list#/../../team-a/tags/list",
    ] {
        let status = guard.ask("bob", "GET", target).status;
        assert!(matches!(status, 400 | 404), "{target}: {status}");
    }
    assert_eq!(seen.requests().len(), 0);
    assert_eq!(guard.ask("bob", "GET", "/v2/team-b/app/tags/list").status, 200);
    assert_eq!(seen.requests()[0].target, "/v2/team-b/app/tags/list");
}

#[test]
fn g3_blob_is_mounted_by_those_alone_who_may_pull_it_there() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    let (_, layer) = guard.push_image("alice", "team-a/app", "1", "layer");
    let mount = |who: &str, repository: &str, from: &str| {
        let target = format!("/v2/{repository}/blobs/uploads/?mount={layer}{from}");
        guard.ask(who, "POST", &target).status
    };
    assert_eq!(mount("alice", "team-a/copy", "&from=team-a/app"), 201);
    assert_eq!(mount("bob", "team-b/copy", "&from=team-a/app"), 202, "a plain upload begins");
    assert_eq!(mount("bob", "team-b/copy", ""), 202);
    assert_eq!(guard.ask("bob", "HEAD", &format!("/v2/team-b/copy/blobs/{layer}")).status, 404);
}

#[test]
fn g4_hosts_of_clients_do_not_come_back_in_locations() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    let fields =
        [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https")];
    let begun = guard.send("alice", "POST", "/v2/team-a/app/blobs/uploads/", &fields, b"");
    assert_eq!(begun.status, 202);
    let location = begun.header("location").unwrap();
    assert!(location.starts_with("/v2/team-a/app/blobs/uploads/") && !location.contains('?'), "{location}");
    let challenge = guard.send("", "GET", "/v2/", &fields, b"");
    let challenge = challenge.header("www-authenticate").unwrap().to_owned();
    assert!(challenge.contains(&format!("realm=\"http://{}/token\"", guard.address)), "{challenge}");
}

#[test]
fn g5_signatures_are_read_by_tag_and_by_index_where_the_registry_knows_no_referrers() {
    let registry = registry_or_skip!();
    let more = "  - {principals: ['user:bob'], repositories: ['team-a/**'], allow: [sign, pull]}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let (image, layer) = guard.push_image("alice", "team-a/app", "1", "layer");
    // Clients go on to the tags when they are told that there is no list; an empty list would end their search.
    let list = guard.ask("puller", "GET", &format!("/v2/team-a/app/referrers/{image}"));
    assert_eq!(list.status, 404, "{}", list.text());
    let bundle = b"{}";
    guard.push_blob("bob", "team-a/app", bundle);
    let signature = json!({
        "schemaVersion": 2, "mediaType": IMAGE, "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "config": descriptor("application/vnd.oci.empty.v1+json", bundle),
        "layers": [descriptor("application/vnd.dev.sigstore.bundle.v0.3+json", bundle)],
        "subject": {"mediaType": IMAGE, "digest": image, "size": 1},
    });
    let bytes = signature.to_string();
    let by_digest = digest(bytes.as_bytes());
    assert_eq!(
        guard.put_manifest("alice", "team-a/app", &by_digest, &signature).status,
        403,
        "no right to sign"
    );
    assert_eq!(guard.put_manifest("bob", "team-a/app", &by_digest, &signature).status, 201);
    let index =
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, bytes.as_bytes())]});
    let tag = image.replace(':', "-");
    assert_eq!(guard.put_manifest("alice", "team-a/app", &tag, &index).status, 403, "no right to sign");
    assert_eq!(guard.put_manifest("bob", "team-a/app", &tag, &index).status, 201);
    // All of that is read by who may pull, though the image itself did not pass.
    for reference in [&tag, &by_digest] {
        let read = guard.ask("puller", "GET", &format!("/v2/team-a/app/manifests/{reference}"));
        assert_eq!(read.status, 200, "{}", read.text());
    }
    assert_eq!(guard.ask("puller", "GET", &format!("/v2/team-a/app/blobs/{}", digest(bundle))).status, 200);
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, 403);
    assert_eq!(guard.ask("puller", "GET", &format!("/v2/team-a/app/blobs/{layer}")).status, 403);
}

#[test]
fn g6_catalog_tells_of_what_somebody_may_see() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    for (who, repository) in [("alice", "team-a/x"), ("alice", "team-a/y"), ("bob", "team-b/z")] {
        guard.push_image(who, repository, "1", "layer");
    }
    let names = |who: &str, query: &str| {
        let answer = guard.ask(who, "GET", &format!("/v2/_catalog{query}"));
        (answer.json()["repositories"].clone(), answer.header("link").map(str::to_owned))
    };
    assert_eq!(names("admin", "").0, json!(["team-a/x", "team-a/y", "team-b/z"]));
    assert_eq!(names("alice", "").0, json!(["team-a/x", "team-a/y"]));
    let (first, link) = names("alice", "?n=1");
    assert_eq!(first, json!(["team-a/x"]));
    assert_eq!(link.unwrap(), "</v2/_catalog?n=1&last=team-a%2Fx>; rel=\"next\"");
    assert_eq!(names("alice", "?n=1&last=team-a/x").0, json!(["team-a/y"]));
    assert_eq!(guard.ask("puller", "GET", "/v2/_catalog").status, 403);
}

#[test]
fn g7_redirects_are_followed_without_credentials_and_verified_or_passed() {
    let content = b"content of a blob";
    let wanted = digest(content);
    let storage = Server::start(|_| Reply::ok(&b"content of a blob"[..]));
    let forged = Server::start(|_| Reply::ok(&b"another content.."[..]));
    for (storage, is_right) in [(&storage, true), (&forged, false)] {
        let location = format!("http://{}/bucket/key?signature=x", storage.address);
        let front = Server::start(move |_| Reply::new(307, "").header("location", &location));
        let upstream = format!("http://{}", front.address);
        let target = format!("/v2/team-a/app/blobs/{wanted}");
        let change = |options: &mut guard::registry::RegistryOptions| {
            options.judge = None;
            options.upstream.credential = Some(("guard".to_owned(), "secret".to_owned()));
        };
        let guard = guarded_with(&upstream, access(""), change);
        let followed = guard.ask("alice", "GET", &target);
        if is_right {
            assert_eq!((followed.status, followed.body.as_slice()), (200, &content[..]));
        } else {
            assert!(followed.status == 502, "nobody gets a blob that is another one: {followed:?}");
        }
        let request = &storage.requests()[0];
        assert_eq!(request.target, "/bucket/key?signature=x");
        assert_eq!(request.header("authorization"), None);
        let passing = guarded_with(&upstream, access(""), |options| {
            change(options);
            options.redirects = Redirects::Pass;
        });
        assert_eq!(passing.ask("alice", "GET", &target).status, 307);
    }
}

#[test]
fn blobs_that_were_right_are_passed_by_the_kernel_when_the_operator_says_so() {
    // More than waits in sockets, and not a whole number of anything.
    let content: Vec<u8> = (0..3_000_001_u32).map(|number| (number % 251) as u8).collect();
    let mut other = content.clone();
    *other.last_mut().unwrap() ^= 1;
    let wanted = digest(&content);
    for (blob_digests, third) in [(BlobDigests::FirstPull, Some(&other)), (BlobDigests::EveryPull, None)] {
        let served = [content.clone(), content.clone(), other.clone()];
        let asked = AtomicUsize::new(0);
        let registry =
            Server::start(move |_| Reply::ok(served[asked.fetch_add(1, Ordering::SeqCst)].as_slice()));
        let guard = guarded_with(&format!("http://{}", registry.address), access(""), |options| {
            options.judge = None;
            options.blob_digests = blob_digests;
        });
        let get = || guard.ask("alice", "GET", &format!("/v2/team-a/app/blobs/{wanted}"));
        assert!([get(), get()].iter().all(|pulled| (pulled.status, &pulled.body) == (200, &content)));
        // What the storage does to it afterwards is noticed by clients alone, or by the guard, which breaks off before the end.
        let pulled = get();
        assert_eq!((pulled.body == other), third.is_some(), "{blob_digests:?}");
    }
}

#[test]
fn g8_blob_leaves_with_an_admitted_manifest_of_its_repository_alone() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    let (good, layer) = guard.push_image("alice", "team-a/good", "1", "layer");
    let (bad, bad_layer) = guard.push_image("alice", "team-a/bad", "1", "bad layer");
    let lone = guard.push_blob("alice", "team-a/good", b"no manifest refers to it");
    guard.judge.pass(&good);
    let forget = || *guard.judge.edition.lock().unwrap() += "x";
    forget();
    let get = |repository: &str, digest: &str| {
        guard.ask("puller", "GET", &format!("/v2/{repository}/blobs/{digest}")).status
    };
    assert_eq!(get("team-a/good", &layer), 200);
    assert_eq!(get("team-a/bad", &bad_layer), 403);
    assert_eq!(get("team-a/good", &lone), 403);
    // The same blob in another repository leaves there only with a manifest of that one.
    let mounted = guard.ask(
        "alice",
        "POST",
        &format!("/v2/team-a/other/blobs/uploads/?mount={layer}&from=team-a/good"),
    );
    assert_eq!(mounted.status, 201);
    assert_eq!(get("team-a/other", &layer), 403);
    // An index that lists the image is no reason either.
    let child = json!({"mediaType": IMAGE, "digest": bad, "size": 1});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]});
    let put = guard.put_manifest("alice", "team-a/bad", "index", &index);
    if put.status == 201 {
        guard.judge.pass(&digest(index.to_string().as_bytes()));
        forget();
        assert_eq!(guard.ask("puller", "GET", "/v2/team-a/bad/manifests/index").status, 200);
    }
    assert_eq!(get("team-a/bad", &bad_layer), 403);
}

#[test]
fn g9_pushers_look_freely_and_pullers_as_they_pull() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    guard.push_image("alice", "team-a/app", "1", "layer");
    let manifest = "/v2/team-a/app/manifests/1";
    assert_eq!(guard.ask("puller", "GET", manifest).status, 403);
    assert_eq!(guard.ask("puller", "HEAD", manifest).status, 403);
    assert_eq!(guard.ask("alice", "GET", manifest).status, 403);
    let look = guard.ask("alice", "HEAD", manifest);
    assert_eq!(look.status, 200);
    assert!(look.header("warning").unwrap().starts_with("299 - \""), "{look:?}");
    let (fixed, _) = guard.push_image("alice", "team-a/app", "2", "fixed layer");
    guard.judge.pass(&fixed);
    *guard.judge.edition.lock().unwrap() += "x";
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/2").status, 200);
}

#[test]
fn g10_what_is_judged_is_what_is_served() {
    let registry = registry_or_skip!();
    let guard = guarded(&format!("http://{}", registry.address()), access(""));
    let (good, _) = guard.push_image("alice", "team-a/app", "1", "layer");
    guard.judge.pass(&good);
    *guard.judge.edition.lock().unwrap() += "x";
    let pulled = guard.ask("puller", "GET", "/v2/team-a/app/manifests/1");
    assert_eq!(pulled.status, 200);
    assert_eq!(pulled.header("docker-content-digest"), Some(good.as_str()));
    assert_eq!(digest(&pulled.body), good);
    // CVE-2021-41190: a document that is an index and an image.
    let mut both = guard.image("alice", "team-a/app", "layer");
    both["manifests"] = json!([descriptor(IMAGE, b"x")]);
    assert_eq!(guard.put_manifest("alice", "team-a/app", "both", &both).status, 400);

    let serve = |media_type: &'static str, body: String, claimed: Option<String>| {
        let front = Server::start(move |_| {
            let reply = Reply::ok(body.clone()).header("content-type", media_type);
            claimed.iter().fold(reply, |reply, claimed| reply.header("docker-content-digest", claimed))
        });
        let guard = guarded(&format!("http://{}", front.address), access(""));
        (guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, front)
    };
    let manifest = String::from_utf8(pulled.body).unwrap();
    assert_eq!(serve(INDEX, manifest.clone(), None).0, 403, "served as what it does not say to be");
    assert_eq!(serve(IMAGE, both.to_string(), None).0, 403);
    assert_eq!(serve(IMAGE, manifest.clone(), Some(digest(b"other"))).0, 502);
    let front = Server::start(move |_| Reply::ok(manifest.clone()).header("content-type", IMAGE));
    let guard = guarded(&format!("http://{}", front.address), access(""));
    let other = format!("/v2/team-a/app/manifests/{}", digest(b"other"));
    assert_eq!(guard.ask("puller", "GET", &other).status, 502, "other bytes than the digest");
}

#[test]
fn g11_first_pull_waits_for_the_verdict_and_is_told_to_come_again() {
    let registry = registry_or_skip!();
    let more = "admission:\n  - {repositories: ['**'], mode: enforce, wait_seconds: 1}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    guard.judge.hold(true);
    let (good, _) = guard.push_image("alice", "team-a/app", "1", "layer");
    guard.judge.pass(&good);
    let early = guard.ask("puller", "GET", "/v2/team-a/app/manifests/1");
    assert_eq!((early.status, early.header("retry-after")), (503, Some("5")));
    guard.judge.hold(false);
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, 200);
    assert_eq!(guard.judge.asked.lock().unwrap().len(), 1, "one verdict for all who wait");
    // A verdict that cannot be given lets nothing leave.
    let (unknown, _) = guard.push_image("alice", "team-a/app", "2", "other layer");
    guard.judge.say(&unknown, Judgement::Unknown { reason: "the scanner broke".to_owned() });
    *guard.judge.edition.lock().unwrap() += "x";
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/2").status, 503);
}

#[test]
fn g12_uploads_are_hashed_counted_and_cut_off() {
    let registry = registry_or_skip!();
    let more = "quotas:\n  - {repositories: ['**'], blob_bytes_max: 1000}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let begin = || {
        let begun = guard.ask("alice", "POST", "/v2/team-a/app/blobs/uploads/");
        begun.header("location").unwrap().to_owned()
    };
    let wrong = digest(b"something else");
    let put = guard.send("alice", "PUT", &format!("{}?digest={wrong}", begin()), &[], b"content");
    assert_eq!((put.status, put.json()["errors"][0]["code"].as_str()), (400, Some("DIGEST_INVALID")));
    for digest in [wrong, digest(b"content")] {
        assert_eq!(guard.ask("alice", "HEAD", &format!("/v2/team-a/app/blobs/{digest}")).status, 404);
    }
    let (_, layer) = guard.push_image("alice", "team-a/app", "1", "layer");
    let mounted =
        guard.ask("alice", "POST", &format!("/v2/team-a/app/blobs/uploads/?mount={layer}&from=team-a/app"));
    assert_eq!(mounted.status, 202, "a mount would bring in what no quota counts");
    let large = vec![b'x'; 1001];
    let put = guard.send("alice", "PUT", &format!("{}?digest={}", begin(), digest(&large)), &[], &large);
    assert_eq!(put.status, 413);
    // In parts, whose sum counts.
    let place = begin();
    let part = guard.send("alice", "PATCH", &place, &[], &large[..600]);
    assert_eq!((part.status, part.header("range")), (202, Some("0-599")), "{}", part.text());
    assert_eq!(guard.send("alice", "PATCH", &place, &[], &large[600..]).status, 413);
    let place = begin();
    assert_eq!(guard.send("alice", "PATCH", &place, &[], b"con").status, 202);
    assert_eq!(guard.send("alice", "PATCH", &place, &[("Content-Range", "3-6")], b"tent").status, 202);
    assert_eq!(guard.ask("bob", "GET", &place).status, 403);
    let end = guard.ask("alice", "PUT", &format!("{place}?digest={}", digest(b"content")));
    assert_eq!(end.status, 201, "{}", end.text());
    assert_eq!(guard.ask("alice", "GET", &place).status, 404);
}

#[test]
fn g13_signatures_need_their_own_right_and_must_look_like_some() {
    let registry = registry_or_skip!();
    let more = "  - {principals: ['user:bob'], repositories: ['team-a/**'], allow: [sign, pull]}\n";
    let guard = guarded(&format!("http://{}", registry.address()), access(more));
    let (image, layer) = guard.push_image("alice", "team-a/app", "1", "layer\0of an image");
    let tag = format!("{}.sig", image.replace(':', "-"));
    let simple = "application/vnd.dev.cosign.simplesigning.v1+json";
    let payload = br#"{"critical":{}}"#;
    let config = b"{}";
    for content in [&payload[..], config] {
        guard.push_blob("bob", "team-a/app", content);
    }
    let signature = json!({
        "schemaVersion": 2, "mediaType": IMAGE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor(simple, payload)],
    });
    assert_eq!(guard.put_manifest("alice", "team-a/app", &tag, &signature).status, 403);
    assert_eq!(
        guard.put_manifest("alice", "team-a/app", "innocent", &signature).status,
        403,
        "by what it is"
    );
    assert_eq!(guard.put_manifest("bob", "team-a/app", &tag, &signature).status, 201);
    assert_eq!(guard.ask("puller", "GET", &format!("/v2/team-a/app/manifests/{tag}")).status, 200);
    let blob = guard.ask("puller", "GET", &format!("/v2/team-a/app/blobs/{}", digest(payload)));
    assert_eq!((blob.status, blob.body.as_slice()), (200, &payload[..]));
    // A layer does not leave because a signature says that it is one.
    let mut disguise = signature;
    disguise["layers"] = json!([{"mediaType": simple, "digest": layer, "size": 17}]);
    let other = tag.replace(".sig", ".att");
    assert_eq!(guard.put_manifest("bob", "team-a/app", &other, &disguise).status, 201);
    assert_eq!(guard.ask("puller", "GET", &format!("/v2/team-a/app/manifests/{other}")).status, 200);
    let refused = guard.ask("puller", "GET", &format!("/v2/team-a/app/blobs/{layer}"));
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[test]
fn a_registry_that_does_not_answer_is_told_of_in_time() {
    // The kernel takes the connection, and nobody ever reads it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let guard = guarded_with(&format!("http://{}", silent.local_addr().unwrap()), access(""), |options| {
        options.upstream.patience = std::time::Duration::from_millis(100);
    });
    for (method, target) in [
        ("GET", "/v2/team-a/app/manifests/1"),
        ("GET", "/v2/team-a/app/tags/list"),
        ("POST", "/v2/team-a/app/blobs/uploads/"),
    ] {
        let answer = guard.ask("alice", method, target);
        assert_eq!(answer.status, 504, "{target}: {answer:?}");
        assert!(answer.text().contains("does not answer"), "{answer:?}");
    }
}
