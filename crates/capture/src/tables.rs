//! Tables of what was there before the first event (Falco's libraries, `engine/savefile/scap_savefile.c`,
//! `scap_read_proclist`, `scap_read_fdlist`, `scap_read_iflist`, `scap_read_userlist`).

use std::net::IpAddr;

use events::Endpoint;
use events::snapshot::{
    Descriptor, Group, Interface, Machine, Named, Protocol, Snapshot, Target, Thread, User,
};

use crate::Limits;
use crate::blocks::Entries;

/// Why the rest of a table was left out.
pub(crate) enum Stop {
    /// An entry does not fit its lengths.
    Bad(&'static str),
    /// More entries than allowed.
    Limit(&'static str),
}

/// Bits of an executable, as `execve` events have them.
mod exe {
    pub(super) const WRITABLE: u32 = 1;
    pub(super) const UPPER_LAYER: u32 = 2;
    pub(super) const FROM_MEMFD: u32 = 4;
    pub(super) const LOWER_LAYER: u32 = 8;
}

/// Bytes of an entry, taken from the front.
struct Cursor<'a> {
    left: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let (taken, left) = self.left.split_at_checked(count).ok_or(Stop::Bad("an entry ends early"))?;
        self.left = left;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        Ok(self.take(N)?.try_into().expect("as many as were taken"))
    }

    fn u8(&mut self) -> Result<u8, Stop> {
        Ok(self.array::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16, Stop> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, Stop> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn i64(&mut self) -> Result<i64, Stop> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// `bit` where the byte is not 0.
    fn flag(&mut self, bit: u32) -> Result<u32, Stop> {
        Ok(if self.u8()? == 0 { 0 } else { bit })
    }

    fn text(&mut self) -> Result<Vec<u8>, Stop> {
        let length = usize::from(self.u16()?);
        let text = self.take(length)?;
        Ok(text.strip_suffix(b"\0").unwrap_or(text).to_vec())
    }

    /// Texts, each ended by a zero byte; the last one's is not always there.
    fn texts(&mut self) -> Result<Vec<u8>, Stop> {
        let length = usize::from(self.u16()?);
        Ok(self.take(length)?.to_vec())
    }

    fn v4(&mut self) -> Result<IpAddr, Stop> {
        Ok(IpAddr::from(self.array::<4>()?))
    }

    fn v6(&mut self) -> Result<IpAddr, Stop> {
        Ok(IpAddr::from(self.array::<16>()?))
    }
}

/// Whether there is another entry: less than four bytes are padding.
fn has_entry(cursor: &Cursor<'_>) -> bool {
    cursor.left.len() >= 4
}

/// The next entry of a table whose entries begin with their length (which counts itself, as `own_length` says).
fn sized<'a>(cursor: &mut Cursor<'a>, own_length: bool) -> Result<Cursor<'a>, Stop> {
    let length = cursor.u32()? as usize;
    let rest = if own_length { length.checked_sub(4) } else { Some(length) };
    Ok(Cursor { left: cursor.take(rest.ok_or(Stop::Bad("an entry is shorter than its own length"))?)? })
}

/// `scap_machine_info`.
pub(crate) fn machine(body: &[u8]) -> Result<Machine, Stop> {
    let mut cursor = Cursor { left: body };
    let (cpus, memory_bytes, process_max) = (cursor.u32()?, cursor.u64()?, cursor.u64()?);
    let hostname = cursor.take(128)?;
    let hostname = hostname.split(|byte| *byte == 0).next().unwrap_or(hostname).to_vec();
    Ok(Machine { cpus, memory_bytes, process_max, hostname, boot_time_ns: cursor.u64()? })
}

pub(crate) fn threads(body: &[u8], layout: u8, snapshot: &mut Snapshot, limits: &Limits) -> Result<(), Stop> {
    let mut cursor = Cursor { left: body };
    while has_entry(&cursor) {
        if snapshot.threads.len() >= limits.threads_max {
            return Err(Stop::Limit("threads"));
        }
        let thread = if layout >= 9 {
            thread(&mut sized(&mut cursor, true)?, layout)?
        } else {
            thread(&mut cursor, layout)?
        };
        snapshot.threads.push(thread);
    }
    Ok(())
}

