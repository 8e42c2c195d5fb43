//! A container that is hardened already, and has any of the settings that confine nothing, is made again from what is
//! written out: the engine then tells the same of both. Needs a Docker Engine; containers are made, none is started.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "scripts are given to the shell as files")]

use harden::container::{Form, Wish, harden_container};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use testkit::Dockerd;
use workload::{capability_name, read_inspect};

/// What leaves nothing to be hardened.
const CONFINED: &[&str] = &[
    "--security-opt=no-new-privileges:true",
    "--cap-drop=ALL",
    "--read-only",
    "--tmpfs=/run:rw,noexec,nosuid,nodev,size=1048576",
    "--cgroupns=private",
];

/// Settings of which each is there or not; of those that exclude each other one is chosen.
const SETTINGS: &[&[&[&str]]] = &[
    &[&["--user=10001"], &["--user=10001:10002"]],
    &[&["--memory=64m", "--memory-swap=64m"], &["--memory=64m", "--memory-swap=96m"], &["--memory=64m"]],
    &[&["--cpus=0.5"], &["--cpu-quota=50000", "--cpu-period=100000"]],
    &[&["--pids-limit=50"]],
    &[&["--ulimit=nofile=10:20"], &["--ulimit=nofile=10:20", "--ulimit=core=0:0"]],
    &[&["--restart=on-failure:3"], &["--restart=no"], &["--restart=no", "--rm"]],
    &[
        &["--log-opt=max-size=1m"],
        &["--log-driver=none"],
        &["--log-opt=max-size=1m", "--log-opt=tag=it's {{.Name}}"],
    ],
    &[
        &["--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=65536"],
        &["--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=65536,mode=1777,uid=7"],
    ],
];

/// Settings that may be left out.
const OPTIONAL: &[&[&[&str]]] = &[
    &[&["--hostname=inside"]],
    &[&["--domainname=example.com"]],
    &[&["--workdir=/a b/$HOME"]],
    &[
        &["--dns=192.0.2.53"],
        &["--dns=192.0.2.53", "--dns=2001:db8::53", "--dns-search=example.com", "--dns-option=ndots:2"],
    ],
    &[&["--add-host=db:192.0.2.7"], &["--add-host=db:192.0.2.7", "--add-host=six:2001:db8::7"]],
    &[&["--label=team=a\"b 'c' $d `e`"], &["--label=x", "--label=y=1=2"]],
    &[
        &[
            "--health-cmd=test -f /a && echo 'ok $x'",
            "--health-interval=90s",
            "--health-timeout=1500ms",
            "--health-retries=4",
            "--health-start-period=1m",
        ],
        &["--no-healthcheck"],
    ],
    &[&["--stop-signal=SIGUSR1"], &["--stop-signal=15"]],
    &[&["--stop-timeout=33"]],
    &[&["--shm-size=1048576"]],
    &[&["--group-add=1234"], &["--group-add=1234", "--group-add=audio"]],
    &[&["--ipc=none"], &["--ipc=shareable"]],
    &[&["--expose=9000"], &["--expose=9000/udp", "--expose=9001"]],
    &[&["--tty"], &["--interactive"]],
    &[&["--env=MODE=a b", "--env=TOKEN=x=y"]],
    &[
        &["--volume=/etc/hostname:/h:ro"],
        &["--mount=type=bind,source=/etc,target=/e,readonly,bind-propagation=rslave"],
        &["--volume=data:/data"],
        &["--mount=type=volume,source=data,target=/data,volume-nocopy"],
    ],
    &[&["--device=/dev/null:/dev/zilch:r"]],
    &[&["--device-cgroup-rule=c 189:* rw"]],
    &[&["--sysctl=net.ipv4.ip_local_port_range=1024 65000"]],
    &[&["--cap-add=NET_ADMIN"], &["--cap-add=CHOWN", "--cap-add=SETUID"]],
    &[&["--cpu-shares=512"]],
    &[&["--memory-reservation=32m"]],
    &[&["--init"]],
    &[&["--entrypoint=/bin/other"], &["--entrypoint="]],
    &[&["--security-opt=label=type:svirt_t"]],
    &[&["--oom-score-adj=300"]],
    &[&["--cgroup-parent=/lot"]],
    &[&["--security-opt=apparmor=docker-default"]],
];

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn options(numbers: &mut Numbers) -> Vec<&'static str> {
    let mut options = CONFINED.to_vec();
    for group in SETTINGS {
        options.extend(group[numbers.below(group.len())]);
    }
    for group in OPTIONAL {
        if numbers.below(3) == 0 {
            options.extend(group[numbers.below(group.len())]);
        }
    }
    options
}

