//! Edits of compose files and manifests that repair what was found in them.
//!
//! A fix is safe when the text itself shows that no program can notice it. Whatever depends on the program is a
//! suggestion: it says what has to be known first. What somebody wrote down is never turned round unasked.

mod compose;
mod pod;

use crate::amend::{Amender, Put, Step};
use crate::node::{Document, DocumentLimits, Node, parse_documents};
use crate::read::{PodContext, read_pod};
use crate::spec::{ContainerSpec, Health, Place, Stated};
use model::{Finding, Fix};
use std::collections::BTreeMap;

/// Pods of a file that get fixes.
const PODS_MAX: usize = 2_000;
/// Levels beneath which no pod is looked for.
const DEPTH_MAX: usize = 40;

/// What is to be put where, beneath the container.
struct Repair {
    title: String,
    caution: Option<&'static str>,
    path: Vec<String>,
    put: Put,
}

/// A container in a text: the mapping that describes it.
struct Described<'a> {
    document: &'a Document,
    path: Vec<Step<'a>>,
    node: &'a Node,
    spec: ContainerSpec,
}

/// Gives findings of `container/…` in a compose file their fixes. `specs` are what [`crate::read_compose`] made of the
/// text, `digests` those that images are to be pinned to.
pub fn fix_compose(
    text: &str,
    file: &str,
    specs: &[ContainerSpec],
    digests: &BTreeMap<String, String>,
    findings: &mut [Finding],
) {
    let mut amender = Amender::new(text, file, DocumentLimits::default());
    let documents = parse_documents(text, &DocumentLimits::default());
    let mut described = Vec::new();
    for spec in specs {
        // The last document that describes a service is the one whose words count.
        let found = documents
            .iter()
            .rev()
            .find_map(|document| Some((document, document.root.as_ref()?.at(&["services", &spec.name])?)));
        if let Some((document, node)) = found {
            let path = vec![Step::Key("services"), Step::Key(&spec.name)];
            described.push(Described { document, path, node, spec: spec.clone() });
        }
    }
    let is_of = |finding: &Finding, container: &Described<'_>| {
        finding.location.object.as_deref() == Some(container.spec.object.as_str())
    };
    attach(&mut amender, &described, findings, is_of, |finding, container| {
        compose::repair(finding, container.node, &container.spec, digests)
    });
}

/// Gives findings of `container/…` in Kubernetes manifests their fixes.
pub fn fix_pods(text: &str, file: &str, digests: &BTreeMap<String, String>, findings: &mut [Finding]) {
    let mut amender = Amender::new(text, file, DocumentLimits::default());
    let documents = parse_documents(text, &DocumentLimits::default());
    let mut described = Vec::new();
    for document in &documents {
        if let Some(root) = &document.root {
            pods(root, document, &mut Vec::new(), &mut described);
        }
    }
    let is_of = |finding: &Finding, container: &Described<'_>| {
        let (Some(span), Some(place)) = (&finding.location.source, container.node.place) else {
            return false;
        };
        let inside = |place: Place| (place.line..=place.end_line).contains(&span.line);
        let ends = format!(" {}", container.spec.object.trim_start_matches([',', ' ']));
        inside(place) && finding.location.object.as_deref().is_some_and(|object| object.ends_with(&ends))
    };
    attach(&mut amender, &described, findings, is_of, |finding, container| {
        pod::repair(&finding.rule, &container.spec, digests)
    });
}

/// What repairs one finding in a container of a pod, for a patch of the object itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodRepair {
    /// What it does, in words.
    pub title: String,
    /// Keys beneath the container.
    pub path: Vec<String>,
    /// What is put there, in JSON.
    pub value: String,
    /// Whether it becomes one more item of the list that stands there.
    pub is_appended: bool,
}

/// What repairs a finding of this rule in a container of a pod; nothing when no setting of the container alone does.
#[must_use]
pub fn repair_pod(rule: &str, spec: &ContainerSpec, digests: &BTreeMap<String, String>) -> Option<PodRepair> {
    let Repair { title, path, put, .. } = pod::repair(rule, spec, digests)?;
    let (new, is_appended) = match put {
        Put::Set(new) => (new, false),
        Put::Append(new) => (new, true),
    };
    Some(PodRepair { title, path, value: new.json(), is_appended })
}

