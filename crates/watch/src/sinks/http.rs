//! Alerts posted to a web hook, by a thread of its own and from a disk buffer: what the other side does not take is tried
//! again, also after a restart.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Shape, Sink, SinkError, Written, shaped};
use crate::spool::Spool;

/// A web hook.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Where alerts are posted, `http://` or `https://`.
    pub url: String,
    /// How they are written; Falcosidekick and others take [`Shape::Json`].
    pub shape: Shape,
    /// Headers that are added: `Authorization` …
    pub headers: Vec<(String, String)>,
    /// Directory of the disk buffer.
    pub buffer: PathBuf,
    /// Bytes that may wait.
    pub buffer_bytes_max: u64,
}

/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the end of the program waits for what is on its way.
const FINISH: Duration = Duration::from_secs(5);
const BATCH: usize = 64;

pub(crate) struct Http {
    shape: Shape,
    spool: Arc<Mutex<Spool>>,
    wake: Option<SyncSender<()>>,
    worker: Option<JoinHandle<()>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Alerts that could not be kept, or that the other side will never take.
    lost: AtomicU64,
    retries: AtomicU64,
}

impl Http {
    pub(crate) fn open(options: &HttpOptions) -> Result<Self, SinkError> {
        let is_address = ["http://", "https://"].iter().any(|scheme| options.url.starts_with(scheme));
        if !is_address {
            let reason = "it begins neither with http:// nor with https://".to_owned();
            return Err(SinkError::Address { url: options.url.clone(), reason });
        }
        let spool = Spool::open(&options.buffer, options.buffer_bytes_max)
            .map_err(|source| SinkError::File { path: options.buffer.clone(), source })?;
        let spool = Arc::new(Mutex::new(spool));
        let counts = Arc::new(Counts::default());
        let (wake, woken) = sync_channel(1);
        let worker = Worker {
            agent: ureq::Agent::config_builder()
                .user_agent(concat!("seawall/", env!("CARGO_PKG_VERSION")))
                .http_status_as_error(false)
                .timeout_global(Some(TIMEOUT))
                .build()
                .into(),
            options: options.clone(),
            spool: Arc::clone(&spool),
            counts: Arc::clone(&counts),
            woken,
        };
        let worker = std::thread::Builder::new().name("webhook".to_owned()).spawn(move || worker.run());
        let worker = worker.map_err(|source| SinkError::File { path: options.buffer.clone(), source })?;
        // What waits from an earlier run goes first.
        let _ = wake.try_send(());
        Ok(Self { shape: options.shape, spool, wake: Some(wake), worker: Some(worker), counts })
    }
}

impl Sink for Http {
    fn send(&mut self, written: &Written<'_>) {
        let line = shaped(written, self.shape);
        let is_kept = self.spool.lock().is_ok_and(|mut spool| spool.push(line.as_bytes()).is_ok());
        if !is_kept {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(wake) = &self.wake {
            // A full channel has woken it already.
            let _ = wake.try_send(());
        }
    }

    fn failures(&self) -> u64 {
        let dropped = self.spool.lock().map_or(0, |spool| spool.dropped());
        self.counts.lost.load(Ordering::Relaxed) + dropped
    }

    fn retries(&self) -> u64 {
        self.counts.retries.load(Ordering::Relaxed)
    }

    fn waiting_bytes(&self) -> u64 {
        self.spool.lock().map_or(0, |spool| spool.waiting_bytes())
    }

    fn finish(&mut self) {
        self.wake = None;
        let end = Instant::now() + FINISH;
        if let Some(worker) = self.worker.take() {
            while !worker.is_finished() && Instant::now() < end {
                std::thread::park_timeout(Duration::from_millis(20));
            }
        }
    }
}

struct Worker {
    agent: ureq::Agent,
    options: HttpOptions,
    spool: Arc<Mutex<Spool>>,
    counts: Arc<Counts>,
    woken: Receiver<()>,
}

impl Worker {
    fn run(self) {
        let mut pause = Duration::ZERO;
        loop {
            let is_ending = self.wait(pause);
            match self.deliver() {
                Ok(()) => pause = Duration::ZERO,
                Err(()) => {
                    self.counts.retries.fetch_add(1, Ordering::Relaxed);
                    pause = (pause * 2).clamp(Duration::from_millis(200), PAUSE_MAX);
                }
            }
            if is_ending {
                return;
            }
        }
    }

    /// Waits for alerts; after a failure for the whole pause, whatever comes meanwhile. Returns whether the program ends.
    fn wait(&self, pause: Duration) -> bool {
        if pause.is_zero() {
            return self.woken.recv().is_err();
        }
        let end = Instant::now() + pause;
        loop {
            match self.woken.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => return false,
                Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
    }

    /// Sends what waits, in order, until nothing does or a try fails.
    fn deliver(&self) -> Result<(), ()> {
        loop {
            let waiting = self.spool.lock().map_err(drop)?.waiting(BATCH).map_err(drop)?;
            if waiting.is_empty() {
                return Ok(());
            }
            for line in &waiting {
                if self.post(&line.line) {
                    self.spool.lock().map_err(drop)?.delivered(line).map_err(drop)?;
                } else {
                    return Err(());
                }
            }
        }
    }

    /// Whether the other side has taken it, or never will.
    fn post(&self, body: &[u8]) -> bool {
        let mut request = self.agent.post(&self.options.url).header("Content-Type", "application/json");
        for (name, value) in &self.options.headers {
            request = request.header(name, value);
        }
        match request.send(body) {
            // An answer that says the alert itself is wrong will not change; a busy or missing server may.
            Ok(answer) => {
                let status = answer.status().as_u16();
                let is_for_later = status == 408 || status == 429 || status >= 500;
                if !is_for_later && status >= 300 {
                    self.counts.lost.fetch_add(1, Ordering::Relaxed);
                }
                !is_for_later
            }
            Err(_) => false,
        }
    }
}
