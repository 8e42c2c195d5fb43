//! JSON in its one canonical form.

use serde_json::Value;

/// RFC 8785 (JSON Canonicalization Scheme) of a value whose numbers are integers: members sorted by the UTF-16 code units of
/// their names, no space, the shortest escapes. Numbers with a fraction are written as `serde_json` does, which is shortest
/// form as well, and are not used in records.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::with_capacity(512);
    write(value, &mut text);
    text
}

pub(crate) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            // Whether a map is sorted depends on what other crates of the build ask of serde_json (`preserve_order`). Bytes of
            // ASCII are in the order of UTF-16.
            if members.keys().all(|name| name.is_ascii()) && members.keys().is_sorted() {
                members.iter().enumerate().for_each(|(index, member)| one(index, member, out));
            } else {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|left, right| left.0.encode_utf16().cmp(right.0.encode_utf16()));
                sorted.into_iter().enumerate().for_each(|(index, member)| one(index, member, out));
            }
            out.push('}');
        }
    }
}

fn one(index: usize, (name, value): (&String, &Value), out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    string(name, out);
    out.push(':');
    write(value, out);
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            0x09 => "\\t",
            0x0a => "\\n",
            0x0c => "\\f",
            0x0d => "\\r",
            0x00..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        if escape.is_empty() {
            out.push_str(&format!("\\u{byte:04x}"));
        } else {
            out.push_str(escape);
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn members_are_sorted_by_code_units_and_escapes_are_shortest() {
        // RFC 8785, section 3.2.3: the example of sorting.
        let value =
            json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        assert_eq!(
            canonical(&value),
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
        assert_eq!(canonical(&json!(["\u{1}/\"\\", true, null, -3])), "[\"\\u0001/\\\"\\\\\",true,null,-3]");
    }

    #[test]
    fn members_are_sorted_whatever_order_they_came_in() {
        let mut read: Value = serde_json::from_str(r#"{"b":1,"hash":2,"a":{"d":3,"c":4},"z":5}"#).unwrap();
        read.as_object_mut().unwrap().remove("hash");
        assert_eq!(canonical(&read), r#"{"a":{"c":4,"d":3},"b":1,"z":5}"#);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into())
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(value in value()) {
            let text = canonical(&value);
            let read: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(canonical(&read), text);
        }
    }
}
