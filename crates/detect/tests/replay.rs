//! Events through state and rules: what fields say of a small story, told by alerts.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use detect::{Alert, Engine, Matching, Options, Session, Stream, View, Words};
use events::{Endpoint, EventBuilder, Kind, OwnedEvent, SocketTuple};
use falco::{Limits, Loader};
use state::State;

const CONTAINER: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

fn exec(thread: i64, parent: i64, arguments: &[&str], container: bool, time: u64) -> OwnedEvent {
    let name = arguments[0].rsplit('/').next().unwrap();
    let cgroup = if container { format!("cpuset=/docker/{CONTAINER}") } else { "cpuset=/".to_owned() };
    EventBuilder::new(Kind::EXECVE)
        .at(time, thread)
        .number("res", 0)
        .text("exe", arguments[0])
        .texts("args", &arguments[1..])
        .number("tid", thread)
        .number("pid", thread)
        .number("ptid", parent)
        .text("cwd", "/root/")
        .number("fdlimit", 1024)
        .text("comm", name)
        .texts("cgroups", [cgroup.as_str()])
        .texts("env", ["PATH=/bin", "HOME=/root"])
        .number("tty", 34_816)
        .number("vpgid", 1)
        .number("loginuid", -1)
        .number("flags", 2)
        .number("cap_inheritable", 0)
        .number("cap_permitted", 3)
        .number("cap_effective", 3)
        .text("trusted_exepath", arguments[0])
        .number("uid", 0)
        .build()
}

fn story() -> Vec<OwnedEvent> {
    let client = Endpoint { ip: [192, 0, 2, 7].into(), port: 40_000 };
    let server = Endpoint { ip: [198, 51, 100, 1].into(), port: 4444 };
    let tuple = SocketTuple::Ip { source: client, destination: server };
    vec![
        exec(10, 1, &["/usr/sbin/sshd", "-D"], false, 1_000),
        exec(20, 10, &["/bin/bash", "-c", "cat /etc/shadow"], true, 2_000),
        exec(30, 20, &["/bin/cat", "/etc/shadow"], true, 3_000),
        EventBuilder::new(Kind::OPENAT)
            .at(4_000, 30)
            .number("fd", 3)
            .number("dirfd", -100)
            .text("name", "../etc/shadow")
            .number("flags", 1 | 4096)
            .number("mode", 0)
            .build(),
        EventBuilder::new(Kind::OPENAT)
            .at(5_000, 30)
            .number("fd", -13)
            .number("dirfd", -100)
            .text("name", "/etc/gshadow")
            .number("flags", 1)
            .number("mode", 0)
            .build(),
        EventBuilder::new(Kind::SOCKET)
            .at(6_000, 20)
            .number("fd", 4)
            .number("domain", 2)
            .number("type", 1)
            .number("proto", 6)
            .build(),
        EventBuilder::new(Kind::CONNECT)
            .at(7_000, 20)
            .number("res", 0)
            .with("tuple", |out| tuple.write(out))
            .number("fd", 4)
            .build(),
        EventBuilder::new(Kind::UNLINK).at(8_000, 30).number("res", 0).text("path", "log/../x").build(),
    ]
}

#[track_caller]
fn alerts(condition: &str, output: &str) -> Vec<Alert> {
    let rules = format!(
        "- rule: one\n  desc: d\n  condition: >\n    {condition}\n  output: '{output}'\n  priority: NOTICE\n  warn_evttypes: false\n"
    );
    let mut loader = Loader::new(&Words, Limits::default());
    let result = loader.load("rules", &rules);
    assert!(result.successful, "{}", result.text());
    let options = Options { matching: Matching::All, adds_container_fields: false, ..Options::default() };
    let engine = Engine::new(loader.ruleset(), &options).unwrap();
    let mut state = State::new(state::Limits::default());
    let mut session = Session::default();
    let mut alerts = Vec::new();
    for owned in story() {
        let event = owned.event();
        state.process(&event);
        let view = View::new(event, &state, Stream { first_ns: 1_000, previous_ns: 0, hostname: "machine" });
        for rule in engine.matches(&view, &mut session) {
            alerts.push(engine.template(*rule).alert(&view, event.time_ns, "machine"));
        }
    }
    alerts
}