fn attach(
    amender: &mut Amender<'_>,
    described: &[Described<'_>],
    findings: &mut [Finding],
    is_of: impl Fn(&Finding, &Described<'_>) -> bool,
    repair: impl Fn(&Finding, &Described<'_>) -> Option<Repair>,
) {
    for finding in findings.iter_mut().filter(|finding| finding.rule.starts_with("container/")) {
        let Some(container) = described.iter().find(|container| is_of(finding, container)) else { continue };
        let Some(Repair { title, caution, path, put }) = repair(finding, container) else { continue };
        let beneath = path.iter().map(|part| part.parse().map_or(Step::Key(part), Step::Item));
        let path: Vec<Step<'_>> = container.path.iter().copied().chain(beneath).collect();
        if let Some(edits) = amender.edits(container.document, &path, &put) {
            finding.fix = Some(Box::new(Fix { title, edits, caution: caution.map(str::to_owned) }));
        }
    }
}

/// The containers of every pod beneath a node.
fn pods<'a>(node: &'a Node, document: &'a Document, path: &mut Vec<Step<'a>>, out: &mut Vec<Described<'a>>) {
    if path.len() >= DEPTH_MAX || out.len() >= PODS_MAX {
        return;
    }
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let is_pod = node.get("containers").is_some_and(Node::is_list);
    if is_pod {
        let mut specs = read_pod(node, &PodContext::default()).into_iter();
        for key in lists {
            for (at, item) in node.get(key).map_or(&[][..], Node::items).iter().enumerate() {
                let Some(spec) = specs.next() else { return };
                let path = [path.as_slice(), &[Step::Key(key), Step::Item(at)]].concat();
                // Windows has neither capabilities nor setuid, and refuses the settings.
                if !pod::is_windows(node) {
                    out.push(Described { document, path, node: item, spec });
                }
            }
        }
        return;
    }
    for entry in node.entries().iter().filter(|entry| !lists.contains(&entry.key.as_str())) {
        path.push(Step::Key(&entry.key));
        pods(&entry.value, document, path, out);
        path.pop();
    }
    for (at, item) in node.items().iter().enumerate() {
        path.push(Step::Item(at));
        pods(item, document, path, out);
        path.pop();
    }
}

impl Repair {
    fn set(title: &str, path: &[&str], new: crate::amend::New) -> Self {
        Self { title: title.to_owned(), caution: None, path: owned(path), put: Put::Set(new) }
    }

    fn append(title: &str, path: &[&str], text: &str) -> Self {
        let put = Put::Append(crate::amend::New::text(text));
        Self { title: title.to_owned(), caution: None, path: owned(path), put }
    }

    const fn but(mut self, caution: &'static str) -> Self {
        self.caution = Some(caution);
        self
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|part| (*part).to_owned()).collect()
}

const SETUID: &str = "setuid programs and those with file capabilities (sudo, ping, a server that binds a low port by setcap) lose what they gain";
const CAPABILITIES: &str = "a program that starts as root may need CHOWN, SETGID, SETUID or DAC_OVERRIDE added back, and one with a file capability does not start any more";
const READ_ONLY: &str = "the program has to write nowhere but in volumes and tmpfs";
const PRIVILEGES: &str = "whatever it needed them for stops working: name the device or capability instead";

/// Whether no program of the container can gain anything: what starts as root by a number has all that a setuid
/// program could give, and without any capability in the bounding set there is nothing to be given.
fn gains_nothing(spec: &ContainerSpec) -> bool {
    let is_root = spec.user.given().is_some_and(|user| user.uid() == Some(0));
    let drops_all =
        spec.capabilities_dropped.given().is_some_and(|dropped| dropped.iter().any(|name| name == "ALL"));
    let adds_none = spec.capabilities_added.given().is_none_or(Vec::is_empty)
        && spec.capabilities_added.unknown().is_none();
    (is_root || (drops_all && adds_none)) && !names_setuid_program(spec)
}

/// Whether what it runs, as far as the text says, changes users.
fn names_setuid_program(spec: &ContainerSpec) -> bool {
    let words = [&spec.entrypoint, &spec.command].into_iter().filter_map(Stated::given).flatten();
    let health = match spec.health.given() {
        Some(Health::Checked(words)) => words.as_slice(),
        _ => &[],
    };
    let programs =
        ["sudo", "su", "doas", "runuser", "newgrp", "pkexec", "chsh", "ping", "mount", "fusermount"];
    words
        .chain(health)
        .flat_map(|word| word.split(|letter: char| !letter.is_ascii_alphanumeric()))
        .any(|word| programs.contains(&word))
}

/// Whether nothing in it confines the container, so that a single setting would only look well.
fn is_unconfined(spec: &ContainerSpec) -> bool {
    spec.privileged.is_true() || spec.privileged.unknown().is_some()
}

/// The digest that pins an image, when it is given.
fn pinned(spec: &ContainerSpec, digests: &BTreeMap<String, String>) -> Option<String> {
    let image = spec.image.given()?;
    let digest = digests.get(image)?;
    (!image.contains('@')).then(|| format!("{image}@{digest}"))
}

#[cfg(test)]
mod tests;
