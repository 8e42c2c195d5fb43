//! Calls: of functions of the file, of PHP's own, and of what only a value names.

use super::{
    builtins,
    machine::{At, Machine, Scope},
    names,
    statements::variable_name,
    value::{Datum, Key, Value, mark},
};
use std::rc::Rc;

/// Calls of functions of the file inside one another.
const CALLS_MAX: usize = 7;
/// Times that one function is walked for its callers, outside loops that run as written.
const WALKS_MAX: u32 = 8;
/// The same for callers with known values, of functions of few bytes.
const WALKS_OF_DECODERS_MAX: u32 = 200;
const SMALL_FUNCTION_BYTES: usize = 3_000;
/// The same for callers of whose values nothing is known.
const WALKS_OF_UNKNOWN_MAX: u32 = 1;
/// Functions are not walked from deeper code than this.
const DEPTH_FOR_CALLS_MAX: usize = 64;

/// An argument: its value, and where it stands when it can be assigned.
pub(super) struct Argument {
    pub(super) at: Option<At>,
    pub(super) value: Value,
}

impl Machine<'_> {
    pub(super) fn eval_arguments(&mut self, at: At) -> Vec<Argument> {
        let tree = self.tree(at);
        let Some(list) = tree.field(at.id, "arguments").or_else(|| tree.child_of_kind(at.id, "arguments"))
        else {
            return Vec::new();
        };
        let mut arguments = Vec::new();
        for id in tree.children(list) {
            let at = At { id, ..at };
            let value = self.eval(at);
            let is_spread = tree.child(id, 0).is_some_and(|inner| tree.kind(inner) == "variadic_unpacking");
            match (&value.datum, is_spread) {
                (Datum::Array(array), true) => {
                    arguments.extend(
                        array
                            .entries
                            .iter()
                            .take(32)
                            .map(|(_, value)| Argument { at: None, value: value.clone() }),
                    );
                }
                _ => arguments.push(Argument { at: Some(at), value }),
            }
        }
        arguments
    }

    pub(super) fn eval_call(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let Some(function) = tree.field(at.id, "function") else { return Value::default() };
        if matches!(tree.kind(function), "name" | "qualified_name" | "relative_name") {
            let name = last_name(tree.bytes(function)).to_ascii_lowercase();
            if matches!(name.as_slice(), b"isset" | b"empty") {
                return self.eval_isset(at);
            }
            if name == b"unset" {
                return Value::default();
            }
            let arguments = self.eval_arguments(at);
            return self.call_name(&name, &arguments, at);
        }
        let callee = self.eval(At { id: function, ..at });
        let arguments = self.eval_arguments(at);
        self.call_value(&callee, &arguments, at)
    }

    /// `isset($map[$x])` says that `$x` is one of the keys.
    fn eval_isset(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let list = tree.child_of_kind(at.id, "arguments").unwrap_or(at.id);
        for id in tree.children(list) {
            let mut inner = id;
            while tree.kind(inner) == "argument" {
                let Some(next) = tree.child(inner, 0) else { break };
                inner = next;
            }
            if tree.kind(inner) == "subscript_expression"
                && let Some(key) = tree.child(inner, 1)
                && matches!(tree.kind(key), "variable_name" | "subscript_expression")
            {
                self.check_value(At { id: key, ..at });
            }
        }
        Value::default()
    }

    /// Calls what a value names.
    pub(super) fn call_value(&mut self, callee: &Value, arguments: &[Argument], at: At) -> Value {
        if callee.taint.is_some() && !matches!(callee.datum, Datum::Closure(_)) {
            let values: Vec<Value> = arguments.iter().map(|argument| argument.value.clone()).collect();
            self.sink_function(callee, &values, at);
            return Value::default();
        }
        match &callee.datum {
            Datum::Closure(index) => self.call_closure(*index, arguments, at),
            Datum::Text(name) => {
                let lower = name.to_ascii_lowercase();
                let name = last_name(&lower);
                if let Some(split) = name.windows(2).position(|pair| pair == b"::") {
                    return self.call_method(&name[split + 2..], None, arguments, at);
                }
                self.sink_hidden_name(name, callee.marks, at);
                let name = name.to_vec();
                self.call_name(&name, arguments, at)
            }
            Datum::Array(array) if array.entries.len() == 2 => {
                let class = array.get(&Key::Int(0)).and_then(|value| match &value.datum {
                    Datum::Object(object) => Some(object.class.clone().into_bytes()),
                    _ => value.as_text().map(|text| text.to_ascii_lowercase()),
                });
                let name =
                    array.get(&Key::Int(1)).filter(|value| value.taint.is_none()).and_then(Value::as_text);
                match name {
                    Some(name) => {
                        self.call_method(&name.to_ascii_lowercase(), class.as_deref(), arguments, at)
                    }
                    None => Value::default(),
                }
            }
            Datum::Object(object) if object.class == "reflectionfunction" => {
                let name = object.arguments.first().cloned().unwrap_or_default();
                self.call_value(&name, arguments, at)
            }
            Datum::Object(_) => self.call_method(b"__invoke", None, arguments, at),
            _ => Value::default(),
        }
    }

    fn call_closure(&mut self, index: usize, arguments: &[Argument], at: At) -> Value {
        let Some(closure) = self.closures.get(index) else { return Value::default() };
        if let Some(name) = closure.names.clone() {
            return self.call_value(&name, arguments, at);
        }
        let (function, captured) = (closure.at, closure.captured.clone());
        self.walk_function(function, arguments, &captured, None)
    }

    /// Calls a function by its name in lower case.
    pub(super) fn call_name(&mut self, name: &[u8], arguments: &[Argument], at: At) -> Value {
        if let Some(function) = self.functions.get(name).copied() {
            return self.walk_function(function, arguments, &[], None);
        }
        let values: Vec<Value> = arguments.iter().map(|argument| argument.value.clone()).collect();
        if let Some(value) = self.call_sink(name, arguments, &values, at) {
            return value;
        }
        if let Some((callable, data)) = names::callback(name, values.len()) {
            return self.call_back(name, callable, data, &values, at);
        }
        if names::is_checking(name) {
            for argument in arguments.iter().take(1 + usize::from(name == b"in_array")) {
                if let Some(at) = argument.at {
                    self.check_value(at);
                }
            }
            return Value::default();
        }
        if let Some(value) = self.call_special(name, arguments, &values, at) {
            return value;
        }
        let taint = values
            .iter()
            .find_map(|value| value.deep_taint(2).map(|(taint, marks)| (Rc::clone(taint), marks)));
        if names::is_escaping(name) {
            let taint = taint.map(|(taint, _)| taint);
            return Value { datum: Datum::Unknown, taint, marks: mark::ESCAPED };
        }
        if names::is_hashing(name) {
            let marks = if taint.is_some() { mark::HASHED } else { 0 };
            return Value { datum: Datum::Unknown, taint: None, marks };
        }
        if let Some((taint, marks)) = taint {
            if !names::is_passing(name) {
                return Value::default();
            }
            return builtins::with_taint(name, &values, taint, marks);
        }
        let folded = builtins::fold(name, &values).unwrap_or_default();
        let marks =
            values.iter().fold(0, |marks, value| marks | value.marks) & (mark::UNPACKED | mark::ASSEMBLED);
        let marks = match (&folded.datum, names::is_decoder(name)) {
            (Datum::Unknown | Datum::Null, _) => 0,
            (_, true) => marks | mark::ASSEMBLED | mark::UNPACKED,
            (Datum::Text(_), false) => marks | mark::ASSEMBLED,
            _ => marks,
        };
        let folded = self.bounded(folded.with_marks(marks));
        if let (Datum::Text(text), true) = (&folded.datum, names::is_decoder(name))
            && text.len() >= 24
        {
            let (line, text) = (self.line(at), Rc::clone(text));
            self.keep_decoded(line, &text);
        }
        folded
    }

    fn call_back(&mut self, name: &[u8], callable: usize, data: &[usize], values: &[Value], at: At) -> Value {
        let Some(callee) = values.get(callable).cloned() else { return Value::default() };
        if matches!(&callee.datum, Datum::Text(text) if text.eq_ignore_ascii_case(b"assert")) {
            // No honest program hands values to assert, which ran texts as code before PHP 8.
            self.sink_hidden_name(b"assert", mark::ASSEMBLED, at);
        }
        let mut given: Vec<Value> = Vec::new();
        for index in data.iter().filter(|index| **index != callable) {
            let Some(value) = values.get(*index) else { continue };
            let hands_elements = !matches!(
                name,
                b"call_user_func"
                    | b"forward_static_call"
                    | b"register_shutdown_function"
                    | b"register_tick_function"
            );
            given.push(if hands_elements {
                self.element(value, None).join_text(value)
            } else {
                value.clone()
            });
        }
        // `call_user_func_array` hands the elements one by one.
        if matches!(name, b"call_user_func_array" | b"forward_static_call_array" | b"iterator_apply")
            && let Some(Datum::Array(array)) = values.last().map(|value| &value.datum)
        {
            given = array.entries.iter().take(16).map(|(_, value)| value.clone()).collect();
        }
        if name == b"array_map"
            && let (Some(Datum::Array(array)), 2) = (values.get(1).map(|value| &value.datum), values.len())
            && array.entries.len() <= 4_096
            && values[1].any_taint().is_none()
            && callee.taint.is_none()
        {
            let elements: Vec<(Key, Value)> = array.entries.clone();
            let mut mapped = Vec::with_capacity(elements.len());
            for (key, element) in elements {
                if !self.may_step() {
                    break;
                }
                let argument = Argument { at: None, value: element };
                mapped.push((key, self.call_value(&callee, &[argument], at)));
            }
            return Value::array(mapped);
        }
        let arguments: Vec<Argument> = given.into_iter().map(|value| Argument { at: None, value }).collect();
        let result = self.call_value(&callee, &arguments, at);
        match name {
            b"array_filter" => values.first().cloned().unwrap_or_default(),
            b"array_map" => Value { datum: Datum::Unknown, ..result },
            _ => result,
        }
    }

    /// Walks a function of the file with the values it is called with.
    pub(super) fn walk_function(
        &mut self,
        function: At,
        arguments: &[Argument],
        captured: &[(Vec<u8>, usize)],
        class: Option<&[u8]>,
    ) -> Value {
        let is_recursive = self.scopes.iter().filter(|scope| scope.function == Some(function)).count() > 1;
        let walks = self.called.entry(function).or_insert(0);
        *walks += 1;
        let walks = *walks;
        // A decoder is called with each of its texts; other functions answer their later callers alike.
        let is_tainted = arguments.iter().any(|argument| argument.value.any_taint().is_some());
        let is_known = !arguments.is_empty() && arguments.iter().all(|argument| argument.value.is_known());
        let limit = if is_tainted {
            WALKS_MAX
        } else if is_known && self.tree(function).bytes(function.id).len() < SMALL_FUNCTION_BYTES {
            WALKS_OF_DECODERS_MAX
        } else {
            WALKS_OF_UNKNOWN_MAX
        };
        let is_worn = walks > limit && self.exact == 0;
        if is_recursive
            || is_worn
            || self.calls >= CALLS_MAX
            || self.depth >= DEPTH_FOR_CALLS_MAX
            || !self.may_be_exact()
        {
            return Value::default();
        }
        let tree = self.tree(function);
        let mut scope =
            Scope { function: Some(function), class: class.map(<[u8]>::to_vec), ..Scope::default() };
        for (name, slot) in captured {
            scope.names.insert(name.clone(), *slot);
        }
        let parameters: Vec<u32> =
            tree.field(function.id, "parameters").map(|id| tree.children(id).collect()).unwrap_or_default();
        let all: Vec<Value> = arguments.iter().map(|argument| argument.value.clone()).collect();
        for (index, parameter) in parameters.iter().enumerate() {
            let Some(name) = tree.field(*parameter, "name") else { continue };
            let name = variable_name(tree.bytes(name)).to_vec();
            let is_reference = tree.field(*parameter, "reference_modifier").is_some();
            if tree.kind(*parameter) == "variadic_parameter" {
                let rest = all.get(index..).unwrap_or(&[]).to_vec();
                let slot = self.new_slot(Value::list(rest));
                scope.names.insert(name, slot);
                continue;
            }
            let slot = match arguments.get(index) {
                Some(Argument { at: Some(at), .. }) if is_reference => self.slot_of(*at),
                _ => None,
            };
            let slot = match (slot, arguments.get(index)) {
                (Some(slot), _) => slot,
                (None, Some(argument)) => self.new_slot(argument.value.clone()),
                (None, None) => {
                    let default =
                        tree.field(*parameter, "default_value").map(|id| self.eval(At { id, ..function }));
                    self.new_slot(default.unwrap_or_default())
                }
            };
            if tree.kind(*parameter) == "property_promotion_parameter"
                && let Some(value) = self.slots.get(slot).cloned()
            {
                let property = self.property_slot(&name);
                self.set_slot(property, value);
            }
            scope.names.insert(name, slot);
        }
        let arguments_slot = self.new_slot(Value::list(all));
        scope.names.insert(b"#arguments".to_vec(), arguments_slot);
        let Some(body) = tree.field(function.id, "body") else { return Value::default() };
        self.scopes.push(scope);
        self.calls += 1;
        let body = At { id: body, ..function };
        let value = if tree.kind(function.id) == "arrow_function" {
            self.eval(body)
        } else {
            self.run(body);
            self.scope().returned.take().unwrap_or_else(|| Value::of(Datum::Null))
        };
        self.calls -= 1;
        self.scopes.pop();
        value
    }
}

impl Value {
    /// What a callback gets: an element, or the value itself when it is no array.
    pub(super) fn join_text(self, whole: &Value) -> Value {
        if self.any_taint().is_some() || self.is_known() {
            return self;
        }
        match whole.any_taint() {
            Some(taint) => Value::tainted(Rc::clone(taint)),
            None => self,
        }
    }
}

/// The last part of a name with namespaces.
pub(super) fn last_name(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'\\').next().unwrap_or(name)
}
