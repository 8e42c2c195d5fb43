// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// Processes and groups: what starts, what ends, what a process becomes.
#pragma once
#include "task.h"

// Copies user memory between two addresses, at most PIECE_MAX - 1 bytes.
static __always_inline void write_user(struct buffer *buffer, u16 tag, unsigned long from, unsigned long to)
{
	u32 start = part_begin(buffer);
	u64 length = to - from;

	if (to <= from)
		return;
	if (length > PIECE_MAX - 1)
		length = PIECE_MAX - 1;
	asm volatile("%0 &= %1" : "+r"(length) : "i"(PIECE_MAX - 1));
	if (!bpf_probe_read_user(place(buffer, start), length, (void *)from))
		part_end(buffer, tag, start + length);
}

static __always_inline void write_kernel_text(struct buffer *buffer, u16 tag, const char *text)
{
	u32 start = part_begin(buffer);
	long length = bpf_probe_read_kernel_str(place(buffer, start), PIECE_MAX, text);

	if (length > 0 && length <= PIECE_MAX)
		part_end(buffer, tag, start + length - 1);
}

static __always_inline void write_file_part(struct buffer *buffer, u16 tag, struct file *file, struct task_struct *task)
{
	u32 start = part_begin(buffer);
	int end = write_file(buffer, start, (address)file, (address)task);

	if (end > 0)
		part_end(buffer, tag, end);
}

// Where a process stands: a file_head without a file, and the path.
ALONE int write_directory(struct buffer *buffer, address task_at)
{
	struct task_struct *task = (void *)task_at;
	struct file_head *head;
	u32 start;
	int end;
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (!buffer)
		return 0;
	start = part_begin(buffer);
	if (start > RECORD_MAX - NAME_PIECE_MAX)
		return 0;
	head = place(buffer, start);
	__builtin_memset(head, 0, sizeof(*head));
	head->inode = BPF_CORE_READ(fs, pwd.dentry, d_inode, i_ino);
	head->device = BPF_CORE_READ(fs, pwd.dentry, d_inode, i_sb, s_dev);
	end = write_path(buffer, start + sizeof(*head), (address)fs + bpf_core_field_offset(struct fs_struct, pwd), task_at);
	if (end < 0) {
		head = place(buffer, start);
		head->flags |= FILE_OUTSIDE_ROOT;
		end = -end;
	}
	if (end)
		part_end(buffer, TAG_DIRECTORY, end);
	return 0;
}

// An executable that did not come with the image: a file of the upper layer of an overlay, one without a name, or one of a tmpfs,
// as the /dev of every container is.
static __always_inline bool is_drift(u32 flags)
{
	return flags & (FILE_OVERLAY_UPPER | FILE_UNLINKED | FILE_MEMORY | FILE_SCRATCH);
}

static __always_inline u32 drift_flags(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);
	u32 flags = 0;

	// Devices lie there too: who maps /dev/zero runs nothing of it.
	if (magic == TMPFS_MAGIC && (BPF_CORE_READ(inode, i_mode) & 0170000) == 0100000)
		flags |= FILE_SCRATCH;
	if (magic == OVERLAYFS_SUPER_MAGIC) {
		struct ovl_inode *overlay = (void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);

		if (BPF_CORE_READ(overlay, __upperdentry))
			flags |= FILE_OVERLAY_UPPER;
	}
	if (!BPF_CORE_READ(inode, i_nlink))
		flags |= FILE_UNLINKED;
	return flags;
}

// Whether a task is in a group that an engine made for a container: its name is 64 hexadecimal digits, or begins as the groups of
// engines under systemd do.
static __always_inline bool is_in_container(struct task_struct *task)
{
	char name[80] = {};
	struct cgroup_subsys_state *state = NULL;
	int index = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	long length;

	bpf_probe_read_kernel(&state, sizeof(state), (void *)set + bpf_core_field_offset(struct css_set, subsys) + index * sizeof(void *));
	if (!state)
		return false;
	length = bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(state, cgroup, kn, name));
	if (length == 65)
		return true;
	return length > 65 && (name[0] == 'd' || name[0] == 'c' || name[0] == 'l') && (name[6] == '-' || name[3] == '-');
}

// Ends the calling process before it returns to user space, when the policy of its group says so. Returns what was
// done, for `header.flags`.
static __always_inline u32 enforce(u32 policy, u32 wanted, struct task_struct *task, struct file *file, u32 reason)
{
	if (!((policy | container_policy) & wanted) || !is_drift(drift_flags(file)))
		return 0;
	if (!policy && is_in_container(task))
		policy = container_policy;
	if (!(policy & wanted))
		return 0;
	// Run times execute a sealed copy of themselves in memory before they enter the container.
	if (host_mnt_ns && BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) == host_mnt_ns)
		return 0;
	if (policy & POLICY_DRY_RUN)
		return reason;
	return bpf_send_signal(9) ? reason : reason | DENIED_KILLED;
}

