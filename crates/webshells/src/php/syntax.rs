//! The syntax tree of PHP in a flat array, so that walks need neither the parser's cursors nor its lifetime.
//!
//! Grammar: tree-sitter-php 0.25, `node-types.json`.

use content::{Budget, Halt};
use model::GapReason;
use std::{ops::ControlFlow, sync::LazyLock};
use tree_sitter::{Language, ParseOptions, Parser};

/// Kept for ever, so that the names of its kinds are.
static GRAMMAR: LazyLock<Language> = LazyLock::new(|| tree_sitter_php::LANGUAGE_PHP.into());

/// Nodes kept of one file.
const NODES_MAX: usize = 1_500_000;
/// Bytes parsed of one file.
pub(crate) const BYTES_MAX: usize = 3 << 20;
/// No node.
const NONE: u32 = u32::MAX;

/// One node.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: &'static str,
    field: Option<&'static str>,
    start: u32,
    end: u32,
    first_child: u32,
    next: u32,
}

/// A text and its tree.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) text: Vec<u8>,
    nodes: Vec<Node>,
    /// Where each line after the first begins.
    lines: Vec<usize>,
    /// Line of the outermost file at which this text stands or was unpacked, and whether lines inside count.
    base_line: Option<u32>,
}

/// A node of a tree, by its place in the array.
pub(crate) type Id = u32;

impl Tree {
    /// Parses bytes that begin outside PHP tags.
    pub(crate) fn parse(text: &[u8], base_line: Option<u32>, budget: &Budget) -> Result<Self, Halt> {
        if text.len() > BYTES_MAX {
            let detail = format!("PHP of more than {BYTES_MAX} bytes is searched for patterns only");
            return Err(Halt { reason: GapReason::LimitReached, detail });
        }
        let internal = |detail: &str| Halt { reason: GapReason::Internal, detail: detail.to_owned() };
        let mut parser = Parser::new();
        parser.set_language(&GRAMMAR).map_err(|_| internal("the PHP grammar does not fit its parser"))?;
        let mut watch = |_: &tree_sitter::ParseState| {
            if budget.check().is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut watch);
        let tree = parser.parse_with_options(&mut |at, _| text.get(at..).unwrap_or(&[]), None, Some(options));
        let Some(tree) = tree else {
            budget.check()?;
            return Err(internal("the PHP parser gave up"));
        };
        let nodes = flatten(&tree, budget)?;
        let lines = (1..).zip(text).filter(|(_, byte)| **byte == b'\n').map(|(next, _)| next).collect();
        Ok(Self { text: text.to_vec(), nodes, lines, base_line })
    }

    pub(crate) const fn root() -> Id {
        0
    }

    pub(crate) fn kind(&self, id: Id) -> &'static str {
        self.nodes[id as usize].kind
    }

    pub(crate) fn bytes(&self, id: Id) -> &[u8] {
        let node = &self.nodes[id as usize];
        &self.text[node.start as usize..node.end as usize]
    }

    pub(crate) fn start(&self, id: Id) -> usize {
        self.nodes[id as usize].start as usize
    }

    /// 1-based line of a node; of unpacked code, the line where it is unpacked.
    pub(crate) fn line(&self, id: Id) -> u32 {
        self.base_line.unwrap_or_else(|| {
            let before = self.lines.partition_point(|begin| *begin <= self.start(id));
            u32::try_from(before).unwrap_or(NONE - 1) + 1
        })
    }

    /// Children without comments; of the tokens only those with a field.
    pub(crate) fn children(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let mut at = self.nodes[id as usize].first_child;
        std::iter::from_fn(move || {
            let child = (at != NONE).then_some(at)?;
            at = self.nodes[at as usize].next;
            Some(child)
        })
    }

    pub(crate) fn child(&self, id: Id, index: usize) -> Option<Id> {
        self.children(id).nth(index)
    }

    pub(crate) fn field(&self, id: Id, name: &str) -> Option<Id> {
        self.children(id).find(|child| self.nodes[*child as usize].field == Some(name))
    }

    pub(crate) fn fields<'a>(&'a self, id: Id, name: &'a str) -> impl Iterator<Item = Id> + 'a {
        self.children(id).filter(move |child| self.nodes[*child as usize].field == Some(name))
    }

    pub(crate) fn child_of_kind(&self, id: Id, kind: &str) -> Option<Id> {
        self.children(id).find(|child| self.kind(*child) == kind)
    }

    pub(crate) fn has_field(&self, id: Id) -> bool {
        self.nodes[id as usize].field.is_some()
    }

    /// Every node, in the order of the text.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        0..u32::try_from(self.nodes.len()).unwrap_or(NONE)
    }
}

fn flatten(tree: &tree_sitter::Tree, budget: &Budget) -> Result<Vec<Node>, Halt> {
    let offset = |at: usize| u32::try_from(at).unwrap_or(NONE);
    let mut nodes: Vec<Node> = Vec::new();
    // The path from the root: each entry is a node and its last child so far.
    let mut path: Vec<(u32, u32)> = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let field = cursor.field_id().and_then(|id| GRAMMAR.field_name_for_id(id.get()));
        let is_kept = !node.is_extra() || node.kind() != "comment";
        let mut may_descend = false;
        if path.is_empty() || (is_kept && (node.is_named() || field.is_some())) {
            if nodes.len() >= NODES_MAX {
                let detail = format!("the syntax tree has more than {NODES_MAX} nodes");
                return Err(Halt { reason: GapReason::LimitReached, detail });
            }
            if nodes.len().is_multiple_of(4_096) {
                budget.check()?;
            }
            let id = offset(nodes.len());
            if let Some((parent, last)) = path.last_mut() {
                if *last == NONE {
                    nodes[*parent as usize].first_child = id;
                } else {
                    nodes[*last as usize].next = id;
                }
                *last = id;
            }
            nodes.push(Node {
                kind: GRAMMAR.node_kind_for_id(node.kind_id()).unwrap_or(""),
                field,
                start: offset(node.start_byte()),
                end: offset(node.end_byte()),
                first_child: NONE,
                next: NONE,
            });
            if cursor.goto_first_child() {
                path.push((id, NONE));
                may_descend = true;
            }
        }
        if may_descend {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if path.pop().is_none() || !cursor.goto_parent() {
                return Ok(nodes);
            }
        }
        if path.is_empty() {
            return Ok(nodes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_tree_keeps_fields_and_order() {
        let budget = Budget::new(Duration::from_secs(5));
        let tree = Tree::parse(b"<?php /* c */ $a = f(1, 'x') . $b;", None, &budget).unwrap();
        let assignment = tree.ids().find(|id| tree.kind(*id) == "assignment_expression").unwrap();
        let left = tree.field(assignment, "left").unwrap();
        let right = tree.field(assignment, "right").unwrap();
        assert_eq!((tree.bytes(left), tree.kind(right)), (b"$a".as_slice(), "binary_expression"));
        let operator = tree.field(right, "operator").unwrap();
        assert_eq!(tree.bytes(operator), b".");
    }

    #[test]
    fn deep_and_broken_code_gives_a_tree() {
        let budget = Budget::new(Duration::from_secs(20));
        let deep = format!("<?php {}1{};", "(".repeat(20_000), ")".repeat(20_000));
        assert!(Tree::parse(deep.as_bytes(), None, &budget).is_ok());
        assert!(Tree::parse(b"<?php function { ]]] $$$ <<<X", None, &budget).is_ok());
        assert!(Tree::parse(b"", None, &budget).is_ok());
    }
}
