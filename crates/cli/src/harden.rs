//! `seawall harden`.

mod apply;
mod certificates;
mod containers;
mod daemon;
mod generators;
mod journal;
mod learned;
mod patch;
mod plan;
mod situation;

use crate::arguments::HardenCommand;
use crate::exit::Outcome;
use anyhow::Result;
use harden::container::Form;
use std::io::Write as _;
use std::path::Path;

pub(crate) fn run(command: HardenCommand) -> Result<Outcome> {
    match command {
        HardenCommand::Plan(arguments) => plan::run(&arguments),
        HardenCommand::Apply(arguments) => apply::run(&arguments),
        HardenCommand::Verify(arguments) => journal::verify(&arguments),
        HardenCommand::Undo(arguments) => journal::undo(&arguments),
        HardenCommand::Tls(arguments) => certificates::run(&arguments),
        HardenCommand::DaemonJson(arguments) => generators::daemon_json(&arguments),
        HardenCommand::AuditRules(output) => generators::audit_rules(&output),
        HardenCommand::Firewall(arguments) => generators::firewall(&arguments),
        HardenCommand::Apparmor(arguments) => generators::apparmor(&arguments),
        HardenCommand::Learned(arguments) => learned::run(&arguments),
        HardenCommand::Seccomp(arguments) => generators::seccomp(&arguments),
        HardenCommand::Run(arguments) => containers::run(&arguments, Form::Run),
        HardenCommand::Compose(arguments) => containers::run(&arguments, Form::Compose),
        HardenCommand::Quadlet(arguments) => containers::run(&arguments, Form::Quadlet),
        HardenCommand::Kubernetes(arguments) => containers::run(&arguments, Form::Kubernetes),
        HardenCommand::Patch(arguments) => patch::run(&arguments),
    }
}

/// Writes a generated text to a file, or to standard output.
fn write(output: Option<&Path>, text: &str) -> Result<()> {
    match output {
        Some(path) => crate::output::write_file(path, text.as_bytes()),
        None => Ok(std::io::stdout().lock().write_all(text.as_bytes())?),
    }
}

/// Says what was done. A reader that has gone (`| head`) stops nothing: changes are not left half made for it.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
