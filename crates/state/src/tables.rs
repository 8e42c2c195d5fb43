//! Tables of threads, descriptors and texts: what is added stays within the limits.

use std::sync::Arc;

use crate::container::container_of_cgroups;
use crate::descriptor::{Descriptor, FdTable};
use crate::limits::Limits;
use crate::state::State;
use crate::thread::{Text, Thread};

/// Exits that are remembered, for `clone` events that come after the child's end.
const RECENT_EXITS: usize = 256;
/// Processes whose children went to another parent.
const REAPERS_MAX: usize = 65_536;

impl State {
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
        let thread = self.threads.get(&thread)?;
        self.leader(thread).fds.get(&fd).cloned()
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
