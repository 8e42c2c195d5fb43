// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// What a process becomes.
#pragma once
#include "use.h"

SEC("raw_tracepoint/sched_process_exec")
int on_exec(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct linux_binprm *program = (void *)ctx[2];
	struct file *file = BPF_CORE_READ(program, file);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u64 cgroup = cgroup_of(task);
	u32 done = enforce(policy_of(cgroup), POLICY_KILL_DRIFT, task, file, DENIED_EXEC);
	struct buffer *buffer = begin(KIND_EXEC, cgroup);

	if (!buffer)
		return 0;
	((struct header *)buffer->bytes)->flags = done;
	write_task(buffer, (address)task, TAG_TASK);
	write_user(buffer, TAG_ARGUMENTS, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end));
	write_kernel_text(buffer, TAG_FILENAME, BPF_CORE_READ(program, filename));
	write_kernel_text(buffer, TAG_INTERPRETER, BPF_CORE_READ(program, interp));
	write_file_part(buffer, TAG_EXECUTABLE, file, task);
	write_times(buffer, (address)BPF_CORE_READ(file, f_inode));
	if (tell_use && is_in_container(task))
		write_loader(buffer, task, mm);
	write_directory(buffer, (address)task);
	write_cgroup_name(buffer, (address)task);
	write_user(buffer, TAG_ENVIRONMENT, BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end));
	commit(buffer, true);
	return 0;
}
