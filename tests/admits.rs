//! Promise: a cluster that asks is answered by the policy of every other door, and by a refusal when it cannot be judged.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support;

use harden::tls::{Authority, Issued, Leaf, LeafKind, SubjectName, Validity};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use support::seawall;

const POLICY: &str = "version: 1\nrules:\n  - {id: container/privileged, mode: deny}\n  - {id: \
                      container/new-privileges-allowed, mode: rewrite}\n";

/// A webhook that runs.
struct Webhook {
    process: Child,
    told: BufReader<std::process::ChildStderr>,
    agent: ureq::Agent,
    address: String,
    directory: tempfile::TempDir,
    authority: Authority,
}

fn sign(authority: &Authority, days: u32) -> Issued {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let validity = Validity { from_unix_secs: i64::try_from(now).unwrap() - 3600, days };
    let kind = LeafKind::Server { names: vec![SubjectName::Dns("localhost".into())] };
    authority.sign(&Leaf { name: "test".into(), kind, validity }).unwrap()
}

impl Webhook {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let validity = Validity { from_unix_secs: i64::try_from(now).unwrap(), days: 60 };
        let (authority, _) = Authority::generate("test", validity).unwrap();
        let issued = sign(&authority, 60);
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let certificate = file("tls.crt", &issued.certificate_pem);
        let key = file("tls.key", issued.key_pem.reveal());
        let policy = file("policy.yaml", POLICY);
        let ledger = directory.path().join("admission.jsonl").display().to_string();
        let mut process =
            seawall(&["guard", "admission", "serve", "--listen", "127.0.0.1:0", "--policy", &policy])
                .args(["--tls-cert", &certificate, "--tls-key", &key, "--ledger", &ledger])
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        let mut told = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening on https://") {
            line.clear();
            if told.read_line(&mut line).unwrap() == 0 {
                let _ = process.wait();
                panic!("the webhook ended before it listened");
            }
        }
        let address = line.split("https://").nth(1).unwrap();
        let address = address.split(": ").next().unwrap().replace("127.0.0.1", "localhost");
        let client = tls::Client {
            authorities: Some(
                tls::Authorities::from_pem(authority.certificate_pem().as_bytes(), "ca").unwrap(),
            ),
            ..tls::Client::default()
        };
        let agent = ureq::Agent::config_builder()
            .tls_config(client.settings())
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        Self { process, told, agent, address, directory, authority }
    }

    /// Reads what it tells until this comes.
    fn tells(&mut self, expected: &str) -> String {
        let mut line = String::new();
        while !line.contains(expected) {
            line.clear();
            assert_ne!(self.told.read_line(&mut line).unwrap(), 0, "it ended without '{expected}'");
        }
        line
    }

    /// Ends it as a service manager does, and reads its log.
    fn log(mut self) -> (Vec<Value>, ledger::Verification) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success());
        let file = self.directory.path().join("admission.jsonl");
        let text = std::fs::read_to_string(&file).unwrap();
        let records = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (records, ledger::verify(&file, &ledger::VerifyOptions::default()).unwrap())
    }

    fn post(&self, path: &str, body: &[u8]) -> (u16, Value) {
        let mut response = self.agent.post(format!("https://{}{path}", self.address)).send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn review(security: &Value) -> Vec<u8> {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "e911857d-c318-11e8-bbad-025000000001",
            "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
            "namespace": "shop",
            "name": "web",
            "operation": "CREATE",
            "userInfo": {"username": "ada"},
            "object": {"spec": {"template": {"spec": {"containers": [
                {"name": "web", "image": "nginx:1.27", "securityContext": security}
            ]}}}},
        }
    })
    .to_string()
    .into_bytes()
}

