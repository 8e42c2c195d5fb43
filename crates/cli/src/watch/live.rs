//! This host, watched until somebody ends it.

use super::containers::AllContainers;
use super::gaps;
use super::learned;
use super::metrics::{self, Published};
use super::observed::Observed;
use super::own_alerts::{integrity_alert, loss_alert, notice_alert};
use super::packages::{Noticing, Packages};
use super::places::places;
use super::record::Recorder;
use super::respond::{self, Responding};
use super::rules;
use super::top::{self, Top};
use super::troubles::Troubles;
use crate::arguments::{DriftChoice, WatchArguments};
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result};
use detect::Alert;
use guard::{Signal, Signals};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use watch::{
    Drift, Inode, IntegrityNews, IntegrityWorker, Live, LiveOptions, PackageRecord, Sinks, Used, WatchedFiles,
};

/// How long a turn waits for events: longer when nothing happens. What is urgent does not wait.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(20));
/// How often losses are looked at.
const LOSSES_EVERY: Duration = Duration::from_secs(1);

/// What signals asked for.
#[derive(Default)]
struct Asked {
    stop: AtomicBool,
    reload: AtomicBool,
}

/// Watches; ends with findings when there were alerts.
pub(super) fn run(arguments: &WatchArguments) -> Result<Outcome> {
    if arguments.top {
        top::check()?;
    }
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
        // A recording is also for rules of another day.
        with_all_calls: arguments.record.is_some(),
        uses: arguments.joining.used.is_some(),
        may_stop_drift: respond::may_stop_drift(&arguments.respond)?,
        learns: arguments.profile.is_some(),
        watches_files: !arguments.no_integrity,
    };
    let mut live = start(arguments, &options)?;
    let recorder = arguments.record.as_deref().map(Recorder::create).transpose()?;
    record(&mut live, recorder.as_ref());
    if let Some(directory) = &arguments.profile {
        live.keep_profiles(learned::compare(directory, arguments.quiet)?)?;
    }
    if let Some(directory) = &arguments.joining.used {
        live.keep_use(Used::open(directory)?)?;
    }
    let packages = arguments.joining.scans.as_deref().map(Packages::open).transpose()?.map(RefCell::new);
    let mut sinks = Sinks::open(&places(arguments)?)?;
    let mut containers =
        AllContainers::follow(docker::Options::from_env()).context("cannot follow the engine")?;
    let mut heartbeat = gaps::start(arguments);
    let integrity = watch_files(arguments, heartbeat.is_some())?;
    let mut responding = Responding::open(&arguments.respond, &mut live)?;
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
    let published = arguments.metrics.as_deref().map(Published::serve).transpose()?;
    let mut observed = Observed::default();
    if let Some(gap) = heartbeat.as_mut().and_then(|(_, gap)| gap.take()) {
        tell(&mut sinks, &mut observed, &gaps::gap_alert(&gap));
    }
    let end = arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut patience, mut looked) = (PATIENCE.0, Instant::now());
    if let Some(published) = &published {
        published.publish(metrics::page(&live, &observed, &sinks));
    }
    let mut view = arguments.top.then(Top::open).transpose()?;
    let mut troubles = Troubles::default();
    let mut files = Vec::new();
    // The watch with the rules as they are now, while the one before tells its last.
    let mut next: Option<Live> = None;
    while !asked.stop.load(Ordering::Acquire)
        && end.is_none_or(|end| Instant::now() < end)
        && !view.as_ref().is_some_and(Top::is_closed)
    {
        let mut notices = Vec::new();
        let count = live.turn(
            patience,
            &mut Noticing { containers: &mut containers, packages: packages.as_ref() },
            &mut |alert, subject| {
                match &packages {
                    Some(packages) => {
                        tell(&mut sinks, &mut observed, &packages.borrow_mut().join(alert, subject));
                    }
                    None => tell(&mut sinks, &mut observed, alert),
                }
                if let Some(responding) = &mut responding {
                    responding.alert(alert, subject);
                }
            },
            &mut |notice| {
                notices.push(notice.clone());
            },
        )?;
        patience = if count > 0 || next.is_some() { PATIENCE.0 } else { (patience * 2).min(PATIENCE.1) };
        for notice in &notices {
            let alert = notice_alert(notice, &live);
            tell(&mut sinks, &mut observed, &alert);
            if let Some(responding) = &mut responding {
                let (process, container) = notice.subject();
                responding.own_alert(&alert, process, container, &mut live);
            }
        }
        for told in responding.as_mut().map(|responding| responding.told(&mut live)).unwrap_or_default() {
            tell(&mut sinks, &mut observed, &told);
        }
        if looked.elapsed() >= LOSSES_EVERY {
            looked = Instant::now();
            if let Some((heartbeat, _)) = &mut heartbeat {
                // A disk that is full ends no watch; the gap will seem longer than it was.
                let _ = heartbeat.beat(gaps::now_ns());
            }
            if let Some(change_ns) = live.clock_change() {
                tell(&mut sinks, &mut observed, &gaps::clock_alert(change_ns));
            }
            for (container, loss) in live.losses()? {
                observed.loss(container.as_deref(), &loss);
                tell(&mut sinks, &mut observed, &loss_alert(container.as_deref(), &loss));
            }
            for news in integrity.iter().flat_map(IntegrityWorker::news) {
                if let IntegrityNews::Files(now) = news {
                    files = now;
                    watch_inodes(&mut live, &files);
                    continue;
                }
                let alert = integrity_alert(&news);
                tell(&mut sinks, &mut observed, &alert);
                if let Some(responding) = &mut responding {
                    let actor = news.actor();
                    let container = actor.and_then(|actor| actor.container.as_deref());
                    let process = actor.map_or(0, |actor| actor.process);
                    responding.own_alert(&alert, process, container, &mut live);
                }
            }
            troubles.tell(&sinks, view.is_some());
            if let Some(published) = &published {
                published.publish(metrics::page(&live, &observed, &sinks));
            }
            if let Some(view) = &mut view {
                view.show(&mut live, &observed, &sinks);
            }
        }
        if next.as_ref().is_some_and(|_| live.is_over(count))
            && let Some(mut fresh) = next.take()
        {
            fresh.continue_counts(&mut live);
            watch_inodes(&mut fresh, &files);
            if let Some(profiles) = live.take_profiles() {
                fresh.keep_profiles(profiles)?;
            }
            if let Some(used) = live.take_use() {
                fresh.keep_use(used)?;
            }
            live.finish_recording();
            live = fresh;
            if let Some(Err(error)) =
                responding.as_mut().map(|responding| responding.renew(&arguments.respond, &mut live))
            {
                remark(&format!("the responses stay as they were: {error:#}"));
            }
        }
        if next.is_none() && asked.reload.swap(false, Ordering::AcqRel) {
            match start(arguments, &options) {
                Ok(mut fresh) => {
                    fresh.follow(&mut live);
                    next = Some(fresh);
                }
                // A mistake in a file must not end the watch.
                Err(error) => remark(&format!("the rules stay as they were: {error:#}")),
            }
        }
    }
    drop(view);
    live.finish_use();
    for told in responding.as_mut().map(|responding| responding.finish(&mut live)).unwrap_or_default() {
        tell(&mut sinks, &mut observed, &told);
    }
    sinks.finish();
    if let Some(recorder) = recorder {
        recorder.finish()?;
    }
    if let Some((heartbeat, _)) = heartbeat {
        let _ = heartbeat.end(gaps::now_ns());
    }
    if !arguments.quiet {
        summarise(&observed, &sinks);
    }
    Ok(if observed.count() == 0 { Outcome::Clean } else { Outcome::Findings })
}

