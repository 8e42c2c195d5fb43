//! A container that is made.

use super::spec::Which;
use super::{Case, existing, image, mounts, network, owner, rewrite, settings, spec};
use crate::client::clean;
use calls::Json;
use workload::{ContainerSpec, Namespace, Stated, Tree, User, read_create_tree};

pub(crate) fn create(case: &mut Case<'_>) {
    let Some(body) = case.call.body() else { return };
    case.labels = Some(body.get("Labels").map(super::case::labels_of).unwrap_or_default());
    case.image = Some(image::full_name(body.text_of("Image")));
    image::judge(case);
    if case.not_found.is_some() {
        return;
    }
    existing::pin_body(case);
    // What is rewritten is judged again: a rule that the change does not satisfy refuses the call.
    let count = case.rewrites.len();
    rewrite::container(case);
    let is_changed = case.rewrites.len() > count;
    // The body is looked at while hits are noted beside it, so it is taken out for that long.
    let Some(body) = case.call.body_mut().map(|body| std::mem::replace(body, Json::Null)) else { return };
    if is_changed {
        case.labels = Some(body.get("Labels").map(super::case::labels_of).unwrap_or_default());
    }
    if let Some(spec) = specification(case, &body) {
        spec::judge(case, &spec, Which::Made);
        settings::judge(case, &spec, &body);
        owner::taken(case);
    }
    if let Some(place) = case.call.body_mut() {
        *place = body;
    }
}

/// A body as specifications are read from it: its keys are the API's own already.
#[derive(Clone, Copy)]
struct Body<'a>(&'a Json);

impl Tree for Body<'_> {
    fn field(&self, key: &str) -> Option<Self> {
        self.0.get(key).map(Body)
    }

    fn is_null(&self) -> bool {
        self.0.is_null()
    }

    fn is_map(&self) -> bool {
        matches!(self.0, Json::Object(_))
    }

    fn text(&self) -> Option<&str> {
        self.0.text()
    }

    fn boolean(&self) -> Option<bool> {
        match self.0 {
            Json::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    fn integer(&self) -> Option<i64> {
        self.0.integer()
    }

    fn list(&self) -> Option<Vec<Self>> {
        match self.0 {
            Json::List(items) => Some(items.iter().map(Body).collect()),
            _ => None,
        }
    }

    fn entries(&self) -> Vec<(&str, Self)> {
        self.0.entries().iter().map(|(key, value)| (key.as_ref(), Body(value))).collect()
    }
}

/// The specification that a body asks for, with what is known of the host in the place of names.
pub(crate) fn specification(case: &mut Case<'_>, body: &Json) -> Option<ContainerSpec> {
    let mut spec = match read_create_tree(&Body(body)) {
        Ok(spec) => spec,
        Err(error) => {
            case.unknown("the container", &error.to_string());
            return None;
        }
    };
    let null = Json::Null;
    let host = body.get("HostConfig").unwrap_or(&null);
    if spec.user.is_absent()
        && let Some(image) = image::facts(case, body.text_of("Image"))
    {
        spec.user = Stated::Given(User(image.user.clone()));
    }
    // Who makes a container anew, as Watchtower does, says what it has: what the engine gives everyone is no wish.
    let is_default = case.facts.engine.as_ref().is_some_and(|engine| engine.has_host_cgroup_namespace);
    if is_default && spec.namespaces.cgroup == Stated::Given(Namespace::Host) {
        spec.namespaces.cgroup = Stated::Absent;
    }
    mounts::judge(case, &mut spec, host);
    network::judge(case, &mut spec, host, body);
    others(case, &mut spec);
    Some(spec)
}

/// Containers whose namespaces or volumes it takes: what they have, this one has.
fn others(case: &mut Case<'_>, spec: &mut ContainerSpec) {
    for other in spec.volumes_from.clone() {
        let name = other.split(':').next().unwrap_or_default().to_owned();
        let message = format!("volumes of container {} are taken over", clean(&name));
        case.report("guard/volumes-of-others", message, "HostConfig.VolumesFrom", other.clone());
        if let Some(facts) = case.container(&name) {
            existing::judge(case, facts);
            spec.mounts.extend(existing::resolved(case, facts).mounts);
        }
    }
    let joined: Vec<String> = spec
        .namespaces
        .all()
        .into_iter()
        .filter_map(|(_, namespace)| match namespace {
            Stated::Given(Namespace::Container(name)) => Some(name.clone()),
            _ => None,
        })
        .collect();
    for name in joined {
        if let Some(facts) = case.container(&name) {
            existing::judge(case, facts);
        }
    }
}