#[test]
fn the_webhook_denies_rewrites_and_refuses_what_it_cannot_read() {
    let mut webhook = Webhook::start();
    let healthz = webhook.agent.get(format!("https://{}/healthz", webhook.address)).call().unwrap();
    assert_eq!(healthz.status().as_u16(), 200);

    let (status, answer) = webhook.post("/validate", &review(&json!({"privileged": true})));
    assert_eq!((status, &answer["response"]["allowed"]), (200, &json!(false)));
    assert_eq!(answer["response"]["uid"], "e911857d-c318-11e8-bbad-025000000001");
    let message = answer["response"]["status"]["message"].as_str().unwrap();
    assert!(message.contains("container web") && message.contains("(container/privileged)"), "{message}");

    let (_, answer) = webhook.post("/mutate", &review(&json!({})));
    assert_eq!(
        (&answer["response"]["allowed"], &answer["response"]["patchType"]),
        (&json!(true), &json!("JSONPatch"))
    );
    let (_, answer) = webhook.post("/validate", &review(&json!({})));
    assert_eq!(answer["response"]["allowed"], json!(false), "what was to be rewritten was not");
    let (_, answer) = webhook.post("/validate", &review(&json!({"allowPrivilegeEscalation": false})));
    assert_eq!(answer["response"]["allowed"], json!(true));

    for broken in [&b"{"[..], b"", b"{\"kind\":\"AdmissionReview\"}"] {
        let (status, answer) = webhook.post("/validate", broken);
        assert_eq!((status, &answer["response"]["allowed"]), (400, &json!(false)), "{answer}");
    }
    assert_eq!(webhook.post("/validate", &vec![b' '; (8 << 20) + 1]).0, 413);
    assert_eq!(webhook.post("/other", b"{}").0, 404);
    assert_eq!(webhook.post("/healthz", b"{}").0, 404);
    let line = webhook.tells("deny CREATE Deployment shop/web: ");
    assert!(line.contains("(container/privileged)"), "{line}");
}

#[test]
fn every_answer_stands_in_the_log_that_can_be_verified() {
    let webhook = Webhook::start();
    webhook.post("/validate", &review(&json!({"privileged": true})));
    webhook.post("/mutate", &review(&json!({})));
    webhook.post("/validate", &review(&json!({"allowPrivilegeEscalation": false})));
    webhook.post("/validate", b"{");
    let (records, verified) = webhook.log();
    assert!(verified.problems.is_empty(), "{verified:?}");
    let decisions: Vec<&Value> = records.iter().filter(|record| record["kind"] == "decision").collect();
    let words: Vec<[&str; 3]> = decisions
        .iter()
        .map(|record| ["component", "route", "decision"].map(|name| record[name].as_str().unwrap()))
        .collect();
    let expected = [("validate", "deny"), ("mutate", "allow"), ("validate", "allow"), ("validate", "deny")];
    assert_eq!(words, expected.map(|(route, decision)| ["admission", route, decision]));
    let denied = decisions[0];
    assert_eq!(denied["req_id"], "e911857d-c318-11e8-bbad-025000000001");
    assert_eq!((&denied["subject"]["user"], &denied["method"]), (&json!("ada"), &json!("CREATE")));
    assert_eq!(denied["resource"], "CREATE Deployment shop/web");
    let rules = denied["rules"].as_array().unwrap();
    let privileged = rules.iter().find(|rule| rule["id"] == "container/privileged").unwrap();
    assert_eq!((&privileged["mode"], &privileged["container"]), (&json!("deny"), &json!("container web")));
    assert_eq!(denied["policy_sha256"].as_str().unwrap().len(), 64);
    assert!(decisions[1]["rewrites"][0]["field"].as_str().unwrap().contains("securityContext"));
    assert!(decisions[3]["message"].as_str().unwrap().contains("is no AdmissionReview"));
}

#[test]
fn a_new_certificate_is_shown_without_a_restart_and_its_end_is_told() {
    let mut webhook = Webhook::start();
    let write = |webhook: &Webhook, name: &str, text: &str| {
        std::fs::write(webhook.directory.path().join(name), text).unwrap();
    };
    let next = sign(&webhook.authority, 20);
    // Until its key has come, the one before is shown.
    write(&webhook, "tls.crt", &next.certificate_pem);
    webhook.tells("the certificate stays as it was");
    assert_eq!(webhook.post("/validate", &review(&json!({}))).0, 200);
    write(&webhook, "tls.key", next.key_pem.reveal());
    webhook.tells("the certificate was read again");
    webhook.tells("the certificate ends in 19 days");
    assert_eq!(webhook.post("/validate", &review(&json!({}))).0, 200);
    write(&webhook, "policy.yaml", "version: 1\nrules:\n  - {id: container/privileged, mode: warn}\n");
    webhook.tells("the policy was read again");
}

