//! Requests that two readers could understand differently are refused; their honest sisters are written anew.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use calls::{BodyKind, Call, Head, Limits, ROUTES, Refusal, UnknownKeys, read};

const STRICT: Limits = Limits {
    version_min: 24,
    version_max: 56,
    target_bytes_max: 16 << 10,
    depth_max: 64,
    unknown_keys: UnknownKeys::Refuse,
};

fn head<'a>(method: &'a str, target: &'a str) -> Head<'a> {
    Head { method, target, content_type: None, has_body: false, upgrade: None }
}

fn create(body: &[u8]) -> Result<Call, Refusal> {
    let head = Head {
        content_type: Some("application/json"),
        has_body: true,
        ..head("POST", "/v1.43/containers/create?name=web")
    };
    read(&head, &Limits::default())?.with_body(body, &Limits::default())
}

#[track_caller]
fn refused(result: Result<Call, Refusal>, reason: &str) {
    match result {
        Ok(call) => panic!("{} was taken, not refused as {reason}", call.target()),
        Err(refusal) => assert_eq!(refusal.reason, reason, "{refusal}"),
    }
}

#[track_caller]
fn target_refused(method: &str, target: &str, reason: &str) {
    refused(read(&head(method, target), &STRICT), reason);
}

#[track_caller]
fn target_written(method: &str, target: &str, written: &str) {
    let call = read(&head(method, target), &STRICT).unwrap_or_else(|refusal| panic!("{target}: {refusal}"));
    assert_eq!(call.target(), written);
    let again = read(&head(method, written), &STRICT).unwrap();
    assert_eq!((again.target(), again.route().id), (written.to_owned(), call.route().id));
}

#[test]
fn versions_are_written_in_one_way() {
    target_written("GET", "/v1.41/info", "/v1.41/info");
    target_written("GET", "/info", "/info");
    for target in ["/v1.41./info", "/v1.41.0/info", "/v1.041/info", "/v01.41/info", "/v1.41.0.0./info"] {
        target_refused("GET", target, "version-malformed");
    }
    for target in ["/v1..41/info", "/v.1.41/info", "/v41/info", "/v1/info", "/V1.41/info", "/v1.999/info"] {
        target_refused("GET", target, "version-malformed");
    }
    target_refused("GET", "/v1.99/info", "version-too-new");
    target_refused("GET", "/v1.23/info", "version-too-old");
    target_refused("GET", "/v1.24/configs", "version-too-old");
}

#[test]
fn paths_are_decoded_once_and_clean() {
    target_written("GET", "/v1.41/images/example.com%2Fweb%3A1/json", "/v1.41/images/example.com/web:1/json");
    for target in ["/v%31.41/info", "/v1%2e41/info", "/v1.41/%63ontainers/json"] {
        target_refused("GET", target, "path-encoded");
    }
    target_refused("GET", "/v1.41%2finfo", "version-malformed");
    target_refused("GET", "/containers%2fjson", "route-unknown");
    target_refused("GET", "/v1.41/%2569nfo", "path-encoded-twice");
    for target in ["//info", "/./info", "/a/../info", "/%2e%2e/info", "/v1.41//info", "/info/", "/"] {
        target_refused("GET", target, "path-not-clean");
    }
    for target in ["http://example.com/v1.41/info", "*", "info"] {
        target_refused("GET", target, "target-form");
    }
    for target in ["/info#x", "/in\\fo"] {
        target_refused("GET", target, "path-character");
    }
    target_refused("GET", "/v1.41/images/a%00b/json", "control-character");
    target_refused("GET", "/v1.41/images/a%/json", "percent-sign");
    target_refused("GET", "/v1.41/images/a%ff/json", "not-utf-8");
    target_refused("GET", "/v1.41/images/a%2F..%2Fb/json", "route-unknown");
    target_refused("GET", "/containers/a%2Fb/json", "route-unknown");
}

