//! This host, as its kernel tells it.

mod inodes;
mod kept;
mod learns;
mod unknown;
mod uses;
mod watcher;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use detect::{Alert, Engine};
use sensor::{Granted, Kind, Loss, Options, Policy, Record, Sensor, SensorError};
use state::{Container, State};

use crate::filters::{OPENING_CALLS, STATE_CALLS, filters};
use crate::{Profiles, Recorder, Subject, Tally, host};
pub(crate) use inodes::inode;
use watcher::Watcher;

pub use words::{ContainerChange, Containers, Drift, EventSink, LiveOptions, Notice};

/// Groups that no engine knows are told one by one up to this number.
const LOST_GROUPS_MAX: usize = 16;

/// What is told later may have happened earlier by so much: processors write at the same time.
const DISORDER_NS: u64 = 100_000_000;

/// A host that is watched.
pub struct Live {
    sensor: Sensor,
    watcher: Watcher,
}

impl Live {
    /// Opens the sensor for what the rules ask, and reads what runs.
    ///
    /// # Errors
    /// As [`Sensor::open`].
    pub fn start(engine: Engine, options: &LiveOptions) -> Result<Self, SensorError> {
        let learning = if options.learns { Profiles::calls() } else { &[] };
        let opening = if options.uses || options.watches_files { OPENING_CALLS } else { &[] };
        let wanted = engine
            .event_names()
            .into_iter()
            .chain(STATE_CALLS.iter().chain(opening).chain(learning).copied());
        let mut calls: Vec<&'static str> = wanted.filter(|name| sensor::call(name).is_some()).collect();
        calls.sort_unstable();
        calls.dedup();
        let usual = Options::default();
        let filters = if options.with_all_calls || options.learns {
            sensor::Filters::default()
        } else {
            // What interpreters load is wanted whatever rules ask.
            let opening = if options.uses { OPENING_CALLS } else { &[] };
            let followed: Vec<&str> = STATE_CALLS.iter().chain(opening).copied().collect();
            filters(&engine, &calls, &followed)
        };
        let sensor = Sensor::open(&Options {
            calls,
            filters,
            maps: options.drift != Drift::Allowed || options.may_stop_drift,
            uses: options.uses,
            learns: options.learns,
            inodes: options.watches_files,
            sockets: options.learns || engine.event_names().contains("socket_state"),
            ring_bytes: if options.ring_bytes == 0 { usual.ring_bytes } else { options.ring_bytes },
            rate_max: options.rate_max,
            host_mount_namespace: host::mount_namespace(),
            container_policy: match options.drift {
                Drift::Allowed => Policy::default(),
                Drift::DryRun => Policy {
                    kills_drift: true,
                    kills_mapped_drift: true,
                    is_dry_run: true,
                    ..Policy::default()
                },
                Drift::Killed => Policy { kills_drift: true, kills_mapped_drift: true, ..Policy::default() },
            },
            ..usual
        })?;
        let mut live = Self { sensor, watcher: Watcher::new(engine, options.drift) };
        live.learn_tasks()?;
        Ok(live)
    }

    /// Reads what runs, and forgets what does not.
    fn learn_tasks(&mut self) -> Result<(), SensorError> {
        let tasks = self.sensor.tasks()?;
        let mut alive = HashSet::new();
        for record in Record::all(&tasks) {
            alive.insert(i64::from(record.tid()));
            self.watcher.learn_task(&record);
        }
        self.watcher.state.keep_threads(&alive);
        self.watcher.tell_places(&mut self.sensor);
        Ok(())
    }

