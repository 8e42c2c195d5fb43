//! `seawall watch`.

mod check;
mod containers;
mod hooks;
mod live;
mod replay;
mod rules;

use crate::arguments::WatchArguments;
use crate::exit::Outcome;
use anyhow::Result;

pub(crate) fn run(arguments: &WatchArguments) -> Result<Outcome> {
    if !arguments.rules_check.is_empty() {
        return check::run(arguments);
    }
    if arguments.check {
        return hooks::run(arguments);
    }
    match arguments.replay.as_deref() {
        Some(recording) => replay::run(recording, &rules::engine(arguments)?, arguments),
        None => live::run(arguments),
    }
}