#[test]
fn encoded_separators_count_as_parts() {
    let name = vec!["a"; 40].join("%2F");
    target_refused("GET", &format!("/v1.41/images/{name}/json"), "path-too-long");
    let name = vec!["a"; 20].join("%2F");
    target_written(
        "GET",
        &format!("/v1.41/images/{name}/json"),
        &format!("/v1.41/images/{}/json", name.replace("%2F", "/")),
    );
}

#[test]
fn methods_are_those_of_the_table() {
    target_refused("get", "/info", "method-unknown");
    target_refused("PRI", "*", "method-unknown");
    target_refused("POST", "/info", "route-unknown");
    target_refused("HEAD", "/info", "route-unknown");
    target_written("HEAD", "/_ping", "/_ping");
}

#[test]
fn queries_are_written_in_one_way() {
    target_written("GET", "/containers/json?all=true&limit=07", "/containers/json?all=1&limit=7");
    target_written("GET", "/containers/json?all=No", "/containers/json?all=0");
    target_written(
        "GET",
        "/containers/json?filters=%7B%22label%22%3A%5B%22a%3Db+c%22%5D%7D",
        "/containers/json?filters=%7B%22label%22:%5B%22a%3Db%20c%22%5D%7D",
    );
    target_written("GET", "/images/get?names=a&names=b", "/images/get?names=a&names=b");
    target_refused("GET", "/containers/json?all=1;limit=2", "query-semicolon");
    target_refused("GET", "/containers/json?all=1&all=0", "query-repeated");
    target_refused("GET", "/containers/json?wall=1", "query-unknown");
    target_refused("GET", "/containers/json?limit=many", "query-no-number");
    target_refused("GET", "/containers/json?filters=%7B%22a%22%3A1%2C%22a%22%3A2%7D", "json-duplicate-key");
    let call = read(&head("GET", "/containers/json?wall=1&all=1"), &Limits::default()).unwrap();
    assert_eq!((call.target().as_str(), call.warnings().len()), ("/containers/json?all=1", 1));
}

#[test]
fn forms_and_other_contents_are_refused() {
    let with = |target, content_type, has_body| {
        read(&Head { content_type, has_body, ..head("POST", target) }, &Limits::default())
    };
    for form in ["application/x-www-form-urlencoded", "Multipart/Form-Data; boundary=x"] {
        refused(with("/images/web/tag?repo=a", Some(form), true), "form-body");
        refused(with("/images/create?fromImage=a", Some(form), true), "form-body");
        refused(with("/containers/create", Some(form), true), "form-body");
    }
    for kind in [
        None,
        Some("text/plain"),
        Some("application/json, text/plain"),
        Some("application/json; charset=utf-16"),
    ] {
        refused(with("/containers/create", kind, true), "content-type");
    }
    for kind in ["application/json", "APPLICATION/JSON", "application/json; charset=UTF-8"] {
        with("/containers/create", Some(kind), true).unwrap();
    }
    refused(with("/containers/create", Some("application/json"), false), "body-missing");
    refused(with("/images/create?fromImage=a", Some("application/x-tar"), true), "body-not-expected");
    with("/images/create?fromSrc=-", Some("application/x-tar"), true).unwrap();
}

#[test]
fn only_hijacked_calls_are_upgraded() {
    let with = |method, target, upgrade| {
        let head = Head { upgrade, ..head(method, target) };
        read(&head, &Limits::default())
    };
    with("POST", "/containers/a/attach?stream=1", Some("tcp")).unwrap();
    with("POST", "/containers/a/attach?stream=1", None).unwrap();
    with("GET", "/containers/a/attach/ws", Some("websocket")).unwrap();
    with("POST", "/session", Some("h2c")).unwrap();
    refused(with("POST", "/containers/a/attach?stream=1", Some("x")), "upgrade");
    refused(with("GET", "/containers/a/attach/ws", None), "upgrade");
    refused(with("GET", "/info", Some("h2c")), "upgrade");
    refused(with("POST", "/grpc", None), "upgrade");
}