    /// Handles what has come, and waits at most `patience` for it. Returns how many events there were.
    ///
    /// # Errors
    /// When the sensor fails.
    pub fn turn(
        &mut self,
        patience: Duration,
        containers: &mut dyn Containers,
        alert: &mut dyn FnMut(&Alert, &Subject<'_>),
        notice: &mut dyn FnMut(&Notice),
    ) -> Result<usize, SensorError> {
        let Self { sensor, watcher, .. } = self;
        watcher.take_changes(containers);
        let count =
            sensor.poll(patience, &mut |record| watcher.record(&record, containers, alert, notice))?;
        if let Some(used) = &mut watcher.used {
            used.turn(&watcher.state);
        }
        if watcher.profiles.as_mut().is_some_and(Profiles::wants_learned) {
            learns::ask(sensor, watcher, notice)?;
        }
        if let Some(recorder) = &mut watcher.kept.recorder {
            recorder.turn(host::boot_time_ns().saturating_add(host::since_boot_ns()), &watcher.state);
        }
        watcher.tell_places(sensor);
        Ok(count)
    }

    /// Keeps the last events in memory from now on, for recordings of alerts: `make` is given the host's name and what is known.
    pub fn keep(&mut self, make: impl FnOnce(&[u8], &State) -> Recorder) {
        self.watcher.kept.recorder = Some(make(self.watcher.hostname.as_bytes(), &self.watcher.state));
    }

    /// Keeps no events any more, and gives away the recording that is being made.
    pub fn finish_recording(&mut self) {
        if let Some(mut recorder) = self.watcher.kept.recorder.take() {
            recorder.finish(&self.watcher.state);
        }
    }

    /// Wants a recording around the last event, for the alert of a number. Without a recorder nothing comes of it.
    pub fn want_recording(&mut self, alert: u64) {
        if let Some(recorder) = &mut self.watcher.kept.recorder {
            recorder.want(alert);
        }
    }

    /// Whom something is about that happened now: the process, while it is known to be in the container (nothing: on the host).
    #[must_use]
    pub fn subject(&self, process: i64, container: Option<&str>) -> Subject<'_> {
        let state = &self.watcher.state;
        Subject {
            thread: state.thread(process).filter(|thread| thread.container.as_deref() == container),
            container: container.and_then(|id| state.container_by_id(id)),
            state: Some(state),
            event_ns: host::since_boot_ns(),
            ..Subject::default()
        }
    }

    /// Says of a container that responses stopped drift in it (field `container.policy`): executions are killed, or refused as well.
    pub fn drift_is_stopped(&mut self, container: &str, is_refused: bool) {
        self.watcher.set_policy(container, if is_refused { "refuse" } else { Drift::Killed.name() });
    }

    /// The policies of control groups, for as long as the sensor is open.
    #[must_use]
    pub fn policies(&self) -> sensor::Policies {
        self.sensor.policies().clone()
    }

