//! What the audit log says of a call.

use super::caller::Caller;
use crate::exchange::Done;
use calls::{Call, Risk};
use control::{Decision, Verdict};
use ledger::{Durability, Entry, Hash, Ledger, Redactor};
use serde_json::{Value, json};
use std::time::Duration;

/// Bodies up to this size are recorded, without their secrets; of larger ones the digest alone.
const BODY_BYTES_MAX: usize = 64 << 10;

/// A decision, before the engine hears of the call.
pub(super) fn decision(
    ledger: &Ledger,
    request: &str,
    caller: &Caller,
    decision: &Decision,
    policy_sha256: &str,
) -> Entry {
    let call = &decision.call;
    let route = call.route();
    let mut entry = base(request, caller)
        .with("route", route.id)
        .with("risk", route.class.as_str())
        .with("method", call.method().as_str())
        .with("target", ledger.redactor().target(&call.target()))
        .with("decision", decision.word())
        .with("policy_sha256", policy_sha256);
    if let Some(client) = &decision.client {
        entry.set("client", client.as_str());
    }
    if let Some(subject) = call.subject() {
        entry.set("resource", subject);
    }
    if !decision.rules.is_empty() {
        entry.set("rules", decision.rules.iter().map(matched).collect::<Vec<_>>());
    }
    if !decision.rewrites.is_empty() {
        let rewrites = decision.rewrites.iter().map(
            |rewrite| json!({ "rule": rewrite.rule, "field": rewrite.field, "value": short(&rewrite.value) }),
        );
        entry.set("rewrites", rewrites.collect::<Vec<_>>());
    }
    if let (Verdict::Deny, Some(message)) = (decision.verdict, &decision.message) {
        entry.set("message", short(message));
    }
    body(&mut entry, ledger.redactor(), call);
    entry
}

fn matched(matched: &control::Matched) -> Value {
    let mut value =
        json!({ "id": matched.rule, "mode": matched.mode.as_str(), "message": short(&matched.message) });
    if let Some(waiver) = &matched.waived {
        value["waived"] = short(waiver).into();
    }
    value
}

fn body(entry: &mut Entry, redactor: &Redactor, call: &Call) {
    let Some(body) = call.body() else { return };
    let bytes = call.body_bytes();
    entry.set("object_sha256", digest(&bytes));
    if bytes.len() <= BODY_BYTES_MAX {
        entry.set("body", redactor.body(&body.to_value()));
    }
}

/// A request that was refused before it became a call.
pub(super) fn refusal(
    request: &str,
    caller: &Caller,
    rule: &str,
    status: u16,
    message: &str,
    target: &str,
) -> Entry {
    base(request, caller)
        .with("decision", Verdict::Deny.as_str())
        .with("rules", json!([{ "id": rule, "mode": "deny", "message": short(message) }]))
        .with("status", status)
        .with("target", short(target))
}

/// How a call ended that was let through.
pub(super) fn outcome(
    request: &str,
    call: &Call,
    done: Result<&Done, &str>,
    took: Duration,
    seen: &[control::Matched],
) -> Entry {
    let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let mut entry = Entry::new("outcome")
        .with("component", "docker")
        .with("req_id", request)
        .with("route", call.route().id)
        .with("dur_us", took);
    if !seen.is_empty() {
        entry.set("rules", seen.iter().map(matched).collect::<Vec<_>>());
    }
    match done {
        Ok(done) => {
            entry.set("upstream_status", done.status);
            entry.set("bytes_in", done.bytes_in);
            entry.set("bytes_out", done.bytes_out);
            if done.was_hijacked {
                entry.set("hijacked", true);
            }
        }
        Err(error) => entry.set("error", short(error)),
    }
    entry
}

/// Whether a record must be on the disk before the engine hears of the call.
pub(super) fn durability(decision: &Decision) -> Durability {
    let is_grave = matches!(decision.call.route().class, Risk::R4 | Risk::R5 | Risk::R2Interactive);
    let is_refused = decision.verdict == Verdict::Deny && !decision.is_absent();
    let is_changed = is_refused || !decision.rewrites.is_empty();
    if is_grave || is_changed { Durability::BeforeReturn } else { Durability::Soon }
}

/// Whether the end of a call is recorded too.
pub(super) fn wants_outcome(call: &Call) -> bool {
    !matches!(call.route().class, Risk::R0 | Risk::R1)
}

fn base(request: &str, caller: &Caller) -> Entry {
    Entry::new("decision")
        .with("component", "docker")
        .with("req_id", request)
        .with("subject", caller.subject())
}

pub(super) fn digest(bytes: &[u8]) -> String {
    Hash::of(bytes).to_string()
}

fn short(text: &str) -> String {
    text.chars().take(2000).collect()
}
