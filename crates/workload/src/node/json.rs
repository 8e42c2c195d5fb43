//! JSON with every key kept, also those that repeat.

use super::{Entry, Node, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::fmt;

/// Reads a JSON text into a node without places. Depth is bounded by the reader (128).
///
/// # Errors
/// What is wrong with the text, with line and column.
pub fn parse_json(text: &[u8]) -> Result<Node, serde_json::Error> {
    serde_json::from_slice(text)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::of(Value::Plain(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::of(Value::Plain(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::of(Value::Plain(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::of(Value::Plain(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::text_of(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::of(Value::Plain("null".to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::of(Value::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Node>()? {
            entries.push(Entry { key, key_place: None, value });
        }
        Ok(Node::of(Value::Map(entries)))
    }
}

impl Serialize for Node {
    /// What was read from JSON is written as it was, but for places and tags, which JSON does not have.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Quoted(text) | Value::Unknown(text) => serializer.serialize_str(text),
            Value::Plain(text) => plain(text, serializer),
            Value::List(items) => serializer.collect_seq(items),
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}

/// A number, `true`, `false` or nothing where the text is exactly that, else text.
fn plain<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match text {
        "true" => return serializer.serialize_bool(true),
        "false" => return serializer.serialize_bool(false),
        "" | "null" | "~" => return serializer.serialize_unit(),
        _ => {}
    }
    if let Some(number) = text.parse::<i64>().ok().filter(|number| number.to_string() == text) {
        return serializer.serialize_i64(number);
    }
    if let Some(number) = text.parse::<u64>().ok().filter(|number| number.to_string() == text) {
        return serializer.serialize_u64(number);
    }
    match text.parse::<f64>().ok().filter(|number| number.is_finite() && number.to_string() == text) {
        Some(number) => serializer.serialize_f64(number),
        None => serializer.serialize_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_survives_the_node() {
        let text = r#"{"a":[1,-2,18446744073709551615,0.5,true,null,"007","true","",{"a":1,"a":2}],"b":{}}"#;
        let node = parse_json(text.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&node).unwrap(), text);
    }
}
