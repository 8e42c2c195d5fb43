//! All of it, and the one event that is looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

use events::snapshot::{Group, Interface, User};
use events::{Event, Extension, Kind, Source};

use crate::container::{Container, container_of_cgroups, container_of_name};
use crate::descriptor::{Descriptor, FdTable};
use crate::limits::{Limits, Losses};
use crate::thread::{Text, Thread};

/// Exits that are remembered, for `clone` events that come after the child's end.
const RECENT_EXITS: usize = 256;
/// Processes whose children went to another parent.
const REAPERS_MAX: usize = 65_536;
/// How far a chain of parents is followed.
const PARENTS_MAX: usize = 100;

/// Threads, descriptors, users and containers. See the crate's page.
pub struct State {
    pub(crate) limits: Limits,
    pub(crate) losses: Losses,
    pub(crate) threads: HashMap<i64, Thread, Fold>,
    pub(crate) users: BTreeMap<u32, User>,
    pub(crate) groups: BTreeMap<u32, Group>,
    containers: HashMap<Arc<str>, Container>,
    pub(crate) interfaces: Vec<Interface>,
    /// Ports that were bound before the first event.
    pub(crate) bound: BTreeSet<u16>,
    pub(crate) boot_time_ns: u64,
    /// Descriptors of all tables, those of shared ones counted as often as they are shared.
    pub(crate) descriptors: usize,
    /// Bytes of texts of threads.
    pub(crate) texts: usize,
    pub(crate) recent_exits: VecDeque<(i64, u64)>,
    /// Who took over the children of processes that ended.
    pub(crate) reapers: HashMap<i64, i64, Fold>,
    pub(crate) current: Current,
    pub(crate) room: Vec<u8>,
}

/// The event that was processed last.
#[derive(Default)]
pub(crate) struct Current {
    pub(crate) thread: Option<i64>,
    pub(crate) fd: Option<i64>,
    pub(crate) descriptor: Option<Arc<Descriptor>>,
    pub(crate) name_changed: bool,
    /// What the event ended, and what is removed when the next one comes.
    pub(crate) closed: Option<(i64, i64)>,
    pub(crate) ended: Option<i64>,
}

impl State {
    /// Nothing is known.
    pub fn new(limits: Limits) -> Self {
        let fold = Fold { seed: RandomState::new().hash_one(0u8) };
        Self {
            limits,
            losses: Losses::default(),
            threads: HashMap::with_hasher(fold),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            containers: HashMap::new(),
            interfaces: Vec::new(),
            bound: BTreeSet::new(),
            boot_time_ns: 0,
            descriptors: 0,
            texts: 0,
            recent_exits: VecDeque::with_capacity(RECENT_EXITS),
            reapers: HashMap::with_hasher(fold),
            current: Current::default(),
            room: Vec::new(),
        }
    }

    /// Takes over what an event changes. Until the next call, the thread and the descriptor that the event ended are
    /// still there.
    pub fn process(&mut self, event: &Event<'_>) {
        self.settle();
        let Some(info) = event.info() else { return };
        match info.source {
            Source::Meta => return self.meta(event),
            Source::Plugin => return,
            Source::Iterator => return self.iterated(event),
            Source::Syscall | Source::Tracepoint => {}
        }
        let is_clone = matches!(event.kind, Kind::CLONE | Kind::CLONE3 | Kind::FORK | Kind::VFORK);
        let may_be_unknown =
            !is_clone && !matches!(event.kind, Kind::PROCEXIT | Kind::SWITCH) && event.thread > 0;
        if !self.threads.contains_key(&event.thread) {
            self.losses.unknown_threads += u64::from(may_be_unknown);
            if may_be_unknown {
                self.insert(placeholder(event.thread));
            }
        }
        if self.threads.contains_key(&event.thread) {
            self.current.thread = Some(event.thread);
        }
        if let Some(extension) = event.extension() {
            self.extend(event.thread, &extension);
        }
        self.change(event, info);
    }

    /// Removes what the last event ended.
    pub(crate) fn settle(&mut self) {
        let current = std::mem::take(&mut self.current);
        if let Some((thread, fd)) = current.closed {
            self.remove_descriptor(thread, fd);
        }
        if let Some(thread) = current.ended {
            self.remove_thread(thread);
        }
    }