    /// The rules.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.watcher.engine
    }

    /// Each hook that was tried.
    #[must_use]
    pub fn granted(&self) -> &[Granted] {
        self.sensor.granted()
    }

    /// Events that were lost since the last call, with the container where it is known; those of many groups that no engine knows are
    /// added up under the number 0. When they may have told of processes, what runs is read anew: what is known of the ended would
    /// be told of others that have their numbers now.
    ///
    /// # Errors
    /// When the counters, or what runs, cannot be read.
    pub fn losses(&mut self) -> Result<Vec<(Option<String>, Loss)>, SensorError> {
        let losses = self.sensor.losses()?;
        let container = |loss: &Loss| self.watcher.groups.get(&loss.cgroup).cloned();
        let told: Vec<_> = losses.into_iter().map(|loss| (container(&loss), loss)).collect();
        self.watcher.note_losses(&told);
        if told.iter().any(|(_, loss)| is_of_processes(loss.kind)) {
            self.learn_tasks()?;
        }
        Ok(added_up(told))
    }

    /// Shows what is known, and every event from now on, when the state knows of it and before rules are asked. What becomes known
    /// without an event of the kernel is shown too, so that a replay knows what the rules knew.
    pub fn record(&mut self, mut recorder: EventSink) {
        let Watcher { state, hostname, kept, .. } = &mut self.watcher;
        state.tell(hostname.as_bytes(), &mut |event| {
            recorder(&event.event());
            true
        });
        kept.shown_to = Some(recorder);
    }

    /// By how many nanoseconds the clock was set since the last call, when that is more than a second. Times of events follow it.
    pub fn clock_change(&mut self) -> Option<i64> {
        self.watcher.translator.follow_clock(host::boot_time_ns())
    }

    /// What is known of a container.
    #[must_use]
    pub fn container(&self, id: &str) -> Option<&Container> {
        self.watcher.state.container_by_id(id)
    }

    /// What is known of processes and containers.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.watcher.state
    }

    /// What was counted.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.watcher.tally
    }

    /// How many events there were of each container, and of the host, which has no id.
    pub fn events_by_container(&mut self) -> HashMap<String, u64> {
        let Watcher { tally, groups, .. } = &mut self.watcher;
        let mut counts = HashMap::new();
        for (group, count) in tally.by_group() {
            *counts.entry(groups.get(&group).cloned().unwrap_or_default()).or_default() += count;
        }
        counts
    }

    /// Shares the time with another, which ends: it tells what has happened until now, and this one what comes. Both know of all.
    pub fn follow(&mut self, other: &mut Self) {
        let now_ns = host::since_boot_ns();
        other.watcher.span_ns = *other.watcher.span_ns.start()..=now_ns;
        self.watcher.span_ns = now_ns.saturating_add(1)..=u64::MAX;
    }

    /// Whether nothing more is to be told: the last turn gave nothing, or what is for the one that follows.
    #[must_use]
    pub fn is_over(&self, last_turn: usize) -> bool {
        let end_ns = self.watcher.span_ns.end().saturating_add(DISORDER_NS);
        last_turn == 0 || self.watcher.previous_record_ns > end_ns
    }

    /// Goes on counting, and showing events, where another, which ends, has stopped.
    pub fn continue_counts(&mut self, other: &mut Self) {
        self.watcher.tally = std::mem::take(&mut other.watcher.tally);
        self.watcher.events = other.watcher.events;
        self.watcher.kept.shown_to = other.watcher.kept.shown_to.take();
    }
}

/// Whether lost records of a kind may have told where processes begin, end, and belong.
fn is_of_processes(kind: Option<Kind>) -> bool {
    matches!(kind, None | Some(Kind::Exec | Kind::Fork | Kind::Exit | Kind::CgroupAttach))
}

fn added_up(told: Vec<(Option<String>, Loss)>) -> Vec<(Option<String>, Loss)> {
    let groups: HashSet<u64> =
        told.iter().filter(|(container, _)| container.is_none()).map(|(_, loss)| loss.cgroup).collect();
    if groups.len() <= LOST_GROUPS_MAX {
        return told;
    }
    let (mut rest, unknown): (Vec<_>, Vec<_>) =
        told.into_iter().partition(|(container, _)| container.is_some());
    let mut sums = BTreeMap::new();
    for (_, loss) in unknown {
        let sum = sums.entry((loss.kind, loss.is_limited)).or_insert(Loss { cgroup: 0, records: 0, ..loss });
        sum.records += loss.records;
    }
    rest.extend(sums.into_values().map(|loss| (None, loss)));
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_of_many_unknown_groups_are_added_up_and_those_of_containers_are_not() {
        let loss = |cgroup, kind| Loss { cgroup, kind: Some(kind), is_limited: false, records: 2 };
        let few: Vec<_> = (1..=16).map(|group| (None, loss(group, Kind::Fork))).collect();
        assert_eq!(added_up(few.clone()), few);
        let known = (Some("web".to_owned()), loss(99, Kind::Call));
        let mut many: Vec<_> = (1..=500).map(|group| (None, loss(group, Kind::Fork))).collect();
        many.extend([(None, loss(7, Kind::Exit)), known.clone()]);
        let told = added_up(many);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told.contains(&known));
        assert!(told.contains(&(None, Loss { records: 1000, ..loss(0, Kind::Fork) })));
        assert!(told.contains(&(None, loss(0, Kind::Exit))));
    }
}
