//! This host, as its kernel tells it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use detect::{Alert, Engine, Session, Stream, View};
use sensor::{Granted, Kind, Loss, Options, Part, Policy, Record, Sensor, SensorError, Translator};
use state::{Container, State, container_of_name};

use crate::{descriptors, host};

/// Where what is known of containers comes from. Their ids are 64 hexadecimal digits.
pub trait Containers {
    /// What has changed since the last call. Does not block.
    fn changes(&mut self) -> Vec<ContainerChange>;
    /// What is known of one container, asked for because something happened in it. May take some time.
    fn find(&mut self, id: &str) -> Option<Container>;
}

/// News of a container.
#[derive(Clone, Debug)]
pub enum ContainerChange {
    /// It was made, or is another than before.
    Known(Box<Container>),
    /// It is no more; its last events may still come.
    Gone(String),
}

/// How a host is watched.
#[derive(Clone, Debug, Default)]
pub struct LiveOptions {
    /// Size of the ring in bytes; 0 for the usual.
    pub ring_bytes: u32,
    /// Records of system calls that one container may cause in a second; 0 for any number.
    pub rate_max: u32,
    /// Whether programs that are not of the image are killed before they run.
    pub drift: Drift,
}

/// What happens to programs that did not come with the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drift {
    /// Rules may tell of them.
    #[default]
    Allowed,
    /// The kernel tells what it would have killed.
    DryRun,
    /// The kernel kills the process.
    Killed,
}

/// Something that the loop has to tell beside alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A process was killed, or would have been.
    Drift {
        /// The container's id; empty when it is not known.
        container: String,
        /// The process.
        process: u32,
        /// The executable, or the file that was mapped.
        file: String,
        /// Whether it was killed.
        is_killed: bool,
        /// Whether it was mapped for execution by a process, and not executed.
        is_mapped: bool,
    },
}

/// A host that is watched.
pub struct Live {
    sensor: Sensor,
    watcher: Watcher,
}

/// All but the sensor.
struct Watcher {
    translator: Translator,
    state: State,
    engine: Engine,
    session: Session,
    hostname: String,
    first_ns: u64,
    previous_ns: u64,
    /// Containers by their group in the unified hierarchy.
    groups: HashMap<u64, String>,
    /// Containers that nobody knew when they were asked for, and when.
    unknown: HashMap<String, Instant>,
    gone: Vec<(Instant, String)>,
    room: Vec<u8>,
}

/// Calls that change what is known of a process, whatever rules ask for.
const STATE_CALLS: &[&str] = &[
    "capset",
    "chdir",
    "chroot",
    "dup",
    "dup2",
    "dup3",
    "fchdir",
    "setgid",
    "setpgid",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setsid",
    "setuid",
];
/// How long an engine is not asked again for a container that it did not know.
const UNKNOWN_FOR: Duration = Duration::from_secs(10);
/// How long a container is remembered after its end.
const GONE_FOR: Duration = Duration::from_secs(60);
const GROUPS_MAX: usize = 65_536;

