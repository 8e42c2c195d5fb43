//! What the view shows: made by the loop each second, drawn by the view whenever it likes.

use crate::watch::observed::{Observed, container_of};
use std::collections::HashMap;
use std::time::Instant;
use watch::{Live, Sinks};

/// One moment of a watch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scene {
    pub(crate) hostname: String,
    pub(crate) uptime_secs: u64,
    pub(crate) events_per_sec: f64,
    pub(crate) alert_count: u64,
    pub(crate) lost_count: u64,
    pub(crate) memory_bytes: u64,
    /// The host and containers in which something runs, or of which something was told.
    pub(crate) rows: Vec<Row>,
    /// Newest first.
    pub(crate) alerts: Vec<AlertLine>,
    /// What is not as it should be, one thing each.
    pub(crate) troubles: Vec<String>,
}

/// The host, or a container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) processes: u64,
    pub(crate) events_per_sec: f64,
    pub(crate) events: u64,
    pub(crate) alerts: u64,
    pub(crate) lost: u64,
}

/// An alert.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AlertLine {
    /// `HH:MM:SS`.
    pub(crate) time: String,
    pub(crate) priority: &'static str,
    /// Name of the container, or its id, or empty.
    pub(crate) container: String,
    pub(crate) output: String,
}

/// Makes scenes; remembers counts for rates.
pub(super) struct SceneMaker {
    begin: Instant,
    previous: (Instant, HashMap<String, u64>),
    hostname: String,
}

impl SceneMaker {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { begin: now, previous: (now, HashMap::new()), hostname }
    }

    pub(super) fn scene(&mut self, live: &mut Live, observed: &Observed, sinks: &Sinks) -> Scene {
        let now = Instant::now();
        let events = live.events_by_container();
        let elapsed_secs = now.duration_since(self.previous.0).as_secs_f64().max(0.001);
        let mut rows: HashMap<String, Row> = HashMap::new();
        rows.entry(String::new()).or_default().name = "host".to_owned();
        for (id, count) in &events {
            let row = rows.entry(short(id)).or_default();
            row.events += count;
            let before = self.previous.1.get(id).copied().unwrap_or(0);
            row.events_per_sec += count.saturating_sub(before) as f64 / elapsed_secs;
        }
        self.previous = (now, events);
        for thread in live.state().threads().filter(|thread| thread.is_leader()) {
            rows.entry(short(thread.container.as_deref().unwrap_or_default())).or_default().processes += 1;
        }
        for (id, count) in &observed.alerts_by_container {
            rows.entry(id.clone()).or_default().alerts = *count;
        }
        for (id, count) in &observed.lost_by_container {
            rows.entry(id.clone()).or_default().lost = *count;
        }
        let names: HashMap<&str, (&str, &str)> = live
            .state()
            .containers()
            .map(|container| (container.short_id(), (container.name.as_str(), container.image.as_str())))
            .collect();
        for (id, row) in &mut rows {
            match names.get(id.as_str()) {
                Some((name, image)) => (row.name, row.image) = ((*name).to_owned(), (*image).to_owned()),
                None if !id.is_empty() => row.name.clone_from(id),
                None => {}
            }
        }
        let rows: Vec<Row> =
            rows.into_values().filter(|row| row.processes + row.alerts + row.lost > 0).collect();
        Scene {
            hostname: self.hostname.clone(),
            uptime_secs: now.duration_since(self.begin).as_secs(),
            events_per_sec: rows.iter().map(|row| row.events_per_sec).sum(),
            alert_count: observed.count(),
            lost_count: observed.lost.values().sum(),
            memory_bytes: crate::watch::metrics::resident_bytes().unwrap_or(0),
            rows,
            alerts: observed.latest.iter().rev().map(|alert| alert_line(alert, &names)).collect(),
            troubles: troubles(live, sinks),
        }
    }
}

fn short(id: &str) -> String {
    id.get(..12).unwrap_or(id).to_owned()
}

fn alert_line(alert: &detect::Alert, names: &HashMap<&str, (&str, &str)>) -> AlertLine {
    let id = container_of(alert);
    let name = names.get(id).map_or(id, |(name, _)| *name);
    // `12:34:56.123456789: Warning Shell …`: time and priority have columns of their own.
    let output = alert.output.split_once(": ").map_or(alert.output.as_str(), |(_, rest)| rest);
    let output = output.strip_prefix(alert.priority).unwrap_or(output).trim_start();
    AlertLine {
        time: alert.time.get(11..19).unwrap_or_default().to_owned(),
        priority: alert.priority,
        container: name.to_owned(),
        output: output.to_owned(),
    }
}

fn troubles(live: &Live, sinks: &Sinks) -> Vec<String> {
    let mut troubles = Vec::new();
    for state in sinks.states() {
        if state.failures + state.retries > 0 {
            troubles.push(format!(
                "{}: {} alerts lost, {} tries in vain, {} KiB wait",
                state.name,
                state.failures,
                state.retries,
                state.waiting_bytes >> 10
            ));
        }
    }
    let refused: Vec<&str> =
        live.granted().iter().filter(|hook| hook.refusal.is_some()).map(|hook| hook.gives.as_str()).collect();
    if !refused.is_empty() {
        troubles.push(format!("not seen: {}", refused.join(", ")));
    }
    troubles
}
