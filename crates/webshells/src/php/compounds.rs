//! Expressions made of many: texts with variables in them, arrays, closures, matches.

use super::{
    literals,
    machine::{At, Closure, Machine},
    operators,
    statements::variable_name,
    value::{Array, Datum, Value, mark},
};
use std::rc::Rc;

impl Machine<'_> {
    pub(super) fn eval_text(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        match tree.kind(at.id) {
            "string" => Value::text(&literals::single_quoted(tree.bytes(at.id))),
            "nowdoc" => {
                let body = tree.field(at.id, "value").map(|id| tree.bytes(id).to_vec()).unwrap_or_default();
                Value::text(&body)
            }
            "heredoc" => match tree.field(at.id, "value") {
                Some(id) => self.eval_pieces(At { id, ..at }),
                None => Value::text(b""),
            },
            _ => self.eval_pieces(at),
        }
    }

    /// The pieces of a text in double quotes, backticks or a heredoc.
    pub(super) fn eval_pieces(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let mut text: Option<Value> = None;
        for id in tree.children(at.id) {
            let piece = match tree.kind(id) {
                "string_content" => Value::text(tree.bytes(id)),
                "escape_sequence" => {
                    let bytes = literals::escape(tree.bytes(id));
                    let marks = if tree.bytes(id).len() > 2 { mark::ASSEMBLED } else { 0 };
                    Value::text(&bytes).with_marks(marks)
                }
                _ => self.eval(At { id, ..at }),
            };
            text = Some(match text {
                None => operators::as_text_value(piece),
                Some(before) => operators::concat(&before, &piece),
            });
        }
        // Interpolation alone is how people write.
        text.unwrap_or_else(|| Value::text(b""))
    }

    pub(super) fn eval_array(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let mut array = Array::default();
        let mut outer = None;
        for id in tree.children(at.id) {
            let (first, second) = (tree.child(id, 0), tree.child(id, 1));
            match (first, second) {
                (Some(key), Some(element)) if tree.kind(id) == "array_element_initializer" => {
                    let key = self.eval(At { id: key, ..at });
                    let value = self.eval(At { id: element, ..at });
                    outer = outer.or_else(|| key.taint.clone());
                    match key.key().filter(|_| key.taint.is_none()) {
                        Some(key) => array.append(key, value),
                        None => array.push(value),
                    }
                }
                (Some(only), None) if tree.kind(only) == "variadic_unpacking" => {
                    let value = self.eval(At { id: only, ..at });
                    outer = outer.or_else(|| value.any_taint().cloned());
                }
                _ => {
                    let value = self.eval(At { id, ..at });
                    array.push(value);
                }
            }
        }
        Value { datum: Datum::Array(Rc::new(array)), taint: outer, marks: 0 }
    }

    pub(super) fn eval_closure(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        let mut captured = Vec::new();
        if tree.kind(at.id) == "arrow_function" {
            captured =
                self.scope().names.iter().take(200).map(|(name, slot)| (name.clone(), *slot)).collect();
        } else if let Some(clause) = tree.child_of_kind(at.id, "anonymous_function_use_clause") {
            for id in tree.children(clause) {
                let name = variable_name(tree.bytes(id)).to_vec();
                let slot = self.slot_of_name(&name);
                captured.push((name, slot));
            }
        }
        if self.closures.len() >= 5_000 {
            return Value::default();
        }
        self.closures.push(Closure { at, captured, names: None });
        Value::of(Datum::Closure(self.closures.len() - 1))
    }

    pub(super) fn eval_match(&mut self, at: At) -> Value {
        let tree = self.tree(at);
        if let Some(id) = tree.field(at.id, "condition") {
            self.eval(At { id, ..at });
        }
        let mut joined: Option<Value> = None;
        for arm in
            tree.field(at.id, "body").into_iter().flat_map(|body| tree.children(body).collect::<Vec<_>>())
        {
            if let Some(id) = tree.field(arm, "return_expression") {
                let value = self.eval(At { id, ..at });
                joined = Some(match joined {
                    None => value,
                    Some(before) => before.join(value),
                });
            }
        }
        joined.unwrap_or_default()
    }
}
