//! Files of rules: what loads, what is refused, what is told, and what conditions become.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{OPEN, load, rule, told};

#[track_caller]
fn becomes(text: &str, condition: &str) {
    let (result, ruleset) = load(text);
    assert!(result.successful, "{}", result.text());
    assert_eq!(ruleset.rules[0].condition.to_string(), condition);
}

#[test]
fn shapes_that_are_no_rules() {
    told("", &[]);
    told("---\n---\n", &[]);
    told("text", &["1:1 ERR_YAML_VALIDATE Rules content is not yaml"]);
    told("rule: x", &["1:1 ERR_YAML_VALIDATE Rules content is not yaml array of objects"]);
    told("- text", &["1:3 ERR_YAML_VALIDATE Unexpected element type."]);
    told("- [a\n- b", &["3:1 ERR_YAML_PARSE"]);
    told("- other: x", &["1:3 UNKNOWN_ITEM Unknown top level item"]);
    told("- rule: ''\n", &["1:9 ERR_YAML_VALIDATE Value must be non-empty"]);
    told("- rule:\n", &["1:3 ERR_YAML_VALIDATE Mapping for key 'rule' is empty"]);
    told("- rule: [x]\n", &["1:9 ERR_YAML_VALIDATE Value is not a scalar value"]);
    told("- list: x\n", &["1:3 ERR_YAML_VALIDATE Item has no mapping for key 'items'"]);
    told("- list: x\n  items: a\n", &["2:10 ERR_YAML_VALIDATE Value is not a sequence"]);
    told("- list: x\n  items: [[a]]\n", &["2:11 ERR_YAML_VALIDATE sequence value is not scalar"]);
    told("- macro: x\n", &["1:3 ERR_YAML_VALIDATE Item has no mapping for key 'condition'"]);
    told("- rule: x\n  condition: a\n", &["1:3 ERR_YAML_VALIDATE Item has no mapping for key 'output'"]);
    told("- rule: x\n", &["1:3 ERR_YAML_VALIDATE Item has no mapping for key 'enabled'"]);
    told(&rule(OPEN).replace("INFO", "LOUD"), &["4:13 ERR_YAML_VALIDATE Invalid priority"]);
    told(
        &rule(&format!("{OPEN}  enabled: maybe\n")),
        &["6:12 ERR_YAML_VALIDATE Can't decode YAML scalar value"],
    );
    told(&rule(&format!("{OPEN}  capture_duration: soon\n")), &["6:21 ERR_YAML_VALIDATE Can't decode"]);
    told(&rule(&format!("{OPEN}  colour: red\n")), &["1:3 UNKNOWN_KEY Unknown key 'colour'."]);
    told(
        "- list: x\n  items: []\n  priority: INFO\n",
        &["1:3 UNKNOWN_KEY Unknown key 'priority'", "1:3 UNUSED_LIST"],
    );
}

#[test]
fn requirements_of_versions() {
    told("- required_engine_version: 26\n", &[]);
    told("- required_engine_version: 0.57.0\n", &[]);
    told(
        "- required_engine_version: seven\n",
        &["1:3 ERR_YAML_VALIDATE Unable to parse engine version 'seven'"],
    );
    told(
        "- required_engine_version: 1.0.0\n",
        &["1:3 ERR_VALIDATE Rules require engine version 1.0.0, but engine"],
    );
    told("- required_engine_version: 0.999.0\n", &["1:3 ERR_VALIDATE Rules require engine version 0.999.0"]);
    told("- required_plugin_versions:\n  - {name: boxes, version: 1.0.0}\n", &[]);
    told(
        "- required_plugin_versions:\n  - {name: boxes, version: new}\n",
        &["2:5 ERR_VALIDATE Invalid required version 'new' for plugin 'boxes'"],
    );
    told(
        "- required_plugin_versions: boxes\n",
        &["1:29 ERR_YAML_VALIDATE Value of required_plugin_versions must be"],
    );
    told(
        "- required_plugin_versions:\n  - name: a\n    version: 1.0.0\n    alternatives: [{name: a, version: 1.0.0}]\n",
        &["2:5 ERR_VALIDATE Defined multiple alternative version requirements for plugin 'a'"],
    );
}

