//! Engines that hang, lie or break off.

use crate::sandbox::{Sandbox, text};
use testkit::server::{Ending, Reply, Request, Server};

const INSPECT: &str = r#"{"Id": "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "RepoTags": ["it:1"], "Os": "linux", "Architecture": "amd64", "RootFS": {"Type": "layers", "Layers": []}}"#;

/// An engine that is sound but for the answer to the call that ends so.
fn engine(sandbox: &Sandbox, call: &'static str, reply: Reply) -> Server {
    let answer = move |request: &Request| {
        let is_it = request.target.split('?').next().is_some_and(|path| path.ends_with(call));
        match request.target.split('?').next().and_then(|path| path.rsplit('/').next()) {
            _ if is_it => reply.clone(),
            Some("_ping") => Reply::ok("OK").header("api-version", "1.47"),
            Some("info") => Reply::ok(r#"{"Driver": "vfs", "DockerRootDir": "/nowhere"}"#),
            Some("json") => Reply::ok(INSPECT),
            _ => Reply::new(404, r#"{"message": "no"}"#),
        }
    };
    Server::start_unix(&sandbox.path("d.sock"), answer)
}

#[track_caller]
fn check(call: &'static str, reply: Reply, words: &str) {
    let sandbox = Sandbox::new();
    let server = engine(&sandbox, call, reply);
    let host = format!("unix://{}", text(server.address.as_ref()));
    let arguments = ["scan", "docker:it:1", "--no-cache", "--limit", "scan_secs_max=1"];
    sandbox.run_with(&arguments, &[("DOCKER_HOST", &host)]).assert_refused(words);
}

#[test]
fn an_engine_that_hangs_is_an_error_when_the_time_is_over() {
    std::thread::scope(|scope| {
        for call in ["/_ping", "/info", "/it:1/json", "/it:1/get"] {
            scope.spawn(move || {
                check(call, Reply::ok("{        }").ending(Ending::StallAfter(2)), "docker:it:1");
            });
        }
    });
}

#[test]
fn an_engine_that_talks_garbage_is_an_error() {
    for call in ["/info", "/it:1/json", "/it:1/get"] {
        check(call, Reply::ok("\x1b[31mgarbage\x07"), "docker:it:1");
        check(call, Reply::new(500, "\x1b]0;title\x07 {\"message\": 1}"), "500");
        check(call, Reply::new(500, "{\"message\": \"\\u001b[31mred\\u202e\"}"), "500");
        check(call, Reply::ok("[".repeat(1 << 20)), "docker:it:1");
    }
}

#[test]
fn an_engine_that_breaks_off_is_an_error() {
    for call in ["/info", "/it:1/json", "/it:1/get"] {
        check(call, Reply::ok(INSPECT.repeat(100)).ending(Ending::CutAfter(40)), "");
        let endless = Reply::ok("a").header("content-length", "99999999999999");
        check(call, endless, "");
    }
}

#[test]
fn an_answer_without_end_is_not_kept() {
    let mut body = b"{\"Driver\": \"".to_vec();
    body.resize(200 << 20, b'x');
    check("/info", Reply::ok(body.clone()), "docker:it:1");
    check("/it:1/json", Reply::ok(body), "docker:it:1");
}

#[test]
fn nobody_who_listens_is_an_error_with_a_hint() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["scan", "docker:it:1"]);
    run.assert_refused("docker:it:1");
    assert!(run.stderr.contains("hint: is dockerd running?"), "{}", run.stderr);
}
