//! Components of the cluster by the arguments they run with.

mod api_server;
mod arguments;
mod control_plane;
mod kubelet;
mod table;

pub use arguments::Arguments;
pub use kubelet::{KubeletConfig, judge_kubelet};

use crate::object::Object;
use crate::sink::{Hit, Judged, Rule};
use table::FlagRule;
use workload::{ContainerSpec, Node, Stated};

fn flags() -> impl Iterator<Item = &'static FlagRule> {
    static API_SERVER: [FlagRule; api_server::FLAGS.len()] = api_server::FLAGS;
    static OTHERS: [FlagRule; control_plane::FLAGS.len()] = control_plane::FLAGS;
    API_SERVER.iter().chain(&OTHERS)
}

/// Every rule about components.
pub(crate) fn rules() -> Vec<Rule> {
    flags().map(|flag| flag.rule).chain(kubelet::rules()).collect()
}

/// Judges the arguments of a component that some process or manifest shows: `kube-apiserver`,
/// `kube-controller-manager`, `kube-scheduler`, `etcd`. `object` is how findings name it.
#[must_use]
pub fn judge_arguments(object: &str, arguments: &Arguments) -> Judged {
    let mut out = Judged::default();
    let object = stand_in(object);
    each(&object, arguments, None, &mut out);
    out
}

/// An object that is none of the API: a process.
fn stand_in(label: &str) -> Object {
    let (kind, name) = label.split_once(' ').unwrap_or(("process", label));
    Object {
        kind: kind.to_owned(),
        api_version: String::new(),
        name: name.to_owned(),
        namespace: None,
        node: Node::default(),
        file: None,
    }
}

/// A container of a static or mirror pod that runs a component.
pub(crate) fn judge_container(object: &Object, container: &ContainerSpec, out: &mut Judged) {
    let none = Vec::new();
    let list = |value: &Stated<Vec<String>>| value.given().unwrap_or(&none).clone();
    let mut words = list(&container.entrypoint);
    words.extend(list(&container.command));
    // kubeadm writes everything into `command`; others start through a shell.
    if words.first().is_some_and(|word| matches!(word.rsplit('/').next(), Some("sh" | "bash"))) {
        words = words.iter().flat_map(|word| word.split_whitespace().map(str::to_owned)).collect();
        let start = words
            .iter()
            .position(|word| table::COMPONENTS.contains(&word.rsplit('/').next().unwrap_or_default()));
        words.drain(..start.unwrap_or(0));
    }
    if let Some(arguments) = Arguments::of_component(&words) {
        let place =
            container.places.of(if container.entrypoint.is_absent() { "command" } else { "entrypoint" });
        each(object, &arguments, place, out);
    }
}

/// Objects that configure components.
pub(crate) fn judge_object(object: &Object, out: &mut Judged) {
    if object.kind == "KubeletConfiguration" {
        let config = KubeletConfig { arguments: Arguments::default(), files: vec![object.node.clone()] };
        kubelet::judge_object(object, &config, out);
    }
}

fn each(object: &Object, arguments: &Arguments, place: Option<workload::Place>, out: &mut Judged) {
    for FlagRule { rule, component, flag, test } in flags() {
        if *component != arguments.component.as_str() {
            continue;
        }
        let verdict = table::judge(test, flag, |name| arguments.value(name).map(str::to_owned));
        let hits = match verdict {
            Ok(_) => Vec::new(),
            Err(seen) => vec![Hit::new(rule.info.title, place.or_else(|| object.start()), seen)],
        };
        out.answer(rule, object, hits, "as it should be");
    }
}
