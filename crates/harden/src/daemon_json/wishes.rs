//! What each key should be, and why.

use super::{EngineVersion, Hardening, document::Document};
use serde_json::{Value, json};

/// What a key should be.
pub(super) struct Wish {
    pub(super) key: &'static str,
    /// `None` takes it out.
    pub(super) value: Option<Value>,
    pub(super) why: &'static str,
    pub(super) side_effects: &'static [&'static str],
    /// Why it is left after all.
    pub(super) skip: Option<String>,
}

const NEW_CONTAINERS: &str =
    "counts for containers that are made from then on; present ones keep what they have";

/// Every wish for this document, in the order in which they are shown.
pub(super) fn wishes(document: &Document, version: &EngineVersion, asked: &Hardening) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for_every_host(&mut wishes, document, asked);
    taken_back(&mut wishes, document, version);
    on_request(&mut wishes, document, asked);
    wishes
}

fn wish(
    key: &'static str,
    value: impl Into<Option<Value>>,
    why: &'static str,
    side_effects: &'static [&'static str],
) -> Wish {
    Wish { key, value: value.into(), why, side_effects, skip: None }
}

fn for_every_host(wishes: &mut Vec<Wish>, document: &Document, asked: &Hardening) {
    wishes.push(wish(
        "icc",
        json!(false),
        "containers on the default bridge reach each other's every port unless this is off",
        &["containers on the default bridge can only talk through published ports; put those that belong together on a network of their own"],
    ));
    wishes.push(wish(
        "no-new-privileges",
        json!(true),
        "a process in a container cannot gain rights through setuid programs",
        &["sudo, su and ping with setuid stop working inside containers", NEW_CONTAINERS],
    ));
    let mut live_restore = wish(
        "live-restore",
        json!(true),
        "containers go on while the daemon is down, so that it can be updated at once",
        &["a daemon that stays down leaves containers without restarts and with logs that may block"],
    );
    if asked.is_swarm_member {
        live_restore.skip = Some("left, the engine is a member of a swarm, which excludes it".to_owned());
    }
    wishes.push(live_restore);
    wishes.push(wish(
        "userland-proxy",
        json!(false),
        "one process a published port less that runs as root and hides the client's address",
        &["published ports are reached from the host itself through NAT of loopback, which needs iptables"],
    ));
    logging(wishes, document, asked);
    let limits = document.get("default-ulimits").unwrap_or_else(|| json!({}));
    if let (Some(limits), true) = (limits.as_object(), limits.get("nofile").is_none()) {
        let mut limits = limits.clone();
        limits.insert("nofile".to_owned(), json!({"Name": "nofile", "Soft": 1024, "Hard": 65536}));
        wishes.push(wish(
            "default-ulimits",
            Value::Object(limits),
            "a container cannot open descriptors without bound",
            &["software that wants more than 65536 open files needs --ulimit of its own", NEW_CONTAINERS],
        ));
    }
    if asked.has_selinux && !asked.is_rootless {
        wishes.push(wish(
            "selinux-enabled",
            json!(true),
            "SELinux is on, but the engine gives containers no label",
            &["bind mounts need :z or :Z, or the container is refused their files", NEW_CONTAINERS],
        ));
    }
    let cgroup_mode = document.get("default-cgroupns-mode");
    if cgroup_mode == Some(json!("host")) || (asked.has_cgroup_v1 && cgroup_mode.is_none()) {
        wishes.push(wish(
            "default-cgroupns-mode",
            json!("private"),
            "containers see the control groups of the whole host",
            &[NEW_CONTAINERS],
        ));
    }
}

fn logging(wishes: &mut Vec<Wish>, document: &Document, asked: &Hardening) {
    if let Some((driver, options)) = &asked.log_driver {
        wishes.push(wish(
            "log-driver",
            json!(driver),
            "logs leave the host, where an intruder could edit them",
            &["a log server that cannot be reached may stop containers from starting", NEW_CONTAINERS],
        ));
        let options: serde_json::Map<String, Value> =
            options.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let why = "options of that driver";
        wishes.push(wish(
            "log-opts",
            (!options.is_empty()).then_some(Value::Object(options)),
            why,
            &[NEW_CONTAINERS],
        ));
        return;
    }
    let driver = document.get("log-driver");
    // Other drivers rotate by themselves or keep nothing here.
    if driver.as_ref().is_some_and(|driver| driver != "json-file") {
        return;
    }
    let options = document.get("log-opts").unwrap_or_else(|| json!({}));
    let Some(options) = options.as_object().filter(|options| !options.contains_key("max-size")) else {
        return;
    };
    let mut options = options.clone();
    options.insert("max-size".to_owned(), json!("10m"));
    options.entry("max-file").or_insert_with(|| json!("5"));
    wishes.push(wish(
        "log-driver",
        json!("json-file"),
        "named, so that the limits below stay with the driver they are for",
        &[],
    ));
    wishes.push(wish(
        "log-opts",
        Value::Object(options),
        "a container that talks a lot fills the disk of the host",
        &["older log lines of a container are gone after 50 MB", NEW_CONTAINERS],
    ));
}

