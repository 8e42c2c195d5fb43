//! Policies of the guard: what can be read judges calls without panicking, and what it lets through is a call again.
#![no_main]

use control::{Asked, Client, Facts, Policy, Verdict};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (yaml, body) = text.split_once("\n\0\n").unwrap_or((text, r#"{"Image":"a","HostConfig":{"Binds":["/etc:/x"]}}"#));
    let Ok((policy, _)) = Policy::parse(yaml) else { return };
    let head = calls::Head {
        method: "POST",
        target: "/containers/create",
        content_type: Some("application/json"),
        has_body: true,
        upgrade: None,
    };
    let limits = *policy.limits();
    let Ok(call) = calls::read(&head, &limits).and_then(|call| call.with_body(body.as_bytes(), &limits)) else { return };
    let client = Client { uid: Some(1000), ..Client::default() };
    let facts = Facts::plain(&policy.needs(&client, &call));
    let today = "2026-11-22".parse().expect("it is a date");
    let decision = policy.decide(Asked { client: &client, call, facts: &facts, today });
    let _ = control::explain(&decision);
    if decision.verdict != Verdict::Deny {
        let again = calls::read(&head, &limits).expect("the same head");
        again.with_body(&decision.call.body_bytes(), &limits).expect("what goes on is a call");
    }
});