#[test]
fn keys_are_folded_as_go_folds_them() {
    let written = |body: &str| String::from_utf8(create(body.as_bytes()).unwrap().body_bytes()).unwrap();
    let expected = r#"{"Image":"a","HostConfig":{"Privileged":true,"Binds":["/etc:/x"]}}"#;
    for body in [
        r#"{"image":"a","HOSTCONFIG":{"privileged":true,"binds":["/etc:/x"]}}"#,
        "{\"Image\":\"a\",\"Ho\u{17F}tConfig\":{\"Privileged\":true,\"Bind\u{17F}\":[\"/etc:/x\"]}}",
        r#"{"Image":"a","\u0048ostConfig":{"Privi\u006ceged":true,"Bind\u017f":["/etc:/x"]}}"#,
        " { \"Image\" : \"a\" , \"HostConfig\" : { \"Privileged\" : true , \"Binds\" : [ \"/etc:/x\" ] } } \n",
    ] {
        assert_eq!(written(body), expected, "{body}");
    }
    assert_eq!(
        written("{\"HostConfig\":{\"Networ\u{212A}Mode\":\"host\"}}"),
        r#"{"HostConfig":{"NetworkMode":"host"}}"#
    );
    // Keys that are data keep their case.
    let labels = r#"{"Labels":{"A":"1","a":"2"}}"#;
    assert_eq!(written(labels), labels);
}

