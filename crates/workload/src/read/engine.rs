//! The Engine API: containers as inspected, and requests to create one (moby `api/swagger.yaml`).

mod host_config;
mod mounts;

pub(super) use mounts::bind_option;

use super::{Read, ReadError, environment};
use crate::node::{Node, Value, parse_json};
use crate::spec::{ContainerSpec, Health, Origin, Stated, User};
use crate::tree::Tree;
use model::{Gap, GapReason};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Reads what `GET /containers/{id}/json` answers, or `docker inspect` prints: one container or a list of them.
///
/// # Errors
/// The text is not JSON, or neither an object nor a list.
pub fn read_inspect(text: &[u8]) -> Result<Read, ReadError> {
    let root = parse_json(text).map_err(ReadError::Json)?;
    let mut read = Read::default();
    match &root.value {
        Value::Map(_) => read.specs.push(inspected(&Cow::Borrowed(&root))),
        Value::List(items) => {
            for item in items {
                if item.is_map() {
                    read.specs.push(inspected(&Cow::Borrowed(item)));
                } else {
                    read.gaps.push(Gap::new(
                        "container",
                        GapReason::Malformed,
                        "an entry of the list is no object",
                    ));
                }
            }
        }
        _ => return Err(shape("an inspected container")),
    }
    Ok(read)
}

/// Reads the body of `POST /containers/create`. Keys are found as the engine finds them: in any case, the last of
/// several counts, objects are joined.
///
/// # Errors
/// The text is not JSON, or no object.
pub fn read_create(text: &[u8]) -> Result<ContainerSpec, ReadError> {
    read_create_tree(&Cow::<Node>::Owned(parse_json(text).map_err(ReadError::Json)?))
}

/// The same for a body that was read already.
///
/// # Errors
/// It is no object.
pub fn read_create_tree(root: &impl Tree) -> Result<ContainerSpec, ReadError> {
    if !root.is_map() {
        return Err(shape("a request to create a container"));
    }
    let mut spec = ContainerSpec {
        origin: Origin::EngineCreate,
        object: "container".to_owned(),
        ..ContainerSpec::default()
    };
    config(root, &mut spec);
    if let Some(host) = root.field("HostConfig") {
        host_config::read(&host, &mut spec);
        mounts::requested(&host, &mut spec);
    }
    mounts::anonymous(root, &mut spec);
    if let Some(networks) = root.field("NetworkingConfig") {
        spec.networks = keys(&networks, "EndpointsConfig");
    }
    // The engine takes the image's user when none is told.
    if spec.user.given().is_some_and(|user| user.0.is_empty()) {
        spec.user = Stated::Absent;
    }
    Ok(spec)
}

fn shape(what: &'static str) -> ReadError {
    ReadError::Shape { what, found: "another JSON value", wanted: "an object" }
}

fn inspected(root: &impl Tree) -> ContainerSpec {
    let mut spec = ContainerSpec { origin: Origin::EngineInspect, ..ContainerSpec::default() };
    if let Some(node) = root.field("Config") {
        config(&node, &mut spec);
    }
    if let Some(host) = root.field("HostConfig") {
        host_config::read(&host, &mut spec);
        mounts::requested(&host, &mut spec);
        host_config::published(root, &mut spec);
    }
    mounts::effective(root, &mut spec);
    spec.id = string(root, "Id").given().cloned();
    spec.name =
        string(root, "Name").given().map_or_else(String::new, |name| name.trim_start_matches('/').to_owned());
    let shown = if spec.name.is_empty() { spec.id.clone().unwrap_or_default() } else { spec.name.clone() };
    spec.object = format!("container {}", printable(&shown));
    spec.image_id = string(root, "Image").given().cloned();
    spec.storage_driver = string(root, "Driver").given().cloned();
    spec.applied_apparmor = string(root, "AppArmorProfile");
    spec.applied_selinux = string(root, "ProcessLabel");
    if let Some(state) = root.field("State") {
        spec.state = string(&state, "Status").given().cloned();
        spec.pid =
            integer(&state, "Pid").given().and_then(|pid| u32::try_from(*pid).ok()).filter(|pid| *pid != 0);
    }
    if let Some(settings) = root.field("NetworkSettings") {
        spec.networks = keys(&settings, "Networks");
    }
    // Nothing else can name the user of a container that exists.
    if spec.user.is_absent() {
        spec.user = Stated::Given(User(String::new()));
    }
    spec
}

/// What the image and the caller say together.
fn config(node: &impl Tree, spec: &mut ContainerSpec) {
    spec.image = string(node, "Image");
    spec.user = string(node, "User").map(User);
    spec.entrypoint = strings(node, "Entrypoint");
    spec.command = strings(node, "Cmd");
    spec.labels = string_map(node, "Labels");
    spec.environment = list(node, "Env").iter().map(|text| environment::assignment(text)).collect();
    spec.exposed_ports = keys(node, "ExposedPorts");
    if let Some(check) = node.field("Healthcheck").filter(|check| check.is_map()) {
        let test = list(&check, "Test");
        spec.health = match test.first().map(String::as_str) {
            Some("NONE") => Stated::Given(Health::Disabled),
            Some(_) => Stated::Given(Health::Checked(test)),
            None => Stated::Absent,
        };
    }
}

/// A text; null is absent, another type unknown.
fn string(node: &impl Tree, key: &str) -> Stated<String> {
    scalar(node, key, "no text", |value| value.text().map(str::to_owned))
}

fn boolean(node: &impl Tree, key: &str) -> Stated<bool> {
    scalar(node, key, "neither true nor false", Tree::boolean)
}

fn integer(node: &impl Tree, key: &str) -> Stated<i64> {
    scalar(node, key, "no whole number", Tree::integer)
}

fn scalar<N: Tree, T>(node: &N, key: &str, wrong: &str, read: impl Fn(&N) -> Option<T>) -> Stated<T> {
    match node.field(key) {
        None => Stated::Absent,
        Some(value) if value.is_null() => Stated::Absent,
        Some(value) => {
            read(&value).map_or_else(|| Stated::Unknown(format!("{key} is {wrong}")), Stated::Given)
        }
    }
}

/// A list of texts; null is absent. A text alone counts as a list of one, as the engine reads `Cmd`.
fn strings(node: &impl Tree, key: &str) -> Stated<Vec<String>> {
    match node.field(key) {
        None => Stated::Absent,
        Some(value) if value.is_null() => Stated::Absent,
        Some(value) => match (value.list(), value.text()) {
            (Some(items), _) => {
                Stated::Given(items.iter().filter_map(Tree::text).map(str::to_owned).collect())
            }
            (_, Some(text)) => Stated::Given(vec![text.to_owned()]),
            _ => Stated::Unknown(format!("{key} is no list")),
        },
    }
}

fn list(node: &impl Tree, key: &str) -> Vec<String> {
    strings(node, key).into_given().unwrap_or_default()
}

fn keys(node: &impl Tree, key: &str) -> Vec<String> {
    node.field(key)
        .map(|value| value.entries().into_iter().map(|(key, _)| key.to_owned()).collect())
        .unwrap_or_default()
}

fn string_map(node: &impl Tree, key: &str) -> BTreeMap<String, String> {
    let Some(value) = node.field(key) else { return BTreeMap::new() };
    value
        .entries()
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.text().unwrap_or_default().to_owned()))
        .collect()
}

fn items<N: Tree>(node: &N, key: &str) -> Vec<N> {
    node.field(key).map(|value| value.items()).unwrap_or_default()
}

/// Names come from whoever starts the container: control characters would speak to the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().take(200).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

#[cfg(test)]
mod tests;
