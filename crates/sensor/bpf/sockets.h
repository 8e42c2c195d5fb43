// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// States of TCP sockets: who begins to connect or to listen, however it was asked for, and what became of it.
#pragma once
#include "calls.h"

// include/net/tcp_states.h
enum { TCP_SYN_SENT = 2, TCP_LISTEN = 10 };
// include/linux/sched.h: a thread of the kernel that works for an io_uring.
#define PF_IO_WORKER 0x10
#define CALL_IO_URING_ENTER 426

struct caller {
	u64 ids;
	u64 cgroup;
	s64 call;
};

// The answer of the other side comes while any task runs: who asked is remembered by the address of the socket.
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct caller);
} callers SEC(".maps");

// arch/arm64/include/asm/ptrace.h
struct pt_regs___arm64_call {
	s32 syscallno;
} __attribute__((preserve_access_index));

// The system call that the current task is in.
static __always_inline s64 call_number(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
	struct pt_regs___arm64_call *arm = (void *)regs;

	return bpf_core_field_exists(arm->syscallno) ? arm->syscallno : (s64)regs->orig_ax;
}

SEC("raw_tracepoint/inet_sock_set_state")
int on_socket_state(u64 *ctx)
{
	u64 socket = ctx[0];
	u32 before = ctx[1], after = ctx[2], start;
	struct task_struct *task = (void *)bpf_get_current_task();
	struct caller caller = {}, *kept;
	struct buffer *buffer;
	int end;

	if (after == TCP_SYN_SENT || after == TCP_LISTEN) {
		caller.ids = bpf_get_current_pid_tgid();
		caller.cgroup = cgroup_of(task);
		caller.call = BPF_CORE_READ(task, flags) & PF_IO_WORKER ? CALL_IO_URING_ENTER : call_number();
		if (after == TCP_SYN_SENT)
			bpf_map_update_elem(&callers, &socket, &caller, BPF_ANY);
	} else if (before == TCP_SYN_SENT) {
		kept = bpf_map_lookup_elem(&callers, &socket);
		if (!kept)
			return 0;
		caller = *kept;
		bpf_map_delete_elem(&callers, &socket);
	} else {
		return 0;
	}
	buffer = begin_of(KIND_SOCKET, caller.cgroup, caller.ids);
	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->number = after;
	((struct header *)buffer->bytes)->flags = before << 16;
	((struct header *)buffer->bytes)->result = caller.call;
	start = part_begin(buffer);
	end = write_socket(buffer, start, socket);
	if (end > 0)
		part_end(buffer, TAG_SOCKET, end);
	commit(buffer, false);
	return 0;
}
