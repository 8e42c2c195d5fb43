//! Which objects are judged, and what their rules say.

use crate::answer::{Answer, Judged};
use crate::limits::CONTAINERS_MAX;
use crate::patch::Patch;
use crate::review::{Review, Verb, clean};
use control::{Matched, Mode};
use kubernetes::Object;
use serde_json::Value;
use std::collections::BTreeMap;
use workload::{ContainerSpec, Node, PodContext, Role, read_pod};

/// Where an object is, and who asks: what rules are chosen by.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// The namespace.
    pub namespace: Option<&'a str>,
    /// The object: `Deployment shop/web`.
    pub object: String,
    /// Labels of its pod.
    pub labels: BTreeMap<String, String>,
    /// Who asks.
    pub user: &'a str,
    /// The groups of who asks.
    pub groups: &'a [String],
}

/// The rules of a policy.
pub trait Rules {
    /// What they say of one container.
    fn container(&self, container: &ContainerSpec, scope: &Scope<'_>) -> Vec<Matched>;
    /// What they say of a connection into a pod, `exec`, `attach`, `portforward` or `proxy`, and of its command.
    fn connection(&self, kind: &str, command: &[String], scope: &Scope<'_>) -> Vec<Matched>;
}

/// What is known of images.
pub trait Images {
    /// The digest (`sha256:…`) that a reference names now and that passed the policy for images; nothing when the image
    /// is pinned already or nobody may say.
    ///
    /// # Errors
    ///
    /// Why the image is refused or cannot be looked up, in words.
    fn digest(&self, image: &str) -> Result<Option<String>, String>;
}

/// Nothing is known of any image, and none is pinned.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoImages;

impl Images for NoImages {
    fn digest(&self, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }
}

/// Ways into a pod that runs.
const CONNECTIONS: [&str; 4] = ["exec", "attach", "portforward", "proxy"];

/// Says whether the object may be kept as it is.
#[must_use]
pub fn validate(review: &Review, rules: &dyn Rules, images: &dyn Images) -> Answer {
    let mut answer = Answer::of(review);
    if let Some(kind) = review.sub_resource.as_deref()
        && review.verb == Verb::Connect
    {
        if CONNECTIONS.contains(&kind) {
            let scope = scope(review, format!("{kind} of Pod {}", clean(&review.name)), BTreeMap::new());
            let words = review.object["command"].as_array().map_or(&[][..], Vec::as_slice);
            let command: Vec<String> =
                words.iter().filter_map(|word| Some(word.as_str()?.to_owned())).collect();
            answer.take("", rules.connection(kind, &command, &scope));
        }
        return answer.weighed();
    }
    let Some(object) = judged_object(review, &mut answer) else { return answer.weighed() };
    for (container, scope) in containers(review, &object, &mut answer) {
        let label = label(&container);
        if let Some(image) = container.image.given() {
            match images.digest(image) {
                Ok(None) => {}
                // A webhook that was asked after ours may have named another one.
                Ok(Some(_)) => {
                    answer.refuse(format!("{label}: image {} is not pinned to its digest", clean(image)));
                }
                Err(reason) => answer.refuse(format!("{label}: image {}: {reason}", clean(image))),
            }
        }
        answer.take(&label, rules.container(&container, &scope));
    }
    answer.weighed()
}

/// Says how the object has to be changed for rules in mode `rewrite` to hold and images to be pinned to what was
/// verified. What cannot be changed is left to [`validate`], which sees the result.
#[must_use]
pub fn mutate(review: &Review, rules: &dyn Rules, images: &dyn Images) -> Answer {
    let mut answer = Answer::of(review);
    let Some(object) = judged_object(review, &mut answer) else { return answer.finished() };
    let Some(pod_path) = pod_path(&object) else { return answer.finished() };
    let mut patch = Patch::of(review.object.clone());
    let mut digests: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = [0_usize; 3];
    for (container, scope) in containers(review, &object, &mut answer) {
        let (list, number) = match container.role {
            Role::Main => ("containers", &mut seen[0]),
            Role::Init => ("initContainers", &mut seen[1]),
            Role::Ephemeral => ("ephemeralContainers", &mut seen[2]),
        };
        let at = number.to_string();
        *number += 1;
        let beneath = [pod_path, &[list, &at]].concat();
        if let Some(image) = container.image.given() {
            match images.digest(image) {
                Ok(Some(digest)) if !image.contains('@') => {
                    patch.set(&[&beneath[..], &["image"]].concat(), Value::from(format!("{image}@{digest}")));
                    digests.insert(image.clone(), digest);
                }
                Ok(_) => {}
                Err(reason) => {
                    answer.refuse(format!("{}: image {}: {reason}", label(&container), clean(image)));
                }
            }
        }
        for matched in rules.container(&container, &scope) {
            if matched.mode != Mode::Rewrite || matched.waived.is_some() {
                continue;
            }
            let Some(repair) = workload::repair_pod(&matched.rule, &container, &digests) else { continue };
            let path: Vec<&str> =
                beneath.iter().copied().chain(repair.path.iter().map(String::as_str)).collect();
            let value = serde_json::from_str(&repair.value).unwrap_or(Value::Null);
            let is_put =
                if repair.is_appended { patch.append(&path, value) } else { patch.set(&path, value) };
            if is_put {
                answer.judged.push(Judged { container: label(&container), matched });
            }
        }
    }
    answer.patch = patch.into_operations();
    answer.finished()
}

/// The object to be judged: not one that is being deleted, and not one whose pod stays as it is.
fn judged_object(review: &Review, answer: &mut Answer) -> Option<Object> {
    if !matches!(review.verb, Verb::Create | Verb::Update) {
        return None;
    }
    let Some(object) = review.object() else {
        answer.refuse("the review has no object that can be read".to_owned());
        return None;
    };
    if object.node.at(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_null()) {
        return None;
    }
    let Some(path) = pod_path(&object) else {
        answer.warn(format!("{} has no pod that Seawall knows; nothing of it was judged", object.label()));
        return None;
    };
    let pod = |root: &Value| path.iter().fold(root.clone(), |mut node, key| node[*key].take());
    let is_unchanged = review.verb == Verb::Update && pod(&review.object) == pod(&review.old_object);
    (!is_unchanged).then_some(object)
}

fn containers<'a>(
    review: &'a Review,
    object: &Object,
    answer: &mut Answer,
) -> Vec<(ContainerSpec, Scope<'a>)> {
    let Some(pod) = object.pod() else { return Vec::new() };
    let context = PodContext { object: object.label(), metadata: pod.metadata, place: None };
    let mut specs = read_pod(pod.spec, &context);
    if specs.is_empty() {
        answer.refuse(format!("{} has no containers that can be read", object.label()));
    }
    if specs.len() > CONTAINERS_MAX {
        answer.refuse(format!(
            "{} has {} containers, more than {CONTAINERS_MAX}",
            object.label(),
            specs.len()
        ));
        specs.truncate(CONTAINERS_MAX);
    }
    // The rest of a pod that runs was judged when it came.
    if review.sub_resource.as_deref() == Some("ephemeralcontainers") {
        specs.retain(|spec| spec.role == Role::Ephemeral);
    }
    let labels = labels(pod.metadata);
    specs.into_iter().map(|spec| (spec, scope(review, object.label(), labels.clone()))).collect()
}

fn scope(review: &Review, object: String, labels: BTreeMap<String, String>) -> Scope<'_> {
    Scope {
        namespace: review.namespace.as_deref(),
        object,
        labels,
        user: &review.user.username,
        groups: &review.user.groups,
    }
}

fn labels(metadata: Option<&Node>) -> BTreeMap<String, String> {
    let entries = metadata.and_then(|node| node.get("labels")).map_or(&[][..], Node::entries);
    entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.value.text()?.to_owned()))).collect()
}

/// How messages name a container: `container web`.
fn label(container: &ContainerSpec) -> String {
    let word = match container.role {
        Role::Main => "container",
        Role::Init => "init container",
        Role::Ephemeral => "ephemeral container",
    };
    format!("{word} {}", clean(&container.name))
}

/// Where the pod of an object stands.
fn pod_path(object: &Object) -> Option<&'static [&'static str]> {
    object.pod()?;
    Some(match object.kind.as_str() {
        "Pod" => &["spec"],
        "PodTemplate" => &["template", "spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    })
}

#[cfg(test)]
pub(crate) mod tests;
