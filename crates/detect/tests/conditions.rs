//! What conditions mean: one table a group of operators, over an event whose values the test makes up.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use detect::fields::FieldId;
use detect::fields::container::ContainerField;
use detect::fields::descriptor::DescriptorField;
use detect::fields::event::EventField;
use detect::fields::path::PathField;
use detect::fields::process::ProcessField;
use detect::fields::user::UserField;
use detect::{Engine, Matching, Options, Session, Source, Value, Words};
use events::Kind;
use falco::{Argument, Limits, Loader};
use std::net::{IpAddr, Ipv4Addr};

/// An `openat` of `/etc/shadow` by `cat`, below `bash` below `sshd`, over a connection.
struct Made {
    kind: Kind,
}

const ANCESTORS: [&str; 3] = ["bash", "sshd", "systemd"];
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

impl Source for Made {
    fn kind(&self) -> u16 {
        u16::try_from(self.kind.slot().unwrap()).unwrap()
    }

    fn value<'v>(&'v self, field: FieldId, argument: &Argument, room: &'v mut Vec<u8>) -> Value<'v> {
        match (field, argument) {
            (FieldId::Event(EventField::Type), _) => Value::Text(self.kind.info().unwrap().name.as_bytes()),
            (FieldId::Event(EventField::Number), _) => Value::Unsigned(5),
            (FieldId::Event(EventField::RawResult), _) => Value::Signed(-13),
            (FieldId::Event(EventField::Failed), _) => Value::Bool(true),
            (FieldId::Event(EventField::Buffer), _) => Value::Text(b"\x7fELF\0\x01"),
            (FieldId::Event(EventField::Argument), Argument::Key(key)) if key == "flags" => {
                room.extend_from_slice(b"O_RDONLY|O_CLOEXEC");
                Value::Text(room)
            }
            (FieldId::Process(ProcessField::Name), _) => Value::Text(b"cat"),
            (FieldId::Process(ProcessField::CommandLine), _) => Value::Text(b"cat /etc/shadow"),
            (FieldId::Process(ProcessField::Exe), _) => Value::Text(b"Y2F0"),
            (FieldId::Process(ProcessField::AncestorName), Argument::Index(index)) => {
                let ancestor = usize::try_from(*index).ok().and_then(|index| ANCESTORS.get(index - 1));
                Value::text_or_missing(ancestor.map(|name| name.as_bytes()))
            }
            (FieldId::Process(ProcessField::DescriptorUsage), _) => Value::Double(12.5),
            (FieldId::User(UserField::Id), _) => Value::Unsigned(0),
            (FieldId::User(UserField::LoginId), _) => Value::Signed(-1),
            (FieldId::Descriptor(DescriptorField::Name), _) => Value::Text(b"/etc/shadow"),
            (FieldId::Descriptor(DescriptorField::ServerIp | DescriptorField::ServerNet), _) => {
                Value::Address(SERVER)
            }
            (FieldId::Descriptor(DescriptorField::ServerPort), _) => Value::Unsigned(22),
            (FieldId::Path(PathField::Name), _) => Value::Text(b"/proc/1/environ"),
            (FieldId::Container(ContainerField::Id), _) => Value::Text(b"host"),
            _ => Value::Missing,
        }
    }

