//! `seawall harden apply`.

use super::daemon::{self, Validation};
use super::plan::shown;
use super::say;
use super::situation::{self, Looked};
use crate::arguments::ApplyArguments;
use crate::clock;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result, anyhow, bail};
use harden::daemon_json::set_keys;
use harden::plan::{Action, Change, Class};
use repair::{FileState, Journal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the journal says of a change.
#[derive(Serialize, Deserialize)]
pub(super) struct Recorded {
    /// The ids that were asked for; several keys of `daemon.json` are one change of the file.
    pub(super) ids: Vec<String>,
    pub(super) action: Action,
    pub(super) class: Class,
}

pub(super) fn run(arguments: &ApplyArguments) -> Result<Outcome> {
    let looked = situation::look()?;
    let chosen = choose(&looked.plan.changes, arguments)?;
    let configuration = Configuration::of(&looked, &chosen)?;
    if let Some(configuration) = &configuration {
        let program = arguments.dockerd.clone().or_else(|| executable(&looked));
        match daemon::validate(program.as_deref(), &configuration.text)? {
            Validation::Good => remark("daemon.json: the engine accepts it"),
            Validation::Bad(said) => bail!("the engine refuses the new daemon.json: {said}"),
            Validation::Unasked(why) => remark(&format!("daemon.json: not validated by the engine, {why}")),
        }
    }
    for change in &chosen {
        say(&shown(change));
    }
    if arguments.dry_run {
        say("Nothing was changed (--dry-run).");
        return Ok(Outcome::Clean);
    }
    let mut journal = Journal::begin(&arguments.state.state_dir, &clock::timestamp())?;
    let mut failures = Vec::new();
    for change in chosen.iter().filter(|change| !matches!(change.action, Action::DaemonKeys { .. })) {
        match apply_one(&looked, change, &mut journal) {
            Ok(()) => say(&format!("done: {}", report::neutral(&change.id))),
            Err(error) => failures.push(format!("{}: {error:#}", change.id)),
        }
    }
    if let Some(configuration) = configuration {
        let names = configuration.recorded.ids.join(", ");
        match apply_configuration(&looked, configuration, arguments, &mut journal) {
            Ok(()) => say(&format!("done: {names}")),
            Err(error) => failures.push(format!("{names}: {error:#}")),
        }
    }
    recheck(&chosen, &failures);
    say(&format!(
        "journal {} in {} (seawall harden undo {})",
        journal.number(),
        arguments.state.state_dir.display(),
        journal.number()
    ));
    if failures.is_empty() { Ok(Outcome::Clean) } else { Err(anyhow!("{}", failures.join("; "))) }
}

fn choose(changes: &[Change], arguments: &ApplyArguments) -> Result<Vec<Change>> {
    let mut chosen: Vec<Change> = Vec::new();
    for id in &arguments.ids {
        let Some(change) = changes.iter().find(|change| change.id == *id) else {
            bail!(
                "the plan has no change '{id}' (hint: seawall harden plan shows the ids; what is repaired has none)"
            );
        };
        if !change.is_applicable() {
            bail!(
                "'{id}' is only written out, since the container has to be made anew (hint: seawall harden plan --write DIR)"
            );
        }
        if change.class == Class::Restart && !arguments.allow_restart {
            bail!(
                "'{id}' restarts the daemon (hint: --allow-restart; containers stop unless live-restore is on)"
            );
        }
        if !chosen.iter().any(|there| there.id == change.id) {
            chosen.push(change.clone());
        }
    }
    Ok(chosen)
}

/// The new text of `daemon.json`.
struct Configuration {
    path: PathBuf,
    text: String,
    recorded: Recorded,
}

impl Configuration {
    /// All chosen keys as one change; `None` when there is none.
    fn of(looked: &Looked, chosen: &[Change]) -> Result<Option<Self>> {
        let (mut all, mut ids, mut class) = (Vec::new(), Vec::new(), Class::Reload);
        for change in chosen {
            if let Action::DaemonKeys { keys, .. } = &change.action {
                all.extend(keys.clone());
                ids.push(change.id.clone());
                class = class.max(change.class);
            }
        }
        if ids.is_empty() {
            return Ok(None);
        }
        let path = situation::configuration_path(&looked.facts);
        let text = set_keys(&looked.daemon_json, &all)?;
        let action = Action::DaemonKeys { path: path.display().to_string(), keys: all };
        Ok(Some(Self { path, text, recorded: Recorded { ids, action, class } }))
    }
}

fn executable(looked: &Looked) -> Option<PathBuf> {
    let process = looked.facts.daemon_process.known()?.as_ref()?;
    Some(PathBuf::from(process.executable.as_ref()?)).filter(|path| path.is_file())
}

fn apply_one(looked: &Looked, change: &Change, journal: &mut Journal) -> Result<()> {
    let recorded =
        Recorded { ids: vec![change.id.clone()], action: change.action.clone(), class: change.class };
    let note = serde_json::to_value(&recorded)?;
    match &change.action {
        Action::FileMode { path, before, after } => {
            let at = journal.intend(note, &[])?;
            repair::set_mode(Path::new(path), *before, *after)?;
            journal.note(at, true, false)?;
        }
        Action::FileOwner { path, before, after } => {
            let at = journal.intend(note, &[])?;
            repair::set_owner(Path::new(path), *before, *after)?;
            journal.note(at, true, false)?;
        }
        Action::UpdateContainer { id, update, before } => {
            let engine = looked.engine.as_ref().context("the engine does not answer")?;
            if differs(&engine.container_document(id)?, before) {
                bail!("the container's limits are not as they were when the change was planned");
            }
            let at = journal.intend(note, &[])?;
            for warning in engine.update_container(id, &serde_json::to_value(update)?)? {
                remark(&format!("the engine warns: {warning}"));
            }
            journal.note(at, true, false)?;
            if differs(&engine.container_document(id)?, update) {
                bail!("the engine took the change, but the container does not show it");
            }
        }
        Action::WriteFile { path, text, mode, load } => {
            let path = Path::new(path);
            let present = repair::read(path)?;
            let at = journal.intend(note, &[(path, present.as_ref())])?;
            repair::replace(path, text.as_bytes(), FileState { mode: *mode, uid: 0, gid: 0 })?;
            journal.note(at, true, false)?;
            if let Err(error) = run_load(load) {
                journal.restore_files(at)?;
                journal.note(at, true, true)?;
                return Err(error.context("the file was taken back"));
            }
        }
        Action::DaemonKeys { .. } | Action::Write { .. } => bail!("it is not applied by itself"),
    }
    Ok(())
}

/// Runs the command that makes a file count, if there is such a program.
pub(super) fn run_load(load: &[String]) -> Result<()> {
    let Some((name, arguments)) = load.split_first() else { return Ok(()) };
    let Some(program) = repair::find_program(name) else {
        remark(&format!("{name} is not installed: the file counts once it is"));
        return Ok(());
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let finished = repair::run(&program, &arguments, Duration::from_secs(60))?;
    if !finished.is_success {
        bail!("{name} says: {}", finished.said.chars().take(500).collect::<String>());
    }
    Ok(())
}

/// Whether a container's settings differ from these keys of its host configuration. The engine writes nothing, null,
/// 0 and -1 for "no limit".
pub(super) fn differs(document: &Value, keys: &BTreeMap<String, Value>) -> bool {
    let is_none = |value: &Value| value.is_null() || *value == 0 || *value == -1;
    keys.iter().any(|(name, value)| {
        let there = &document["HostConfig"][name];
        // The name alone says "no".
        let is_no_restart = |value: &Value| value["Name"] == "no" || value["Name"] == "";
        !(there == value || is_none(there) && is_none(value) || is_no_restart(there) && is_no_restart(value))
    })
}

fn apply_configuration(
    looked: &Looked,
    configuration: Configuration,
    arguments: &ApplyArguments,
    journal: &mut Journal,
) -> Result<()> {
    let Configuration { path, text, recorded } = configuration;
    let wait = Duration::from_secs(arguments.wait.clamp(1, 3600));
    let present = repair::read(&path)?;
    let there = present.as_ref().map_or(&b""[..], |content| content.bytes.as_slice());
    if there != looked.daemon_json.as_bytes() {
        bail!("{} was changed meanwhile (hint: plan again)", path.display());
    }
    if let Some(directory) = path.parent().filter(|directory| !directory.exists()) {
        std::fs::create_dir(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    }
    let class = recorded.class;
    let at = journal.intend(serde_json::to_value(&recorded)?, &[(&path, present.as_ref())])?;
    let state = present.map_or(FileState { mode: 0o644, uid: 0, gid: 0 }, |content| content.state);
    repair::replace(&path, text.as_bytes(), state)?;
    journal.note(at, true, false)?;
    let told = match class {
        Class::Restart => daemon::restart(&arguments.restart_command, wait),
        _ => daemon::reload(&looked.facts, wait),
    };
    let Err(error) = told else { return Ok(()) };
    // Back to what it ran with; without it the host has no engine at all.
    journal.restore_files(at)?;
    journal.note(at, true, true)?;
    if class == Class::Reload && looked.engine.as_ref().is_some_and(docker::Engine::is_answering) {
        // It lives: it is told of the old configuration, and nothing is restarted that nobody allowed.
        let _ = daemon::reload(&looked.facts, wait);
        return Err(error.context("daemon.json was taken back; the daemon was not restarted"));
    }
    match daemon::restart(&arguments.restart_command, wait) {
        Ok(()) => Err(error.context("daemon.json was taken back and the daemon runs with it again")),
        Err(second) => Err(error.context(format!(
            "daemon.json was taken back, but the daemon does not come back with it either: {second:#}"
        ))),
    }
}

/// Plans again: what was repaired is planned no more.
fn recheck(chosen: &[Change], failures: &[String]) {
    let Ok(after) = situation::look() else {
        remark("not checked again: the host could not be looked at");
        return;
    };
    for change in chosen {
        let has_failed = failures.iter().any(|failure| failure.contains(&change.id));
        if !has_failed && after.plan.changes.iter().any(|left| left.id == change.id) {
            remark(&format!("{}: made, but the audit still finds the same", change.id));
        }
    }
}
