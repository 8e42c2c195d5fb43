//! Functions of PHP that read from outside or change variables.

use super::{
    calls::Argument,
    machine::{At, Machine},
    sources,
    value::{Datum, Key, Origin, Value, mark},
};
use std::rc::Rc;

impl Machine<'_> {
    /// Functions with an effect on variables, and those that read the request.
    pub(super) fn call_special(
        &mut self,
        name: &[u8],
        arguments: &[Argument],
        values: &[Value],
        at: At,
    ) -> Option<Value> {
        let line = self.line(at);
        let first = values.first();
        let text_of = |index: usize| values.get(index).and_then(Value::as_text);
        let contains = |index: usize, needle: &[u8]| {
            text_of(index).is_some_and(|text| super::sinks::contains(&text.to_ascii_lowercase(), needle))
        };
        match name {
            b"getallheaders" | b"apache_request_headers" => Some(sources::request("$_HEADERS", line)),
            b"filter_input" | b"filter_input_array" => {
                // With a filter the value is checked, except by the one that changes nothing.
                (values.len() < 3 || name == b"filter_input_array")
                    .then(|| sources::request("filter_input()", line))
            }
            b"session_id" if values.is_empty() => Some(sources::request("session_id()", line)),
            b"getenv" | b"apache_getenv" => contains(0, b"http_").then(|| sources::request("getenv()", line)),
            b"get_defined_vars" => Some(sources::request("get_defined_vars()", line)),
            b"func_get_args" => {
                let slot = self.scope().names.get(b"#arguments".as_slice()).copied()?;
                self.slots.get(slot).cloned()
            }
            b"func_get_arg" => {
                let slot = self.scope().names.get(b"#arguments".as_slice()).copied()?;
                self.slots.get(slot).map(|all| all.element(first.and_then(Value::key).as_ref()))
            }
            b"file_get_contents"
            | b"file"
            | b"fopen"
            | b"readfile"
            | b"stream_get_contents"
            | b"curl_exec"
            | b"fgets"
            | b"fread"
            | b"fgetc"
            | b"fsockopen"
            | b"pfsockopen"
            | b"curl_init"
            | b"wp_remote_get" => Some(self.call_reader(name, first, line)),
            b"curl_setopt" => {
                if let (Some(handle), true) =
                    (arguments.first().and_then(|argument| argument.at), contains(2, b"http"))
                {
                    let value = sources::remote("curl_setopt()", line);
                    if let Some(slot) = self.slot_of(handle) {
                        self.set_slot(slot, value);
                    }
                }
                Some(Value::default())
            }
            b"extract" | b"import_request_variables" => {
                let taint = match name {
                    b"extract" => first.and_then(Value::any_taint).cloned(),
                    _ => sources::request("import_request_variables()", line).taint,
                };
                if let Some(Datum::Array(array)) = first.map(|value| &value.datum) {
                    for (key, value) in array.entries.clone() {
                        if let Key::Text(name) = key {
                            let slot = self.slot_of_name(&name);
                            self.set_slot(slot, value);
                        }
                    }
                } else if let Some(taint) = taint {
                    let taint = sources::extracted(&taint);
                    self.scope().extracted = Some(taint);
                }
                Some(Value::default())
            }
            b"compact" => {
                let mut entries = Vec::new();
                for value in values {
                    if let Datum::Text(name) = &value.datum {
                        let element = self.read_variable(name, at);
                        entries.push((Key::Text(Rc::clone(name)), element));
                    }
                }
                Some(Value::array(entries))
            }
            b"parse_str" | b"mb_parse_str" => {
                if let Some(taint) = first.and_then(Value::any_taint).cloned() {
                    match arguments.get(1).and_then(|argument| argument.at).and_then(|at| self.slot_of(at)) {
                        Some(slot) => self.set_slot(slot, Value::tainted(taint)),
                        None => {
                            let taint = sources::extracted(&taint);
                            self.scope().extracted = Some(taint);
                        }
                    }
                }
                Some(Value::default())
            }
            b"preg_match" | b"preg_match_all" => {
                if let Some(subject) = arguments.get(1) {
                    if let (Some(taint), Some(slot)) = (
                        subject.value.any_taint().cloned(),
                        arguments.get(2).and_then(|argument| argument.at).and_then(|at| self.slot_of(at)),
                    ) {
                        self.set_slot(slot, Value::tainted(taint).with_marks(mark::CHECKED));
                    }
                    if let Some(at) = subject.at {
                        self.check_value(at);
                    }
                }
                Some(Value::default())
            }
            b"define" => {
                if let (Some(name), Some(value)) = (text_of(0), values.get(1)) {
                    self.constants.insert(name.to_vec(), value.clone());
                }
                Some(Value::bool(true))
            }
            b"constant" => text_of(0).and_then(|name| self.constants.get(&*name).cloned()),
            b"array_push" | b"array_unshift" => {
                let at = arguments.first()?.at?;
                let slot = self.slot_of(at)?;
                let mut value = self.slots.get(slot)?.clone();
                if let Datum::Array(array) = &mut value.datum {
                    for added in values.iter().skip(1) {
                        Rc::make_mut(array).push(added.clone());
                    }
                }
                self.set_slot(slot, value);
                Some(Value::default())
            }
            b"array_shift" | b"array_pop" => {
                let slot = arguments.first()?.at.and_then(|at| self.slot_of(at))?;
                let mut value = self.slots.get(slot)?.clone();
                let Datum::Array(array) = &mut value.datum else { return None };
                let contents = Rc::make_mut(array);
                if contents.entries.is_empty() {
                    return None;
                }
                let taken = if name == b"array_pop" {
                    contents.entries.pop()?.1
                } else {
                    contents.entries.remove(0).1
                };
                let renumbered = contents.entries.drain(..).collect::<Vec<_>>();
                for (key, value) in renumbered {
                    match key {
                        Key::Int(_) => contents.push(value),
                        Key::Text(_) => contents.set(key, value),
                    }
                }
                self.set_slot(slot, value);
                Some(taken)
            }
            _ => None,
        }
    }

    /// What reading gives: the request's body, a distant machine's answer, or a file that nobody knows.
    pub(super) fn call_reader(&mut self, name: &[u8], first: Option<&Value>, line: u32) -> Value {
        let Some(first) = first else { return Value::default() };
        if let Some(taint) = &first.taint {
            // The content of an upload, and of an address that the sender chose.
            let is_handle =
                matches!(name, b"stream_get_contents" | b"fgets" | b"fread" | b"fgetc" | b"curl_exec");
            return if is_handle || taint.origin == Origin::Upload && !first.has(mark::PREFIXED) {
                let source = if taint.origin == Origin::Upload {
                    "content of an upload".to_owned()
                } else {
                    taint.source.clone()
                };
                match taint.origin {
                    Origin::Remote => sources::remote(&source, line),
                    _ => sources::request(&source, line),
                }
            } else if matches!(name, b"file_get_contents" | b"file") && taint.origin == Origin::Request {
                Value::tainted(Rc::clone(taint)).with_marks(first.marks)
            } else if name == b"fopen" {
                Value::object("$file", vec![first.clone()])
            } else {
                Value::default()
            };
        }
        if matches!(name, b"fsockopen" | b"pfsockopen") {
            return sources::remote("a network connection", line);
        }
        let Some(path) = first.as_text() else {
            return match &first.datum {
                Datum::Object(object) if object.class == "$file" => {
                    let inner = object.arguments.first().cloned();
                    match inner.as_ref().and_then(Value::as_text) {
                        Some(path) if path.eq_ignore_ascii_case(b"php://input") => {
                            sources::request("php://input", line)
                        }
                        _ => Value::default(),
                    }
                }
                _ => Value::default(),
            };
        };
        let lower = path.to_ascii_lowercase();
        if lower.starts_with(b"php://input") {
            return sources::request("php://input", line);
        }
        if lower.starts_with(b"http://") || lower.starts_with(b"https://") || lower.starts_with(b"ftp://") {
            return sources::remote(&crate::merge::excerpt(&path), line);
        }
        if lower.starts_with(b"data:") && name == b"file_get_contents" {
            return Value::default();
        }
        match name {
            b"fopen" => Value::object("$file", vec![first.clone()]),
            _ => Value::default(),
        }
    }
}
