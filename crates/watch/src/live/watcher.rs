//! What is made of what the kernel tells.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use detect::{Alert, Engine, Session, Stream, View};
use sensor::{Inode, Kind, Part, Record, Sensor, Translator};
use state::{Container, State, account_events, container_event, container_of_name, descriptor_events};

use super::kept::Kept;
use super::unknown::Unknown;
use super::{ContainerChange, Containers, Drift, Notice};
use crate::accounts::AccountReader;
use crate::places::Places;
use crate::{Profiles, Subject, Tally, Used, descriptors, host};

/// All but the sensor.
pub(super) struct Watcher {
    pub(super) translator: Translator,
    pub(super) state: State,
    pub(super) engine: Engine,
    pub(super) session: Session,
    pub(super) hostname: String,
    pub(super) first_ns: u64,
    pub(super) previous_ns: u64,
    /// When the last record was written, in nanoseconds since the host started.
    pub(super) previous_record_ns: u64,
    /// Rules are asked about what happened in this time, in nanoseconds since the host started; what was before it another watch
    /// tells, and what comes after it the next one.
    pub(super) span_ns: RangeInclusive<u64>,
    /// How many there were.
    pub(super) events: u64,
    /// Containers by their group in the unified hierarchy.
    pub(super) groups: HashMap<u64, String>,
    /// Files of which openings for writing are told.
    pub(super) files: HashMap<Inode, PathBuf>,
    pub(super) places: Places,
    pub(super) unknown: Unknown,
    pub(super) gone: Vec<(Instant, String)>,
    pub(super) used: Option<Used>,
    pub(super) drift: Drift,
    pub(super) kept: Kept,
    pub(super) profiles: Option<Profiles>,
    pub(super) room: Vec<u8>,
    pub(super) tally: Tally,
    pub(super) accounts: AccountReader,
    /// When the host started, in nanoseconds since 1970.
    pub(super) boot_ns: u64,
}

/// How long a container is remembered after its end.
const GONE_FOR: Duration = Duration::from_secs(60);
/// In a flood of containers, those that ended first are forgotten before; so many more may come until that is done again.
const GONE_MAX: usize = 4_096;
const GONE_MORE: usize = 1_024;
const GROUPS_MAX: usize = 65_536;

impl Watcher {
    pub(super) fn new(engine: Engine, drift: Drift) -> Self {
        let snapshot = host::snapshot();
        Self {
            translator: Translator::new(snapshot.machine.boot_time_ns),
            state: State::from_snapshot(&snapshot, state::Limits::default()),
            hostname: String::from_utf8_lossy(&snapshot.machine.hostname).into_owned(),
            engine,
            session: Session::default(),
            first_ns: 0,
            previous_ns: 0,
            previous_record_ns: 0,
            span_ns: 0..=u64::MAX,
            events: 0,
            groups: HashMap::new(),
            files: HashMap::new(),
            places: Places::default(),
            unknown: Unknown::new(),
            gone: Vec::new(),
            used: None,
            drift,
            kept: Kept::default(),
            profiles: None,
            room: Vec::new(),
            tally: Tally::default(),
            accounts: AccountReader::new(),
            boot_ns: snapshot.machine.boot_time_ns,
        }
    }

    /// Takes a task that runs.
    pub(super) fn learn_task(&mut self, record: &Record<'_>) {
        self.learn_group(record);
        if let Some(event) = self.translator.event(record) {
            self.state.process(&event);
            let thread = self.state.event_thread();
            self.places.learn(record, thread.map(|thread| thread.container.is_some()));
        }
    }

    pub(super) fn tell_places(&mut self, sensor: &mut Sensor) {
        let groups = &mut self.groups;
        self.places.tell(sensor, &mut |group| drop(groups.remove(&group)));
    }

    pub(super) fn take_changes(&mut self, containers: &mut dyn Containers) {
        for change in containers.changes() {
            match change {
                ContainerChange::Known(container) => {
                    self.unknown.forget(&container.id);
                    self.gone.retain(|(_, id)| *id != container.id);
                    self.set_container(*container);
                }
                ContainerChange::Gone(id) => self.gone.push((Instant::now(), id)),
            }
        }
        let old = self.gone.iter().take_while(|(since, _)| since.elapsed() > GONE_FOR).count();
        let is_flood = self.gone.len() > GONE_MAX + GONE_MORE;
        let over = if is_flood { old.max(self.gone.len() - GONE_MAX) } else { old };
        if over > 0 {
            let over: HashSet<String> = self.gone.drain(..over).map(|(_, id)| id).collect();
            for id in &over {
                self.state.remove_container(id);
                self.accounts.forget(id);
            }
            let Self { groups, tally, .. } = self;
            tally.retain_groups(|group| groups.get(&group).is_none_or(|id| !over.contains(id)));
            groups.retain(|_, id| !over.contains(id));
        }
    }

