//! A capture, written: readable by Falco and sysdig.

use std::io::{self, Write};

use events::Event;
use events::snapshot::{Descriptor, Interface, Named, Protocol, Snapshot, Target, Thread};
use flate2::write::GzEncoder;

use crate::blocks;

/// Whether a capture is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    None,
    /// In gzip.
    Gzip,
}

/// Writes a capture of format version 1.2.
///
/// Texts of tables are cut to what their readers take (`userspace/libscap/scap_limits.h`).
pub struct Writer<W: Write> {
    output: Output<W>,
    block: Vec<u8>,
    event: Vec<u8>,
}

enum Output<W: Write> {
    Plain(W),
    Gzip(Box<GzEncoder<W>>),
}

/// Bytes of a path or name in a table.
const PATH_BYTES_MAX: usize = 1023;
/// Bytes of arguments, environment or control groups in a table.
const LIST_BYTES_MAX: usize = 4095;
/// Bytes of a user's texts.
const USER_BYTES_MAX: usize = 255;

impl<W: Write> Writer<W> {
    /// Begins a capture that is not compressed.
    pub fn new(output: W, snapshot: &Snapshot) -> io::Result<Self> {
        Self::with_compression(output, snapshot, Compression::None)
    }

    /// Begins a capture.
    pub fn with_compression(output: W, snapshot: &Snapshot, compression: Compression) -> io::Result<Self> {
        let output = match compression {
            Compression::None => Output::Plain(output),
            Compression::Gzip => Output::Gzip(Box::new(GzEncoder::new(output, flate2::Compression::fast()))),
        };
        let mut writer = Self { output, block: Vec::new(), event: Vec::new() };
        writer.tables(snapshot)?;
        Ok(writer)
    }

    /// Appends an event. Kinds of our own are written too; other readers leave them out.
    pub fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        event.write_to(&mut self.event);
        let large = event.width() == events::Width::Wide;
        let number = if large { blocks::EVENT_LARGE } else { blocks::EVENT };
        self.block.clear();
        self.block.extend_from_slice(&event.cpu.to_le_bytes());
        self.block.extend_from_slice(&self.event);
        self.write_block(number)
    }

    /// Ends the capture and gives back where it was written.
    pub fn finish(self) -> io::Result<W> {
        let mut output = match self.output {
            Output::Plain(output) => output,
            Output::Gzip(encoder) => encoder.finish()?,
        };
        output.flush()?;
        Ok(output)
    }

    /// Writes out what is waiting, so that a reader sees all events so far.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Plain(output) => output.flush(),
            Output::Gzip(encoder) => encoder.flush(),
        }
    }

    /// Writes `self.block` as the body of a block.
    fn write_block(&mut self, number: u32) -> io::Result<()> {
        // Blocks end on a multiple of four bytes.
        let body = self.block.len().next_multiple_of(4);
        self.block.resize(body, 0);
        let total = u32::try_from(body + blocks::FRAME_BYTES)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "block of more than 4 GiB"))?;
        let output: &mut dyn Write = match &mut self.output {
            Output::Plain(output) => output,
            Output::Gzip(encoder) => encoder.as_mut(),
        };
        output.write_all(&number.to_le_bytes())?;
        output.write_all(&total.to_le_bytes())?;
        output.write_all(&self.block)?;
        output.write_all(&total.to_le_bytes())
    }

    fn tables(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.block.clear();
        self.block.extend_from_slice(&blocks::BYTE_ORDER.to_le_bytes());
        self.block.extend_from_slice(&[1, 0, 2, 0]);
        self.block.extend_from_slice(&u64::MAX.to_le_bytes());
        self.write_block(blocks::SECTION)?;

        let machine = &snapshot.machine;
        self.block.clear();
        self.block.extend_from_slice(&machine.cpus.to_le_bytes());
        self.block.extend_from_slice(&machine.memory_bytes.to_le_bytes());
        self.block.extend_from_slice(&machine.process_max.to_le_bytes());
        let name = &machine.hostname[..machine.hostname.len().min(127)];
        self.block.extend_from_slice(name);
        self.block.resize(self.block.len() + 128 - name.len(), 0);
        self.block.extend_from_slice(&machine.boot_time_ns.to_le_bytes());
        self.block.extend_from_slice(&[0; 24]);
        self.write_block(blocks::MACHINE)?;

        self.users(snapshot)?;
        self.table(blocks::INTERFACES, &snapshot.interfaces, interface)?;
        self.table(blocks::THREADS, &snapshot.threads, thread)?;
        for descriptors in snapshot.descriptors.chunk_by(|one, other| one.thread == other.thread) {
            self.block.clear();
            self.block.extend_from_slice(&descriptors[0].thread.to_le_bytes());
            for entry in descriptors {
                sized(&mut self.block, |out| descriptor(entry, out));
            }
            self.write_block(blocks::DESCRIPTORS)?;
        }
        Ok(())
    }

    fn table<T>(&mut self, number: u32, entries: &[T], write: impl Fn(&T, &mut Vec<u8>)) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.block.clear();
        for entry in entries {
            if number == blocks::INTERFACES {
                // Lengths of interfaces do not count themselves.
                let start = self.block.len();
                sized(&mut self.block, |out| write(entry, out));
                let size = u32::try_from(self.block.len() - start - 4).unwrap_or(0);
                self.block[start..start + 4].copy_from_slice(&size.to_le_bytes());
            } else {
                sized(&mut self.block, |out| write(entry, out));
            }
        }
        self.write_block(number)
    }

    fn users(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.block.clear();
        for user in &snapshot.users {
            sized(&mut self.block, |out| {
                out.push(0);
                out.extend_from_slice(&user.uid.to_le_bytes());
                out.extend_from_slice(&user.gid.to_le_bytes());
                for value in [&user.name, &user.home, &user.shell] {
                    text(value, USER_BYTES_MAX, out);
                }
            });
        }
        for group in &snapshot.groups {
            sized(&mut self.block, |out| {
                out.push(1);
                out.extend_from_slice(&group.gid.to_le_bytes());
                text(&group.name, USER_BYTES_MAX, out);
            });
        }
        if self.block.is_empty() { Ok(()) } else { self.write_block(blocks::USERS) }
    }
}

