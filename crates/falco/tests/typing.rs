//! What of conditions and outputs is checked by type, and what is told as odd.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{OPEN, load, rule, told};

#[test]
fn conditions_are_checked_by_type() {
    for (condition, message) in [
        ("evt.type=open and proc.nom = a", "filter_check called with nonexistent field proc.nom"),
        ("evt.type=open and proc.name[1] = a", "filter error: field proc.name: takes no argument"),
        ("evt.type = opens", "unknown event type opens"),
        ("proc.pid contains 1", "filter error: 'contains' operator not supported for numeric filters"),
        ("evt.failed > 1", "filter error: '>' operator not supported for numeric filters"),
        ("fd.sip startswith 10", "filter error: 'startswith' operator not supported for ip address"),
        ("evt.buffer regex x", "filter error: 'regex' operator not supported for buffer filters"),
        ("proc.name bcontains 00", "filter error: 'bcontains' operator not supported for string filters"),
        ("fd.types = a", "filter error: '=' operator not supported list filters"),
        ("proc.pid = many", "many is not a valid number"),
        ("proc.pid = 99999999999999999999", "99999999999999999999 does not fit INT64"),
        ("evt.failed = yes", "filter error: unrecognized boolean value yes"),
        ("fd.sip = 1.2.3", "unrecognized IPv4 address 1.2.3"),
        ("fd.snet = 10.0.0.0", "unrecognized IP network 10.0.0.0"),
        ("fd.snet = 10.0.0.0/33", "invalid netmask 33"),
        ("fd.sport = gopher", "unrecognized protocol gopher"),
        (
            "evt.buffer bcontains xyz",
            "filter error: bcontains and bstartswith operator support hex strings only",
        ),
        ("proc.name = \"a\\x00\"", "filter error: filter value cannot contain a NUL byte"),
        ("proc.name regex '(a'", "invalid regex pattern: "),
        (
            "proc.name = val(proc.pid)",
            "field 'proc.name' has type 'CHARBUF' while the right-hand side field 'proc.pid'",
        ),
        ("proc.aname = val(proc.name)", "field 'proc.aname' doesn't support right-hand side fields"),
        ("proc.name = val(proc.aname)", "field 'proc.aname' can't be used as a right-hand side field"),
        ("fd.snet = val(fd.snet)", "field type 'IPNET' doesn't support right-hand side fields"),
        ("proc.name pmatch val(proc.pname)", "operator 'pmatch' doesn't support right-hand side fields"),
        ("tolower(proc.aname) = a", "field 'proc.aname' does not support transformers"),
        ("tolower(proc.pid) = a", "can't add field transformer: type 'INT64' is not supported by 'tolower'"),
        ("tolower(proc.name)[1] = a", "filter error: transformer 'tolower' does not support field arguments"),
        ("join(proc.name) = a", "join() requires exactly 2 arguments"),
        ("join(fd.types, fd.types) = a", "join() first argument (separator) must be a single value"),
        ("join('-', proc.name) = a", "join() second argument must be a list"),
        ("concat(proc.name, fd.types) = a", "concat() arguments must be strings"),
        ("getopt(proc.name, 'n')[n] = a", "getopt() first argument must be a list"),
        ("getopt(fd.types, 'n')[no] = a", "getopt() field argument must be a single option character"),
    ] {
        let (result, _) = load(&rule(&format!("  condition: |\n    {condition}\n")));
        let error = result.errors.first().unwrap_or_else(|| panic!("{condition} loads"));
        assert_eq!(error.code, "LOAD_ERR_COMPILE_CONDITION", "{condition}");
        assert!(error.message.starts_with(message), "{condition}: {}", error.message);
        assert_eq!(error.line, 6, "{condition}");
    }
    for condition in [
        "evt.type=open and proc.pid = -1",
        "evt.type=open and evt.num = -1",
        "evt.type=open and fd.sport in (ssh, 80)",
        "evt.type=open and fd.sip in (192.0.2.1, ::1)",
        "evt.type=open and fd.snet = 2001:db8::/32",
        "evt.type=open and evt.buffer bstartswith CAfe",
        "evt.type=open and len(fd.types) > 2",
        "evt.type=open and proc.name = val(proc.pname)",
        "evt.type=open and proc.aname[2] = a",
        "evt.type=open and proc.name regex 'a{,2}'",
    ] {
        let (result, _) = load(&rule(&format!("  condition: |\n    {condition}\n")));
        assert!(result.successful && result.warnings.is_empty(), "{}", result.text());
    }
}

