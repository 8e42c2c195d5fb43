// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// System calls. One program for all of them: it is attached to the exit tracepoint of each call that rules ask for, and a
// table that user space fills says how to write the arguments.
#pragma once
#include "exec.h"
#include "filter.h"

#define CALLS_MAX 512

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CALLS_MAX);
	__type(key, u32);
	__type(value, struct call);
} calls SEC(".maps");

// How many bytes of a buffer are kept, as other sensors do by default.
const volatile u32 bytes_max = 80;

#define TEXT_MAX 1024
#define STRINGS_MAX 24
#define ADDRESS_MAX 128
#define AT_FDCWD_LOW ((u32)-100)

// /sys/kernel/tracing/events/syscalls/sys_exit_*/format: the same for every call.
struct exit_context {
	u64 common;
	int number;
	int unused;
	long result;
};

// arch/arm64/include/asm/ptrace.h: the first argument is kept apart, because the result takes its register.
struct pt_regs___arm64 {
	u64 regs[31];
	u64 orig_x0;
} __attribute__((preserve_access_index));

// The kernel says of these registers what they are, so that they are read without a helper.
static __always_inline void read_arguments(struct arguments *out)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
	struct pt_regs___arm64 *arm = (void *)regs;

	if (bpf_core_field_exists(arm->orig_x0)) {
		out->values[0] = arm->orig_x0;
		out->values[1] = arm->regs[1];
		out->values[2] = arm->regs[2];
		out->values[3] = arm->regs[3];
		out->values[4] = arm->regs[4];
		out->values[5] = arm->regs[5];
		return;
	}
	out->values[0] = regs->di;
	out->values[1] = regs->si;
	out->values[2] = regs->dx;
	out->values[3] = regs->r10;
	out->values[4] = regs->r8;
	out->values[5] = regs->r9;
}

static __always_inline void write_text(struct buffer *buffer, u16 tag, const void *text)
{
	u32 start = part_begin(buffer);
	long length = bpf_probe_read_user_str(place(buffer, start), TEXT_MAX, text);

	if (length > 0 && length <= TEXT_MAX)
		part_end(buffer, tag, start + length - 1);
}

static __always_inline void write_bytes(struct buffer *buffer, u16 tag, const void *bytes, u64 length, u32 max)
{
	u32 start = part_begin(buffer);

	if (length > max)
		length = max;
	asm volatile("%0 &= 255" : "+r"(length));
	if (!bpf_probe_read_user(place(buffer, start), length, bytes))
		part_end(buffer, tag, start + length);
}

static __always_inline void write_strings(struct buffer *buffer, u16 tag, u64 list)
{
	u32 start = part_begin(buffer);
	u64 end = start;

	for (int n = 0; n < STRINGS_MAX; n++) {
		u64 text = 0;
		long length;

		if (bpf_probe_read_user(&text, sizeof(text), (void *)(list + n * 8)) || !text)
			break;
		if (end > RECORD_MAX - TEXT_MAX)
			break;
		length = bpf_probe_read_user_str(place(buffer, end), TEXT_MAX, (void *)text);
		if (length <= 0 || length > TEXT_MAX)
			break;
		end += length;
	}
	part_end(buffer, tag, end);
}

// include/linux/socket.h: `struct user_msghdr`.
struct message {
	u64 name;
	u32 name_length;
	u32 unused;
	u64 vectors;
	u64 vectors_count;
};

