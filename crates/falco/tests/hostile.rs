//! Files that were made to hurt: each is refused or read in bounded time and space.

mod common;

use common::{load, load_within};
use falco::Limits;
use std::fmt::Write as _;

#[track_caller]
fn refused(text: &str, code: &str) {
    let (result, ruleset) = load(text);
    assert!(!result.successful && ruleset.rules.is_empty());
    assert_eq!(result.errors[0].code, code, "{}", result.errors[0].message);
    assert!(result.text().len() < 20_000, "{}", result.text().len());
}

fn rule(condition: &str) -> String {
    format!("- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: {condition}\n")
}

#[test]
fn macros_that_double_are_refused() {
    let mut text = "- {macro: m0, condition: proc.name=a}\n".to_owned();
    for level in 1..60 {
        let _ = writeln!(text, "- {{macro: m{level}, condition: m{0} or m{0}}}", level - 1);
    }
    refused(&(text + &rule("m59")), "LOAD_ERR_VALIDATE");
}

#[test]
fn macros_that_nest_are_refused() {
    let nots = 190;
    let mut text = "- {macro: m0, condition: proc.name=a}\n".to_owned();
    for level in 1..100 {
        let _ = writeln!(
            text,
            "- {{macro: m{level}, condition: {}m{}{}}}",
            "not(".repeat(nots),
            level - 1,
            ")".repeat(nots)
        );
    }
    refused(&(text + &rule("m99")), "LOAD_ERR_VALIDATE");
}

#[test]
fn lists_that_double_are_refused() {
    let many = vec!["l"; 5000].join(", ");
    let list = format!("- {{list: l, items: [{}]}}\n", vec!["item"; 5000].join(", "));
    refused(&format!("{list}{}", rule(&format!("proc.name in ({many})"))), "LOAD_ERR_COMPILE_CONDITION");
    let nested = format!("{list}- {{list: k, items: [{many}]}}\n");
    refused(&nested, "LOAD_ERR_VALIDATE");
}

#[test]
fn nesting_is_refused() {
    refused(
        &rule(&format!("{}proc.name=a{}", "(".repeat(100_000), ")".repeat(100_000))),
        "LOAD_ERR_COMPILE_CONDITION",
    );
    refused(&format!("- rule: {}", "[".repeat(100_000)), "LOAD_ERR_YAML_PARSE");
    refused(&format!("{}a", "- ".repeat(5_000)), "LOAD_ERR_YAML_PARSE");
    let (result, _) =
        load(&rule(&format!("evt.type=open and {}proc.name=a{}", "(".repeat(100), ")".repeat(100))));
    assert!(result.successful, "{}", result.text());
}

#[test]
fn anchors_that_explode_are_refused() {
    let mut text = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(text, "- &a{level} [{alias}]");
    }
    refused(&text, "LOAD_ERR_YAML_PARSE");
    refused("- &a [*a]\n", "LOAD_ERR_YAML_PARSE");
}

#[test]
fn large_conditions_are_read_and_very_large_files_are_not() {
    let condition = vec!["evt.type=open and proc.name=a"; 40_000].join(" or ");
    let (result, ruleset) = load(&rule(&condition));
    assert!(result.successful, "{}", result.text());
    assert_eq!(ruleset.rules.len(), 1);
    let limits = Limits { file_bytes_max: 1 << 16, ..Limits::default() };
    let (result, _) = load_within(&rule(&condition), limits);
    assert_eq!(result.errors[0].code, "LOAD_ERR_YAML_PARSE");
    let limits = Limits { condition_parts_max: 1000, ..Limits::default() };
    assert_eq!(load_within(&rule(&condition), limits).0.errors[0].code, "LOAD_ERR_VALIDATE");
    let limits = Limits { items_max: 3, ..Limits::default() };
    let many: String = (0..5).map(|number| format!("- {{list: l{number}, items: []}}\n")).collect();
    assert_eq!(load_within(&many, limits).0.errors[0].code, "LOAD_ERR_VALIDATE");
}

#[test]
fn many_small_items_take_no_square_time() {
    let mut text = String::new();
    for number in 0..5_000 {
        let _ = writeln!(text, "- {{list: l{number}, items: [a{number}]}}");
        let _ =
            writeln!(text, "- {{macro: m{number}, condition: evt.type=open and proc.name in (l{number})}}");
    }
    let (result, ruleset) = load(&text);
    assert!(result.successful, "{}", result.errors[0].message);
    assert_eq!((ruleset.lists, ruleset.macros), (5_000, 5_000));
}

#[test]
fn regexes_are_bounded() {
    let (result, _) = load(&rule("proc.name regex '(a{1000}){1000}'"));
    assert_eq!(result.errors[0].code, "LOAD_ERR_COMPILE_CONDITION", "{}", result.text());
}

#[test]
fn damaged_files_never_panic() {
    let seed = "- required_engine_version: 0.57.0\n- {list: l, items: [a, \"b c\"]}\n- macro: m\n  condition: proc.name in (l)\n\
                - rule: r\n  desc: d\n  condition: >\n    evt.type=open and m\n  output: x %proc.name\n  priority: INFO\n  exceptions:\n  \
                - {name: e, fields: [proc.name], values: [[a]]}\n- {rule: r, condition: or m, override: {condition: append}}\n";
    for cut in 0..seed.len() {
        let _ = load(&seed[..cut]);
        for byte in [b'\n', b':', b'[', b'%', b'*', b'&', b'(', b' '] {
            let mut damaged = seed.as_bytes().to_vec();
            damaged[cut] = byte;
            let (result, _) = load(&String::from_utf8_lossy(&damaged));
            let _ = result.text();
        }
    }
}

#[test]
fn the_guide_tells_the_bounds() {
    let guide = include_str!("../../../docs/guide/watch.md").replace(',', "");
    let limits = Limits::default();
    for (what, number) in [
        ("nodes", limits.nodes_max),
        ("levels", limits.depth_max),
        ("checks with its macros", limits.condition_parts_max),
        ("checks", limits.parts_max),
        ("MiB with its lists", limits.condition_bytes_max >> 20),
        ("MiB", limits.file_bytes_max >> 20),
    ] {
        assert!(guide.contains(&format!("{number} {what}")), "{number} {what}");
    }
    assert!(guide.contains(&format!("| {} |", limits.items_max)));
}