    fn each(&self, field: FieldId, _: &Argument, visit: &mut dyn FnMut(Value<'_>) -> bool) {
        match field {
            FieldId::Process(ProcessField::AncestorName) => {
                ANCESTORS.iter().all(|name| visit(Value::Text(name.as_bytes())));
            }
            FieldId::Descriptor(DescriptorField::Ip | DescriptorField::Net) => {
                [CLIENT, SERVER].iter().all(|address| visit(Value::Address(*address)));
            }
            FieldId::Descriptor(DescriptorField::Port) => {
                [40_000, 22].iter().all(|port| visit(Value::Unsigned(*port)));
            }
            FieldId::Descriptor(DescriptorField::Types) => {
                ["file", "ipv4"].iter().all(|name| visit(Value::Text(name.as_bytes())));
            }
            _ => {}
        }
    }
}

fn rule(condition: &str) -> String {
    let condition = condition.replace('\'', "''");
    format!(
        "- {{rule: one, desc: d, condition: '{condition}', output: o, priority: INFO, warn_evttypes: false}}\n"
    )
}

#[track_caller]
fn is_true(condition: &str) -> bool {
    let mut loader = Loader::new(&Words, Limits::default());
    let result = loader.load("rules", &rule(condition));
    assert!(result.successful, "{condition}: {}", result.text());
    let engine = Engine::new(loader.ruleset(), &Options::default()).unwrap();
    !engine.matches(&Made { kind: Kind::OPENAT }, &mut Session::default()).is_empty()
}

#[track_caller]
fn check(cases: &[(&str, bool)]) {
    for (condition, expected) in cases {
        assert_eq!(is_true(condition), *expected, "{condition}");
        assert_eq!(is_true(&format!("not ({condition})")), !expected, "not ({condition})");
    }
}

#[test]
fn texts() {
    check(&[
        ("proc.name = cat", true),
        ("proc.name == 'cat'", true),
        ("proc.name != cat", false),
        ("proc.name = Cat", false),
        ("proc.cmdline contains shadow", true),
        ("proc.cmdline contains ''", true),
        ("proc.cmdline icontains SHADOW", true),
        ("proc.cmdline icontains SHADOWS", false),
        ("proc.cmdline startswith 'cat '", true),
        ("proc.cmdline endswith shadow", true),
        ("proc.cmdline glob '*/etc/*'", true),
        ("proc.cmdline glob CAT*", false),
        ("proc.cmdline iglob CAT*", true),
        ("proc.cmdline regex 'cat.*w'", true),
        ("proc.cmdline regex shadow", false),
        ("proc.name in (dog, cat)", true),
        ("proc.name in (dog, ca)", false),
        ("proc.name in ()", false),
        ("proc.name intersects (dog, cat)", true),
        ("fd.name pmatch (/etc)", true),
        ("fd.name pmatch (/etc/)", true),
        ("fd.name pmatch (/etc/shadow, /usr)", true),
        ("fd.name pmatch (/etc/sha)", false),
        ("fd.name pmatch (/et)", false),
        ("fd.name pmatch (/)", true),
        ("fs.path.name pmatch (/proc/*/environ)", true),
        ("fs.path.name pmatch (/proc/[a-z]*/environ)", false),
    ]);
}

#[test]
fn modifiers() {
    check(&[
        ("proc.cmdline contains anyof (dog, shadow)", true),
        ("proc.cmdline contains allof (cat, shadow)", true),
        ("proc.cmdline contains allof (cat, dog)", false),
        ("proc.cmdline contains oneof (cat, shadow)", false),
        ("proc.cmdline contains oneof (cat, dog)", true),
        ("proc.name = oneof (cat, dog)", true),
        ("proc.name = anyof (dog)", false),
        ("proc.name != allof (dog, bird)", true),
        ("proc.name != allof (dog, cat)", false),
        ("proc.name != anyof (dog, cat)", true),
        ("proc.name regex anyof ('c.t', 'd.g')", true),
        ("proc.name startswith allof ()", false),
    ]);
}

#[test]
fn numbers_and_flags() {
    check(&[
        ("evt.num = 5", true),
        ("evt.num = 0x5", true),
        ("evt.num >= 5", true),
        ("evt.num > 5", false),
        ("evt.num < 6", true),
        ("evt.num in (4, 5)", true),
        ("evt.rawres < 0", true),
        ("evt.rawres = -13", true),
        ("evt.rawres != -13", false),
        ("evt.failed = true", true),
        ("evt.failed != false", true),
        ("user.loginuid = -1", true),
        ("user.uid = 0", true),
        ("proc.fdusage > 12", true),
        ("proc.fdusage < 13", true),
        ("fd.sport = 22", true),
        ("fd.sport = ssh", true),
        ("evt.arg.flags contains O_CLOEXEC", true),
        ("evt.buffer bcontains 454c46", true),
        ("evt.buffer bstartswith 7f45", true),
        ("evt.buffer contains ELF", true),
        ("evt.buffer bcontains 4646", false),
    ]);
}

#[test]
fn addresses_and_both_ends() {
    check(&[
        ("fd.sip = 198.51.100.1", true),
        ("fd.sip = ::1", false),
        ("fd.sip != ::1", true),
        ("fd.snet = 198.51.100.0/24", true),
        ("fd.snet in (10.0.0.0/8, 198.51.100.0/31)", true),
        ("fd.snet = 198.51.100.2/32", false),
        ("fd.ip = 192.0.2.7", true),
        ("fd.ip in (203.0.113.1, 198.51.100.1)", true),
        ("fd.ip != 192.0.2.7", false),
        ("fd.ip != 203.0.113.1", true),
        ("fd.net = 192.0.2.0/24", true),
        ("fd.net != 192.0.2.0/24", false),
        ("fd.port = 22", true),
        ("fd.port != 22", false),
        ("fd.port in (80, 443)", false),
    ]);
}

#[test]
fn ancestors_and_lists() {
    check(&[
        ("proc.aname = sshd", true),
        ("proc.aname in (init, systemd)", true),
        ("proc.aname = cat", false),
        // Some ancestor is another program: that is what it asks.
        ("proc.aname != sshd", true),
        ("proc.aname[1] = bash", true),
        ("proc.aname[2] = bash", false),
        ("proc.aname[9] != bash", false),
        ("fd.types in (file, ipv4, pipe)", true),
        ("fd.types in (file)", false),
        ("fd.types intersects (pipe, ipv4)", true),
        ("len(fd.types) = 2", true),
        ("join('-', fd.types) = file-ipv4", true),
    ]);
}

#[test]
fn missing_values_make_every_comparison_false() {
    for condition in [
        "proc.pname exists",
        "proc.pname = x",
        "proc.pname != x",
        "proc.pname in (x)",
        "proc.pname contains ''",
        "proc.ppid < 5",
        "proc.ppid != 5",
        "proc.is_exe_writable = false",
        "proc.name = val(proc.pname)",
        "proc.pname = val(proc.name)",
        "tolower(proc.pname) = x",
        "len(proc.pname) = 0",
        "concat(proc.name, proc.pname) = cat",
    ] {
        assert!(!is_true(condition), "{condition}");
        assert!(is_true(&format!("not {condition}")), "not {condition}");
    }
    assert!(is_true("proc.name exists"));
    assert!(is_true("container.id != x"));
}

#[test]
fn functions() {
    check(&[
        ("tolower(proc.name) = cat", true),
        ("toupper(proc.name) = CAT", true),
        ("b64(proc.exe) = cat", true),
        ("b64(proc.cmdline) exists", false),
        ("basename(fd.name) = shadow", true),
        ("len(proc.name) = 3", true),
        ("len(evt.buffer) = 6", true),
        ("concat(proc.name, \"-\", toupper(proc.name)) = cat-CAT", true),
        ("join(\", \", (proc.name, \"x\")) = 'cat, x'", true),
        ("proc.name = val(proc.name)", true),
        ("proc.cmdline startswith val(proc.name)", true),
        ("toupper(proc.name) = toupper(proc.name)", true),
        ("getopt((\"-n\", \"-tvalue\", \"rest\"), \"nt:\")[t] = value", true),
        ("getopt((\"-n\", \"-t\", \"value\"), \"nt:\")[t] = value", true),
        ("getopt((\"-n\", \"rest\", \"-t\", \"x\"), \"nt:\")[t] exists", false),
        ("getopt((\"--long\", \"-xn\"), \"n\") in (\"?\", n)", true),
        ("getopt((\"-t\"), \"t:\")[t] = \"\"", true),
    ]);
}

#[test]
fn connectives_and_kinds() {
    check(&[
        ("evt.type = openat and proc.name = cat", true),
        ("evt.type in (open, openat)", true),
        ("evt.type != openat", false),
        ("evt.type = open or proc.name = cat", true),
        ("not evt.type = open and not proc.name = dog", true),
        ("(evt.type = open and proc.name = cat) or (evt.type = openat and proc.name = dog)", false),
        ("evt.num = 0", false),
        ("evt.type = openat or evt.num = 0", true),
    ]);
}

#[test]
fn rules_match_in_order_first_or_all() {
    let rules =
        "- {rule: a, desc: d, condition: evt.type=openat and proc.name=dog, output: o, priority: INFO}
- {rule: b, desc: d, condition: evt.type=openat, output: o, priority: INFO}
- {rule: c, desc: d, condition: evt.type=openat and proc.name=cat, output: o, priority: DEBUG}
- {rule: d, desc: d, condition: evt.type=openat, output: o, priority: INFO, enabled: false}
- {rule: e, desc: d, condition: evt.type=connect, output: o, priority: INFO}
";
    let mut loader = Loader::new(&Words, Limits::default());
    assert!(loader.load("rules", rules).successful);
    let names = |options: Options| -> Vec<String> {
        let engine = Engine::new(loader.ruleset(), &options).unwrap();
        let matched = engine.matches(&Made { kind: Kind::OPENAT }, &mut Session::default()).to_vec();
        matched.iter().map(|rule| engine.template(*rule).rule.clone()).collect()
    };
    assert_eq!(names(Options::default()), ["b"]);
    assert_eq!(names(Options { matching: Matching::All, ..Options::default() }), ["b", "c"]);
    let urgent = Options {
        matching: Matching::All,
        priority_min: falco::Priority::Informational,
        ..Options::default()
    };
    assert_eq!(names(urgent), ["b"]);
}

#[test]
fn fields_that_never_have_a_value_are_named() {
    let mut loader = Loader::new(&Words, Limits::default());
    let rules = "- {rule: a, desc: d, condition: evt.type=connect and fd.sip.name=x and proc.name=y, output: '%thread.cpu', priority: INFO}
- {rule: b, desc: d, condition: evt.type=connect and fd.sip.name=x, output: o, priority: INFO, enabled: false}
";
    assert!(loader.load("rules", rules).successful);
    let needs = detect::unmet_needs(loader.ruleset());
    let told: Vec<_> =
        needs.iter().map(|need| (need.rule.as_str(), need.field.as_str(), need.in_condition)).collect();
    assert_eq!(told, [("a", "fd.sip.name", true), ("a", "thread.cpu", false)]);
}

#[test]
fn an_engine_looks_only_at_kinds_that_rules_name() {
    let mut loader = Loader::new(&Words, Limits::default());
    assert!(loader.load("rules", &rule("evt.type in (open, connect) and proc.name = cat")).successful);
    let engine = Engine::new(loader.ruleset(), &Options::default()).unwrap();
    assert_eq!(engine.event_names().into_iter().collect::<Vec<_>>(), ["connect", "open"]);
}

#[test]
fn alerts_have_the_shape_that_falco_gives_them() {
    let rules = "- rule: shadow read
  desc: d
  condition: evt.type = openat
  output: \"%proc.name read %6fd.name| %proc.pname (user %user.uid %toupper(proc.name) %fd.types)\\n\"
  priority: WARNING
  tags: [host, container]
";
    let mut loader = Loader::new(&Words, Limits::default());
    let result = loader.load("rules", rules);
    assert!(result.successful, "{}", result.text());
    let options = Options { adds_container_fields: false, ..Options::default() };
    let engine = Engine::new(loader.ruleset(), &options).unwrap();
    let alert = engine.template(0).alert(&Made { kind: Kind::OPENAT }, 951_782_399_000_000_001, "machine");
    assert_eq!(
        serde_json::to_value(&alert).unwrap(),
        serde_json::json!({
            "hostname": "machine",
            "output": "23:59:59.000000001: Warning cat read /etc/s| <NA> (user 0 CAT (file,ipv4))",
            "output_fields": {
                "evt.time": 951_782_399_000_000_001_u64,
                "fd.name": "/etc/shadow",
                "fd.types": ["file", "ipv4"],
                "proc.name": "cat",
                "proc.pname": null,
                "toupper(proc.name)": "CAT",
                "user.uid": 0,
            },
            "priority": "Warning",
            "rule": "shadow read",
            "source": "syscall",
            "tags": ["container", "host"],
            "time": "2000-02-28T23:59:59.000000001Z",
        })
    );
}
