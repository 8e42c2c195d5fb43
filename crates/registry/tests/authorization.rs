//! Who the client says it is, and to whom it says so.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]
mod support;

use model::Redacted;
use registry::{Client, Credential, Options};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};
use support::{descriptor, options, reference};
use testkit::server::{Reply, Request, Server};

const MANIFEST: &str = r#"{"schemaVersion":2}"#;

/// A registry and its token server in one: tokens are good for one scope.
fn token_registry(token: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    let address = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let known = std::sync::Arc::clone(&address);
    let server = Server::start(move |request| {
        if request.target.starts_with("/token") {
            return token(request);
        }
        let repository =
            request.target.strip_prefix("/v2/").unwrap_or("").split("/manifests").next().unwrap().to_owned();
        if request.header("authorization") == Some(&format!("Bearer token-for-{repository}")) {
            return Reply::ok(MANIFEST);
        }
        let realm = format!("http://{}/token", known.get().map_or("", String::as_str));
        let challenge =
            format!(r#"Bearer realm="{realm}",service="test",scope="repository:{repository}:pull""#);
        Reply::new(401, "").header("www-authenticate", &challenge)
    });
    address.set(server.address.clone()).unwrap();
    server
}

fn scope_of(request: &Request) -> String {
    let scope = request.target.split("scope=repository%3A").nth(1).unwrap_or("");
    scope.split("%3Apull").next().unwrap().replace("%2F", "/")
}

fn with_credential(server: &Server, credential: Credential) -> Options {
    Options { credentials: BTreeMap::from([(server.address.clone(), credential)]), ..options() }
}

fn basic() -> Credential {
    Credential::Basic { username: "me".to_owned(), password: Redacted::new("hunter2".to_owned()) }
}

#[test]
fn anonymous_tokens_are_fetched_once_for_each_repository() {
    let server = token_registry(|request| {
        assert_eq!(request.header("authorization"), None);
        Reply::ok(format!(r#"{{"token":"token-for-{}","expires_in":300}}"#, scope_of(request)))
    });
    let client = Client::new(options()).unwrap();
    for _ in 0..3 {
        assert_eq!(client.manifest(&reference(&server, "a/b:1")).unwrap().bytes, MANIFEST.as_bytes());
        client.manifest(&reference(&server, "c:1")).unwrap();
    }
    let tokens = server.requests().iter().filter(|request| request.target.starts_with("/token")).count();
    assert_eq!(tokens, 2);
}

#[test]
fn a_token_that_the_registry_refuses_is_renewed() {
    let count = AtomicU32::new(0);
    let server = token_registry(move |request| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::ok(format!(r#"{{"access_token":"token-for-{}"}}"#, scope_of(request))),
        _ => Reply::ok(r#"{"token":"token-for-other"}"#),
    });
    let client = Client::new(options()).unwrap();
    client.manifest(&reference(&server, "other:1")).unwrap();
    // The token that the second repository gets first is not for it, so the registry asks again.
    let error = client.manifest(&reference(&server, "second:1")).unwrap_err().to_string();
    assert!(error.contains("401") && error.contains("hint: the repository may not exist"), "{error}");
    let tokens = server.requests().iter().filter(|request| request.target.starts_with("/token")).count();
    assert_eq!(tokens, 3, "one, one that was refused, one more");
}

#[test]
fn name_and_password_go_to_the_token_server() {
    let server = token_registry(|request| match request.header("authorization") {
        // "me:hunter2" in base64.
        Some("Basic bWU6aHVudGVyMg==") => {
            Reply::ok(format!(r#"{{"token":"token-for-{}"}}"#, scope_of(request)))
        }
        _ => Reply::new(401, ""),
    });
    let client = Client::new(with_credential(&server, basic())).unwrap();
    client.manifest(&reference(&server, "private/app:1")).unwrap();
}

#[test]
fn an_identity_token_is_exchanged_by_a_form() {
    let server = token_registry(|request| {
        assert_eq!(request.method, "POST");
        let has = |text: &str| request.body.contains(text);
        assert!(
            has("grant_type=refresh_token") && has("refresh_token=s%2Fecret") && has("service=test"),
            "{}",
            request.body
        );
        Reply::ok(r#"{"access_token":"token-for-app"}"#)
    });
    let credential = Credential::IdentityToken(Redacted::new("s/ecret".to_owned()));
    Client::new(with_credential(&server, credential))
        .unwrap()
        .manifest(&reference(&server, "app:1"))
        .unwrap();
}

#[test]
fn a_registry_token_is_used_as_it_is() {
    let server = token_registry(|_| panic!("no token is asked for"));
    let credential = Credential::RegistryToken(Redacted::new("token-for-app".to_owned()));
    Client::new(with_credential(&server, credential))
        .unwrap()
        .manifest(&reference(&server, "app:1"))
        .unwrap();
}

#[test]
fn basic_credentials_of_a_docker_config_open_a_registry() {
    let server = Server::start(|request| match request.header("authorization") {
        Some("Basic bWU6aHVudGVyMg==") => Reply::ok(MANIFEST),
        _ => Reply::new(401, "").header("www-authenticate", r#"Basic realm="test""#),
    });
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.json");
    std::fs::write(
        &config,
        format!(r#"{{"auths":{{"http://{}/v2/":{{"auth":"bWU6aHVudGVyMg=="}}}}}}"#, server.address),
    )
    .unwrap();
    let client = Client::new(Options { docker_configs: vec![config], ..options() }).unwrap();
    client.manifest(&reference(&server, "app:1")).unwrap();
    let stranger = Client::new(options()).unwrap();
    let error = stranger.manifest(&reference(&server, "app:1")).unwrap_err().to_string();
    assert!(error.contains(&format!("docker login {}", server.address)), "{error}");
}

#[test]
fn refused_credentials_are_named_but_never_shown() {
    let server = token_registry(|_| Reply::new(401, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#));
    let options = with_credential(&server, basic());
    assert!(!format!("{:?}", options.credentials).contains("hunter2"));
    let client = Client::new(options).unwrap();
    let error = client.manifest(&reference(&server, "app:1")).unwrap_err();
    let shown = format!("{error} {error:?} {client:?}");
    assert!(
        shown.contains("DENIED no") && shown.contains("hint: the stored credentials are refused"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2") && !shown.contains("bWU6aHVudGVyMg"), "{shown}");
}

#[test]
fn a_redirect_to_another_host_carries_no_credentials() {
    let content = b"blob behind a redirect".to_vec();
    let blob = descriptor(&content);
    let storage = Server::start(move |request| {
        assert_eq!(request.header("authorization"), None, "the storage must not see a credential");
        Reply::ranged(&content, request)
    });
    let target = format!("http://{}/signed?x=1", storage.address);
    let server = Server::start(move |request| match request.header("authorization") {
        None => Reply::new(401, "").header("www-authenticate", "Basic realm=x"),
        Some(_) if request.target == "/v2/app/blobs/same-host" => Reply::ok("x"),
        Some(_) => Reply::new(307, "").header("location", &target),
    });
    let client = Client::new(with_credential(&server, basic())).unwrap();
    let mut read = Vec::new();
    std::io::Read::read_to_end(&mut client.blob(&reference(&server, "app:1"), &blob).unwrap(), &mut read)
        .unwrap();
    assert_eq!(read, b"blob behind a redirect");
    assert_eq!(storage.requests().len(), 1);
}

#[test]
fn credentials_do_not_go_to_a_token_server_over_plain_http() {
    let server = Server::start(|_| {
        Reply::new(401, "").header("www-authenticate", r#"Bearer realm="http://token.invalid/",service="x""#)
    });
    let client = Client::new(with_credential(&server, basic())).unwrap();
    let error = client.manifest(&reference(&server, "app:1")).unwrap_err().to_string();
    assert!(error.contains("token server is not https"), "{error}");
}

#[test]
fn a_failing_credential_helper_matters_only_when_it_is_needed() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.json");
    std::fs::write(&config, r#"{"credsStore":"absent"}"#).unwrap();
    let with_helper = || Options { docker_configs: vec![config.clone()], ..options() };
    let public =
        token_registry(|request| Reply::ok(format!(r#"{{"token":"token-for-{}"}}"#, scope_of(request))));
    let client = Client::new(with_helper()).unwrap();
    client.manifest(&reference(&public, "app:1")).unwrap();
    assert!(client.notes()[0].contains("docker-credential-absent"), "{:?}", client.notes());
    let private = token_registry(|_| Reply::new(401, ""));
    let error =
        Client::new(with_helper()).unwrap().manifest(&reference(&private, "app:1")).unwrap_err().to_string();
    assert!(error.contains("hint: credential helper docker-credential-absent"), "{error}");
}
