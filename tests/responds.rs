//! Promise: what a file of responses says about an alert is done, on the one that the alert is about and on nobody else, and what
//! was done or not done is told.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

mod support_watch;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use support_watch::{PROGRAMS, Watch};

const PATIENCE: Duration = Duration::from_secs(60);
/// `sleep` with an odd number of seconds is what the rules look for, so that tests beside this one are left alone.
const RULES: &str = "
- macro: slept
  condition: evt.type = execve and evt.arg.res = 0 and proc.name = sleep
";

fn rule(name: &str, seconds: &str) -> String {
    format!(
        "- rule: {name}\n  desc: d\n  condition: slept and proc.args = {seconds}\n  output: \"%proc.args policy=%container.policy\"\n  priority: WARNING\n"
    )
}

/// Watches with rules for sleeping so long, and with responses.
fn watch(rules: &[(&str, &str)], responses: &str, more: &[&str]) -> Option<Watch> {
    let arguments = |directory: &Path| {
        let text = rules.iter().map(|(name, seconds)| rule(name, seconds)).collect::<String>();
        std::fs::write(directory.join("rules.yaml"), format!("{RULES}{text}")).unwrap();
        std::fs::write(directory.join("responses.yaml"), format!("version: 1\nresponses:\n{responses}"))
            .unwrap();
        let at = |name: &str| directory.join(name).display().to_string();
        let mut words =
            vec!["--rules".to_owned(), at("rules.yaml"), "--responses".to_owned(), at("responses.yaml")];
        words.extend(more.iter().map(|word| word.replace('@', &at(""))));
        words
    };
    let programs: Vec<&str> = PROGRAMS.iter().copied().chain(["sleep"]).collect();
    Watch::start_with(&arguments, &programs, testkit::Tar::new())
}

/// The line that tells of an action because of a rule.
#[track_caller]
fn response(watch: &Watch, rule: &str, action: &str) -> Value {
    watch.wait_for(&format!("{action} because of {rule}"), |alert| {
        let fields = &alert["output_fields"];
        fields["response.rule"] == rule && fields["response.action"] == action
    })
}

#[track_caller]
fn taken(watch: &Watch, rule: &str, action: &str) -> Value {
    let told = response(watch, rule, action);
    assert_eq!(told["output_fields"]["response.outcome"], "taken", "{told}");
    assert!(told["output_fields"]["response.latency_us"].is_u64(), "{told}");
    println!("{action}: {} us", told["output_fields"]["response.latency_us"]);
    told
}

fn start(watch: &Watch, name: &str, script: &str) -> String {
    let image = format!("{}:1", watch.image);
    let words = [
        "run",
        "-d",
        "--name",
        name,
        "-e",
        "TOKEN=hidden",
        "--network",
        "none",
        &image,
        "/bin/sh",
        "-c",
        script,
    ];
    watch.dockerd.docker(&words)
}

/// The directory of a container's group in the unified hierarchy.
fn group(watch: &Watch, name: &str) -> Option<PathBuf> {
    let process = watch.dockerd.docker(&["inspect", "--format", "{{.State.Pid}}", name]);
    let groups = std::fs::read_to_string(format!("/proc/{process}/cgroup")).ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let places = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].map(|top| Path::new(top).join(path));
    places.into_iter().find(|place| place.join("cgroup.freeze").exists())
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "not so: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_process_is_killed_and_its_container_lives() {
    let Some(watch) = watch(
        &[("long sleep", "7101"), ("dry sleep", "0.7102")],
        "- {rules: [long sleep], do: [kill-process]}\n- {rules: [dry sleep], dry-run: true, do: [kill-process]}\n",
        &[],
    ) else {
        return;
    };
    assert_eq!(
        text(&watch.run("sleep 7101; echo after $?; sleep 0.7102; echo after $?")),
        "after 137\nafter 0\n"
    );
    let told = taken(&watch, "long sleep", "kill-process");
    assert_eq!(told["rule"], "Response taken");
    let tried = response(&watch, "dry sleep", "kill-process");
    assert_eq!(tried["output_fields"]["response.outcome"], "dry-run", "{tried}");
}

