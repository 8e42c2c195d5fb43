//! A call, judged: who asks, may they ask it, rewrite, validate the final object, warn or deny.

mod case;
mod container;
mod existing;
pub(crate) mod image;
mod mounts;
mod needs;
mod network;
mod other;
mod owner;
mod rewrite;
mod service;
mod service_rewrite;
mod settings;
mod spec;

pub(crate) use case::Case;
pub(crate) use needs::needs;

use crate::archive::Inspection;
use crate::decision::{Decision, Matched, Mode, Verdict};
use crate::policy::{Asked, Policy, Scope};
use crate::{Client, Date, Facts};
use calls::{BodyKind, Head, Json};
use std::cmp::Reverse;
use workload::ContainerSpec;

/// Judges a call.
pub(crate) fn decide(policy: &Policy, asked: Asked<'_>) -> Decision {
    let mut case = Case::new(policy, asked);
    // Whether the daemon lives is no secret, and clients ask it before all else.
    if matches!(case.route(), "system.ping" | "system.ping.head") {
        return case.decided("whether the daemon lives may be asked by everyone".to_owned());
    }
    let access = case.access();
    if case.has_denied() {
        return case.decided(access);
    }
    existing::pin(&mut case);
    if case.not_found.is_none() {
        match case.route() {
            "containers.create" => container::create(&mut case),
            "services.create" | "services.update" => service::judge(&mut case),
            "containers.update" => existing::update(&mut case),
            _ => other::judge(&mut case),
        }
        settings::expressions(&mut case);
    }
    case.decided(access)
}

/// Judges a container that no call of the Engine API makes.
pub(crate) fn container_alone(
    policy: &Policy,
    spec: &ContainerSpec,
    scope: &Scope<'_>,
    today: Date,
) -> Vec<Matched> {
    alone(policy, "/containers/create", scope, today, |case| {
        case.image = spec.image.given().map(|image| image::full_name(image));
        spec::judge(case, spec, spec::Which::Made);
        settings::judge(case, spec, &Json::Null);
        mounts::allowed(case, spec);
        if let Some(name) = spec.image.given() {
            image::allowed(case, std::slice::from_ref(name), "image");
        }
    })
}

/// Judges a command that is started in a container by no call of the Engine API.
pub(crate) fn command_alone(
    policy: &Policy,
    command: &[String],
    scope: &Scope<'_>,
    today: Date,
) -> Vec<Matched> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    alone(policy, "/containers/any/exec", scope, today, |case| other::command(case, &words))
}

/// Judges something that is like a call but is none.
fn alone(
    policy: &Policy,
    target: &str,
    scope: &Scope<'_>,
    today: Date,
    judge: impl FnOnce(&mut Case<'_>),
) -> Vec<Matched> {
    let content_type = Some("application/json");
    let head = Head { method: "POST", target, content_type, has_body: true, upgrade: None };
    let call = calls::read(&head, &calls::Limits::default()).expect("the route is in the table");
    let (client, facts) = (Client::default(), Facts::default());
    let mut case = Case::new(policy, Asked { client: &client, call, facts: &facts, today });
    case.client = None;
    case.client_name = scope.client;
    case.labels = Some(scope.labels.clone());
    case.is_rewritten_elsewhere = true;
    judge(&mut case);
    worst_first(&mut case.hits);
    case.hits
}

fn worst_first(hits: &mut [Matched]) {
    let order =
        |hit: &Matched| (Reverse(hit.mode), Reverse(hit.severity), hit.rule.clone(), hit.message.clone());
    hits.sort_by_cached_key(order);
}

impl Case<'_> {
    fn has_denied(&self) -> bool {
        self.hits.iter().any(|hit| hit.mode == Mode::Deny)
    }

    fn decided(mut self, access: String) -> Decision {
        worst_first(&mut self.hits);
        self.hits.dedup();
        let mut warnings: Vec<String> = self.call.warnings().to_vec();
        let told = self.hits.iter().filter(|hit| hit.mode == Mode::Warn);
        warnings.extend(told.map(|hit| format!("{} [{}]", hit.message, hit.rule)));
        let denied = self.hits.iter().find(|hit| hit.mode == Mode::Deny);
        let (verdict, status, message) = match (&self.not_found, denied) {
            (_, Some(hit)) => {
                let more = self.hits.iter().filter(|hit| hit.mode == Mode::Deny).count() - 1;
                let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
                let hint =
                    crate::remedy(&hit.rule).map_or_else(String::new, |remedy| format!(" hint: {remedy}"));
                (
                    Verdict::Deny,
                    403,
                    Some(format!("refused by the guard: {} [{}]{more}{hint}", hit.message, hit.rule)),
                )
            }
            (Some((status, what)), None) => (Verdict::Deny, *status, Some(what.clone())),
            (None, None) if warnings.is_empty() => (Verdict::Allow, 200, None),
            (None, None) => (Verdict::Warn, 200, None),
        };
        let is_archive = verdict != Verdict::Deny && matches!(self.call.route().body, BodyKind::Archive);
        let inspection = if is_archive { Inspection::of(&self).map(Box::new) } else { None };
        Decision {
            verdict,
            client: self.client.map(|(_, entry)| entry.name.clone()),
            access,
            rules: self.hits,
            rewrites: self.rewrites,
            inspection,
            tag_after: if verdict == Verdict::Deny { None } else { self.tag_after },
            call: self.call,
            status,
            message,
            warnings,
        }
    }
}