fn thread(entry: &mut Cursor<'_>, layout: u8) -> Result<Thread, Stop> {
    let mut thread = Thread {
        thread: entry.i64()?,
        process: entry.i64()?,
        parent: entry.i64()?,
        session: if layout >= 6 { entry.i64()? } else { -1 },
        group_inside: if layout >= 8 { entry.i64()? } else { -1 },
        group: -1,
        thread_inside: -1,
        process_inside: -1,
        login_uid: u32::MAX,
        comm: entry.text()?,
        exe: entry.text()?,
        ..Thread::default()
    };
    if layout >= 7 {
        thread.exe_path = entry.text()?;
    }
    thread.arguments = entry.texts()?;
    thread.cwd = entry.text()?;
    thread.fd_limit = entry.i64()?;
    (thread.flags, thread.uid, thread.gid) = (entry.u32()?, entry.u32()?, entry.u32()?);
    if layout >= 2 {
        (thread.vm_size_kib, thread.vm_rss_kib, thread.vm_swap_kib) =
            (entry.u32()?, entry.u32()?, entry.u32()?);
        (thread.faults_major, thread.faults_minor) = (entry.u64()?, entry.u64()?);
    }
    if layout >= 3 {
        thread.environment = entry.texts()?;
    }
    if layout >= 4 {
        (thread.thread_inside, thread.process_inside) = (entry.i64()?, entry.i64()?);
        thread.cgroups = entry.texts()?;
    }
    if layout >= 5 {
        thread.root = entry.text()?;
    }
    if layout >= 9 {
        // What later versions append is read as far as the entry goes.
        let _ = appended(entry, &mut thread);
    }
    Ok(thread)
}

/// Bytes that versions before 0.10 append: they lack two fields in the middle.
const APPENDED_BEFORE_0_10: usize = 29;

fn appended(entry: &mut Cursor<'_>, thread: &mut Thread) -> Result<(), Stop> {
    if entry.left.len() > APPENDED_BEFORE_0_10 {
        thread.pid_namespace_start_ns = entry.u64()?;
        thread.tty = entry.u32()?;
    }
    thread.login_uid = entry.u32()?;
    thread.exe_flags |= entry.flag(exe::WRITABLE)?;
    (thread.cap_inheritable, thread.cap_permitted, thread.cap_effective) =
        (entry.u64()?, entry.u64()?, entry.u64()?);
    thread.exe_flags |= entry.flag(exe::UPPER_LAYER)?;
    (thread.exe_inode, thread.exe_changed_ns, thread.exe_modified_ns) =
        (entry.u64()?, entry.u64()?, entry.u64()?);
    thread.exe_flags |= entry.flag(exe::FROM_MEMFD)?;
    thread.exe_flags |= entry.flag(exe::LOWER_LAYER)?;
    thread.group = entry.i64()?;
    Ok(())
}

pub(crate) fn descriptors(
    body: &[u8],
    entries: Entries,
    snapshot: &mut Snapshot,
    limits: &Limits,
) -> Result<(), Stop> {
    let mut cursor = Cursor { left: body };
    let thread = cursor.i64()?;
    while has_entry(&cursor) {
        if snapshot.descriptors.len() >= limits.descriptors_max {
            return Err(Stop::Limit("descriptors"));
        }
        let descriptor = match entries {
            Entries::Plain => descriptor(&mut cursor, thread, entries)?,
            Entries::Sized => descriptor(&mut sized(&mut cursor, true)?, thread, entries)?,
        };
        snapshot.descriptors.push(descriptor);
    }
    Ok(())
}

fn descriptor(entry: &mut Cursor<'_>, thread: i64, entries: Entries) -> Result<Descriptor, Stop> {
    let (fd, inode, what) = (entry.i64()?, entry.u64()?, entry.u8()?);
    let named = |entry: &mut Cursor<'_>, what| Ok(Target::Named { what, name: entry.text()? });
    let target = match what {
        0 => Target::Unknown,
        1 => Target::File { path: entry.text()?, flags: 0, device: 0 },
        2 => named(entry, Named::Directory)?,
        3 => connection(entry, Cursor::v4)?,
        4 => connection(entry, Cursor::v6)?,
        5 => Target::Server {
            local: Endpoint { ip: entry.v4()?, port: entry.u16()? },
            protocol: protocol(entry.u8()?),
        },
        6 => Target::Server {
            local: Endpoint { ip: entry.v6()?, port: entry.u16()? },
            protocol: protocol(entry.u8()?),
        },
        7 => named(entry, Named::Pipe)?,
        8 => Target::Unix { source: entry.u64()?, destination: entry.u64()?, path: entry.text()? },
        9 => named(entry, Named::Event)?,
        10 => named(entry, Named::Other)?,
        11 => named(entry, Named::Signal)?,
        12 => named(entry, Named::Poll)?,
        13 => named(entry, Named::Inotify)?,
        14 => named(entry, Named::Timer)?,
        15 => named(entry, Named::Netlink)?,
        16 => {
            let flags = entry.u32()?;
            let path = entry.text()?;
            // The device was appended when entries had got a length.
            let device = if entries == Entries::Sized { entry.u32().unwrap_or(0) } else { 0 };
            Target::File { path, flags, device }
        }
        17 => named(entry, Named::Bpf)?,
        18 => named(entry, Named::UserFault)?,
        19 => named(entry, Named::IoUring)?,
        20 => named(entry, Named::Memory)?,
        21 => named(entry, Named::Process)?,
        _ => Target::Unknown,
    };
    Ok(Descriptor { thread, fd, inode, target })
}