#[test]
fn what_is_made_from_the_script_is_the_same_container() {
    let Some(dockerd) = engine() else { return };
    let mut numbers = Numbers(7);
    let mut seen = BTreeSet::new();
    for case in 0..40 {
        let options = options(&mut numbers);
        if !create(&dockerd, &options) {
            continue;
        }
        let old = inspect(&dockerd, "old");
        let text = written(&dockerd, &old, Form::Run);
        let script =
            text.replace("exec docker run", "exec docker create").replace("set -- --detach", "set --");
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("run.sh"), &script).unwrap();
        environment(directory.path());
        let output = Command::new("sh")
            .arg("run.sh")
            .current_dir(&directory)
            .env("DOCKER_HOST", dockerd.host())
            .output()
            .unwrap();
        succeeded(&output, &script);
        same(&old, &inspect(&dockerd, "new"), &script, case);
        dockerd.docker(&["rm", "--volumes", "old", "new"]);
        seen.extend(options);
    }
    let all = SETTINGS.iter().chain(OPTIONAL).flat_map(|group| group.iter().flat_map(|option| option.iter()));
    let never: Vec<&&str> = all.filter(|option| !seen.contains(**option)).collect();
    assert!(never.len() < 8, "never made: {never:?}");
}

#[test]
fn what_is_made_from_the_compose_file_is_the_same_container() {
    let Some(dockerd) = engine() else { return };
    let Some(compose) = std::env::var_os("SEAWALL_DOCKER_COMPOSE") else {
        println!("skipped: SEAWALL_DOCKER_COMPOSE names no docker compose");
        return;
    };
    let mut numbers = Numbers(11);
    for case in 0..20 {
        // Compose 2 has no key for these, or says them otherwise.
        let mut options = options(&mut numbers);
        options.retain(|option| {
            !["--rm", "--memory=64m"].contains(option) && !option.starts_with("--security-opt=apparmor")
        });
        options.push("--memory=64m");
        if !options.iter().any(|option| option.starts_with("--memory-swap")) {
            options.push("--memory-swap=64m");
        }
        if !create(&dockerd, &options) {
            continue;
        }
        let old = inspect(&dockerd, "old");
        let text = written(&dockerd, &old, Form::Compose);
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("compose.yaml"), &text).unwrap();
        environment(directory.path());
        let output = Command::new(&compose)
            .args(["-p", "x", "create", "--pull=never"])
            .current_dir(&directory)
            .env("DOCKER_HOST", dockerd.host())
            .output()
            .unwrap();
        succeeded(&output, &text);
        same(&old, &inspect(&dockerd, "new"), &text, case);
        dockerd.docker(&["rm", "--volumes", "old", "new"]);
    }
}

fn engine() -> Option<Dockerd> {
    let dockerd = testkit::private_dockerd()?;
    let directory = tempfile::tempdir().unwrap();
    let dockerfile = "FROM scratch\nCOPY serve /bin/serve\nENTRYPOINT [\"/bin/serve\"]\nCMD [\"all\"]\nWORKDIR /srv\nSTOPSIGNAL SIGINT\n\
        ENV PATH=/bin\nLABEL made=here\nEXPOSE 80\nHEALTHCHECK CMD [\"/bin/check\"]\n";
    std::fs::write(directory.path().join("Dockerfile"), dockerfile).unwrap();
    std::fs::write(directory.path().join("serve"), "#!/bin/sh\n").unwrap();
    dockerd.build("web:1", directory.path());
    Some(dockerd)
}

/// Makes the container `old`; false when this engine does not take these settings together.
fn create(dockerd: &Dockerd, options: &[&str]) -> bool {
    let mut arguments = vec!["create", "--name=old", "--network=none"];
    arguments.extend(options);
    arguments.extend(["web:1", "it's $HOME", "`id`"]);
    let output = Command::new("docker").args(&arguments).env("DOCKER_HOST", dockerd.host()).output().unwrap();
    if !output.status.success() {
        println!("not made: {}", String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default());
    }
    output.status.success()
}

fn inspect(dockerd: &Dockerd, name: &str) -> Value {
    let text = dockerd.docker(&["inspect", "--type=container", name]);
    serde_json::from_str::<Vec<Value>>(&text).unwrap().remove(0)
}

