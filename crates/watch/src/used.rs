//! What containers use of their images, kept on the disk.

mod disk;
mod records;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, flock};
use state::{Container, State};
use usage::{Book, How, ImageNames, ImageUse, Limits};

/// How often what changed is written.
const WRITTEN_EVERY: Duration = Duration::from_secs(10);
/// How often it is looked whether the images of containers have become known.
const RESOLVED_EVERY: Duration = Duration::from_secs(1);
/// Containers that are told apart.
const CONTAINERS_MAX: usize = 16_384;
/// Uses that wait until the image of their container is known.
const WAITING_MAX: usize = 16_384;

/// What containers use of their images. Writes by a thread of its own.
pub struct Used {
    book: Book,
    directory: PathBuf,
    writer: Option<(SyncSender<Vec<ImageUse>>, JoinHandle<()>)>,
    written: Instant,
    /// Containers with processes.
    containers: HashMap<String, Watched>,
    /// Parts of seconds that images were watched for.
    rest: HashMap<String, Duration>,
    /// Mount namespace of the host: run times work in a container's group before they enter it.
    host_namespace: u32,
    waiting: Vec<Waiting>,
    resolved: Instant,
    waiting_left_out: u64,
    /// Scripts that were executed, by process, as the program was named: their opening tells where they really lie.
    scripts: HashMap<u32, Vec<u8>>,
    /// When the time of running containers was counted last.
    counted: Instant,
    room: Vec<u8>,
    /// Held as long as this lives: two watches would write over each other.
    _lock: fs::File,
}

/// A use of a file in a container whose image is not known yet.
struct Waiting {
    container: String,
    path: String,
    how: How,
    count: u64,
    since: Instant,
}

/// A container with processes.
struct Watched {
    image: ImageNames,
    begun: Instant,
    last: Instant,
}

/// Why a record of use cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum UsedError {
    /// The directory.
    #[error("cannot keep a record of use in {path}")]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Another watch has it.
    #[error(
        "another seawall watch keeps its record of use in {path} (hint: --used={path}/NAME; `seawall scan --in-use` takes several)"
    )]
    Taken {
        /// Which.
        path: PathBuf,
    },
}

