//! Calls of methods, and objects.

use super::{
    calls::{Argument, last_name},
    machine::{At, Closure, Machine},
    value::{Datum, Origin, Value},
};
use std::rc::Rc;

impl Machine<'_> {
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

    pub(super) fn call_member(&mut self, at: At, object: &Value) -> Value {
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
                    return self.call_value(&first, &arguments, at);
                }
                ("reflectionfunction", b"invokeargs") => {
                    let given = values
                        .first()
                        .map(|value| self.element(value, None).join_text(value))
                        .unwrap_or_default();
                    return self.call_value(&first, &[Argument { at: None, value: given }], at);
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
                        return self.call_value(&callee, &[Argument { at: None, value: given }], at);
                    }
                }
                (class, _) => {
                    let class = class.as_bytes().to_vec();
                    return self.call_method(&name, Some(&class), &arguments, at);
                }
            }
        }
        let class = self
            .scope()
            .class
            .clone()
            .filter(|_| tree.field(at.id, "object").is_some_and(|id| tree.bytes(id) == b"$this"));
        self.call_method(&name, class.as_deref(), &arguments, at)
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
        self.call_method(&name, class.as_deref(), &arguments, at)
    }

    pub(super) fn member_name(&mut self, at: At) -> Option<Vec<u8>> {
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
            self.call_value(callee, &[Argument { at: None, value: given }], at);
        }
        if self
            .methods
            .get(b"__construct".as_slice())
            .is_some_and(|all| all.iter().any(|(of, _)| *of == class))
        {
            self.call_method(b"__construct", Some(&class), &arguments, at);
        }
        let class = String::from_utf8_lossy(&class).into_owned();
        Value::object(class, values)
    }

    /// Calls a method of a class of this file; without a class, when only one class has such a method.
    pub(super) fn call_method(
        &mut self,
        name: &[u8],
        class: Option<&[u8]>,
        arguments: &[Argument],
        _at: At,
    ) -> Value {
        let Some(candidates) = self.methods.get(name) else { return Value::default() };
        let chosen = match class {
            Some(class) => candidates.iter().find(|(of, _)| of == class).or_else(|| candidates.first()),
            None if candidates.len() == 1 => candidates.first(),
            None => None,
        };
        let Some((class, function)) = chosen.cloned() else { return Value::default() };
        self.walk_function(function, arguments, &[], Some(&class))
    }
}
