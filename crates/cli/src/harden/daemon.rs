//! The daemon: its configuration validated, itself told, restarted and waited for.

use anyhow::{Context, Result, bail};
use facts::HostFacts;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the engine thinks of a configuration.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Validation {
    Good,
    Bad(String),
    /// It cannot be asked, and why.
    Unasked(String),
}

/// Shows a configuration to the daemon's program (`--validate`, from 23.0 on).
pub(super) fn validate(program: Option<&Path>, text: &str) -> Result<Validation> {
    let Some(program) = program.map(Path::to_owned).or_else(|| repair::find_program("dockerd")) else {
        return Ok(Validation::Unasked("there is no dockerd here".to_owned()));
    };
    let file = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
    std::fs::write(file.path(), text).with_context(|| format!("cannot write {}", file.path().display()))?;
    let path = file.path().display().to_string();
    let finished = repair::run(&program, &["--validate", "--config-file", &path], Duration::from_secs(30))?;
    if finished.is_success {
        return Ok(Validation::Good);
    }
    if finished.said.contains("unknown flag: --validate") {
        return Ok(Validation::Unasked(format!(
            "{} does not know --validate (Docker 23.0 does)",
            program.display()
        )));
    }
    Ok(Validation::Bad(finished.said.replace(&path, "daemon.json")))
}

/// How the daemon is restarted.
pub(super) fn restart_command(words: &[String]) -> Vec<String> {
    if words.is_empty() {
        return ["systemctl", "restart", "docker"].map(str::to_owned).to_vec();
    }
    words.to_vec()
}

/// Restarts the daemon and waits until it answers.
pub(super) fn restart(words: &[String], wait: Duration) -> Result<()> {
    let command = restart_command(words);
    let Some((name, arguments)) = command.split_first() else { bail!("no restart command") };
    let program = match Path::new(name).is_absolute() {
        true => PathBuf::from(name),
        false => repair::find_program(name).with_context(|| format!("there is no program {name}"))?,
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let finished = repair::run(&program, &arguments, wait + Duration::from_secs(60))?;
    if !finished.is_success {
        bail!("{} says: {}", command.join(" "), finished.said.chars().take(500).collect::<String>());
    }
    await_answer(wait)
}

/// Tells the daemon to read its configuration again, and looks whether it lives on.
pub(super) fn reload(facts: &HostFacts, wait: Duration) -> Result<()> {
    let process = facts.daemon_process.known().and_then(Option::as_ref);
    let Some((pid, executable)) =
        process.and_then(|process| Some((process.pid, process.executable.as_ref()?)))
    else {
        bail!("the daemon's process was not found, so it cannot be told");
    };
    repair::reload(pid, Path::new(executable))?;
    // A daemon that dislikes what it reads ends soon after; there is no answer to a signal.
    let deadline = Instant::now() + Duration::from_millis(1500).min(wait);
    while Instant::now() < deadline {
        if !repair::is_alive(pid) {
            bail!("the daemon ended when it was told to read its configuration");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    await_answer(wait)
}

fn await_answer(wait: Duration) -> Result<()> {
    let deadline = Instant::now() + wait;
    loop {
        let options =
            docker::Options { answer_timeout: Duration::from_secs(5), ..docker::Options::from_env() };
        if docker::Engine::connect(options).is_ok_and(|engine| engine.is_answering()) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            bail!("the daemon does not answer within {} s", wait.as_secs());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
