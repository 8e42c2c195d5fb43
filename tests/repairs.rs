//! Promise: what is applied is checked, kept and can be taken back; a daemon that does not come back gets its old
//! configuration. Against a private Docker Engine; the host's own is not touched.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use testkit::Dockerd;

struct Host {
    dockerd: Dockerd,
    state: tempfile::TempDir,
}

impl Host {
    fn start() -> Option<Self> {
        let dockerd = testkit::private_dockerd()?;
        let state = tempfile::tempdir().unwrap();
        std::fs::set_permissions(state.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Some(Self { dockerd, state })
    }

    fn with_container() -> Option<Self> {
        let host = Self::start()?;
        host.dockerd.import("web:1", &testkit::Tar::new().file("bin/serve", b"x").finish());
        host.dockerd.docker(&[
            "create",
            "--name",
            "weak",
            "--network=none",
            "--restart=always",
            "--privileged",
            "web:1",
            "/bin/serve",
        ]);
        Some(host)
    }

    fn harden(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_seawall"))
            .arg("harden")
            .args(arguments)
            .env("DOCKER_HOST", self.dockerd.host())
            .env("SEAWALL_HARDEN_STATE", self.state.path().canonicalize().unwrap())
            .env_remove("DOCKER_CONTEXT")
            .output()
            .unwrap()
    }

    #[track_caller]
    fn must(&self, arguments: &[&str], status: i32) -> String {
        let output = self.harden(arguments);
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        said
    }

    fn planned(&self) -> Vec<String> {
        let output = self.harden(&["plan", "--json"]);
        let plan: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        plan["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn configuration(&self) -> PathBuf {
        self.dockerd.directory().canonicalize().unwrap().join("daemon.json")
    }

    fn inspect(&self, field: &str) -> String {
        self.dockerd.docker(&["inspect", "weak", "--format", &format!("{{{{json {field}}}}}")])
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn limits_of_a_container_are_changed_live_verified_and_taken_back() {
    let Some(host) = Host::with_container() else { return };
    let planned = host.planned();
    for id in
        ["container/weak/pids", "container/weak/restart", "container/weak/cpu", "container/weak/recreate"]
    {
        assert!(planned.iter().any(|there| there == id), "{id}: {planned:?}");
    }
    host.must(&["apply", "container/weak/pids", "container/weak/restart", "--dry-run"], 0);
    assert_eq!(host.inspect(".HostConfig.RestartPolicy.Name"), "\"always\"", "a dry run changes nothing");
    host.must(&["apply", "container/weak/pids", "container/weak/restart"], 0);
    assert_eq!(host.inspect(".HostConfig.RestartPolicy.Name"), "\"on-failure\"");
    assert_eq!(host.inspect(".HostConfig.PidsLimit"), "256");
    assert!(!host.planned().iter().any(|id| id == "container/weak/pids"), "it is repaired");
    host.must(&["verify"], 0);
    host.dockerd.docker(&["update", "--pids-limit", "999", "weak"]);
    assert!(host.must(&["verify"], 1).contains("container/weak/pids: is not so any more"));
    host.dockerd.docker(&["update", "--pids-limit", "256", "weak"]);
    host.must(&["undo"], 0);
    assert_eq!(host.inspect(".HostConfig.RestartPolicy.Name"), "\"always\"");
    assert!(["-1", "0", "null"].contains(&host.inspect(".HostConfig.PidsLimit").as_str()));
}

/// The root of an image with `/bin/sleep` and the libraries that it needs.
fn root_with_sleep() -> Option<Vec<u8>> {
    let program = ["/usr/bin/sleep", "/bin/sleep"].into_iter().find(|path| Path::new(path).is_file())?;
    let listed = Command::new("ldd").arg(program).output().ok()?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut tar = testkit::Tar::new().executable("bin/sleep", &std::fs::read(program).ok()?);
    for path in text.split_whitespace().filter(|word| word.starts_with('/')) {
        tar = tar.executable(path.trim_start_matches('/'), &std::fs::read(path).ok()?);
    }
    Some(tar.finish())
}

/// What the kernel holds a process to: the files of its control group that have one of these names.
fn kernel_limit(pid: &str, controller: &str, names: &[&str]) -> Option<String> {
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    let path = |line: &str| {
        let mut parts = line.splitn(3, ':');
        let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let is_wanted = controllers.is_empty() || controllers.split(',').any(|name| name == controller);
        is_wanted.then(|| {
            let mount = if controllers.is_empty() { String::new() } else { format!("/{controller}") };
            format!("/sys/fs/cgroup{mount}{path}")
        })
    };
    let places: Vec<String> = groups.lines().filter_map(path).collect();
    let files = places.iter().flat_map(|place| names.iter().map(move |name| format!("{place}/{name}")));
    files.filter_map(|file| std::fs::read_to_string(file).ok()).map(|text| text.trim().to_owned()).next()
}

#[test]
fn limits_of_a_running_container_reach_the_kernel_and_are_taken_back() {
    let Some(host) = Host::start() else { return };
    let Some(root) = root_with_sleep() else {
        println!("skipped: no sleep or no ldd here");
        return;
    };
    host.dockerd.import("web:1", &root);
    let started = Command::new("docker")
        .args([
            "run",
            "--detach",
            "--name",
            "weak",
            "--network=none",
            "--restart=always",
            "web:1",
            "/bin/sleep",
            "1000",
        ])
        .env("DOCKER_HOST", host.dockerd.host())
        .output()
        .unwrap();
    if !started.status.success() {
        println!("skipped: no container starts here: {}", String::from_utf8_lossy(&started.stderr));
        return;
    }
    let pid = host.inspect(".State.Pid");
    let pids = || kernel_limit(&pid, "pids", &["pids.max"]);
    let memory = || kernel_limit(&pid, "memory", &["memory.max", "memory.limit_in_bytes"]);
    let processors = || kernel_limit(&pid, "cpu", &["cpu.max", "cpu.cfs_quota_us"]);
    let before = (pids(), memory(), processors());
    let ids =
        ["container/weak/pids", "container/weak/memory", "container/weak/cpu", "container/weak/restart"];
    let planned = host.planned();
    assert!(ids.iter().all(|id| planned.iter().any(|there| there == id)), "{planned:?}");
    host.must(&[&["apply"], ids.as_slice()].concat(), 0);
    assert_eq!(pids().as_deref(), Some("256"), "the kernel counts");
    let bytes = host.inspect(".HostConfig.Memory");
    assert_eq!(memory(), Some(bytes));
    assert_ne!(processors(), before.2);
    assert_eq!(host.inspect(".HostConfig.NanoCpus"), "1000000000");
    assert_eq!(host.inspect(".HostConfig.RestartPolicy.Name"), "\"on-failure\"");
    assert_eq!(host.inspect(".State.Pid"), pid, "it runs on");
    host.must(&["verify"], 0);
    host.must(&["undo"], 0);
    assert_eq!(pids(), before.0);
    assert_eq!(host.inspect(".HostConfig.RestartPolicy.Name"), "\"always\"");
    // The engine cannot take these limits away from a container that exists: they become all that the host has.
    assert_ne!(memory().as_deref(), Some("67108864"));
    assert_eq!(host.inspect(".State.Pid"), pid, "it runs on");
    host.dockerd.docker(&["rm", "--force", "weak"]);
}

#[test]
fn what_is_not_in_the_plan_or_needs_recreation_or_a_restart_is_refused() {
    let Some(host) = Host::with_container() else { return };
    assert!(host.must(&["apply", "container/weak/recreate"], 2).contains("only written out"));
    assert!(host.must(&["apply", "daemon-json/no-such-key"], 2).contains("the plan has no change"));
    assert!(host.must(&["apply", "daemon-json/default-ulimits"], 2).contains("restarts the daemon"));
    let texts = host.state.path().join("texts");
    host.must(&["plan", "--write", texts.to_str().unwrap()], 1);
    let script = std::fs::read_to_string(texts.join("container-weak-recreate/run.sh")).unwrap();
    assert!(script.contains("--read-only") && !script.contains("--privileged\n"));
    assert_eq!(host.inspect(".HostConfig.Privileged"), "true", "nothing was recreated");
}

#[test]
fn modes_of_files_are_changed_and_taken_back() {
    let Some(host) = Host::start() else { return };
    let file = host.configuration();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let id = format!("file-mode{}", file.display());
    assert!(host.planned().contains(&id), "{:?}", host.planned());
    host.must(&["apply", &id], 0);
    assert_eq!(mode(&file), 0o644);
    assert!(!host.planned().contains(&id));
    host.must(&["undo"], 0);
    assert_eq!(mode(&file), 0o666);
}

/// On a host of its own, with an /etc of its own.
const WATCHED: &str = r#"
start_engine
mkdir -p /etc/audit/rules.d
"$SEAWALL" harden plan --json > "$WORK/plan.json" || true
grep -q '"id":"audit-rules"\|"id": "audit-rules"' "$WORK/plan.json" || { cat "$WORK/plan.json" >&2; exit 1; }
"$SEAWALL" harden apply audit-rules >&2
file=$(find /etc/audit/rules.d -type f)
stat --format '%a %U' "$file"
cat "$file"
if command -v auditctl > /dev/null && auditctl -s > /dev/null 2>&1; then
  auditctl -l | grep -q dockerd && echo LOADED
else
  echo "not tried: whether the kernel watches: no auditctl, or no right to ask it" >&2
  echo UNLOADED
fi
"$SEAWALL" harden undo >&2
[ ! -e "$file" ] && echo GONE
"#;

#[test]
fn audit_rules_are_written_where_auditd_reads_them_and_taken_back() {
    let Some(private) = testkit::private_host() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut command = private.command(WATCHED);
    command
        .env("SEAWALL", env!("CARGO_BIN_EXE_seawall"))
        .env("SEAWALL_HARDEN_STATE", state.path().canonicalize().unwrap())
        .env_remove("DOCKER_HOST");
    let Some(output) = private.run(command) else { return };
    let text = String::from_utf8_lossy(&output.stdout);
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("640 root\n"), "{text}");
    assert!(text.contains("dockerd") && text.trim_end().ends_with("GONE"), "{text}");
    assert!(text.contains("LOADED"), "{text}");
}

#[test]
fn owners_of_files_are_changed_and_taken_back() {
    let Some(host) = Host::start() else { return };
    let file = host.configuration();
    std::os::unix::fs::chown(&file, Some(65534), Some(65534)).unwrap();
    let owner = || {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(&file).unwrap();
        (metadata.uid(), metadata.gid())
    };
    let id = format!("file-owner{}", file.display());
    assert!(host.planned().contains(&id), "{:?}", host.planned());
    host.must(&["apply", &id], 0);
    assert_eq!(owner(), (0, 0));
    assert!(!host.planned().contains(&id));
    host.must(&["undo"], 0);
    assert_eq!(owner(), (65534, 65534));
}

#[test]
fn a_reloadable_key_counts_without_a_restart_and_is_taken_back() {
    let Some(host) = Host::start() else { return };
    let (file, before) = (host.configuration(), std::fs::read(host.configuration()).unwrap());
    let live = || host.dockerd.docker(&["info", "--format", "{{.LiveRestoreEnabled}}"]);
    assert_eq!(live(), "false");
    let pid = std::fs::read(host.dockerd.directory().join("pid")).unwrap();
    host.must(&["apply", "daemon-json/live-restore"], 0);
    assert_eq!(live(), "true");
    assert_eq!(std::fs::read(host.dockerd.directory().join("pid")).unwrap(), pid, "no restart");
    host.must(&["verify"], 0);
    host.must(&["undo"], 0);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

/// A program that restarts the private engine, and does not when its configuration holds `poison`; the engine that it
/// starts is ended with this.
struct Restarter {
    script: PathBuf,
    pid_file: PathBuf,
}

impl Restarter {
    fn new(host: &Host, poison: &str) -> Self {
        let directory = host.dockerd.directory();
        let pid_file = directory.join("pid");
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        let line = std::fs::read(format!("/proc/{}/cmdline", pid.trim())).unwrap();
        let words: Vec<String> = line
            .split(|byte| *byte == 0)
            .filter(|word| !word.is_empty())
            .map(|word| format!("'{}'", String::from_utf8_lossy(word)))
            .collect();
        let text = format!(
            "#!/bin/sh\n\
             pid=$(cat '{pid}' 2>/dev/null)\n\
             [ -z \"$pid\" ] || kill \"$pid\" 2>/dev/null\n\
             while [ -n \"$pid\" ] && [ -e \"/proc/$pid/exe\" ]; do sleep 0.05; done\n\
             grep -q '{poison}' '{config}' && exit 1\n\
             setsid {command} >> '{log}' 2>&1 < /dev/null &\n",
            pid = pid_file.display(),
            config = directory.join("daemon.json").display(),
            command = words.join(" "),
            log = directory.join("log").display(),
        );
        let script = host.state.path().join("restart.sh");
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { script, pid_file }
    }
}

impl Drop for Restarter {
    fn drop(&mut self) {
        let Ok(pid) = std::fs::read_to_string(&self.pid_file) else { return };
        let _ = Command::new("kill").arg(pid.trim()).status();
        for _ in 0..200 {
            if std::fs::read_link(format!("/proc/{}/exe", pid.trim())).is_err() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

#[test]
fn a_restart_that_fails_brings_the_old_configuration_back() {
    let Some(host) = Host::start() else { return };
    let before = std::fs::read(host.configuration()).unwrap();
    let restarter = Restarter::new(&host, "default-ulimits");
    let script = restarter.script.display().to_string();
    let said = host.must(
        &[
            "apply",
            "daemon-json/default-ulimits",
            "--allow-restart",
            "--restart-command",
            &script,
            "--wait",
            "30",
        ],
        2,
    );
    assert!(said.contains("daemon.json was taken back and the daemon runs with it again"), "{said}");
    assert_eq!(std::fs::read(host.configuration()).unwrap(), before);
    assert!(!host.dockerd.docker(&["version", "--format", "{{.Server.Version}}"]).is_empty());
}

#[test]
fn a_restart_that_works_keeps_the_new_configuration_until_undo() {
    let Some(host) = Host::start() else { return };
    let before = std::fs::read(host.configuration()).unwrap();
    let restarter = Restarter::new(&host, "never in it");
    let script = restarter.script.display().to_string();
    let restart = ["--allow-restart", "--restart-command", &script, "--wait", "30"];
    host.must(
        &[&["apply", "daemon-json/default-ulimits", "daemon-json/no-new-privileges"], &restart[..]].concat(),
        0,
    );
    let text = std::fs::read_to_string(host.configuration()).unwrap();
    assert!(text.contains("\"default-ulimits\"") && text.contains("overlay2"), "{text}");
    assert!(text.contains("\"no-new-privileges\": true"), "{text}");
    // Engines before 23.0 do not tell it.
    let version = host.dockerd.docker(&["version", "--format", "{{.Server.Version}}"]);
    if version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 23)
    {
        let options = host.dockerd.docker(&["info", "--format", "{{.SecurityOptions}}"]);
        assert!(options.contains("no-new-privileges"), "{options}");
    }
    host.must(&[&["undo"], &restart[..]].concat(), 0);
    assert_eq!(std::fs::read(host.configuration()).unwrap(), before);
}

#[test]
fn an_engine_starts_with_the_certificates_that_the_command_made() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let at = |name: &str| directory.path().canonicalize().unwrap().join(name);
    let seawall = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args(["harden", "tls", "--directory", at("").to_str().unwrap()])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let drop_in = at("unit.d/tls.conf");
    let listen = ["--listen", "127.0.0.1:2376", "--exec-start", "/usr/bin/dockerd -H fd://", "--drop-in"];
    seawall(&[&["--client", "deploy"], &listen[..], &[drop_in.to_str().unwrap()]].concat());
    let modes = [
        ("ca.pem", 0o444),
        ("ca-key.pem", 0o400),
        ("server-cert.pem", 0o444),
        ("server-key.pem", 0o400),
        ("client-deploy/key.pem", 0o400),
    ];
    for (name, expected) in modes {
        assert_eq!(mode(&at(name)), expected, "{name}");
    }
    assert!(
        std::fs::read_to_string(&drop_in).unwrap().contains("-H fd:// -H tcp://127.0.0.1:2376 --tlsverify")
    );
    let authority = std::fs::read(at("ca.pem")).unwrap();
    let (server, client) =
        (std::fs::read(at("server-cert.pem")).unwrap(), std::fs::read(at("client-deploy/cert.pem")).unwrap());
    seawall(&["--renew"]);
    assert_eq!(std::fs::read(at("server-cert.pem")).unwrap(), server, "not due");
    seawall(&["--renew", "--force"]);
    assert_ne!(std::fs::read(at("server-cert.pem")).unwrap(), server);
    assert_ne!(std::fs::read(at("client-deploy/cert.pem")).unwrap(), client);
    assert_eq!(std::fs::read(at("ca.pem")).unwrap(), authority, "what clients trust stays");
    seawall(&["--revoke", "deploy"]);
    assert!(std::fs::read_to_string(at("crl.pem")).unwrap().contains("X509 CRL"));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let path = |name: &str| at(name).display().to_string();
    let arguments = [
        format!("--host=tcp://127.0.0.1:{port}"),
        "--tlsverify".to_owned(),
        format!("--tlscacert={}", path("ca.pem")),
        format!("--tlscert={}", path("server-cert.pem")),
        format!("--tlskey={}", path("server-key.pem")),
    ];
    let Some(dockerd) = testkit::private_dockerd_with_arguments(&arguments) else { return };
    let mut command = dockerd.command();
    command.env("DOCKER_HOST", format!("tcp://127.0.0.1:{port}"));
    command.env("DOCKER_TLS_VERIFY", "1").env("DOCKER_CERT_PATH", at("client-deploy"));
    let output = command.args(["version", "--format", "{{.Server.Version}}"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn certificates_are_judged_by_the_clock_of_the_machine() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["harden", "tls", "--directory", directory.path().to_str().unwrap()])
        .env("SOURCE_DATE_EPOCH", "946684800")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["ca.pem", "server-cert.pem"] {
        let text = std::fs::read(directory.path().join(name)).unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(&text).unwrap();
        // Builds of the year 2000 would have made it for a year that is long over.
        assert!(pem.parse_x509().unwrap().validity().is_valid(), "{name}");
    }
}
