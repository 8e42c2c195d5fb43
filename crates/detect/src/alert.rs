//! Alerts: the rule, the time, the output with its fields filled in, in the shape that Falco gives them.

use crate::operand::Operand;
use crate::time::{clock, iso8601};
use crate::{Source, Value};
use falco::{OutputPart, Priority, Rule};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How the alerts of a rule are made.
#[derive(Debug)]
pub struct AlertTemplate {
    /// Name of the rule.
    pub rule: String,
    /// How urgent it is.
    pub priority: Priority,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// Whether an alert starts a recording.
    pub captures: bool,
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Value { name: String, operand: Operand, width: usize },
}

/// An alert. As JSON it is what Falco writes and sends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// Name of the machine.
    pub hostname: String,
    /// Time, priority and message.
    pub output: String,
    /// The values in the message, by the name of their field.
    pub output_fields: BTreeMap<String, Json>,
    /// How urgent it is.
    pub priority: &'static str,
    /// Name of the rule.
    pub rule: String,
    /// Where the event comes from.
    pub source: String,
    /// Tags of the rule.
    pub tags: BTreeSet<String>,
    /// Time of the event, in ISO 8601, UTC.
    pub time: String,
}

/// What stands for a value that is missing.
const MISSING: &str = "<NA>";

impl AlertTemplate {
    pub(crate) fn new(rule: &Rule, added: &[OutputPart]) -> Self {
        let parts = rule.output_parts.iter().chain(added).filter_map(|part| {
            Some(match part {
                OutputPart::Text(text) => Part::Text(text.clone()),
                OutputPart::Value { name, operand, width } => {
                    Part::Value { name: name.clone(), operand: Operand::new(operand)?, width: *width }
                }
            })
        });
        Self {
            rule: rule.name.clone(),
            priority: rule.priority,
            tags: rule.tags.clone(),
            captures: rule.captures,
            source: rule.source.clone(),
            parts: parts.collect(),
        }
    }

    /// The alert for an event.
    pub fn alert(&self, source: &impl Source, time_ns: u64, hostname: &str) -> Alert {
        let mut output = format!("{}: {} ", clock(time_ns), short_name(self.priority));
        let mut output_fields = BTreeMap::new();
        let mut room = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => output.push_str(text),
                Part::Value { name, operand, width } => {
                    let (text, json) = if operand.is_list() {
                        list(operand, source)
                    } else {
                        shown(operand.value(source, &mut room))
                    };
                    push(&mut output, &text, *width);
                    output_fields.insert(name.clone(), json);
                }
            }
        }
        output_fields.insert("evt.time".to_owned(), Json::from(time_ns));
        Alert {
            hostname: hostname.to_owned(),
            output: without_controls(&output),
            output_fields,
            priority: self.priority.name(),
            rule: self.rule.clone(),
            source: self.source.clone(),
            tags: self.tags.clone(),
            time: iso8601(time_ns),
        }
    }
}

fn short_name(priority: Priority) -> &'static str {
    if priority == Priority::Informational { "Informational" } else { priority.name() }
}

/// A width fills with blanks, or cuts.
fn push(output: &mut String, text: &str, width: usize) {
    if width == 0 {
        output.push_str(text);
        return;
    }
    let mut count = 0;
    for character in text.chars().take(width) {
        output.push(character);
        count += 1;
    }
    output.extend(std::iter::repeat_n(' ', width - count));
}

fn shown(value: Value<'_>) -> (String, Json) {
    match value {
        Value::Missing => (MISSING.to_owned(), Json::Null),
        Value::Text(text) => {
            let text = String::from_utf8_lossy(text).into_owned();
            (text.clone(), Json::from(text))
        }
        Value::Signed(number) => (number.to_string(), Json::from(number)),
        Value::Unsigned(number) => (number.to_string(), Json::from(number)),
        Value::Bool(flag) => (flag.to_string(), Json::from(flag)),
        Value::Double(number) => (format!("{number:.1}"), Json::from(number)),
        Value::Address(address) => (address.to_string(), Json::from(address.to_string())),
    }
}

/// Lists in parentheses; ancestors with blanks between are made so by their field.
fn list(operand: &Operand, source: &impl Source) -> (String, Json) {
    let (mut text, mut json) = (String::from("("), Vec::new());
    operand.each(source, &mut |value| {
        let (shown, value) = shown(value);
        if !json.is_empty() {
            text.push(',');
        }
        text.push_str(&shown);
        json.push(value);
        json.len() < 1000
    });
    text.push(')');
    (text, Json::from(json))
}

/// Control characters as JSON writes them: an alert is one line, whatever a process calls itself.
fn without_controls(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => clean.push_str("\\n"),
            '\r' => clean.push_str("\\r"),
            '\t' => clean.push_str("\\t"),
            other
                if other.is_control()
                    || matches!(other, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(clean, "\\u{:04x}", u32::from(other));
            }
            other => clean.push(other),
        }
    }
    clean
}