#[test]
fn lists_are_put_into_conditions_as_text() {
    let with = |lists: &str, list: &str| {
        format!("{}{lists}", rule(&format!("  condition: evt.type=open and proc.name in ({list})\n")))
    };
    becomes(
        &with("- {list: l, items: [a, b c, \"'d'\"]}\n", "l"),
        "evt.type = open and proc.name in (a, \"b c\", d)",
    );
    becomes(
        &with("- {list: l, items: [a]}\n- {list: m, items: [l, b]}\n", "m, c"),
        "evt.type = open and proc.name in (a, b, c)",
    );
    becomes(&with("- {list: l, items: []}\n", "a, l"), "evt.type = open and proc.name in (a)");
    becomes(&with("- {list: l, items: []}\n", "l, a"), "evt.type = open and proc.name in (a)");
    becomes(&with("- {list: l, items: []}\n", "l"), "evt.type = open and proc.name in ()");
    // A name is a word between delimiters, not a part of one.
    becomes(
        &with("- {list: l, items: [a]}\n", "l-1, xl, l"),
        "evt.type = open and proc.name in (l-1, xl, a)",
    );
    becomes(
        &with("- {list: l, items: [a]}\n- {list: l, items: [b], append: true}\n", "l"),
        "evt.type = open and proc.name in (a, b)",
    );
    becomes(
        &with("- {list: l, items: [a]}\n- {list: l, items: [b], override: {items: append}}\n", "l"),
        "evt.type = open and proc.name in (a, b)",
    );
    becomes(
        &with("- {list: l, items: [a]}\n- {list: l, items: [b], override: {items: replace}}\n", "l"),
        "evt.type = open and proc.name in (b)",
    );
    becomes(
        &with("- {list: l, items: [a]}\n- {list: l, items: [b]}\n", "l"),
        "evt.type = open and proc.name in (b)",
    );
    told(
        "- {list: l, items: [a], append: true}\n",
        &["1:3 ERR_VALIDATE List uses 'append'", "1:3 DEPRECATED_ITEM"],
    );
    told("- {list: l, items: [a], override: {items: append}}\n", &["1:3 ERR_VALIDATE List uses 'append'"]);
    told("- {list: a b, items: [a]}\n", &["1:3 INVALID_LIST_NAME", "1:3 UNUSED_LIST"]);
    told(
        "- {list: l, items: [a], override: {items: remove}}\n",
        &[
            "1:43 ERR_YAML_VALIDATE Invalid override operation for key 'items': 'remove'. Allowed values are: append replace",
        ],
    );
}

#[test]
fn macros_are_put_in_as_parts() {
    let with = |macros: &str| format!("{macros}{}", rule("  condition: evt.type=open and m\n"));
    becomes(
        &with("- {macro: m, condition: proc.name=a or proc.name=b}\n"),
        "evt.type = open and (proc.name = a or proc.name = b)",
    );
    becomes(
        &with("- {macro: n, condition: proc.name=a}\n- {macro: m, condition: not n}\n"),
        "evt.type = open and (not proc.name = a)",
    );
    becomes(
        &with(
            "- {macro: m, condition: proc.name=a}\n- {macro: m, condition: or proc.name=b, append: true}\n",
        ),
        "evt.type = open and (proc.name = a or proc.name = b)",
    );
    becomes(
        &with("- {macro: m, condition: proc.name=a}\n- {macro: m, condition: proc.name=b}\n"),
        "evt.type = open and proc.name = b",
    );
    becomes(
        &with("- {macro: m, condition: proc.name=b, override: {condition: replace}}\n"),
        "evt.type = open and proc.name = b",
    );
    told(
        "- {macro: m, condition: proc.name=a, append: yes}\n",
        &["1:3 ERR_VALIDATE Macro uses 'append'", "1:3 DEPRECATED_ITEM"],
    );
    told(
        "- {macro: m-1, condition: proc.name=a}\n",
        &["1:3 INVALID_MACRO_NAME", "1:3 UNUSED_MACRO Macro not referred to"],
    );
    told(&with(""), &["5:32 ERR_VALIDATE Undefined macro 'm' used in filter."]);
    // A macro sees those that came before its last change.
    told(
        &with("- {macro: m, condition: n}\n- {macro: n, condition: proc.name=a}\n"),
        &["1:25 ERR_VALIDATE Undefined macro 'n'"],
    );
    told(
        &with("- {macro: m, condition: proc.name=a}\n- {macro: m, condition: or m, append: true}\n"),
        &["2:3 ERR_VALIDATE reference loop in macro 'm'", "2:3 DEPRECATED_ITEM"],
    );
    told(&with("- {macro: m, condition: proc.name = }\n"), &["1:"]);
}

