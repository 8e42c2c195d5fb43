//! `seawall watch`.

mod check;
mod containers;
mod gaps;
mod hooks;
mod learn;
mod learned;
mod live;
mod metrics;
mod observed;
mod own_alerts;
mod packages;
mod places;
mod record;
mod replay;
mod respond;
mod rules;
mod thaw;
mod top;
mod troubles;

use crate::arguments::{WatchArguments, WatchTask};
use crate::exit::Outcome;
use anyhow::Result;

pub(crate) use learned::read as read_profile;

pub(crate) fn run(arguments: &WatchArguments) -> Result<Outcome> {
    match &arguments.task {
        Some(WatchTask::Learn(arguments)) => return learn::run(arguments),
        Some(WatchTask::Thaw(arguments)) => return thaw::run(arguments),
        None => {}
    }
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
