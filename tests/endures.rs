//! Promise: the watch lasts. No first program is told without its image, memory stays flat, a watch that is killed hurts nobody and
//! the next one says what was missed, and programs with hostile names and arguments are told of without harm.
//!
//! `SEAWALL_ENDURANCE_RUNS` and `SEAWALL_ENDURANCE_GROUPS` set how often; by default few.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

mod support_watch;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support_watch::Watch;

fn count(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn rule_file(directory: &Path, condition: &str) -> PathBuf {
    let file = directory.join("rule.yaml");
    let rule = format!(
        "- rule: told\n  desc: d\n  condition: {condition}\n  output: \"%proc.name %proc.cmdline %container.id\"\n  priority: NOTICE\n"
    );
    fs::write(&file, rule).unwrap();
    file
}

#[test]
fn first_programs_are_told_with_name_image_and_labels() {
    let rules = tempfile::tempdir().unwrap();
    let file = rule_file(
        rules.path(),
        "evt.type = execve and evt.arg.res = 0 and container.id != host and proc.vpid = 1 and proc.name = true",
    );
    let Some(watch) = Watch::start(&[
        "--rules",
        file.to_str().unwrap(),
        "--append-output",
        "tier=%container.label[tier] since=%container.start_ts for=%container.duration",
    ]) else {
        return;
    };
    let since = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()).unwrap();
    let runs = count("SEAWALL_ENDURANCE_RUNS", 5);
    let image = format!("{}:1", watch.image);
    let mut names = BTreeSet::new();
    let start = Instant::now();
    for number in 0..runs {
        let name = format!("run-{number}");
        let words =
            ["run", "--rm", "--network", "none", "--name", &name, "--label", "tier=web", &image, "/bin/true"];
        assert!(watch.dockerd.command().args(words).status().unwrap().success());
        names.insert(name);
    }
    let last = format!("run-{}", runs - 1);
    watch.wait_for("the last", |alert| alert["output_fields"]["container.name"] == last.as_str());
    let mut told = 0;
    for alert in watch.alerts() {
        let fields = &alert["output_fields"];
        assert_eq!(fields["container.image.tag"], "1", "{alert}");
        assert_eq!(fields["container.label[tier]"], "web", "{alert}");
        // The container's own age, not that of the host.
        assert!(fields["container.start_ts"].as_i64().unwrap() > since, "{alert}");
        assert!(fields["container.duration"].as_u64().unwrap() < 60_000_000_000, "{alert}");
        assert!(names.remove(fields["container.name"].as_str().unwrap()), "{alert}");
        told += 1;
    }
    assert!(names.is_empty(), "not told with their image: {names:?}");
    println!("{told} of {runs} first programs with name, image and label in {:?}", start.elapsed());
}

#[test]
fn new_rules_while_much_happens_lose_nothing_and_tell_nothing_twice() {
    const HALF: usize = 300;
    let rules = tempfile::tempdir().unwrap();
    let condition = "evt.type = execve and evt.arg.res = 0 and proc.args startswith seawall-reload-";
    let file = rule_file(rules.path(), condition);
    let Some(watch) = Watch::start(&["--rules", file.to_str().unwrap()]) else { return };
    let signal = || {
        let process = rustix::process::Pid::from_raw(watch.process().try_into().unwrap()).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::HUP).unwrap();
    };
    let has = |alert: &serde_json::Value, text: &str| alert["output"].as_str().unwrap().contains(text);
    let run = |word: &str| assert!(Command::new("/bin/true").arg(word).status().unwrap().success());
    // The rules with another text, so that it is seen when they count.
    let text = fs::read_to_string(&file).unwrap().replace("%container.id", "%container.id anew");
    fs::write(&file, text).unwrap();
    let mut number = 0;
    let mut is_anew = false;
    signal();
    while !is_anew || number < 2 * HALF {
        run(&format!("seawall-reload-{number}-"));
        number += 1;
        is_anew =
            is_anew || number % 20 == 0 && watch.all_alerts().last().is_some_and(|last| has(last, "anew"));
        assert!(number < 100_000, "the new rules do not count");
    }
    run("seawall-reload-last");
    watch.wait_for("the last", |alert| has(alert, "seawall-reload-last"));
    let alerts = watch.all_alerts();
    for number in 0..number {
        let word = format!("seawall-reload-{number}-");
        let count = alerts.iter().filter(|alert| has(alert, &word)).count();
        assert_eq!(count, 1, "{word}: of {} programs", alerts.len());
    }
    let anew = alerts.iter().filter(|alert| has(alert, "anew")).count();
    println!("{number} programs told once each, {anew} of them by the new rules");
    assert!(anew > 0 && anew < alerts.len());
}