#[test]
fn macros_that_name_themselves_are_refused() {
    told("- {macro: m, condition: m}\n", &["1:25 ERR_VALIDATE Undefined macro 'm' used in filter."]);
    told(
        "- {macro: a, condition: proc.name=a}\n- {macro: b, condition: a}\n- {macro: a, condition: b}\n",
        &["3:25 ERR_VALIDATE reference loop in macro 'b'"],
    );
}

#[test]
fn rules_are_appended_replaced_and_switched() {
    let with = |more: &str| format!("{}{more}", rule(OPEN));
    becomes(
        &with("- {rule: one, condition: and proc.name=a, append: true}\n"),
        "evt.type = open and proc.name = a",
    );
    let more = "- {rule: one, condition: or proc.name=a, desc: second, output: too, tags: [t], override: {condition: append, desc: append, output: append, tags: append}}\n";
    let (result, ruleset) = load(&with(more));
    assert!(result.successful, "{}", result.text());
    let one = &ruleset.rules[0];
    assert_eq!((one.description.as_str(), one.output.as_str()), ("first second", "o %proc.name too"));
    assert_eq!(one.condition.to_string(), "evt.type = open or proc.name = a");
    assert!(one.tags.contains("t"));
    let more = "- {rule: one, condition: evt.type=close, priority: ERROR, enabled: false, capture: true, capture_duration: 50, warn_evttypes: false, override: {condition: replace, priority: replace, enabled: replace, capture: replace, capture_duration: replace, warn_evttypes: replace}}\n";
    let (result, ruleset) = load(&with(more));
    assert!(result.successful && result.warnings.is_empty(), "{}", result.text());
    let one = &ruleset.rules[0];
    assert_eq!((one.priority.name(), one.is_enabled, one.captures), ("Error", false, true));
    assert_eq!(one.capture_duration_milliseconds, 50);
    let (result, ruleset) = load(&with("- {rule: one, enabled: false}\n"));
    assert_eq!(result.warnings[0].code, "LOAD_DEPRECATED_ITEM");
    assert!(!ruleset.rules[0].is_enabled);
    // An append does not switch.
    let (_, ruleset) =
        load(&with("- {rule: one, condition: and proc.name=a, append: true, enabled: false}\n"));
    assert!(ruleset.rules[0].is_enabled);
    for (more, expected) in [
        ("- {rule: two, enabled: false}\n", "6:3 ERR_VALIDATE Rule has 'enabled' key but no rule"),
        ("- {rule: two, condition: and a, append: true}\n", "6:3 ERR_VALIDATE Rule uses 'append'"),
        ("- {rule: one, append: true}\n", "6:3 ERR_VALIDATE Appended rule must have exceptions or condition"),
        (
            "- {rule: two, condition: a, override: {condition: replace}}\n",
            "6:3 ERR_VALIDATE An 'override.<key>: replace'",
        ),
        (
            "- {rule: one, condition: a, append: true, override: {condition: append}}\n",
            "6:3 ERR_YAML_VALIDATE Keys 'override' and 'append: true'",
        ),
        (
            "- {rule: one, priority: INFO, override: {priority: append}}\n",
            "6:42 ERR_YAML_VALIDATE Key 'priority' cannot be appended to",
        ),
        (
            "- {rule: one, source: x, override: {source: replace}}\n",
            "6:37 ERR_YAML_VALIDATE Key 'source' cannot be replaced",
        ),
        (
            "- {rule: one, override: {desc: append}}\n",
            "6:3 ERR_YAML_VALIDATE An append override for 'desc' was specified but",
        ),
        (
            "- {rule: one, desc: x, enabled: true, override: {enabled: replace}}\n",
            "6:21 ERR_YAML_VALIDATE Unexpected key 'desc'",
        ),
    ] {
        let (result, ruleset) = load(&with(more));
        let error = result.errors.first().unwrap_or_else(|| panic!("{more} loads"));
        let found = format!(
            "{}:{} {} {}",
            error.line,
            error.column,
            error.code.trim_start_matches("LOAD_"),
            error.message
        );
        assert!(found.starts_with(expected), "{found}\ninstead of {expected}");
        assert!(ruleset.rules.is_empty());
    }
}

