//! This host, watched until somebody ends it.

use super::containers::EngineContainers;
use super::rules;
use crate::arguments::{DriftChoice, LineShape, WatchArguments};
use crate::exit::Outcome;
use anyhow::{Context, Result, bail};
use detect::Alert;
use guard::{Signal, Signals};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use watch::{
    Drift, HttpOptions, Integrity, Live, LiveOptions, Notice, PackageRecord, Shape, SinkOptions, Sinks,
    engine_files,
};

/// How long a turn waits for events: longer when nothing happens. What is urgent does not wait.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(20));
/// How often losses are looked at.
const LOSSES_EVERY: Duration = Duration::from_secs(1);
/// Bytes that may wait for a web hook.
const BUFFER_BYTES_MAX: u64 = 64 << 20;

/// What signals asked for.
#[derive(Default)]
struct Asked {
    stop: AtomicBool,
    reload: AtomicBool,
}

/// Watches; ends with findings when there were alerts.
pub(super) fn run(arguments: &WatchArguments) -> Result<Outcome> {
    // Before any other thread is made.
    let signals = Signals::take().context("cannot take signals")?;
    let options = LiveOptions {
        ring_bytes: arguments.ring_mib.checked_next_power_of_two().unwrap_or(8) << 20,
        rate_max: arguments.rate_max,
        drift: match arguments.drift {
            DriftChoice::Allow => Drift::Allowed,
            DriftChoice::DryRun => Drift::DryRun,
            DriftChoice::Kill => Drift::Killed,
        },
    };
    let mut live = start(arguments, &options)?;
    let mut sinks = Sinks::open(&places(arguments)?)?;
    let mut containers =
        EngineContainers::follow(docker::Options::from_env()).context("cannot follow the engine")?;
    let mut integrity = open_integrity(arguments)?;
    let asked = Arc::new(Asked::default());
    let told = Arc::clone(&asked);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            while let Ok(signal) = signals.next() {
                match signal {
                    Signal::Reload => told.reload.store(true, Ordering::Release),
                    Signal::Stop => told.stop.store(true, Ordering::Release),
                }
            }
        })
        .context("cannot wait for signals")?;
    tell_hooks(&live, arguments);
    let mut counts = BTreeMap::new();
    let end = arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut patience, mut looked) = (PATIENCE.0, Instant::now());
    while !asked.stop.load(Ordering::Acquire) && end.is_none_or(|end| Instant::now() < end) {
        let mut notices = Vec::new();
        let count = live.turn(
            patience,
            &mut containers,
            &mut |alert| tell(&mut sinks, &mut counts, alert),
            &mut |notice| {
                notices.push(notice.clone());
            },
        )?;
        patience = if count > 0 { PATIENCE.0 } else { (patience * 2).min(PATIENCE.1) };
        for notice in &notices {
            tell(&mut sinks, &mut counts, &drift_alert(notice, &live));
        }
        if looked.elapsed() >= LOSSES_EVERY {
            looked = Instant::now();
            for (container, loss) in live.losses()? {
                tell(&mut sinks, &mut counts, &loss_alert(container.as_deref(), &loss));
            }
            for change in integrity.as_mut().map(|integrity| integrity.changes(looked)).unwrap_or_default() {
                tell(&mut sinks, &mut counts, &change_alert(&change));
            }
        }
        if asked.reload.swap(false, Ordering::AcqRel) {
            match start(arguments, &options) {
                Ok(fresh) => live = fresh,
                // A mistake in a file must not end the watch.
                Err(error) => eprintln!("the rules stay as they were: {error:#}"),
            }
        }
    }
    sinks.finish();
    if !arguments.quiet {
        summarise(&counts, &sinks);
    }
    Ok(if counts.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn start(arguments: &WatchArguments, options: &LiveOptions) -> Result<Live> {
    let engine = rules::engine(arguments)?;
    Ok(Live::start(engine, options)?)
}

fn tell(sinks: &mut Sinks, counts: &mut BTreeMap<String, u64>, alert: &Alert) {
    *counts.entry(alert.rule.clone()).or_default() += 1;
    sinks.send(alert);
}

fn summarise(counts: &BTreeMap<String, u64>, sinks: &Sinks) {
    eprintln!("{} alerts", counts.values().sum::<u64>());
    for (rule, count) in counts {
        eprintln!("{count:>8}  {rule}");
    }
    if sinks.failures() > 0 {
        eprintln!("{:>8}  alerts could not be sent", sinks.failures());
    }
}

fn tell_hooks(live: &Live, arguments: &WatchArguments) {
    for hook in live.granted() {
        if let Some(refusal) = &hook.refusal {
            eprintln!("not seen: {} ({}: {refusal})", hook.gives, hook.name);
        }
    }
    if !arguments.quiet {
        let granted = live.granted().iter().filter(|hook| hook.refusal.is_none()).count();
        eprintln!(
            "watching: {granted} hooks, {} processes",
            live.state().threads().filter(|thread| thread.is_leader()).count()
        );
    }
}

/// Where alerts go.
fn places(arguments: &WatchArguments) -> Result<Vec<SinkOptions>> {
    let shape = match (arguments.json, arguments.shape) {
        (true, _) | (_, LineShape::Json) => Shape::Json,
        (_, LineShape::Text) => Shape::Text,
        (_, LineShape::Ocsf) => Shape::Ocsf,
    };
    if arguments.to.is_empty() {
        return Ok(vec![SinkOptions::Output(shape)]);
    }
    let mut headers = Vec::new();
    for header in &arguments.header {
        let Some((name, value)) = header.split_once(':') else {
            bail!("'{header}' is no header (hint: Name: value)")
        };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let mut places = Vec::new();
    for (number, place) in arguments.to.iter().enumerate() {
        places.push(match place.as_str() {
            "stdout" => SinkOptions::Output(shape),
            "syslog" => SinkOptions::Syslog("/dev/log".into()),
            "journald" => SinkOptions::Journald("/run/systemd/journal/socket".into()),
            url if url.starts_with("http://") || url.starts_with("https://") => SinkOptions::Http(HttpOptions {
                url: url.to_owned(),
                // Receivers of alerts speak Falco's JSON.
                shape: if shape == Shape::Ocsf { Shape::Ocsf } else { Shape::Json },
                headers: headers.clone(),
                buffer: arguments.buffer.join(number.to_string()),
                buffer_bytes_max: BUFFER_BYTES_MAX,
            }),
            other => match other.strip_prefix("file:") {
                Some(path) => SinkOptions::File {
                    path: PathBuf::from(path),
                    shape: if shape == Shape::Ocsf { Shape::Ocsf } else { Shape::Json },
                    bytes_max: arguments.file_mib << 20,
                    files_max: arguments.files,
                },
                None => bail!("alerts cannot go to '{other}' (hint: stdout, file:PATH, http://…, https://…, syslog or journald)"),
            },
        });
    }
    Ok(places)
}

fn open_integrity(arguments: &WatchArguments) -> Result<Option<Integrity>> {
    if arguments.no_integrity {
        return Ok(None);
    }
    let root = Path::new("/");
    let own = std::env::current_exe().ok();
    let paths = engine_files(root)
        .into_iter()
        .chain(own)
        .chain(arguments.rules.iter().filter(|path| path.is_file()).cloned());
    let integrity =
        Integrity::open(paths, PackageRecord::below(root)).context("cannot watch the files of the engine")?;
    for file in integrity.baseline().filter(|file| file.is_against_record) {
        eprintln!("{} is not as its package recorded it (sha256 {})", file.path.display(), file.sha256);
    }
    Ok(Some(integrity))
}

/// An alert that no rule made.
fn own_alert(
    rule: &str,
    priority: &'static str,
    message: &str,
    fields: BTreeMap<String, serde_json::Value>,
) -> Alert {
    let now = time::OffsetDateTime::now_utc();
    let format = &time::format_description::well_known::Rfc3339;
    let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut output_fields = fields;
    output_fields
        .insert("evt.time".to_owned(), json!(u64::try_from(now.unix_timestamp_nanos()).unwrap_or(0)));
    let time = now.format(format).unwrap_or_default();
    Alert {
        output: format!("{time}: {priority} {}", report::neutral(message)),
        hostname,
        output_fields,
        priority,
        rule: rule.to_owned(),
        source: "seawall".to_owned(),
        tags: BTreeSet::from(["seawall".to_owned()]),
        time,
    }
}

fn drift_alert(notice: &Notice, live: &Live) -> Alert {
    let Notice::Drift { container, process, file, is_killed, is_mapped } = notice;
    let known = live.container(container);
    let done = if *is_killed { "killed" } else { "would have been killed" };
    let what = if *is_mapped { "mapped for execution" } else { "executed" };
    let message = format!(
        "Process {done}: a file that is not of the image was {what} (file={file} process={process} container={container})"
    );
    let fields = BTreeMap::from([
        ("container.id".to_owned(), json!(container.get(..12).unwrap_or(container))),
        ("container.name".to_owned(), json!(known.map(|known| &known.name))),
        ("container.image.repository".to_owned(), json!(known.map(|known| &known.image_repository))),
        ("proc.pid".to_owned(), json!(process)),
        ("fd.name".to_owned(), json!(file)),
        ("killed".to_owned(), json!(is_killed)),
    ]);
    own_alert("Drift prevented", if *is_killed { "Critical" } else { "Warning" }, &message, fields)
}

fn loss_alert(container: Option<&str>, loss: &sensor::Loss) -> Alert {
    let kind = loss.kind.map_or_else(|| "any".to_owned(), |kind| format!("{kind:?}").to_lowercase());
    let why = if loss.is_limited { "its limit was reached" } else { "the ring was full" };
    let place = container.map_or_else(
        || format!("group {}", loss.cgroup),
        |id| format!("container {}", id.get(..12).unwrap_or(id)),
    );
    let message = format!("Events were lost: {} of kind {kind} in {place}, because {why}", loss.records);
    let fields = BTreeMap::from([
        ("container.id".to_owned(), json!(container.map(|id| id.get(..12).unwrap_or(id)))),
        ("lost.count".to_owned(), json!(loss.records)),
        ("lost.kind".to_owned(), json!(kind)),
        ("lost.limited".to_owned(), json!(loss.is_limited)),
    ]);
    own_alert("Events lost", "Warning", &message, fields)
}

fn change_alert(change: &watch::Change) -> Alert {
    let path = change.path.display().to_string();
    let (rule, priority) = match (&change.package, change.is_attributes_only) {
        (Some(_), _) => ("File of the engine changed by the package manager", "Notice"),
        (None, true) => ("Mode or owner of a file of the engine changed", "Warning"),
        (None, false) => ("File of the engine changed", "Critical"),
    };
    let message = format!(
        "{rule} (file={path} before={} after={} package={})",
        change.before.as_deref().unwrap_or("none"),
        change.after.as_deref().unwrap_or("none"),
        change.package.as_deref().unwrap_or("none")
    );
    let fields = BTreeMap::from([
        ("fd.name".to_owned(), json!(path)),
        ("sha256.before".to_owned(), json!(change.before)),
        ("sha256.after".to_owned(), json!(change.after)),
        ("package".to_owned(), json!(change.package)),
    ]);
    own_alert(rule, priority, &message, fields)
}
