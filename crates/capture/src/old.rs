//! Kinds of events that only older captures hold: numbers and names of parameters, from the published event table of
//! Falco's libraries (`driver/event_table.c`, rows with `EF_OLD_VERSION`).

use events::Kind;

/// Enter events whose parameters exit events carry today: number, names of parameters.
#[rustfmt::skip]
static ENTERS: &[(u16, &str)] = &[
    (0, "ID nativeID"), (4, "fd"), (6, "fd size"), (8, "fd size"), (10, "size"), (18, "domain type proto"),
    (20, "fd"), (24, "fd backlog"), (28, "fd size"), (30, "fd size tuple"), (32, "fd size"), (34, "fd size"),
    (36, "fd how"), (42, "domain type proto"), (48, "fd size tuple"), (52, "fd"), (56, "flags"),
    (62, "initval flags"), (64, "addr op val"), (70, "fd"), (78, "maxevents"), (80, "fds timeout"),
    (86, "fd offset whence"), (88, "fd offset whence"), (90, "fd request"), (96, "fd"), (98, "path mode"),
    (100, "path"), (102, "dirfd name flags mode"), (104, "oldpath newpath"), (106, "olddir oldpath newdir newpath"),
    (108, "path"), (110, "dirfd name"), (112, "fd size pos"), (114, "fd size pos"), (116, "fd"), (118, "fd size"),
    (120, "fd pos"), (122, "fd size pos"), (124, "oldfd"), (126, "fd mask flags"), (128, "pid sig"), (130, "tid sig"),
    (132, "pid tid sig"), (134, "interval"), (136, "clockid flags"), (138, "flags"), (140, "resource"),
    (142, "resource"), (144, "pid resource"), (150, "fd cmd"), (158, "addr"),
    (160, "addr length prot flags fd offset"), (162, "addr length prot flags fd pgoffset"), (164, "addr length"),
    (166, "fd_in fd_out size flags"), (168, "request pid"), (170, "fd request argument"),
    (188, "out_fd in_fd offset size"), (190, "cmd type id quota_fmt"), (192, "ruid euid suid"),
    (194, "rgid egid sgid"), (198, "uid"), (200, "gid"), (236, "fd"), (238, "fd"), (240, "fd nstype"),
    (242, "fd operation"), (248, "flags"), (250, "semid"), (252, "semid semnum cmd val"),
    (254, "fds timeout sigmask"), (256, "flags"), (262, "key nsems semflg"), (264, "mode"), (276, "mode"),
    (284, "flags"), (288, "filename"), (292, "filename"), (294, "pid pgid"), (296, "cmd"),
    (298, "op flags"), (328, "addr length prot"),
    (332, "fdin offin len"), (374, "size"), (376, "flags"), (388, "flags"), (390, "flags"), (396, "initval"),
    (398, "fd mask"),
];

/// Earlier versions of events: number, today's kind, names of parameters.
#[rustfmt::skip]
static VERSIONS: &[(u16, Kind, &str)] = &[
(11, Kind::BRK, "res"),
    (13, Kind::EXECVE, "res exe args tid pid ptid cwd fdlimit"),
    (15, Kind::CLONE, "res exe args tid pid ptid cwd fdlimit flags uid gid"),
    (16, Kind::PROCEXIT, ""),
    (27, Kind::ACCEPT, "fd tuple queuepct"),
    (57, Kind::ACCEPT4, "fd tuple queuepct"),
    (85, Kind::SELECT, "res"),
    (91, Kind::IOCTL, "res"),
    (99, Kind::MKDIR, "res"),
    (101, Kind::RMDIR, "res"),
    (103, Kind::OPENAT, "fd"),
    (105, Kind::LINK, "res"),
    (107, Kind::LINKAT, "res"),
    (109, Kind::UNLINK, "res"),
    (111, Kind::UNLINKAT, "res"),
    (125, Kind::DUP, "res"),
    (146, Kind::SWITCH, "next"),
    (155, Kind::EXECVE, "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap"),
    (157, Kind::CLONE,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap flags uid gid"
    ),
    (173, Kind::EXECVE, "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap env"),
    (183, Kind::FORK, "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap flags uid gid"),
    (185, Kind::VFORK,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap flags uid gid"
    ),
    (215, Kind::EXECVE, "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm env"),
    (217, Kind::CLONE,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm flags uid gid"
    ),
    (219, Kind::FORK,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm flags uid gid"
    ),
    (221, Kind::VFORK,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm flags uid gid"
    ),
    (228, Kind::CONTAINER, "id type name image"),
    (231, Kind::EXECVE,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env"
    ),
    (249, Kind::ACCEPT4, "fd tuple queuepct queuelen queuemax"),
    (259, Kind::UMOUNT, "res name"),
    (272, Kind::CONTAINER, "json"),
    (283, Kind::EXECVE,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env tty"
    ),
    (289, Kind::EXECVE,
        "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env tty"
    ),
    (297, Kind::BPF, "fd"),
];

/// Numbers below this were given to kinds; what is neither here nor in today's table is no longer used.
const ASSIGNED: u16 = 454;

/// What a kind that is not in today's table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Old {
    /// An enter event; its exit event, one number higher, takes these parameters.
    Enter(&'static str),
    /// An earlier version of a kind.
    Version(Kind, &'static str),
    /// An enter event that says nothing more, or a kind that is gone.
    Gone,
    /// A number that nobody gave out.
    Unknown,
}

pub(crate) fn of(kind: Kind) -> Old {
    if let Ok(position) = ENTERS.binary_search_by_key(&kind.0, |row| row.0) {
        Old::Enter(ENTERS[position].1)
    } else if let Ok(position) = VERSIONS.binary_search_by_key(&kind.0, |row| row.0) {
        Old::Version(VERSIONS[position].1, VERSIONS[position].2)
    } else if kind.0 < ASSIGNED {
        Old::Gone
    } else {
        Old::Unknown
    }
}