#[test]
fn processes_of_the_host_and_excepted_containers_are_left_alone() {
    let Some(watch) = watch(
        &[("host sleep", "7201"), ("excepted sleep", "0.7202")],
        "- {rules: [host sleep], do: [kill-process, freeze]}\n- {rules: [excepted sleep], except: {images: ['programs-*']}, do: [kill-container]}\n",
        &[],
    ) else {
        return;
    };
    let mut child = Command::new("sleep").arg("7201").spawn().unwrap();
    for (action, why) in [("kill-process", "process of the host"), ("freeze", "in no container")] {
        let told = response(&watch, "host sleep", action);
        assert_eq!(
            (&told["rule"], &told["output_fields"]["response.outcome"]),
            (&"Response not taken".into(), &"refused".into())
        );
        assert!(told["output"].as_str().is_some_and(|text| text.contains(why)), "{told}");
    }
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(text(&watch.run("sleep 0.7202; echo after $?")), "after 0\n");
    let told = response(&watch, "excepted sleep", "kill-container");
    assert_eq!(told["output_fields"]["response.outcome"], "refused", "{told}");
}

#[test]
fn a_container_is_held_let_go_and_killed() {
    let Some(watch) = watch(
        &[("hold", "7301"), ("end", "7302")],
        "- {rules: [hold], do: [freeze]}\n- {rules: [end], do: [kill-container]}\n",
        &[],
    ) else {
        return;
    };
    start(&watch, "held", "sleep 7301 & while true; do sleep 1; done");
    taken(&watch, "hold", "freeze");
    let Some(group) = group(&watch, "held") else {
        println!("skipped: no unified hierarchy to look at");
        return;
    };
    let is_frozen =
        || std::fs::read_to_string(group.join("cgroup.events")).is_ok_and(|text| text.contains("frozen 1"));
    assert!(is_frozen());
    let thawed = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["watch", "thaw", "held"])
        .env("DOCKER_HOST", watch.dockerd.host())
        .output()
        .unwrap();
    assert!(thawed.status.success(), "{}", String::from_utf8_lossy(&thawed.stderr));
    wait_until("the container goes on", || !is_frozen());

    start(&watch, "ended", "sleep 7302 & sleep 600 & while true; do sleep 1; done");
    taken(&watch, "end", "kill-container");
    wait_until("the container has ended", || {
        watch.dockerd.docker(&["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "ended"])
            == "exited 137"
    });
    let running = watch.dockerd.docker(&["ps", "--format", "{{.Names}}"]);
    assert_eq!(running, "held", "nobody else was killed");
}

#[test]
fn what_the_watch_itself_finds_leads_to_responses() {
    let Some(watch) = watch(
        &[("never", "7999")],
        "- {rules: [Drift prevented], do: [kill-process, kill-container]}\n",
        &["--drift", "kill"],
    ) else {
        return;
    };
    start(&watch, "kept", "while true; do sleep 1; done");
    start(&watch, "drifted", "cp /bin/sleep /tmp/other; /tmp/other 7501; sleep 600");
    let ended = response(&watch, "Drift prevented", "kill-process");
    assert_ne!(ended["output_fields"]["response.outcome"], "failed", "the kernel killed it already: {ended}");
    taken(&watch, "Drift prevented", "kill-container");
    wait_until("the container has ended", || {
        watch.dockerd.docker(&["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "drifted"])
            == "exited 137"
    });
    assert_eq!(watch.dockerd.docker(&["ps", "--format", "{{.Names}}"]), "kept", "nobody else was killed");
}

#[test]
fn who_changes_watched_files_is_told_and_killed_also_when_it_happened_while_nobody_watched() {
    let Some(mut watch) = watch(
        &[("never", "7998")],
        "- {rules: [File of Seawall changed], do: [kill-container]}\n",
        &["--disable", "*"],
    ) else {
        return;
    };
    watch.stop();
    watch.has_integrity = true;
    assert!(watch.begin());
    let kept = watch.directory().join("state/integrity.json");
    wait_until("the files are known", || kept.exists());
    let (image, mount) = (format!("{}:1", watch.image), format!("{}:/x", watch.directory().display()));
    // By another name, which no rule knows: the file is what it is.
    std::fs::hard_link(watch.directory().join("rules.yaml"), watch.directory().join("innocent")).unwrap();
    let script = "while [ ! -e /x/go ]; do sh -c 'exec 3>> /x/innocent'; sleep 1; done; \
                  echo '# more' >> /x/rules.yaml; while true; do sleep 1; done";
    let words = ["run", "-d", "--name", "writer", "--network", "none", "-v", &mount, &image];
    let id =
        watch.dockerd.docker(&words.iter().copied().chain(["/bin/sh", "-c", script]).collect::<Vec<_>>());
    let told = watch.wait_for("the opening", |alert| alert["output_fields"]["fd.name"] == "/x/innocent");
    assert_eq!(told["output_fields"]["container.name"], "writer", "{told}");
    assert!(told["output_fields"]["file.watched"].as_str().unwrap().ends_with("/rules.yaml"), "{told}");
    std::fs::write(watch.directory().join("go"), "").unwrap();
    taken(&watch, "File of Seawall changed", "kill-container");
    let told = watch.wait_for("the change", |alert| alert["rule"] == "File of Seawall changed");
    let fields = &told["output_fields"];
    assert_eq!((&fields["container.id"], &fields["proc.name"]), (&id[..12].into(), &"sh".into()), "{told}");
    watch.kill();
    std::fs::write(watch.directory().join("responses.yaml"), "version: 1\nresponses: []\n").unwrap();
    assert!(watch.begin());
    let told = watch
        .wait_for("the change between", |alert| alert["output_fields"]["unwatched"] == Value::Bool(true));
    assert_eq!((&told["rule"], &told["priority"]), (&"File of Seawall changed".into(), &"Warning".into()));
    assert!(told["output_fields"]["fd.name"].as_str().unwrap().ends_with("responses.yaml"), "{told}");
}

#[test]
fn a_container_is_taken_from_its_networks() {
    let Some(watch) = watch(&[("leave", "7401")], "- {rules: [leave], do: [disconnect]}\n", &[]) else {
        return;
    };
    let made = watch.dockerd.command().args(["network", "create", "shop"]).output().unwrap();
    if !made.status.success() {
        println!("skipped: no network can be made here: {}", String::from_utf8_lossy(&made.stderr).trim());
        return;
    }
    let image = format!("{}:1", watch.image);
    let words = ["run", "-d", "--name", "left", "--network", "shop", &image, "/bin/sleep", "7401"];
    watch.dockerd.docker(&words);
    taken(&watch, "leave", "disconnect");
    let networks =
        watch.dockerd.docker(&["inspect", "--format", "{{json .NetworkSettings.Networks}}", "left"]);
    assert_eq!(networks, "{}");
}

#[test]
fn evidence_is_kept_of_a_held_container_and_its_recording_gives_the_alert_again() {
    let Some(watch) = watch(
        &[("kept", "7501")],
        "- {rules: [kept], do: [freeze, evidence, record, kill-container]}\n",
        &[
            "--evidence",
            "@evidence",
            "--evidence-copy-kib",
            "1024",
            "--recordings",
            "@recordings",
            "--recording-seconds-after",
            "1",
        ],
    ) else {
        return;
    };
    start(
        &watch,
        "kept",
        "cp /bin/echo /tmp/dropped; cat < /etc/shadow > /tmp/copy; echo hides > /dev/shm/unseen; sleep 7501 & while true; do sleep 1; done",
    );
    let alert = watch.alert("kept");
    for action in ["freeze", "evidence", "kill-container"] {
        taken(&watch, "kept", action);
    }
    let path =
        taken(&watch, "kept", "evidence")["output_fields"]["response.how"].as_str().unwrap().to_owned();
    let read = |name: &str| -> Value {
        let text =
            std::fs::read(Path::new(&path).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        serde_json::from_slice(&text).unwrap()
    };
    assert_eq!(read("alert.json"), alert);
    assert_eq!(alert["output_fields"]["container.policy"], "allow");
    // What was known, and what the held container showed.
    for name in ["known.json", "processes.json"] {
        let text = read(name).to_string();
        assert!(
            text.contains("7501") && text.contains("sleep") && !text.contains("hidden"),
            "{name}: {text}"
        );
        assert!(text.contains("TOKEN=<6 bytes>"), "{name}: {text}");
    }
    let container = read("container.json").to_string();
    assert!(container.contains("TOKEN=<6 bytes>") && !container.contains("hidden"), "{container}");
    assert!(read("known.json")["container"]["image_id"].as_str().is_some_and(|id| id.starts_with("sha256:")));
    let changes = read("changes.json");
    let changed =
        |name: &str| changes.as_array().unwrap().iter().find(|row| row["path"] == name).cloned().unwrap();
    let echo = std::fs::read(testkit::find_program("echo").unwrap()).unwrap();
    let copy = changed("/tmp/dropped")["copy"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read(Path::new(&path).join(copy)).unwrap(), echo);
    assert!(changed("/tmp/copy")["sha256"].is_string());
    // What is in memory alone is in no layer.
    let unseen = changed("/dev/shm/unseen")["copy"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read(Path::new(&path).join(unseen)).unwrap(), b"hides\n");
    let manifest = read("manifest.json");
    let files: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().filter_map(|file| file["name"].as_str()).collect();
    assert!(files.contains(&"recording.jsonl.gz") && files.contains(&"sockets.json"), "{manifest}");
    assert!(files.iter().any(|name| name.starts_with("maps/")), "{manifest}");

    let written = watch.wait_for("Recording written", |alert| alert["rule"] == "Recording written");
    let recording = written["output_fields"]["recording.path"].as_str().unwrap().to_owned();
    for recording in [Path::new(&path).join("recording.jsonl.gz"), PathBuf::from(recording)] {
        let replayed = Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args(["watch", "--json", "--replay"])
            .arg(&recording)
            .arg("--rules")
            .arg(watch.directory().join("rules.yaml"))
            .output()
            .unwrap();
        let alerts: Vec<Value> =
            text(&replayed).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(
            alerts.contains(&alert),
            "{alert} is not among {alerts:?}: {}",
            String::from_utf8_lossy(&replayed.stderr)
        );
    }
}

#[test]
fn dropped_programs_are_refused_once_a_response_says_so() {
    let Some(watch) = watch(&[("refuse", "3.7601")], "- {rules: [refuse], do: [refuse-drift]}\n", &[]) else {
        return;
    };
    start(
        &watch,
        "refusing",
        "cp /bin/echo /tmp/dropped; /tmp/dropped before; sleep 3.7601; while true; do sleep 1; done",
    );
    taken(&watch, "refuse", "refuse-drift");
    let exec = |script: &str| {
        watch.dockerd.command().args(["exec", "refusing", "/bin/sh", "-c", script]).output().unwrap()
    };
    let refused = exec("/tmp/dropped after; echo $?; /bin/echo image");
    assert_eq!(text(&refused), "126\nimage\n", "{}", String::from_utf8_lossy(&refused.stderr));
    // Rules know of it from then on.
    exec("sleep 3.7601 > /dev/null 2>&1 &");
    watch.wait_for("the policy", |alert| {
        alert["rule"] == "refuse" && alert["output"].as_str().unwrap().contains("policy=refuse")
    });
    // A script too, when it is executed itself.
    assert_eq!(
        text(&exec("echo 'echo ran' > /tmp/script; chmod 755 /tmp/script; /tmp/script; echo $?")),
        "126\n"
    );
    let told = watch.wait_for("Execution refused", |alert| alert["rule"] == "Execution refused");
    assert_eq!(told["output_fields"]["fd.name"], "/tmp/dropped");
    // What fanotify does not see is killed: the loader.
    let loaded = exec("for loader in /lib64/ld-linux-*; do $loader /tmp/dropped after; echo $?; done");
    assert_eq!(text(&loaded), "137\n");
    let logs = watch.dockerd.docker(&["logs", "refusing"]);
    assert_eq!(logs, "before");
}

#[test]
fn mistakes_in_a_file_of_responses_are_told_before_anything_is_watched() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("responses.yaml");
    for (text, wanted) in [
        (
            "version: 1\nresponses:\n- rules: [No such rule]\n  do: [freeze]\n",
            "line 3 of the responses: no rule is called 'No such rule'",
        ),
        ("version: 1\nresponses:\n- rules: ['*']\n  do: [frieze]\n", "line 4 of the responses"),
        ("version: 1\nresponses:\n- rules: ['*']\n  do: [evidence]\n", "hint: --evidence DIR"),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args(["watch", "--no-integrity", "--seconds", "1", "--responses"])
            .arg(&file)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if told.contains("BPF needs root") || told.contains("no BTF") {
            println!("skipped: no sensor on this machine");
            return;
        }
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(wanted), "{told}");
    }
}
