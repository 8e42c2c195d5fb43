//! Swarm mode.

use crate::info::text;
use docker::{Document, Engine};
use facts::{Fact, Swarm};
use model::GapReason;
use serde_json::Value;

/// What the engine says of its swarm; known to be none when it is in none.
pub(crate) fn read(engine: &Engine, info: &Value) -> Fact<Option<Swarm>> {
    let Some(state) = info.get("Swarm") else {
        return Fact::missing(GapReason::Unsupported, "the engine does not tell whether it is in a swarm");
    };
    match text(state, "LocalNodeState").as_str() {
        "" | "inactive" => return Fact::Known(None),
        _ => {}
    }
    let number = |key: &str| match state.get(key).and_then(Value::as_u64) {
        Some(number) => Fact::Known(number),
        None => Fact::missing(GapReason::Unsupported, "managers alone know it"),
    };
    let is_manager = state.get("ControlAvailable").and_then(Value::as_bool).unwrap_or(false);
    let mut swarm = Swarm {
        is_manager,
        managers: number("Managers"),
        nodes: number("Nodes"),
        node_address: Fact::Known(text(state, "NodeAddr")),
        ..Swarm::default()
    };
    if !is_manager {
        let why = || Fact::missing(GapReason::Unsupported, "this node is no manager, ask one");
        (swarm.is_auto_locked, swarm.secrets, swarm.services) = (why_bool(), why(), why());
        (swarm.certificate_expiry_secs, swarm.authority_rotations) = (why(), why());
        return Fact::Known(Some(swarm));
    }
    match engine.document(Document::Swarm) {
        Ok(document) => {
            let locked = document.pointer("/Spec/EncryptionConfig/AutoLockManagers").and_then(Value::as_bool);
            swarm.is_auto_locked = Fact::Known(locked.unwrap_or(false));
            swarm.certificate_expiry_secs =
                match document.pointer("/Spec/CAConfig/NodeCertExpiry").and_then(Value::as_u64) {
                    Some(nanoseconds) => Fact::Known(nanoseconds / 1_000_000_000),
                    None => Fact::missing(
                        GapReason::Malformed,
                        "the swarm does not tell how long certificates last",
                    ),
                };
            let rotations = document.pointer("/Spec/CAConfig/ForceRotate").and_then(Value::as_u64);
            swarm.authority_rotations = Fact::Known(rotations.unwrap_or(0));
        }
        Err(error) => {
            swarm.is_auto_locked = Fact::missing(GapReason::Unreadable, error.to_string());
            swarm.certificate_expiry_secs = Fact::missing(GapReason::Unreadable, error.to_string());
            swarm.authority_rotations = Fact::missing(GapReason::Unreadable, error.to_string());
        }
    }
    swarm.secrets = count(engine, Document::Secrets);
    swarm.services = count(engine, Document::Services);
    Fact::Known(Some(swarm))
}

fn why_bool() -> Fact<bool> {
    Fact::missing(GapReason::Unsupported, "this node is no manager, ask one")
}

fn count(engine: &Engine, document: Document) -> Fact<u64> {
    match engine.document(document) {
        Ok(Value::Array(list)) => Fact::Known(list.len() as u64),
        Ok(_) => Fact::missing(GapReason::Malformed, "the answer is no list"),
        Err(error) => Fact::missing(GapReason::Unreadable, error.to_string()),
    }
}
