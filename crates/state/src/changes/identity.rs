//! Users, groups, capabilities, sessions, limits and memory of threads.

use events::snapshot::{Group, User};
use events::{Event, Kind, flags};

use super::life::take_memory;
use crate::state::State;

impl State {
    fn half(event: &Event<'_>, position: usize) -> Option<u32> {
        event.unsigned(position).and_then(|number| u32::try_from(number).ok())
    }

    pub(super) fn uid_exit(&mut self, event: &Event<'_>) {
        // The effective user: second of setresuid(2) and setreuid(2). All ones leaves it.
        let position = if event.kind == Kind::SETUID { 1 } else { 2 };
        let uid = Self::half(event, position).filter(|uid| *uid != u32::MAX);
        if let (Some(uid), Some(thread)) = (uid, self.threads.get_mut(&event.thread)) {
            thread.uid = uid;
        }
    }

    pub(super) fn gid_exit(&mut self, event: &Event<'_>) {
        let position = if event.kind == Kind::SETGID { 1 } else { 2 };
        let gid = Self::half(event, position).filter(|gid| *gid != u32::MAX);
        if let (Some(gid), Some(thread)) = (gid, self.threads.get_mut(&event.thread)) {
            thread.gid = gid;
        }
    }

    pub(super) fn capset_exit(&mut self, event: &Event<'_>) {
        let Some(thread) = self.threads.get_mut(&event.thread) else { return };
        thread.cap_inheritable = event.unsigned(1).unwrap_or(thread.cap_inheritable);
        thread.cap_permitted = event.unsigned(2).unwrap_or(thread.cap_permitted);
        thread.cap_effective = event.unsigned(3).unwrap_or(thread.cap_effective);
    }

    /// A new namespace of users gives all capabilities in it.
    pub(super) fn namespace_exit(&mut self, event: &Event<'_>) {
        let position = if event.kind == Kind::UNSHARE { 1 } else { 2 };
        let how = Self::half(event, position).unwrap_or(0);
        let user = flags::CLONE.number("CLONE_NEWUSER").unwrap_or(0);
        if how & user != 0
            && let Some(thread) = self.threads.get_mut(&event.thread)
        {
            // Numbers of capabilities up to CAP_CHECKPOINT_RESTORE (`include/uapi/linux/capability.h`).
            let all = (1 << 41) - 1;
            (thread.cap_permitted, thread.cap_effective) = (all, all);
        }
    }

    pub(super) fn chroot_exit(&mut self, event: &Event<'_>) {
        let mut path = Vec::new();
        self.resolve_path(event.thread, None, event.text(1).unwrap_or_default(), &mut path);
        let path = self.text(&path);
        if let Some(thread) = self.threads.get_mut(&event.thread) {
            thread.root = path;
        }
    }

    pub(super) fn session_exit(&mut self, thread: i64, session: i64) {
        if let Some(thread) = self.threads.get_mut(&thread) {
            thread.session = session;
        }
    }

    pub(super) fn group_exit(&mut self, event: &Event<'_>) {
        let (Some(process), Some(group)) = (event.signed(1), event.signed(2)) else { return };
        let Some(caller) = self.threads.get(&event.thread) else { return };
        // Inside another namespace the numbers are not the host's.
        if caller.thread_inside != caller.thread {
            return;
        }
        let process = if process == 0 { caller.process } else { process };
        let group = if group == 0 { process } else { group };
        if let Some(thread) = self.threads.get_mut(&process) {
            (thread.group, thread.group_inside) = (group, group);
        }
    }

    pub(super) fn prctl_exit(&mut self, event: &Event<'_>) {
        let Some(option) = Self::half(event, 1).and_then(|option| flags::PRCTL_OPTIONS.name(option)) else {
            return;
        };
        if option == "PR_SET_NAME"
            && let Some(name) = event.text(2)
        {
            let name = self.text(name);
            if let Some(thread) = self.threads.get_mut(&event.thread) {
                thread.comm = name;
                thread.join_command_line();
            }
            self.weigh(event.thread);
        }
    }

