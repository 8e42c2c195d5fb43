//! All of it, and the one event that is looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

use events::snapshot::{Group, Interface, User};
use events::{Event, Extension, Kind, Source};

use crate::container::{Accounts, Container, container_of_name};
use crate::descriptor::{Descriptor, FdTable};
use crate::hash::Fold;
use crate::limits::{Limits, Losses};
use crate::thread::{Text, Thread};

/// How far a chain of parents is followed.
const PARENTS_MAX: usize = 100;

/// Threads, descriptors, users and containers. See the crate's page. A clone shares texts and tables of descriptors with
/// the one that it was made of, until one of them changes them.
#[derive(Clone)]
pub struct State {
    pub(crate) limits: Limits,
    pub(crate) losses: Losses,
    pub(crate) threads: HashMap<i64, Thread, Fold>,
    pub(crate) users: BTreeMap<u32, User>,
    pub(crate) groups: BTreeMap<u32, Group>,
    containers: HashMap<Arc<str>, Container>,
    /// Of containers.
    accounts: HashMap<Arc<str>, Accounts>,
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
#[derive(Clone, Default)]
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
        let fold = Fold::new(RandomState::new().hash_one(0u8));
        Self {
            limits,
            losses: Losses::default(),
            threads: HashMap::with_hasher(fold),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            containers: HashMap::new(),
            accounts: HashMap::new(),
            interfaces: Vec::new(),
            bound: BTreeSet::new(),
            boot_time_ns: 0,
            descriptors: 0,
            texts: 0,
            recent_exits: VecDeque::new(),
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
        let mut is_followed = self.threads.contains_key(&event.thread);
        if !is_followed && may_be_unknown {
            self.losses.unknown_threads += 1;
            is_followed = self.insert(placeholder(event.thread));
        }
        if is_followed {
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
    #[inline]
    pub fn thread(&self, thread: i64) -> Option<&Thread> {
        self.threads.get(&thread)
    }

    /// The thread of the event.
    #[inline]
    pub fn event_thread(&self) -> Option<&Thread> {
        self.current.thread.and_then(|thread| self.threads.get(&thread))
    }

    /// The descriptor that the event is about; also the one that it closed.
    #[inline]
    pub fn event_descriptor(&self) -> Option<&Descriptor> {
        self.current.descriptor.as_deref()
    }

    /// The number of that descriptor, known or not.
    #[inline]
    pub fn event_fd(&self) -> Option<i64> {
        self.current.fd
    }

    /// Whether the event changed the descriptor's name.
    pub fn has_name_changed(&self) -> bool {
        self.current.name_changed
    }

    /// The thread that leads a thread's process; the thread itself when that one is not known.
    #[inline]
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
    #[inline]
    pub fn cwd<'s>(&'s self, thread: &'s Thread) -> &'s [u8] {
        &self.leader(thread).cwd
    }

    /// The environment of a thread's process, each entry ended by a zero byte.
    pub fn environment<'s>(&'s self, thread: &'s Thread) -> &'s [u8] {
        &self.leader(thread).environment
    }

    /// The descriptors of a thread's process.
    #[inline]
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

    /// A user of the host by number.
    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.get(&uid)
    }

    /// A user by number, as a thread would name it: inside a container other names hold than on the host.
    pub fn user_of(&self, thread: &Thread, uid: u32) -> Option<&User> {
        match &thread.container {
            None => self.users.get(&uid),
            Some(id) => self.accounts.get(id)?.users.get(&uid),
        }
    }

    /// A group by number, in the same way.
    pub fn group_of(&self, thread: &Thread, gid: u32) -> Option<&Group> {
        match &thread.container {
            None => self.groups.get(&gid),
            Some(id) => self.accounts.get(id)?.groups.get(&gid),
        }
    }

    /// Whether a container's user has a name.
    pub fn knows_account(&self, container: &str, uid: u32) -> bool {
        self.accounts.get(container).is_some_and(|accounts| accounts.users.contains_key(&uid))
    }

    pub(crate) fn change_accounts(&mut self, container: &str, change: impl FnOnce(&mut Accounts)) {
        let mut accounts = self.accounts.get(container).cloned().unwrap_or_default();
        change(&mut accounts);
        self.set_accounts(container, accounts);
    }

    /// The containers whose accounts are known, with these.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&str, &Accounts)> {
        self.accounts.iter().map(|(container, accounts)| (container.as_ref(), accounts))
    }

    /// The accounts inside a container.
    pub fn accounts_of(&self, container: &str) -> Option<&Accounts> {
        self.accounts.get(container)
    }

    /// Tells of the accounts inside a container.
    pub fn set_accounts(&mut self, container: &str, mut accounts: Accounts) {
        if self.accounts.len() >= self.limits.containers_max && !self.accounts.contains_key(container) {
            self.losses.containers += 1;
            return;
        }
        let before = accounts.users.len() + accounts.groups.len();
        let most = self.limits.container_users_max;
        accounts.users = std::mem::take(&mut accounts.users).into_iter().take(most).collect();
        accounts.groups = std::mem::take(&mut accounts.groups).into_iter().take(most).collect();
        self.losses.users += (before - accounts.users.len() - accounts.groups.len()) as u64;
        self.accounts.insert(container.into(), accounts);
    }

    /// What is known of the container of a thread; nothing on the host.
    pub fn container(&self, thread: &Thread) -> Option<&Container> {
        let id = thread.container.as_deref()?;
        self.containers.get(id).or_else(|| self.containers.get(id.get(..12)?))
    }

    /// What is known of a container.
    pub fn container_by_id(&self, id: &str) -> Option<&Container> {
        self.containers.get(id)
    }

    /// The containers that are known.
    pub fn containers(&self) -> impl ExactSizeIterator<Item = &Container> {
        self.containers.values()
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
        self.accounts.remove(id);
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

    pub(crate) fn extend(&mut self, thread: i64, extension: &Extension<'_>) {
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
}

/// A thread of which nothing but its number is known, as Falco shows it.
pub(crate) fn placeholder(thread: i64) -> Thread {
    let unknown: Text = b"<NA>"[..].into();
    Thread { comm: unknown.clone(), exe: unknown.clone(), command_line: unknown, ..Thread::new(thread) }
}
