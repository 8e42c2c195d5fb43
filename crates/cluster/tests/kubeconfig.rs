//! Kubeconfigs: what is read, which of several counts, and what they cannot make us do.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests write their own files")]

use cluster::{Cluster, ClusterError, Environment, Options, Programs, parse_kubeconfig};
use std::path::Path;

fn config(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\nclusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
    )
}

fn find(text: &str, change: impl FnOnce(&mut Options)) -> Result<Cluster, ClusterError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("token"), "t0\n").unwrap();
    let mut options = Options { kubeconfig: Some(path), ..Options::default() };
    change(&mut options);
    Cluster::find(&options)
}

#[track_caller]
fn check(cluster: &str, user: &str, expected: Result<&str, &str>) {
    match (find(&config(cluster, user), |_| ()), expected) {
        (Ok(found), Ok(server)) => assert_eq!(found.server(), server),
        (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
        (found, _) => panic!("{found:?}"),
    }
}

#[test]
fn clusters_and_users_are_used_as_they_are_written_or_refused_with_the_reason() {
    let https = "server: 'https://192.0.2.1:6443'";
    check(https, "", Ok("https://192.0.2.1:6443"));
    check(
        "server: 'https://192.0.2.1/k8s/clusters/c-1/'",
        "token: a",
        Ok("https://192.0.2.1/k8s/clusters/c-1"),
    );
    check("server: '192.0.2.1:6443'", "", Ok("https://192.0.2.1:6443"));
    check("server: 'http://127.0.0.1:8001'", "token: a", Ok("http://127.0.0.1:8001"));
    check("server: 'http://192.0.2.1'", "token: a", Err("plain http"));
    check("server: 'http://192.0.2.1'", "", Ok("http://192.0.2.1"));
    check("server: ''", "", Err("none of https://"));
    check("server: 'https://u:p@192.0.2.1'", "", Err("none of https://"));
    check("server: 'file:///etc/passwd'", "", Err("none of https://"));
    check(https, "tokenFile: token", Ok("https://192.0.2.1:6443"));
    check(https, "tokenFile: missing", Err("cannot read"));
    check(https, "tokenFile: missing, token: a", Ok("https://192.0.2.1:6443"));
    check(https, "token: a, username: b, password: c", Err("exclude each other"));
    check(https, "token: \"a\\r\\nx: y\"", Err("no request can carry"));
    check(https, "client-certificate-data: YQ==", Err("belong together"));
    check(https, "client-certificate-data: YQ==, client-key-data: YQ==", Err("holds no PEM certificate"));
    check(https, "client-certificate-data: '%%', client-key-data: YQ==", Err("no base64"));
    check(&format!("{https}, certificate-authority-data: YQ=="), "", Err("holds no PEM certificate"));
    check(&format!("{https}, certificate-authority: missing"), "", Err("cannot read"));
    check(
        &format!("{https}, certificate-authority-data: YQ==, insecure-skip-tls-verify: true"),
        "",
        Err("exclude each other"),
    );
    check(&format!("{https}, proxy-url: 'socks5://192.0.2.2'"), "", Err("proxy-url"));
    check(&format!("{https}, tls-server-name: 'a b'"), "", Err("tls-server-name"));
    check(https, "auth-provider: {name: gcp, config: {}}", Err("left no token"));
    check(https, "auth-provider: {name: oidc, config: {id-token: a}}", Ok("https://192.0.2.1:6443"));
}

#[test]
fn programs_run_only_when_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("ran");
    let exec = format!(
        "exec: {{apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: [-c, 'touch {}; exit 1']}}",
        trace.display()
    );
    let text = config("server: 'https://192.0.2.1'", &exec);
    let error = find(&text, |_| ()).unwrap_err();
    assert!(matches!(error, ClusterError::ProgramNotRun { .. }), "{error}");
    assert!(error.to_string().contains("--kube-exec") && !trace.exists());
    let error = find(&text, |options| options.programs = Programs::Run).unwrap_err();
    assert!(matches!(error, ClusterError::Program { .. }), "{error}");
    assert!(trace.exists());
    // A token that stands there makes the program needless (client-go, exec/exec.go, roundTripper).
    let both = config("server: 'https://192.0.2.1'", &format!("token: a, {exec}"));
    assert!(find(&both, |_| ()).is_ok());
}

#[test]
fn the_first_file_of_a_list_that_says_something_counts() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let first =
        write("first/config", "contexts: [{name: y, context: {cluster: c, user: u}}]\ncurrent-context: y\n");
    let second = write("second/config", &config("server: 'https://192.0.2.2'", "tokenFile: token"));
    write("second/token", "t0");
    let third = write("third/config", &config("server: 'https://192.0.2.3'", "tokenFile: missing"));
    let missing = folder.path().join("missing");
    let list = std::env::join_paths([&missing, &first, &second, &third]).unwrap();
    let environment = Environment { kubeconfig: Some(list), ..Environment::default() };
    let options = |context: Option<&str>| Options {
        context: context.map(str::to_owned),
        environment: environment.clone(),
        ..Options::default()
    };
    for context in [None, Some("x"), Some("y")] {
        assert_eq!(Cluster::find(&options(context)).unwrap().server(), "https://192.0.2.2");
    }
    let error = Cluster::find(&options(Some("z"))).unwrap_err().to_string();
    assert!(error.contains("there are: x, y"), "{error}");
    // The one that is named must be there.
    let named = Options { kubeconfig: Some(missing), ..options(None) };
    assert!(matches!(Cluster::find(&named), Err(ClusterError::Read { .. })));
}

#[test]
fn a_pod_without_kubeconfig_uses_its_service_account() {
    let tls = testkit::Tls::new();
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment {
        service: Some(("192.0.2.9".to_owned(), "443".to_owned())),
        service_account: folder.path().to_owned(),
        ..Environment::default()
    };
    let options = Options { environment, ..Options::default() };
    assert!(matches!(Cluster::find(&options), Err(ClusterError::NoCluster)));
    std::fs::write(folder.path().join("token"), "t0").unwrap();
    std::fs::write(folder.path().join("ca.crt"), &tls.ca_pem).unwrap();
    assert_eq!(Cluster::find(&options).unwrap().server(), "https://192.0.2.9:443");
}

#[test]
fn what_is_no_kubeconfig_is_refused_without_its_words() {
    for text in ["kind: Pod", "[a]", "a: [", "token: hunter2: x: y"] {
        let error = find(text, |_| ()).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert!(find("", |_| ()).is_err());
}

#[test]
fn damaged_kubeconfigs_never_panic() {
    let text = config(
        "server: 'https://192.0.2.1', certificate-authority-data: YQ==, tls-server-name: a",
        "as: b, as-groups: [c], as-user-extra: {d: [e]}, exec: {command: f, args: [g], env: [{name: h, value: i}]}",
    );
    for step in 0..1500 {
        let mut broken = text.clone().into_bytes();
        let at = (step * 7919) % broken.len();
        if step % 2 == 0 {
            broken.truncate(at);
        } else {
            broken[at] ^= 1 << (step % 7);
        }
        let _ = parse_kubeconfig(&String::from_utf8_lossy(&broken), Path::new("/x"));
    }
}
