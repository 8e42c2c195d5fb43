// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// What a record in the ring looks like. `crates/sensor/src/record.rs` reads it; a test compares both.
#pragma once
#include "kernel.h"

// Kinds of records.
enum kind {
	KIND_EXEC = 1,
	KIND_FORK = 2,
	KIND_EXIT = 3,
	KIND_SYSCALL = 4,
	KIND_CGROUP_MAKE = 5,
	KIND_CGROUP_REMOVE = 6,
	KIND_CGROUP_ATTACH = 7,
	KIND_URING = 8,
	KIND_TASK = 9,
	KIND_DENIED = 10,
	KIND_USED = 11,
	KIND_SOCKET = 12,
	KINDS = 16,
};

// Host byte order, no padding.
struct header {
	u32 length; // of the whole record, parts included
	u16 kind;
	u16 cpu;
	u64 time_ns; // CLOCK_BOOTTIME
	u32 tgid;
	u32 tid;
	u64 cgroup; // of the unified hierarchy
	s64 result; // of a system call; of an exit: the exit code; of a socket: the number of the call that asked
	u32 number; // of the system call, of the opcode, of the state that a socket has now; of an exit: who takes over the children
	u32 flags;
};

// A part is a tag, a length, and that many bytes. Tags 0 to 5 are the arguments of a system call; DESCRIPTOR + n says what
// argument n, a descriptor, refers to.
struct part {
	u16 tag;
	u16 length;
};

enum tag {
	TAG_DESCRIPTOR = 8,
	TAG_TASK = 16,
	TAG_ARGUMENTS = 17,
	TAG_ENVIRONMENT = 18,
	TAG_FILENAME = 19,
	TAG_EXECUTABLE = 20,
	TAG_DIRECTORY = 21,
	TAG_CGROUP_NAME = 22,
	TAG_CGROUP_PATH = 23,
	TAG_INTERPRETER = 24,
	TAG_FILE = 25,
	TAG_SOCKET = 26,
	TAG_CHILD = 27,
	TAG_LOADER = 28,
	TAG_TIMES = 29,
};

enum file_flags {
	FILE_OVERLAY_UPPER = 1 << 0,
	FILE_OVERLAY_LOWER = 1 << 1,
	FILE_UNLINKED = 1 << 2,
	FILE_MEMORY = 1 << 3, // memfd: a file of the kernel's own tmpfs, never linked
	FILE_OUTSIDE_ROOT = 1 << 4,
	FILE_SCRATCH = 1 << 5, // a plain file of a tmpfs: no image brings one
};

// What a task is; TAG_TASK.
struct task {
	u32 parent_tgid;
	u32 parent_tid;
	u64 start_ns;
	u32 uid, gid, euid, egid;
	u32 login_uid;
	u32 virtual_tid, virtual_tgid, virtual_group;
	u32 group, session;
	u32 tty; // major << 20 | minor, or 0
	u32 pid_ns, mnt_ns;
	u64 capabilities_inheritable, capabilities_permitted, capabilities_effective;
	u32 stdio; // four bits each for 0, 1, 2: enum stdio
	char command[16];
	u32 unused;
	u64 pid_ns_start_ns; // when the first process of its pid namespace started; of the host's: 0
};

// When the executable of a process was changed last: nanoseconds since 1970; TAG_TIMES.
struct times {
	u64 changed; // the inode
	u64 modified; // the content
};

enum stdio {
	STDIO_CLOSED = 0,
	STDIO_OTHER = 1,
	STDIO_FILE = 2,
	STDIO_PIPE = 3,
	STDIO_SOCKET_INET = 4,
	STDIO_SOCKET_UNIX = 5,
	STDIO_TERMINAL = 6,
	STDIO_SOCKET_OTHER = 7,
};

// A file without its path; first bytes of TAG_EXECUTABLE, TAG_DIRECTORY and TAG_FILE, whose rest is the path, last
// component first, each ended by a zero byte.
struct file_head {
	u64 inode;
	u32 device;
	u32 links;
	u32 mode;
	u32 flags;
	u32 uid;
	u32 open_flags;
};

// A socket; TAG_SOCKET and what stands for a socket in DESCRIPTOR + n. The rest is the path of a socket of family AF_UNIX,
// first that of the socket's own address, then that of its peer, each ended by a zero byte.
struct socket_head {
	u16 family, type, protocol, state;
	u16 local_port, remote_port; // host byte order
	u32 unused;
	u8 local[16], remote[16];
};

enum descriptor_kind {
	DESCRIPTOR_NONE = 0,
	DESCRIPTOR_FILE = 1, // file_head and path follow
	DESCRIPTOR_SOCKET = 2, // socket_head follows
};

// How an argument of a system call is written; `struct call`.
enum form {
	FORM_NONE = 0,
	FORM_NUMBER = 1,
	FORM_PATH = 2, // text in user memory
	FORM_ADDRESS = 3, // sockaddr in user memory; its length is the next argument
	FORM_BYTES = 4, // buffer in user memory; its length is the next argument, or the result if that is less
	FORM_DESCRIPTOR = 5, // a number, and what it refers to
	FORM_STRINGS = 6, // argv in user memory
	FORM_ADDRESS_OUT = 7, // sockaddr; its length is where the next argument points
	FORM_PAIR = 8, // two int in user memory
	FORM_MESSAGE = 9, // struct msghdr in user memory: its address
	FORM_WORDS = 10, // 24 bytes of a structure in user memory
	FORM_DIRECTORY = 11, // descriptor of a directory, told when it is not AT_FDCWD
};

struct call {
	u8 forms[6];
	u8 flags;
	u8 family; // enum family
	u64 told; // of each combination whether it is told
	u8 first, second; // arguments that the family looks at
	u8 unused[6];
};

enum call_flags {
	CALL_ON_SUCCESS = 1 << 0, // told only when it did not fail
	CALL_RESULT_DESCRIPTOR = 1 << 1, // the result is a new descriptor: say what it refers to
	CALL_URGENT = 1 << 2, // the reader is woken
	CALL_ON_FAILURE = 1 << 3, // told only when it failed: a hook of its own tells success
};

// What is to be done in a cgroup; values of map `policies`.
enum policy {
	POLICY_IGNORE = 1 << 0,
	POLICY_KILL_DRIFT = 1 << 1,
	POLICY_KILL_DRIFT_MAPPED = 1 << 2,
	POLICY_DRY_RUN = 1 << 3,
};

enum denied {
	DENIED_EXEC = 1,
	DENIED_MAP = 2,
	DENIED_KILLED = 1 << 8,
};