fn written(dockerd: &Dockerd, old: &Value, form: Form) -> String {
    let image: Vec<Value> = serde_json::from_str(&dockerd.docker(&["image", "inspect", "web:1"])).unwrap();
    let config = &image[0]["Config"];
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let mut spec = read_inspect(old.to_string().as_bytes()).unwrap().specs.remove(0);
    spec.name = "new".to_owned();
    let capabilities = words(&old["HostConfig"]["CapAdd"]).iter().map(|name| capability_name(name)).collect();
    let wish = Wish {
        inspected: Some(old.clone()),
        image_config: Some(config.clone()),
        image_entrypoint: words(&config["Entrypoint"]),
        image_command: words(&config["Cmd"]),
        image_variables: vec!["PATH".to_owned()],
        capabilities: Some(capabilities),
        ..Wish::default()
    };
    harden_container(&spec, &wish).write(form)
}

/// The values that the person who makes it anew writes down.
fn environment(directory: &Path) {
    std::fs::write(directory.join("new.env"), "MODE=a b\nTOKEN=x=y\n").unwrap();
}

#[track_caller]
fn succeeded(output: &Output, text: &str) {
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn same(old: &Value, new: &Value, text: &str, case: usize) {
    let (old, new) = (settings(old), settings(new));
    for key in old.keys().chain(new.keys()) {
        assert_eq!(old.get(key), new.get(key), "case {case}: {key}\n{text}");
    }
}

/// What the engine tells of a container, one entry a setting; what says nothing, and what tells only how it was said,
/// left out.
fn settings(document: &Value) -> Map<String, Value> {
    let mut settings = Map::new();
    let id = document["Id"].as_str().unwrap();
    for part in ["Config", "HostConfig"] {
        for (name, value) in document[part].as_object().unwrap() {
            let is_told_otherwise = matches!(
                name.as_str(),
                "AttachStdin"
                    | "AttachStdout"
                    | "AttachStderr"
                    | "StdinOnce"
                    | "Binds"
                    | "Mounts"
                    | "Volumes"
                    | "ConsoleSize"
                    | "ContainerIDFile"
            );
            let is_id = name == "Hostname" && value.as_str().is_some_and(|name| id.starts_with(name));
            if is_told_otherwise || is_id || says_nothing(value) {
                continue;
            }
            settings.insert(format!("{part}.{name}"), sorted(name, value.clone()));
        }
    }
    let spec = read_inspect(document.to_string().as_bytes()).unwrap().specs.remove(0);
    let mut mounts: Vec<String> = spec
        .mounts
        .iter()
        .map(|mount| {
            let nocopy = mount.options.iter().any(|option| option == "nocopy");
            let propagation = mount.propagation.given().filter(|name| *name != "rprivate");
            format!(
                "{:?} {} {} {} {propagation:?} {nocopy}",
                mount.kind,
                mount.source,
                mount.target,
                mount.is_writable()
            )
        })
        .collect();
    mounts.sort();
    settings.insert("mounts".to_owned(), json!(mounts));
    let networks = document["NetworkSettings"]["Networks"].as_object().unwrap();
    settings.insert("networks".to_owned(), json!(networks.keys().collect::<Vec<_>>()));
    settings
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn sorted(name: &str, mut value: Value) -> Value {
    match (&mut value, name) {
        // The engine's own profile by its name.
        (Value::Array(list), "SecurityOpt") => {
            list.retain(|option| option != "apparmor=docker-default");
            list.sort_by_key(Value::to_string);
        }
        (Value::Array(list), "Env" | "Ulimits" | "CapAdd" | "ExtraHosts" | "GroupAdd") => {
            list.sort_by_key(Value::to_string);
        }
        (Value::Object(map), "Tmpfs") => {
            for options in map.values_mut() {
                let mut words: Vec<&str> = options.as_str().unwrap_or_default().split(',').collect();
                words.sort_unstable();
                *options = json!(words);
            }
        }
        // What compose writes to find its own again.
        (Value::Object(map), "Labels") => map.retain(|name, _| !name.starts_with("com.docker.compose.")),
        // The name alone says "no".
        (Value::Object(map), "RestartPolicy") if map.get("Name").is_some_and(|name| name == "") => {
            map.insert("Name".to_owned(), json!("no"));
        }
        _ => {}
    }
    value
}
