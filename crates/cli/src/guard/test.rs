//! `seawall guard test`: what a policy says of recorded requests.

use super::policies::{policy, tell};
use super::{read, say};
use crate::arguments::GuardTestArguments;
use crate::exit::Outcome;
use anyhow::{Context, Result, anyhow};
use calls::{BodyKind, Call, Head};
use control::{Asked, Client, Date, Facts, Policy, Recorded, Verdict};
use guard::wire::{BodyDecoder, Framing, RequestHead, head_length};

pub(super) fn run(arguments: &GuardTestArguments) -> Result<Outcome> {
    let policy = policy(&arguments.policy)?;
    tell(&arguments.policy, policy.warning_of_clients().as_slice());
    let client = match &arguments.client {
        Some(text) => serde_json::from_str(text).context("--client is no client (hint: {\"uid\": 1000})")?,
        None => Client { uid: Some(0), gids: vec![0], ..Client::default() },
    };
    let facts = match &arguments.facts {
        Some(path) => serde_json::from_slice(&read(path)?)
            .with_context(|| format!("{} holds no facts", path.display()))?,
        None => Facts::default(),
    };
    let mut is_refused = false;
    for path in &arguments.requests {
        let bytes = read(path)?;
        if bytes.first() == Some(&b'{') {
            is_refused |= replay(&policy, &bytes).with_context(|| path.display().to_string())?;
            continue;
        }
        let (verdict, text) =
            judge(&policy, &client, &facts, &bytes).with_context(|| path.display().to_string())?;
        is_refused |= verdict == Verdict::Deny;
        say(&format!("{}: {}", report::neutral(&path.display().to_string()), lines(&text)));
    }
    Ok(if is_refused { Outcome::Findings } else { Outcome::Clean })
}

/// Requests as JSON, one a line; whether one is refused.
fn replay(policy: &Policy, bytes: &[u8]) -> Result<bool> {
    let text = std::str::from_utf8(bytes).context("it is not UTF-8")?;
    let mut is_refused = false;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let recorded: Recorded =
            serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
        let replayed = recorded.replay(policy, today()?);
        is_refused |= replayed.verdict() == Verdict::Deny;
        say(&format!(
            "{}: {}",
            report::neutral(&recorded.id),
            report::neutral(&replayed.explain()).trim_end()
        ));
    }
    Ok(is_refused)
}

/// A request may say anything to a terminal, but in lines of ours.
fn lines(text: &str) -> String {
    text.trim_end().lines().map(report::neutral).collect::<Vec<_>>().join("\n")
}

fn today() -> Result<Date> {
    crate::clock::today().parse().map_err(|_| anyhow!("the clock of this machine is off"))
}

fn judge(policy: &Policy, client: &Client, facts: &Facts, bytes: &[u8]) -> Result<(Verdict, String)> {
    let call = match call(policy, bytes)? {
        Ok(call) => call,
        Err(refusal) => return Ok((Verdict::Deny, format!("deny: {refusal}"))),
    };
    let mut facts = facts.clone();
    facts.add_plain(&policy.needs(client, &call));
    let decision = policy.decide(Asked { client, call, facts: &facts, today: today()? });
    Ok((decision.verdict, control::explain(&decision)))
}

/// Reads a recorded request; the inner error is what a guard would refuse before any policy.
fn call(policy: &Policy, bytes: &[u8]) -> Result<Result<Call, String>> {
    let length = match head_length(bytes) {
        Ok(Some(length)) => length,
        Ok(None) => {
            return Err(anyhow!(
                "no request: the empty line behind the head is missing (hint: lines end with CR LF)"
            ));
        }
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let head = match RequestHead::parse(&bytes[..length]) {
        Ok(head) => head,
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let of_call = Head {
        method: &head.method,
        target: &head.target,
        content_type: head.content_type.as_deref(),
        has_body: head.framing != Framing::Length(0),
        upgrade: head.upgrade.as_deref(),
    };
    let call = match calls::read(&of_call, policy.limits()) {
        Ok(call) => call,
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    if !of_call.has_body || matches!(call.route().body, BodyKind::Archive) {
        return Ok(Ok(call));
    }
    let mut decoder = BodyDecoder::new(head.framing);
    let (mut body, mut rest) = (Vec::new(), &bytes[length..]);
    while !decoder.is_done() {
        let decoded = match decoder.next(rest) {
            Ok(decoded) => decoded,
            Err(refusal) => return Ok(Err(refusal.to_string())),
        };
        if decoded.skip + decoded.content == 0 && !decoder.is_done() {
            return Err(anyhow!("the body is shorter than its head says"));
        }
        body.extend_from_slice(&rest[decoded.skip..decoded.skip + decoded.content]);
        rest = &rest[decoded.skip + decoded.content..];
    }
    Ok(call.with_body(&body, policy.limits()).map_err(|refusal| refusal.to_string()))
}
