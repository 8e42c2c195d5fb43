//! A queue as files, for workers on one machine.
//!
//! A job is one file, named for the job, in one of the folders `waiting`, `leased`, `done` and `dead`. All changes happen
//! under a lock that the kernel gives back when its owner dies, and each is one rename(2): whoever is killed in between
//! leaves a queue that is whole. The time of change of a leased file is the time when the lease ends.

use crate::job_queue::died_reason;
use crate::{Counts, DeadJob, Job, JobQueue, Lease, Published, QueueError, QueueOptions};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

const WAITING: &str = "waiting";
const LEASED: &str = "leased";
const DONE: &str = "done";
const DEAD: &str = "dead";
/// How often a job was leased.
const ATTEMPTS: &str = "attempts";
/// Why the last try failed.
const REASONS: &str = "reasons";
const LOCK: &str = "lock";

/// Time between two looks for a job.
const POLL: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// On the disk before the call returns.
    Durable,
    /// When the system comes to it.
    Quick,
}

/// A queue as files in one folder.
#[derive(Debug)]
pub struct FileQueue {
    folder: PathBuf,
    options: QueueOptions,
}

impl FileQueue {
    /// Opens or makes a folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path, options: &QueueOptions) -> Result<Self, QueueError> {
        for name in [WAITING, LEASED, DONE, DEAD, ATTEMPTS, REASONS] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(QueueError::file("make folder", path))?;
        }
        Ok(Self { folder: folder.to_owned(), options: options.clone() })
    }

    // Held until it is dropped, or its process dies.
    fn lock(&self) -> Result<File, QueueError> {
        let path = self.folder.join(LOCK);
        let lock = || {
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            flock(&file, FlockOperation::LockExclusive)?;
            Ok(file)
        };
        lock().map_err(QueueError::file("lock", &path))
    }

    fn path(&self, state: &str, id: &str) -> PathBuf {
        self.folder.join(state).join(id)
    }

    fn move_to(&self, id: &str, from: &str, to: &str) -> Result<(), QueueError> {
        let (from, to) = (self.path(from, id), self.path(to, id));
        fs::rename(&from, &to).map_err(QueueError::file("move", from))
    }

    /// Replaces a file; only a job must outlive the power.
    fn write(&self, path: &Path, content: &[u8], keeping: Keeping) -> Result<(), QueueError> {
        let write = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.folder)?;
            file.write_all(content)?;
            if keeping == Keeping::Durable {
                file.as_file().sync_data()?;
            }
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(QueueError::file("write", path))
    }

    fn attempts(&self, id: &str) -> u32 {
        fs::read_to_string(self.path(ATTEMPTS, id))
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0)
    }

    fn read_job(&self, state: &str, id: &str) -> Result<Job, QueueError> {
        let path = self.path(state, id);
        let bytes = fs::read(&path).map_err(QueueError::file("read", &path))?;
        serde_json::from_slice(&bytes).map_err(|source| QueueError::NoJob { path, source })
    }

    /// Names in a folder; our names are plain ASCII.
    fn names(&self, state: &str) -> Result<impl Iterator<Item = String>, QueueError> {
        let path = self.folder.join(state);
        let entries = fs::read_dir(&path).map_err(QueueError::file("read", path))?;
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()))
    }

    fn set_end(&self, id: &str, end: SystemTime) -> Result<(), QueueError> {
        let path = self.path(LEASED, id);
        let set = || File::options().write(true).open(&path)?.set_modified(end);
        set().map_err(QueueError::file("change", &path))
    }

    // Leases that ran out become waiting jobs again, or dead ones. There are no more than workers and failed jobs.
    fn take_back(&self) -> Result<(), QueueError> {
        for id in self.names(LEASED)? {
            let end = self.path(LEASED, &id).metadata().and_then(|about| about.modified());
            let is_over = end.is_ok_and(|end| end <= SystemTime::now());
            if is_over && self.attempts(&id) >= self.options.tries_max {
                self.give_up(&id, &died_reason(self.options.tries_max))?;
            } else if is_over {
                self.move_to(&id, LEASED, WAITING)?;
            }
        }
        Ok(())
    }

    fn give_up(&self, id: &str, reason: &str) -> Result<(), QueueError> {
        self.write(&self.path(REASONS, id), reason.as_bytes(), Keeping::Quick)?;
        self.move_to(id, LEASED, DEAD)
    }

    fn lease_now(&self) -> Result<Option<Lease>, QueueError> {
        let _lock = self.lock()?;
        self.take_back()?;
        let Some(id) = self.names(WAITING)?.next() else { return Ok(None) };
        let job = self.read_job(WAITING, &id)?;
        let attempt = self.attempts(&id).saturating_add(1);
        // Killed after this, the attempt counts although nobody has the job: that is safe.
        self.write(&self.path(ATTEMPTS, &id), attempt.to_string().as_bytes(), Keeping::Quick)?;
        self.move_to(&id, WAITING, LEASED)?;
        // Killed before this, the lease ended long ago.
        self.set_end(&id, SystemTime::now() + self.options.lease)?;
        Ok(Some(Lease { job, attempt, token: id }))
    }

    // To be asked under the lock.
    fn check(&self, lease: &Lease) -> Result<(), QueueError> {
        let id = &lease.token;
        if !self.path(LEASED, id).exists() || self.attempts(id) != lease.attempt {
            return Err(QueueError::LeaseLost { id: id.clone() });
        }
        Ok(())
    }
}

