//! The same policy as an authorization plugin of the engine (docs.docker.com, "Access authorization plugin"): a second line only.
//!
//! The engine tells a plugin neither archives nor what follows an upgrade, and of clients no more than the name in a certificate;
//! engines before 29.3.1 leave bodies out that are long. So a call whose body is missing here is refused, and a rule that would
//! change a call refuses it.

use super::{Guard, caller::Caller, connection::write_answer, policy::Current, record};
use crate::{
    exchange::Side,
    front::Arrival,
    reading::{read_body, read_head},
    wire::Framing,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use calls::{BodyKind, Head};
use control::{Asked, Client, ClientCertificate, Verdict};
use serde_json::{Value, json};

/// The engine sends bodies up to 4 MiB, in Base64 inside JSON.
const REQUEST_BYTES_MAX: usize = 8 << 20;

pub(super) fn serve(guard: &Guard, arrival: Arrival) {
    let mut engine = Side::new(arrival.channel);
    while let Ok(Some(head)) = read_head(&mut engine) {
        let path = head.target.split('?').next().unwrap_or_default();
        let body = match head.framing {
            Framing::Length(0) => Vec::new(),
            framing => match read_body(&mut engine, framing, REQUEST_BYTES_MAX) {
                Ok(body) => body,
                Err(_) => return,
            },
        };
        let answer = match path {
            "/Plugin.Activate" => json!({ "Implements": ["authz"] }),
            "/AuthZPlugin.AuthZReq" => match judge(guard, &body) {
                Ok(()) => json!({ "Allow": true }),
                Err(message) => json!({ "Allow": false, "Msg": message }),
            },
            "/AuthZPlugin.AuthZRes" => json!({ "Allow": true }),
            _ => return,
        };
        if !write_answer(&mut engine, answer.to_string().as_bytes(), head.closes) {
            return;
        }
    }
}

fn judge(guard: &Guard, body: &[u8]) -> Result<(), String> {
    let request: Value =
        serde_json::from_slice(body).map_err(|_| "the engine's request is not understood".to_owned())?;
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let header = |name: &str| {
        let headers = request["RequestHeaders"].as_object()?;
        headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str().map(str::to_owned)
    };
    // What the guard itself looks up comes back as a question; nobody else knows the word.
    if header("User-Agent").as_deref() == Some(guard.upstream.agent()) {
        return Ok(());
    }
    let name = text("User");
    let certificate = (!name.is_empty())
        .then(|| ClientCertificate { common_name: name.to_owned(), ..ClientCertificate::default() });
    let client = Client { certificate, ..Client::default() };
    let caller = Caller { key: format!("plugin {name}"), client };
    let bytes = match &request["RequestBody"] {
        Value::String(text) => STANDARD.decode(text).map_err(|_| "the body is not Base64".to_owned())?,
        _ => Vec::new(),
    };
    let Current::Ready(ready) = guard.policy.current() else {
        return if text("RequestUri").ends_with("/_ping") {
            Ok(())
        } else {
            Err("there is no policy".to_owned())
        };
    };
    let policy = &ready.judge;
    let (content_type, upgrade) = (header("Content-Type"), header("Upgrade"));
    let head = Head {
        method: text("RequestMethod"),
        target: text("RequestUri"),
        content_type: content_type.as_deref(),
        has_body: !bytes.is_empty(),
        upgrade: upgrade.as_deref(),
    };
    let told = |refusal: calls::Refusal| refusal.message;
    let mut call = calls::read(&head, policy.limits()).map_err(told)?;
    if !bytes.is_empty() && !matches!(call.route().body, BodyKind::Archive) {
        call = call.with_body(&bytes, policy.limits()).map_err(told)?;
    }
    let needs = policy.needs(&caller.client, &call);
    let facts = super::facts::gather(&guard.upstream, &guard.host, ready.images.as_deref(), &needs);
    let asked = Asked { client: &caller.client, call, facts: &facts, today: super::today() };
    let mut decision = policy.decide(asked);
    if decision.verdict != Verdict::Deny && !decision.rewrites.is_empty() {
        decision.verdict = Verdict::Deny;
        let rule = &decision.rewrites[0].rule;
        decision.message = Some(format!(
            "{rule} changes the call, which a plugin cannot (hint: seawall guard docker --listen)"
        ));
    }
    if decision.verdict != Verdict::Deny
        && decision.inspection.as_ref().is_some_and(|archive| archive.must_be_seen())
    {
        decision.verdict = Verdict::Deny;
        decision.message = Some("what is copied to the top of a container is judged by its archive, which a plugin does not see (hint: seawall guard docker --listen)".to_owned());
    }
    let entry = record::decision(&guard.ledger, &guard.next_request(), &caller, &decision, &ready.digest);
    guard.ledger.append(entry, record::durability(&decision)).map_err(|error| error.to_string())?;
    match decision.verdict {
        Verdict::Deny => Err(decision.message.unwrap_or_else(|| "refused".to_owned())),
        _ => Ok(()),
    }
}
