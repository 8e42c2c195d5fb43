//! Where values are put: variables, elements, properties, lists.

use super::{
    machine::{At, Machine},
    sources,
    statements::variable_name,
    value::{Array, Datum, Key, Value},
};
use std::rc::Rc;

/// Nested subscripts of one assignment.
const SUBSCRIPTS_MAX: usize = 16;

impl Machine<'_> {
    /// The slot that an expression names, if it names one.
    pub(super) fn slot_of(&mut self, at: At) -> Option<usize> {
        let tree = self.tree(at);
        match tree.kind(at.id) {
            "variable_name" => Some(self.slot_of_name(variable_name(tree.bytes(at.id)))),
            "dynamic_variable_name" => {
                let (name, _) = self.dynamic_name(at);
                name.map(|name| self.slot_of_name(&name))
            }
            "subscript_expression" => {
                let base = tree.child(at.id, 0)?;
                if !tree.bytes(base).ends_with(b"GLOBALS") {
                    return None;
                }
                let key = self.eval(At { id: tree.child(at.id, 1)?, ..at });
                match key.key()? {
                    Key::Text(name) => Some(self.global_slot(&name)),
                    Key::Int(_) => None,
                }
            }
            "member_access_expression"
            | "nullsafe_member_access_expression"
            | "scoped_property_access_expression" => {
                let name = tree.field(at.id, "name")?;
                let name = match tree.kind(name) {
                    "name" => tree.bytes(name).to_vec(),
                    "variable_name" if tree.kind(at.id) == "scoped_property_access_expression" => {
                        variable_name(tree.bytes(name)).to_vec()
                    }
                    _ => self.eval(At { id: name, ..at }).as_text()?.to_vec(),
                };
                Some(self.property_slot(&name))
            }
            "argument" | "parenthesized_expression" | "by_ref" | "error_suppression_expression" => {
                let inner = tree.child(at.id, 0)?;
                match tree.kind(inner) {
                    "variable_name" | "subscript_expression" | "by_ref" | "member_access_expression" => {
                        self.slot_of(At { id: inner, ..at })
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Puts a value where an expression says.
    pub(super) fn assign(&mut self, at: At, value: Value) {
        let value = self.bounded(value);
        let tree = self.tree(at);
        match tree.kind(at.id) {
            "subscript_expression" => self.assign_element(at, value),
            "list_literal" | "array_creation_expression" => self.assign_list(at, &value),
            "by_ref" | "parenthesized_expression" | "argument" | "error_suppression_expression" => {
                if let Some(id) = tree.child(at.id, 0) {
                    self.assign(At { id, ..at }, value);
                }
            }
            "dynamic_variable_name" => {
                let (name, name_value) = self.dynamic_name(at);
                match name {
                    Some(name) => {
                        let slot = self.slot_of_name(&name);
                        self.set_slot(slot, value);
                    }
                    // `foreach ($_POST as $k => $v) $$k = $v;`
                    None => {
                        if let (Some(_), Some(taint)) = (&name_value.taint, &value.taint) {
                            let taint = sources::extracted(taint);
                            self.scope().extracted = Some(taint);
                        }
                    }
                }
            }
            _ => {
                if let Some(slot) = self.slot_of(at) {
                    self.set_slot(slot, value);
                }
            }
        }
    }

    fn assign_element(&mut self, at: At, value: Value) {
        let tree = self.tree(at);
        if let Some(slot) = self.slot_of(at) {
            self.set_slot(slot, value);
            return;
        }
        let mut keys: Vec<Option<Option<Key>>> = Vec::new();
        let mut base = at;
        while tree.kind(base.id) == "subscript_expression" && keys.len() < SUBSCRIPTS_MAX {
            if !keys.is_empty() && self.is_global_element(base) {
                break;
            }
            // `None` appends; `Some(None)` is a key that is not known.
            keys.push(match tree.child(base.id, 1) {
                None => None,
                Some(id) => {
                    let key = self.eval(At { id, ..at });
                    Some(if key.taint.is_none() { key.key() } else { None })
                }
            });
            let Some(id) = tree.child(base.id, 0) else { return };
            base = At { id, ..at };
        }
        let before = if tree.kind(base.id) == "variable_name" {
            // Superglobals have no slot until something is put into them.
            let name = variable_name(tree.bytes(base.id)).to_vec();
            if !self.scope().names.contains_key(&name) {
                let initial = self.read_variable(&name, base);
                let slot = self.slot_of_name(&name);
                self.set_slot(slot, initial);
            }
            self.slot_of(base)
        } else {
            self.slot_of(base)
        };
        let Some(slot) = before else { return };
        let Some(old) = self.slots.get(slot).cloned() else { return };
        keys.reverse();
        // The old value is let go first, so that a large array is changed in place and not copied.
        self.set_slot(slot, Value::of(Datum::Null));
        let new = put(old, &keys, value);
        self.set_slot(slot, new);
    }

    fn is_global_element(&self, at: At) -> bool {
        let tree = self.tree(at);
        tree.child(at.id, 0).is_some_and(|base| tree.bytes(base) == b"$GLOBALS")
    }

    fn assign_list(&mut self, at: At, value: &Value) {
        let tree = self.tree(at);
        for (index, id) in (0..).zip(tree.children(at.id)) {
            let is_pair = tree.kind(id) == "array_element_initializer" && tree.child(id, 1).is_some();
            if is_pair {
                let key = tree.child(id, 0).map(|id| self.eval(At { id, ..at })).and_then(|key| key.key());
                let element = self.element(value, key.as_ref());
                if let Some(target) = tree.child(id, 1) {
                    self.assign(At { id: target, ..at }, element);
                }
            } else {
                let element = self.element(value, Some(&Key::Int(index)));
                let target =
                    if tree.kind(id) == "array_element_initializer" { tree.child(id, 0) } else { Some(id) };
                if let Some(target) = target {
                    self.assign(At { id: target, ..at }, element);
                }
            }
        }
    }
}

fn put(old: Value, keys: &[Option<Option<Key>>], value: Value) -> Value {
    let Some((key, rest)) = keys.split_first() else { return value };
    let Value { datum, taint, marks } = old;
    let mut array = match datum {
        Datum::Array(array) => array,
        Datum::Null => Rc::new(Array::default()),
        Datum::Text(text) => {
            return match (key, value.as_text()) {
                (Some(Some(Key::Int(index))), Some(new)) if rest.is_empty() => {
                    put_byte(&text, *index, &new, marks)
                }
                _ => Value { datum: Datum::Unknown, taint: taint.or(value.taint), marks },
            };
        }
        // An object with special elements stays what it is.
        Datum::Object(object) => return Value { datum: Datum::Object(object), taint, marks },
        _ if taint.is_none() && key.as_ref().is_some_and(Option::is_some) => Rc::new(Array::default()),
        _ => {
            // What is tainted as a whole keeps its elements, with the known one on top.
            if let Some(Some(_)) = key {
                Rc::new(Array::default())
            } else {
                let taint = taint.or_else(|| value.any_taint().cloned());
                return Value { datum: Datum::Unknown, taint, marks };
            }
        }
    };
    let contents = Rc::make_mut(&mut array);
    match key {
        None => {
            let inner = put(Value::of(Datum::Null), rest, value);
            contents.push(inner);
        }
        Some(Some(key)) => {
            let before = contents.get(key).cloned().unwrap_or_else(|| Value::of(Datum::Null));
            contents.set(key.clone(), put(before, rest, value));
        }
        Some(None) => {
            let taint = taint.or_else(|| value.any_taint().cloned());
            return Value { datum: Datum::Array(array), taint, marks };
        }
    }
    Value { datum: Datum::Array(array), taint, marks }
}

fn put_byte(text: &Rc<[u8]>, index: i64, new: &[u8], marks: u8) -> Value {
    let mut bytes = text.to_vec();
    match (usize::try_from(index), new.first()) {
        (Ok(index), Some(byte)) if index < 1 << 16 => {
            if bytes.len() <= index {
                bytes.resize(index + 1, b' ');
            }
            bytes[index] = *byte;
            Value::text(&bytes).with_marks(marks)
        }
        _ => Value::default(),
    }
}
