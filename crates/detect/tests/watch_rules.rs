//! Seawall's own rules: they load without a warning, and each has a story that it tells of and one that it does not.
//!
//! `testdata/watch/scenarios.txt` says for each rule `bad:` and `good:` stories. A story is a row of steps:
//! `host`, `container` (where the next program starts), `run[:upper|:memfd] PROGRAM ARGUMENT…` (a child of the program
//! before), `as USER`, `back` (to its parent), `open r|r:upper|w|wt PATH` (`!` before the path for a failed one),
//! `connect IP:PORT`, `connect PATH`, and `call NAME parameter=value …` for anything else.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

mod foreseen;

use detect::{Engine, Matching, Options, Session, Stream, View, Words};
use events::{Endpoint, EventBuilder, Kind, OwnedEvent, ParameterType, SocketTuple};
use falco::{Limits, Loader, Ruleset};
use state::State;
use std::collections::BTreeSet;
use std::path::Path;

const CONTAINER: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn load() -> Ruleset {
    let mut names: Vec<_> = std::fs::read_dir(root().join("rules/watch"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    names.sort();
    let mut loader = Loader::new(&Words, Limits::default());
    let mut last = None;
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let result = loader.load(&name, &std::fs::read_to_string(&path).unwrap());
        assert!(result.successful, "{}", result.text());
        // Words that only later files use are told as unused until then.
        let odd = |code: &str| !matches!(code, "LOAD_UNUSED_MACRO" | "LOAD_UNUSED_LIST");
        assert!(!result.warnings.iter().any(|warning| odd(warning.code)), "{}", result.text());
        last = Some(result);
    }
    let last = last.unwrap();
    assert!(last.warnings.is_empty(), "{}", last.text());
    loader.finish()
}

#[test]
fn rules_are_complete_and_look_at_few_kinds_of_events() {
    let ruleset = load();
    assert!(ruleset.rules.len() >= 51, "{}", ruleset.rules.len());
    for rule in &ruleset.rules {
        let name = &rule.name;
        assert!(rule.description.len() > 20, "{name}");
        assert!(rule.tags.contains("seawall"), "{name}");
        assert!(rule.tags.contains("container") || rule.tags.contains("host"), "{name}");
        assert!(rule.tags.iter().any(|tag| tag.starts_with('T')), "{name}");
        assert!((1..20).contains(&rule.kinds.len()), "{name}: {}", rule.kinds.len());
        assert!(rule.output.contains("%proc.cmdline"), "{name}");
    }
}

#[test]
fn each_rule_tells_of_its_bad_stories_and_not_of_its_good_ones() {
    let ruleset = load();
    let options = Options { matching: Matching::All, ..Options::default() };
    let engine = Engine::new(&ruleset, &options).unwrap();
    let text = std::fs::read_to_string(root().join("crates/detect/testdata/watch/scenarios.txt")).unwrap();
    let (mut rule, mut wrong) = ("", Vec::new());
    let (mut with_bad, mut with_good) = (BTreeSet::new(), BTreeSet::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("rule: ") {
            rule = name;
            assert!(ruleset.rules.iter().any(|one| one.name == rule), "there is no rule '{rule}'");
            continue;
        }
        let (kind, story) = line.split_once(": ").unwrap();
        let told = told(&engine, story);
        match kind {
            "bad" => {
                with_bad.insert(rule);
                if !told.contains(rule) {
                    wrong.push(format!("{rule} is silent on: {story} (told: {told:?})"));
                }
            }
            "good" => {
                with_good.insert(rule);
                if !told.is_empty() {
                    wrong.push(format!("{told:?} on: {story}"));
                }
            }
            other => panic!("{other}"),
        }
    }
    for one in &ruleset.rules {
        for (stories, kind) in [(&with_bad, "bad"), (&with_good, "good")] {
            if !stories.contains(one.name.as_str()) {
                wrong.push(format!("{} has no {kind} story", one.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rules that tell of a story.
fn told(engine: &Engine, story: &str) -> BTreeSet<String> {
    let mut teller = Teller {
        engine,
        state: State::new(state::Limits::default()),
        session: Session::default(),
        told: BTreeSet::new(),
        time: 1_000,
        processes: vec![1],
        next: 100,
        container: true,
        user: 0,
    };
    for step in split(story, ';') {
        teller.step(step.trim());
    }
    teller.told
}

struct Teller<'e> {
    engine: &'e Engine,
    state: State,
    session: Session,
    told: BTreeSet<String>,
    time: u64,
    processes: Vec<i64>,
    next: i64,
    container: bool,
    user: i64,
}

impl Teller<'_> {
    fn step(&mut self, step: &str) {
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        match word.split_once(':').unwrap_or((word, "")) {
            ("host", _) => self.container = false,
            ("container", _) => self.container = true,
            ("as", _) => self.user = rest.parse().unwrap(),
            ("back", _) => drop(self.processes.pop()),
            ("run", how) => self.run(how, rest),
            ("open", _) => self.open(rest),
            ("connect", _) => self.connect(rest),
            ("call", _) => self.call(rest),
            _ => panic!("what is '{step}'?"),
        }
    }

    fn thread(&self) -> i64 {
        *self.processes.last().unwrap()
    }

    fn happens(&mut self, event: &OwnedEvent) {
        let event = event.event();
        self.state.process(&event);
        let view = View::new(event, &self.state, Stream::default());
        let matched = self.engine.matches(&view, &mut self.session);
        foreseen::check(self.engine, &event, &self.state, !matched.is_empty());
        for rule in matched {
            self.told.insert(self.engine.template(*rule).rule.clone());
        }
    }

    fn start(&mut self, kind: Kind) -> EventBuilder<'static> {
        self.time += 1_000;
        EventBuilder::new(kind).at(self.time, self.thread())
    }

    fn run(&mut self, how: &str, command: &str) {
        let arguments = words(command);
        let parent = self.thread();
        self.next += 1;
        self.processes.push(self.next);
        let thread = self.next;
        let cgroup =
            if self.container { format!("cpuset=/docker/{CONTAINER}") } else { "cpuset=/".to_owned() };
        let flags = match how {
            "upper" => 2,
            "memfd" => 4,
            _ => 0,
        };
        let comm: String = arguments[0].rsplit('/').next().unwrap().chars().take(15).collect();
        let user = self.user;
        let event = self
            .start(Kind::EXECVE)
            .number("res", 0)
            .text("exe", &arguments[0])
            .texts("args", &arguments[1..])
            .number("tid", thread)
            .number("pid", thread)
            .number("ptid", parent)
            .text("cwd", "/")
            .number("fdlimit", 1024)
            .text("comm", comm)
            .texts("cgroups", [cgroup.as_str()])
            .texts("env", ["PATH=/bin"])
            .number("tty", 0)
            .number("vpgid", thread)
            .number("loginuid", -1)
            .number("flags", flags)
            .number("cap_inheritable", 0)
            .number("cap_permitted", 0)
            .number("cap_effective", 0)
            .number("uid", user)
            .text("trusted_exepath", &arguments[0])
            .build();
        self.happens(&event);
    }

    fn open(&mut self, rest: &str) {
        let (mode, path) = rest.split_once(' ').unwrap();
        let flags = match mode {
            "r" => "O_RDONLY",
            "r:upper" => "O_RDONLY|FD_UPPER_LAYER",
            "w" => "O_WRONLY|O_CREAT",
            "wt" => "O_WRONLY|O_CREAT|O_TRUNC",
            _ => panic!("{mode}"),
        };
        let (fd, path) = match path.strip_prefix('!') {
            Some(path) => (-13, path),
            None => (7, path),
        };
        self.call(&format!("openat fd={fd} dirfd=-100 name={path} flags={flags} mode=420"));
    }

    fn connect(&mut self, target: &str) {
        let socket = self
            .start(Kind::SOCKET)
            .number("fd", 5)
            .number("domain", 2)
            .number("type", 1)
            .number("proto", 6)
            .build();
        self.happens(&socket);
        let connect = self.start(Kind::CONNECT).number("res", 0);
        let event = if target.starts_with('/') {
            let path = target.as_bytes().to_vec();
            connect.with("tuple", move |out| {
                SocketTuple::Unix { source: 1, destination: 2, path: &path }.write(out);
            })
        } else {
            let (ip, port) = target.rsplit_once(':').unwrap();
            let server = Endpoint { ip: ip.parse().unwrap(), port: port.parse().unwrap() };
            let client = Endpoint { ip: [172, 17, 0, 2].into(), port: 40_000 };
            connect.with("tuple", |out| SocketTuple::Ip { source: client, destination: server }.write(out))
        };
        let event = event.number("fd", 5).build();
        self.happens(&event);
    }

    fn call(&mut self, rest: &str) {
        let words = words(rest);
        let kind = Kind::named(&words[0]).find(|kind| !kind.info().unwrap().is_enter());
        let kind = kind.unwrap_or_else(|| panic!("no call '{}'", words[0]));
        let mut event = self.start(kind);
        for parameter in kind.info().unwrap().parameters {
            let Some(value) =
                words[1..].iter().find_map(|word| word.strip_prefix(parameter.name)?.strip_prefix('='))
            else {
                continue;
            };
            use ParameterType as P;
            event = match parameter.r#type {
                P::Text | P::Path | P::PathAt(_) => event.text(parameter.name, value),
                P::Bytes => event.bytes(parameter.name, value.as_bytes()),
                P::Flags8(set)
                | P::Flags16(set)
                | P::Flags32(set)
                | P::Enum8(set)
                | P::Enum16(set)
                | P::Enum32(set)
                | P::Mode(set) => {
                    let number = value.parse().unwrap_or_else(|_| {
                        let bit = |name| set.number(name).unwrap_or_else(|| panic!("no flag {name}"));
                        i64::from(value.split('|').map(bit).fold(0, |all, one| all | one))
                    });
                    event.number(parameter.name, number)
                }
                _ => event.number(parameter.name, value.parse().unwrap()),
            };
        }
        let event = event.build();
        self.happens(&event);
    }
}

/// Words between blanks, without quotes; those in quotes keep their blanks.
fn words(text: &str) -> Vec<String> {
    let mut words = split(text, ' ');
    for word in &mut words {
        if let Some(quote) = word.chars().next().filter(|first| matches!(first, '\'' | '"')) {
            *word = word.trim_matches(quote).to_owned();
        }
    }
    words
}

/// Parts between separators that are not in quotes.
fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut quote) = (Vec::new(), String::new(), None);
    for character in text.chars() {
        match (character, quote) {
            (other, None) if other == separator => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            ('\'' | '"', None) => quote = Some(character),
            (end, Some(start)) if end == start => quote = None,
            _ => {}
        }
        part.push(character);
    }
    parts.push(part);
    parts.retain(|part| !part.trim().is_empty());
    parts
}