fn start(arguments: &WatchArguments, options: &LiveOptions) -> Result<Live> {
    let engine = rules::engine(arguments)?;
    Ok(Live::start(engine, options)?)
}

fn record(live: &mut Live, recorder: Option<&Recorder>) {
    if let Some(recorder) = recorder {
        live.record(recorder.writer());
    }
}

fn tell(sinks: &mut Sinks, observed: &mut Observed, alert: &Alert) {
    observed.alert(alert);
    sinks.send(alert);
}

fn summarise(observed: &Observed, sinks: &Sinks) {
    remark(&format!("{} alerts", observed.count()));
    for ((rule, _), count) in &observed.alerts {
        remark(&format!("{count:>8}  {rule}"));
    }
    for state in sinks.states().iter().filter(|state| state.failures > 0) {
        remark(&format!("{:>8}  alerts could not be sent to {}", state.failures, state.name));
    }
}

fn tell_hooks(live: &Live, arguments: &WatchArguments) {
    for hook in live.granted() {
        if let Some(refusal) = &hook.refusal {
            remark(&format!("not seen: {} ({}: {refusal})", hook.gives, hook.name));
        }
    }
    if !arguments.quiet {
        let granted = live.granted().iter().filter(|hook| hook.refusal.is_none()).count();
        remark(&format!(
            "watching: {granted} hooks, {} processes",
            live.state().threads().filter(|thread| thread.is_leader()).count()
        ));
    }
}

fn watch_inodes(live: &mut Live, files: &[(Inode, PathBuf)]) {
    if let Err(error) = live.watch_files(files) {
        remark(&format!("not every file of the engine is watched in the kernel: {error}"));
    }
}

/// Watches the files of engines. The one watch of a state directory, `is_first`, tells what changed since the last one.
fn watch_files(arguments: &WatchArguments, is_first: bool) -> Result<Option<IntegrityWorker>> {
    if arguments.no_integrity {
        return Ok(None);
    }
    let root = Path::new("/");
    let mut files = WatchedFiles::of_engines(root);
    let program = std::env::current_exe().ok();
    let policies = arguments.respond.responses.iter().chain(&arguments.profile);
    for path in program.iter().chain(&arguments.rules).chain(policies) {
        files.add(path);
    }
    let kept = is_first.then(|| arguments.buffer.join("integrity.json"));
    let worker = IntegrityWorker::start(files, PackageRecord::below(root), kept)
        .context("cannot watch the files of the engine")?;
    Ok(Some(worker))
}
