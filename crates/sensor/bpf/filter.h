// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// Calls that no rule can be true for are not told. User space knows the rules: it says for each combination of what is known here
// whether such a call is wanted. `crates/sensor/src/filter.rs` numbers combinations the same way.
#pragma once
#include "life.h"

enum family {
	FAMILY_ALL = 0, // every call is told
	FAMILY_OPENS = 1, // `first` is the argument with the path, `second` that with the flags
	FAMILY_SOCKETS = 2, // `first` is the argument with the descriptor
	FAMILY_OTHERS = 3,
};

// Bits of the number of a combination.
enum combination {
	IS_FAILED = 1 << 0,
	IN_CONTAINER = 1 << 1,
	// Of opens.
	IS_WRITE = 1 << 2,
	IS_READ = 1 << 3,
	IS_CREATE = 1 << 4,
	HAS_PATH_PART = 1 << 5,
	// Of sockets.
	IS_TCP = 1 << 2,
	IS_UNIX = 1 << 3,
	IS_INTERNET = 1 << 4,
};

// Where a cgroup is; values of map `groups`. Both, or none, when it is not known.
enum group { GROUP_HOST = 1 << 0, GROUP_CONTAINER = 1 << 1 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u64);
	__type(value, u32);
} groups SEC(".maps");

// An automaton over the bytes of a path; row 1 is where a part was found.
struct row {
	u16 next[128];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct row);
} paths SEC(".maps");

// The row behind the first slash.
const volatile u32 paths_start = 0;

#define ROW_FOUND 1
#define BYTE_END 2
#define BYTE_OTHER 3
#define FILTER_PATH_MAX 256

struct path_text {
	u8 bytes[FILTER_PATH_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct path_text);
} path_texts SEC(".maps");

// Whether a path may have a part that a rule asks for: also when it is not absolute, too long, or directly below the root.
ALONE int has_path_part(u64 user)
{
	u32 zero = 0, state = paths_start, is_deep = 0;
	struct path_text *text = bpf_map_lookup_elem(&path_texts, &zero);
	struct row *row;
	long length;

	if (!text)
		return 1;
	length = bpf_probe_read_user_str(text->bytes, FILTER_PATH_MAX, (void *)user);
	if (length <= 1 || length >= FILTER_PATH_MAX || text->bytes[0] != '/')
		return 1;
	for (int n = 1; n < FILTER_PATH_MAX; n++) {
		u32 byte = text->bytes[n];

		if (!byte)
			break;
		// Without a branch, so that the verifier has one state an iteration.
		is_deep |= ((byte ^ '/') - 1) >> 31;
		if (byte <= BYTE_END || byte > 127)
			byte = BYTE_OTHER;
		row = bpf_map_lookup_elem(&paths, &state);
		if (!row)
			return 1;
		state = row->next[byte & 127];
		if (state == ROW_FOUND)
			return 1;
	}
	row = bpf_map_lookup_elem(&paths, &state);
	if (!row || row->next[BYTE_END] == ROW_FOUND)
		return 1;
	return !is_deep;
}

// Files that are told of whatever rules ask, when they are opened for writing, by any name.
struct inode_key {
	u64 inode;
	u64 device;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct inode_key);
	__type(value, u32);
} inodes SEC(".maps");

const volatile u32 watch_inodes = 0;

ALONE int is_watched_write(u32 descriptor)
{
	struct file *file = file_of((void *)bpf_get_current_task(), descriptor);
	struct inode_key key;
	struct inode *inode;

	if (!file || !(BPF_CORE_READ(file, f_flags) & 3))
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	key.inode = BPF_CORE_READ(inode, i_ino);
	key.device = BPF_CORE_READ(inode, i_sb, s_dev);
	return bpf_map_lookup_elem(&inodes, &key) != NULL;
}

static __always_inline bool is_told_in(u64 told, u32 bits, u32 group)
{
	if ((group & GROUP_HOST) && (told >> (bits & 63) & 1))
		return true;
	return (group & GROUP_CONTAINER) && (told >> ((bits | IN_CONTAINER) & 63) & 1);
}

// include/uapi/asm-generic/fcntl.h; O_TMPFILE without O_DIRECTORY, whose number differs between machines.
#define O_ACCMODE 3
#define O_CREAT 0100
#define O_TMPFILE_ALONE 020000000
#define IPPROTO_TCP 6

static __always_inline bool is_open_told(u64 told, u32 bits, u32 group, u64 path, u64 flags)
{
	u32 mode = flags & O_ACCMODE;

	if (mode)
		bits |= IS_WRITE;
	if (mode != 1)
		bits |= IS_READ;
	if (flags & (O_CREAT | O_TMPFILE_ALONE))
		bits |= IS_CREATE;
	if (is_told_in(told, bits, group))
		return true;
	return is_told_in(told, bits | HAS_PATH_PART, group) && has_path_part(path);
}

static __always_inline bool is_descriptor_told(u64 told, u32 bits, u32 group, u32 descriptor)
{
	struct file *file = file_of((void *)bpf_get_current_task(), descriptor);
	struct sock *sock;
	u16 family;

	if (!file)
		return true;
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFSOCK) {
		sock = sock_of(file);
		if (!sock)
			return true;
		family = BPF_CORE_READ(sock, __sk_common.skc_family);
		if (family == AF_UNIX)
			bits |= IS_UNIX;
		else if (family == AF_INET || family == AF_INET6)
			bits |= IS_INTERNET;
		else
			return true;
		if (BPF_CORE_READ(sock, sk_protocol) == IPPROTO_TCP)
			bits |= IS_TCP;
	}
	return is_told_in(told, bits, group);
}

static __always_inline bool is_told(struct call *call, u64 cgroup, struct arguments *arguments)
{
	u32 bits = arguments->result < 0 ? IS_FAILED : 0, *known = bpf_map_lookup_elem(&groups, &cgroup);
	u32 group = known ? *known : GROUP_HOST | GROUP_CONTAINER;
	u64 first, second;

	first = arguments->values[call->first < 6 ? call->first : 0];
	second = arguments->values[call->second < 6 ? call->second : 0];
	switch (call->family) {
	case FAMILY_OPENS:
		return is_open_told(call->told, bits, group, first, second);
	case FAMILY_SOCKETS:
		return is_descriptor_told(call->told, bits, group, first);
	case FAMILY_OTHERS:
		return is_told_in(call->told, bits, group);
	}
	return true;
}
