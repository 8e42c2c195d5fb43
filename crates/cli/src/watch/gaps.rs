//! What was not seen, and times that are not what they seem: told as alerts.

use super::own_alerts::own_alert;
use crate::arguments::WatchArguments;
use crate::remark::remark;
use detect::Alert;
use serde_json::json;
use std::collections::BTreeMap;
use watch::{Gap, GapCause, Heartbeat};

/// Signs of life, and what was missed before; `None` when another watch of this state directory is alive, or nothing can be
/// written there.
pub(super) fn start(arguments: &WatchArguments) -> Option<(Heartbeat, Option<Gap>)> {
    let directory = arguments.buffer.display();
    match Heartbeat::start(&arguments.buffer, now_ns()) {
        Ok(None) if !arguments.quiet => {
            remark(&format!("another watch is running with {directory}: gaps are told by that one"));
            None
        }
        Ok(started) => started,
        Err(error) => {
            remark(&format!("gaps of the watch cannot be told: cannot write below {directory}: {error}"));
            None
        }
    }
}

pub(super) fn now_ns() -> u64 {
    u64::try_from(time::OffsetDateTime::now_utc().unix_timestamp_nanos()).unwrap_or(0)
}

pub(super) fn gap_alert(gap: &Gap) -> Alert {
    let (priority, why) = match gap.cause {
        GapCause::Stopped => ("Notice", "the watch was stopped"),
        GapCause::Killed => ("Critical", "the watch was killed or died"),
        GapCause::HostRestarted => ("Notice", "the host was restarted"),
    };
    let secs = gap.until_ns.saturating_sub(gap.from_ns) / 1_000_000_000;
    let message = format!(
        "Nobody watched for {secs} s: {why} (from={} until={})",
        clock(gap.from_ns),
        clock(gap.until_ns)
    );
    let fields = BTreeMap::from([
        ("gap.from".to_owned(), json!(gap.from_ns)),
        ("gap.until".to_owned(), json!(gap.until_ns)),
        ("gap.cause".to_owned(), json!(why)),
    ]);
    own_alert("Host not watched", priority, &message, fields)
}

pub(super) fn clock_alert(change_ns: i64) -> Alert {
    let secs = change_ns / 1_000_000_000;
    let message = format!("The clock was set by {secs} s: times of alerts follow it");
    own_alert(
        "Clock set",
        "Notice",
        &message,
        BTreeMap::from([("clock.change".to_owned(), json!(change_ns))]),
    )
}

fn clock(ns: u64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(ns)).ok();
    let format = &time::format_description::well_known::Rfc3339;
    time.and_then(|time| time.format(format).ok()).unwrap_or_default()
}
