//! Promise: a real API server takes what `seawall guard admission` writes for it, and does as the policy says. Needs etcd and the
//! program that SEAWALL_KUBE_APISERVER names.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

#[path = "../crates/signatures/tests/support/http.rs"]
mod http;
#[path = "../crates/signatures/tests/support/mod.rs"]
mod support;

use harden::tls::{Authority, Leaf, LeafKind, SubjectName, Validity};
use serde_json::{Value, json};
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const TOKEN: &str = "operator";
const POLICY: &str = "version: 1
rules:
  - {id: container/privileged, mode: deny}
  - {id: container/host-pid-namespace, mode: deny}
  - {id: container/no-memory-limit, mode: warn}
  - {id: container/new-privileges-allowed, mode: rewrite}
";

/// A process that ends with this.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut Command, log: PathBuf) -> Process {
    let log = std::fs::File::create(log).unwrap();
    Process(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// An API server without nodes.
struct Cluster {
    _server: Process,
    _etcd: Process,
    address: SocketAddr,
    agent: ureq::Agent,
    directory: tempfile::TempDir,
}

struct Answer {
    status: u16,
    warnings: String,
    body: Value,
}

impl Cluster {
    fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("SEAWALL_KUBE_APISERVER") else {
            println!("skipped: no API server (hint: SEAWALL_KUBE_APISERVER=<kube-apiserver>)");
            return None;
        };
        let Some(etcd) = testkit::find_program("etcd") else {
            println!("skipped: no etcd");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let file = |name: &str, text: &str| {
            std::fs::write(path(name), text).unwrap();
            path(name).display().to_string()
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let validity = Validity { from_unix_secs: i64::try_from(now).unwrap() - 3600, days: 2 };
        let (authority, _) = Authority::generate("test", validity).unwrap();
        let kind = LeafKind::Server { names: vec![SubjectName::Dns("localhost".into())] };
        let issued = authority.sign(&Leaf { name: "api".into(), kind, validity }).unwrap();
        let certificate = file("api.crt", &issued.certificate_pem);
        let key = file("api.key", issued.key_pem.reveal());
        let accounts = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let secret = file("accounts.key", &accounts.serialize_pem());
        let public = file("accounts.pub", &accounts.public_key_pem());
        let tokens = file("tokens.csv", &format!("{TOKEN},operator,1,\"system:masters\"\n"));
        let (clients, peers, address) = (free_address(), free_address(), free_address());
        let (clients, peers) = (format!("http://{clients}"), format!("http://{peers}"));
        let mut command = Command::new(etcd);
        command.arg("--data-dir").arg(path("etcd"));
        for (word, value) in [
            ("--listen-client-urls", &clients),
            ("--advertise-client-urls", &clients),
            ("--listen-peer-urls", &peers),
            ("--initial-advertise-peer-urls", &peers),
        ] {
            command.args([word, value]);
        }
        command.arg(format!("--initial-cluster=default={peers}"));
        let etcd = start(&mut command, path("etcd.log"));
        let mut command = Command::new(program);
        command.arg(format!("--etcd-servers={clients}")).arg(format!("--secure-port={}", address.port()));
        command.args([
            "--bind-address=127.0.0.1",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
            // The server would refuse privileged containers by itself.
            "--allow-privileged=true",
            "--endpoint-reconciler-type=none",
            // Pods are to be made without a controller that makes accounts for them.
            "--disable-admission-plugins=ServiceAccount",
        ]);
        for (word, value) in [
            ("--tls-cert-file", &certificate),
            ("--tls-private-key-file", &key),
            ("--service-account-key-file", &public),
            ("--service-account-signing-key-file", &secret),
            ("--token-auth-file", &tokens),
        ] {
            command.args([word, value]);
        }
        command.arg("--cert-dir").arg(directory.path());
        let server = start(&mut command, path("server.log"));
        let authorities = tls::Authorities::from_pem(authority.certificate_pem().as_bytes(), "ca").unwrap();
        let client = tls::Client { authorities: Some(authorities), ..tls::Client::default() };
        let agent = ureq::Agent::config_builder()
            .tls_config(client.settings())
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let cluster = Self { _server: server, _etcd: etcd, address, agent, directory };
        let is_ready = cluster.wait_for(120, || {
            let url = format!("https://localhost:{}/readyz", cluster.address.port());
            let asked = cluster.agent.get(url).header("Authorization", format!("Bearer {TOKEN}")).call();
            asked.is_ok_and(|answer| answer.status() == 200)
        });
        let log = || std::fs::read_to_string(cluster.directory.path().join("server.log")).unwrap();
        assert!(is_ready, "{}", log());
        Some(cluster)
    }

    fn wait_for(&self, secs: u64, is_so: impl Fn() -> bool) -> bool {
        let deadline = Instant::now() + Duration::from_secs(secs);
        while Instant::now() < deadline {
            if is_so() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        false
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("https://localhost:{}{path}", self.address.port()))
            .header("Authorization", format!("Bearer {TOKEN}"))
            .header("Content-Type", "application/json");
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut response = self.agent.run(request.body(body).unwrap()).unwrap();
        let warnings = response.headers().get_all("warning").iter();
        let warnings: Vec<&str> = warnings.filter_map(|value| value.to_str().ok()).collect();
        let warnings = warnings.join("\n");
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().unwrap();
        Answer { status, warnings, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// Makes an object as `kubectl apply` does the first time.
    fn make(&self, object: &Value) -> Answer {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (kind, version) = (text("/kind"), text("/apiVersion"));
        let plural = match kind.to_ascii_lowercase() {
            kind if kind.ends_with('y') => format!("{}ies", &kind[..kind.len() - 1]),
            kind => format!("{kind}s"),
        };
        let group = if version.contains('/') { "apis" } else { "api" };
        let namespace = match text("/metadata/namespace") {
            "" => String::new(),
            name => format!("/namespaces/{name}"),
        };
        self.ask(
            "POST",
            &format!("/{group}/{version}{namespace}/{plural}?fieldValidation=Strict"),
            Some(object),
        )
    }

    fn apply(&self, objects: &[Value]) {
        for object in objects {
            let answer = self.make(object);
            assert_eq!(answer.status, 201, "{}: {}", object["kind"], answer.body);
        }
    }

    fn pod(&self, name: &str, image: &str, spec: &Value, security: &Value) -> Answer {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"containers": [{"name": "web", "image": image, "securityContext": security}]},
        });
        for (key, value) in spec.as_object().unwrap() {
            pod["spec"][key] = value.clone();
        }
        self.make(&pod)
    }
}

/// What the command writes, as objects.
fn written(words: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_seawall")).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let documents = workload::parse_documents(&text, &workload::DocumentLimits::default());
    documents
        .into_iter()
        .map(|document| {
            assert!(document.problems.is_empty(), "{:?}", document.problems);
            serde_json::to_value(document.root.unwrap()).unwrap()
        })
        .collect()
}

fn decoded(object: &Value, key: &str) -> Vec<u8> {
    let text = object["data"][key].as_str().unwrap();
    base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).unwrap()
}

