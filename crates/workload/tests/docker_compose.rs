//! The real `docker compose config` as a judge: what it makes of a project and what is read of the project's own files
//! have to be the same containers.
#![allow(clippy::disallowed_methods, reason = "the judge is a program that reads files")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use workload::{ComposeOptions, Overlay, read_compose, read_env_file};

/// A project: its files, the first of which and those named `over…` are given to the program with `-f`.
type Project = &'static [(&'static str, &'static str)];

const PROJECTS: &[(&str, Project)] = &[
    (
        "short forms",
        &[(
            "compose.yaml",
            "services:\n  web:\n    image: a:1\n    command: serve --port 80\n    ports: ['127.0.0.1:80:8080', '9000:9000/udp', '[::1]:81:81']\n    volumes: ['/etc:/h:ro', 'data:/data', '/anon']\n    tmpfs: /run\n    environment: [A=1, B]\n    sysctls: [net.core.somaxconn=1]\n    cap_add: [NET_ADMIN]\n    devices: ['/dev/fuse:/dev/fuse:r']\n    ulimits: {nofile: 10, nproc: {soft: 1, hard: 2}}\n    restart: on-failure:3\n    mem_limit: 1g\n    healthcheck: {test: curl x}\n    logging: {driver: syslog, options: {a: b}}\nvolumes: {data: {}}\n",
        )],
    ),
    (
        "anchors and merge keys",
        &[(
            "compose.yaml",
            "x-base: &base\n  image: a\n  cap_drop: [ALL]\n  security_opt: ['no-new-privileges:true']\nservices:\n  web:\n    <<: *base\n    cap_drop: [NET_RAW]\n  db: *base\n",
        )],
    ),
    (
        "variables",
        &[
            (".env", "TAG=1.2\nEMPTY=\nQ=\"quoted $TAG\" # c\nS='$TAG'\nexport E=x#y # z\n"),
            (
                "compose.yaml",
                "services:\n  web:\n    image: a:${TAG}\n    privileged: ${PRIV:-true}\n    user: ${EMPTY:-1000}\n    hostname: ${EMPTY-none}x\n    labels: {q: \"$Q\", s: \"${S}\", e: \"$E\", d: $$TAG, n: \"${N:-${TAG:+set}}\", p: \"${TAG+here}\"}\n    volumes: ['${DIR:-/etc}:/h']\n",
            ),
        ],
    ),
    (
        "files laid over each other",
        &[
            (
                "compose.yaml",
                "services:\n  web:\n    image: a\n    command: [one, two]\n    ports: ['80:80', '443:443']\n    volumes: ['/a:/x', '/b:/y']\n    environment: {A: 1, B: 2}\n    labels: [l=1]\n    cap_add: [A]\n    dns: 192.0.2.1\n    tmpfs: [/one]\n    networks: [front]\n    extra_hosts: ['h:192.0.2.1']\n    logging: {driver: json-file, options: {max-size: 1m}}\n    ulimits: {nofile: 10}\n    deploy: {resources: {limits: {cpus: '1'}}}\n    healthcheck: {test: [CMD, a], interval: 5s}\nnetworks: {front: {}, back: {}}\n",
            ),
            (
                "over.yaml",
                "services:\n  web:\n    command: three\n    ports: ['80:80', '81:81']\n    volumes: ['/c:/x:ro']\n    environment: ['A=3', C=4]\n    labels: {m: 2}\n    cap_add: [A, B]\n    dns: [192.0.2.2]\n    tmpfs: /two\n    networks: {back: {aliases: [w]}}\n    extra_hosts: {i: 192.0.2.2}\n    logging: {options: {max-file: '3'}}\n    ulimits: {nofile: {soft: 1, hard: 2}}\n    deploy: {resources: {limits: {memory: 50M}}}\n    healthcheck: {test: [CMD, b]}\n  new: {image: n}\n",
            ),
            ("over2.yaml", "services:\n  web:\n    logging: {driver: syslog}\n    privileged: true\n"),
        ],
    ),
    (
        "reset and override",
        &[
            (
                "compose.yaml",
                "services:\n  web: {image: a, ports: ['80:80'], privileged: true, cap_add: [A], environment: {A: 1, B: 2}}\n  gone: {image: g}\n",
            ),
            (
                "over.yaml",
                "services:\n  web: {ports: !override ['81:81'], privileged: !reset null, cap_add: !reset [], environment: {A: !reset null}}\n",
            ),
        ],
    ),
    (
        "services extend services",
        &[
            (
                "common.yml",
                "services:\n  base: {image: b, privileged: true, cap_add: [NET_ADMIN], volumes: ['/etc:/h'], environment: {A: 1}, extends: {service: root}}\n  root: {image: r, user: '7', restart: always}\n",
            ),
            (
                "compose.yaml",
                "services:\n  web: {extends: {file: common.yml, service: base}, cap_add: [SYS_TIME], volumes: ['/usr:/h:ro'], environment: [B=2], command: x}\n  api: {extends: {service: web}, privileged: false}\n",
            ),
        ],
    ),
    (
        "extends meets what is laid over",
        &[
            (
                "compose.yaml",
                "services:\n  base: {image: b, cap_add: [A]}\n  web: {extends: {service: base}, cap_add: [B]}\n",
            ),
            ("over.yaml", "services:\n  base: {cap_add: [C]}\n  web: {cap_add: [D]}\n"),
        ],
    ),
    (
        "extended files extend files of their directory",
        &[
            (
                "sub/common.yml",
                "services:\n  base: {extends: {file: ../root.yml, service: root}, cap_add: [B]}\n",
            ),
            ("root.yml", "services:\n  root: {image: r, cap_add: [A]}\n"),
            (
                "compose.yaml",
                "services:\n  web: {extends: {file: ./sub/common.yml, service: base}, cap_add: [C]}\n",
            ),
        ],
    ),
    (
        "included projects",
        &[
            (
                "sub/compose.yaml",
                "services:\n  db: {image: 'db:${TAG:-none}', volumes: ['data:/d'], labels: {o: \"${OWN}\"}}\nvolumes: {data: {driver_opts: {type: none, o: bind, device: /etc}}}\n",
            ),
            ("sub/.env", "TAG=sub\nOWN=sub\n"),
            (".env", "TAG=main\n"),
            ("long.yaml", "services:\n  log: {image: 'log:${L}', cap_add: [A]}\n"),
            ("long-more.yaml", "services:\n  log: {cap_add: [B]}\n"),
            ("long.env", "L=9\n"),
            (
                "compose.yaml",
                "include:\n  - sub/compose.yaml\n  - path: [long.yaml, long-more.yaml]\n    env_file: long.env\nservices:\n  web: {image: w, depends_on: [db, log]}\n",
            ),
        ],
    ),
    (
        "an included file includes",
        &[
            ("a/a.yaml", "include: [../b/b.yaml]\nservices:\n  a: {image: a}\n"),
            ("b/b.yaml", "services:\n  b: {image: b, extends: {file: c.yaml, service: c}}\n"),
            ("b/c.yaml", "services:\n  c: {image: c, read_only: true}\n"),
            ("compose.yaml", "include: [a/a.yaml]\n"),
        ],
    ),
    (
        "several documents",
        &[(
            "compose.yaml",
            "services:\n  web: {image: a, cap_add: [A]}\n---\nservices:\n  web: {cap_add: [B]}\n",
        )],
    ),
    (
        "long forms laid over short ones",
        &[
            (
                "compose.yaml",
                "services:\n  web:\n    image: a\n    ports: ['127.0.0.1:80:80']\n    volumes: ['/a:/x']\n    devices: ['/dev/a:/dev/x']\n    security_opt: [a=b]\n",
            ),
            (
                "over.yaml",
                "services:\n  web:\n    ports: [{target: 80, published: '80', host_ip: 127.0.0.1}]\n    volumes: [{type: bind, source: /b, target: /x, read_only: true}]\n    devices: ['/dev/b:/dev/x:r']\n    security_opt: [c=d]\n",
            ),
        ],
    ),
];