ALONE int write_argument(struct buffer *buffer, u32 form, u32 index, struct arguments *arguments)
{
	u64 value, next;

	if (!buffer || !arguments || index > 5)
		return 0;
	value = arguments->values[index];
	next = index < 5 ? arguments->values[index + 1] : 0;
	switch (form) {
	case FORM_NUMBER:
	case FORM_DIRECTORY:
	case FORM_DESCRIPTOR:
		part_number(buffer, index, value);
		break;
	case FORM_PATH:
		write_text(buffer, index, (void *)value);
		break;
	case FORM_STRINGS:
		write_strings(buffer, index, value);
		break;
	case FORM_ADDRESS:
		if (value && next <= ADDRESS_MAX)
			write_bytes(buffer, index, (void *)value, next, ADDRESS_MAX);
		break;
	case FORM_ADDRESS_OUT: {
		u32 length = 0;

		if (value && next && !bpf_probe_read_user(&length, sizeof(length), (void *)next))
			write_bytes(buffer, index, (void *)value, length, ADDRESS_MAX);
		break;
	}
	case FORM_BYTES:
		if (arguments->result > 0 && (u64)arguments->result < next)
			next = arguments->result;
		if (value && arguments->result >= 0)
			write_bytes(buffer, index, (void *)value, next, bytes_max);
		break;
	case FORM_PAIR:
		write_bytes(buffer, index, (void *)value, 8, 8);
		break;
	case FORM_WORDS:
		write_bytes(buffer, index, (void *)value, 24, 24);
		break;
	case FORM_MESSAGE: {
		struct message message;

		if (!bpf_probe_read_user(&message, sizeof(message), (void *)value) && message.name)
			write_bytes(buffer, index, (void *)message.name, message.name_length, ADDRESS_MAX);
		break;
	}
	}
	return 0;
}

// For a descriptor the number says little: what it refers to is told too.
ALONE int write_described(struct buffer *buffer, u32 descriptor, u32 tag, address task_at)
{
	u32 start;
	int end;

	if (!buffer)
		return 0;
	start = part_begin(buffer);
	if (start > RECORD_MAX - PIECE_MAX)
		return 0;
	end = write_descriptor(buffer, start, (void *)task_at, descriptor);
	if (end > 0)
		part_end(buffer, tag, end);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit")
int on_call(struct exit_context *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 number = ctx->number;
	struct call *call = bpf_map_lookup_elem(&calls, &number);
	struct arguments arguments = { .result = ctx->result };
	struct buffer *buffer;
	struct header *header;
	u64 cgroup;

	if (!call || ((call->flags & CALL_ON_SUCCESS) && ctx->result < 0) || ((call->flags & CALL_ON_FAILURE) && ctx->result >= 0))
		return 0;
	read_arguments(&arguments);
	cgroup = bpf_get_current_cgroup_id();
	if (!is_told(call, cgroup, &arguments) &&
	    !(watch_inodes && (call->flags & CALL_RESULT_DESCRIPTOR) && ctx->result >= 0 && is_watched_write(ctx->result)))
		return 0;
	buffer = begin(KIND_SYSCALL, cgroup);
	if (!buffer)
		return 0;
	header = (struct header *)buffer->bytes;
	header->result = ctx->result;
	header->number = number;
	for (u32 n = 0; n < 6; n++) {
		u32 form = call->forms[n];

		if (form == FORM_NONE)
			break;
		write_argument(buffer, form, n, &arguments);
		if (form == FORM_DESCRIPTOR || (form == FORM_DIRECTORY && (u32)arguments.values[n] != AT_FDCWD_LOW))
			write_described(buffer, arguments.values[n], TAG_DESCRIPTOR + n, (address)task);
	}
	if ((call->flags & CALL_RESULT_DESCRIPTOR) && ctx->result >= 0)
		write_described(buffer, ctx->result, TAG_DESCRIPTOR + 6, (address)task);
	commit(buffer, call->flags & CALL_URGENT);
	return 0;
}

// arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/mman-common.h.
#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20

struct enter_context {
	u64 common;
	int number;
	int unused;
	u64 arguments[6];
};

// A dropped file mapped for execution: by the loader, by a library preloaded or opened. The exec hook does not see these.
SEC("tracepoint/syscalls/sys_enter_mmap")
int on_map(struct enter_context *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 cgroup = bpf_get_current_cgroup_id();
	u32 policy, done;
	struct file *file;
	struct buffer *buffer;

	if (!(ctx->arguments[2] & PROT_EXEC) || (ctx->arguments[3] & MAP_ANONYMOUS))
		return 0;
	file = file_of(task, ctx->arguments[4]);
	if (!file)
		return 0;
	policy = policy_of(cgroup);
	done = enforce(policy, POLICY_KILL_DRIFT_MAPPED, task, file, DENIED_MAP);
	if (!done && !is_drift(drift_flags(file)))
		return tell_use ? on_use(task, file, cgroup) : 0;
	buffer = begin(KIND_DENIED, cgroup);
	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->flags = done;
	((struct header *)buffer->bytes)->number = DENIED_MAP;
	write_file_part(buffer, TAG_FILE, file, task);
	commit(buffer, true);
	return 0;
}
