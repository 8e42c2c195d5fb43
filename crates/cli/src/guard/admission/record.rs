//! What the audit log says of a question of the API server: the words of the other doors.

use admission::{Answer, Judged, Review, Verb};
use ledger::{Durability, Entry, Hash};
use serde_json::{Value, json};
use std::time::Duration;

/// A decision.
pub(super) fn decision(
    review: &Review,
    body: &[u8],
    answer: &Answer,
    is_mutated: bool,
    policy_sha256: &str,
    took: Duration,
) -> Entry {
    let mut entry = base(&review.uid, is_mutated)
        .with("subject", json!({ "user": short(&review.user.username), "groups": review.user.groups }))
        .with("method", method(review.verb))
        .with("resource", short(&answer.object))
        .with("decision", word(answer))
        .with("object_sha256", Hash::of(body).to_string())
        .with("policy_sha256", policy_sha256)
        .with("dur_us", u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    if let Some(kind) = &review.sub_resource {
        entry.set("sub_resource", short(kind));
    }
    if review.is_dry_run {
        entry.set("dry_run", true);
    }
    if !answer.judged.is_empty() {
        entry.set("rules", answer.judged.iter().map(matched).collect::<Vec<_>>());
    }
    if !answer.patch.is_empty() {
        let change = |change: &admission::Operation| json!({ "field": short(&change.path), "value": short(&change.value.to_string()) });
        entry.set("rewrites", answer.patch.iter().map(change).collect::<Vec<_>>());
    }
    if !answer.warnings.is_empty() {
        entry.set("warnings", answer.warnings.iter().map(|text| short(text)).collect::<Vec<_>>());
    }
    if let Some(message) = &answer.message {
        entry.set("message", short(message));
    }
    entry
}

/// A body that is no question.
pub(super) fn refusal(body: &[u8], answer: &Answer, is_mutated: bool) -> Entry {
    let message = answer.message.as_deref().unwrap_or_default();
    base("", is_mutated)
        .with("decision", "deny")
        .with("object_sha256", Hash::of(body).to_string())
        .with("message", short(message))
}

/// Refusals and changes are on the disk before the API server hears of them.
pub(super) fn durability(answer: &Answer) -> Durability {
    if answer.is_allowed && answer.patch.is_empty() { Durability::Soon } else { Durability::BeforeReturn }
}

fn base(request: &str, is_mutated: bool) -> Entry {
    Entry::new("decision")
        .with("component", "admission")
        .with("req_id", short(request))
        .with("route", if is_mutated { "mutate" } else { "validate" })
}

fn word(answer: &Answer) -> &'static str {
    if !answer.is_allowed {
        "deny"
    } else if !answer.warnings.is_empty() {
        "warn"
    } else {
        "allow"
    }
}

fn matched(judged: &Judged) -> Value {
    let Judged { container, matched } = judged;
    let mut value =
        json!({ "id": matched.rule, "mode": matched.mode.as_str(), "message": short(&matched.message) });
    if !container.is_empty() {
        value["container"] = short(container).into();
    }
    if let Some(waiver) = &matched.waived {
        value["waived"] = short(waiver).into();
    }
    value
}

const fn method(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "CREATE",
        Verb::Update => "UPDATE",
        Verb::Delete => "DELETE",
        Verb::Connect => "CONNECT",
    }
}

fn short(text: &str) -> String {
    text.chars().take(2_000).collect()
}