impl Live {
    /// Opens the sensor for what the rules ask, and reads what runs.
    ///
    /// # Errors
    /// As [`Sensor::open`].
    pub fn start(engine: Engine, options: &LiveOptions) -> Result<Self, SensorError> {
        let wanted = engine.event_names().into_iter().chain(STATE_CALLS.iter().copied());
        let mut calls: Vec<&'static str> = wanted.filter(|name| sensor::call(name).is_some()).collect();
        calls.sort_unstable();
        calls.dedup();
        let usual = Options::default();
        let sensor = Sensor::open(&Options {
            calls,
            maps: options.drift != Drift::Allowed,
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
        let mut live = Self { sensor, watcher: Watcher::new(engine) };
        let tasks = live.sensor.tasks()?;
        for record in Record::all(&tasks) {
            live.watcher.learn_group(&record);
            if let Some(event) = live.watcher.translator.event(&record) {
                live.watcher.state.process(&event);
            }
        }
        Ok(live)
    }

    /// Handles what has come, and waits at most `patience` for it. Returns how many events there were.
    ///
    /// # Errors
    /// When the sensor fails.
    pub fn turn(
        &mut self,
        patience: Duration,
        containers: &mut dyn Containers,
        alert: &mut dyn FnMut(&Alert),
        notice: &mut dyn FnMut(&Notice),
    ) -> Result<usize, SensorError> {
        let Self { sensor, watcher, .. } = self;
        watcher.take_changes(containers);
        let count =
            sensor.poll(patience, &mut |record| watcher.record(&record, containers, alert, notice))?;
        Ok(count)
    }

    /// Each hook that was tried.
    #[must_use]
    pub fn granted(&self) -> &[Granted] {
        self.sensor.granted()
    }

    /// Events that were lost since the last call, with the container where it is known.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub fn losses(&mut self) -> Result<Vec<(Option<String>, Loss)>, SensorError> {
        let losses = self.sensor.losses()?;
        let container = |loss: &Loss| self.watcher.groups.get(&loss.cgroup).cloned();
        Ok(losses.into_iter().map(|loss| (container(&loss), loss)).collect())
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
}

impl Watcher {
    fn new(engine: Engine) -> Self {
        let snapshot = host::snapshot();
        Self {
            translator: Translator::new(snapshot.machine.boot_time_ns),
            state: State::from_snapshot(&snapshot, state::Limits::default()),
            hostname: String::from_utf8_lossy(&snapshot.machine.hostname).into_owned(),
            engine,
            session: Session::default(),
            first_ns: 0,
            previous_ns: 0,
            groups: HashMap::new(),
            unknown: HashMap::new(),
            gone: Vec::new(),
            room: Vec::new(),
        }
    }

    fn take_changes(&mut self, containers: &mut dyn Containers) {
        for change in containers.changes() {
            match change {
                ContainerChange::Known(container) => {
                    self.unknown.remove(&container.id);
                    self.gone.retain(|(_, id)| *id != container.id);
                    self.state.set_container(*container);
                }
                ContainerChange::Gone(id) => self.gone.push((Instant::now(), id)),
            }
        }
        while self.gone.first().is_some_and(|(since, _)| since.elapsed() > GONE_FOR) {
            let (_, id) = self.gone.remove(0);
            self.state.remove_container(&id);
        }
    }

    fn record(
        &mut self,
        record: &Record<'_>,
        containers: &mut dyn Containers,
        alert: &mut dyn FnMut(&Alert),
        notice: &mut dyn FnMut(&Notice),
    ) {
        self.learn_group(record);
        if record.is_against_policy() {
            notice(&self.drift(record));
        }
        let thread = i64::from(record.tid());
        for known in sensor::known(record) {
            descriptors::learn(&mut self.state, thread, known, &mut self.room);
        }
        let Some(event) = self.translator.event(record) else { return };
        self.state.process(&event);
        if let Some(id) = self.state.event_thread().and_then(|thread| thread.container.clone()) {
            find(&mut self.state, &mut self.unknown, containers, &id);
        }
        let stream =
            Stream { first_ns: self.first_ns, previous_ns: self.previous_ns, hostname: &self.hostname };
        if self.first_ns == 0 {
            self.first_ns = event.time_ns;
        }
        self.previous_ns = event.time_ns;
        let view = View::new(event, &self.state, stream);
        for rule in self.engine.matches(&view, &mut self.session) {
            alert(&self.engine.template(*rule).alert(&view, event.time_ns, &self.hostname));
        }
    }

    /// Which container a group is, as processes in it tell.
    fn learn_group(&mut self, record: &Record<'_>) {
        if !matches!(record.kind(), Kind::Exec | Kind::Fork | Kind::Task)
            || self.groups.contains_key(&record.cgroup())
        {
            return;
        }
        let name =
            record.parts().find_map(|part| if let Part::CgroupName(name) = part { Some(name) } else { None });
        let Some(id) = name.and_then(container_of_name) else { return };
        if self.groups.len() >= GROUPS_MAX {
            self.groups.clear();
        }
        self.groups.insert(record.cgroup(), id.to_string());
    }

    fn drift(&mut self, record: &Record<'_>) -> Notice {
        self.room.clear();
        for part in record.parts() {
            if let Part::Executable(file) | Part::File(file) = part {
                file.write_path(&mut self.room);
            }
        }
        Notice::Drift {
            container: self.groups.get(&record.cgroup()).cloned().unwrap_or_default(),
            process: record.tgid(),
            file: String::from_utf8_lossy(&self.room).into_owned(),
            is_killed: record.is_killed(),
            is_mapped: record.kind() == Kind::Mapped,
        }
    }
}

/// Asks for a container that something happens in and that nobody has told of.
fn find(
    state: &mut State,
    unknown: &mut HashMap<String, Instant>,
    containers: &mut dyn Containers,
    id: &str,
) {
    let is_known = state
        .event_thread()
        .is_some_and(|thread| state.container(thread).is_some_and(|known| !known.image.is_empty()));
    if is_known || unknown.get(id).is_some_and(|since| since.elapsed() < UNKNOWN_FOR) {
        return;
    }
    match containers.find(id) {
        Some(container) => state.set_container(container),
        None => {
            unknown.insert(id.to_owned(), Instant::now());
        }
    }
}
