//! What the sensor's records tell of the use of images.

use std::fs;
use std::time::Instant;

use sensor::{Descriptor, FileInfo, Form, Kind, Part, Record, call_by_number};
use state::State;
use usage::How;

use super::Used;

/// Scripts that are waited for.
const SCRIPTS_MAX: usize = 1024;
/// Bytes of the maps of a process that ran before the watch.
const MAPS_BYTES_MAX: u64 = 4 << 20;

impl Used {
    /// Takes what a record tells of use. The state has taken over the record's event already.
    pub(crate) fn record(&mut self, record: &Record<'_>, container: &str, state: &State) {
        if let Some(watched) = self.containers.get_mut(container) {
            watched.last = Instant::now();
        }
        match record.kind() {
            Kind::Exec => self.exec(record, container, state),
            Kind::Task => self.task(record, container, state),
            Kind::Used | Kind::Mapped if !record.is_against_policy() => {
                let count =
                    if record.kind() == Kind::Used { record.result().max(1).cast_unsigned() } else { 1 };
                for part in record.parts() {
                    if let Part::File(file) = part {
                        self.file(file, container, state, How::Mapped, count);
                    }
                }
            }
            Kind::Call if record.result() >= 0 => self.call(record, container, state),
            Kind::Exit => {
                self.scripts.remove(&record.tgid());
            }
            _ => {}
        }
    }

    fn exec(&mut self, record: &Record<'_>, container: &str, state: &State) {
        let (mut filename, mut interpreter): (&[u8], &[u8]) = (&[], &[]);
        let is_outside =
            |part| matches!(part, Part::Task(task) if task.namespaces()[1] == self.host_namespace);
        if record.parts().any(is_outside) {
            return;
        }
        for part in record.parts() {
            match part {
                Part::Executable(file) => self.file(file, container, state, How::Executed, 1),
                Part::Loader(file) => self.file(file, container, state, How::Executed, 1),
                Part::Filename(name) => filename = name,
                Part::Interpreter(name) => interpreter = name,
                _ => {}
            }
        }
        if !filename.is_empty() && filename != interpreter {
            if self.scripts.len() >= SCRIPTS_MAX {
                self.scripts.clear();
            }
            self.scripts.insert(record.tgid(), filename.to_owned());
        }
    }

    /// A process that ran before the watch: what it has mapped is read from the kernel's own list.
    fn task(&mut self, record: &Record<'_>, container: &str, state: &State) {
        if record.tid() != record.tgid() {
            return;
        }
        for part in record.parts() {
            if let Part::Executable(file) = part {
                self.file(file, container, state, How::Executed, 1);
            }
        }
        for path in mapped_files(record.tgid()) {
            self.path(&path, container, state, How::Mapped, 1);
        }
    }

    fn call(&mut self, record: &Record<'_>, container: &str, state: &State) {
        let Some(call) = call_by_number(record.number()).filter(|call| call.name.starts_with("open")) else {
            return;
        };
        let path_at = call.forms.iter().position(|form| *form == Form::Path);
        let mut given: &[u8] = &[];
        for part in record.parts() {
            match part {
                Part::Argument(at, bytes) if Some(at) == path_at => given = bytes,
                Part::Described(6, Descriptor::File(file)) => {
                    if usage::is_code(file.name()) {
                        self.file(file, container, state, How::Opened, 1);
                    } else if !self.scripts.is_empty()
                        && self.scripts.get(&record.tgid()).is_some_and(|script| script == given)
                    {
                        self.scripts.remove(&record.tgid());
                        self.file(file, container, state, How::Executed, 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn file(&mut self, file: FileInfo<'_>, container: &str, state: &State, how: How, count: u64) {
        let flags = file.flags();
        if flags.is_memory || flags.is_outside_root || flags.is_unlinked {
            return;
        }
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        file.write_path(&mut room);
        if let Ok(path) = std::str::from_utf8(&room) {
            self.path(path, container, state, how, count);
        }
        self.room = room;
    }

    fn path(&mut self, path: &str, container: &str, state: &State, how: How, count: u64) {
        self.path_since(path, container, state, (how, count), Instant::now());
    }
}

/// Files that a process has mapped for execution (proc(5), `/proc/PID/maps`), as the process sees them.
fn mapped_files(process: u32) -> Vec<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let Ok(file) = fs::File::open(format!("/proc/{process}/maps")) else { return Vec::new() };
    if file.take(MAPS_BYTES_MAX).read_to_string(&mut text).is_err() {
        return Vec::new();
    }
    let mut files: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let is_executable = words.nth(1)?.contains('x');
            // A path may hold blanks; what is deleted is not of the image.
            let path = line.get(line.find('/')?..)?;
            (is_executable && !path.ends_with(" (deleted)")).then(|| path.to_owned())
        })
        .collect();
    files.sort();
    files.dedup();
    files
}