    pub(super) fn record(
        &mut self,
        record: &Record<'_>,
        containers: &mut dyn Containers,
        alert: &mut dyn FnMut(&Alert, &Subject<'_>),
        notice: &mut dyn FnMut(&Notice),
    ) {
        self.previous_record_ns = record.time_ns();
        let is_told = self.span_ns.contains(&record.time_ns());
        if is_told {
            self.tally.record(record);
        }
        self.learn_group(record);
        if is_told && record.is_against_policy() {
            notice(&self.drift(record));
        }
        if record.kind() == Kind::CgroupRemove {
            self.group_removed(record);
        }
        self.event(record, containers, alert);
        if is_told {
            self.note_files(record, notice);
        }
        self.note_use(record);
        self.note_doing(record, notice);
    }

    fn event(
        &mut self,
        record: &Record<'_>,
        containers: &mut dyn Containers,
        alert: &mut dyn FnMut(&Alert, &Subject<'_>),
    ) {
        let thread = i64::from(record.tid());
        for known in sensor::known(record) {
            let number = known.number;
            let is_news = descriptors::learn(&mut self.state, thread, known, &mut self.room);
            if is_news && self.kept.is_wanted() {
                let known =
                    self.state.thread(thread).and_then(|thread| self.state.descriptor(thread, number));
                for event in known.into_iter().flat_map(|known| descriptor_events(thread, number, known)) {
                    self.kept.learned(&event);
                }
            }
        }
        let Some(mut event) = self.translator.event(record) else { return };
        let is_told = self.span_ns.contains(&record.time_ns());
        // From 1 on: published rules say `evt.num=0` for what is never true.
        self.events += u64::from(is_told);
        event.number = self.events;
        self.state.process(&event);
        let thread = self.state.event_thread();
        self.places.learn(record, thread.map(|thread| thread.container.is_some()));
        if let Some(id) = self.state.event_thread().and_then(|thread| thread.container.clone()) {
            if let Some(mut container) = self.unknown.find(&self.state, containers, &id) {
                // Not by the function below, since the event borrows the translator.
                container.policy = policy(&self.state, &container.id, self.drift);
                if self.kept.is_wanted() {
                    self.kept.learned(&container_event(&container));
                }
                self.state.set_container(container);
            }
            if record.kind() == Kind::Exec
                && let Some(uid) = self.state.event_thread().map(|thread| thread.uid)
            {
                let was_known = self.state.knows_account(&id, uid);
                self.accounts.program_began(&mut self.state, &id, record.tgid(), uid);
                if !was_known
                    && self.kept.is_wanted()
                    && let Some(accounts) = self.state.accounts_of(&id)
                {
                    for event in account_events(&id, accounts) {
                        self.kept.learned(&event);
                    }
                }
            }
        }
        if !is_told {
            return;
        }
        self.kept.event(&event);
        let stream =
            Stream { first_ns: self.first_ns, previous_ns: self.previous_ns, hostname: &self.hostname };
        if self.first_ns == 0 {
            self.first_ns = event.time_ns;
        }
        self.previous_ns = event.time_ns;
        let view = View::new(event, &self.state, stream);
        let wanted = Cell::new(None);
        let rules = self.engine.matches(&view, &mut self.session);
        for rule in rules {
            let template = self.engine.template(*rule);
            let thread = view.thread();
            let subject = Subject {
                thread,
                container: thread.and_then(|thread| self.state.container(thread)),
                state: Some(&self.state),
                event_ns: record.time_ns(),
                captures: template.captures,
                wanted: Some(&wanted),
            };
            alert(&template.alert(&view, event.time_ns, &self.hostname), &subject);
            if let (Some(recorder), Some(number)) = (&mut self.kept.recorder, wanted.take()) {
                recorder.want(number);
            }
        }
        if !rules.is_empty() {
            let now_ns = self.boot_ns.saturating_add(host::since_boot_ns());
            self.tally.alert_after(now_ns.saturating_sub(event.time_ns));
        }
        // A turn may take long when much happens: what is kept is bounded here too.
        if let Some(recorder) = &mut self.kept.recorder {
            recorder.turn(self.previous_ns, &self.state);
        }
    }

    /// Engines that tell nothing of the end: with its group the container has stopped.
    fn group_removed(&mut self, record: &Record<'_>) {
        let path =
            record.parts().find_map(|part| if let Part::CgroupPath(path) = part { Some(path) } else { None });
        let leaf = path.unwrap_or_default().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if let Some(id) = container_of_name(leaf)
            && !self.gone.iter().any(|(_, known)| **known == *id)
        {
            self.gone.push((Instant::now(), id.to_string()));
        }
    }

    fn set_container(&mut self, mut container: Container) {
        container.policy = policy(&self.state, &container.id, self.drift);
        self.tell_container(container);
    }

    /// From now on, something else happens in a container to programs that are not of its image.
    pub(super) fn set_policy(&mut self, id: &str, policy: &str) {
        if let Some(container) = self.state.container_by_id(id) {
            self.tell_container(Container { policy: policy.to_owned(), ..container.clone() });
        }
    }

    fn tell_container(&mut self, container: Container) {
        if self.kept.is_wanted() {
            self.kept.learned(&container_event(&container));
        }
        self.state.set_container(container);
    }

    /// Which container a group is, as processes in it tell.
    pub(super) fn learn_group(&mut self, record: &Record<'_>) {
        if !matches!(record.kind(), Kind::Exec | Kind::Fork | Kind::Task | Kind::Used)
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

/// What happens in a container to programs that are not of its image: what was said of it alone, or of all.
fn policy(state: &State, id: &str, drift: Drift) -> String {
    state.container_by_id(id).map_or_else(|| drift.name().to_owned(), |known| known.policy.clone())
}
