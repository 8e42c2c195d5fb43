//! A small vocabulary, and one way to load files.

#![allow(dead_code, reason = "not every test needs all of it")]

use falco::{
    Argument, Field, FieldError, KindSet, Limits, LoadResult, Loader, Ruleset, Several, ValueType, Vocabulary,
};

/// Some fields, 200 kinds of events with the names `open`, `close` and `kind2` to `kind199`, and the plugin `boxes` 1.2.0.
pub(crate) struct Few;

impl Vocabulary for Few {
    fn field(&self, name: &str, argument: Option<&str>) -> Result<Field, FieldError> {
        let (value_type, several) = match name {
            "proc.name" | "proc.pname" | "proc.cmdline" | "fd.name" | "user.name" | "evt.type"
            | "evt.dir" | "ka.verb" | "evt.latency" => (ValueType::Text, Several::Never),
            "proc.aname" => (ValueType::Text, Several::AnyPasses),
            "evt.num" => (ValueType::Unsigned(64), Several::Never),
            "proc.pid" | "evt.rawres" => (ValueType::Signed(64), Several::Never),
            "evt.failed" => (ValueType::Bool, Several::Never),
            "evt.buffer" => (ValueType::Bytes, Several::Never),
            "fd.sip" => (ValueType::Address, Several::Never),
            "fd.snet" => (ValueType::Network, Several::Never),
            "fd.sport" => (ValueType::Port, Several::Never),
            "fd.types" => (ValueType::Text, Several::List),
            _ => return Err(FieldError::Unknown(name.to_owned())),
        };
        let argument = match argument {
            None => Argument::None,
            Some(text) if name == "proc.aname" => Argument::Index(text.parse().unwrap_or(0)),
            Some(_) => {
                let problem = "takes no argument".to_owned();
                return Err(FieldError::Argument { name: name.to_owned(), problem });
            }
        };
        let is_plain = several == Several::Never && value_type != ValueType::Network;
        Ok(Field {
            id: 0,
            name: name.to_owned(),
            argument,
            value_type,
            several,
            compares_to_fields: is_plain,
            takes_functions: several != Several::AnyPasses && value_type != ValueType::Network,
            is_shown: value_type != ValueType::Network,
        })
    }

    fn check_constant(&self, field: &Field, text: &str) -> Result<(), String> {
        match self.kinds_named(field, text) {
            Some(kinds) if kinds.is_empty() => Err(format!("unknown event type {text}")),
            _ => Ok(()),
        }
    }

    fn kinds(&self) -> KindSet {
        KindSet::of(0..200)
    }

    fn kinds_named(&self, field: &Field, text: &str) -> Option<KindSet> {
        let number = match text {
            "open" => Some(0),
            "close" => Some(1),
            other => other.strip_prefix("kind").and_then(|number| number.parse().ok()),
        };
        (field.name == "evt.type").then(|| KindSet::of(number))
    }

    fn plugin_version(&self, name: &str) -> Option<&str> {
        (name == "boxes").then_some("1.2.0")
    }

    fn port(&self, service: &str) -> Option<u16> {
        (service == "ssh").then_some(22)
    }
}

/// Loads one file.
pub(crate) fn load(text: &str) -> (LoadResult, Ruleset) {
    load_within(text, Limits::default())
}

/// Loads one file within limits.
pub(crate) fn load_within(text: &str, limits: Limits) -> (LoadResult, Ruleset) {
    let mut loader = Loader::new(&Few, limits);
    let result = loader.load("rules.yaml", text);
    (result, loader.finish())
}

/// What is told of a file, a line each: `line:column code message`. A case may leave the end of a message out.
#[track_caller]
pub(crate) fn told(text: &str, expected: &[&str]) {
    let (result, _) = load(text);
    let found: Vec<String> = result
        .errors
        .iter()
        .chain(&result.warnings)
        .map(|one| {
            format!("{}:{} {} {}", one.line, one.column, one.code.trim_start_matches("LOAD_"), one.message)
        })
        .collect();
    let is_same = found.len() == expected.len()
        && found.iter().zip(expected).all(|(one, start)| one.starts_with(start));
    assert!(is_same, "{found:#?}\ninstead of {expected:#?}\n{text}");
    assert_eq!(result.successful, result.errors.is_empty());
}

/// A rule, with more keys behind it.
pub(crate) fn rule(more: &str) -> String {
    format!("- rule: one\n  desc: first\n  output: o %proc.name\n  priority: INFO\n{more}")
}

/// A condition that says little.
pub(crate) const OPEN: &str = "  condition: evt.type=open\n";