#[test]
fn an_api_server_asks_the_webhook_and_does_as_it_says() {
    let Some(registry) = testkit::registry() else { return };
    let Some(cluster) = Cluster::start() else { return };
    let path = |name: &str| cluster.directory.path().join(name).display().to_string();
    std::fs::write(path("policy.yaml"), POLICY).unwrap();
    let image = format!("registry.example.com/seawall@sha256:{}", "0".repeat(64));
    let mut objects = written(&[
        "guard",
        "admission",
        "manifests",
        "--policy",
        &path("policy.yaml"),
        "--image",
        &image,
        "--exempt",
        "kube-system",
    ]);
    assert!(objects.len() >= 10, "{}", objects.len());
    // There are no nodes: the service leads to a webhook that runs beside the API server.
    let own = std::process::id();
    let at = format!("127.{}.{}.{}", 1 + own % 250, 1 + own / 250 % 250, 1 + own / 62_500 % 250);
    for object in &mut objects {
        if object["kind"] == "Service" {
            object["spec"] = json!({"type": "ExternalName", "externalName": at});
        }
        if object["kind"] == "Secret" {
            std::fs::write(path("tls.crt"), decoded(object, "tls.crt")).unwrap();
            std::fs::write(path("tls.key"), decoded(object, "tls.key")).unwrap();
        }
        if object["kind"] == "ConfigMap" {
            assert_eq!(object["data"]["policy.yaml"], POLICY);
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
    command.args(["guard", "admission", "serve", "--listen", &format!("{at}:443"), "--pin", "--insecure"]);
    command.args([registry.address(), "--policy", &path("policy.yaml"), "--ledger", &path("log")]);
    command.args(["--tls-cert", &path("tls.crt"), "--tls-key", &path("tls.key")]);
    let webhook = start(&mut command, path("webhook.log").into());
    let listens = cluster.wait_for(30, || std::net::TcpStream::connect((at.as_str(), 443)).is_ok());
    if !listens {
        println!("skipped: nobody may listen at {at}:443");
        return;
    }
    // Made before the webhooks count: the deployment is not judged, its namespace is Seawall's own.
    cluster.apply(&objects);
    cluster.apply(&[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})]);
    let (_, pushed) = http::Remote::with_image(registry.address(), "team/web");
    let image = format!("{}/team/web:1", registry.address());
    let none = json!({});
    // The server reads its own configuration again within moments.
    let refuses = || cluster.pod("bad", &image, &none, &json!({"privileged": true})).status == 403;
    let was_refused = cluster.wait_for(60, refuses);
    let told = || std::fs::read_to_string(path("webhook.log")).unwrap();
    assert!(
        was_refused,
        "{}\n{}",
        cluster.pod("bad", &image, &none, &json!({"privileged": true})).body,
        told()
    );
    let refused = cluster.pod("bad", &image, &none, &json!({"privileged": true}));
    assert!(refused.body.to_string().contains("container/privileged"), "{}", refused.body);
    let refused = cluster.pod("bad", &image, &json!({"hostPID": true}), &none);
    assert!(refused.body.to_string().contains("container/host-pid-namespace"), "{}", refused.body);

    let made = cluster.pod("good", &image, &none, &none);
    assert_eq!(made.status, 201, "{}", made.body);
    assert!(
        made.warnings.contains("299") && made.warnings.contains("container/no-memory-limit"),
        "{}",
        made.warnings
    );
    let container = &made.body["spec"]["containers"][0];
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false, "{container}");
    let named = container["image"].as_str().unwrap();
    assert!(named.ends_with(&format!("@{}", pushed.digest)), "{named}");
    let missing = cluster.pod("other", &format!("{}/team/missing:1", registry.address()), &none, &none);
    assert_eq!(missing.status, 403, "{}", missing.body);

    // A container that is put into a pod that runs, and a pod that a controller is to make.
    let place = "/api/v1/namespaces/shop/pods/good";
    let mut pod = cluster.ask("GET", place, None).body;
    pod["spec"]["ephemeralContainers"] =
        json!([{"name": "debug", "image": image, "securityContext": {"privileged": true}}]);
    let put = cluster.ask("PUT", &format!("{place}/ephemeralcontainers"), Some(&pod));
    assert!(put.status == 403 && put.body.to_string().contains("container/privileged"), "{}", put.body);
    let job = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "night", "namespace": "shop"},
        "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "hostPID": true, "containers": [{"name": "a", "image": image}],
        }}}}},
    });
    let refused = cluster.make(&job);
    assert!(refused.status == 403 && refused.body.to_string().contains("host-pid"), "{}", refused.body);

    // Nobody answers: nothing is made.
    drop(webhook);
    let refused = cluster.pod("late", &image, &none, &none);
    assert!(refused.status >= 400, "{}", refused.body);
    let log = std::fs::read_to_string(path("log")).unwrap();
    assert!(log.contains("container/privileged") && log.contains("good"), "{log}");

    // Without the webhook the API server judges alone.
    for kind in ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"] {
        let place = format!("/apis/admissionregistration.k8s.io/v1/{kind}/seawall-admission");
        assert_eq!(cluster.ask("DELETE", &place, None).status, 200);
    }
    let makes = || cluster.pod("free", &image, &none, &json!({"privileged": true})).status == 201;
    assert!(cluster.wait_for(60, makes), "the webhooks are gone");
    // It tells the first rule alone, so they are tried one by one.
    let count = std::cell::Cell::new(0);
    for (rule, spec, security) in breaches() {
        std::fs::write(path("static.yaml"), format!("version: 1\nrules:\n  - {{id: {rule}, mode: deny}}\n"))
            .unwrap();
        let objects =
            written(&["guard", "admission", "policy", &path("static.yaml"), "--exempt", "kube-system"]);
        cluster.apply(&objects);
        let refuses = || {
            count.set(count.get() + 1);
            let refused = cluster.pod(&format!("by-policy-{}", count.get()), &image, &spec, &security);
            refused.status >= 400 && refused.body.to_string().contains(rule)
        };
        assert!(
            cluster.wait_for(60, refuses),
            "{rule}: {}",
            cluster.pod("again", &image, &spec, &security).body
        );
        let made = cluster.pod(&format!("confined-{}", count.get()), &image, &good_pod(), &none);
        assert_eq!(made.status, 201, "{rule}: {}", made.body);
        for object in &objects {
            let kind = match object["kind"].as_str().unwrap() {
                "ValidatingAdmissionPolicy" => "validatingadmissionpolicies",
                _ => "validatingadmissionpolicybindings",
            };
            let place = format!("/apis/admissionregistration.k8s.io/v1/{kind}/seawall-deny");
            assert_eq!(cluster.ask("DELETE", &place, None).status, 200);
        }
    }
    // All of a profile at once.
    cluster.apply(&written(&["guard", "admission", "policy", "strict", "--exempt", "kube-system"]));
    let refuses = || {
        count.set(count.get() + 1);
        cluster.pod(&format!("by-profile-{}", count.get()), &image, &none, &none).status >= 400
    };
    assert!(cluster.wait_for(60, refuses));
    let made = cluster.pod("good-for-all", &image, &good_pod(), &none);
    assert_eq!(made.status, 201, "{}", made.body);
    let mut root = good_pod();
    root["volumes"][0]["hostPath"]["path"] = json!("/");
    let refused = cluster.pod("with-the-node", &image, &root, &none);
    assert!(refused.body.to_string().contains("container/sensitive-directory-mounted"), "{}", refused.body);
}

