//! `seawall guard` and `seawall ledger`.

mod admission;
mod docker;
mod dockerfiles;
mod edition;
mod images;
mod install;
mod learn;
mod ledger_verify;
mod log_health;
mod policies;
mod registry;
mod registry_judge;
mod scanner;
mod status;
mod test;

pub(crate) use ledger_verify::run as run_ledger;

use crate::arguments::{GuardCommand, GuardDockerTask, LedgerArguments};
use crate::exit::Outcome;
use anyhow::{Context, Result};
use ledger::{Copies, Options};
use policies::policy;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(command: GuardCommand) -> Result<Outcome> {
    match command {
        GuardCommand::Docker(arguments) => match &arguments.task {
            Some(GuardDockerTask::Install(install)) => install::install(install),
            Some(GuardDockerTask::Uninstall(uninstall)) => install::uninstall(uninstall),
            Some(GuardDockerTask::Status(status)) => status::run(status),
            None => docker::run(&arguments),
        },
        GuardCommand::Registry(arguments) => registry::run(&arguments),
        GuardCommand::Admission(command) => admission::run(&command),
        GuardCommand::Test(arguments) => test::run(&arguments),
        GuardCommand::Learn(arguments) => learn::run(&arguments),
        GuardCommand::Policy(arguments) => policies::show(&arguments),
    }
}

/// How a log is kept.
fn ledger_options(file: &Path, arguments: &LedgerArguments) -> Options {
    let mut options = Options::new(file);
    options.key_file.clone_from(&arguments.ledger_key);
    options.node.clone_from(&arguments.node);
    options.file_bytes_max = arguments.ledger_size << 20;
    options.copies = Copies {
        journald: arguments.journald.then(|| "/run/systemd/journal/socket".into()),
        syslog: arguments.syslog.then(|| "/dev/log".into()),
    };
    options
}

fn read(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
            .context("cannot read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