#[test]
fn projects_are_read_as_docker_compose_reads_them() {
    let Some(program) = program() else { return };
    let mut wrong = Vec::new();
    for (name, project) in PROJECTS {
        let directory = tempfile::tempdir().unwrap();
        for (file, text) in *project {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let theirs = theirs(&program, project, directory.path());
        let ours = ours(project);
        for key in theirs.keys().chain(ours.keys()).collect::<std::collections::BTreeSet<_>>() {
            if theirs.get(key) != ours.get(key) {
                wrong.push(format!(
                    "{name}: {key}\n theirs {:?}\n ours   {:?}",
                    theirs.get(key),
                    ours.get(key)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words that start Compose 2.
fn program() -> Option<Vec<String>> {
    let named = std::env::var("SEAWALL_DOCKER_COMPOSE").ok().map(|program| vec![program]);
    let usual = [vec!["docker".to_owned(), "compose".to_owned()], vec!["docker-compose".to_owned()]];
    let is_second = |words: &Vec<String>| {
        let output = Command::new(&words[0]).args(&words[1..]).args(["version", "--short"]).output();
        output.is_ok_and(|output| {
            output.status.success()
                && !String::from_utf8_lossy(&output.stdout).trim_start_matches('v').starts_with("1.")
        })
    };
    let found = named.into_iter().chain(usual).find(is_second);
    if found.is_none() {
        println!("skipped: no docker compose (hint: SEAWALL_DOCKER_COMPOSE=PROGRAM)");
    }
    found
}

fn theirs(program: &[String], project: Project, directory: &Path) -> BTreeMap<String, String> {
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]).current_dir(directory).env_clear();
    for file in given(project) {
        command.args(["-f", file]);
    }
    let output = command.args(["-p", "x", "config"]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("it writes text");
    specs(&text, &ComposeOptions::default())
}

fn ours(project: Project) -> BTreeMap<String, String> {
    let text =
        |name: &str| project.iter().find(|(file, _)| *file == name).map(|(_, text)| (*text).to_owned());
    let mut overlays = given(project);
    let first = overlays.remove(0);
    let options = ComposeOptions {
        variables: read_env_file(&text(".env").unwrap_or_default(), &BTreeMap::new()),
        load: Some(&text),
        overlays: overlays
            .into_iter()
            .map(|name| Overlay { name: name.to_owned(), text: text(name).expect("a file of the project") })
            .collect(),
        ..ComposeOptions::default()
    };
    specs(&text(first).expect("a file of the project"), &options)
}

fn given(project: Project) -> Vec<&'static str> {
    let is_given = |name: &&str| *name == "compose.yaml" || name.starts_with("over");
    project.iter().map(|(name, _)| *name).filter(is_given).collect()
}

/// The containers, one line a setting, without what tells only the order of a text.
fn specs(text: &str, options: &ComposeOptions<'_>) -> BTreeMap<String, String> {
    let compose = read_compose(text, options).expect("a compose file");
    assert!(compose.read.gaps.is_empty(), "{:?}", compose.read.gaps);
    let mut specs = BTreeMap::new();
    for mut spec in compose.read.specs {
        spec.places = workload::Places::default();
        spec.environment.sort_by(|a, b| a.name.cmp(&b.name));
        // The program writes the network down that a service has when it names none.
        spec.networks.sort();
        spec.networks.retain(|name| name != "default");
        if let workload::Stated::Given(workload::Namespace::Networks(names)) = &mut spec.namespaces.network {
            names.sort();
        }
        for mount in &mut spec.mounts {
            mount.options.retain(|option| option != "ro");
            mount.read_only = workload::Stated::Given(mount.read_only.is_true());
        }
        spec.privileged = workload::Stated::Given(spec.privileged.is_true());
        spec.mounts.sort_by(|a, b| a.target.cmp(&b.target));
        spec.extra_hosts = spec.extra_hosts.iter().map(|host| host.replace('=', ":")).collect();
        let value = serde_json::to_value(&spec).expect("JSON");
        for (key, value) in value.as_object().expect("an object") {
            specs.insert(format!("{}.{key}", spec.name), value.to_string());
        }
    }
    specs
}