/// A rule, and what a pod and its container say that it forbids.
fn breaches() -> Vec<(&'static str, Value, Value)> {
    let none = || json!({});
    let mounts = |path: &str| {
        let mounts = json!([{"name": "v", "mountPath": "/m"}]);
        json!({"volumes": [{"name": "v", "hostPath": {"path": path}}], "containers": [{"name": "web", "image": "a", "volumeMounts": mounts}]})
    };
    vec![
        ("container/privileged", none(), json!({"privileged": true})),
        ("container/host-pid-namespace", json!({"hostPID": true}), none()),
        ("container/sensitive-directory-mounted", mounts("//etc/."), none()),
        ("container/engine-socket-mounted", mounts("/var/run/docker.sock"), none()),
        ("container/dangerous-capability", none(), json!({"capabilities": {"add": ["SYS_ADMIN"]}})),
        ("container/added-capability", none(), json!({"capabilities": {"add": ["IPC_LOCK"]}})),
        ("container/seccomp-unconfined", none(), none()),
        ("container/apparmor-unconfined", none(), json!({"appArmorProfile": {"type": "Unconfined"}})),
        ("container/runs-as-root", json!({"securityContext": {"runAsUser": 0}}), none()),
        (
            "container/unsafe-sysctl",
            json!({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}),
            none(),
        ),
        ("container/image-without-digest", none(), none()),
        ("container/no-memory-limit", none(), none()),
        (
            "container/starts-ssh-server",
            json!({"containers": [{"name": "web", "image": "a", "command": ["/usr/sbin/sshd"]}]}),
            none(),
        ),
    ]
}

/// What every rule is content with.
fn good_pod() -> Value {
    let image = format!("registry.example.com/team/web@sha256:{}", "0".repeat(64));
    let limits = json!({"memory": "64Mi", "cpu": "1", "ephemeral-storage": "1Gi"});
    let probe = json!({"tcpSocket": {"port": 8080}});
    let context = json!({
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
    });
    json!({
        "securityContext": {"runAsUser": 1000, "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [{"name": "v", "hostPath": {"path": "/srv/data"}}],
        "containers": [{
            "name": "web", "image": image, "resources": {"limits": limits}, "livenessProbe": probe,
            "securityContext": context, "volumeMounts": [{"name": "v", "mountPath": "/data"}],
        }],
    })
}
