//! The `seawall` command: loads, runs, reports. Decisions live in the engines.
#![allow(clippy::disallowed_methods, reason = "the command opens what the user names, and asks the time")]

mod arguments;
mod audit;
mod clock;
mod content;
mod database;
mod db;
mod deadline;
mod diff;
mod empty_report;
mod exit;
mod explain;
mod gate;
mod generate;
mod guard;
mod harden;
mod history;
mod in_use;
mod inventory;
mod judge;
mod lint;
mod output;
mod places;
mod progress;
mod registry_client;
mod registry_scan;
mod remark;
mod rule_pages;
#[cfg(feature = "yara")]
mod rule_sets;
mod rules;
mod sbom;
mod scan;
mod sign;
mod signature_source;
mod target;
mod verify;
mod watch;
mod yara_packs;

use arguments::{Arguments, Command, GuardCommand, WatchArguments};
use clap::{ArgMatches, Args as _, CommandFactory, FromArgMatches, Subcommand as _};
use exit::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let matches = words_of_one_command().unwrap_or_else(|| Arguments::command().get_matches());
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Some((_, matches)) = matches.subcommand() {
        arguments.command.set_words(output::words(matches));
    }
    match run(arguments.command) {
        Ok(outcome) => outcome.into(),
        Err(error) => exit::report_error(&error),
    }
}

/// The words of commands that stay: theirs are read without all that other commands take, which would stay in memory with them.
/// What is wrong, or asks for help, is left to the reading of everything.
fn words_of_one_command() -> Option<ArgMatches> {
    let name = std::env::args_os().nth(1)?;
    let command = match name.to_str()? {
        "guard" => GuardCommand::augment_subcommands(clap::Command::new("guard").subcommand_required(true)),
        "watch" => WatchArguments::augment_args(clap::Command::new("watch")),
        _ => return None,
    };
    clap::Command::new("seawall").subcommand(command).try_get_matches().ok()
}

fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Audit(arguments) => audit::run(&arguments),
        Command::CheckRules(arguments) => audit::check_rules(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Work(arguments) => registry_scan::work(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Sbom(arguments) => sbom::run(&arguments),
        Command::Harden(command) => harden::run(command),
        Command::Guard(command) => guard::run(command),
        Command::Ledger(command) => guard::run_ledger(command),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::History(arguments) => history::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Sign(arguments) => sign::run(&arguments),
        Command::Db(command) => db::run(command),
        #[cfg(feature = "yara")]
        Command::Rules(command) => rule_sets::run(command),
        Command::Explain { id, database } => explain::run(id.as_deref(), &database),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man { directory, markdown: false } => generate::man(&directory),
        Command::Man { directory, markdown: true } => generate::markdown(&directory),
    }
}
