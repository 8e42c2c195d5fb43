//! Profiles of images: learned from what containers do, or compared with it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use profiles::{Done, Profile};
use sensor::{Kind, Learned, Part, Record};
use state::{Container, State, container_of_name};

use crate::{Notice, doings, host};

/// How often the kernel is asked for system calls and capabilities.
const ASKED_EVERY: Duration = Duration::from_secs(1);
/// Departures that are told of one container; what is above is counted.
const TOLD_MAX: usize = 200;
/// Doings that wait until the image of their container is known.
const WAITING_MAX: usize = 16_384;
const CONTAINERS_MAX: usize = 16_384;

/// Names of what the kernel tells by number.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// Of system calls of this machine.
    pub call: fn(u32) -> Option<&'static str>,
    /// Of capabilities, without `CAP_`.
    pub capability: fn(u32) -> Option<&'static str>,
}

/// Profiles of images: learned from what containers do, or compared with it.
pub struct Profiles {
    purpose: Purpose,
    names: Names,
    profiles: BTreeMap<String, Profile>,
    host_namespace: u32,
    /// Containers that were seen, with their image and when.
    containers: HashMap<String, (String, Instant)>,
    /// Capabilities that programs of a container held when they began: what run times use to start them is not theirs.
    held: HashMap<String, u64>,
    told: HashMap<String, HashSet<String>>,
    waiting: Vec<(String, Owned)>,
    asked: Instant,
    room: Vec<u8>,
}

/// What is done with doings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// They are learned.
    Learn,
    /// Those that a profile does not know are told.
    Compare,
}

/// A doing that waits.
enum Owned {
    Text(&'static str, String),
    Connected(std::net::IpAddr, u16, profiles::Protocol),
    Listened(u16, profiles::Protocol),
}

impl Profiles {
    /// Profiles to go on with, or to compare with.
    #[must_use]
    pub fn new(purpose: Purpose, names: Names, known: Vec<Profile>) -> Self {
        let profiles = known.into_iter().map(|profile| (profile.image.clone(), profile)).collect();
        Self {
            purpose,
            names,
            profiles,
            host_namespace: host::mount_namespace(),
            containers: HashMap::new(),
            held: HashMap::new(),
            told: HashMap::new(),
            waiting: Vec::new(),
            asked: Instant::now(),
            room: Vec::new(),
        }
    }

    /// The profiles, with the time until now.
    #[must_use]
    pub fn finish(mut self) -> Vec<Profile> {
        let mut longest: HashMap<&String, u64> = HashMap::new();
        for (image, since) in self.containers.values() {
            let secs = longest.entry(image).or_default();
            *secs = since.elapsed().as_secs().max(*secs);
        }
        for (image, secs) in longest {
            if let Some(profile) = self.profiles.get_mut(image) {
                profile.learned_secs += secs;
            }
        }
        self.profiles.into_values().collect()
    }

    /// Calls that have to be told.
    #[must_use]
    pub(crate) const fn calls() -> &'static [&'static str] {
        doings::CALLS
    }

    /// Takes what a record tells.
    pub(crate) fn record(
        &mut self,
        record: &Record<'_>,
        container: &str,
        state: &State,
        notice: &mut dyn FnMut(&Notice),
    ) {
        if record.kind() == Kind::Exec {
            self.hold(record, container);
        }
        let mut room = std::mem::take(&mut self.room);
        let process = record.tgid();
        doings::tell(record, self.host_namespace, state, &mut room, &mut |done| {
            self.done(done, container, process, state, notice);
        });
        self.room = room;
    }

    /// Events of a container were lost.
    pub(crate) fn lost(&mut self, container: &str, events: u64) {
        if let Some((image, _)) = self.containers.get(container)
            && let Some(profile) = self.profiles.get_mut(image).filter(|_| self.purpose == Purpose::Learn)
        {
            profile.lost += events;
        }
    }

    /// Whether it is time to ask the kernel for system calls and capabilities.
    pub(crate) fn wants_learned(&mut self) -> bool {
        let is_time = self.asked.elapsed() >= ASKED_EVERY;
        if is_time {
            self.asked = Instant::now();
        }
        is_time
    }

