//! Records as events, in the encoding that captures have: rules need not know where an event comes from.

mod numbers;
mod processes;
mod recipes;

use std::collections::HashMap;

use events::{Event, EventWriter, Extension, Kind as EventKind, SocketAddress, SocketTuple};

use crate::record::{Descriptor, FileInfo, SocketInfo};
use crate::{Kind, Part, Record, call_by_number, calls};
use numbers::convert;
use recipes::{Origin, RECIPES, Recipe};

/// A descriptor that an event names, and what the kernel says it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The descriptor's number.
    pub number: i64,
    /// What it refers to.
    pub descriptor: Descriptor<'a>,
}

/// Turns records into events.
#[derive(Debug)]
pub struct Translator {
    writer: EventWriter,
    /// By number of the system call.
    recipes: Vec<Option<&'static Recipe>>,
    /// By number: the id that the event table gives calls without a kind of their own.
    generic: Vec<u16>,
    /// What is added to a time since boot for one since 1970.
    boot_ns: u64,
    groups: Groups,
    room: Vec<u8>,
}

/// Names of groups, as processes of them told.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    names: HashMap<u64, Box<[u8]>>,
}

/// How many groups are remembered; beyond that, all are forgotten and learned anew.
const GROUPS_MAX: usize = 65_536;

impl Groups {
    fn learn(&mut self, id: u64, name: &[u8]) {
        if self.names.get(&id).is_some_and(|known| **known == *name) {
            return;
        }
        if self.names.len() >= GROUPS_MAX {
            self.names.clear();
        }
        self.names.insert(id, name.into());
    }

    pub(crate) fn name(&self, id: u64) -> &[u8] {
        self.names.get(&id).map_or(&[], |name| name)
    }
}

impl Translator {
    /// A translator for a kernel that booted at `boot_ns` (nanoseconds since 1970).
    #[must_use]
    pub fn new(boot_ns: u64) -> Self {
        let mut recipes = vec![None; 512];
        let mut generic = vec![0; 512];
        for call in calls() {
            let at = call.number as usize;
            recipes[at] =
                RECIPES.binary_search_by(|recipe| recipe.0.cmp(call.name)).ok().map(|at| &RECIPES[at]);
            generic[at] = events::syscall_number(call.name).unwrap_or(0);
        }
        Self {
            writer: EventWriter::default(),
            recipes,
            generic,
            boot_ns,
            groups: Groups::default(),
            room: Vec::new(),
        }
    }

    /// The clock was set: the kernel booted at another time than it seemed. Less than a second is the clock's usual correction, and
    /// followed silently. Returns by how many nanoseconds it was set, when it was more.
    pub fn follow_clock(&mut self, boot_ns: u64) -> Option<i64> {
        let change = i64::try_from(i128::from(boot_ns) - i128::from(self.boot_ns)).unwrap_or(i64::MAX);
        self.boot_ns = boot_ns;
        (change.unsigned_abs() > 1_000_000_000).then_some(change)
    }