#[test]
fn a_rule_keeps_its_source() {
    let other = rule("  condition: ka.verb = GET\n  source: k8s_audit\n");
    told(&other, &["1:3 UNKNOWN_SOURCE Unknown source k8s_audit, skipping"]);
    told(
        &format!("{other}{}", rule(OPEN)),
        &["7:3 ERR_VALIDATE Rule has been re-defined with a different source", "1:3 UNKNOWN_SOURCE"],
    );
    becomes(
        &format!("{}- {{rule: one, source: '', condition: and proc.name=a, append: true}}\n", rule(OPEN)),
        "evt.type = open and proc.name = a",
    );
}

#[test]
fn exceptions_become_parts_of_the_condition() {
    let with = |exceptions: &str| format!("{}  exceptions:\n  - {{name: e, {exceptions}}}\n", rule(OPEN));
    for (exceptions, condition) in [
        ("fields: proc.name, values: [a, b c]", "not proc.name in (a, \"b c\")"),
        ("fields: fd.name, comps: pmatch, values: [/etc]", "not fd.name pmatch (/etc)"),
        ("fields: [proc.name], values: [[a], [b]]", "not (proc.name = a or proc.name = b)"),
        (
            "fields: [proc.name, fd.name], comps: [contains, startswith], values: [[a, /x]]",
            "not (proc.name contains a and fd.name startswith /x)",
        ),
        (
            "fields: [proc.name, fd.name], comps: [in, =], values: [[[a, b c], /x]]",
            "not (proc.name in (a, \"b c\") and fd.name = /x)",
        ),
        ("fields: [proc.name], comps: [in], values: [[a]]", "not proc.name in (a)"),
        (
            "fields: [proc.name], comps: [' startswith oneof '], values: [[[a, b]]]",
            "not proc.name startswith oneof (a, b)",
        ),
        ("fields: proc.name, comps: endswith anyof, values: [a, b]", "not proc.name endswith anyof (a, b)"),
        ("fields: [tolower(proc.name)], values: [[a]]", "not tolower(proc.name) = a"),
        ("fields: [proc.name], values: [[toupper(proc.pname)]]", "not proc.name = toupper(proc.pname)"),
    ] {
        becomes(&with(exceptions), &format!("evt.type = open and ({condition})"));
    }
    becomes(&with("fields: proc.name"), "evt.type = open");
    for (exceptions, message) in [
        ("values: [a]", "Item has no mapping for key 'fields'"),
        (
            "fields: [proc.name, fd.name], comps: [=], values: []",
            "Fields and comps lists must have equal length",
        ),
        ("fields: [proc.name], comps: [like], values: []", "'like' is not a supported comparison operator"),
        (
            "fields: [proc.name], comps: [in oneof], values: []",
            "'in oneof' is not a supported comparison operator",
        ),
        ("fields: proc.name, comps: =, values: [a]", "When fields is a single value, comps must be one of"),
        ("fields: proc.name, comps: [in], values: [a]", "Fields and comps must both be strings"),
        ("fields: proc.nom, values: [a]", "'proc.nom' is not a supported filter field"),
        ("fields: [proc.name, fd.name], values: [[a]]", "Fields and values lists must have equal length"),
        ("fields: proc.name, values: [[a]]", "Expected values array to contain a list of strings"),
        ("fields: proc.name, values: a", "Rule exception values must be a sequence"),
    ] {
        let (result, _) = load(&with(exceptions));
        let error = result.errors.first().unwrap_or_else(|| panic!("{exceptions} loads"));
        assert!(error.message.starts_with(message), "{}\ninstead of {message}", error.message);
    }
    let appended = |exceptions: &str| {
        format!(
            "{}- {{rule: one, exceptions: [{{{exceptions}}}], append: true}}\n",
            with("fields: proc.name, values: [a]")
        )
    };
    becomes(&appended("name: e, values: [b]"), "evt.type = open and (not proc.name in (a, b))");
    becomes(
        &appended("name: f, fields: fd.name, values: [b]"),
        "evt.type = open and (not proc.name in (a)) and (not fd.name in (b))",
    );
    for (exceptions, message) in [
        ("name: e, fields: fd.name, values: [b]", "Can not append exception fields to existing exception"),
        ("name: f, values: [b]", "Rule exception must have fields property"),
        ("name: f, fields: fd.name", "Rule exception must have values property"),
    ] {
        let (result, _) = load(&appended(exceptions));
        assert!(result.errors[0].message.starts_with(message), "{}", result.text());
    }
    let (result, _) = load(&appended("name: e, value: b"));
    assert!(
        result.warnings.iter().any(|warning| warning.code == "LOAD_APPEND_NO_VALUES"),
        "{}",
        result.text()
    );
    let (result, _) = load(
        &with("fields: proc.name, values: [a]")
            .replace("\n  - {", "\n  - {name: e, fields: fd.name, values: [x]}\n  - {"),
    );
    assert_eq!(result.warnings[0].code, "LOAD_EXCEPTION_NAME_NOT_UNIQUE");
}