/// The one alert of a condition, and what its output says.
#[track_caller]
fn says(condition: &str, output: &str, expected: &str) {
    let alerts = alerts(condition, output);
    let outputs: Vec<&str> = alerts.iter().map(|alert| alert.output.as_str()).collect();
    assert_eq!(outputs.len(), 1, "{condition}: {outputs:?}");
    assert_eq!(outputs[0].split_once(": Notice ").unwrap().1, expected, "{condition}");
}

#[test]
fn processes_and_their_ancestors() {
    says(
        "evt.type = execve and proc.name = cat and proc.pname = bash and proc.aname[2] = sshd",
        "%proc.cmdline|%proc.args|%proc.exe|%proc.exepath|%proc.pcmdline|%proc.aname|%proc.pid|%proc.ppid",
        "cat /etc/shadow|/etc/shadow|/bin/cat|/bin/cat|bash -c cat /etc/shadow|bash sshd|30|20",
    );
    says(
        "evt.type = execve and proc.aname = sshd and proc.name = cat and proc.args[0] = /etc/shadow",
        "%proc.env|%proc.env[HOME]|%proc.cwd|%proc.tty|%proc.cmdnargs|%thread.cap_permitted",
        "PATH=/bin HOME=/root|/root|/root/|34816|1|CAP_CHOWN CAP_DAC_OVERRIDE",
    );
    says(
        "evt.type = execve and proc.is_exe_upper_layer = true and proc.name = bash and proc.exe_layer = upper",
        "%user.name|%user.uid|%user.loginuid|%container.id|%container.full_id|%container.name",
        &format!("root|0|-1|3ad7b26ded6d|{CONTAINER}|<NA>"),
    );
    says(
        "evt.type = execve and container.id = host and not proc.pname exists",
        "%proc.name|%container.name|%container.image.repository|%evt.reltime",
        "sshd|host||0",
    );
}

#[test]
fn files_that_were_opened_and_that_were_not() {
    says(
        "evt.type = openat and fd.name = /etc/shadow and evt.is_open_read = true and evt.is_open_write = false",
        "%fd.num|%fd.directory|%fd.filename|%fd.typechar|%fd.nameraw|%evt.arg.flags|%evt.arg.name|%fs.path.name",
        "3|/etc|shadow|f|../etc/shadow|O_RDONLY|O_CLOEXEC|/etc/shadow|/etc/shadow",
    );
    says(
        "evt.failed = true and evt.type = openat",
        "%evt.res|%evt.rawres|%fd.name|%fd.directory|%fd.type|%evt.arg.fd|%evt.rawarg.fd",
        "EACCES|-13|/etc/gshadow|/etc|<NA>|EACCES|-13",
    );
    says(
        "evt.type = unlink and fs.path.name = /root/x",
        "%fs.path.nameraw|%evt.arg.path|%evt.args",
        "log/../x|/root/x|res=0 path=log/../x(/root/x)",
    );
}

#[test]
fn connections_and_both_their_ends() {
    says(
        "evt.type = connect and fd.sip = 198.51.100.1 and fd.net = 192.0.2.0/24 and fd.port = 4444",
        "%fd.name|%fd.cip|%fd.cport|%fd.sip|%fd.sport|%fd.l4proto|%fd.type|%fd.sockfamily|%fd.connected",
        "192.0.2.7:40000->198.51.100.1:4444|192.0.2.7|40000|198.51.100.1|4444|tcp|ipv4|ip|true",
    );
    assert!(alerts("evt.type = connect and fd.snet = 10.0.0.0/8", "x").is_empty());
}

#[test]
fn every_field_can_be_asked_of_every_event() {
    let outputs: Vec<String> = detect::fields::FieldId::all()
        .filter_map(|(_, spec)| {
            ["", "[0]", "[x]", ".path", ".0"].iter().find_map(|argument| {
                let field = format!("%{}{argument}", spec.name);
                falco::parse_output(&field, &Words).ok().filter(|parts| parts.len() == 1).map(|_| field)
            })
        })
        .collect();
    assert!(outputs.len() > 250, "{}", outputs.len());
    let told = alerts("evt.num >= 0", &outputs.join(" "));
    assert_eq!(told.len(), story().len());
    assert_eq!(told[0], alerts("evt.num >= 0", &outputs.join(" "))[0]);
}
