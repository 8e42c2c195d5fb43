// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// Paths of files, walked from the dentry to the root of the task, through mounts.
#pragma once
#include "write.h"

#define COMPONENTS_MAX 40

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFIFO 0010000
#define S_IFCHR 0020000

// include/uapi/linux/magic.h
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define TMPFS_MAGIC 0x01021994

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (struct mount *)((void *)mnt - bpf_core_field_offset(struct mount, mnt));
}

// Writes the components of a path, last first, each ended by a zero byte; stops at the root of the task.
// Returns the offset behind them. The offset is negative when
// the root was never met: the path belongs to another mount namespace or lies above the root.
ALONE int write_path(struct buffer *buffer, u32 offset, address path_at, address task_at)
{
	struct path *path = (void *)path_at;
	struct task_struct *task = (void *)task_at;
	struct dentry *dentry = BPF_CORE_READ(path, dentry), *root_dentry = BPF_CORE_READ(task, fs, root.dentry);
	struct vfsmount *mnt = BPF_CORE_READ(path, mnt), *root_mnt = BPF_CORE_READ(task, fs, root.mnt);
	u64 end = offset;
	bool is_inside = false;

	if (!buffer)
		return 0;
	for (int n = 0; n < COMPONENTS_MAX; n++) {
		struct dentry *parent;
		const unsigned char *name;
		long length;

		if (dentry == root_dentry && mnt == root_mnt) {
			is_inside = true;
			break;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		if (dentry == BPF_CORE_READ(mnt, mnt_root) || dentry == parent) {
			struct mount *mount = mount_of(mnt), *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount || !above)
				break;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mnt = (struct vfsmount *)((void *)above + bpf_core_field_offset(struct mount, mnt));
			continue;
		}
		name = BPF_CORE_READ(dentry, d_name.name);
		if (end > RECORD_MAX - NAME_PIECE_MAX)
			break;
		length = bpf_probe_read_kernel_str(place(buffer, end), NAME_PIECE_MAX, name);
		if (length <= 0 || length > NAME_PIECE_MAX)
			break;
		end += length;
		dentry = parent;
	}
	return is_inside ? (int)end : -(int)end;
}

// Writes what a file is, and its path; returns the offset behind.
ALONE int write_file(struct buffer *buffer, u32 offset, address file_at, address task_at)
{
	struct file *file = (void *)file_at;
	struct task_struct *task = (void *)task_at;
	struct file_head head = {};
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *super = BPF_CORE_READ(inode, i_sb);
	unsigned long magic = BPF_CORE_READ(super, s_magic);
	int end = 0;

	if (!buffer)
		return 0;
	head.inode = BPF_CORE_READ(inode, i_ino);
	head.device = BPF_CORE_READ(super, s_dev);
	head.links = BPF_CORE_READ(inode, i_nlink);
	head.mode = BPF_CORE_READ(inode, i_mode);
	head.uid = BPF_CORE_READ(inode, i_uid.val);
	head.open_flags = BPF_CORE_READ(file, f_flags);
	if (magic == OVERLAYFS_SUPER_MAGIC) {
		struct ovl_inode *overlay = (void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);

		head.flags |= BPF_CORE_READ(overlay, __upperdentry) ? FILE_OVERLAY_UPPER : FILE_OVERLAY_LOWER;
	}
	if (!head.links) {
		head.flags |= FILE_UNLINKED;
		if (magic == TMPFS_MAGIC) {
			char name[8] = {};

			bpf_probe_read_kernel(name, 7, BPF_CORE_READ(file, f_path.dentry, d_name.name));
			if (name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':')
				head.flags |= FILE_MEMORY;
		}
	}
	if ((head.flags & FILE_MEMORY) && offset <= RECORD_MAX - NAME_PIECE_MAX) {
		// It lies in no directory: all it has is a name.
		long length = bpf_probe_read_kernel_str(place(buffer, offset + sizeof(head)), NAME_PIECE_MAX, BPF_CORE_READ(file, f_path.dentry, d_name.name));

		if (length > 0 && length <= NAME_PIECE_MAX)
			end = offset + sizeof(head) + length;
	} else if (offset <= RECORD_MAX - (u32)sizeof(head))
		end = write_path(buffer, offset + sizeof(head), (address)file + bpf_core_field_offset(struct file, f_path), (address)task);
	if (end < 0) {
		head.flags |= FILE_OUTSIDE_ROOT;
		end = -end;
	}
	__builtin_memcpy(place(buffer, offset), &head, sizeof(head));
	return end;
}
