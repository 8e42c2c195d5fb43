use super::*;
use crate::spec::{ContainerSpec, Health, MountKind, Namespace, Restart, Stated};

fn read(text: &str) -> Compose {
    read_compose(text, &ComposeOptions::default()).expect("a compose file")
}

fn one(text: &str) -> ContainerSpec {
    read(text).read.specs.remove(0)
}

#[test]
fn short_and_long_forms_give_the_same() {
    let short = one(
        "services:\n  web:\n    image: a\n    ports: ['127.0.0.1:80:8080/udp']\n    volumes: ['/etc:/h:ro']\n    environment: [A=1]\n    sysctls: [net.core.somaxconn=1]\n    healthcheck: {test: curl x}\n",
    );
    let long = one(
        "services:\n  web:\n    image: a\n    ports: [{target: 8080, published: '80', host_ip: 127.0.0.1, protocol: udp}]\n    volumes: [{type: bind, source: /etc, target: /h, read_only: true}]\n    environment: {A: 1}\n    sysctls: {net.core.somaxconn: 1}\n    healthcheck: {test: [CMD-SHELL, curl x]}\n",
    );
    assert_eq!(short.ports, long.ports);
    assert_eq!(short.environment, long.environment);
    assert_eq!(short.sysctls, long.sysctls);
    assert_eq!((short.mounts[0].source.as_str(), short.mounts[0].is_writable()), ("/etc", false));
    assert_eq!(long.mounts[0].kind, MountKind::Bind);
    assert!(matches!(short.health, Stated::Given(Health::Checked(_))));
}

#[test]
fn places_lead_to_the_setting() {
    let spec = one(
        "services:\n  web:\n    image: a\n    privileged: true\n    volumes:\n      - /a:/a\n      - /etc:/etc\n",
    );
    let place = spec.places.of("privileged").unwrap();
    assert_eq!((place.line, place.column, place.end_column), (4, 5, 21));
    assert_eq!(spec.places.of("mounts.1").map(|p| (p.line, p.column)), Some((7, 9)));
    assert_eq!(spec.places.of("restart").map(|p| (p.line, p.column)), Some((2, 3)));
}

#[test]
fn services_extend_services_of_the_same_and_of_other_files() {
    let other = "services:\n  base: {privileged: true, cap_add: [NET_ADMIN], environment: {A: 1}}\n";
    let load = |name: &str| (name == "other.yml").then(|| other.to_owned());
    let options = ComposeOptions { load: Some(&load), ..ComposeOptions::default() };
    let text = "services:\n  web:\n    extends: {file: other.yml, service: base}\n    cap_add: [SYS_TIME]\n    environment: [B=2]\n  api: {extends: web, privileged: false}\n  lost: {extends: {file: gone.yml, service: x}}\n  self: {extends: self}\n";
    let compose = read_compose(text, &options).unwrap();
    let specs = &compose.read.specs;
    assert!(specs[0].privileged.is_true());
    assert_eq!(
        specs[0].capabilities_added,
        Stated::Given(vec!["NET_ADMIN".to_owned(), "SYS_TIME".to_owned()])
    );
    assert_eq!(specs[0].environment.len(), 2);
    let place = specs[0].places.of("privileged").unwrap();
    assert_eq!((place.line, specs[0].places.file(place)), (2, Some("other.yml")));
    assert_eq!(specs[1].privileged, Stated::Given(false));
    assert_eq!(compose.read.gaps.len(), 2, "{:?}", compose.read.gaps);
}

#[test]
fn anchors_merge_keys_and_variables_are_resolved() {
    let text = "x-base: &base\n  restart: on-failure:3\n  privileged: ${PRIV:-true}\nservices:\n  web:\n    <<: *base\n    image: web:${TAG}\n    volumes: ['${DIR:-/etc}:/h']\n";
    let compose = read(text);
    let spec = &compose.read.specs[0];
    assert_eq!(spec.restart, Stated::Given(Restart::OnFailure(Some(3))));
    assert!(spec.privileged.is_true());
    assert!(spec.image.unknown().is_some());
    assert_eq!(spec.mounts[0].source, "/etc");
    assert!(compose.read.gaps[0].detail.contains("TAG"));
    let variables = BTreeMap::from([("TAG".to_owned(), "1".to_owned())]);
    let known = read_compose(text, &ComposeOptions { variables, ..ComposeOptions::default() }).unwrap();
    assert_eq!(known.read.specs[0].image, Stated::Given("web:1".to_owned()));
}

#[test]
fn a_volume_that_binds_a_directory_is_that_directory() {
    let spec = one(
        "services: {web: {volumes: ['data:/d', 'plain:/p', '/anon']}}\nvolumes: {data: {driver_opts: {type: none, o: 'rw,bind', device: /etc}}, plain: {}}\n",
    );
    assert_eq!((spec.mounts[0].kind, spec.mounts[0].source.as_str()), (MountKind::Bind, "/etc"));
    assert_eq!(spec.mounts[1].kind, MountKind::Volume);
    assert!(spec.mounts[2].is_anonymous);
}

