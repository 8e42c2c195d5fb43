//! The one place that speaks to aya. Everything else of the crate would stay when another loader takes its place.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aya::maps::{Array, HashMap, MapData, PerCpuHashMap, RingBuf};
use aya::programs::{Iter, ProgramError, RawTracePoint, TracePoint};
use aya::{Btf, Ebpf, EbpfLoader, include_bytes_aligned};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::filter::{self, Filter};
use crate::hooks::HookKind;
use crate::learned::BYTES as LEARNED_BYTES;
use crate::paths::{PathRows, Row};
use crate::{Granted, Hook, Learned, Loss, Options, Policy, Record, SensorError, call, hooks, tracefs};

/// `bpf/sensor.bpf.c`, compiled; `tests/object.rs` compares.
static OBJECT: &[u8] = include_bytes_aligned!("../bpf/sensor.bpf.o");

const CALL_EXIT: &str = "on_call";
/// The most that one answer of the iterator may hold: 65,536 tasks of the usual size.
const TASKS_BYTES_MAX: u64 = 256 << 20;

/// Programs and maps, as long as this lives.
pub(crate) struct Kernel {
    programs: Ebpf,
    ring: RingBuf<MapData>,
    policies: Policies,
    places: HashMap<MapData, u64, u32>,
    inodes: HashMap<MapData, [u64; 2], u32>,
    losses: PerCpuHashMap<MapData, [u8; 16], u64>,
    learned: HashMap<MapData, u64, [u8; LEARNED_BYTES]>,
}

/// What the kernel knows a file by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Inode {
    /// The device of its file system, as the kernel holds it: major << 20 | minor.
    pub device: u32,
    /// Its number there.
    pub number: u64,
}

impl Inode {
    /// `struct inode_key`.
    const fn key(self) -> [u64; 2] {
        [self.number, self.device as u64]
    }
}

/// Policies of cgroups, as the kernel holds them; may be set from any thread as long as the sensor is open, and are forgotten
/// with the last of its clones.
#[derive(Clone)]
pub struct Policies(Arc<Mutex<HashMap<MapData, u64, u32>>>);

impl Policies {
    /// Sets what is to be done in a cgroup (its id in the unified hierarchy: the inode of its directory).
    ///
    /// # Errors
    /// When the table of policies is full (16,384 cgroups).
    pub fn set(&self, cgroup: u64, policy: Policy) -> Result<(), SensorError> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.insert(cgroup, policy.bits(), 0).map_err(|source| map("policies", source))
    }

    /// Forgets the policy of a cgroup. One that was not set is no error.
    pub fn clear(&self, cgroup: u64) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The only error that matters, that it was not there, is none.
        let _ = table.remove(&cgroup);
    }
}

/// Loads and attaches on a thread of its own, because tracefs may have to be mounted for it alone.
pub(crate) fn open(options: &Options) -> Result<(Kernel, Vec<Granted>), SensorError> {
    let work = || {
        tracefs::make_visible();
        open_here(options)
    };
    std::thread::scope(|scope| scope.spawn(work).join().expect("loading does not panic"))
}

fn open_here(options: &Options) -> Result<(Kernel, Vec<Granted>), SensorError> {
    let btf = Btf::from_sys_fs().map_err(|source| SensorError::NoBtf { source: source.into() })?;
    let own = if options.with_self { 0 } else { std::process::id() };
    let wake_bytes = u64::from(options.ring_bytes / 8);
    let rows = PathRows::of(&options.filters.paths);
    let (start, count) = rows.as_ref().map_or((0, 1), |rows| (u32::from(rows.start), rows.rows.len()));
    let mut programs = EbpfLoader::new()
        .btf(Some(&btf))
        .override_global("own_tgid", &own, true)
        .override_global("host_mnt_ns", &options.host_mount_namespace, true)
        .override_global("container_policy", &options.container_policy.bits(), true)
        .override_global("wake_bytes", &wake_bytes, true)
        .override_global("tell_use", &u32::from(options.uses), true)
        .override_global("watch_inodes", &u32::from(options.inodes), true)
        .override_global("rate_max", &options.rate_max, true)
        .override_global("bytes_max", &options.bytes_max.min(255), true)
        .override_global("paths_start", &start, true)
        .map_max_entries("ring", options.ring_bytes)
        .map_max_entries("paths", u32::try_from(count).unwrap_or(1))
        .load(OBJECT)
        .map_err(|source| SensorError::Load { source: source.into() })?;
    // Without room for all parts of paths nobody can say which opens are of no use.
    let filters = if rows.is_some() { options.filters.calls.as_slice() } else { &[] };
    fill_calls(&mut programs, options, filters)?;
    if let Some(rows) = &rows {
        fill_paths(&mut programs, rows)?;
    }
    let mut granted: Vec<Granted> = hooks()
        .iter()
        .filter(|hook| is_wanted(hook, options))
        .map(|hook| answer(hook.name, hook.gives, attach(&mut programs, hook, &btf)))
        .collect();
    if granted.iter().take(3).any(|hook| hook.refusal.is_some()) {
        let reasons: Vec<String> = granted
            .iter()
            .filter_map(|hook| Some(format!("{}: {}", hook.name, hook.refusal.as_ref()?)))
            .collect();
        return Err(SensorError::NothingGranted { reasons: reasons.join("; ") });
    }
    granted.extend(attach_calls(&mut programs, options));
    let kernel = Kernel {
        ring: RingBuf::try_from(take(&mut programs, "ring")?).map_err(|source| map("ring", source))?,
        policies: Policies(Arc::new(Mutex::new(
            HashMap::try_from(take(&mut programs, "policies")?).map_err(|source| map("policies", source))?,
        ))),
        places: HashMap::try_from(take(&mut programs, "groups")?).map_err(|source| map("groups", source))?,
        inodes: HashMap::try_from(take(&mut programs, "inodes")?).map_err(|source| map("inodes", source))?,
        losses: PerCpuHashMap::try_from(take(&mut programs, "losses")?)
            .map_err(|source| map("losses", source))?,
        learned: HashMap::try_from(take(&mut programs, "learned")?)
            .map_err(|source| map("learned", source))?,
        programs,
    };
    Ok((kernel, granted))
}

