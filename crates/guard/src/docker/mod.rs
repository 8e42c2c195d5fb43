//! `seawall guard docker`: the front before a Docker engine.

mod caller;
mod connection;
mod facts;
mod images;
mod message;
mod plugin;
mod policy;
mod pull;
mod record;
mod rules;
mod status;
mod told;
mod upload;

pub use images::{ImageSources, MakeImageSources};
pub use policy::{Judge, PolicySource};

use crate::{
    front::{Arrival, Listener, accept},
    paths::HostPaths,
    rate::Rates,
    upstream::Upstream,
};
use control::{Date, DockerfileJudge, Warning};
use ledger::Ledger;
use policy::PolicyHolder;
use std::{
    io::{self, Write as _},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How a guard is set up.
pub struct GuardOptions {
    /// The engine's socket.
    pub upstream: PathBuf,
    /// The policy.
    pub policy: PolicySource,
    /// The root of the host's file system.
    pub host_root: PathBuf,
    /// Files and directories of the guard, which no container gets: sockets, log, policy, keys.
    pub own: Vec<PathBuf>,
    /// Requests a second for each client.
    pub rate_limit: Option<u32>,
    /// Connections at once.
    pub connections_max: usize,
    /// Makes what says whether images pass, where the policy asks for it.
    pub images: Option<Arc<MakeImageSources>>,
    /// Judges Dockerfiles of builds, where the policy asks for it.
    pub dockerfiles: Option<DockerfileJudge>,
}

/// A guard before a Docker engine.
pub struct Guard {
    upstream: Arc<Upstream>,
    policy: PolicyHolder,
    host: HostPaths,
    ledger: Ledger,
    rates: Rates,
    counters: Counters,
    process: u32,
    requests: AtomicU64,
    started: String,
    open: Arc<AtomicUsize>,
    connections_max: usize,
    dockerfiles: Option<DockerfileJudge>,
}

/// What a guard did so far.
#[derive(Debug, Default)]
struct Counters {
    forwarded: AtomicU64,
    refused: AtomicU64,
}

impl Counters {
    fn count_forwarded(&self) {
        self.forwarded.fetch_add(1, Ordering::Relaxed);
    }

    fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}

impl Guard {
    /// Sets a guard up. A policy that cannot be read is no error here: calls are refused until it can be.
    #[must_use]
    pub fn new(options: GuardOptions, ledger: Ledger) -> Arc<Self> {
        let mut own = options.own;
        own.push(options.upstream.clone());
        Arc::new(Self {
            upstream: Arc::new(Upstream::new(&options.upstream)),
            policy: PolicyHolder::new(options.policy, options.images),
            host: HostPaths::new(&options.host_root, own),
            ledger,
            rates: Rates::new(options.rate_limit),
            counters: Counters::default(),
            process: std::process::id(),
            requests: AtomicU64::new(0),
            started: now(),
            open: Arc::default(),
            connections_max: options.connections_max,
            dockerfiles: options.dockerfiles,
        })
    }

    /// Serves a listener until it fails for good.
    ///
    /// # Errors
    /// When no more connections can be taken, or the listener lets anybody in.
    pub fn serve(self: &Arc<Self>, listener: &Listener) -> io::Result<()> {
        if matches!(listener, Listener::Open(..)) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "clients of an engine show who they are",
            ));
        }
        let guard = Arc::clone(self);
        let serve: Arc<dyn Fn(Arrival) + Send + Sync> =
            Arc::new(move |arrival| connection::serve(&guard, arrival));
        accept(listener, &self.open, self.connections_max, &serve)
    }

    /// Serves the engine as an authorization plugin: a second line only, since the engine does not tell a plugin everything.
    ///
    /// # Errors
    /// When no more connections can be taken.
    pub fn serve_plugin(self: &Arc<Self>, listener: &Listener) -> io::Result<()> {
        let guard = Arc::clone(self);
        let serve: Arc<dyn Fn(Arrival) + Send + Sync> =
            Arc::new(move |arrival| plugin::serve(&guard, arrival));
        accept(listener, &self.open, self.connections_max, &serve)
    }

    /// Reads the policy again, and says what to know of it. Connections and sessions stay.
    ///
    /// # Errors
    /// When it cannot be used; calls are refused until it can.
    pub fn reload(&self) -> Result<Vec<Warning>, String> {
        self.policy.reload()
    }

    /// What to know of the policy as it was read last.
    ///
    /// # Errors
    /// When it cannot be used; calls are refused until it can.
    pub fn policy_state(&self) -> Result<Vec<Warning>, String> {
        self.policy.state()
    }

    /// Looks at the policy's file every so often and reads it again when it changed; `told` hears what came of it.
    pub fn watch_policy(&self, every: Duration, told: impl Fn(Result<Vec<Warning>, String>)) {
        loop {
            std::thread::sleep(every);
            if self.policy.is_stale() {
                told(self.reload());
            }
        }
    }

    /// Signs a checkpoint over everything that was recorded; the last thing that a guard does.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close_log(&self) -> Result<(), ledger::LedgerError> {
        self.ledger.checkpoint()
    }

    /// Calls passed on, refused, and connections that are open.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, usize) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.counters.forwarded), count(&self.counters.refused), self.open.load(Ordering::Relaxed))
    }

    fn next_request(&self) -> String {
        format!("{:x}-{}", self.process, self.requests.fetch_add(1, Ordering::Relaxed))
    }

    fn say(&self, text: &str) {
        // Nobody need read it.
        let _ = writeln!(io::stderr(), "seawall guard: {text}");
    }
}

fn now() -> String {
    let now = time::OffsetDateTime::now_utc().replace_nanosecond(0).expect("0 is within a second");
    now.format(&time::format_description::well_known::Rfc3339).expect("this century can be formatted")
}

fn today() -> Date {
    let today = time::OffsetDateTime::now_utc().date();
    today.to_string().parse().expect("a day of this century is written YEAR-MONTH-DAY")
}