#[test]
fn outputs_are_checked() {
    let with = |output: &str| {
        format!("- {{rule: one, desc: d, priority: INFO, condition: evt.type=open, output: '{output}'}}\n")
    };
    for (output, message) in [
        ("%proc.nom", "unknown filter: filter_check called with nonexistent field proc.nom"),
        ("100%", "invalid formatting syntax: formatting cannot end with a %"),
        ("%12", "invalid formatting syntax: formatting cannot end with a number"),
        ("% proc.name", "unknown filter: "),
        ("%fd.snet", "unknown filter: fd.snet is filter only"),
        ("%tolower(proc.pid)", "unknown filter: can't add field transformer"),
    ] {
        let (result, _) = load(&with(output));
        let error = result.errors.first().unwrap_or_else(|| panic!("{output} loads"));
        assert_eq!((error.code, error.line), ("LOAD_ERR_COMPILE_OUTPUT", 1), "{output}");
        assert!(error.message.starts_with(message), "{output}: {}", error.message);
    }
    for output in [
        "%proc.name.",
        "%proc.name.exe",
        "*%20proc.name,%proc.pid",
        "%proc.aname[2]",
        "%proc.name[x",
        "%toupper(proc.name)%proc.pid",
    ] {
        assert!(load(&with(output)).0.successful, "{output}");
    }
}

#[test]
fn warnings_tell_what_is_odd() {
    for (condition, expected) in [
        ("proc.name = a", &["NO_EVTTYPE"][..]),
        ("evt.type != open", &["NO_EVTTYPE"]),
        ("evt.type = open or proc.name = a", &["NO_EVTTYPE"]),
        ("not (proc.name = a or evt.type != open)", &[]),
        ("evt.type = open and evt.type = close", &[]),
        ("evt.num = 0", &[]),
        ("evt.num in (0)", &[]),
        ("not evt.num > 0", &[]),
        ("evt.type = open and evt.dir = <", &["DEPRECATED_ITEM"]),
        ("evt.type = open and proc.name = proc.pname", &["COMPILE_CONDITION"]),
        ("evt.type = open and proc.name = \"toupper(proc.name)\"", &["COMPILE_CONDITION"]),
        ("evt.type = open and proc.name regex 'sh.*'", &["COMPILE_CONDITION"]),
        ("evt.type = open and proc.name regex 'a.*b'", &[]),
        ("evt.type = open and ka.verb = <NA>", &["UNSAFE_NA_CHECK"]),
        ("evt.type = open and proc.name = <NA>", &[]),
    ] {
        let (result, _) = load(&rule(&format!("  condition: |\n    {condition}\n")));
        let codes: Vec<&str> =
            result.warnings.iter().map(|one| one.code.trim_start_matches("LOAD_")).collect();
        assert!(result.successful, "{}", result.text());
        assert_eq!(codes, expected, "{condition}");
        assert!(result.warnings.iter().all(|one| one.hint.is_some()));
    }
    told(&rule(&format!("{OPEN}  warn_evttypes: false\n")).replace("evt.type=open", "proc.name=a"), &[]);
    told(
        &rule(OPEN).replace("%proc.name", "%evt.latency %container.info"),
        &[
            "1:3 DEPRECATED_ITEM %container.info",
            "3:11 DEPRECATED_ITEM usage of deprecated field 'evt.latency'",
        ],
    );
    // What is not known may be skipped, when the rule says so.
    let skipped =
        |condition: &str| rule(&format!("  condition: {condition}\n  skip-if-unknown-filter: true\n"));
    for condition in ["evt.type=open and proc.nom=a", "evt.type=opens"] {
        let (result, ruleset) = load(&skipped(condition));
        assert_eq!(result.warnings[0].code, "LOAD_UNKNOWN_FILTER");
        assert!(result.successful && ruleset.rules.is_empty());
    }
    assert!(!load(&skipped("evt.type=open and proc.pid=a")).0.successful);
}
