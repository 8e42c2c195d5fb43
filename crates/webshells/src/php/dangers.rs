//! Functions of PHP that do harm with what they are given.

use super::{
    calls::Argument,
    machine::{At, Machine},
    names, sources,
    value::{Datum, Key, Origin, Value, mark},
};

impl Machine<'_> {
    /// Functions that do harm. `None` when the function is none of them.
    pub(super) fn call_sink(
        &mut self,
        name: &[u8],
        arguments: &[Argument],
        values: &[Value],
        at: At,
    ) -> Option<Value> {
        let sink = String::from_utf8_lossy(name).into_owned();
        let none = Value::default();
        let first = values.first().unwrap_or(&none);
        if names::is_code(name) {
            return Some(self.sink_code(&sink, first, at));
        }
        if names::is_command(name) {
            self.sink_command(&sink, first, at);
            if name == b"pcntl_exec"
                && let Some(list) = values.get(1)
            {
                self.sink_command(&sink, list, at);
            }
            return Some(sources::output_of(first));
        }
        match name {
            b"create_function" => {
                let body = values.get(1).unwrap_or(&none);
                let is_tainted = first.any_taint().is_some();
                self.sink_code(&sink, if is_tainted { first } else { body }, at);
                Some(Value::default())
            }
            b"preg_replace" | b"mb_ereg_replace" | b"mb_eregi_replace" | b"preg_filter" => {
                let option = values.get(3).and_then(Value::as_text);
                let is_code = if name.starts_with(b"preg") {
                    first.as_text().is_some_and(|pattern| has_code_modifier(&pattern))
                        || first.as_array().is_some_and(|array| {
                            array.entries.iter().any(|(_, value)| {
                                value.as_text().is_some_and(|text| has_code_modifier(&text))
                            })
                        })
                } else {
                    option.is_some_and(|option| option.contains(&b'e'))
                };
                if is_code {
                    for value in values.iter().skip(1).take(2) {
                        self.sink_code(&format!("{sink} with the modifier e"), value, at);
                    }
                } else if first.taint.as_ref().is_some_and(|taint| taint.origin == Origin::Request)
                    && !first.has(mark::PREFIXED | mark::SUFFIXED | mark::CHECKED)
                    && values.get(1).is_some_and(|value| value.any_taint().is_some())
                {
                    self.sink_pattern(first, at);
                }
                None
            }
            b"unserialize" => {
                // With a second argument somebody thought of it.
                if values.len() == 1 {
                    self.sink_object(first, at);
                }
                None
            }
            b"file_put_contents" | b"fwrite" | b"fputs" => {
                let path = match &first.datum {
                    Datum::Object(object) if object.class == "$file" => {
                        object.arguments.first().cloned().unwrap_or_default()
                    }
                    _ => first.clone(),
                };
                if let Some(data) = values.get(1) {
                    self.sink_write(&path, data, at);
                }
                Some(Value::default())
            }
            b"move_uploaded_file" | b"copy" | b"rename" => {
                if let Some(to) = values.get(1) {
                    let from_upload =
                        first.taint.as_ref().is_some_and(|taint| taint.origin == Origin::Upload);
                    if name == b"move_uploaded_file" || from_upload {
                        self.sink_upload(first, to, at);
                    } else if name == b"copy"
                        && let Some(taint) = first.taint.clone()
                        && taint.origin == Origin::Request
                        && !first.has(mark::PREFIXED)
                    {
                        self.sink_write(to, &Value::tainted(taint), at);
                    }
                }
                Some(Value::default())
            }
            b"filter_var" | b"filter_var_array" => {
                let callee = values
                    .get(2)
                    .and_then(Value::as_array)
                    .and_then(|options| options.get(&Key::Text(b"options".as_slice().into())).cloned());
                if let Some(callee) =
                    callee.filter(|callee| callee.taint.is_some() || matches!(callee.datum, Datum::Text(_)))
                {
                    let given = self.element(first, None).join_text(first);
                    return Some(self.call_value(
                        &callee,
                        &[Argument { at: arguments.first().and_then(|a| a.at), value: given }],
                        at,
                    ));
                }
                Some(Value::default())
            }
            _ => None,
        }
    }
}

/// Whether a regular expression's modifiers hold `e`, which PHP before 7 ran as code.
fn has_code_modifier(pattern: &[u8]) -> bool {
    let Some(first) = pattern.iter().find(|byte| !byte.is_ascii_whitespace()) else { return false };
    let end = match first {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other if other.is_ascii_alphanumeric() || *other == b'\\' => return false,
        other => *other,
    };
    let Some(last) = pattern.iter().rposition(|byte| *byte == end) else { return false };
    let modifiers = &pattern[last + 1..];
    last > 0
        && modifiers.len() <= 10
        && modifiers.contains(&b'e')
        && modifiers.iter().all(u8::is_ascii_alphabetic)
}
