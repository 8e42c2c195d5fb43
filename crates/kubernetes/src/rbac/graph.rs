//! Roles, bindings and subjects (API reference, `rbac.authorization.k8s.io/v1`).

use crate::object::Object;
use std::collections::BTreeMap;
use workload::{Node, Place};

/// Cluster roles that gather cluster roles that gather others.
const AGGREGATION_PASSES: usize = 8;

/// One rule of a role.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyRule {
    /// `get`, `*`.
    pub verbs: Vec<String>,
    /// `apps`; empty is the core.
    pub groups: Vec<String>,
    /// `pods`, `pods/exec`, `*`.
    pub resources: Vec<String>,
    /// The objects that it is restricted to; empty is all.
    pub names: Vec<String>,
    /// Paths that are no resources.
    pub urls: Vec<String>,
    /// Where it stands.
    pub place: Option<Place>,
}

impl PolicyRule {
    fn of(node: &Node) -> Self {
        let list = |key: &str| -> Vec<String> {
            node.get(key)
                .map_or(&[][..], Node::items)
                .iter()
                .filter_map(Node::text)
                .map(str::to_owned)
                .collect()
        };
        Self {
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            urls: list("nonResourceURLs"),
            place: node.place,
        }
    }

    /// Whether it allows the verb (apiserver, `RBACAuthorizer`, `VerbMatches`).
    #[must_use]
    pub fn has_verb(&self, verb: &str) -> bool {
        self.verbs.iter().any(|own| own == "*" || own == verb)
    }

    /// Whether it is about the resource, `pods` or `pods/exec` (`ResourceMatches`: `*` is everything, `*/exec` that
    /// part of everything).
    #[must_use]
    pub fn has_resource(&self, group: &str, resource: &str) -> bool {
        let in_group = self.groups.iter().any(|own| own == "*" || own == group);
        let part = resource.split_once('/').map(|(_, part)| format!("*/{part}"));
        in_group
            && self.resources.iter().any(|own| own == "*" || own == resource || Some(own) == part.as_ref())
    }
}

/// A role with everything that it allows.
#[derive(Clone, Debug)]
pub struct RoleView<'a> {
    /// The object.
    pub object: &'a Object,
    /// Its rules, those that it gathers too.
    pub rules: Vec<PolicyRule>,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `User`, `Group`, `ServiceAccount`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// Of a service account.
    pub namespace: Option<String>,
}

impl Subject {
    /// `ServiceAccount shop/web`.
    #[must_use]
    pub fn label(&self) -> String {
        let clean = |text: &str| -> String {
            text.chars()
                .take(120)
                .map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter })
                .collect()
        };
        match &self.namespace {
            Some(namespace) => format!("{} {}/{}", clean(&self.kind), clean(namespace), clean(&self.name)),
            None => format!("{} {}", clean(&self.kind), clean(&self.name)),
        }
    }
}

/// A binding.
#[derive(Clone, Debug)]
pub struct Binding<'a> {
    /// The object.
    pub object: &'a Object,
    /// `Role` or `ClusterRole`.
    pub role_kind: String,
    /// Its name.
    pub role_name: String,
    /// Who gets it.
    pub subjects: Vec<Subject>,
}

/// That a subject has a role, and where.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    /// Who.
    pub subject: Subject,
    /// What.
    pub role: &'a RoleView<'a>,
    /// Through which binding.
    pub binding: &'a Binding<'a>,
    /// In which namespace; none is everywhere.
    pub namespace: Option<String>,
}

/// Roles and bindings.
#[derive(Clone, Debug, Default)]
pub struct Graph<'a> {
    /// The roles.
    pub roles: Vec<RoleView<'a>>,
    /// The bindings.
    pub bindings: Vec<Binding<'a>>,
    /// Where each role stands, by kind, namespace (of a Role) and name; the first of that name counts.
    index: BTreeMap<(&'a str, &'a str, &'a str), usize>,
}

