//! Users and groups inside containers, as their own files name them.
//!
//! The files are the container's, so reading them may hang (a file system of its own) or lie; it is done by a thread of its own,
//! below the container's root and within limits, and the loop waits for it a moment only.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2};
use state::{Accounts, State};

use crate::host;

/// How long the first program of a container waits for names.
const PATIENCE: Duration = Duration::from_millis(20);
/// A container whose users are not all known is not asked again before.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
/// How many programs of a container in a row are asked when one gave no answer.
const TRIES_MAX: u32 = 8;
/// Bytes of a file.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Containers that wait for the thread.
const WAITING_MAX: usize = 64;

/// Asks for accounts of containers.
pub(crate) struct AccountReader {
    asking: Option<SyncSender<(Arc<str>, u32)>>,
    answers: Receiver<(Arc<str>, Option<Accounts>)>,
    asked: HashMap<Arc<str>, Asked>,
    /// Whether the thread has kept the loop waiting; it is not waited for until it answers.
    is_late: bool,
}

/// When a container was asked for last, and how often it has not answered.
struct Asked {
    since: Instant,
    failures: u32,
}

impl AccountReader {
    pub(crate) fn new() -> Self {
        let (asking, asked) = sync_channel::<(Arc<str>, u32)>(WAITING_MAX);
        let (answering, answers) = sync_channel(WAITING_MAX * 2);
        let root = root_identity(CWD, "/");
        let reader = std::thread::Builder::new().name("accounts".to_owned()).spawn(move || {
            for (container, process) in asked {
                if answering.send((container, read(process, root))).is_err() {
                    return;
                }
            }
        });
        Self { asking: reader.is_ok().then_some(asking), answers, asked: HashMap::new(), is_late: false }
    }

    /// Learns who the users of the container are that a program began in.
    pub(crate) fn program_began(&mut self, state: &mut State, container: &Arc<str>, process: u32, uid: u32) {
        self.take_answers(state);
        let failures = match self.asked.get(container) {
            None => 0,
            Some(asked) if (1..TRIES_MAX).contains(&asked.failures) => asked.failures,
            Some(asked) if asked.since.elapsed() < AGAIN_AFTER || state.knows_account(container, uid) => {
                return;
            }
            Some(_) => 0,
        };
        let Some(asking) = &self.asking else { return };
        if asking.try_send((Arc::clone(container), process)).is_err() {
            return;
        }
        self.asked.insert(Arc::clone(container), Asked { since: Instant::now(), failures });
        let end = Instant::now() + PATIENCE;
        while !self.is_late {
            match self.answers.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((of, accounts)) => {
                    let is_it = of == *container;
                    self.learn(state, &of, accounts);
                    if is_it {
                        return;
                    }
                }
                Err(_) => self.is_late = true,
            }
        }
    }

    pub(crate) fn forget(&mut self, container: &str) {
        self.asked.remove(container);
    }

    fn take_answers(&mut self, state: &mut State) {
        while let Ok((container, accounts)) = self.answers.try_recv() {
            self.is_late = false;
            self.learn(state, &container, accounts);
        }
    }

    fn learn(&mut self, state: &mut State, container: &Arc<str>, accounts: Option<Accounts>) {
        match accounts {
            Some(accounts) => state.set_accounts(container, accounts),
            // Its process was gone, or not yet below its root: the next program is asked.
            None => {
                if let Some(asked) = self.asked.get_mut(container) {
                    asked.failures += 1;
                }
            }
        }
    }
}

/// The accounts that a process sees, by the numbers of the host.
fn read(process: u32, own_root: Option<(u64, u64)>) -> Option<Accounts> {
    let directory = format!("/proc/{process}/root");
    let root = open(&directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    // A runtime that has not entered the container's root yet would give the host's names.
    if root_identity(&root, "") == own_root {
        return None;
    }
    let uids = Numbers::read(&format!("/proc/{process}/uid_map"))?;
    let gids = Numbers::read(&format!("/proc/{process}/gid_map"))?;
    let mut accounts = Accounts::default();
    for mut user in host::users(&contents(&root, "etc/passwd")) {
        let Some(uid) = uids.outside(user.uid) else { continue };
        user.uid = uid;
        accounts.users.entry(uid).or_insert(user);
    }
    for mut group in host::groups(&contents(&root, "etc/group")) {
        let Some(gid) = gids.outside(group.gid) else { continue };
        group.gid = gid;
        accounts.groups.entry(gid).or_insert(group);
    }
    Some(accounts)
}

fn root_identity(directory: impl std::os::fd::AsFd, path: &str) -> Option<(u64, u64)> {
    let flags = rustix::fs::AtFlags::EMPTY_PATH;
    rustix::fs::statat(directory, path, flags).ok().map(|root| (root.st_dev, root.st_ino))
}

/// A regular file below a root: links lead nowhere else, pipes are not waited for.
fn contents(root: &OwnedFd, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let Ok(file) = openat2(root, Path::new(path), flags, Mode::empty(), resolve) else { return bytes };
    let is_file = fstat(&file).is_ok_and(|status| FileType::from_raw_mode(status.st_mode).is_file());
    if is_file && File::from(file).take(FILE_BYTES_MAX).read_to_end(&mut bytes).is_err() {
        bytes.clear();
    }
    bytes
}

/// user_namespaces(7), `uid_map`: inside, outside, length.
struct Numbers(Vec<(u32, u32, u32)>);

impl Numbers {
    fn read(path: &str) -> Option<Self> {
        std::fs::read_to_string(path).ok().map(|text| Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut numbers = line.split_whitespace().map(|number| number.parse().ok());
            Some((numbers.next()??, numbers.next()??, numbers.next()??))
        };
        Self(text.lines().filter_map(line).collect())
    }

    fn outside(&self, number: u32) -> Option<u32> {
        let range = self
            .0
            .iter()
            .find(|(inside, _, length)| number.checked_sub(*inside).is_some_and(|at| at < *length));
        range.and_then(|(inside, outside, _)| outside.checked_add(number - inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_inside_become_those_of_the_host() {
        let numbers = Numbers::parse("         0     100000      65536\n     70000     5 1\n");
        assert_eq!(numbers.outside(33), Some(100_033));
        assert_eq!(numbers.outside(70_000), Some(5));
        assert_eq!(numbers.outside(65_536), None);
        assert_eq!(Numbers::parse("0 0 4294967295").outside(1000), Some(1000));
    }

    #[test]
    fn a_process_below_the_root_of_the_host_gives_no_names() {
        assert_eq!(read(std::process::id(), root_identity(CWD, "/")), None);
    }

    #[test]
    fn files_are_looked_for_below_the_root_alone() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        std::fs::write(root.path().join("real"), "web:x:33:33::/srv:/bin/sh\n").unwrap();
        std::os::unix::fs::symlink("../../../../real", root.path().join("etc/passwd")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.path().join("etc/group")).unwrap();
        let directory =
            open(root.path(), OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        assert_eq!(contents(&directory, "etc/passwd"), b"web:x:33:33::/srv:/bin/sh\n");
        assert!(
            contents(&directory, "etc/group").is_empty(),
            "the host has such a file, the container has not"
        );
    }
}
