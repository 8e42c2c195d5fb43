//! A JSON object whose keys keep their order, and whose untouched values keep their text.

use super::DaemonJsonError;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};
use std::fmt;

/// Bytes of a `daemon.json`.
const BYTES_MAX: usize = 1 << 20;

pub(super) struct Document {
    entries: Vec<(String, Box<RawValue>)>,
    indent: String,
}

struct Entries(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, DaemonJsonError> {
        let malformed = |reason: String| DaemonJsonError::Malformed { reason };
        if text.len() > BYTES_MAX {
            return Err(malformed(format!("it has more than {BYTES_MAX} bytes")));
        }
        // The daemon takes an empty file for one without keys, and skips a byte order mark (moby, getConflictFreeConfiguration).
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Ok(Self { entries: Vec::new(), indent: "  ".to_owned() });
        }
        let Entries(entries) = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        for (at, (key, _)) in entries.iter().enumerate() {
            if entries[..at].iter().any(|(other, _)| other == key) {
                return Err(DaemonJsonError::Twice {
                    key: key.chars().filter(|c| !c.is_control()).take(80).collect(),
                });
            }
        }
        let second_line = text.lines().nth(1).unwrap_or_default();
        let indent: String = second_line.chars().take_while(|c| matches!(c, ' ' | '\t')).take(8).collect();
        let indent = if indent.is_empty() { "  ".to_owned() } else { indent };
        Ok(Self { entries, indent })
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.entries.iter().map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn get(&self, key: &str) -> Option<Value> {
        let (_, raw) = self.entries.iter().find(|(name, _)| name == key)?;
        serde_json::from_str(raw.get()).ok()
    }

    pub(super) fn set(&mut self, key: &str, value: Option<&Value>) {
        let Some(value) = value else {
            self.entries.retain(|(name, _)| name != key);
            return;
        };
        let raw = serde_json::value::to_raw_value(value).expect("a JSON value can be written");
        // What is long is written over several lines, as people write it.
        let pretty = serde_json::to_string_pretty(value).expect("a JSON value can be written");
        let raw = if raw.get().len() > 60 {
            let text = pretty.replace("\n", &format!("\n{}", self.indent));
            RawValue::from_string(text).expect("white space between tokens changes nothing")
        } else {
            raw
        };
        match self.entries.iter_mut().find(|(name, _)| name == key) {
            Some(entry) => entry.1 = raw,
            None => self.entries.push((key.to_owned(), raw)),
        }
    }

    pub(super) fn print(&self) -> String {
        if self.entries.is_empty() {
            return "{}\n".to_owned();
        }
        let lines: Vec<String> = self
            .entries
            .iter()
            .map(|(key, raw)| format!("{}{}: {}", self.indent, Value::from(key.as_str()), raw.get()))
            .collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }
}
