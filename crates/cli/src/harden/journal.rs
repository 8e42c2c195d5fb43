//! `seawall harden verify` and `seawall harden undo`.

use super::apply::{Recorded, differs, run_load};
use super::{daemon, say, situation};
use crate::arguments::JournalArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result, anyhow, bail};
use docker::{Document, Engine};
use harden::daemon_json::{get_key, set_keys};
use harden::plan::{Action, Class};
use repair::Journal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Looks whether what a journal applied is still so; status 1 when not.
pub(super) fn verify(arguments: &JournalArguments) -> Result<Outcome> {
    let journal = open(arguments)?;
    let mut outcome = Outcome::Clean;
    for entry in journal.entries() {
        let recorded: Recorded =
            serde_json::from_value(entry.change.clone()).context("the journal is of another release")?;
        let name = recorded.ids.join(", ");
        let state = match (entry.is_done, entry.is_undone) {
            (_, true) => "taken back".to_owned(),
            (false, _) => "begun, and not made".to_owned(),
            _ => match holds(&recorded.action) {
                Ok(true) => "holds".to_owned(),
                Ok(false) => {
                    outcome = Outcome::Findings;
                    "is not so any more".to_owned()
                }
                Err(error) => {
                    outcome = Outcome::Findings;
                    format!("cannot be looked at: {error:#}")
                }
            },
        };
        say(&format!("{}: {}", report::neutral(&name), report::neutral(&state)));
    }
    say(&format!("journal {} of {}", journal.number(), report::neutral(journal.when())));
    Ok(outcome)
}

fn open(arguments: &JournalArguments) -> Result<Journal> {
    let directory = &arguments.state.state_dir;
    let number = match arguments.journal {
        Some(number) => number,
        None => *repair::journals(directory)?.last().with_context(|| {
            format!("nothing was applied: there is no journal in {}", directory.display())
        })?,
    };
    Ok(Journal::open(directory, number)?)
}

fn engine() -> Result<Engine> {
    Ok(Engine::connect(docker::Options::from_env())?)
}

fn text_of(path: &Path) -> Result<String> {
    let content = repair::read(path)?.map(|content| content.bytes).unwrap_or_default();
    String::from_utf8(content).with_context(|| format!("{} is not text", path.display()))
}

fn holds(action: &Action) -> Result<bool> {
    Ok(match action {
        Action::FileMode { path, after, .. } => repair::state(Path::new(path))?.mode == *after,
        Action::FileOwner { path, after, .. } => {
            let state = repair::state(Path::new(path))?;
            (state.uid, state.gid) == *after
        }
        Action::UpdateContainer { id, update, .. } => !differs(&engine()?.container_document(id)?, update),
        Action::WriteFile { path, text, .. } => text_of(Path::new(path))? == *text,
        Action::DaemonKeys { path, keys } => {
            let text = text_of(Path::new(path))?;
            let mut all = true;
            for (key, value) in keys {
                all &= get_key(&text, key)? == *value;
            }
            all
        }
        Action::Write { .. } => true,
    })
}

/// Takes back what a journal applied, last change first.
pub(super) fn undo(arguments: &JournalArguments) -> Result<Outcome> {
    let mut journal = open(arguments)?;
    let mut failures = Vec::new();
    let mut count = 0;
    for at in (0..journal.entries().len()).rev() {
        let entry = &journal.entries()[at];
        if !entry.is_done || entry.is_undone {
            continue;
        }
        let recorded: Recorded =
            serde_json::from_value(entry.change.clone()).context("the journal is of another release")?;
        let name = recorded.ids.join(", ");
        match undo_one(&recorded, &journal, at, arguments) {
            Ok(()) => {
                journal.note(at, true, true)?;
                say(&format!("taken back: {}", report::neutral(&name)));
                count += 1;
            }
            Err(error) => failures.push(format!("{name}: {error:#}")),
        }
    }
    say(&format!("journal {}: {count} changes taken back", journal.number()));
    if failures.is_empty() { Ok(Outcome::Clean) } else { Err(anyhow!("{}", failures.join("; "))) }
}

fn undo_one(recorded: &Recorded, journal: &Journal, at: usize, arguments: &JournalArguments) -> Result<()> {
    match &recorded.action {
        Action::FileMode { path, before, after } => repair::set_mode(Path::new(path), *after, *before)?,
        Action::FileOwner { path, before, after } => repair::set_owner(Path::new(path), *after, *before)?,
        Action::UpdateContainer { id, update, before } => {
            let engine = engine()?;
            if differs(&engine.container_document(id)?, update) {
                bail!("somebody else changed the container's limits since");
            }
            let back = without_limit(before, &engine.document(Document::Info)?);
            for warning in engine.update_container(id, &serde_json::to_value(back)?)? {
                remark(&format!("the engine warns: {warning}"));
            }
        }
        Action::WriteFile { path, text, load, .. } => {
            if text_of(Path::new(path))? != *text {
                bail!("somebody else changed {path} since");
            }
            journal.restore_files(at)?;
            run_load(load)?;
        }
        Action::DaemonKeys { path, keys } => undo_keys(recorded.class, path, keys, journal, at, arguments)?,
        Action::Write { .. } => {}
    }
    Ok(())
}

/// The engine takes 0 for "as it is", so that no limit is said as all that the host has (moby, daemon/container/
/// update: `UpdateContainer`).
fn without_limit(before: &BTreeMap<String, Value>, info: &Value) -> BTreeMap<String, Value> {
    let mut back = before.clone();
    for (name, value) in &mut back {
        let is_none = value.is_null() || *value == 0 || *value == -1;
        match name.as_str() {
            "Memory" if is_none => *value = info["MemTotal"].clone(),
            // Engines before 23 pass no bound below 0 on, and the kernel keeps the old one below the memory.
            "MemorySwap" if is_none => {
                *value = json!(info["MemTotal"].as_u64().unwrap_or(0).saturating_mul(2));
            }
            "PidsLimit" if is_none => *value = json!(-1),
            "NanoCpus" if is_none => *value = json!(info["NCPU"].as_u64().unwrap_or(1) * 1_000_000_000),
            _ => {}
        }
    }
    back
}

fn undo_keys(
    class: Class,
    path: &str,
    keys: &[(String, Option<Value>)],
    journal: &Journal,
    at: usize,
    arguments: &JournalArguments,
) -> Result<()> {
    if class == Class::Restart && !arguments.allow_restart {
        bail!("the daemon has to be restarted for it (hint: --allow-restart)");
    }
    let path = Path::new(path);
    let present = text_of(path)?;
    let previous = journal.previous(at, path)?;
    if set_keys(&previous, keys)? == present {
        journal.restore_files(at)?;
    } else {
        // Somebody edited the file since: only the keys go back.
        let mut back = Vec::new();
        for (key, value) in keys {
            if get_key(&present, key)? != *value {
                bail!("somebody else changed '{key}' in {} since", path.display());
            }
            back.push((key.clone(), get_key(&previous, key)?));
        }
        let state = repair::state(path)?;
        repair::replace(path, set_keys(&present, &back)?.as_bytes(), state)?;
    }
    let wait = Duration::from_secs(arguments.wait.clamp(1, 3600));
    match class {
        Class::Restart => daemon::restart(&arguments.restart_command, wait),
        _ => daemon::reload(&situation::look()?.facts, wait),
    }
}