    /// The event that a record tells; `None` for a record that rules cannot ask about.
    pub fn event(&mut self, record: &Record<'_>) -> Option<Event<'_>> {
        for part in record.parts() {
            if let Part::CgroupName(name) = part {
                self.groups.learn(record.cgroup(), name);
            }
        }
        match record.kind() {
            Kind::Call => self.call(record)?,
            Kind::Exec => self.exec(record)?,
            Kind::Fork => self.fork(record)?,
            Kind::Exit => self.exit(record),
            Kind::Task => self.task(record)?,
            Kind::Uring => self.uring(record),
            Kind::Socket => self.socket_state(record),
            Kind::CgroupMake | Kind::CgroupRemove => self.group(record),
            Kind::CgroupAttach | Kind::Mapped | Kind::Used => return None,
        }
        Some(self.writer.finish())
    }

    fn start(&mut self, kind: EventKind, record: &Record<'_>, extension: &Extension<'_>) {
        self.writer.start(
            kind,
            record.time_ns().saturating_add(self.boot_ns),
            i64::from(record.tid()),
            Some(extension),
        );
    }

    fn call(&mut self, record: &Record<'_>) -> Option<()> {
        let number = record.number() as usize;
        let Some(recipe) = self.recipes.get(number).copied().flatten() else {
            return self.generic_call(record, number);
        };
        let told = Told::of(record);
        let extension = extension_of(record, &self.groups);
        self.writer.start(
            recipe.1,
            record.time_ns().saturating_add(self.boot_ns),
            i64::from(record.tid()),
            Some(&extension),
        );
        for from in recipe.2 {
            write(&mut self.writer, *from, record, &told, &mut self.room);
        }
        Some(())
    }

    fn generic_call(&mut self, record: &Record<'_>, number: usize) -> Option<()> {
        let id = *self.generic.get(number)?;
        call_by_number(record.number())?;
        let extension = extension_of(record, &self.groups);
        self.writer.start(
            EventKind::GENERIC,
            record.time_ns().saturating_add(self.boot_ns),
            i64::from(record.tid()),
            Some(&extension),
        );
        self.writer.number(i64::from(id)).number(i64::from(record.number()));
        Some(())
    }

    fn uring(&mut self, record: &Record<'_>) {
        let extension = Extension { cgroup: record.cgroup(), process: record.tgid(), ..Extension::default() };
        self.start(EventKind::IO_URING_OPERATION, record, &extension);
        self.writer.number(i64::from(record.number()));
    }

    fn socket_state(&mut self, record: &Record<'_>) {
        let socket = record.parts().find_map(|part| match part {
            Part::Socket(socket) => Some(socket),
            _ => None,
        });
        let extension = extension_of(record, &self.groups);
        self.writer.start(
            EventKind::SOCKET_STATE,
            record.time_ns().saturating_add(self.boot_ns),
            i64::from(record.tid()),
            Some(&extension),
        );
        tuple(&mut self.writer, socket, true);
        let through = match u32::try_from(record.result()) {
            Ok(IO_URING_ENTER) => "io_uring_enter",
            Ok(number) => call_by_number(number).map_or("", |call| call.name),
            Err(_) => "",
        };
        self.writer
            .number(i64::from(record.state_before()))
            .number(i64::from(record.number()))
            .text(through.as_bytes());
    }

    fn group(&mut self, record: &Record<'_>) {
        let kind = if record.kind() == Kind::CgroupMake {
            EventKind::CGROUP_CREATED
        } else {
            EventKind::CGROUP_REMOVED
        };
        let extension = Extension { cgroup: record.cgroup(), process: record.tgid(), ..Extension::default() };
        self.start(kind, record, &extension);
        let path =
            record.parts().find_map(|part| if let Part::CgroupPath(path) = part { Some(path) } else { None });
        self.writer.number(record.cgroup().cast_signed()).text(path.unwrap_or_default());
    }
}

fn extension_of<'g>(record: &Record<'_>, groups: &'g Groups) -> Extension<'g> {
    let (cgroup, process) = (record.cgroup(), record.tgid());
    Extension { cgroup, process, container: groups.name(cgroup), ..Extension::default() }
}

/// Rules ask for no such call; on every machine it has this number.
const IO_URING_ENTER: u32 = 426;

/// Parts of a call, by argument.
struct Told<'a> {
    arguments: [&'a [u8]; 6],
    described: [Option<Descriptor<'a>>; 7],
}

impl<'a> Told<'a> {
    fn of(record: &Record<'a>) -> Self {
        let mut told = Self { arguments: [&[]; 6], described: [None; 7] };
        for part in record.parts() {
            match part {
                Part::Argument(at, bytes) => told.arguments[at] = bytes,
                Part::Described(at, descriptor) => told.described[at] = Some(descriptor),
                _ => {}
            }
        }
        told
    }

    fn number(&self, at: usize) -> u64 {
        self.arguments[at].first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))
    }

    fn opened(&self) -> Option<FileInfo<'a>> {
        if let Some(Descriptor::File(file)) = self.described[6] { Some(file) } else { None }
    }

    fn socket(&self, at: usize) -> Option<SocketInfo<'a>> {
        if let Some(Descriptor::Socket(socket)) = self.described[at] { Some(socket) } else { None }
    }
}

/// The descriptors that a record of a call names, and what they refer to.
pub fn known<'a>(record: &Record<'a>) -> impl Iterator<Item = Known<'a>> + use<'a> {
    let told = Told::of(record);
    let result = record.result();
    (0..7).filter_map(move |at| {
        let descriptor = told.described[at]?;
        let number = if at == 6 { result } else { i64::from(told.number(at) as i32) };
        Some(Known { number, descriptor })
    })
}