fn is_wanted(hook: &Hook, options: &Options) -> bool {
    match hook.kind {
        HookKind::Map => options.maps || options.uses,
        HookKind::Learn => options.learns,
        HookKind::Sockets => options.sockets,
        HookKind::RawTracepoint | HookKind::Iterator => true,
    }
}

fn fill_calls(programs: &mut Ebpf, options: &Options, filters: &[Filter]) -> Result<(), SensorError> {
    let mut table: Array<_, [u8; 24]> =
        Array::try_from(programs.map_mut("calls").ok_or(SensorError::Map { name: "calls", source: None })?)
            .map_err(|source| map("calls", source))?;
    for name in &options.calls {
        let known = call(name).ok_or_else(|| SensorError::UnknownCall { name: (*name).to_owned() })?;
        // `struct call`.
        let mut row = [0; 24];
        for (byte, form) in row.iter_mut().zip(known.forms) {
            *byte = form as u8;
        }
        row[6] = known.flags;
        if let Some(filter) = filters.iter().find(|filter| filter.call == *name) {
            let (family, first, second) = filter::family(name);
            row[7] = family as u8;
            row[8..16].copy_from_slice(&filter.told.to_ne_bytes());
            (row[16], row[17]) = (first, second);
        }
        table.set(known.number, row, 0).map_err(|source| map("calls", source))?;
    }
    Ok(())
}

fn fill_paths(programs: &mut Ebpf, rows: &PathRows) -> Result<(), SensorError> {
    let mut table: Array<_, Row> =
        Array::try_from(programs.map_mut("paths").ok_or(SensorError::Map { name: "paths", source: None })?)
            .map_err(|source| map("paths", source))?;
    for (index, row) in (0..).zip(&rows.rows) {
        table.set(index, row, 0).map_err(|source| map("paths", source))?;
    }
    Ok(())
}

fn attach(programs: &mut Ebpf, hook: &Hook, btf: &Btf) -> Result<(), ProgramError> {
    let program = programs.program_mut(hook.program).expect("the object has a program for each hook");
    match hook.kind {
        HookKind::RawTracepoint | HookKind::Learn | HookKind::Sockets => {
            let program: &mut RawTracePoint = program.try_into()?;
            program.load()?;
            program.attach(hook.name)?;
        }
        HookKind::Iterator => {
            let program: &mut Iter = program.try_into()?;
            program.load("task", btf)?;
        }
        HookKind::Map => {
            let program: &mut TracePoint = program.try_into()?;
            program.load()?;
            program.attach("syscalls", "sys_enter_mmap")?;
        }
    }
    Ok(())
}

/// One program for every call, attached as often as there are calls.
fn attach_calls(programs: &mut Ebpf, options: &Options) -> Vec<Granted> {
    if options.calls.is_empty() {
        return Vec::new();
    }
    let program: Result<&mut TracePoint, ProgramError> =
        programs.program_mut(CALL_EXIT).expect("the object has a program for calls").try_into();
    let program = program.and_then(|program| program.load().map(|()| program));
    let mut granted = Vec::new();
    match program {
        Ok(program) => {
            for name in &options.calls {
                // Tracepoints go by the names of functions in the kernel (fs/namespace.c: SYSCALL_DEFINE2(umount, …)).
                let function = if *name == "umount2" { "umount" } else { name };
                let place = format!("sys_exit_{function}");
                granted.push(answer(
                    &format!("syscalls/{place}"),
                    name,
                    program.attach("syscalls", &place).map(drop),
                ));
            }
        }
        Err(error) => granted.push(answer("syscalls/sys_exit_*", "system calls", Err(error))),
    }
    granted
}

