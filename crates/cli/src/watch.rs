//! `seawall watch`.

mod check;
mod replay;
mod rules;

use crate::arguments::WatchArguments;
use crate::exit::Outcome;
use anyhow::{Context, Result};

pub(crate) fn run(arguments: &WatchArguments) -> Result<Outcome> {
    if !arguments.rules_check.is_empty() {
        return check::run(arguments);
    }
    let recording =
        arguments.replay.as_deref().context("there is nothing to look at (hint: --replay FILE)")?;
    let engine = rules::engine(arguments)?;
    replay::run(recording, &engine, arguments)
}