fn connection<'a>(
    entry: &mut Cursor<'a>,
    ip: impl Fn(&mut Cursor<'a>) -> Result<IpAddr, Stop>,
) -> Result<Target, Stop> {
    let (source, destination) = (ip(entry)?, ip(entry)?);
    let (source_port, destination_port) = (entry.u16()?, entry.u16()?);
    Ok(Target::Connection {
        source: Endpoint { ip: source, port: source_port },
        destination: Endpoint { ip: destination, port: destination_port },
        protocol: protocol(entry.u8()?),
    })
}

fn protocol(number: u8) -> Protocol {
    match number {
        1 => Protocol::None,
        2 => Protocol::Tcp,
        3 => Protocol::Udp,
        4 => Protocol::Icmp,
        5 => Protocol::Raw,
        _ => Protocol::Unknown,
    }
}

pub(crate) fn interfaces(
    body: &[u8],
    entries: Entries,
    snapshot: &mut Snapshot,
    limits: &Limits,
) -> Result<(), Stop> {
    let mut cursor = Cursor { left: body };
    while has_entry(&cursor) {
        if snapshot.interfaces.len() >= limits.users_max {
            return Err(Stop::Limit("addresses"));
        }
        let interface = match entries {
            Entries::Plain => interface(&mut cursor)?,
            Entries::Sized => interface(&mut sized(&mut cursor, false)?)?,
        };
        snapshot.interfaces.push(interface);
    }
    Ok(())
}

fn interface(entry: &mut Cursor<'_>) -> Result<Interface, Stop> {
    let (what, name_bytes) = (entry.u16()?, usize::from(entry.u16()?));
    let (address, prefix) = match what {
        1 | 3 => {
            let address = entry.v4()?;
            let mask = u32::from_be_bytes(entry.array()?);
            entry.take(4)?;
            (address, (mask.leading_ones() == mask.count_ones()).then_some(mask.count_ones()))
        }
        2 | 4 => {
            let address = entry.v6()?;
            let mask = u128::from_be_bytes(entry.array()?);
            entry.take(16)?;
            (address, (mask.leading_ones() == mask.count_ones()).then_some(mask.count_ones()))
        }
        _ => return Err(Stop::Bad("an address is of unknown type")),
    };
    if what <= 2 {
        entry.u64()?;
    }
    let name = entry.take(name_bytes)?.to_vec();
    Ok(Interface { name, address, prefix: prefix.and_then(|bits| u8::try_from(bits).ok()) })
}

pub(crate) fn users(
    body: &[u8],
    entries: Entries,
    snapshot: &mut Snapshot,
    limits: &Limits,
) -> Result<(), Stop> {
    let mut cursor = Cursor { left: body };
    while has_entry(&cursor) {
        if snapshot.users.len() + snapshot.groups.len() >= limits.users_max {
            return Err(Stop::Limit("users"));
        }
        match entries {
            Entries::Plain => user(&mut cursor, snapshot)?,
            Entries::Sized => user(&mut sized(&mut cursor, true)?, snapshot)?,
        }
    }
    Ok(())
}

fn user(entry: &mut Cursor<'_>, snapshot: &mut Snapshot) -> Result<(), Stop> {
    if entry.u8()? == 0 {
        let (uid, gid) = (entry.u32()?, entry.u32()?);
        let user = User { uid, gid, name: entry.text()?, home: entry.text()?, shell: entry.text()? };
        snapshot.users.push(user);
    } else {
        let group = Group { gid: entry.u32()?, name: entry.text()? };
        snapshot.groups.push(group);
    }
    Ok(())
}