/// Settings that somebody made weaker than the engine's default.
fn taken_back(wishes: &mut Vec<Wish>, document: &Document, version: &EngineVersion) {
    let is = |key: &str, value: Value| document.get(key) == Some(value);
    if is("debug", json!(true)) {
        wishes.push(wish("debug", json!(false), "debug logs hold what clients send", &[]));
    }
    if ["debug", "trace"].iter().any(|level| is("log-level", json!(level))) {
        wishes.push(wish("log-level", json!("info"), "debug logs hold what clients send", &[]));
    }
    if is("seccomp-profile", json!("unconfined")) {
        // `builtin` has a name from 23.0 on.
        let value = (version.major >= 23).then(|| json!("builtin"));
        let effects = &["calls that the built-in profile refuses fail again", NEW_CONTAINERS];
        wishes.push(wish("seccomp-profile", value, "containers may make every system call", effects));
    }
    if is("iptables", json!(false)) {
        wishes.push(wish(
            "iptables",
            json!(true),
            "without its rules the engine isolates no network, and icc has no effect",
            &["the engine writes its chains on start; rules of your own belong into DOCKER-USER (seawall harden firewall)"],
        ));
    }
    for (key, why) in [
        (
            "allow-direct-routing",
            "other hosts reach published ports at the containers' own addresses, past the host's firewall",
        ),
        ("ip-forward-no-drop", "the host forwards between all its networks"),
        ("experimental", "experimental features get no security support"),
    ] {
        if is(key, json!(true)) {
            wishes.push(wish(key, json!(false), why, &[]));
        }
    }
    if is("default-ipc-mode", json!("shareable")) {
        let why = "any container may join the shared memory of another";
        wishes.push(wish("default-ipc-mode", json!("private"), why, &[NEW_CONTAINERS]));
    }
    if document.get("insecure-registries").and_then(|list| list.as_array().map(|list| !list.is_empty()))
        == Some(true)
    {
        wishes.push(wish(
            "insecure-registries",
            json!([]),
            "whoever is on the way to these registries can replace images",
            &["pulls from them fail until they have a certificate; put their authority into /etc/docker/certs.d/HOST/ca.crt"],
        ));
    }
    if document.get("network-diagnostic-port").is_some_and(|port| port != json!(0)) {
        wishes.push(wish("network-diagnostic-port", None, "it answers everybody on the host", &[]));
    }
    if document.get("api-cors-header").is_some() {
        wishes.push(wish("api-cors-header", None, "web pages of other origins may call the API", &[]));
    }
    let hosts = document.get("hosts").unwrap_or_default();
    let has_tcp = hosts.as_array().is_some_and(|hosts| {
        hosts.iter().any(|host| host.as_str().is_some_and(|host| host.starts_with("tcp://")))
    });
    if has_tcp && !is("tlsverify", json!(true)) {
        let mut hosts = wish("hosts", None, "", &[]);
        hosts.skip = Some(
            "it listens on TCP without asking clients for certificates; whoever reaches it is root here \
             (seawall harden tls makes certificates; take the address out until then)"
                .to_owned(),
        );
        wishes.push(hosts);
    }
}

fn on_request(wishes: &mut Vec<Wish>, document: &Document, asked: &Hardening) {
    if asked.wants_userns_remap {
        let mut remap = wish(
            "userns-remap",
            json!("default"),
            "root in a container is nobody on the host",
            &[
                "images and containers move to a data root of their own: present ones are not seen until it is taken back",
                "--network=host, --pid=host and --privileged need --userns=host",
                "volumes and bind mounts belong to other users than before",
                "the user dockremap and its ranges in /etc/subuid and /etc/subgid have to exist",
            ],
        );
        if asked.is_rootless {
            remap.skip = Some("left, the daemon runs without root and has a user namespace".to_owned());
        } else if document
            .get("userns-remap")
            .is_some_and(|value| value != json!("") && value != json!("host"))
        {
            remap.skip = Some("left, it is set".to_owned());
        }
        wishes.push(remap);
    }
    if let Some(address) = asked.publish_at {
        wishes.push(wish(
            "ip",
            json!(address.to_string()),
            "ports are published at this address unless the container names one",
            &[
                "-p 80:80 is no longer reached from elsewhere; name an address to publish there",
                NEW_CONTAINERS,
            ],
        ));
        let mut options = document.get("default-network-opts").unwrap_or_else(|| json!({}));
        let option = if address.is_ipv4() { "host_binding_ipv4" } else { "host_binding_ipv6" };
        if let Some(networks) = options.as_object_mut() {
            let bridge = networks.entry("bridge").or_insert_with(|| json!({}));
            // There is a key for IPv4 alone (libnetwork, drivers/bridge/labels.go).
            if let (Some(bridge), true) = (bridge.as_object_mut(), address.is_ipv4()) {
                bridge.insert(format!("com.docker.network.bridge.{option}"), json!(address.to_string()));
                wishes.push(wish(
                    "default-network-opts",
                    options,
                    "the same for networks that users make, which ignore `ip`",
                    &["counts for networks that are made from then on"],
                ));
            }
        }
    }
    if !asked.authorization_plugins.is_empty() {
        wishes.push(wish(
            "authorization-plugins",
            json!(asked.authorization_plugins),
            "every request is asked about",
            &["the daemon ends when a plugin cannot be reached at start: try it by reload first"],
        ));
    }
    if let Some(version) = &asked.min_api_version {
        wishes.push(wish(
            "min-api-version",
            json!(version),
            "older APIs have fewer checks",
            &["older clients are shut out"],
        ));
    }
}
