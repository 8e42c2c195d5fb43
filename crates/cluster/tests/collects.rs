//! What comes of an API server that answers, refuses, breaks off, lies or never ends. The answers have the form that
//! kube-apiserver 1.33 gives.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests write their own files")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cluster::{Bounds, Cluster, ClusterError, Options};
use facts::{ClusterFacts, Fact};
use std::{
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use testkit::server::{Ending, Reply, Request, Server};

const GROUPS: [(&str, &str); 6] = [
    ("apps", "v1"),
    ("batch", "v1"),
    ("networking.k8s.io", "v1"),
    ("rbac.authorization.k8s.io", "v1"),
    ("admissionregistration.k8s.io", "v1"),
    ("policy", "v1"),
];

/// A cluster in which nothing is, but what the test puts there.
fn plain(request: &Request) -> Reply {
    let path = request.target.split('?').next().unwrap();
    match path {
        "/version" => Reply::ok(r#"{"major":"1","minor":"33","gitVersion":"v1.33.3"}"#),
        "/apis" => {
            let groups: Vec<String> = GROUPS
                .iter()
                .map(|(name, version)| {
                    format!(r#"{{"name":"{name}","versions":[{{"groupVersion":"{name}/{version}","version":"{version}"}}]}}"#)
                })
                .collect();
            Reply::ok(format!(
                r#"{{"kind":"APIGroupList","apiVersion":"v1","groups":[{}]}}"#,
                groups.join(",")
            ))
        }
        _ => page(&[], None),
    }
}

fn page(items: &[String], resume: Option<&str>) -> Reply {
    let resume = resume.unwrap_or_default();
    Reply::ok(format!(
        r#"{{"kind":"AList","apiVersion":"v1","metadata":{{"resourceVersion":"7","continue":"{resume}"}},"items":[{}]}}"#,
        items.join(",")
    ))
}

fn item(name: &str) -> String {
    format!(r#"{{"metadata":{{"name":"{name}","namespace":"n"}},"spec":{{}}}}"#)
}

fn status(code: u16, message: &str) -> Reply {
    Reply::new(code, format!(r#"{{"kind":"Status","status":"Failure","message":"{message}","code":{code}}}"#))
}

struct Asked {
    kubeconfig: String,
    bounds: Bounds,
    answer_timeout: Duration,
    connect_timeout: Duration,
}

fn asked(server: &str, user: &str) -> Asked {
    Asked {
        kubeconfig: format!(
            "current-context: x\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\nclusters: [{{name: c, cluster: {{{server}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
        ),
        bounds: Bounds { page_objects: 2, time_max: Duration::from_secs(60), ..Bounds::default() },
        answer_timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(5),
    }
}

impl Asked {
    fn collect(self) -> Result<ClusterFacts, ClusterError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, self.kubeconfig).unwrap();
        let options = Options {
            kubeconfig: Some(path),
            answer_timeout: self.answer_timeout,
            connect_timeout: self.connect_timeout,
            ..Options::default()
        };
        Cluster::find(&options)?.collect(&self.bounds)
    }
}

fn of(server: &Server) -> Asked {
    asked(&format!("server: 'http://{}'", server.address), "")
}

fn names(facts: &ClusterFacts, kind: &str) -> Vec<String> {
    let of_kind = facts.objects().iter().filter(|object| object.get("kind").unwrap().text() == Some(kind));
    of_kind.map(|object| object.at(&["metadata", "name"]).unwrap().text().unwrap().to_owned()).collect()
}

#[track_caller]
fn gap<'a>(facts: &'a ClusterFacts, what: &str) -> &'a str {
    let found = facts.gaps.iter().find(|gap| gap.what.contains(what));
    &found.unwrap_or_else(|| panic!("{:?}", facts.gaps)).detail
}

fn pem(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[test]
fn all_pages_of_all_kinds_are_listed_and_items_know_what_they_are() {
    let server = Server::start(|request| match request.target.as_str() {
        "/api/v1/pods?limit=2" => page(&[item("a"), item("b")], Some("next/1=")),
        "/api/v1/pods?limit=2&continue=next%2F1%3D" => page(&[item("c")], None),
        "/apis/apps/v1/deployments?limit=2" => page(&[item("web")], None),
        "/api/v1/nodes?limit=2" => page(&[r#"{"metadata":{"name":"node-1"}}"#.to_owned()], None),
        "/api/v1/nodes/node-1/proxy/configz" => Reply::ok(
            r#"{"kubeletconfig":{"readOnlyPort":10255,"authentication":{"anonymous":{"enabled":true}}}}"#,
        ),
        _ => plain(request),
    });
    let facts = of(&server).collect().unwrap();
    assert_eq!(names(&facts, "Pod"), ["a", "b", "c"]);
    assert_eq!(facts.kinds["pods"], Fact::Known(3));
    assert_eq!(names(&facts, "KubeletConfiguration"), ["node-1"]);
    let deployment =
        facts.objects().iter().find(|o| o.get("kind").unwrap().text() == Some("Deployment")).unwrap();
    assert_eq!(deployment.get("apiVersion").unwrap().text(), Some("apps/v1"));
    assert_eq!((facts.version.known().unwrap().as_str(), facts.name.as_str()), ("v1.33.3", "x"));
    assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
    assert!(server.requests().iter().all(|request| request.method == "GET"));
    // Extensions that are not served are not asked for, nor missing.
    assert!(!server.requests().iter().any(|request| request.target.contains("cilium")));
    assert!(!facts.kinds.keys().any(|kind| kind.contains("cilium")));
}

#[test]
fn secrets_are_asked_for_by_metadata_and_never_kept() {
    let server = Server::start(|request| {
        if !request.target.starts_with("/api/v1/secrets") {
            return plain(request);
        }
        assert!(request.header("accept").unwrap().contains("as=PartialObjectMetadataList"));
        // A server that does not know how sends everything.
        page(&[r#"{"metadata":{"name":"s"},"data":{"password":"aHVudGVyMg=="}}"#.to_owned()], None)
    });
    let facts = of(&server).collect().unwrap();
    assert_eq!(names(&facts, "Secret"), ["s"]);
    assert!(!String::from_utf8(facts.to_json()).unwrap().contains("aHVudGVyMg"));
}

#[test]
fn what_is_not_allowed_is_a_gap_that_names_the_right_and_hides_nothing_else() {
    let server = Server::start(|request| {
        let target = &request.target;
        if target.contains("/roles?") || target.contains("/proxy/") {
            return status(403, r#"forbidden: User \"auditor\" cannot list resource"#);
        }
        if target.starts_with("/api/v1/nodes?") {
            let nodes: Vec<String> = ["a", "b"].iter().map(|name| item(name)).collect();
            return page(&nodes, None);
        }
        if target.starts_with("/api/v1/podtemplates") {
            return Reply::new(404, "404 page not found");
        }
        plain(request)
    });
    let facts = of(&server).collect().unwrap();
    assert!(gap(&facts, "roles.rbac").contains("user auditor needs list on roles.rbac.authorization.k8s.io"));
    assert!(matches!(&facts.kinds["roles.rbac.authorization.k8s.io"], Fact::Missing(_)));
    assert!(gap(&facts, "podtemplates").contains("does not serve"));
    assert!(gap(&facts, "configuration of the kubelets").contains("user auditor needs get on nodes/proxy"));
    assert_eq!(server.requests().iter().filter(|request| request.target.contains("/proxy/")).count(), 1);
    assert_eq!(facts.kinds["pods"], Fact::Known(0));
}

#[test]
fn who_may_see_nothing_is_told_so() {
    let server = Server::start(|request| {
        if request.target == "/version" { plain(request) } else { status(403, "forbidden: system:anonymous") }
    });
    let error = of(&server).collect().unwrap_err().to_string();
    assert!(error.contains("system:anonymous"), "{error}");
    let server = Server::start(|_| status(401, "Unauthorized"));
    let error = of(&server).collect().unwrap_err();
    assert!(matches!(error, ClusterError::Refused { .. }), "{error}");
}

#[test]
fn who_may_see_one_namespace_gets_that_with_a_gap() {
    let server = Server::start(|request| match request.target.as_str() {
        "/api/v1/namespaces/team%2Da/pods?limit=2" => page(&[item("mine")], None),
        target if target.starts_with("/api/v1/pods") => status(403, "forbidden"),
        _ => plain(request),
    });
    let mut asked = of(&server);
    asked.kubeconfig =
        asked.kubeconfig.replace("cluster: c, user: u", "cluster: c, user: u, namespace: team-a");
    let facts = asked.collect().unwrap();
    assert_eq!(names(&facts, "Pod"), ["mine"]);
    assert!(matches!(&facts.kinds["pods"], Fact::Missing(_)));
}

#[test]
fn a_list_that_expires_is_begun_again_and_then_taken_as_it_is() {
    let times = AtomicUsize::new(0);
    let server = Server::start(move |request| match request.target.as_str() {
        "/api/v1/pods?limit=2" => page(&[item("a"), item("b")], Some("old")),
        "/api/v1/pods?limit=2&continue=old" => {
            let rest = if times.fetch_add(1, Ordering::SeqCst) == 0 { "" } else { "inconsistent" };
            Reply::new(
                410,
                format!(
                    r#"{{"kind":"Status","message":"too old","metadata":{{"continue":"{rest}"}},"code":410}}"#
                ),
            )
        }
        "/api/v1/pods?limit=2&continue=inconsistent" => page(&[item("c")], None),
        _ => plain(request),
    });
    let facts = of(&server).collect().unwrap();
    assert_eq!(names(&facts, "Pod"), ["a", "b", "c"]);
    let hopeless = Server::start(|request| match request.target.as_str() {
        "/api/v1/pods?limit=2" => page(&[item("a")], Some("old")),
        target if target.starts_with("/api/v1/pods") => status(410, "too old"),
        _ => plain(request),
    });
    let facts = of(&hopeless).collect().unwrap();
    assert!(gap(&facts, "pods").contains("410"), "{:?}", facts.gaps);
    assert_eq!(names(&facts, "Pod"), ["a"]);
}

#[test]
fn lists_without_end_end() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let target = request.target.as_str();
        let next = count.fetch_add(1, Ordering::SeqCst).to_string();
        match target.split(['?', '&']).next().unwrap() {
            "/api/v1/pods" => page(&[item("a")], Some("same")),
            "/api/v1/services" => page(&[], Some(&next)),
            "/api/v1/configmaps" => page(&[item("a"), item("b")], Some(&next)),
            _ => plain(request),
        }
    });
    let mut asked = of(&server);
    asked.bounds.objects_max = 300;
    let facts = asked.collect().unwrap();
    assert!(gap(&facts, "pods").contains("no end"));
    assert!(gap(&facts, "services").contains("no end"));
    assert!(gap(&facts, "configmaps").contains("too large"));
    assert!(facts.objects().len() <= 300);
}

#[test]
fn large_answers_are_asked_for_in_smaller_parts_or_left() {
    let server = Server::start(|request| {
        let target = request.target.as_str();
        match target {
            "/api/v1/pods?limit=2" => Reply::ok(vec![b' '; 40_000]),
            "/api/v1/pods?limit=1" => page(&[item("a")], Some("t")),
            "/api/v1/pods?limit=1&continue=t" => page(&[item("b")], None),
            _ if target.starts_with("/api/v1/services") => Reply::ok(vec![b' '; 40_000]),
            _ => plain(request),
        }
    });
    let mut asked = of(&server);
    asked.bounds.answer_bytes_max = 20_000;
    let facts = asked.collect().unwrap();
    assert_eq!(names(&facts, "Pod"), ["a", "b"]);
    assert!(gap(&facts, "services").contains("20000 bytes"));
    let mut asked = of(&server);
    asked.bounds.bytes_max = 3_000;
    let facts = asked.collect().unwrap();
    assert!(facts.gaps.iter().any(|gap| gap.detail.contains("all answers together")), "{:?}", facts.gaps);
}

#[test]
fn answers_that_break_off_stall_or_lie_are_gaps() {
    let server = Server::start(|request| {
        let path = request.target.split('?').next().unwrap();
        let full = page(&[item("a")], None);
        match path {
            "/api/v1/pods" => full.ending(Ending::CutAfter(60)),
            "/api/v1/services" => full.ending(Ending::StallAfter(60)),
            "/api/v1/configmaps" => Reply::ok("<html>sign in</html>"),
            "/api/v1/serviceaccounts" => Reply::ok(r#"{"kind":"Status","status":"Success"}"#),
            "/api/v1/limitranges" => Reply::ok(r#"{"kind":"LimitRangeList","items":[7]}"#),
            "/api/v1/resourcequotas" => Reply::new(302, "").header("location", "http://192.0.2.1/"),
            "/api/v1/podtemplates" => {
                Reply::ok(format!(r#"{{"kind":"XList","items":{}}}"#, "[".repeat(100_000)))
            }
            _ => plain(request),
        }
    });
    let mut asked = of(&server);
    asked.answer_timeout = Duration::from_millis(700);
    let facts = asked.collect().unwrap();
    for (what, words) in [
        ("pods", "broke off"),
        ("services", "in time"),
        ("configmaps", "line 1"),
        ("serviceaccounts", "no list"),
        ("limitranges", "no object"),
        ("resourcequotas", "302"),
        ("podtemplates", "recursion"),
    ] {
        let found = facts.gaps.iter().find(|gap| gap.what == what).unwrap_or_else(|| panic!("{what}"));
        assert!(found.detail.contains(words), "{what}: {}", found.detail);
        assert!(matches!(&facts.kinds[what], Fact::Missing(_)), "{what}");
    }
}

#[test]
fn a_server_that_drips_costs_the_time_that_was_given() {
    let server = Server::start(|request| match request.target.as_str() {
        "/version" | "/apis" => plain(request),
        "/api/v1/namespaces?limit=2" => page(&[item("n")], None),
        _ => Reply::ok(vec![b' '; 1_000_000]).ending(Ending::Drip),
    });
    let mut asked = of(&server);
    asked.bounds.time_max = Duration::from_millis(1_500);
    let start = Instant::now();
    let facts = asked.collect().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(gap(&facts, "pods").contains("time"));
}

#[test]
fn a_busy_server_is_asked_again() {
    let times = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        if request.target.starts_with("/api/v1/pods") && times.fetch_add(1, Ordering::SeqCst) < 2 {
            return status(429, "too many requests").header("retry-after", "1");
        }
        plain(request)
    });
    let facts = of(&server).collect().unwrap();
    assert_eq!(facts.kinds["pods"], Fact::Known(0));
}

#[test]
fn certificates_decide_who_is_spoken_to() {
    let (tls, other) = (testkit::Tls::new(), testkit::Tls::new());
    let server = Server::start_tls(tls.server_for_known_clients, plain);
    let ask = |authority: &[u8], more: &str, user: &str| {
        let cluster = format!(
            "server: 'https://{}', certificate-authority-data: {}{more}",
            server.address,
            pem(authority)
        );
        asked(&cluster, user).collect()
    };
    let mut user = String::new();
    write!(
        user,
        "client-certificate-data: {}, client-key-data: {}",
        pem(&tls.client_pem),
        pem(&tls.client_key_pem)
    )
    .unwrap();
    ask(&tls.ca_pem, "", &user).unwrap();
    ask(&tls.ca_pem, ", tls-server-name: localhost", &user).unwrap();
    let wrong_name = ask(&tls.ca_pem, ", tls-server-name: other.example.com", &user).unwrap_err().to_string();
    assert!(wrong_name.contains("another name"), "{wrong_name}");
    let wrong_authority = ask(&other.ca_pem, "", &user).unwrap_err().to_string();
    assert!(wrong_authority.contains("not the one that vouches"), "{wrong_authority}");
    assert!(ask(&tls.ca_pem, "", "token: a").is_err());
    let misfit = format!(
        "client-certificate-data: {}, client-key-data: {}",
        pem(&tls.client_pem),
        pem(&other.client_key_pem)
    );
    let misfit = ask(&tls.ca_pem, "", &misfit).unwrap_err().to_string();
    assert!(
        misfit.contains("client-certificate-data and client-key-data do not belong together"),
        "{misfit}"
    );
    assert!(server.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn a_server_that_is_not_verified_is_a_gap() {
    let tls = testkit::Tls::new();
    let server = Server::start_tls(tls.server, plain);
    let cluster = format!("server: 'https://{}', insecure-skip-tls-verify: true", server.address);
    let facts = asked(&cluster, "").collect().unwrap();
    assert!(gap(&facts, "identity of the API server").contains("insecure-skip-tls-verify"));
}

#[test]
fn every_request_shows_who_asks() {
    for (user, header, value) in [
        ("token: abc", "authorization", "Bearer abc"),
        ("username: u, password: p", "authorization", "Basic dTpw"),
        ("token: abc, as: jane, as-groups: [dev]", "impersonate-user", "jane"),
        ("token: abc, as: jane, as-user-extra: {'a/b': [c]}", "impersonate-extra-a%2fb", "c"),
    ] {
        let server = Server::start(plain);
        asked(&format!("server: 'http://{}'", server.address), user).collect().unwrap();
        for request in server.requests() {
            assert_eq!(request.header(header), Some(value), "{user}: {}", request.target);
        }
    }
}

#[test]
fn a_proxy_of_the_kubeconfig_is_used() {
    let proxy = Server::start(|_| Reply::new(502, "no"));
    let cluster = format!("server: 'https://kubernetes.example.com', proxy-url: 'http://{}'", proxy.address);
    assert!(asked(&cluster, "").collect().is_err());
    let first = &proxy.requests()[0];
    assert_eq!((first.method.as_str(), first.target.as_str()), ("CONNECT", "kubernetes.example.com:443"));
}

#[test]
fn what_is_no_api_server_is_told_so() {
    let server = Server::start(|_| Reply::ok("<html>hello</html>"));
    let error = of(&server).collect().unwrap_err();
    assert!(matches!(error, ClusterError::NoApi { .. }), "{error}");
    let address = server.address.clone();
    drop(server);
    let nobody = asked("server: 'http://127.0.0.1:9'", "").collect().unwrap_err();
    assert!(matches!(nobody, ClusterError::Unreachable { .. }), "{nobody} {address}");
}