impl<'a> Graph<'a> {
    /// The graph of these objects; what is no role and no binding is passed over.
    #[must_use]
    pub fn of(objects: &[&'a Object]) -> Self {
        let mut graph = Graph::default();
        for object in objects {
            match object.kind.as_str() {
                "Role" | "ClusterRole" => {
                    let rules = object.node.get("rules").map_or(&[][..], Node::items);
                    graph.index.entry(key(object)).or_insert(graph.roles.len());
                    graph.roles.push(RoleView { object, rules: rules.iter().map(PolicyRule::of).collect() });
                }
                "RoleBinding" | "ClusterRoleBinding" => graph.bindings.push(binding(object)),
                _ => {}
            }
        }
        graph.aggregate();
        graph
    }

    /// Cluster roles gather the rules of those that their selectors name. The controller writes the result into `rules`
    /// of a live object; a manifest has them empty.
    fn aggregate(&mut self) {
        for _ in 0..AGGREGATION_PASSES {
            let mut changed = false;
            for at in 0..self.roles.len() {
                let selectors = self.roles[at].object.node.at(&["aggregationRule", "clusterRoleSelectors"]);
                let selectors = selectors.map_or(&[][..], Node::items);
                if selectors.is_empty() || self.roles[at].object.kind != "ClusterRole" {
                    continue;
                }
                let mut gathered = Vec::new();
                for (other, role) in self.roles.iter().enumerate() {
                    if other != at
                        && role.object.kind == "ClusterRole"
                        && selectors.iter().any(|s| selects(s, role.object))
                    {
                        gathered.extend(role.rules.iter().cloned());
                    }
                }
                for mut rule in gathered {
                    rule.place = None;
                    let is_new = !self.roles[at]
                        .rules
                        .iter()
                        .any(|own| PolicyRule { place: None, ..own.clone() } == rule);
                    if is_new && self.roles[at].rules.len() < 10_000 {
                        self.roles[at].rules.push(rule);
                        changed = true;
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// The role that a binding names.
    #[must_use]
    pub fn role(&self, binding: &Binding<'_>) -> Option<&RoleView<'a>> {
        self.role_at(binding).map(|at| &self.roles[at])
    }

    /// Where in the list the role stands that a binding names.
    pub(super) fn role_at(&self, binding: &Binding<'_>) -> Option<usize> {
        let kind = binding.role_kind.as_str();
        let namespace = if kind == "ClusterRole" { "" } else { binding.object.namespace_or_default() };
        self.index.get(&(kind, namespace, binding.role_name.as_str())).copied()
    }

    /// Everything that anybody has.
    #[must_use]
    pub fn grants(&'a self) -> Vec<Grant<'a>> {
        let mut grants = Vec::new();
        for binding in &self.bindings {
            let Some(role) = self.role(binding) else { continue };
            let everywhere = binding.object.kind == "ClusterRoleBinding";
            for subject in &binding.subjects {
                let namespace = (!everywhere).then(|| binding.object.namespace_or_default().to_owned());
                grants.push(Grant { subject: subject.clone(), role, binding, namespace });
            }
        }
        grants
    }

    /// Who may do this to the resource: everywhere, or in some namespace.
    #[must_use]
    pub fn who_can(&'a self, verb: &str, group: &str, resource: &str) -> Vec<Grant<'a>> {
        let allows = |rule: &PolicyRule| rule.has_verb(verb) && rule.has_resource(group, resource);
        self.grants().into_iter().filter(|grant| grant.role.rules.iter().any(allows)).collect()
    }
}

fn key(role: &Object) -> (&str, &str, &str) {
    let namespace = if role.kind == "ClusterRole" { "" } else { role.namespace_or_default() };
    (&role.kind, namespace, &role.name)
}

fn binding(object: &Object) -> Binding<'_> {
    let text = |path: &[&str]| object.node.at(path).and_then(Node::text).unwrap_or_default().to_owned();
    let subjects = object.node.get("subjects").map_or(&[][..], Node::items);
    Binding {
        object,
        role_kind: text(&["roleRef", "kind"]),
        role_name: text(&["roleRef", "name"]),
        subjects: subjects
            .iter()
            .map(|node| {
                let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
                let kind = text("kind").unwrap_or_default();
                let namespace = text("namespace").filter(|_| kind == "ServiceAccount");
                Subject { kind, name: text("name").unwrap_or_default(), namespace }
            })
            .collect(),
    }
}

/// Whether a label selector selects an object. An empty selector selects everything.
pub(crate) fn selects(selector: &Node, object: &Object) -> bool {
    let empty = Node::default();
    selects_labels(selector, object.node.at(&["metadata", "labels"]).unwrap_or(&empty))
}

/// Whether a label selector selects these labels (apimachinery, `LabelSelectorAsSelector`).
pub(crate) fn selects_labels(selector: &Node, labels: &Node) -> bool {
    let label = |key: &str| labels.get(key).and_then(Node::text);
    let matches = selector
        .get("matchLabels")
        .map_or(&[][..], Node::entries)
        .iter()
        .all(|entry| label(&entry.key).is_some_and(|value| Some(value) == entry.value.text()));
    let expressions =
        selector.get("matchExpressions").map_or(&[][..], Node::items).iter().all(|expression| {
            let text = |key: &str| expression.get(key).and_then(Node::text).unwrap_or_default();
            let values = expression.get("values").map_or(&[][..], Node::items);
            let is_listed = |value: &str| values.iter().any(|other| other.text() == Some(value));
            let own = label(text("key"));
            match text("operator") {
                "In" => own.is_some_and(is_listed),
                "NotIn" => own.is_none_or(|value| !is_listed(value)),
                "Exists" => own.is_some(),
                "DoesNotExist" => own.is_none(),
                _ => false,
            }
        });
    matches && expressions
}
