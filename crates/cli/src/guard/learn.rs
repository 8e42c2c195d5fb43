//! `seawall guard learn`: the smallest policy for what a log saw.

use super::say;
use crate::arguments::GuardLearnArguments;
use crate::exit::Outcome;
use anyhow::{Context, Result, bail};
use ledger::{Record, VerifyOptions, verify};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};

/// What one client did.
#[derive(Default)]
struct Observed {
    calls: BTreeSet<String>,
    /// Rules that said something, with how often and one message.
    rules: BTreeMap<String, (u64, String)>,
    refused: u64,
}

pub(super) fn run(arguments: &GuardLearnArguments) -> Result<Outcome> {
    let options = VerifyOptions { may_begin_late: true, ..VerifyOptions::default() };
    let found = verify(&arguments.ledger, &options)?;
    if let Some(problem) = found.problems.first() {
        bail!(
            "nothing is learned from a log that is not what was written: {} (hint: seawall ledger verify)",
            problem.detail
        );
    }
    let mut clients: BTreeMap<(String, String), Observed> = BTreeMap::new();
    for path in &found.files {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        for line in BufReader::new(file).split(b'\n') {
            let line = line.with_context(|| format!("cannot read {}", path.display()))?;
            if let Ok(record) = Record::parse(&line)
                && record.kind == "decision"
            {
                observe(&mut clients, &record.members);
            }
        }
    }
    say(policy(&clients, found.records).trim_end());
    Ok(Outcome::Clean)
}

fn observe(clients: &mut BTreeMap<(String, String), Observed>, record: &Map<String, Value>) {
    let Some(call) = record.get("route").and_then(Value::as_str) else { return };
    let Some(matcher) = record.get("subject").and_then(matcher) else { return };
    let client = clients.entry(matcher).or_default();
    client.calls.insert(call.to_owned());
    if record.get("decision").and_then(Value::as_str) == Some("deny") {
        client.refused += 1;
    }
    for rule in record.get("rules").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let seen = client.rules.entry(text("id")).or_insert_with(|| (0, text("message")));
        seen.0 += 1;
    }
}

/// A name for a client, and the line of YAML by which it is known again.
fn matcher(subject: &Value) -> Option<(String, String)> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(container) = subject.get("container") {
        let name = text(&container["name"])?;
        return Some((format!("container {name}"), format!("{{container: {}}}", quoted(&name))));
    }
    if let Some(certificate) = subject.get("certificate") {
        if let Some(uri) =
            certificate["uris"].get(0).and_then(text).filter(|uri| uri.starts_with("spiffe://"))
        {
            return Some((uri.clone(), format!("{{spiffe: {}}}", quoted(&uri))));
        }
        let name = certificate["names"].get(0).and_then(text).or_else(|| text(&certificate["name"]))?;
        return Some((format!("certificate {name}"), format!("{{certificate: {}}}", quoted(&name))));
    }
    let uid = subject.get("uid")?.as_u64()?;
    Some((format!("user {uid}"), format!("{{uid: {uid}}}")))
}

fn policy(clients: &BTreeMap<(String, String), Observed>, records: u64) -> String {
    let mut text = format!(
        "# Learned from {records} records. Each client may make the calls that it made, and no other.\n"
    );
    text.push_str("version: 1\nprofile: guarded\nclients:\n");
    for ((name, matcher), observed) in clients {
        text.push_str(&format!("  - name: {}\n    match: {matcher}\n    allow:\n", quoted(name)));
        text.push_str("      - call: [R0]\n");
        for call in &observed.calls {
            text.push_str(&format!("      - call: [{call}]\n"));
        }
        if observed.refused > 0 {
            text.push_str(&format!(
                "    # {} of its calls were refused, or would have been.\n",
                observed.refused
            ));
        }
        for (rule, (count, message)) in &observed.rules {
            let message: String = message.chars().filter(|letter| !letter.is_control()).take(120).collect();
            text.push_str(&format!("    # {count} times {rule}: {message}\n"));
        }
    }
    if clients.is_empty() {
        text.push_str("  []\n");
    }
    text
}

/// JSON's strings are YAML's (YAML 1.2, section 1.3).
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