#[test]
fn texts_that_can_be_read_in_two_ways_are_refused() {
    for (body, reason) in [
        (r#"{"HostConfig":{},"hostconfig":{"Privileged":true}}"#, "json-duplicate-key"),
        (r#"{"HostConfig":{"Memory":1},"HostConfig":null}"#, "json-duplicate-key"),
        (r#"{"HostConfig":{"Privileged":true,"privileged":null}}"#, "json-duplicate-key"),
        (r#"{"HostConfig":{"Mounts":[{"Type":"bind"}],"Mounts":[{}]}}"#, "json-duplicate-key"),
        ("{\"User\":\"a\",\"U\u{17F}er\":\"root\"}", "json-duplicate-key"),
        (r#"{"Labels":{"a":"1","a":"2"}}"#, "json-duplicate-key"),
        (r#"{"Wall":{"a":1,"A":2}}"#, "json-duplicate-key"),
        (r#"{"Wall":1,"WALL":2}"#, "json-duplicate-key"),
        (r#"{"Image":"a","Privileged":true}"#, "json-misplaced-field"),
        (r#"{"Image":"a","binds":["/:/x"]}"#, "json-misplaced-field"),
        (r#"{"Image":"a","Memory":1,"HostConfig":{}}"#, "json-misplaced-field"),
        (r#"{"Image":"a","Cpuset":"0"}"#, "json-misplaced-field"),
        (r#"{"Image":"a"}{"Image":"b"}"#, "json-trailing"),
        (r#"{"Image":"a"} x"#, "json-trailing"),
        ("\u{FEFF}{\"Image\":\"a\"}", "json-byte-order-mark"),
        (r#"{"Image":"\ud800"}"#, "json-lone-surrogate"),
        (r#"{"Image":"\udc00x"}"#, "json-lone-surrogate"),
        (r#"{"Image":"\ud800\u0041"}"#, "json-lone-surrogate"),
        (r#"{"Image":"a\u0000b"}"#, "json-zero"),
        (r#"{"HostConfig":{"Memory":9223372036854775808}}"#, "json-number"),
        (r#"{"HostConfig":{"Memory":1e3}}"#, "json-wrong-type"),
        (r#"{"HostConfig":{"Memory":1.0}}"#, "json-wrong-type"),
        (r#"{"HostConfig":{"Memory":"1"}}"#, "json-wrong-type"),
        (r#"{"HostConfig":{"Memory":01}}"#, "json-malformed"),
        (r#"{"HostConfig":{"Privileged":1}}"#, "json-wrong-type"),
        (r#"{"HostConfig":{"Binds":{"a":1}}}"#, "json-wrong-type"),
        (r#"{"HostConfig":{"Binds":[null]}}"#, "json-null-in-list"),
        (r#"{"HostConfig":[]}"#, "json-wrong-type"),
        (r#"{"Image":'a'}"#, "json-malformed"),
        (r#"{"Image":"a",}"#, "json-malformed"),
        ("{\"Image\":\"a\nb\"}", "json-malformed"),
        ("[]", "json-wrong-type"),
        ("null", "body-missing"),
        ("  ", "body-missing"),
        (r#"{"Image":"a"#, "json-truncated"),
    ] {
        refused(create(body.as_bytes()), reason);
    }
    refused(create(b"{\"Image\":\"\xff\"}"), "json-not-utf-8");
    refused(create(&[b"{\"Wall\":".as_slice(), &b"[".repeat(100)].concat()), "json-depth");
    refused(create(&[b" ".repeat(2 << 20), b"{}".to_vec()].concat()), "body-too-long");
}

#[test]
fn unknown_keys_are_refused_or_told() {
    let call = create(br#"{"Image":"a","Wall":{"B":[1.5,true,null]}}"#).unwrap();
    assert_eq!(call.warnings().len(), 1);
    assert_eq!(call.body_bytes(), br#"{"Image":"a","Wall":{"B":[1.5,true,null]}}"#);
    let head =
        Head { content_type: Some("application/json"), has_body: true, ..head("POST", "/containers/create") };
    refused(read(&head, &STRICT).unwrap().with_body(br#"{"Wall":1}"#, &STRICT), "json-unknown-key");
}

#[test]
fn bodies_come_only_where_they_belong() {
    let start = || read(&head("POST", "/containers/a/start"), &STRICT).unwrap();
    for nothing in [b"".as_slice(), b"{}", b"null", b" {} \n"] {
        assert!(start().with_body(nothing, &STRICT).unwrap().body_bytes().is_empty());
    }
    refused(start().with_body(br#"{"Privileged":true}"#, &STRICT), "body-not-expected");
    let load = read(&head("POST", "/images/load"), &STRICT).unwrap();
    refused(load.with_body(b"{}", &STRICT), "body-not-expected");
}

#[test]
fn every_route_reads_what_it_writes() {
    let mut seen = std::collections::BTreeSet::new();
    for route in ROUTES.iter().copied().flatten() {
        assert!(seen.insert(route.id), "{} is there twice", route.id);
        let target = route
            .template
            .replace("{id}", "abc")
            .replace("{name}", "example.com/a/b:1")
            .replace("{checkpoint}", "c")
            .replace("{anything}", "x/y");
        let upgrade = match route.exchange {
            calls::Exchange::Http2 => Some("h2c"),
            calls::Exchange::WebSocket => Some("websocket"),
            _ => None,
        };
        let has_body = matches!(route.body, BodyKind::Json { .. });
        let head = Head {
            method: route.method.as_str(),
            target: &target,
            content_type: has_body.then_some("application/json"),
            has_body,
            upgrade,
        };
        let call = read(&head, &STRICT).unwrap_or_else(|refusal| panic!("{}: {refusal}", route.id));
        assert_eq!((call.route().id, call.target()), (route.id, target.clone()), "{}", route.id);
    }
    assert!(seen.len() >= 115, "{}", seen.len());
}

#[test]
fn nothing_panics_on_changed_bytes() {
    let body = br#"{"Image":"a\u00e9\ud83d\ude00","Labels":{"x":"y"},"HostConfig":{"Memory":-12,"Mounts":[{"Type":"bind"}]}}"#;
    for at in 0..body.len() {
        let _ = create(&body[..at]);
        for bit in 0..8 {
            let mut changed = body.to_vec();
            changed[at] ^= 1 << bit;
            if let Ok(call) = create(&changed) {
                let written = call.body_bytes();
                assert_eq!(create(&written).unwrap().body_bytes(), written);
            }
        }
    }
    let target = b"/v1.41/images/a%2Fb/json?platform=%7B%22os%22%3A%22linux%22%7D&manifests=1";
    for at in 0..target.len() {
        for bit in 0..8 {
            let mut changed = target.to_vec();
            changed[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(changed) else { continue };
            if let Ok(call) = read(&head("GET", &text), &Limits::default()) {
                let written = call.target();
                assert_eq!(read(&head("GET", &written), &STRICT).unwrap().target(), written);
            }
        }
    }
}