impl JobQueue for FileQueue {
    fn publish(&self, job: &Job) -> Result<Published, QueueError> {
        let id = job.id();
        let _lock = self.lock()?;
        if [WAITING, LEASED, DONE, DEAD].iter().any(|state| self.path(state, &id).exists()) {
            return Ok(Published::Known);
        }
        let content = serde_json::to_vec(job).expect("a job has only texts");
        self.write(&self.path(WAITING, &id), &content, Keeping::Durable)?;
        Ok(Published::Added)
    }

    fn lease(&self, wait: Duration) -> Result<Option<Lease>, QueueError> {
        let until = Instant::now() + wait;
        loop {
            let lease = self.lease_now()?;
            let left = until.saturating_duration_since(Instant::now());
            if lease.is_some() || left.is_zero() {
                return Ok(lease);
            }
            thread::sleep(POLL.min(left));
        }
    }

    fn heartbeat(&self, lease: &Lease) -> Result<(), QueueError> {
        let _lock = self.lock()?;
        self.check(lease)?;
        self.set_end(&lease.token, SystemTime::now() + self.options.lease)
    }

    fn ack(&self, lease: &Lease) -> Result<(), QueueError> {
        let _lock = self.lock()?;
        self.check(lease)?;
        self.move_to(&lease.token, LEASED, DONE)
    }

    fn nak(&self, lease: &Lease, reason: &str) -> Result<(), QueueError> {
        let _lock = self.lock()?;
        self.check(lease)?;
        if lease.attempt >= self.options.tries_max {
            return self.give_up(&lease.token, reason);
        }
        self.set_end(&lease.token, SystemTime::now() + self.options.retry_delay)
    }

    fn counts(&self) -> Result<Counts, QueueError> {
        let count = |state| self.names(state).map(|names| names.count() as u64);
        let _lock = self.lock()?;
        Ok(Counts {
            waiting: count(WAITING)?,
            leased: count(LEASED)?,
            done: count(DONE)?,
            dead: count(DEAD)?,
        })
    }

    fn dead(&self) -> Result<Vec<DeadJob>, QueueError> {
        let mut dead = Vec::new();
        for id in self.names(DEAD)? {
            let reason = fs::read_to_string(self.path(REASONS, &id)).unwrap_or_default();
            dead.push(DeadJob { job: self.read_job(DEAD, &id)?, reason });
        }
        dead.sort_by(|left, right| left.job.digest.cmp(&right.job.digest));
        Ok(dead)
    }

    fn revive(&self) -> Result<u64, QueueError> {
        let _lock = self.lock()?;
        let dead: Vec<String> = self.names(DEAD)?.collect();
        for id in &dead {
            for state in [ATTEMPTS, REASONS] {
                let path = self.path(state, id);
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(QueueError::file("remove", path)(error));
                    }
                    _ => {}
                }
            }
            self.move_to(id, DEAD, WAITING)?;
        }
        Ok(dead.len() as u64)
    }

    fn options(&self) -> &QueueOptions {
        &self.options
    }
}