#[test]
fn deploy_and_older_keys_are_both_read() {
    let spec = one(
        "services: {web: {deploy: {resources: {limits: {memory: 50M, cpus: '0.5', pids: 9}}, restart_policy: {condition: on-failure, max_attempts: 3}}}}\n",
    );
    assert_eq!(spec.limits.memory_bytes, Stated::Given(50 << 20));
    assert_eq!((spec.limits.cpu_nanos, spec.limits.pids), (Stated::Given(500_000_000), Stated::Given(9)));
    assert_eq!(spec.restart, Stated::Given(Restart::OnFailure(Some(3))));
    let spec = one(
        "services: {web: {mem_limit: 1g, cpus: 2, pids_limit: -1, network_mode: 'service:db', use_api_socket: true, gpus: all}}\n",
    );
    assert_eq!(spec.limits.pids, Stated::Given(-1));
    assert_eq!(spec.namespaces.network, Stated::Given(Namespace::Service("db".into())));
    assert_eq!(spec.mounts[0].source, "/var/run/docker.sock");
    assert_eq!(spec.device_requests[0].count, Some(-1));
}

#[test]
fn overlays_reset_and_override() {
    let options = ComposeOptions {
        overlays: vec![Overlay {
            name: "over.yml".to_owned(),
            text: "services: {web: {ports: !override ['81:81'], privileged: !reset null, cap_add: [B]}}"
                .to_owned(),
        }],
        ..ComposeOptions::default()
    };
    let text = "services: {web: {ports: ['80:80'], privileged: true, cap_add: [A]}}";
    let spec = read_compose(text, &options).unwrap().read.specs.remove(0);
    assert_eq!((spec.ports.len(), spec.ports[0].host_port), (1, Some(81)));
    assert!(spec.privileged.is_absent());
    assert_eq!(spec.capabilities_added.given().unwrap().len(), 2);
}

#[test]
fn included_projects_join_with_their_own_variables_and_directories() {
    let load = |name: &str| {
        Some(
            match name {
                "db/compose.yml" => "include: [../log.yml]\nservices:\n  db: {extends: {file: base.yml, service: b}, image: 'db:${TAG}'}\n  web: {image: other}\n",
                "db/base.yml" => "services: {b: {privileged: true}}\n",
                "db/.env" => "TAG=7\nOWN=x\n",
                "log.yml" => "services: {log: {image: '${OWN:-none}'}}\n",
                _ => return None,
            }
            .to_owned(),
        )
    };
    let options = ComposeOptions { load: Some(&load), ..ComposeOptions::default() };
    let text = "include:\n  - db/compose.yml\n  - path: gone.yml\nservices:\n  web: {image: a}\n";
    let read = read_compose(text, &options).unwrap().read;
    let names: Vec<&str> = read.specs.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["web", "db", "log"]);
    assert_eq!(read.specs[0].image, Stated::Given("a".to_owned()));
    assert_eq!(read.specs[1].image, Stated::Given("db:7".to_owned()));
    let place = read.specs[1].places.of("privileged").unwrap();
    assert!(read.specs[1].privileged.is_true());
    assert_eq!(read.specs[1].places.file(place), Some("db/base.yml"));
    assert_eq!(read.specs[2].image, Stated::Given("x".to_owned()));
    assert_eq!(read.gaps.len(), 2, "{:?}", read.gaps);
    let again = |_: &str| Some(text.to_owned());
    let options = ComposeOptions { load: Some(&again), ..ComposeOptions::default() };
    let looped = read_compose(text, &options).unwrap().read;
    assert!(looped.gaps.iter().any(|gap| gap.reason == GapReason::LimitReached));
}

#[test]
fn what_is_no_compose_file_is_refused_and_what_is_broken_is_a_gap() {
    assert!(read_compose("kind: Pod\n", &ComposeOptions::default()).is_none());
    let broken = read_compose("services: [\n", &ComposeOptions::default()).unwrap();
    assert_eq!(broken.read.gaps.len(), 1);
    assert_eq!(read("services: {web: 7}").read.gaps.len(), 1);
}

#[test]
fn changed_bytes_do_not_panic() {
    let text = "services:\n  web: &w\n    ports: ['[::1]:1-2:3-4/udp', {target: 1}]\n    volumes: [a:b:ro, {type: bind}]\n    extends: {service: web}\n    environment: {A: '${B:-${C}}'}\n";
    for at in 0..text.len() {
        for with in ["", "$", "{", ":", "}", "!", "\n"] {
            let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            let _ = read_compose(&changed, &ComposeOptions::default());
        }
    }
}
