//! Expressions.

use super::{
    literals,
    machine::{At, DEPTH_MAX, Machine},
    operators, sources,
    statements::variable_name,
    value::{Datum, Key, TEXT_BYTES_MAX, Value, mark},
};
use std::rc::Rc;

impl Machine<'_> {
    /// What is known of an expression, after everything in it was looked at.
    pub(super) fn eval(&mut self, at: At) -> Value {
        if !self.may_step() {
            return Value::default();
        }
        if self.depth >= DEPTH_MAX {
            self.note_limit("the code is nested too deeply to be followed");
            return Value::default();
        }
        self.depth += 1;
        let value = self.eval_inner(at);
        self.depth -= 1;
        value
    }

    fn eval_inner(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let child = |index: usize| tree.child(at.id, index).map(|id| At { id, ..at });
        match tree.kind(at.id) {
            "variable_name" => self.read_variable(variable_name(tree.bytes(at.id)), at),
            "string" | "encapsed_string" | "heredoc" | "nowdoc" => self.eval_text(at),
            "integer" => literals::integer(tree.bytes(at.id)).map_or_else(Value::default, Value::int),
            "float" => std::str::from_utf8(tree.bytes(at.id))
                .ok()
                .and_then(|text| text.parse().ok())
                .map_or_else(Value::default, |number| Value::of(Datum::Float(number))),
            "boolean" => Value::bool(tree.bytes(at.id).eq_ignore_ascii_case(b"true")),
            "null" => Value::of(Datum::Null),
            "name" | "qualified_name" => self.eval_constant(at),
            "parenthesized_expression"
            | "error_suppression_expression"
            | "clone_expression"
            | "argument"
            | "array_element_initializer"
            | "variadic_unpacking"
            | "by_ref" => {
                // The last child is the value; a name before it belongs to a named argument.
                let last = tree.children(at.id).filter(|id| tree.kind(*id) != "reference_modifier").last();
                last.map_or_else(Value::default, |id| self.eval(At { id, ..at }))
            }
            "assignment_expression" | "reference_assignment_expression" => self.eval_assignment(at),
            "augmented_assignment_expression" => self.eval_augmented(at),
            "binary_expression" => self.eval_binary(at),
            "unary_op_expression" => self.eval_unary(at),
            "update_expression" => self.eval_update(at),
            "cast_expression" => self.eval_cast(at),
            "conditional_expression" => self.eval_conditional(at),
            "subscript_expression" => self.eval_subscript(at),
            "member_access_expression"
            | "nullsafe_member_access_expression"
            | "scoped_property_access_expression" => self.eval_property(at),
            "class_constant_access_expression" => {
                let name = tree.children(at.id).last().map(|id| tree.bytes(id).to_vec()).unwrap_or_default();
                self.constants.get(&name).cloned().unwrap_or_default()
            }
            "dynamic_variable_name" => self.eval_dynamic_variable(at),
            "array_creation_expression" | "list_literal" => self.eval_array(at),
            "function_call_expression" => self.eval_call(at),
            "member_call_expression" | "nullsafe_member_call_expression" => self.eval_member_call(at),
            "scoped_call_expression" => self.eval_scoped_call(at),
            "object_creation_expression" => self.eval_new(at),
            "anonymous_function" | "arrow_function" | "anonymous_function_creation_expression" => {
                self.eval_closure(at)
            }
            "shell_command_expression" => {
                let value = self.eval_pieces(at);
                self.sink_command("`…`", &value, at);
                sources::output_of(&value)
            }
            "include_expression"
            | "include_once_expression"
            | "require_expression"
            | "require_once_expression" => {
                let value = child(0).map(|id| self.eval(id)).unwrap_or_default();
                self.sink_include(&value, at);
                Value::default()
            }
            "print_intrinsic" | "throw_expression" | "yield_expression" | "echo_statement" => {
                for id in tree.children(at.id) {
                    self.eval(At { id, ..at });
                }
                Value::int(1)
            }
            "exit_statement" => {
                self.run(at);
                Value::default()
            }
            "sequence_expression" => {
                let mut last = Value::default();
                for id in tree.children(at.id) {
                    last = self.eval(At { id, ..at });
                }
                last
            }
            "match_expression" => self.eval_match(at),
            "anonymous_class" => {
                self.run_class(at);
                Value::default()
            }
            _ if tree.has_field(at.id) && tree.child(at.id, 0).is_none() => Value::default(),
            _ => {
                for id in tree.children(at.id) {
                    self.eval(At { id, ..at });
                }
                Value::default()
            }
        }
    }

    pub(super) fn read_variable(&mut self, name: &[u8], at: At) -> Value {
        if let Some(slot) = self.scope().names.get(name).copied()
            && let Some(value) = self.slots.get(slot)
        {
            return value.clone();
        }
        let line = self.line(at);
        if let Some(value) = sources::superglobal(name, line) {
            return value;
        }
        match &self.scope().extracted {
            Some(taint) => Value::tainted(Rc::clone(taint)),
            None => Value::default(),
        }
    }

    fn eval_constant(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let name = tree.bytes(at.id);
        if let Some(value) = self.constants.get(name) {
            return value.clone();
        }
        match name.strip_prefix(b"\\").unwrap_or(name).to_ascii_lowercase().as_slice() {
            b"true" => Value::bool(true),
            b"false" => Value::bool(false),
            b"null" => Value::of(Datum::Null),
            b"php_eol" => Value::text(b"\n"),
            b"directory_separator" => Value::text(b"/"),
            b"php_os" | b"php_version" | b"e_all" | b"__line__" => Value::default(),
            // PHP before 8 takes a name that is no constant as its own text, and shells rely on it.
            _ if name.len() <= 2 && name.iter().all(|byte| byte.is_ascii_alphabetic()) => Value::text(name),
            _ => Value::default(),
        }
    }

    fn eval_assignment(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let (Some(left), Some(right)) = (tree.field(at.id, "left"), tree.field(at.id, "right")) else {
            return Value::default();
        };
        let (left, right) = (At { id: left, ..at }, At { id: right, ..at });
        if tree.kind(at.id) == "reference_assignment_expression"
            && tree.kind(left.id) == "variable_name"
            && let Some(slot) = self.slot_of(right)
        {
            let name = variable_name(tree.bytes(left.id)).to_vec();
            self.scope().names.insert(name, slot);
            return self.slots.get(slot).cloned().unwrap_or_default();
        }
        let value = self.eval(right);
        self.assign(left, value.clone());
        value
    }

    fn eval_augmented(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let (Some(left), Some(right)) = (tree.field(at.id, "left"), tree.field(at.id, "right")) else {
            return Value::default();
        };
        let operator = tree.field(at.id, "operator").map(|id| tree.bytes(id).to_vec()).unwrap_or_default();
        let added = self.eval(At { id: right, ..at });
        let before = self.eval(At { id: left, ..at });
        let value = match operator.as_slice() {
            b"??=" => before.join(added),
            _ => operators::binary(operator.strip_suffix(b"=").unwrap_or(&operator), before, &added),
        };
        self.assign(At { id: left, ..at }, value.clone());
        value
    }

    fn eval_binary(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        // Chains are walked along their left sides without recursion: `'a'.'b'.'c'…` has one level for each piece.
        let mut rights = Vec::new();
        let mut first = at.id;
        while tree.kind(first) == "binary_expression" && rights.len() < 200_000 {
            let (Some(left), Some(operator), Some(right)) =
                (tree.field(first, "left"), tree.field(first, "operator"), tree.field(first, "right"))
            else {
                break;
            };
            rights.push((operator, right));
            first = left;
        }
        let mut value = if tree.kind(first) == "binary_expression" {
            Value::default()
        } else {
            self.eval(At { id: first, ..at })
        };
        let mut left_at = At { id: first, ..at };
        for (operator, right) in rights.into_iter().rev() {
            if !self.may_step() {
                return Value::default();
            }
            let right_at = At { id: right, ..at };
            let operator = tree.bytes(operator).to_ascii_lowercase();
            if self.exact > 0
                && let Some(known) = value.as_bool().filter(|_| value.taint.is_none())
                && matches!((operator.as_slice(), known), (b"&&" | b"and", false) | (b"||" | b"or", true))
            {
                value = Value::bool(known);
                continue;
            }
            let other = self.eval(right_at);
            if matches!(operator.as_slice(), b"==" | b"===" | b"!=" | b"!==" | b"<=>") {
                self.notice_comparison(&value, left_at, &other, right_at);
            }
            value = operators::binary(&operator, value, &other);
            left_at = right_at;
        }
        value
    }

    fn notice_comparison(&mut self, left: &Value, left_at: At, right: &Value, right_at: At) {
        let is_digest = |value: &Value| matches!(&value.datum, Datum::Text(text) if text.len() >= 16 && text.iter().all(u8::is_ascii_alphanumeric));
        if (left.has(mark::HASHED) && is_digest(right)) || (right.has(mark::HASHED) && is_digest(left)) {
            self.has_password_gate = true;
        }
        // A variable that was compared with known text no longer brings just anything.
        if matches!(&right.datum, Datum::Text(text) if !text.is_empty()) {
            self.check_value(left_at);
        } else if matches!(&left.datum, Datum::Text(text) if !text.is_empty()) {
            self.check_value(right_at);
        }
    }

    /// Marks what a variable or element holds as compared with known values.
    pub(super) fn check_value(&mut self, at: At) {
        let tree = self.tree(at);
        let mut at = at;
        while matches!(tree.kind(at.id), "parenthesized_expression" | "argument") {
            let Some(id) = tree.child(at.id, 0) else { return };
            at = At { id, ..at };
        }
        if tree.kind(at.id) == "variable_name" {
            let slot = self.slot_of_name(variable_name(tree.bytes(at.id)));
            if let Some(value) = self.slots.get(slot)
                && value.taint.is_some()
            {
                let value = value.clone().with_marks(mark::CHECKED);
                self.set_slot(slot, value);
            }
        } else if tree.kind(at.id) == "subscript_expression" {
            // Elements of superglobals have no place of their own; one is made by assigning it.
            let value = self.eval(at);
            if value.taint.is_some() {
                self.assign(at, value.with_marks(mark::CHECKED));
            }
        }
    }

    fn eval_unary(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let operator = tree.field(at.id, "operator").map(|id| tree.bytes(id).to_vec()).unwrap_or_default();
        let argument = tree.field(at.id, "argument").or_else(|| tree.children(at.id).last());
        let value = argument.map(|id| self.eval(At { id, ..at })).unwrap_or_default();
        operators::unary(&operator, &value)
    }

    fn eval_update(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let Some(argument) = tree.field(at.id, "argument") else { return Value::default() };
        let is_plus = tree.field(at.id, "operator").is_some_and(|id| tree.bytes(id) == b"++");
        let is_prefix = tree.bytes(at.id).starts_with(b"++") || tree.bytes(at.id).starts_with(b"--");
        let before = self.eval(At { id: argument, ..at });
        let after = operators::step(&before, is_plus);
        self.assign(At { id: argument, ..at }, after.clone());
        if is_prefix { after } else { before }
    }

    fn eval_cast(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let to = tree.field(at.id, "type").map(|id| tree.bytes(id).to_ascii_lowercase()).unwrap_or_default();
        let value = tree.field(at.id, "value").map(|id| self.eval(At { id, ..at })).unwrap_or_default();
        match to.as_slice() {
            b"string" | b"binary" => operators::as_text_value(value),
            b"int" | b"integer" => {
                value.as_int().filter(|_| value.taint.is_none()).map_or_else(Value::default, Value::int)
            }
            b"float" | b"double" | b"real" | b"bool" | b"boolean" => Value::default(),
            _ => value,
        }
    }

    fn eval_conditional(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let part = |name: &str| tree.field(at.id, name).map(|id| At { id, ..at });
        let condition = part("condition").map(|id| self.eval(id)).unwrap_or_default();
        let known = if condition.taint.is_none() { condition.as_bool() } else { None };
        match (known, part("body"), part("alternative")) {
            (Some(true), None, _) if self.exact > 0 => condition,
            (Some(true), Some(body), _) if self.exact > 0 => self.eval(body),
            (Some(false), _, Some(other)) if self.exact > 0 => self.eval(other),
            (_, body, other) => {
                let body = body.map_or(condition, |id| self.eval(id));
                let other = other.map(|id| self.eval(id)).unwrap_or_default();
                match known {
                    Some(true) => body,
                    Some(false) => other,
                    None => body.join(other),
                }
            }
        }
    }

    fn eval_subscript(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let Some(base) = tree.child(at.id, 0) else { return Value::default() };
        let key = tree.child(at.id, 1).map(|id| {
            // Inside quotes an element's name stands without its own: "$_GET[c]".
            if tree.kind(id) == "name" { Value::text(tree.bytes(id)) } else { self.eval(At { id, ..at }) }
        });
        let value = self.eval(At { id: base, ..at });
        let key = key.as_ref().filter(|key| key.taint.is_none()).and_then(Value::key);
        self.element(&value, key.as_ref())
    }

    /// An element, with the special arrays of PHP understood.
    pub(super) fn element(&mut self, value: &Value, key: Option<&Key>) -> Value {
        if let Datum::Object(object) = &value.datum {
            if object.class == sources::GLOBALS {
                let Some(Key::Text(name)) = key else { return Value::default() };
                return match self.scopes[0].names.get(&**name).and_then(|slot| self.slots.get(*slot)) {
                    Some(value) => value.clone(),
                    None => sources::superglobal(name, 0).unwrap_or_default(),
                };
            }
            if let Some(value) = sources::element(object, key) {
                return value;
            }
        }
        sources::named_element(value, key)
    }

    fn eval_property(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        if let Some(object) = tree.field(at.id, "object") {
            self.eval(At { id: object, ..at });
        }
        let Some(slot) = self.slot_of(at) else { return Value::default() };
        self.slots.get(slot).cloned().unwrap_or_default()
    }

    fn eval_dynamic_variable(&mut self, at: At) -> Value {
        match self.dynamic_name(at) {
            (Some(name), _) => self.read_variable(&name, at),
            // Whoever names the variable can name the request itself.
            (None, name) if name.taint.is_some() => Value { datum: Datum::Unknown, ..name },
            (None, _) => Value::default(),
        }
    }

    /// The name that `$$x` or `${…}` stands for.
    pub(super) fn dynamic_name(&mut self, at: At) -> (Option<Vec<u8>>, Value) {
        let tree = self.tree(at);
        let Some(inner) = tree.child(at.id, 0) else { return (None, Value::default()) };
        let name = self.eval(At { id: inner, ..at });
        let text = if name.taint.is_none() { name.as_text().map(|text| text.to_vec()) } else { None };
        (text, name)
    }

    /// Keeps a text within its bound.
    pub(super) fn bounded(&mut self, value: Value) -> Value {
        match &value.datum {
            Datum::Text(text) if text.len() > TEXT_BYTES_MAX => {
                self.note_limit("a text grew larger than is followed");
                Value { datum: Datum::Unknown, ..value }
            }
            _ => value,
        }
    }
}