fn answer(name: &str, gives: &str, result: Result<(), ProgramError>) -> Granted {
    Granted {
        name: name.to_owned(),
        gives: gives.to_owned(),
        refusal: result.err().map(|error| chain(&error)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let part = error.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        source = error.source();
    }
    text
}

fn map(name: &'static str, source: aya::maps::MapError) -> SensorError {
    SensorError::Map { name, source: Some(source.into()) }
}

fn take(programs: &mut Ebpf, name: &'static str) -> Result<aya::maps::Map, SensorError> {
    programs.take_map(name).ok_or(SensorError::Map { name, source: None })
}

impl Kernel {
    pub(crate) fn poll(
        &mut self,
        patience: Duration,
        visit: &mut dyn FnMut(Record<'_>),
    ) -> Result<usize, SensorError> {
        let mut count = self.drain(visit);
        if count == 0 && !patience.is_zero() {
            let timeout = Timespec::try_from(patience).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
            let mut waiting = [PollFd::new(&self.ring, PollFlags::IN)];
            match poll(&mut waiting, Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(source) => {
                    return Err(SensorError::Io { step: "wait for records", source: source.into() });
                }
            }
            count = self.drain(visit);
        }
        Ok(count)
    }

    fn drain(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> usize {
        let mut count = 0;
        while let Some(item) = self.ring.next() {
            if let Some(record) = Record::read(&item) {
                visit(record);
                count += 1;
            }
        }
        count
    }

    pub(crate) fn tasks(&mut self) -> Result<Vec<u8>, SensorError> {
        let refused = |error: &dyn std::error::Error| SensorError::Load { source: chain(error).into() };
        let program: &mut Iter = self
            .programs
            .program_mut("on_task")
            .expect("the object has the iterator")
            .try_into()
            .map_err(|error: ProgramError| refused(&error))?;
        let id = program.attach().map_err(|error| refused(&error))?;
        let link = program.take_link(id).map_err(|error| refused(&error))?;
        let file = link.into_file().map_err(|error| refused(&error))?;
        let mut bytes = Vec::new();
        file.take(TASKS_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(|source| SensorError::Io { step: "read the list of tasks", source })?;
        Ok(bytes)
    }

    pub(crate) fn policies(&self) -> &Policies {
        &self.policies
    }

    pub(crate) fn set_place(&mut self, cgroup: u64, is_container: Option<bool>) -> Result<(), SensorError> {
        // `enum group`.
        let place = match is_container {
            Some(false) => 1,
            Some(true) => 2,
            None => 3,
        };
        self.places.insert(cgroup, place, 0).map_err(|source| map("groups", source))
    }

    pub(crate) fn clear_place(&mut self, cgroup: u64) {
        // The only error that matters, that it was not there, is none.
        let _ = self.places.remove(&cgroup);
    }

    pub(crate) fn set_inode(&mut self, inode: Inode) -> Result<(), SensorError> {
        self.inodes.insert(inode.key(), 1, 0).map_err(|source| map("inodes", source))
    }

    pub(crate) fn clear_inode(&mut self, inode: Inode) {
        // As with places.
        let _ = self.inodes.remove(&inode.key());
    }

    pub(crate) fn learned(&self) -> Result<Vec<Learned>, SensorError> {
        let mut all = Vec::new();
        for entry in self.learned.iter() {
            let (group, bytes) = entry.map_err(|source| map("learned", source))?;
            all.push(Learned::read(group, &bytes));
        }
        Ok(all)
    }

    pub(crate) fn forget_learned(&mut self, group: u64) {
        // As with policies: one that was not there is no error.
        let _ = self.learned.remove(&group);
    }

    pub(crate) fn losses(&mut self) -> Result<Vec<Loss>, SensorError> {
        let mut losses = Vec::new();
        let mut seen = Vec::new();
        for entry in self.losses.iter() {
            let (key, values) = entry.map_err(|source| map("losses", source))?;
            losses.push(Loss::read(&key, values.iter().sum()));
            seen.push(key);
        }
        for key in seen {
            // What is counted between reading and removing is lost with the entry: a few records beside many.
            let _ = self.losses.remove(&key);
        }
        Ok(losses)
    }
}