#[test]
fn places_are_told_in_folded_and_expanded_conditions() {
    let text = "- {list: l, items: [one, two]}
- rule: r
  desc: d
  condition: >
    evt.type = open and proc.name in (l)
      and
    proc.nom = x
  output: o
  priority: INFO
";
    let (result, _) = load(text);
    let error = &result.errors[0];
    assert_eq!((error.line, error.column, error.file.as_str()), (7, 5, "rules.yaml"));
    assert!(error.context["snippet"].as_str().unwrap().contains("proc.nom = x\n"));
    let shown = result.text();
    assert!(shown.contains("--> rules.yaml:7:5, rule 'r'"), "{shown}");
}

#[test]
fn files_change_what_earlier_files_defined() {
    let mut loader = falco::Loader::new(&common::Few, falco::Limits::default());
    assert!(loader.load("a", &rule(OPEN)).successful);
    assert!(!loader.load("broken", "- {rule: one, condition: and, append: true}\n").successful);
    assert_eq!(loader.ruleset().rules[0].condition.to_string(), "evt.type = open");
    assert!(loader.load("b", "- {rule: one, condition: and proc.name=a, append: true}\n").successful);
    assert_eq!(loader.ruleset().rules[0].condition.to_string(), "evt.type = open and proc.name = a");
    let last = loader.load("c", "---\n- {list: l, items: []}\n---\n- {macro: m, condition: evt.type=open}\n");
    assert_eq!(last.warnings.len(), 2, "{}", last.text());
    let ruleset = loader.finish();
    assert_eq!((ruleset.rules.len(), ruleset.macros, ruleset.lists), (1, 1, 1));
}