impl Used {
    /// Opens a directory of records, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be written, or another watch has it.
    pub fn open(directory: &Path) -> Result<Self, UsedError> {
        let broken = |source: io::Error| UsedError::Directory { path: directory.to_owned(), source };
        fs::create_dir_all(directory).map_err(broken)?;
        let lock = fs::File::create(directory.join("lock")).map_err(broken)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => UsedError::Taken { path: directory.to_owned() },
            other => broken(other.into()),
        })?;
        let (sender, receiver) = sync_channel(4);
        let place = directory.to_owned();
        let thread = std::thread::Builder::new()
            .name("used".to_owned())
            .spawn(move || disk::write_all(&place, &receiver));
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Ok(Self {
            book: Book::new(&host, true, Limits::default()),
            directory: directory.to_owned(),
            writer: Some((sender, thread.map_err(broken)?)),
            written: Instant::now(),
            counted: Instant::now(),
            containers: HashMap::new(),
            rest: HashMap::new(),
            host_namespace: crate::host::mount_namespace(),
            waiting: Vec::new(),
            resolved: Instant::now(),
            waiting_left_out: 0,
            scripts: HashMap::new(),
            room: Vec::new(),
            _lock: lock,
        })
    }

    /// Events of a container were lost.
    pub(crate) fn lost(&mut self, container: &str, events: u64) {
        if let Some(watched) = self.containers.get(container) {
            self.book.lost(&watched.image.id, events);
        }
    }

    /// Writes what changed, when it is time.
    pub(crate) fn turn(&mut self, state: &State) {
        if !self.waiting.is_empty() && self.resolved.elapsed() >= RESOLVED_EVERY {
            self.resolve(state);
        }
        if self.written.elapsed() < WRITTEN_EVERY {
            return;
        }
        self.written = Instant::now();
        self.resolve(state);
        self.count_time(state);
        if let Some((writer, _)) = &self.writer {
            let changed = self.book.take_changed();
            if !changed.is_empty() {
                // A disk that is too slow gets the next state of things; nothing waits for it here.
                drop(writer.try_send(changed));
            }
        }
    }

    /// Writes all, and waits until it is on the disk.
    pub fn finish(&mut self, state: &State) {
        self.resolve(state);
        self.count_time(state);
        if let Some((writer, thread)) = self.writer.take() {
            drop(writer.send(self.book.take_changed()));
            drop(writer);
            drop(thread.join());
        }
    }

    fn path_since(
        &mut self,
        path: &str,
        container: &str,
        state: &State,
        (how, count): (How, u64),
        since: Instant,
    ) {
        let known = state.container_by_id(container).filter(|known| !known.image_id.is_empty());
        let is_begun = self.containers.contains_key(container);
        let Some(known) = known else {
            // A container that was known and is forgotten is over; its last uses are of no mount that can be told.
            if is_begun {
                self.book.seen(&self.containers[container].image, path, how, count, now());
            } else if self.waiting.len() < WAITING_MAX {
                let (container, path) = (container.to_owned(), path.to_owned());
                self.waiting.push(Waiting { container, path, how, count, since });
            } else {
                self.waiting_left_out += 1;
            }
            return;
        };
        if !is_begun {
            self.begin(known, since);
        }
        if !is_below_a_mount(known, path) {
            self.book.seen(&self.containers[container].image, path, how, count, now());
        }
    }

    /// The first use of a container whose image is known.
    fn begin(&mut self, known: &Container, since: Instant) {
        let image = ImageNames {
            id: known.image_id.clone(),
            name: known.image.clone(),
            digest: known.image_digest.clone(),
        };
        if !self.book.has(&image.id)
            && let Some(earlier) = disk::earlier(&self.directory, &image.id)
        {
            self.book.load(&earlier);
        }
        self.book.container(&image, now());
        if self.containers.len() >= CONTAINERS_MAX {
            self.containers.clear();
        }
        let last = Instant::now();
        self.containers.insert(known.id.clone(), Watched { image, begun: since, last });
    }

    /// Hands over what waited for the image of its container.
    fn resolve(&mut self, state: &State) {
        self.resolved = Instant::now();
        for waiting in std::mem::take(&mut self.waiting) {
            let is_alive = || {
                state.threads().any(|thread| thread.container.as_deref() == Some(waiting.container.as_str()))
            };
            // A container that nobody knows and that is no more never will be known.
            if state.container_by_id(&waiting.container).is_some() || is_alive() {
                let Waiting { container, path, how, count, since } = waiting;
                self.path_since(&path, &container, state, (how, count), since);
            } else {
                self.waiting_left_out += 1;
            }
        }
    }

    /// Counts the time since the last call for every image of which a container ran.
    fn count_time(&mut self, state: &State) {
        let (before, now_is) = (self.counted, Instant::now());
        self.counted = now_is;
        let running: HashSet<&str> =
            state.threads().filter_map(|thread| thread.container.as_deref()).collect();
        let mut spans: HashMap<&str, Duration> = HashMap::new();
        for (id, watched) in &self.containers {
            let end = if running.contains(id.as_str()) { now_is } else { watched.last };
            let span = end.saturating_duration_since(watched.begun.max(before));
            let longest = spans.entry(watched.image.id.as_str()).or_default();
            *longest = span.max(*longest);
        }
        for (image, span) in spans {
            let rest = self.rest.entry(image.to_owned()).or_default();
            *rest += span;
            let secs = rest.as_secs();
            *rest -= Duration::from_secs(secs);
            if secs > 0 {
                self.book.watched(image, secs, now());
            }
        }
        self.containers.retain(|id, _| running.contains(id.as_str()));
    }
}

/// Whether a path lies in something mounted into the container, which is not the image's.
fn is_below_a_mount(container: &Container, path: &str) -> bool {
    container.mounts.iter().any(|mount| {
        let rest = path.strip_prefix(mount.destination.trim_end_matches('/'));
        mount.destination.len() > 1 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
