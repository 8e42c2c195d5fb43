//! Calls: of functions of the file, of PHP's own, and of what only a value names.

use super::{
    builtins,
    machine::{At, Closure, Machine, Scope},
    names, sources,
    statements::variable_name,
    value::{Datum, Key, Origin, Value, mark},
};
use std::rc::Rc;

/// Calls of functions of the file inside one another.
const CALLS_MAX: usize = 7;
/// Times that one function is walked for its callers, outside loops that run as written.
const WALKS_MAX: u32 = 24;
/// The same for callers with known values, of functions of few bytes.
const WALKS_OF_DECODERS_MAX: u32 = 400;
const SMALL_FUNCTION_BYTES: usize = 3_000;
/// The same for callers of whose values nothing is known.
const WALKS_OF_UNKNOWN_MAX: u32 = 3;
/// Functions are not walked from deeper code than this.
const DEPTH_FOR_CALLS_MAX: usize = 64;

/// An argument: its value, and where it stands when it can be assigned.
pub(super) struct Argument {
    pub(super) at: Option<At>,
    pub(super) value: Value,
}

impl Machine<'_> {
    fn eval_arguments(&mut self, at: At) -> Vec<Argument> {
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
            return self.call_name(&name, arguments, at);
        }
        let callee = self.eval(At { id: function, ..at });
        let arguments = self.eval_arguments(at);
        self.call_value(&callee, arguments, at)
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
    pub(super) fn call_value(&mut self, callee: &Value, arguments: Vec<Argument>, at: At) -> Value {
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

    fn call_closure(&mut self, index: usize, arguments: Vec<Argument>, at: At) -> Value {
        let Some(closure) = self.closures.get(index) else { return Value::default() };
        if let Some(name) = closure.names.clone() {
            return self.call_value(&name, arguments, at);
        }
        let (function, captured) = (closure.at, closure.captured.clone());
        self.walk_function(function, arguments, &captured, None)
    }

    /// Calls a function by its name in lower case.
    pub(super) fn call_name(&mut self, name: &[u8], arguments: Vec<Argument>, at: At) -> Value {
        if let Some(function) = self.functions.get(name).copied() {
            return self.walk_function(function, arguments, &[], None);
        }
        let values: Vec<Value> = arguments.iter().map(|argument| argument.value.clone()).collect();
        if let Some(value) = self.call_sink(name, &arguments, &values, at) {
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
        if let Some(value) = self.call_special(name, &arguments, &values, at) {
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
                mapped.push((key, self.call_value(&callee, vec![argument], at)));
            }
            return Value::array(mapped);
        }
        let arguments = given.into_iter().map(|value| Argument { at: None, value }).collect();
        let result = self.call_value(&callee, arguments, at);
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
        arguments: Vec<Argument>,
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

    /// Calls a method of a class of this file; without a class, when only one class has such a method.
    fn call_method(&mut self, name: &[u8], class: Option<&[u8]>, arguments: Vec<Argument>, _at: At) -> Value {
        let Some(candidates) = self.methods.get(name) else { return Value::default() };
        let chosen = match class {
            Some(class) => candidates.iter().find(|(of, _)| of == class).or_else(|| candidates.first()),
            None if candidates.len() == 1 => candidates.first(),
            None => None,
        };
        let Some((class, function)) = chosen.cloned() else { return Value::default() };
        self.walk_function(function, arguments, &[], Some(&class))
    }

    pub(super) fn eval_member_call(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        // Chains are walked without recursion: `$a->b()->c()…` has one level for each call.
        let mut chain = vec![at.id];
        let mut base = tree.field(at.id, "object");
        while let Some(id) = base.filter(|id| tree.kind(*id) == "member_call_expression") {
            chain.push(id);
            base = tree.field(id, "object");
        }
        let mut value = base.map(|id| self.eval(At { id, ..at })).unwrap_or_default();
        for id in chain.into_iter().rev() {
            if !self.may_step() {
                return Value::default();
            }
            value = self.call_member(At { id, ..at }, &value);
        }
        value
    }

    fn call_member(&mut self, at: At, object: &Value) -> Value {
        let tree = self.tree(at);
        let name = self.member_name(at);
        let arguments = self.eval_arguments(at);
        let values: Vec<Value> = arguments.iter().map(|argument| argument.value.clone()).collect();
        let Some(name) = name else { return Value::default() };
        if let Datum::Object(made) = &object.datum {
            let made = Rc::clone(made);
            let first = made.arguments.first().cloned().unwrap_or_default();
            match (made.class.as_str(), name.as_slice()) {
                ("reflectionfunction", b"invoke" | b"__invoke") => {
                    return self.call_value(&first, arguments, at);
                }
                ("reflectionfunction", b"invokeargs") => {
                    let given = values
                        .first()
                        .map(|value| self.element(value, None).join_text(value))
                        .unwrap_or_default();
                    return self.call_value(&first, vec![Argument { at: None, value: given }], at);
                }
                ("com", b"exec" | b"run" | b"shellexecute") => {
                    for value in &values {
                        self.sink_command("COM object", value, at);
                    }
                    return Value::default();
                }
                ("arrayiterator" | "arrayobject", b"uasort" | b"uksort") => {
                    if let Some(callee) = values.first().cloned() {
                        let given = self.element(&first, None).join_text(&first);
                        return self.call_value(&callee, vec![Argument { at: None, value: given }], at);
                    }
                }
                (class, _) => {
                    let class = class.as_bytes().to_vec();
                    return self.call_method(&name, Some(&class), arguments, at);
                }
            }
        }
        let class = self
            .scope()
            .class
            .clone()
            .filter(|_| tree.field(at.id, "object").is_some_and(|id| tree.bytes(id) == b"$this"));
        self.call_method(&name, class.as_deref(), arguments, at)
    }

    pub(super) fn eval_scoped_call(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let scope =
            tree.field(at.id, "scope").map(|id| tree.bytes(id).to_ascii_lowercase()).unwrap_or_default();
        let name = self.member_name(at);
        let arguments = self.eval_arguments(at);
        let Some(name) = name else { return Value::default() };
        if last_name(&scope) == b"closure" && name == b"fromcallable" {
            let value = arguments.into_iter().next().map(|argument| argument.value).unwrap_or_default();
            self.closures.push(Closure { at, captured: Vec::new(), names: Some(value) });
            return Value::of(Datum::Closure(self.closures.len() - 1));
        }
        let class = match last_name(&scope) {
            b"self" | b"static" | b"parent" => self.scope().class.clone(),
            other => Some(other.to_vec()),
        };
        self.call_method(&name, class.as_deref(), arguments, at)
    }

    fn member_name(&mut self, at: At) -> Option<Vec<u8>> {
        let tree = self.tree(at);
        let name = tree.field(at.id, "name")?;
        if tree.kind(name) == "name" {
            return Some(tree.bytes(name).to_ascii_lowercase());
        }
        let value = self.eval(At { id: name, ..at });
        if value.taint.is_some() {
            return None;
        }
        Some(value.as_text()?.to_ascii_lowercase())
    }

    pub(super) fn eval_new(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let Some(class) = tree.children(at.id).find(|id| tree.kind(*id) != "arguments") else {
            return Value::default();
        };
        let class_at = At { id: class, ..at };
        let class = match tree.kind(class) {
            "name" | "qualified_name" | "relative_name" => last_name(tree.bytes(class)).to_ascii_lowercase(),
            _ => {
                let value = self.eval(class_at);
                if value.taint.is_some() {
                    let arguments: Vec<Value> =
                        self.eval_arguments(at).into_iter().map(|argument| argument.value).collect();
                    if arguments
                        .iter()
                        .any(|argument| argument.any_taint().is_some_and(|t| t.origin == Origin::Request))
                    {
                        self.sink_function(&value, &arguments, at);
                    }
                    return Value::default();
                }
                value.as_text().map(|text| last_name(&text).to_ascii_lowercase()).unwrap_or_default()
            }
        };
        let arguments = self.eval_arguments(at);
        let values: Vec<Value> = arguments.iter().map(|argument| argument.value.clone()).collect();
        if class == b"callbackfilteriterator"
            && let [data, callee] = values.as_slice()
        {
            let given = self.element(data, None).join_text(data);
            self.call_value(callee, vec![Argument { at: None, value: given }], at);
        }
        if self
            .methods
            .get(b"__construct".as_slice())
            .is_some_and(|all| all.iter().any(|(of, _)| *of == class))
        {
            self.call_method(b"__construct", Some(&class), arguments, at);
        }
        let class = String::from_utf8_lossy(&class).into_owned();
        Value::object(class, values)
    }

    /// Functions with an effect on variables, and those that read the request.
    fn call_special(
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
    fn call_reader(&mut self, name: &[u8], first: Option<&Value>, line: u32) -> Value {
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

    /// Functions that do harm. `None` when the function is none of them.
    fn call_sink(&mut self, name: &[u8], arguments: &[Argument], values: &[Value], at: At) -> Option<Value> {
        let sink = String::from_utf8_lossy(name).into_owned();
        let none = Value::default();
        let first = values.first().unwrap_or(&none);
        if names::is_code(name) {
            return Some(self.sink_code(&sink, first, at));
        }
        if names::is_command(name) {
            self.sink_command(&sink, first, at);
            if name == b"pcntl_exec" {
                if let Some(list) = values.get(1) {
                    self.sink_command(&sink, list, at);
                }
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
                        vec![Argument { at: arguments.first().and_then(|a| a.at), value: given }],
                        at,
                    ));
                }
                Some(Value::default())
            }
            _ => None,
        }
    }
}

impl Value {
    /// What a callback gets: an element, or the value itself when it is no array.
    fn join_text(self, whole: &Value) -> Value {
        if self.any_taint().is_some() || self.is_known() {
            return self;
        }
        match whole.any_taint() {
            Some(taint) => Value::tainted(Rc::clone(taint)),
            None => self,
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

/// The last part of a name with namespaces.
fn last_name(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'\\').next().unwrap_or(name)
}