/// An entry that begins with its length.
fn sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let size = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&size.to_le_bytes());
}

fn text(bytes: &[u8], longest: usize, out: &mut Vec<u8>) {
    let bytes = &bytes[..bytes.len().min(longest)];
    out.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn thread(thread: &Thread, out: &mut Vec<u8>) {
    let numbers = |out: &mut Vec<u8>, numbers: &[i64]| {
        out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    };
    numbers(out, &[thread.thread, thread.process, thread.parent, thread.session, thread.group_inside]);
    for value in [&thread.comm, &thread.exe, &thread.exe_path] {
        text(value, PATH_BYTES_MAX, out);
    }
    text(&thread.arguments, LIST_BYTES_MAX, out);
    text(&thread.cwd, PATH_BYTES_MAX, out);
    numbers(out, &[thread.fd_limit]);
    let halves =
        [thread.flags, thread.uid, thread.gid, thread.vm_size_kib, thread.vm_rss_kib, thread.vm_swap_kib];
    out.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
    out.extend_from_slice(&thread.faults_major.to_le_bytes());
    out.extend_from_slice(&thread.faults_minor.to_le_bytes());
    text(&thread.environment, LIST_BYTES_MAX, out);
    numbers(out, &[thread.thread_inside, thread.process_inside]);
    text(&thread.cgroups, LIST_BYTES_MAX, out);
    text(&thread.root, PATH_BYTES_MAX, out);
    out.extend_from_slice(&thread.pid_namespace_start_ns.to_le_bytes());
    out.extend_from_slice(&thread.tty.to_le_bytes());
    out.extend_from_slice(&thread.login_uid.to_le_bytes());
    let bit = |bit: u32| u8::from(thread.exe_flags & bit != 0);
    out.push(bit(1));
    for words in [thread.cap_inheritable, thread.cap_permitted, thread.cap_effective] {
        out.extend_from_slice(&words.to_le_bytes());
    }
    out.push(bit(2));
    for words in [thread.exe_inode, thread.exe_changed_ns, thread.exe_modified_ns] {
        out.extend_from_slice(&words.to_le_bytes());
    }
    out.extend_from_slice(&[bit(4), bit(8)]);
    numbers(out, &[thread.group]);
}

fn descriptor(descriptor: &Descriptor, out: &mut Vec<u8>) {
    out.extend_from_slice(&descriptor.fd.to_le_bytes());
    out.extend_from_slice(&descriptor.inode.to_le_bytes());
    let ip = |ip: std::net::IpAddr, out: &mut Vec<u8>| match ip {
        std::net::IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
        std::net::IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
    };
    match &descriptor.target {
        Target::Unknown => out.push(0),
        Target::File { path, flags, device } => {
            out.push(16);
            out.extend_from_slice(&flags.to_le_bytes());
            text(path, PATH_BYTES_MAX, out);
            out.extend_from_slice(&device.to_le_bytes());
        }
        Target::Connection { source, destination, protocol } => {
            out.push(if source.ip.is_ipv4() { 3 } else { 4 });
            ip(source.ip, out);
            ip(destination.ip, out);
            out.extend_from_slice(&source.port.to_le_bytes());
            out.extend_from_slice(&destination.port.to_le_bytes());
            out.push(protocol_number(*protocol));
        }
        Target::Server { local, protocol } => {
            out.push(if local.ip.is_ipv4() { 5 } else { 6 });
            ip(local.ip, out);
            out.extend_from_slice(&local.port.to_le_bytes());
            out.push(protocol_number(*protocol));
        }
        Target::Unix { source, destination, path } => {
            out.push(8);
            out.extend_from_slice(&source.to_le_bytes());
            out.extend_from_slice(&destination.to_le_bytes());
            text(path, PATH_BYTES_MAX, out);
        }
        Target::Named { what, name } => {
            out.push(named_number(*what));
            text(name, PATH_BYTES_MAX, out);
        }
    }
}

fn protocol_number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Unknown => 0,
        Protocol::None => 1,
        Protocol::Tcp => 2,
        Protocol::Udp => 3,
        Protocol::Icmp => 4,
        Protocol::Raw => 5,
    }
}

