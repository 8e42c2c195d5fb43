//! What a guard tells root of the host about itself, on its own socket.

use super::{Guard, caller::Caller, policy::Current};
use crate::wire::{Framing, RequestHead};
use serde_json::{Value, json};

/// No call of the engine: its parts begin with no underscore but `/_ping`.
pub(super) const TARGET: &str = "/_seawall/status";

/// Whether it is asked for by one who may know: root of the host, who can read all of it anyway. For others the guard has no
/// such page.
pub(super) fn is_asked(head: &RequestHead, caller: &Caller) -> bool {
    let client = &caller.client;
    let is_root = client.uid == Some(0) && client.container.is_none() && client.certificate.is_none();
    is_root && head.method == "GET" && head.target == TARGET && head.framing == Framing::Length(0)
}

/// The page.
pub(super) fn page(guard: &Guard) -> Value {
    let (forwarded, refused, connections) = guard.counts();
    let counters = guard.ledger.counters();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "started": guard.started,
        "policy": policy(guard),
        "engine": engine(guard),
        "ledger": {
            "file": guard.ledger.file(),
            "key": guard.ledger.verifier().to_string(),
            "is_broken": guard.ledger.is_broken(),
            "written": counters.written,
            "lost": counters.lost,
            "synced": counters.synced,
            "copies_dropped": counters.copies_dropped,
        },
        "calls": { "passed_on": forwarded, "refused": refused, "connections": connections },
    })
}

fn policy(guard: &Guard) -> Value {
    let source = guard.policy.source_name();
    match guard.policy.current() {
        Current::Ready(ready) => {
            let warnings: Vec<&str> = ready.warnings.iter().map(|warning| &*warning.message).collect();
            json!({ "source": source, "sha256": ready.digest, "warnings": warnings })
        }
        Current::Broken(why) => json!({ "source": source, "problem": &*why }),
    }
}

fn engine(guard: &Guard) -> Value {
    let mut engine = json!({ "socket": guard.upstream.socket() });
    let problem = match guard.upstream.get("/version") {
        Ok((200, bytes)) => match serde_json::from_slice::<Value>(&bytes) {
            Ok(said) => {
                engine["version"] = said["Version"].clone();
                engine["api_version"] = said["ApiVersion"].clone();
                return engine;
            }
            Err(_) => "its answer is not JSON".to_owned(),
        },
        Ok((status, _)) => format!("it answers {status}"),
        Err(error) => format!("it does not answer: {error}"),
    };
    engine["problem"] = problem.into();
    engine
}
