//! Of files.

flag_sets! {
    /// Names of file flags.
    FILE {
        O_LARGEFILE = 2048, O_DIRECTORY = 1024, O_DIRECT = 512, O_TRUNC = 256, O_SYNC = 128, O_NONBLOCK = 64,
        O_EXCL = 32, O_DSYNC = 16, O_APPEND = 8, O_CREAT = 4, O_RDWR = 3, O_WRONLY = 2, O_RDONLY = 1,
        O_CLOEXEC = 4096, O_NONE = 0, O_TMPFILE = 8192, O_F_CREATED = 0x4000, FD_UPPER_LAYER = 0x8000,
        FD_LOWER_LAYER = 0x10000
    }
    /// Names of creat flags.
    CREAT {
        FD_UPPER_LAYER_CREAT = 1, FD_LOWER_LAYER_CREAT = 2
    }
    /// Names of flock flags.
    FLOCK {
        LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8, LOCK_NONE = 0
    }
    /// Names of mount flags.
    MOUNT {
        RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, SYNCHRONOUS = 16, REMOUNT = 32, MANDLOCK = 64, DIRSYNC = 128,
        NOATIME = 1024, NODIRATIME = 2048, BIND = 4096, MOVE = 8192, REC = 0x4000, SILENT = 0x8000,
        POSIXACL = 0x10000, UNBINDABLE = 0x20000, PRIVATE = 0x40000, SLAVE = 0x80000, SHARED = 0x100000,
        RELATIME = 0x200000, KERNMOUNT = 0x400000, I_VERSION = 0x800000, STRICTATIME = 0x1000000,
        LAZYTIME = 0x2000000, NOSEC = 0x10000000, BORN = 0x20000000, ACTIVE = 0x40000000, NOUSER = 0x80000000
    }
    /// Names of umount flags.
    UMOUNT {
        FORCE = 1, DETACH = 2, EXPIRE = 4, NOFOLLOW = 8
    }
    /// Names of lseek whence.
    LSEEK_WHENCE {
        SEEK_END = 2, SEEK_CUR = 1, SEEK_SET = 0
    }
    /// Names of fcntl commands.
    FCNTL_COMMANDS {
        F_GETPIPE_SZ = 29, F_SETPIPE_SZ = 28, F_NOTIFY = 27, F_DUPFD_CLOEXEC = 26, F_CANCELLK = 25, F_GETLEASE = 24,
        F_SETLEASE = 23, F_GETOWN_EX = 22, F_SETOWN_EX = 21, F_SETLKW64 = 19, F_SETLK64 = 18, F_GETLK64 = 17,
        F_GETSIG = 15, F_SETSIG = 13, F_GETOWN = 12, F_SETOWN = 10, F_SETLKW = 9, F_SETLK = 8, F_GETLK = 6,
        F_SETFL = 5, F_GETFL = 4, F_SETFD = 3, F_GETFD = 2, F_DUPFD = 1, F_OFD_GETLK = 30, F_OFD_SETLK = 31,
        F_OFD_SETLKW = 32, UNKNOWN = 0
    }
    /// Names of splice flags.
    SPLICE {
        SPLICE_F_MOVE = 1, SPLICE_F_NONBLOCK = 2, SPLICE_F_MORE = 4, SPLICE_F_GIFT = 8
    }
    /// Names of access flags.
    ACCESS {
        F_OK = 0, R_OK = 4, W_OK = 2, X_OK = 1
    }
    /// Names of unlinkat flags.
    UNLINKAT {
        AT_REMOVEDIR = 512
    }
    /// Names of linkat flags.
    LINKAT {
        AT_SYMLINK_FOLLOW = 1024, AT_EMPTY_PATH = 4096
    }
    /// Names of newfstatat flags.
    NEWFSTATAT {
        AT_EMPTY_PATH = 4096, AT_NO_AUTOMOUNT = 2048, AT_SYMLINK_NOFOLLOW = 256
    }
    /// Names of chmod mode.
    CHMOD_MODE {
        S_IXOTH = 1, S_IWOTH = 2, S_IROTH = 4, S_IXGRP = 8, S_IWGRP = 16, S_IRGRP = 32, S_IXUSR = 64, S_IWUSR = 128,
        S_IRUSR = 256, S_ISVTX = 512, S_ISGID = 1024, S_ISUID = 2048
    }
    /// Names of fchownat flags.
    FCHOWNAT {
        AT_SYMLINK_NOFOLLOW = 1024, AT_EMPTY_PATH = 4096
    }
    /// Names of renameat2 flags.
    RENAMEAT2 {
        RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2, RENAME_WHITEOUT = 4
    }
    /// Names of openat2 flags.
    OPENAT2 {
        RESOLVE_BENEATH = 1, RESOLVE_IN_ROOT = 2, RESOLVE_NO_MAGICLINKS = 4, RESOLVE_NO_SYMLINKS = 8,
        RESOLVE_NO_XDEV = 16, RESOLVE_CACHED = 32
    }
    /// Names of mknod mode.
    MKNOD_MODE {
        S_IXOTH = 1, S_IWOTH = 2, S_IROTH = 4, S_IXGRP = 8, S_IWGRP = 16, S_IRGRP = 32, S_IXUSR = 64, S_IWUSR = 128,
        S_IRUSR = 256, S_ISVTX = 512, S_ISGID = 1024, S_ISUID = 2048, S_IFREG = 0x8000, S_IFCHR = 8192,
        S_IFBLK = 0x6000, S_IFIFO = 4096, S_IFSOCK = 0xc000
    }
    /// Names of fsconfig cmds.
    FSCONFIG_CMDS {
        FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_BINARY = 2, FSCONFIG_SET_PATH = 3,
        FSCONFIG_SET_PATH_EMPTY = 4, FSCONFIG_SET_FD = 5, FSCONFIG_CMD_CREATE = 6, FSCONFIG_CMD_RECONFIGURE = 7
    }
    /// Names of memfd create flags.
    MEMFD_CREATE {
        MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_HUGETLB = 4
    }
    /// Names of close range flags.
    CLOSE_RANGE {
        CLOSE_RANGE_UNSHARE = 2, CLOSE_RANGE_CLOEXEC = 4
    }
    /// Names of anon inode fd types.
    ANON_INODE_FD_TYPES {
        ANON_INODE_FD_TYPE_UNKNOWN = 0, ANON_INODE_FD_TYPE_EVENTFD = 1, ANON_INODE_FD_TYPE_EVENTPOLL = 2,
        ANON_INODE_FD_TYPE_INOTIFY = 3, ANON_INODE_FD_TYPE_SIGNALFD = 4, ANON_INODE_FD_TYPE_TIMERFD = 5,
        ANON_INODE_FD_TYPE_IO_URING = 6, ANON_INODE_FD_TYPE_USERFAULTFD = 7, ANON_INODE_FD_TYPE_PIDFD = 8,
        ANON_INODE_FD_TYPE_BPF_MAP = 9, ANON_INODE_FD_TYPE_BPF_PROG = 10, ANON_INODE_FD_TYPE_BPF_LINK = 11,
        ANON_INODE_FD_TYPE_BPF_ITER = 12, ANON_INODE_FD_TYPE_PERF_EVENT = 13
    }
    /// Names of quotactl dqi flags.
    QUOTACTL_DQI {
        DQF_NONE = 1, V1_DQF_RSQUASH = 2
    }
    /// Names of quotactl cmds.
    QUOTACTL_CMDS {
        Q_QUOTAON = 1, Q_QUOTAOFF = 2, Q_GETFMT = 4, Q_GETINFO = 8, Q_SETINFO = 16, Q_GETQUOTA = 32, Q_SETQUOTA = 64,
        Q_SYNC = 128, Q_XQUOTAON = 256, Q_XQUOTAOFF = 512, Q_XGETQUOTA = 1024, Q_XSETQLIM = 2048, Q_XGETQSTAT = 4096,
        Q_XQUOTARM = 8192, Q_XQUOTASYNC = 0x4000
    }
    /// Names of quotactl types.
    QUOTACTL_TYPES {
        USRQUOTA = 1, GRPQUOTA = 2
    }
    /// Names of quotactl quota fmts.
    QUOTACTL_QUOTA_FMTS {
        QFMT_NOT_USED = 1, QFMT_VFS_OLD = 2, QFMT_VFS_V0 = 4, QFMT_VFS_V1 = 8
    }
}