fn named_number(named: Named) -> u8 {
    match named {
        Named::Directory => 2,
        Named::Pipe => 7,
        Named::Event => 9,
        Named::Other => 10,
        Named::Signal => 11,
        Named::Poll => 12,
        Named::Inotify => 13,
        Named::Timer => 14,
        Named::Netlink => 15,
        Named::Bpf => 17,
        Named::UserFault => 18,
        Named::IoUring => 19,
        Named::Memory => 20,
        Named::Process => 21,
    }
}

fn interface(interface: &Interface, out: &mut Vec<u8>) {
    let name = &interface.name[..interface.name.len().min(PATH_BYTES_MAX)];
    let ones = |size: u32| u32::from(interface.prefix.unwrap_or(0)).min(size);
    let name_bytes = u16::try_from(name.len()).unwrap_or(0).to_le_bytes();
    match interface.address {
        std::net::IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - ones(32)).unwrap_or(0);
            out.extend_from_slice(&[1, 0]);
            out.extend_from_slice(&name_bytes);
            out.extend_from_slice(&address.octets());
            out.extend_from_slice(&mask.to_be_bytes());
            out.extend_from_slice(&(u32::from(address) | !mask).to_be_bytes());
        }
        std::net::IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - ones(128)).unwrap_or(0);
            out.extend_from_slice(&[2, 0]);
            out.extend_from_slice(&name_bytes);
            out.extend_from_slice(&address.octets());
            out.extend_from_slice(&mask.to_be_bytes());
            out.extend_from_slice(&(u128::from(address) | !mask).to_be_bytes());
        }
    }
    out.extend_from_slice(&0u64.to_le_bytes());
    out.extend_from_slice(name);
}
