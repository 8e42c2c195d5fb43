//! The questions asked of every role.

use super::graph::{Graph, PolicyRule, RoleView};
use super::queries::{QUERIES, Query, WILDCARD_EVERYTHING, WILDCARD_RESOURCES, WILDCARD_VERBS};
use crate::sink::{Hit, Judged};

pub(super) fn judge(graph: &Graph<'_>, out: &mut Judged) {
    let bound = bound(graph);
    for (role, bound) in graph.roles.iter().zip(&bound) {
        if is_built_in(role) {
            continue;
        }
        wildcards(role, bound, out);
        for query in &QUERIES {
            let mut hits = Vec::new();
            for rule in &role.rules {
                if let Some(what) = allowed(query, rule) {
                    let mut hit = Hit::new(
                        query.rule.info.title,
                        rule.place.or_else(|| role.object.start()),
                        format!("allows {what}"),
                    );
                    hit.evidence.extend(bound.iter().take(20).cloned());
                    hits.push(hit);
                    break;
                }
            }
            out.answer(&query.rule, role.object, hits, "not allowed");
        }
    }
}

/// Rights from which all others follow, when they hold everywhere (kubernetes.io, "Role Based Access Control Good
/// Practices", privilege escalation risks).
const TAKEOVER: [&str; 9] = [
    "kubernetes/role-approves-certificates",
    "kubernetes/role-binds-or-escalates",
    "kubernetes/role-changes-webhooks",
    "kubernetes/role-creates-pods",
    "kubernetes/role-creates-tokens",
    "kubernetes/role-executes-in-pods",
    "kubernetes/role-impersonates",
    "kubernetes/role-proxies-to-nodes",
    "kubernetes/role-reads-secrets",
];

/// What of a role takes over the cluster, when it holds everywhere.
pub(crate) fn takes_over(role: &RoleView<'_>) -> Option<String> {
    let queries = QUERIES.iter().filter(|query| TAKEOVER.contains(&query.rule.info.id));
    queries.flat_map(|query| role.rules.iter().filter_map(|rule| allowed(query, rule))).next()
}

/// Roles that Kubernetes brings along; who has them is the bindings' matter.
pub(super) fn is_built_in(role: &RoleView<'_>) -> bool {
    role.object.metadata("labels", "kubernetes.io/bootstrapping") == Some("rbac-defaults")
        || role.object.name.starts_with("system:")
        || role.object.kind == "ClusterRole"
            && matches!(role.object.name.as_str(), "cluster-admin" | "admin" | "edit" | "view")
}

/// Who has each role, and where.
fn bound(graph: &Graph<'_>) -> Vec<Vec<String>> {
    let mut lines = vec![Vec::new(); graph.roles.len()];
    for binding in &graph.bindings {
        let Some(at) = graph.role_at(binding) else { continue };
        let reach =
            if binding.object.kind == "ClusterRoleBinding" { "everywhere" } else { "in its namespace" };
        for subject in &binding.subjects {
            lines[at].push(format!("{} has it {reach}, by {}", subject.label(), binding.object.label()));
        }
    }
    lines
}

fn allowed(query: &Query, rule: &PolicyRule) -> Option<String> {
    // A rule that names its objects is restricted, except for creation, which has no name yet.
    let is_restricted = !rule.names.is_empty();
    let verb = query
        .verbs
        .iter()
        .find(|verb| rule.has_verb(verb) && (!is_restricted || **verb == "create" && query.names_count))?;
    let (_, resource) =
        query.resources.iter().find(|(group, resource)| rule.has_resource(group, resource))?;
    Some(format!("{verb} {resource}"))
}

fn wildcards(role: &RoleView<'_>, bound: &[String], out: &mut Judged) {
    let (mut everything, mut resources, mut verbs) = (Vec::new(), Vec::new(), Vec::new());
    for rule in &role.rules {
        let every = |list: &[String]| list.iter().any(|item| item == "*");
        let place = rule.place.or_else(|| role.object.start());
        let push = |list: &mut Vec<Hit>, title: &str, evidence: String| {
            let mut hit = Hit::new(title, place, evidence);
            hit.evidence.extend(bound.iter().take(20).cloned());
            if list.is_empty() {
                list.push(hit);
            }
        };
        let shown = |list: &[String]| list.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
        if every(&rule.resources) && every(&rule.verbs) {
            push(
                &mut everything,
                "the role allows everything",
                format!("every verb on every resource of groups '{}'", shown(&rule.groups)),
            );
        }
        if every(&rule.resources) {
            push(
                &mut resources,
                "the role names every resource",
                format!("verbs {} on every resource", shown(&rule.verbs)),
            );
        }
        if every(&rule.verbs) {
            push(
                &mut verbs,
                "the role names every verb",
                format!("every verb on {}{}", shown(&rule.resources), shown(&rule.urls)),
            );
        }
    }
    out.answer(&WILDCARD_EVERYTHING, role.object, everything, "not everything");
    out.answer(&WILDCARD_RESOURCES, role.object, resources, "resources are named");
    out.answer(&WILDCARD_VERBS, role.object, verbs, "verbs are named");
}
