//! Who may do what: roles and bindings as one graph, and questions to it.

mod bindings;
mod graph;
mod queries;
mod roles;

pub(crate) use graph::selects_labels;
pub use graph::{Binding, Grant, Graph, PolicyRule, RoleView, Subject};
pub(crate) use roles::takes_over;

use crate::object::Object;
use crate::sink::{Judged, Rule};

/// Judges roles by what they allow, and bindings by whom they allow it.
pub(crate) fn judge(objects: &[&Object], out: &mut Judged) {
    let graph = Graph::of(objects);
    roles::judge(&graph, out);
    bindings::judge(&graph, out);
}

/// Every rule about rights.
pub(crate) fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = queries::QUERIES.iter().map(|query| query.rule).collect();
    rules.extend(bindings::BINDING_RULES);
    rules.extend([queries::WILDCARD_EVERYTHING, queries::WILDCARD_RESOURCES, queries::WILDCARD_VERBS]);
    rules
}
