//! Statements.

use super::{
    machine::{At, DEPTH_MAX, Machine},
    syntax::Id,
    value::{Datum, Value},
};

/// How a statement ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Normal,
    Break(u32),
    Continue(u32),
    Return,
}

/// Rounds of one loop that is run as written.
const ROUNDS_MAX: usize = 20_000;

impl Machine<'_> {
    /// Walks statements one after the other.
    pub(super) fn run_children(&mut self, at: At) -> End {
        let tree = self.tree(at);
        for id in tree.children(at.id) {
            let end = self.run(At { id, ..at });
            if end != End::Normal && (self.exact > 0 || self.calls > 0) {
                return end;
            }
        }
        End::Normal
    }

    /// Walks one statement.
    pub(super) fn run(&mut self, at: At) -> End {
        if !self.may_step() {
            return End::Return;
        }
        if self.depth >= DEPTH_MAX {
            self.note_limit("the code is nested too deeply to be followed");
            return End::Normal;
        }
        self.depth += 1;
        let end = self.run_inner(at);
        self.depth -= 1;
        end
    }

    fn run_inner(&mut self, at: At) -> End {
        let tree = self.tree(at);
        match tree.kind(at.id) {
            "text"
            | "php_tag"
            | "text_interpolation"
            | "function_definition"
            | "empty_statement"
            | "namespace_use_declaration"
            | "interface_declaration"
            | "name"
            | "namespace_name" => End::Normal,
            "class_declaration" | "trait_declaration" | "enum_declaration" => {
                self.run_class(at);
                End::Normal
            }
            "expression_statement" | "echo_statement" => {
                for id in tree.children(at.id) {
                    self.eval(At { id, ..at });
                }
                End::Normal
            }
            "if_statement" => self.run_if(at),
            "while_statement" | "do_statement" | "for_statement" => self.run_loop(at),
            "foreach_statement" => self.run_foreach(at),
            "switch_statement" => self.run_switch(at),
            "return_statement" => {
                let value = tree
                    .child(at.id, 0)
                    .map_or_else(|| Value::of(Datum::Null), |id| self.eval(At { id, ..at }));
                let scope = self.scope();
                let joined = match scope.returned.take() {
                    None => value,
                    Some(before) => before.join(value),
                };
                scope.returned = Some(joined);
                End::Return
            }
            "break_statement" => End::Break(self.levels(at)),
            "continue_statement" => End::Continue(self.levels(at)),
            "global_declaration" => {
                for id in tree.children(at.id) {
                    let name = variable_name(tree.bytes(id)).to_vec();
                    let slot = self.global_slot(&name);
                    self.scope().names.insert(name, slot);
                }
                End::Normal
            }
            "function_static_declaration" => {
                for id in tree.children(at.id) {
                    let value = tree
                        .field(id, "value")
                        .map_or_else(|| Value::of(Datum::Null), |id| self.eval(At { id, ..at }));
                    if let Some(name) = tree.field(id, "name") {
                        self.assign(At { id: name, ..at }, value);
                    }
                }
                End::Normal
            }
            "const_declaration" => {
                self.run_constants(at);
                End::Normal
            }
            "unset_statement" => {
                for id in tree.children(at.id) {
                    if tree.kind(id) == "variable_name" {
                        self.assign(At { id, ..at }, Value::of(Datum::Null));
                    }
                }
                End::Normal
            }
            "try_statement" => {
                for id in tree.children(at.id) {
                    let body = tree.field(id, "body").unwrap_or(id);
                    let branch = self.walk_branch(|machine| {
                        machine.run_children(At { id: body, ..at });
                    });
                    self.join_branches(vec![branch], tree.kind(id) != "catch_clause");
                }
                End::Normal
            }
            "exit_statement" => {
                for id in tree.children(at.id) {
                    self.eval(At { id, ..at });
                }
                if self.exact > 0 { End::Return } else { End::Normal }
            }
            "compound_statement"
            | "colon_block"
            | "program"
            | "namespace_definition"
            | "declare_statement"
            | "ERROR"
            | "else_clause"
            | "case_statement"
            | "default_statement"
            | "finally_clause" => self.run_children(at),
            "goto_statement" | "named_label_statement" => End::Normal,
            _ => {
                self.eval(at);
                End::Normal
            }
        }
    }

    fn levels(&self, at: At) -> u32 {
        let tree = self.tree(at);
        tree.child(at.id, 0)
            .and_then(|id| std::str::from_utf8(tree.bytes(id)).ok()?.parse().ok())
            .unwrap_or(1)
            .clamp(1, 64)
    }

    fn run_if(&mut self, at: At) -> End {
        let tree = self.tree(at);
        let mut ways: Vec<(Option<Id>, Id)> = Vec::new();
        if let Some(body) = tree.field(at.id, "body") {
            ways.push((tree.field(at.id, "condition"), body));
        }
        for way in tree.fields(at.id, "alternative") {
            if let Some(body) = tree.field(way, "body") {
                ways.push((tree.field(way, "condition"), body));
            }
        }
        let is_exhaustive = ways.last().is_some_and(|(condition, _)| condition.is_none());
        let mut branches = Vec::new();
        for (condition, body) in ways {
            let known = match condition {
                None => Some(true),
                Some(id) => {
                    let value = self.eval(At { id, ..at });
                    if value.taint.is_some() { None } else { value.as_bool() }
                }
            };
            let body = At { id: body, ..at };
            match known {
                Some(false) if self.exact > 0 => {}
                Some(true) if branches.is_empty() && (self.exact > 0 || condition.is_some()) => {
                    return self.run(body);
                }
                // What is never run is still looked at, since what is known may be wrong; it changes nothing.
                Some(false) => {
                    self.walk_branch(|machine| {
                        machine.run(body);
                    });
                }
                _ => branches.push(self.walk_branch(|machine| {
                    machine.run(body);
                })),
            }
        }
        self.join_branches(branches, is_exhaustive);
        End::Normal
    }

    fn run_loop(&mut self, at: At) -> End {
        let tree = self.tree(at);
        let part = |name: &str| tree.fields(at.id, name).map(|id| At { id, ..at }).collect::<Vec<_>>();
        let (first, conditions, updates, bodies) =
            (part("initialize"), part("condition"), part("update"), part("body"));
        for expression in first {
            self.eval(expression);
        }
        let is_do = tree.kind(at.id) == "do_statement";
        for round in 0.. {
            let mut known = Some(true);
            if !(is_do && round == 0) {
                for condition in &conditions {
                    let value = self.eval(*condition);
                    known = if value.taint.is_some() { None } else { value.as_bool() };
                }
            }
            if known == Some(false) {
                return End::Normal;
            }
            let is_endless = conditions.iter().all(|condition| self.is_literal(*condition));
            if known.is_none()
                || round >= ROUNDS_MAX
                || is_endless
                || !self.may_be_exact()
                || !self.may_step()
            {
                self.run_loosely(&bodies, &updates);
                return End::Normal;
            }
            self.exact += 1;
            let mut end = End::Normal;
            for body in &bodies {
                end = self.run(*body);
                if end != End::Normal {
                    break;
                }
            }
            self.exact -= 1;
            match end {
                End::Break(1) => return End::Normal,
                End::Break(levels) => return End::Break(levels - 1),
                End::Continue(levels) if levels > 1 => return End::Continue(levels - 1),
                End::Return => return End::Return,
                End::Normal | End::Continue(_) => {}
            }
            for update in &updates {
                self.eval(*update);
            }
        }
        End::Normal
    }

    /// Whether a condition is written as a constant: `while (true)`.
    fn is_literal(&self, at: At) -> bool {
        let tree = self.tree(at);
        match tree.kind(at.id) {
            "boolean" | "integer" => true,
            "parenthesized_expression" => {
                tree.child(at.id, 0).is_none_or(|id| self.is_literal(At { id, ..at }))
            }
            _ => false,
        }
    }

    /// A loop whose end is not known: twice, so that what one round leaves meets the next.
    fn run_loosely(&mut self, bodies: &[At], updates: &[At]) {
        let exact = std::mem::replace(&mut self.exact, 0);
        let rounds = if self.depth < 24 { 2 } else { 1 };
        for _ in 0..rounds {
            let branch = self.walk_branch(|machine| {
                for body in bodies.iter().chain(updates) {
                    machine.run(*body);
                }
            });
            self.join_branches(vec![branch], false);
        }
        self.exact = exact;
    }

    fn run_foreach(&mut self, at: At) -> End {
        let tree = self.tree(at);
        let mut heads = tree
            .children(at.id)
            .filter(|id| tree.kind(*id) != "colon_block" && Some(*id) != tree.field(at.id, "body"));
        let (Some(subject), Some(target)) = (heads.next(), heads.next()) else { return End::Normal };
        let bodies: Vec<At> = tree.fields(at.id, "body").map(|id| At { id, ..at }).collect();
        let value = self.eval(At { id: subject, ..at });
        let target = At { id: target, ..at };
        let (key_target, value_target) = if tree.kind(target.id) == "pair" {
            (
                tree.child(target.id, 0).map(|id| At { id, ..at }),
                tree.child(target.id, 1).map(|id| At { id, ..at }),
            )
        } else {
            (None, Some(target))
        };
        let is_exact = value.taint.is_none() && self.may_be_exact();
        if let (true, Datum::Array(array)) = (is_exact, &value.datum) {
            for (key, element) in array.entries.iter().take(ROUNDS_MAX) {
                if !self.may_step() {
                    return End::Return;
                }
                if let Some(target) = key_target {
                    self.assign(target, key.value());
                }
                if let Some(target) = value_target {
                    self.assign(target, element.clone());
                }
                self.exact += 1;
                let mut end = End::Normal;
                for body in &bodies {
                    end = self.run(*body);
                }
                self.exact -= 1;
                match end {
                    End::Break(1) => return End::Normal,
                    End::Break(levels) => return End::Break(levels - 1),
                    End::Continue(levels) if levels > 1 => return End::Continue(levels - 1),
                    End::Return => return End::Return,
                    End::Normal | End::Continue(_) => {}
                }
            }
            return End::Normal;
        }
        let element = self.element(&value, None);
        if let Some(target) = key_target {
            let key = Value { datum: Datum::Unknown, taint: value.taint.clone(), marks: value.marks };
            self.assign(target, key);
        }
        if let Some(target) = value_target {
            self.assign(target, element);
        }
        self.run_loosely(&bodies, &[]);
        End::Normal
    }

    fn run_switch(&mut self, at: At) -> End {
        let tree = self.tree(at);
        let subject = tree.field(at.id, "condition").map(|id| At { id, ..at });
        let value = subject.map(|subject| self.eval(subject)).unwrap_or_default();
        let Some(block) = tree.field(at.id, "body") else { return End::Normal };
        let subject_key = if value.taint.is_none() { value.key() } else { None };
        let cases: Vec<Id> = tree.children(block).collect();
        if let (Some(key), true) = (&subject_key, self.exact > 0) {
            // As written: from the case that fits on, until a break.
            let mut is_running = false;
            for pass in 0..2 {
                for case in &cases {
                    if !is_running {
                        let fits = match tree.field(*case, "value") {
                            Some(id) => pass == 0 && self.eval(At { id, ..at }).key().as_ref() == Some(key),
                            None => pass == 1 && tree.kind(*case) == "default_statement",
                        };
                        is_running = fits;
                    }
                    if is_running {
                        match self.run_case(At { id: *case, ..at }) {
                            End::Normal => {}
                            End::Break(1) | End::Continue(1) => return End::Normal,
                            End::Break(levels) => return End::Break(levels - 1),
                            End::Continue(levels) => return End::Continue(levels - 1),
                            End::Return => return End::Return,
                        }
                    }
                }
                if is_running {
                    break;
                }
            }
            return End::Normal;
        }
        // Inside a case the subject has a known value, which guards what it names.
        let mut branches = Vec::new();
        for case in cases {
            branches.push(self.walk_branch(|machine| {
                let is_default = tree.field(case, "value").is_none();
                if let (Some(subject), false) = (subject, is_default) {
                    machine.check_value(subject);
                }
                machine.run_case(At { id: case, ..at });
            }));
        }
        self.join_branches(branches, false);
        End::Normal
    }

    fn run_case(&mut self, at: At) -> End {
        let tree = self.tree(at);
        let value = tree.field(at.id, "value");
        for id in tree.children(at.id).filter(|id| Some(*id) != value) {
            let end = self.run(At { id, ..at });
            if end != End::Normal && self.exact > 0 {
                return end;
            }
        }
        End::Normal
    }

    pub(super) fn run_class(&mut self, at: At) {
        let tree = self.tree(at);
        let Some(body) = tree.field(at.id, "body").or_else(|| tree.child_of_kind(at.id, "declaration_list"))
        else {
            return;
        };
        for member in tree.children(body) {
            match tree.kind(member) {
                "const_declaration" => self.run_constants(At { id: member, ..at }),
                "property_declaration" => {
                    for element in tree.children(member).filter(|id| tree.kind(*id) == "property_element") {
                        let Some(name) = tree.field(element, "name") else { continue };
                        let Some(value) = tree.field(element, "default_value") else { continue };
                        let value = self.eval(At { id: value, ..at });
                        let slot = self.property_slot(variable_name(tree.bytes(name)));
                        self.set_slot(slot, value);
                    }
                }
                _ => {}
            }
        }
    }

    fn run_constants(&mut self, at: At) {
        let tree = self.tree(at);
        for element in tree.children(at.id).filter(|id| tree.kind(*id) == "const_element") {
            if let (Some(name), Some(value)) = (tree.child(element, 0), tree.child(element, 1)) {
                let value = self.eval(At { id: value, ..at });
                if self.constants.len() < 10_000 {
                    self.constants.insert(tree.bytes(name).to_vec(), value);
                }
            }
        }
    }
}

/// The name of a variable without its dollar.
pub(super) fn variable_name(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.trim_ascii();
    let bytes = bytes.strip_prefix(b"&").map_or(bytes, <[u8]>::trim_ascii_start);
    bytes.strip_prefix(b"$").unwrap_or(bytes)
}
