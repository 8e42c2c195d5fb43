// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// What a descriptor refers to: a file with its path, or a socket with its addresses. Read from the kernel's own
// tables when the call happens, so a lost record never leaves a descriptor unknown.
#pragma once
#include "path.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define UNIX_PATH_MAX 108

static __always_inline struct file *file_of(struct task_struct *task, u32 descriptor)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = NULL;

	if (!table || descriptor >= BPF_CORE_READ(table, max_fds))
		return NULL;
	files = BPF_CORE_READ(table, fd);
	if (bpf_probe_read_kernel(&file, sizeof(file), files + descriptor))
		return NULL;
	return file;
}

static __always_inline struct sock *sock_of(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);

	return BPF_CORE_READ(socket, sk);
}

static __always_inline u32 write_unix_name(struct buffer *buffer, u32 offset, struct sock *sock)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sock, addr);
	int length = address ? BPF_CORE_READ(address, len) : 0;
	u8 *out;

	// struct sockaddr_un is a family of two bytes and the path; a path that starts with a zero byte is an abstract name.
	if (length > 2 && length <= UNIX_PATH_MAX + 2 && offset <= RECORD_MAX - NAME_PIECE_MAX) {
		u32 bytes = (length - 2) & 127;

		out = place(buffer, offset);
		// The name follows the length (include/net/af_unix.h).
		bpf_probe_read_kernel(out, bytes, (void *)address + bpf_core_field_offset(struct unix_address, len) + sizeof(int) + 2);
		if (!out[0])
			out[0] = '@';
		offset += bytes;
	}
	out = place(buffer, offset);
	out[0] = 0;
	return offset + 1;
}

// Writes what a socket is; returns the offset behind.
ALONE int write_socket(struct buffer *buffer, u32 offset, address sock_at)
{
	struct sock *sock = (void *)sock_at;
	struct socket_head *head;

	if (!buffer || offset > RECORD_MAX - 2 * NAME_PIECE_MAX)
		return 0;
	head = place(buffer, offset);
	__builtin_memset(head, 0, sizeof(*head));
	head->family = BPF_CORE_READ(sock, __sk_common.skc_family);
	head->type = BPF_CORE_READ(sock, sk_type);
	head->protocol = BPF_CORE_READ(sock, sk_protocol);
	head->state = BPF_CORE_READ(sock, __sk_common.skc_state);
	if (head->family == AF_INET || head->family == AF_INET6) {
		head->local_port = BPF_CORE_READ(sock, __sk_common.skc_num);
		head->remote_port = __builtin_bswap16(BPF_CORE_READ(sock, __sk_common.skc_dport));
	}
	if (head->family == AF_INET) {
		u32 local = BPF_CORE_READ(sock, __sk_common.skc_rcv_saddr), remote = BPF_CORE_READ(sock, __sk_common.skc_daddr);

		__builtin_memcpy(head->local, &local, 4);
		__builtin_memcpy(head->remote, &remote, 4);
	} else if (head->family == AF_INET6) {
		bpf_probe_read_kernel(head->local, 16, (void *)sock + bpf_core_field_offset(struct sock_common, skc_v6_rcv_saddr));
		bpf_probe_read_kernel(head->remote, 16, (void *)sock + bpf_core_field_offset(struct sock_common, skc_v6_daddr));
	}
	offset += sizeof(*head);
	if (head->family == AF_UNIX) {
		offset = write_unix_name(buffer, offset, sock);
		offset = write_unix_name(buffer, offset, BPF_CORE_READ((struct unix_sock *)sock, peer));
	}
	return offset;
}

// Writes what a descriptor refers to: one byte of `enum descriptor_kind`, then that. Returns the offset behind.
static __always_inline u32 write_descriptor(struct buffer *buffer, u32 offset, struct task_struct *task, u32 descriptor)
{
	struct file *file = file_of(task, descriptor);
	u8 *kind = place(buffer, offset);

	*kind = DESCRIPTOR_NONE;
	if (!file)
		return offset + 1;
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFSOCK) {
		struct sock *sock = sock_of(file);

		if (!sock)
			return offset + 1;
		*kind = DESCRIPTOR_SOCKET;
		return write_socket(buffer, offset + 1, (address)sock);
	}
	*kind = DESCRIPTOR_FILE;
	return write_file(buffer, offset + 1, (address)file, (address)task);
}

static __always_inline u32 stdio_of(struct task_struct *task, u32 descriptor)
{
	struct file *file = file_of(task, descriptor);
	u32 mode;

	if (!file)
		return STDIO_CLOSED;
	mode = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
	if (mode == S_IFSOCK) {
		struct sock *sock = sock_of(file);
		u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);

		if (family == AF_INET || family == AF_INET6)
			return STDIO_SOCKET_INET;
		return family == AF_UNIX ? STDIO_SOCKET_UNIX : STDIO_SOCKET_OTHER;
	}
	if (mode == S_IFREG)
		return STDIO_FILE;
	if (mode == S_IFIFO)
		return STDIO_PIPE;
	if (mode == S_IFCHR) {
		// include/uapi/linux/major.h: 4 and 5 are terminals, 136 to 143 pseudo terminals.
		u32 major;
		struct inode *inode = BPF_CORE_READ(file, f_inode);
		u32 device = BPF_CORE_READ(inode, i_rdev);

		major = device >> 20;
		if (major == 4 || major == 5 || (major >= 136 && major <= 143))
			return STDIO_TERMINAL;
	}
	return STDIO_OTHER;
}