fn write(writer: &mut EventWriter, from: Origin, record: &Record<'_>, told: &Told<'_>, room: &mut Vec<u8>) {
    match from {
        Origin::Result => writer.number(record.result()),
        Origin::Number(at, conversion) => writer.number(convert(conversion, told.number(at)).cast_signed()),
        // The registers are 64 bits wide, the argument 32: what is above is not said.
        Origin::Signed(at) => writer.number(i64::from(told.number(at) as i32)),
        Origin::Text(at) => writer.text(told.arguments[at]),
        Origin::Bytes(at) => writer.bytes(told.arguments[at]),
        Origin::Word(at, word, conversion) => {
            let number = told.arguments[at]
                .get(word * 8..)
                .and_then(|bytes| bytes.first_chunk())
                .map_or(0, |bytes| u64::from_ne_bytes(*bytes));
            writer.number(convert(conversion, number).cast_signed())
        }
        Origin::Half(at, half) => {
            let number = told.arguments[at]
                .get(half * 4..)
                .and_then(|bytes| bytes.first_chunk())
                .map_or(-1, |bytes| i32::from_ne_bytes(*bytes));
            writer.number(i64::from(number))
        }
        Origin::Device => match told.opened() {
            // As `stat(2)` packs it for user space (include/linux/kdev_t.h, new_encode_dev).
            Some(file) => writer.number(i64::from(packed_device(file.device()))),
            None => writer.number(0),
        },
        Origin::Inode => writer.number(told.opened().map_or(0, |file| file.inode()).cast_signed()),
        Origin::Opened(at) => {
            let asked =
                convert(numbers::Conversion::Open, told.number(at)) | told.opened().map_or(0, layer_flags);
            writer.number(asked.cast_signed())
        }
        Origin::Address(at) => match socket_address(told.arguments[at], room) {
            Some(address) => writer.with(|out| address.write(out)),
            None => writer.empty(),
        },
        Origin::Client(at) => tuple(writer, told.socket(at), true),
        Origin::Server(at) => tuple(writer, told.socket(at), false),
        Origin::Accepted => tuple(writer, told.socket(6), false),
        Origin::Nothing => writer.empty(),
    };
}

fn layer_flags(file: FileInfo<'_>) -> u64 {
    let flags = file.flags();
    let name = match (flags.is_in_upper_layer, flags.is_in_lower_layer) {
        (true, _) => "FD_UPPER_LAYER",
        (_, true) => "FD_LOWER_LAYER",
        _ => return 0,
    };
    events::flags::FILE.number(name).map_or(0, u64::from)
}

pub(crate) fn packed_device(device: u32) -> u32 {
    let (major, minor) = (device >> 20, device & 0xf_ffff);
    (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
}

/// A `struct sockaddr` as user memory holds it.
fn socket_address<'a>(bytes: &'a [u8], room: &'a mut Vec<u8>) -> Option<SocketAddress<'a>> {
    let (family, rest) = bytes.split_first_chunk::<2>()?;
    Some(match u16::from_ne_bytes(*family) {
        1 => {
            // An abstract name begins with a zero byte, which captures write as `@`.
            let Some((0, name)) = rest.split_first().map(|(first, name)| (*first, name)) else {
                return Some(SocketAddress::Unix(rest.split(|byte| *byte == 0).next().unwrap_or_default()));
            };
            room.clear();
            room.push(b'@');
            room.extend_from_slice(name.split(|byte| *byte == 0).next().unwrap_or_default());
            SocketAddress::Unix(room)
        }
        2 => {
            let port = u16::from_be_bytes(*rest.first_chunk()?);
            let address: [u8; 4] = *rest.get(2..)?.first_chunk()?;
            SocketAddress::Ip(events::Endpoint { ip: address.into(), port })
        }
        10 => {
            let port = u16::from_be_bytes(*rest.first_chunk()?);
            let address: [u8; 16] = *rest.get(6..)?.first_chunk()?;
            SocketAddress::Ip(events::Endpoint { ip: address.into(), port })
        }
        other => SocketAddress::Other(u8::try_from(other).unwrap_or(u8::MAX)),
    })
}

/// Writes both ends; `is_ours` says whether this end began the connection.
fn tuple<'w>(
    writer: &'w mut EventWriter,
    socket: Option<SocketInfo<'_>>,
    is_ours: bool,
) -> &'w mut EventWriter {
    let Some(socket) = socket else { return writer.empty() };
    if let (Some(local), Some(remote)) = (socket.local(), socket.remote()) {
        let end = |address: std::net::SocketAddr| events::Endpoint { ip: address.ip(), port: address.port() };
        let (source, destination) =
            if is_ours { (end(local), end(remote)) } else { (end(remote), end(local)) };
        return writer.with(|out| SocketTuple::Ip { source, destination }.write(out));
    }
    if socket.family() == 1 {
        let (own, peer) = socket.unix_names();
        let path = if is_ours && !peer.is_empty() { peer } else { own };
        return writer.with(|out| SocketTuple::Unix { source: 0, destination: 0, path }.write(out));
    }
    let family = u8::try_from(socket.family()).unwrap_or(u8::MAX);
    writer.with(|out| SocketTuple::Other(family).write(out))
}
