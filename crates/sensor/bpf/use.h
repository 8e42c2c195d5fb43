// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// What programs of containers use: files mapped for execution, told once for a while; system calls and capabilities, kept as
// bits by group and read by user space when it wants.
#pragma once
#include "life.h"

// How long a file that was told is only counted.
#define TOLD_FOR_NS 60000000000ULL
#define CALL_NUMBERS 512

const volatile u32 tell_use = 0;

struct used_key {
	u64 cgroup;
	u64 inode;
	u32 device;
	u32 unused;
};

struct used {
	u64 told_ns;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct used_key);
	__type(value, struct used);
} used_files SEC(".maps");

// What the programs of one container's group did. The name of the group tells the container.
struct learned {
	u64 calls[CALL_NUMBERS / 64];
	u64 capabilities;
	char name[88];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct learned);
} learned SEC(".maps");

// Groups of no container, so that a system call of the host costs one look.
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} ignored SEC(".maps");

// Run times work in the container's group before its first program: their mount namespace is still the host's, or they call
// themselves so and their file is not of the container's file system.
static __always_inline bool is_run_time(struct task_struct *task)
{
	char name[16] = {};
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	if (host_mnt_ns && BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum) == host_mnt_ns)
		return true;
	bpf_probe_read_kernel(name, sizeof(name), (void *)task + bpf_core_field_offset(struct task_struct, comm));
	if (name[0] != 'r' || name[1] != 'u' || name[2] != 'n' || name[3] != 'c' || name[4] != ':')
		return false;
	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return true;
	return BPF_CORE_READ(inode, i_sb) != BPF_CORE_READ(task, fs, root.dentry, d_inode, i_sb);
}

// A file that came with the image was mapped for execution.
static __always_inline int on_use(struct task_struct *task, struct file *file, u64 cgroup)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct used_key key = { .cgroup = cgroup };
	struct used *known, fresh = { .told_ns = bpf_ktime_get_boot_ns(), .count = 0 };
	struct buffer *buffer;
	u64 count = 1;

	key.inode = BPF_CORE_READ(inode, i_ino);
	key.device = BPF_CORE_READ(inode, i_sb, s_dev);
	known = bpf_map_lookup_elem(&used_files, &key);
	if (known) {
		known->count += 1;
		if (fresh.told_ns - known->told_ns < TOLD_FOR_NS)
			return 0;
		count = known->count;
		known->count = 0;
		known->told_ns = fresh.told_ns;
	} else {
		if (!is_in_container(task) || is_run_time(task))
			return 0;
		bpf_map_update_elem(&used_files, &key, &fresh, BPF_ANY);
	}
	buffer = begin(KIND_USED, cgroup);
	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->result = count;
	write_file_part(buffer, TAG_FILE, file, task);
	write_cgroup_name(buffer, (address)task);
	commit(buffer, false);
	return 0;
}

// By the group of the pids controller, which engines make for each container under either version of control groups.
static __always_inline struct learned *learned_of(struct task_struct *task)
{
	struct cgroup_subsys_state *state = NULL;
	int index = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct learned *known, fresh = {};
	u32 one = 1;
	u64 group;

	bpf_probe_read_kernel(&state, sizeof(state), (void *)set + bpf_core_field_offset(struct css_set, subsys) + index * sizeof(void *));
	if (!state)
		return NULL;
	group = BPF_CORE_READ(state, cgroup, kn, id);
	if (bpf_map_lookup_elem(&ignored, &group))
		return NULL;
	known = bpf_map_lookup_elem(&learned, &group);
	if (known)
		return known;
	if (!is_in_container(task)) {
		bpf_map_update_elem(&ignored, &group, &one, BPF_ANY);
		return NULL;
	}
	bpf_probe_read_kernel_str(fresh.name, sizeof(fresh.name), BPF_CORE_READ(state, cgroup, kn, name));
	bpf_map_update_elem(&learned, &group, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&learned, &group);
}

SEC("raw_tracepoint/sys_enter")
int on_enter(u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 number = ctx[1], bit = 1ULL << (number & 63);
	struct learned *known = learned_of(task);
	u64 *word;

	if (!known || number >= CALL_NUMBERS)
		return 0;
	word = &known->calls[(number >> 6) & (CALL_NUMBERS / 64 - 1)];
	if (*word & bit || is_run_time(task))
		return 0;
	__sync_fetch_and_or(word, bit);
	return 0;
}

// include/trace/events/capability.h: credentials, namespace asked for, namespace that has it, capability, answer.
SEC("raw_tracepoint/cap_capable")
int on_capable(u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 bit = 1ULL << (ctx[3] & 63);
	struct learned *known;

	if ((int)ctx[4])
		return 0;
	known = learned_of(task);
	if (!known || known->capabilities & bit || is_run_time(task))
		return 0;
	__sync_fetch_and_or(&known->capabilities, bit);
	return 0;
}

// The loader of a dynamic program is mapped by the kernel itself, so no system call tells of it. Where it lies stands in the
// vector that programs get at their start (getauxval(3), AT_BASE).
#define AUXILIARY_MAX 24
#define AUXILIARY_BASE 7

struct loader {
	struct file *file;
};

static long on_loader_area(struct task_struct *task, struct vm_area_struct *area, struct loader *out)
{
	out->file = BPF_CORE_READ(area, vm_file);
	return 0;
}

// include/linux/fs.h: the file is that of a layer, opened for an overlay. What a program maps is such a file.
#define FMODE_BACKING 0x2000000

// The loader, by the path that programs see.
ALONE int write_behind(struct buffer *buffer, address file_at, address task_at)
{
	struct file *file = (void *)file_at;
	struct backing_file *backing = (void *)file_at;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct file_head *head;
	address path = file_at + bpf_core_field_offset(struct file, f_path);
	u32 start;
	int end;

	if (!buffer)
		return 0;
	start = part_begin(buffer);
	if (start > RECORD_MAX - NAME_PIECE_MAX)
		return 0;
	head = place(buffer, start);
	__builtin_memset(head, 0, sizeof(*head));
	head->inode = BPF_CORE_READ(inode, i_ino);
	head->links = BPF_CORE_READ(inode, i_nlink);
	head->mode = BPF_CORE_READ(inode, i_mode);
	if (BPF_CORE_READ(file, f_mode) & FMODE_BACKING && bpf_core_field_exists(backing->user_path))
		path = file_at + bpf_core_field_offset(struct backing_file, user_path);
	end = write_path(buffer, start + sizeof(*head), path, task_at);
	if (end < 0) {
		head = place(buffer, start);
		head->flags |= FILE_OUTSIDE_ROOT;
		end = -end;
	}
	if (end)
		part_end(buffer, TAG_LOADER, end);
	return 0;
}

static __always_inline void write_loader(struct buffer *buffer, struct task_struct *task, struct mm_struct *mm)
{
	struct loader loader = {};
	u64 base = 0;

	for (int n = 0; n < AUXILIARY_MAX; n++) {
		u64 pair[2] = {};

		bpf_probe_read_kernel(pair, sizeof(pair), (void *)mm + bpf_core_field_offset(struct mm_struct, saved_auxv) + n * sizeof(pair));
		if (!pair[0])
			break;
		if (pair[0] == AUXILIARY_BASE) {
			base = pair[1];
			break;
		}
	}
	if (!base)
		return;
	bpf_find_vma(bpf_get_current_task_btf(), base, on_loader_area, &loader, 0);
	if (loader.file)
		write_behind(buffer, (address)loader.file, (address)task);
}
