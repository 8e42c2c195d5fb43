//! Tests of `read`.

use super::*;

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[track_caller]
fn is_read_as(method: &str, target: &str, route: &str, written: &str) {
    let written = written.replace("DIGEST", &format!("sha256:{HEX}"));
    let call = read(method, &target.replace("DIGEST", &format!("sha256:{HEX}")));
    let call = call.unwrap_or_else(|error| panic!("{method} {target}: {error}"));
    assert_eq!((call.route(), call.target().as_str()), (route, written.as_str()), "{method} {target}");
    assert_eq!(read(call.method(), &call.target()), Ok(call), "reading again what was written");
}

#[track_caller]
fn is_refused(method: &str, target: &str, reason: &str) {
    let refusal = read(method, &target.replace("DIGEST", &format!("sha256:{HEX}")));
    assert_eq!(refusal.map_err(|refusal| refusal.reason), Err(reason), "{method} {target}");
}

#[test]
fn every_endpoint_is_read_and_written() {
    let session = &HEX[..32];
    is_read_as("GET", "/v2/", "base", "/v2/");
    is_read_as("GET", "/v2", "base", "/v2/");
    is_read_as("GET", "/v2/_catalog?n=5&last=a/b", "catalog", "/v2/_catalog?n=5&last=a%2Fb");
    is_read_as("GET", "/v2/a/b/tags/list?last=1.0&n=05", "tags.list", "/v2/a/b/tags/list?n=5&last=1.0");
    is_read_as("HEAD", "/v2/a/manifests/1.0", "manifest.head", "/v2/a/manifests/1.0");
    is_read_as("GET", "/v2/a/manifests/DIGEST", "manifest.get", "/v2/a/manifests/DIGEST");
    is_read_as("PUT", "/v2/a/manifests/1.0", "manifest.put", "/v2/a/manifests/1.0");
    is_read_as(
        "PUT",
        "/v2/a/manifests/DIGEST?tag=1&tag=2",
        "manifest.put",
        "/v2/a/manifests/DIGEST?tag=1&tag=2",
    );
    is_read_as("DELETE", "/v2/a/manifests/DIGEST", "manifest.delete", "/v2/a/manifests/DIGEST");
    is_read_as("GET", "/v2/a/blobs/DIGEST", "blob.get", "/v2/a/blobs/DIGEST");
    is_read_as("HEAD", "/v2/a/blobs/DIGEST", "blob.head", "/v2/a/blobs/DIGEST");
    is_read_as("DELETE", "/v2/a/blobs/DIGEST", "blob.delete", "/v2/a/blobs/DIGEST");
    is_read_as("POST", "/v2/a/blobs/uploads/", "upload.start", "/v2/a/blobs/uploads/");
    is_read_as("POST", "/v2/a/blobs/uploads", "upload.start", "/v2/a/blobs/uploads/");
    let mounted = format!("/v2/a/blobs/uploads/?mount=sha256%3A{HEX}&from=b%2Fc");
    is_read_as("POST", "/v2/a/blobs/uploads/?from=b/c&mount=DIGEST", "blob.mount", &mounted);
    let by_crane = "/v2/a/blobs/uploads/?from=b/c&mount=DIGEST&origin=registry.example.com";
    is_read_as("POST", by_crane, "blob.mount", &mounted);
    let whole = format!("/v2/a/blobs/uploads/?digest=sha256%3A{HEX}");
    is_read_as("POST", "/v2/a/blobs/uploads/?digest=DIGEST", "upload.start", &whole);
    let upload = format!("/v2/a/blobs/uploads/{session}");
    for (method, route) in [("PATCH", "upload.part"), ("GET", "upload.status"), ("DELETE", "upload.cancel")] {
        is_read_as(method, &upload, route, &upload);
    }
    let end = format!("{upload}?digest=sha256%3A{HEX}");
    is_read_as("PUT", &format!("{upload}?digest=DIGEST"), "upload.end", &end);
    let referrers = "/v2/a/referrers/DIGEST?artifactType=application%2Fx%2Bjson";
    is_read_as("GET", referrers, "referrers.list", referrers);
    let token = "/token?service=r&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull&account=alice";
    is_read_as("GET", token, "token", token);
    is_read_as("POST", "/token", "token", "/token");
}