SEC("raw_tracepoint/sched_process_fork")
int on_fork(u64 *ctx)
{
	struct task_struct *child = (void *)ctx[1];
	struct buffer *buffer = begin(KIND_FORK, cgroup_of(child));

	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->result = BPF_CORE_READ(child, pid);
	((struct header *)buffer->bytes)->number = BPF_CORE_READ(child, tgid);
	write_task(buffer, (address)child, TAG_TASK);
	write_cgroup_name(buffer, (address)child);
	commit(buffer, false);
	return 0;
}

// How far up a process is looked for that takes in orphans.
#define ANCESTORS_MAX 32

// Who becomes the parent of the children of a process that ends: the nearest ancestor in its namespace that asked for orphans
// (PR_SET_CHILD_SUBREAPER), else the first process of the namespace (kernel/exit.c, find_new_reaper). 0 without
// children, and while other threads of it live: one of them has the children then.
ALONE int reaper_of(address task_at)
{
	struct task_struct *task = (void *)task_at;
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct task_struct *ancestor = task;
	u32 level, other;
	struct upid number = innermost_of(BPF_CORE_READ(task, thread_pid), &level);

	if (BPF_CORE_READ(signal, live.counter) > 0)
		return 0;
	if (BPF_CORE_READ(task, children.next) == (void *)task + bpf_core_field_offset(struct task_struct, children))
		return 0;
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper)) {
		for (int i = 0; i < ANCESTORS_MAX; i++) {
			ancestor = BPF_CORE_READ(ancestor, real_parent);
			if (!ancestor || BPF_CORE_READ(ancestor, tgid) <= 1)
				break;
			innermost_of(BPF_CORE_READ(ancestor, thread_pid), &other);
			if (other != level)
				break;
			signal = BPF_CORE_READ(ancestor, signal);
			if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper))
				return BPF_CORE_READ(ancestor, tgid);
		}
	}
	return BPF_CORE_READ(number.ns, child_reaper, tgid);
}

SEC("raw_tracepoint/sched_process_exit")
int on_exit(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct buffer *buffer = begin(KIND_EXIT, cgroup_of(task));

	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->result = BPF_CORE_READ(task, exit_code);
	((struct header *)buffer->bytes)->number = reaper_of((address)task);
	commit(buffer, false);
	return 0;
}

static __always_inline int on_cgroup(u32 kind, struct cgroup *cgroup, const char *path)
{
	struct buffer *buffer = begin(kind, BPF_CORE_READ(cgroup, kn, id));

	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->number = BPF_CORE_READ(cgroup, level);
	write_kernel_text(buffer, TAG_CGROUP_PATH, path);
	commit(buffer, true);
	return 0;
}

SEC("raw_tracepoint/cgroup_mkdir")
int on_cgroup_mkdir(u64 *ctx)
{
	return on_cgroup(KIND_CGROUP_MAKE, (void *)ctx[0], (void *)ctx[1]);
}

SEC("raw_tracepoint/cgroup_rmdir")
int on_cgroup_rmdir(u64 *ctx)
{
	struct cgroup *cgroup = (void *)ctx[0];
	u64 id = BPF_CORE_READ(cgroup, kn, id);

	// Numbers of groups are not given again; the table has a limit.
	bpf_map_delete_elem(&policies, &id);
	return on_cgroup(KIND_CGROUP_REMOVE, cgroup, (void *)ctx[1]);
}

SEC("raw_tracepoint/cgroup_attach_task")
int on_cgroup_attach(u64 *ctx)
{
	struct cgroup *cgroup = (void *)ctx[0];
	struct task_struct *task = (void *)ctx[2];
	struct buffer *buffer = begin(KIND_CGROUP_ATTACH, BPF_CORE_READ(cgroup, kn, id));

	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->result = BPF_CORE_READ(task, pid);
	write_kernel_text(buffer, TAG_CGROUP_PATH, (void *)ctx[1]);
	commit(buffer, true);
	return 0;
}

SEC("raw_tracepoint/io_uring_submit_req")
int on_uring(u64 *ctx)
{
	struct io_kiocb *request = (void *)ctx[0];
	struct task_struct *task = (void *)bpf_get_current_task();
	struct buffer *buffer = begin(KIND_URING, cgroup_of(task));
	struct file *file;

	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->number = BPF_CORE_READ(request, opcode);
	file = BPF_CORE_READ(request, file);
	if (file) {
		u32 start = part_begin(buffer);
		int end;

		if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFSOCK) {
			end = write_socket(buffer, start, (address)sock_of(file));
			if (end > 0)
				part_end(buffer, TAG_SOCKET, end);
		} else {
			end = write_file(buffer, start, (address)file, (address)task);
			if (end > 0)
				part_end(buffer, TAG_FILE, end);
		}
	}
	commit(buffer, false);
	return 0;
}
