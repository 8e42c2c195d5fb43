//! `seawall watch learn`.

use super::containers::AllContainers;
use super::learned;
use crate::arguments::LearnArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result};
use detect::{Engine, Options};
use guard::{Signal, Signals};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use watch::{Live, LiveOptions, Profiles, Purpose};

/// How long a turn waits for events.
const PATIENCE: Duration = Duration::from_millis(20);
/// How often losses are looked at.
const LOSSES_EVERY: Duration = Duration::from_secs(1);

/// Learns until somebody ends it.
pub(super) fn run(arguments: &LearnArguments) -> Result<Outcome> {
    // Before any other thread is made.
    let signals = Signals::take().context("cannot take signals")?;
    let known = learned::load(&arguments.profiles)?;
    let options = LiveOptions {
        ring_bytes: arguments.ring_mib.checked_next_power_of_two().unwrap_or(8) << 20,
        learns: true,
        ..LiveOptions::default()
    };
    let mut live = Live::start(Engine::new(&falco::Ruleset::default(), &Options::default())?, &options)?;
    live.keep_profiles(Profiles::new(Purpose::Learn, learned::names(), known))?;
    let mut containers =
        AllContainers::follow(docker::Options::from_env()).context("cannot follow the engine")?;
    let is_over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_over);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            while let Ok(signal) = signals.next() {
                if signal == Signal::Stop {
                    told.store(true, Ordering::Release);
                }
            }
        })
        .context("cannot wait for signals")?;
    for hook in live.granted() {
        if let Some(refusal) = &hook.refusal {
            remark(&format!("not learned: {} ({}: {refusal})", hook.gives, hook.name));
        }
    }
    if !arguments.quiet {
        remark(&format!("learning: profiles go to {}", arguments.profiles.display()));
    }
    let end = arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut looked = Instant::now();
    while !is_over.load(Ordering::Acquire) && end.is_none_or(|end| Instant::now() < end) {
        live.turn(PATIENCE, &mut containers, &mut |_, _| {}, &mut |_| {})?;
        if looked.elapsed() >= LOSSES_EVERY {
            looked = Instant::now();
            live.losses()?;
        }
    }
    // What waits in the ring is learned too.
    live.turn(Duration::ZERO, &mut containers, &mut |_, _| {}, &mut |_| {})?;
    for profile in live.finish_profiles()? {
        let path = learned::save(&arguments.profiles, &profile)?;
        if !arguments.quiet {
            let names: Vec<&str> = profile.names.iter().map(String::as_str).collect();
            let lost = if profile.lost > 0 {
                format!(", {} EVENTS LOST: not whole", profile.lost)
            } else {
                String::new()
            };
            let line = format!(
                "{}: {} containers, {} programs, {} files read, {} written, {} destinations, {} calls{lost}",
                names.join(", "),
                profile.containers,
                profile.programs.len(),
                profile.reads.iter().count(),
                profile.writes.iter().count(),
                profile.destinations.iter().count(),
                profile.calls.as_ref().map_or_else(|| "unknown".to_owned(), |calls| calls.len().to_string()),
            );
            remark(&line);
            remark(&format!("    {}", path.display()));
        }
    }
    Ok(Outcome::Clean)
}