    pub(super) fn limit_exit(&mut self, event: &Event<'_>) {
        let is_other = event.kind == Kind::PRLIMIT;
        let resource = Self::half(event, if is_other { 6 } else { 3 });
        let limit = event.signed(1).filter(|limit| *limit >= 0);
        if resource.and_then(|number| flags::RLIMIT_RESOURCES.name(number)) != Some("RLIMIT_NOFILE") {
            return;
        }
        let target = if is_other { event.signed(5).filter(|thread| *thread > 0) } else { None };
        let owner = self.owner(target.unwrap_or(event.thread));
        if let (Some(limit), Some(owner)) = (limit, self.threads.get_mut(&owner)) {
            owner.fd_limit = limit;
        }
    }

    /// Memory of a process, three parameters from `first` on.
    pub(super) fn memory(&mut self, event: &Event<'_>, first: usize) {
        let [size, rss, swap] = [0, 1, 2].map(|position| Self::half(event, first + position));
        let owner = self.owner(event.thread);
        if let (Some(size), Some(rss), Some(swap), Some(owner)) =
            (size, rss, swap, self.threads.get_mut(&owner))
        {
            (owner.vm_size_kib, owner.vm_rss_kib, owner.vm_swap_kib) = (size, rss, swap);
        }
    }

    pub(super) fn switch(&mut self, event: &Event<'_>) {
        if let Some(thread) = self.threads.get_mut(&event.thread) {
            take_memory(event, 1, thread);
        }
    }

    pub(crate) fn user_event(&mut self, event: &Event<'_>) {
        // Users of containers have their own numbers; those of the host are kept.
        let container = event.text(5).and_then(|id| std::str::from_utf8(id).ok()).unwrap_or_default();
        let (Some(uid), Some(gid)) = (Self::half(event, 0), Self::half(event, 1)) else { return };
        let text = |position| event.text(position).unwrap_or_default().to_vec();
        let user = User { uid, gid, name: text(2), home: text(3), shell: text(4) };
        match (event.kind == Kind::USERDELETED, container) {
            (true, "") => drop(self.users.remove(&uid)),
            (true, _) => {}
            (false, "") => self.add_user(user),
            (false, container) => self.change_accounts(container, |accounts| {
                accounts.users.insert(uid, user);
            }),
        }
    }

    pub(crate) fn group_event(&mut self, event: &Event<'_>) {
        let container = event.text(2).and_then(|id| std::str::from_utf8(id).ok()).unwrap_or_default();
        let Some(gid) = Self::half(event, 0) else { return };
        let group = Group { gid, name: event.text(1).unwrap_or_default().to_vec() };
        match (event.kind == Kind::GROUPDELETED, container) {
            (true, "") => drop(self.groups.remove(&gid)),
            (true, _) => {}
            (false, "") => self.add_group(group),
            (false, container) => self.change_accounts(container, |accounts| {
                accounts.groups.insert(gid, group);
            }),
        }
    }

    /// Tells of a user of the host.
    pub fn add_user(&mut self, mut user: User) {
        if self.users.len() >= self.limits.users_max && !self.users.contains_key(&user.uid) {
            self.losses.users += 1;
            return;
        }
        for text in [&mut user.name, &mut user.home, &mut user.shell] {
            text.truncate(self.limits.text_bytes_max);
        }
        self.users.insert(user.uid, user);
    }

    /// Tells of a group of the host.
    pub fn add_group(&mut self, mut group: Group) {
        if self.groups.len() >= self.limits.users_max && !self.groups.contains_key(&group.gid) {
            self.losses.users += 1;
            return;
        }
        group.name.truncate(self.limits.text_bytes_max);
        self.groups.insert(group.gid, group);
    }
}
