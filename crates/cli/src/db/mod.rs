//! `seawall db`.

mod compare;
mod publish;
mod status;
mod update;

use crate::arguments::DbCommand;
use crate::clock;
use crate::exit::Outcome;
use advisories::Timestamp;
use anyhow::Result;

pub(crate) fn run(command: DbCommand) -> Result<Outcome> {
    match command {
        DbCommand::Update(arguments) => update::run(&arguments),
        DbCommand::Import { directory, files, key } => publish::import(&directory, &files, key.as_deref()),
        DbCommand::Build { directory, files, signing_key } => {
            publish::build(&directory, &files, &signing_key)
        }
        DbCommand::Export { directory, file, shard } => publish::export(&directory, &file, &shard),
        DbCommand::Status { database, json } => status::run(&database, json),
        DbCommand::Diff { before, after } => compare::diff(&before, &after),
        DbCommand::Search { text, database, most } => compare::search(&text, &database, most),
    }
}

/// The time of this run, as manifests write it.
fn now() -> Result<Timestamp> {
    Ok(clock::timestamp().parse()?)
}
