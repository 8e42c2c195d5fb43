// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// Who a task is.
#pragma once
#include "descriptor.h"

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID };

static __always_inline u64 cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

// The number that a process identifier has in the innermost namespace that knows it, and that namespace.
static __always_inline struct upid innermost_of(struct pid *pid, u32 *level)
{
	struct upid number = {};

	*level = BPF_CORE_READ(pid, level) & 31;
	bpf_probe_read_kernel(&number, sizeof(number), (void *)pid + bpf_core_field_offset(struct pid, numbers) + *level * bpf_core_type_size(struct upid));
	return number;
}

static __always_inline u32 innermost(struct pid *pid)
{
	u32 level;

	return innermost_of(pid, &level).nr;
}

static __always_inline u32 outermost(struct pid *pid)
{
	struct upid number = {};

	bpf_probe_read_kernel(&number, sizeof(number), (void *)pid + bpf_core_field_offset(struct pid, numbers));
	return number.nr;
}

// When the first process of a task's own pid namespace started. Each namespace numbers it 1.
static __always_inline u64 namespace_start_of(struct task_struct *task)
{
	u32 level;
	struct upid number = innermost_of(BPF_CORE_READ(task, thread_pid), &level);

	return level ? BPF_CORE_READ(number.ns, child_reaper, start_boottime) : 0;
}

static __always_inline void fill_task(struct task *out, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct tty_struct *tty = BPF_CORE_READ(signal, tty);
	struct pid *group, *session;

	out->parent_tgid = BPF_CORE_READ(task, real_parent, tgid);
	out->parent_tid = BPF_CORE_READ(task, real_parent, pid);
	out->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	out->uid = BPF_CORE_READ(cred, uid.val);
	out->gid = BPF_CORE_READ(cred, gid.val);
	out->euid = BPF_CORE_READ(cred, euid.val);
	out->egid = BPF_CORE_READ(cred, egid.val);
	// Without CONFIG_AUDITSYSCALL there is no such member, and nobody has logged in as far as the kernel knows.
	out->login_uid = (u32)-1;
	if (bpf_core_field_exists(task->loginuid))
		out->login_uid = BPF_CORE_READ(task, loginuid.val);
	out->virtual_tid = innermost(BPF_CORE_READ(task, thread_pid));
	out->virtual_tgid = innermost(BPF_CORE_READ(task, group_leader, thread_pid));
	group = BPF_CORE_READ(signal, pids[PIDTYPE_PGID]);
	session = BPF_CORE_READ(signal, pids[PIDTYPE_SID]);
	out->virtual_group = innermost(group);
	out->group = outermost(group);
	out->session = outermost(session);
	out->tty = 0;
	if (tty)
		out->tty = BPF_CORE_READ(tty, driver, major) << 20 | (BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index));
	out->pid_ns = BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum);
	out->mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	out->capabilities_inheritable = BPF_CORE_READ(cred, cap_inheritable.val);
	out->capabilities_permitted = BPF_CORE_READ(cred, cap_permitted.val);
	out->capabilities_effective = BPF_CORE_READ(cred, cap_effective.val);
	out->stdio = stdio_of(task, 0) | stdio_of(task, 1) << 4 | stdio_of(task, 2) << 8;
	bpf_probe_read_kernel(out->command, sizeof(out->command), (void *)task + bpf_core_field_offset(struct task_struct, comm));
	out->unused = 0;
	out->pid_ns_start_ns = namespace_start_of(task);
}

// Since Linux 6.13 the highest bits say that somebody asked (include/linux/fs.h, I_CTIME_QUERIED).
#define NANOSECONDS 0x3fffffff

static __always_inline u64 nanoseconds(s64 seconds, u64 rest)
{
	return seconds * 1000000000ULL + (rest & NANOSECONDS);
}

ALONE int write_times(struct buffer *buffer, address inode_at)
{
	struct inode *inode = (void *)inode_at;
	struct inode___hidden *hidden = (void *)inode_at;
	struct inode___plain *plain = (void *)inode_at;
	struct times times = {};
	u32 start;

	if (!buffer)
		return 0;
	if (bpf_core_field_exists(inode->i_ctime_sec))
		times.changed = nanoseconds(BPF_CORE_READ(inode, i_ctime_sec), BPF_CORE_READ(inode, i_ctime_nsec));
	else if (bpf_core_field_exists(hidden->__i_ctime))
		times.changed = nanoseconds(BPF_CORE_READ(hidden, __i_ctime.tv_sec), BPF_CORE_READ(hidden, __i_ctime.tv_nsec));
	else
		times.changed = nanoseconds(BPF_CORE_READ(plain, i_ctime.tv_sec), BPF_CORE_READ(plain, i_ctime.tv_nsec));
	if (bpf_core_field_exists(inode->i_mtime_sec))
		times.modified = nanoseconds(BPF_CORE_READ(inode, i_mtime_sec), BPF_CORE_READ(inode, i_mtime_nsec));
	else if (bpf_core_field_exists(hidden->__i_mtime))
		times.modified = nanoseconds(BPF_CORE_READ(hidden, __i_mtime.tv_sec), BPF_CORE_READ(hidden, __i_mtime.tv_nsec));
	else
		times.modified = nanoseconds(BPF_CORE_READ(plain, i_mtime.tv_sec), BPF_CORE_READ(plain, i_mtime.tv_nsec));
	start = part_begin(buffer);
	__builtin_memcpy(place(buffer, start), &times, sizeof(times));
	part_end(buffer, TAG_TIMES, start + sizeof(times));
	return 0;
}

ALONE int write_task(struct buffer *buffer, address task_at, u16 tag)
{
	struct task_struct *task = (void *)task_at;
	u32 start;

	if (!buffer)
		return 0;
	start = part_begin(buffer);
	fill_task(place(buffer, start), task);
	part_end(buffer, tag, start + sizeof(struct task));
	return 0;
}

// The name of the leaf of a task's group of the pids controller (version 1) or of the unified hierarchy: engines put the id of the
// container there, so the record needs no look-up.
ALONE int write_cgroup_name(struct buffer *buffer, address task_at)
{
	struct task_struct *task = (void *)task_at;
	u32 start;
	long length;
	const char *name = NULL;
	struct cgroup_subsys_state *state = NULL;
	int index = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	struct css_set *set = BPF_CORE_READ(task, cgroups);

	if (!buffer)
		return 0;
	bpf_probe_read_kernel(&state, sizeof(state), (void *)set + bpf_core_field_offset(struct css_set, subsys) + index * sizeof(void *));
	if (state)
		name = BPF_CORE_READ(state, cgroup, kn, name);
	start = part_begin(buffer);
	length = bpf_probe_read_kernel_str(place(buffer, start), NAME_PIECE_MAX, name);
	if (length <= 1) {
		name = BPF_CORE_READ(set, dfl_cgrp, kn, name);
		length = bpf_probe_read_kernel_str(place(buffer, start), NAME_PIECE_MAX, name);
	}
	if (length > 0 && length <= NAME_PIECE_MAX)
		part_end(buffer, TAG_CGROUP_NAME, start + length - 1);
	return 0;
}