#[test]
fn encoded_slash_is_part_of_the_name_once_g1() {
    is_read_as("GET", "/v2/team-a%2fapp/tags/list", "tags.list", "/v2/team-a/app/tags/list");
    is_read_as("GET", "/v2/%74eam/tags/list", "tags.list", "/v2/team/tags/list");
    is_refused("GET", "/v2/team-a%252fapp/tags/list", "encoded-twice");
}

#[test]
fn paths_that_lead_elsewhere_are_refused_g2() {
    for target in [
        "/v2/team-b/../team-a/app/tags/list",
        "/v2/team-b/%2e%2e/team-a/app/tags/list",
        "/v2/./a/tags/list",
        "/v2//a/tags/list",
        "/v2/a//tags/list",
        "/v2/a/tags/list/",
        "/v2/a%2f%2fb/tags/list",
        "/v2/a%2f..%2fb/tags/list",
    ] {
        is_refused("GET", target, "path-not-clean");
    }
    for target in ["//v2/a/tags/list", "/V2/a/tags/list", "/v1/search", "/", "/v3/../v2/", "/debug/vars"] {
        is_refused("GET", target, "route-unknown");
    }
    is_refused("GET", "/v2/a%00/tags/list", "character");
    is_refused("GET", "/v2/a%0d%0a/tags/list", "character");
    is_refused("GET", "/v2/a%zz/tags/list", "encoding-malformed");
    is_refused("GET", "/v2/A/tags/list", "name-malformed");
    is_refused("GET", "/v2/a/b c", "target-character");
}

#[test]
fn queries_hold_what_is_known_once() {
    is_refused("GET", "/v2/a/tags/list?n=1&n=2", "query-repeated");
    is_read_as("GET", "/v2/a/manifests/1.0?ns=docker.io", "manifest.get", "/v2/a/manifests/1.0");
    is_refused("DELETE", "/v2/a/manifests/1.0?ns=docker.io", "query-unknown");
    is_refused("GET", "/v2/a/manifests/1.0?tag=1", "query-unknown");
    is_refused("GET", "/v2/a/tags/list?n=1;last=2", "query-semicolon");
    is_refused("GET", "/v2/a/tags/list?n=-1", "query-number");
    is_refused("POST", "/v2/a/blobs/uploads/?mount=DIGEST&mount=DIGEST", "query-repeated");
    is_refused("POST", "/v2/a/blobs/uploads/?mount=DIGEST&from=../b", "name-malformed");
    is_refused("POST", "/v2/a/blobs/uploads/?mount=DIGEST&digest=DIGEST", "query-contradiction");
    is_refused("PUT", "/v2/a/blobs/uploads/0123456789abcdef0123456789abcdef", "digest-missing");
    is_refused("PATCH", "/v2/a/blobs/uploads/../x", "path-not-clean");
    is_refused("PATCH", "/v2/a/blobs/uploads/other", "upload-unknown");
    is_refused("POST", "/v2/a/manifests/1.0", "method");
    is_refused("GET", "/v2/a/blobs/sha256:00", "digest-malformed");
}

#[test]
fn mutated_targets_never_panic_and_read_back() {
    let seeds = [
        "/v2/team-a%2fapp/manifests/1.0?tag=2",
        "/v2/a/blobs/uploads/?mount=sha256:00&from=b",
        "/token?service=r&scope=repository:a:pull",
        "/v2/_catalog?n=5&last=a%2Fb",
    ];
    for seed in seeds {
        for at in 0..seed.len() {
            for byte in 0x20..0x7f_u8 {
                let mut changed = seed.as_bytes().to_vec();
                changed[at] = byte;
                let changed = String::from_utf8(changed).unwrap();
                for method in ["GET", "POST", "PUT"] {
                    if let Ok(call) = read(method, &changed) {
                        assert_eq!(read(call.method(), &call.target()), Ok(call), "{changed}");
                    }
                }
            }
        }
    }
}