    fn meta(&mut self, event: &Event<'_>) {
        match event.kind {
            Kind::CONTAINER => {
                if let Some(container) = event.text(0).and_then(Container::from_json) {
                    self.set_container(container);
                }
            }
            Kind::MACHINE => self.boot_time_ns = event.unsigned(4).unwrap_or(self.boot_time_ns),
            Kind::INTERFACE => self.interface_event(event),
            Kind::USERADDED | Kind::USERDELETED => self.user_event(event),
            Kind::GROUPADDED | Kind::GROUPDELETED => self.group_event(event),
            _ => {}
        }
    }

    // What is known.

    /// A thread by number.
    pub fn thread(&self, thread: i64) -> Option<&Thread> {
        self.threads.get(&thread)
    }

    /// The thread of the event.
    pub fn event_thread(&self) -> Option<&Thread> {
        self.current.thread.and_then(|thread| self.threads.get(&thread))
    }

    /// The descriptor that the event is about; also the one that it closed.
    pub fn event_descriptor(&self) -> Option<&Descriptor> {
        self.current.descriptor.as_deref()
    }

    /// The number of that descriptor, known or not.
    pub fn event_fd(&self) -> Option<i64> {
        self.current.fd
    }

    /// Whether the event changed the descriptor's name.
    pub fn has_name_changed(&self) -> bool {
        self.current.name_changed
    }

    /// The thread that leads a thread's process; the thread itself when that one is not known.
    pub fn leader<'s>(&'s self, thread: &'s Thread) -> &'s Thread {
        if thread.is_leader() { thread } else { self.threads.get(&thread.process).unwrap_or(thread) }
    }

    /// The leader of a thread's parent.
    pub fn parent(&self, thread: &Thread) -> Option<&Thread> {
        let mut parent = thread.parent;
        for _ in 0..PARENTS_MAX {
            if let Some(found) = self.threads.get(&parent) {
                let leader = self.leader(found);
                return (leader.process != thread.process).then_some(leader);
            }
            parent = *self.reapers.get(&parent)?;
        }
        None
    }

    /// Its parent, that one's parent and so on, at most a hundred.
    pub fn ancestors<'s>(&'s self, thread: &'s Thread) -> impl Iterator<Item = &'s Thread> {
        std::iter::successors(self.parent(thread), |ancestor| self.parent(ancestor)).take(PARENTS_MAX)
    }

    /// The working directory of a thread's process, with a slash at its end.
    pub fn cwd<'s>(&'s self, thread: &'s Thread) -> &'s [u8] {
        &self.leader(thread).cwd
    }

    /// The environment of a thread's process, each entry ended by a zero byte.
    pub fn environment<'s>(&'s self, thread: &'s Thread) -> &'s [u8] {
        &self.leader(thread).environment
    }

    /// The descriptors of a thread's process.
    pub fn descriptors<'s>(&'s self, thread: &'s Thread) -> &'s FdTable {
        &self.leader(thread).fds
    }

    /// A descriptor of a thread's process.
    pub fn descriptor<'s>(&'s self, thread: &'s Thread, fd: i64) -> Option<&'s Descriptor> {
        self.leader(thread).fds.get(&fd).map(AsRef::as_ref)
    }

    /// How many threads are followed.
    pub fn threads(&self) -> impl ExactSizeIterator<Item = &Thread> {
        self.threads.values()
    }

    /// How many threads a process has, its leader among them.
    pub fn thread_count(&self, thread: &Thread) -> u64 {
        u64::from(self.leader(thread).other_threads) + 1
    }

