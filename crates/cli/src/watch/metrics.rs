//! `GET /metrics` and `GET /healthz` of a watch.
//!
//! The page is written by the loop each second, so that asking costs the watch nothing, and a loop that hangs is found out.

use super::observed::{Loss, Observed};
use crate::remark::remark;
use ::metrics::{CONTENT_TYPE, Kind, Page};
use anyhow::{Context, Result};
use guard::{Listener, Reply, answer_all, wire::RequestHead};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use watch::{Live, Sinks};

/// Who asks for metrics, at once.
const CONNECTIONS_MAX: usize = 16;
/// A page that is older says that the loop hangs.
const AGE_MAX: Duration = Duration::from_secs(15);

/// The page as it was written last.
#[derive(Clone)]
pub(super) struct Published(Arc<Mutex<(Instant, String)>>);

impl Published {
    /// Answers at an address from here on.
    pub(super) fn serve(address: &str) -> Result<Self> {
        let published = Self(Arc::new(Mutex::new((Instant::now(), String::new()))));
        let socket = TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
        let address = socket.local_addr().context("the socket has no address")?;
        remark(&format!("metrics: http://{address}/metrics"));
        let answering = published.clone();
        std::thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || {
                let reply = move |head: &RequestHead, _: &[u8]| answering.reply(head);
                if let Err(error) = answer_all(&Listener::Plain(socket), CONNECTIONS_MAX, 0, Arc::new(reply))
                {
                    remark(&format!("metrics are not served any more: {error}"));
                }
            })
            .context("cannot answer for metrics")?;
        Ok(published)
    }

    pub(super) fn publish(&self, page: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), page);
    }

    fn reply(&self, head: &RequestHead) -> Reply {
        let (written, page) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_read = matches!(head.method.as_str(), "GET" | "HEAD");
        let path = head.target.split('?').next().unwrap_or_default();
        let (status, content_type, body) = match path {
            "/metrics" | "/healthz" if !is_read => (405, "text/plain; charset=utf-8", "only GET"),
            "/metrics" => (200, CONTENT_TYPE, page.as_str()),
            "/healthz" if written.elapsed() > AGE_MAX => {
                (503, "text/plain; charset=utf-8", "events are not looked at")
            }
            "/healthz" => (200, "text/plain; charset=utf-8", "ok"),
            _ => (404, "text/plain; charset=utf-8", "there are /metrics and /healthz"),
        };
        Reply { status, content_type, body: body.as_bytes().to_vec() }
    }
}

/// The page. Labels come from rules and from lists in this program, never from containers.
pub(super) fn page(live: &Live, observed: &Observed, sinks: &Sinks) -> String {
    use Kind::{Counter, Gauge};
    let mut page = Page::default();
    let mut family =
        page.family("seawall_watch_events_total", Counter, "Events that the kernel told, by kind.");
    for (kind, count) in live.tally().events() {
        family.sample(&[("kind", kind)], count as f64);
    }
    drop(family);
    let mut family = page.family(
        "seawall_watch_lost_events_total",
        Counter,
        "Events that were lost, by class of container, kind and reason.",
    );
    // What is watched for has to be there before the first loss: a rate of a series that appears is nothing.
    for class in ["container", "host"] {
        for reason in ["full", "limit"] {
            if !observed.lost.contains_key(&Loss { class, kind: "any", reason }) {
                family.sample(&[("class", class), ("kind", "any"), ("reason", reason)], 0.0);
            }
        }
    }
    for (loss, count) in &observed.lost {
        let labels = [("class", loss.class), ("kind", loss.kind), ("reason", loss.reason)];
        family.sample(&labels, *count as f64);
    }
    drop(family);
    let mut family = page.family("seawall_watch_alerts_total", Counter, "Alerts, by rule and priority.");
    for ((rule, priority), count) in &observed.alerts {
        family.sample(&[("rule", rule), ("priority", priority)], *count as f64);
    }
    drop(family);
    page.histogram(
        "seawall_watch_alert_delay_seconds",
        "From an event in the kernel to its alert.",
        live.tally().latency(),
    );
    sink_families(&mut page, sinks);
    let state = live.state();
    page.single(
        "seawall_watch_containers",
        Gauge,
        "Containers that are known.",
        state.containers().len() as f64,
    );
    page.single("seawall_watch_threads", Gauge, "Threads that are followed.", state.threads().len() as f64);
    let refused = live.granted().iter().filter(|hook| hook.refusal.is_some()).count();
    page.single("seawall_watch_hooks_refused", Gauge, "Hooks that the kernel refused.", refused as f64);
    if let Some(bytes) = resident_bytes() {
        page.single("process_resident_memory_bytes", Gauge, "Memory of this process.", bytes as f64);
    }
    page.finish()
}

fn sink_families(page: &mut Page, sinks: &Sinks) {
    use Kind::{Counter, Gauge};
    let states = sinks.states();
    let mut add = |name: &str, kind, help: &str, value: fn(&watch::SinkState) -> u64| {
        let mut family = page.family(&format!("seawall_watch_sink_{name}"), kind, help);
        for state in &states {
            family.sample(&[("sink", &state.name)], value(state) as f64);
        }
    };
    add("alerts_total", Counter, "Alerts given to a place.", |state| state.sent);
    add("failures_total", Counter, "Alerts that a place did not take and never will.", |state| {
        state.failures
    });
    add("retries_total", Counter, "Deliveries tried in vain.", |state| state.retries);
    add("waiting_bytes", Gauge, "Bytes of alerts that wait on disk.", |state| state.waiting_bytes);
}

/// proc(5), statm: the second number is resident pages.
pub(super) fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
