//! `seawall guard learn`: the smallest policy for what a log saw.

use super::say;
use crate::arguments::GuardLearnArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result, bail};
use calls::{Head, Limits};
use control::{Client, ClientCertificate, ClientContainer, Observed};
use ledger::{Record, VerifyOptions, verify};
use serde_json::{Map, Value};
use std::io::{BufRead as _, BufReader};

pub(super) fn run(arguments: &GuardLearnArguments) -> Result<Outcome> {
    let options = VerifyOptions { may_begin_late: true, ..VerifyOptions::default() };
    let found = verify(&arguments.ledger, &options)?;
    if let Some(problem) = found.problems.first() {
        bail!(
            "nothing is learned from a log that is not what was written: {} (hint: seawall ledger verify)",
            problem.detail
        );
    }
    let mut observed = Vec::new();
    let mut is_left_out = 0;
    for path in &found.files {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        for line in BufReader::new(file).split(b'\n') {
            let line = line.with_context(|| format!("cannot read {}", path.display()))?;
            let Ok(record) = Record::parse(&line) else { continue };
            if record.kind == "decision" {
                match observe(&record.members) {
                    Some(seen) => observed.push(seen),
                    None => is_left_out += 1,
                }
            }
        }
    }
    say(control::learn(&observed).trim_end());
    remark(&format!("{} calls; {is_left_out} requests were no calls and are left out", observed.len()));
    Ok(Outcome::Clean)
}

/// The call of a record, read again: secrets in it are digests, which no rule asks for.
fn observe(record: &Map<String, Value>) -> Option<Observed> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let body = record.get("body").map(ToString::to_string);
    let limits = Limits::default();
    text("route")?;
    let target = text("target")?;
    let head = Head {
        method: text("method")?,
        target,
        content_type: body.as_ref().map(|_| "application/json"),
        has_body: body.is_some(),
        upgrade: upgrade(target),
    };
    let mut call = calls::read(&head, &limits).ok()?;
    if let Some(body) = body {
        call = call.with_body(body.as_bytes(), &limits).ok()?;
    }
    Some(Observed { client: client(record.get("subject")?), call })
}

// The one call that is none without it.
fn upgrade(target: &str) -> Option<&'static str> {
    target.split('?').next().is_some_and(|path| path.ends_with("/attach/ws")).then_some("websocket")
}

fn client(subject: &Value) -> Client {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
    let number = |name: &str| subject[name].as_u64().and_then(|number| u32::try_from(number).ok());
    Client {
        uid: number("uid"),
        pid: number("pid"),
        container: subject.get("container").map(|container| ClientContainer {
            id: text(&container["id"]),
            name: text(&container["name"]),
            image: text(&container["image"]),
            ..ClientContainer::default()
        }),
        certificate: subject.get("certificate").map(|certificate| ClientCertificate {
            common_name: text(&certificate["name"]),
            names: texts(&certificate["names"]),
            uris: texts(&certificate["uris"]),
            sha256: text(&certificate["sha256"]),
        }),
        ..Client::default()
    }
}
