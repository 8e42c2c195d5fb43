// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// What runs already when the sensor starts: one record a task, written to the reader of the iterator.
#pragma once
#include "calls.h"

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	u32 zero = 0;
	struct buffer *buffer;
	struct header *header;
	struct file *file;
	u64 length;

	if (!task)
		return 0;
	buffer = bpf_map_lookup_elem(&buffers, &zero);
	if (!buffer)
		return 0;
	header = (struct header *)buffer->bytes;
	// What is read from a map is a number for the verifier, as functions on their own want it.
	header->time_ns = (u64)task;
	task = (void *)*(volatile u64 *)&header->time_ns;
	__builtin_memset(header, 0, sizeof(*header));
	header->length = sizeof(*header);
	header->kind = KIND_TASK;
	header->time_ns = BPF_CORE_READ(task, start_boottime);
	header->tgid = BPF_CORE_READ(task, tgid);
	header->tid = BPF_CORE_READ(task, pid);
	header->cgroup = cgroup_of(task);
	write_task(buffer, (address)task, TAG_TASK);
	file = BPF_CORE_READ(task, mm, exe_file);
	if (file) {
		write_file_part(buffer, TAG_EXECUTABLE, file, task);
		write_times(buffer, (address)BPF_CORE_READ(file, f_inode));
	}
	write_directory(buffer, (address)task);
	write_cgroup_name(buffer, (address)task);
	length = header->length;
	if (length > RECORD_MAX)
		return 0;
	bpf_seq_write(seq, buffer->bytes, length);
	return 0;
}