    /// Takes what the kernel kept of groups, and returns those that may be forgotten.
    pub(crate) fn learned(
        &mut self,
        all: &[Learned],
        state: &State,
        notice: &mut dyn FnMut(&Notice),
    ) -> Vec<u64> {
        for learned in all {
            let Some(container) = container_of_name(&learned.name) else { continue };
            let container = &*container;
            for name in learned.call_numbers().filter_map(self.names.call) {
                self.done(&Done::Called(name), container, 0, state, notice);
            }
            let held = self.held.get(container).copied().unwrap_or(0);
            let is_held = |number: &u32| held >> number & 1 == 1;
            for name in learned.capability_numbers().filter(is_held).filter_map(self.names.capability) {
                self.done(&Done::Used(name), container, 0, state, notice);
            }
        }
        self.resolve(state, notice);
        // A container without processes is over; one that starts again is learned anew.
        let running: HashSet<&str> =
            state.threads().filter_map(|thread| thread.container.as_deref()).collect();
        let is_over =
            |learned: &&Learned| container_of_name(&learned.name).is_none_or(|id| !running.contains(&*id));
        all.iter().filter(is_over).map(|learned| learned.group).collect()
    }

    fn done(
        &mut self,
        done: &Done<'_>,
        container: &str,
        process: u32,
        state: &State,
        notice: &mut dyn FnMut(&Notice),
    ) {
        if !self.containers.contains_key(container) {
            match state.container_by_id(container).filter(|known| !known.image_id.is_empty()) {
                Some(known) => self.begin(known),
                None => {
                    if self.waiting.len() < WAITING_MAX {
                        self.waiting.push((container.to_owned(), Owned::of(done)));
                    }
                    return;
                }
            }
        }
        let Some((image, _)) = self.containers.get(container) else { return };
        let Some(profile) = self.profiles.get_mut(image) else { return };
        match self.purpose {
            Purpose::Learn => {
                profile.learn(done);
            }
            Purpose::Compare if !profile.knows(done) => {
                let told = self.told.entry(container.to_owned()).or_default();
                if told.len() < TOLD_MAX && told.insert(format!("{} {}", done.kind(), done.what())) {
                    notice(&Notice::Departure {
                        container: container.to_owned(),
                        process,
                        kind: done.kind(),
                        what: done.what(),
                    });
                }
            }
            Purpose::Compare => {}
        }
    }

    fn hold(&mut self, record: &Record<'_>, container: &str) {
        for part in record.parts() {
            let Part::Task(task) = part else { continue };
            if task.namespaces()[1] == self.host_namespace {
                return;
            }
            if self.held.len() >= CONTAINERS_MAX {
                self.held.clear();
            }
            let [_, permitted, _] = task.capabilities();
            *self.held.entry(container.to_owned()).or_default() |= permitted;
        }
    }

    fn begin(&mut self, known: &Container) {
        if self.containers.len() >= CONTAINERS_MAX {
            self.containers.clear();
            self.told.clear();
        }
        self.containers.insert(known.id.clone(), (known.image_id.clone(), Instant::now()));
        if self.purpose == Purpose::Compare {
            return;
        }
        let profile =
            self.profiles.entry(known.image_id.clone()).or_insert_with(|| Profile::new(&known.image_id));
        profile.containers += 1;
        profile.names.insert(known.image.clone());
        profile.mounts.extend(known.mounts.iter().map(|mount| mount.destination.clone()));
    }

    fn resolve(&mut self, state: &State, notice: &mut dyn FnMut(&Notice)) {
        let waiting = std::mem::take(&mut self.waiting);
        for (container, owned) in waiting {
            let is_alive =
                || state.threads().any(|thread| thread.container.as_deref() == Some(container.as_str()));
            if state.container_by_id(&container).is_some() || is_alive() {
                owned.lend(&mut |done| self.done(done, &container, 0, state, notice));
            }
        }
    }
}

impl Owned {
    fn of(done: &Done<'_>) -> Self {
        match *done {
            Done::Connected(ip, port, protocol) => Self::Connected(ip, port, protocol),
            Done::Listened(port, protocol) => Self::Listened(port, protocol),
            _ => Self::Text(done.kind(), done.what()),
        }
    }

    fn lend(&self, take: &mut dyn FnMut(&Done<'_>)) {
        match self {
            Self::Text("program", text) => take(&Done::Executed(text)),
            Self::Text("read", text) => take(&Done::Read(text)),
            Self::Text("write", text) => take(&Done::Wrote(text)),
            Self::Text("call", text) => take(&Done::Called(text)),
            Self::Text(_, text) => take(&Done::Used(text)),
            Self::Connected(ip, port, protocol) => take(&Done::Connected(*ip, *port, *protocol)),
            Self::Listened(port, protocol) => take(&Done::Listened(*port, *protocol)),
        }
    }
}