    /// A user by number.
    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.get(&uid)
    }

    /// A group by number.
    pub fn group(&self, gid: u32) -> Option<&Group> {
        self.groups.get(&gid)
    }

    /// What is known of the container of a thread; nothing on the host.
    pub fn container(&self, thread: &Thread) -> Option<&Container> {
        let id = thread.container.as_deref()?;
        self.containers.get(id).or_else(|| self.containers.get(id.get(..12)?))
    }

    /// Tells of a container, or what has changed.
    pub fn set_container(&mut self, container: Container) {
        let id: Arc<str> = container.id.as_str().into();
        if self.containers.len() >= self.limits.containers_max && !self.containers.contains_key(&id) {
            self.losses.containers += 1;
            return;
        }
        self.containers.insert(id, container);
    }

    /// Forgets a container.
    pub fn remove_container(&mut self, id: &str) {
        self.containers.remove(id);
    }

    /// Addresses of the host.
    pub fn is_local(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.interfaces.iter().any(|interface| interface.address == ip)
    }

    /// When the host booted, in nanoseconds since 1970; 0 when not known.
    pub fn boot_time_ns(&self) -> u64 {
        self.boot_time_ns
    }

    /// What limits refused so far.
    pub fn losses(&self) -> Losses {
        self.losses
    }

    // What the sensor knows.

    /// Tells what a descriptor refers to, before the event that uses it is processed.
    pub fn learn_descriptor(&mut self, thread: i64, fd: i64, descriptor: Descriptor) {
        // What the event before closed must not take the new one along.
        self.settle();
        if !self.threads.contains_key(&thread) {
            self.insert(placeholder(thread));
        }
        self.put_descriptor(thread, fd, descriptor);
    }

    fn extend(&mut self, thread: i64, extension: &Extension<'_>) {
        let Some(known) = self.threads.get_mut(&thread) else { return };
        if !known.is_known && extension.process != 0 {
            (known.process, known.parent) = (i64::from(extension.process), i64::from(extension.parent));
        }
        if extension.cgroup != 0 && (known.cgroup != extension.cgroup || known.container.is_none()) {
            known.cgroup = extension.cgroup;
            if let Some(id) = container_of_name(extension.container) {
                known.container = Some(id);
            }
        }
        (known.pid_namespace, known.mount_namespace) = (extension.pid_namespace, extension.mount_namespace);
        if extension.exe_inode != 0 {
            known.exe_links = Some(extension.exe_links);
            (known.exe_layer, known.stdio) = (extension.exe_layer, extension.stdio);
        }
    }

    // Tables.

    /// Takes a thread, if there is room.
    pub(crate) fn insert(&mut self, thread: Thread) -> bool {
        if self.threads.len() >= self.limits.threads_max && !self.threads.contains_key(&thread.thread) {
            self.losses.threads += 1;
            return false;
        }
        self.threads.insert(thread.thread, thread);
        true
    }

    pub(crate) fn remove_thread(&mut self, thread: i64) {
        let Some(ended) = self.threads.get(&thread) else { return };
        let (process, parent, is_leader) = (ended.process, ended.parent, ended.is_leader());
        if is_leader && ended.other_threads > 0 {
            // Its threads go on with its descriptors.
            return;
        }
        if let Some(ended) = self.threads.remove(&thread) {
            self.descriptors = self.descriptors.saturating_sub(ended.fds.len());
            self.texts = self.texts.saturating_sub(ended.weight);
        }
        if !is_leader && let Some(leader) = self.threads.get_mut(&process) {
            leader.other_threads = leader.other_threads.saturating_sub(1);
            if leader.is_ended && leader.other_threads == 0 {
                self.remove_thread(process);
            }
        } else if let Some(parent) = self.threads.get_mut(&parent) {
            parent.children = parent.children.saturating_sub(1);
        }
    }

    /// Remembers who takes over the children of a process that ends.
    pub(crate) fn set_reaper(&mut self, process: i64, reaper: i64) {
        if self.reapers.len() >= REAPERS_MAX {
            self.reapers.clear();
        }
        if process != reaper {
            self.reapers.insert(process, reaper);
        }
    }

    pub(crate) fn remember_exit(&mut self, thread: i64, time_ns: u64) {
        if self.recent_exits.len() >= RECENT_EXITS {
            self.recent_exits.pop_front();
        }
        self.recent_exits.push_back((thread, time_ns));
    }

    /// The thread whose table holds a thread's descriptors.
    pub(crate) fn owner(&self, thread: i64) -> i64 {
        match self.threads.get(&thread) {
            Some(found) if !found.is_leader() && self.threads.contains_key(&found.process) => found.process,
            _ => thread,
        }
    }

    pub(crate) fn shared_descriptor(&self, thread: i64, fd: i64) -> Option<Arc<Descriptor>> {
        self.threads.get(&self.owner(thread))?.fds.get(&fd).cloned()
    }

    pub(crate) fn put_descriptor(&mut self, thread: i64, fd: i64, descriptor: Descriptor) {
        let owner = self.owner(thread);
        let Some(owner) = self.threads.get_mut(&owner) else { return };
        let is_new = !owner.fds.contains_key(&fd);
        let is_full = owner.fds.len() >= self.limits.process_descriptors_max;
        if fd < 0 || (is_new && (is_full || self.descriptors >= self.limits.descriptors_max)) {
            self.losses.descriptors += u64::from(fd >= 0);
            return;
        }
        self.descriptors += usize::from(is_new);
        Arc::make_mut(&mut owner.fds).insert(fd, Arc::new(descriptor));
    }

    pub(crate) fn remove_descriptor(&mut self, thread: i64, fd: i64) {
        let owner = self.owner(thread);
        let Some(owner) = self.threads.get_mut(&owner) else { return };
        if owner.fds.contains_key(&fd) {
            Arc::make_mut(&mut owner.fds).remove(&fd);
            self.descriptors = self.descriptors.saturating_sub(1);
        }
    }

    /// Keeps the descriptors of which `keep` holds.
    pub(crate) fn retain_descriptors(&mut self, thread: i64, keep: impl Fn(i64, &Descriptor) -> bool) {
        let owner = self.owner(thread);
        let Some(owner) = self.threads.get_mut(&owner) else { return };
        if owner.fds.iter().all(|(fd, descriptor)| keep(*fd, descriptor)) {
            return;
        }
        let before = owner.fds.len();
        Arc::make_mut(&mut owner.fds).retain(|fd, descriptor| keep(*fd, descriptor));
        self.descriptors = self.descriptors.saturating_sub(before - owner.fds.len());
    }

    /// The table of a new process: that of its parent, shared until one changes it.
    pub(crate) fn copy_descriptors(&mut self, from: i64) -> Arc<FdTable> {
        let owner = self.owner(from);
        let Some(fds) = self.threads.get(&owner).map(|owner| owner.fds.clone()) else {
            return Arc::default();
        };
        if self.descriptors + fds.len() > self.limits.descriptors_max {
            self.losses.descriptors += fds.len() as u64;
            return Arc::default();
        }
        self.descriptors += fds.len();
        fds
    }

    /// A text, cut to what is allowed.
    pub(crate) fn text(&mut self, bytes: &[u8]) -> Text {
        let most = self.limits.text_bytes_max;
        self.bounded(bytes, most)
    }

    /// A list of texts, cut to what is allowed.
    pub(crate) fn list(&mut self, bytes: &[u8]) -> Text {
        let most = self.limits.list_bytes_max;
        self.bounded(bytes, most)
    }

    fn bounded(&mut self, bytes: &[u8], most: usize) -> Text {
        let most = if self.texts > self.limits.texts_bytes_max { Limits::SHORT_BYTES } else { most };
        self.losses.texts += u64::from(bytes.len() > most);
        bytes[..bytes.len().min(most)].into()
    }

    /// Counts the texts of a thread anew.
    pub(crate) fn weigh(&mut self, thread: i64) {
        let Some(thread) = self.threads.get_mut(&thread) else { return };
        let texts = [
            &thread.comm,
            &thread.exe,
            &thread.exe_path,
            &thread.root,
            &thread.cgroups,
            &thread.cwd,
            &thread.environment,
            &thread.arguments,
            &thread.command_line,
        ];
        let weight = texts.iter().map(|text| text.len()).sum();
        self.texts = self.texts.saturating_sub(thread.weight) + weight;
        thread.weight = weight;
    }

    /// Takes control groups, and the container that they tell.
    pub(crate) fn set_cgroups(&mut self, thread: &mut Thread, cgroups: &[u8]) {
        if *thread.cgroups == *cgroups {
            return;
        }
        thread.cgroups = self.text(cgroups);
        if let Some(id) = container_of_cgroups(cgroups) {
            thread.container = Some(id);
        } else if thread.cgroup == 0 {
            thread.container = None;
        }
    }
}

/// A thread of which nothing but its number is known, as Falco shows it.
pub(crate) fn placeholder(thread: i64) -> Thread {
    let unknown: Text = b"<NA>"[..].into();
    Thread { comm: unknown.clone(), exe: unknown.clone(), command_line: unknown, ..Thread::new(thread) }
}

/// Hashes thread numbers: one multiplication of 128 bits, folded, under a key of this run, so that nobody can prepare
/// numbers that meet.
#[derive(Clone, Copy)]
pub(crate) struct Fold {
    seed: u64,
}

pub(crate) struct FoldHasher {
    state: u64,
}

impl BuildHasher for Fold {
    type Hasher = FoldHasher;

    fn build_hasher(&self) -> FoldHasher {
        FoldHasher { state: self.seed }
    }
}

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.state
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The fraction of the golden ratio; any odd number with well mixed bits would do.
        let product =
            u128::from(self.state ^ number) * u128::from(0x9e37_79b9_7f4a_7c15_u64 | (self.state << 1));
        self.state = (product as u64) ^ ((product >> 64) as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}