#[test]
fn a_policy_that_was_changed_counts_and_a_broken_one_does_not() {
    let mut webhook = Webhook::start();
    let reload = |webhook: &mut Webhook, policy: &str, expected: &str| {
        std::fs::write(webhook.directory.path().join("policy.yaml"), policy).unwrap();
        let id = rustix::process::Pid::from_raw(i32::try_from(webhook.process.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap();
        webhook.tells(expected);
    };
    let privileged = review(&json!({"privileged": true, "allowPrivilegeEscalation": false}));
    assert_eq!(webhook.post("/validate", &privileged).1["response"]["allowed"], json!(false));
    reload(&mut webhook, "version: 1\nrules: nonsense\n", "the policy stays as it was");
    assert_eq!(webhook.post("/validate", &privileged).1["response"]["allowed"], json!(false));
    reload(
        &mut webhook,
        "version: 1\nrules:\n  - {id: container/privileged, mode: warn}\n",
        "the policy was read again",
    );
    let (_, answer) = webhook.post("/validate", &privileged);
    assert_eq!(answer["response"]["allowed"], json!(true));
    assert!(answer["response"]["warnings"][0].as_str().unwrap().contains("container/privileged"), "{answer}");
}

#[test]
fn what_a_cluster_needs_is_written_and_can_be_read_again() {
    let digest = "0".repeat(64);
    let image = format!("registry.example.com/seawall@sha256:{digest}");
    let arguments = [
        "guard",
        "admission",
        "manifests",
        "--policy",
        "guarded",
        "--exempt",
        "kube-system",
        "--image",
        &image,
    ];
    let output = seawall(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let read = kubernetes::read_objects(&text, None, &workload::DocumentLimits::default());
    assert!(read.gaps.is_empty() && read.objects.len() == 10, "{:?}", read.gaps);
    // The program understands the words that its own deployment starts it with.
    let deployment = read.objects.iter().find(|object| object.kind == "Deployment").unwrap();
    let pod = deployment.node.at(&["spec", "template", "spec", "containers"]).unwrap();
    let words = pod.items()[0].get("args").unwrap().items().iter().filter_map(workload::Node::text);
    let words: Vec<&str> = words.collect();
    assert_eq!(words[..3], ["guard", "admission", "serve"]);
    let started = seawall(&words).output().unwrap();
    let told = String::from_utf8_lossy(&started.stderr).into_owned();
    assert!(told.contains("'/policy/policy.yaml' is neither a profile nor a file"), "{told}");
    let refused =
        seawall(&["guard", "admission", "manifests", "--policy", "guarded", "--image", "seawall:1"])
            .output()
            .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not named by digest"));
    // What was written is renewed: the API server trusts both authorities, then the secret is another one.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("seawall.yaml");
    std::fs::write(&file, &text).unwrap();
    let renewed = |file: &std::path::Path| {
        let output = seawall(&["guard", "admission", "manifests", "--renew", file.to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let first = admission::Installed::read(&text).unwrap();
    let again = renewed(&file);
    let second = admission::Installed::read(&again).unwrap();
    assert_eq!((&second.namespace, &second.exempt), (&first.namespace, &vec!["kube-system".to_owned()]));
    assert!(
        second.authorities.starts_with(&first.authorities)
            && second.authorities.len() > first.authorities.len()
    );
    // Twice, and the first is trusted no more.
    std::fs::write(&file, &again).unwrap();
    let third = admission::Installed::read(&renewed(&file)).unwrap();
    assert_eq!(third.authorities.matches("BEGIN CERTIFICATE").count(), 2);
    assert!(!third.authorities.contains(&first.authorities));
    let output = seawall(&["guard", "admission", "policy", "guarded"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("kind: ValidatingAdmissionPolicyBinding") && text.contains("container/privileged"));
}