/// What ran before the watch, containers and accounts inside them: all is in the recording.
#[test]
fn a_recording_of_everything_gives_the_same_alerts_again() {
    const SAID: &str = "user=%user.name image=%container.image.repository parent=%proc.pcmdline";
    let place = tempfile::tempdir().unwrap();
    let recording = place.path().join("recording").display().to_string();
    let condition = "evt.type = execve and evt.arg.res = 0 and proc.args contains seawall-recorded";
    let file = rule_file(place.path(), condition).display().to_string();
    let mut earlier = Command::new("/bin/sh")
        .args(["-c", "read line; /bin/true seawall-recorded"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let arguments =
        ["--rules", &file, "--append-output", SAID, "--record", &recording].map(str::to_owned).to_vec();
    let tar = testkit::Tar::new().file("etc/passwd", b"root:x:0:0::/:/bin/sh\nworker:x:7:7::/:/bin/sh\n");
    let watch = Watch::start_with(&|_| arguments.clone(), support_watch::PROGRAMS, tar);
    drop(earlier.stdin.take());
    earlier.wait().unwrap();
    let Some(mut watch) = watch else { return };
    let image = format!("{}:1", watch.image);
    let words = ["run", "--rm", "--network", "none", "--user", "7", &image, "/bin/sh", "-c"];
    let script = "/bin/true seawall-recorded inside; /bin/true seawall-recorded last";
    assert!(watch.dockerd.command().args(words).arg(script).status().unwrap().success());
    let said = |alert: &serde_json::Value| alert["output"].as_str().unwrap().to_owned();
    watch.wait_for("the last", |alert| said(alert).contains("true seawall-recorded last"));
    watch.stop();
    let live: Vec<String> =
        watch.all_alerts().iter().filter(|alert| alert["rule"] == "told").map(said).collect();
    let has = |words: &[&str]| live.iter().any(|text| words.iter().all(|word| text.contains(word)));
    assert!(has(&["true true seawall-recorded host", "user=root", "parent=sh "]), "{live:#?}");
    assert!(has(&["last", &format!("image={}", watch.image)]), "{live:#?}");
    let output = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["watch", "--quiet", "--json", "--rule-matching", "all", "--rules", &file])
        .args(["--append-output", SAID, "--replay", &recording])
        .output()
        .unwrap();
    let replayed = String::from_utf8(output.stdout).unwrap();
    let replayed: Vec<String> =
        replayed.lines().map(|line| said(&serde_json::from_str(line).unwrap())).collect();
    assert_eq!(replayed, live);
}

/// A group of a container as an engine names it, in every hierarchy that counts.
struct Group {
    directories: Vec<PathBuf>,
}

impl Group {
    fn make(id: &str) -> Option<Self> {
        let roots = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids", "/sys/fs/cgroup"];
        let is_root = |root: &&str| Path::new(root).join("cgroup.procs").is_file();
        let mut group = Self { directories: Vec::new() };
        for root in roots.iter().filter(|root| is_root(root)) {
            let directory = Path::new(root).join(format!("seawall-{}", std::process::id())).join(id);
            fs::create_dir_all(&directory).ok()?;
            group.directories.push(directory);
        }
        (!group.directories.is_empty()).then_some(group)
    }

    /// A shell that enters the group and becomes another program.
    fn run(&self) {
        let enter: String = self
            .directories
            .iter()
            .map(|directory| format!("echo $$ > {}/cgroup.procs; ", directory.display()))
            .collect();
        let status = Command::new("sh").args(["-c", &format!("{enter} exec /bin/true")]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for directory in &self.directories {
            let end = Instant::now() + Duration::from_secs(5);
            while fs::remove_dir(directory).is_err() && Instant::now() < end {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            let _ = fs::remove_dir(directory.parent().unwrap());
        }
    }
}

/// Anonymous memory of a process in MiB: all but the ring and the program itself.
fn memory_mebibytes(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1024.0
}

#[test]
fn memory_stays_flat_over_short_lived_containers() {
    let Some(watch) = Watch::start(&[]) else { return };
    let groups = count("SEAWALL_ENDURANCE_GROUPS", 60);
    let mut memory = Vec::new();
    for number in 0..groups {
        let Some(group) = Group::make(&format!("{number:064x}")) else {
            println!("skipped: no control group can be made here");
            return;
        };
        group.run();
        drop(group);
        if number % (groups / 20).max(1) == 0 {
            memory.push(memory_mebibytes(watch.process()));
        }
    }
    memory.push(memory_mebibytes(watch.process()));
    println!("MiB beyond the ring over {groups} groups: {memory:.1?}");
    let (early, last) = (memory[memory.len() / 4], memory[memory.len() - 1]);
    assert!(last <= 40.0, "{memory:?}");
    assert!(last - early <= 8.0, "it grows: {memory:?}");
}

#[test]
fn a_killed_watch_hurts_nobody_and_the_next_one_tells_what_was_missed() {
    let Some(mut watch) = Watch::start(&[]) else { return };
    assert!(watch.run("cat /etc/shadow").status.success());
    watch.alert("Password file read in a container");
    watch.kill();
    let start = Instant::now();
    assert!(watch.run("cat /etc/shadow").status.success());
    assert!(start.elapsed() < Duration::from_secs(30), "something hangs");
    let before = watch.alerts().len();
    assert!(watch.begin());
    let gap = watch.wait_for("Host not watched", |alert| alert["rule"] == "Host not watched");
    assert_eq!(gap["output_fields"]["gap.cause"], "the watch was killed or died");
    assert_eq!(gap["priority"], "Critical");
    let (from, until) = (&gap["output_fields"]["gap.from"], &gap["output_fields"]["gap.until"]);
    assert!(until.as_u64().unwrap() > from.as_u64().unwrap(), "{gap}");
    assert!(watch.run("cat /etc/shadow").status.success());
    let end = Instant::now() + Duration::from_secs(60);
    while watch.alerts().len() <= before {
        assert!(Instant::now() < end, "the next one sees nothing");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[test]
fn hostile_names_and_arguments_are_told_without_harm() {
    let rules = tempfile::tempdir().unwrap();
    let file = rule_file(
        rules.path(),
        "evt.type = execve and evt.arg.res = 0 and proc.args contains seawall-hostile",
    );
    let Some(watch) = Watch::start(&["--rules", file.to_str().unwrap()]) else { return };
    // Two megabytes, as the kernel allows: 20 arguments of 100 kB.
    let mut large = Command::new("/bin/true");
    large.arg("seawall-hostile").args((0..20).map(|_| "x".repeat(100_000)));
    assert!(large.stdout(Stdio::null()).status().unwrap().success());
    // A name that clears a terminal, and one that is no text.
    let name = watch.directory().join("\u{1b}[2J\u{7}evil\nname");
    fs::copy("/bin/true", &name).unwrap();
    assert!(Command::new(&name).args(["seawall-hostile", "\u{1b}]0;owned\u{7}"]).status().unwrap().success());
    let told = |part: &str| {
        watch.wait_for(part, |alert| {
            alert["rule"] == "told" && alert["output"].as_str().unwrap().contains(part)
        })
    };
    let large = told("xxxx");
    assert!(large["output"].as_str().unwrap().len() < 20_000);
    let evil = told("evil");
    let output = evil["output"].as_str().unwrap();
    assert!(!output.chars().any(char::is_control), "{output:?}");
}
