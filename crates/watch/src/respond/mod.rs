//! Responses, done: what was decided about an alert is carried out by threads of their own, in the order decided, and each
//! action answers with what came of it.
//!
//! Two threads, because an engine may take its time: one for what the kernel does at once, one for what the engine does and for
//! what is collected. Their queues are bounded; an order that finds no room is answered as failed.

mod execution;
mod groups;
mod order;
mod process;
mod recordings;
mod work;

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;

use responses::Action;

pub use execution::RefusedExecution;
pub(crate) use execution::upper_directory;
pub use order::{Answer, Order, Outcome, Target, Told};
pub use process::ProcessIdentity;
pub(crate) use process::{container as container_of, is_of_host};
pub use recordings::RecordingsOptions;

use crate::Recording;
use crate::evidence::{self, Collector};
use recordings::Recordings;
use work::{Fast, Slow};

/// What an engine is asked for by responses. Called by one thread.
pub trait EngineCalls: Send {
    /// Takes a container from its networks; returns their names.
    ///
    /// # Errors
    /// What the engine says.
    fn disconnect(&mut self, container: &str) -> Result<Vec<String>, String>;
    /// What the engine knows of a container (`GET /containers/ID/json`).
    fn document(&mut self, container: &str) -> Option<serde_json::Value>;
}

/// How responses are carried out.
#[derive(Clone, Debug, Default)]
pub struct RespondOptions {
    /// Where evidence is kept; nothing when no response asks for it.
    pub evidence: Option<evidence::EvidenceOptions>,
    /// Where recordings are kept.
    pub recordings: Option<RecordingsOptions>,
    /// Whether events are kept in memory, so that evidence waits for its recording.
    pub is_recording: bool,
}

/// Carries out.
pub struct Responder {
    fast: Option<SyncSender<Job>>,
    slow: Option<SyncSender<Job>>,
    told: Sender<Told>,
    answers: Receiver<Told>,
    fast_thread: Option<JoinHandle<()>>,
    slow_thread: Option<JoinHandle<()>>,
}

/// What a thread is given.
pub(crate) enum Job {
    /// Actions about one alert, from one of them on.
    Order(Box<Order>, usize),
    /// A recording that is complete.
    Recording(Recording),
    /// Policies of another sensor.
    Policies(sensor::Policies),
}

const QUEUE_MAX: usize = 256;

impl Responder {
    /// Starts the threads.
    ///
    /// # Errors
    /// When a directory or a thread cannot be made.
    pub fn start(
        options: &RespondOptions,
        policies: sensor::Policies,
        engine: Box<dyn EngineCalls>,
    ) -> io::Result<Self> {
        let (told, answers) = channel();
        let (fast, for_fast) = sync_channel(QUEUE_MAX);
        let (slow, for_slow) = sync_channel(QUEUE_MAX);
        let collector = options.evidence.as_ref().map(Collector::open).transpose()?;
        let recordings = options.recordings.clone().map(Recordings::open).transpose()?;
        let mut fast_work = Fast::new(policies.clone(), slow.clone(), told.clone());
        let mut slow_work =
            Slow::new(policies, engine, collector, recordings, options.is_recording, told.clone());
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.to_owned()).spawn(work)
        };
        let fast_thread = Some(spawn("respond", Box::new(move || fast_work.run(&for_fast)))?);
        let slow_thread = Some(spawn("collect", Box::new(move || slow_work.run(&for_slow)))?);
        Ok(Self { fast: Some(fast), slow: Some(slow), told, answers, fast_thread, slow_thread })
    }

    /// Gives an order. Never waits.
    pub fn submit(&self, order: Order) {
        let Some(fast) = &self.fast else { return };
        if let Err(
            TrySendError::Full(Job::Order(order, _)) | TrySendError::Disconnected(Job::Order(order, _)),
        ) = fast.try_send(Job::Order(Box::new(order), 0))
        {
            refuse(&order, 0, &self.told);
        }
    }

    /// Takes the policies of the sensor that follows another, and sets there what was set before.
    pub fn renew(&self, policies: &sensor::Policies) {
        for queue in self.fast.iter().chain(&self.slow) {
            // A full queue is a storm of responses; those after it set policies of the old sensor in vain, and the next
            // reading of rules mends it.
            let _ = queue.try_send(Job::Policies(policies.clone()));
        }
    }

    /// Takes a complete recording; what calls it from the loop of events must not wait.
    pub fn recordings(&self) -> Box<dyn FnMut(Recording) + Send> {
        let (slow, told) = (self.slow.clone(), self.told.clone());
        Box::new(move |recording| {
            let Some(slow) = &slow else { return };
            if let Err(
                TrySendError::Full(Job::Recording(recording))
                | TrySendError::Disconnected(Job::Recording(recording)),
            ) = slow.try_send(Job::Recording(recording))
            {
                let cause = "too many recordings wait to be written".to_owned();
                let lost = Told::RecordingLost { alerts: recording.alerts, cause };
                // Nobody is told only when the loop has ended.
                let _ = told.send(lost);
            }
        })
    }

    /// What came of orders since the last call.
    pub fn answers(&self) -> Vec<Told> {
        self.answers.try_iter().collect()
    }

    /// Waits until the kernel has done all that was ordered, and the rest is handed on.
    pub fn finish_orders(&mut self) {
        self.fast = None;
        if let Some(thread) = self.fast_thread.take() {
            // It ended by a panic at worst, which was told.
            let _ = thread.join();
        }
    }

    /// Waits until everything that was ordered is done; the last answers are then there. What gives recordings has to be gone.
    pub fn finish(&mut self) {
        self.finish_orders();
        self.slow = None;
        if let Some(thread) = self.slow_thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers for all actions from one on that nobody will take them.
pub(crate) fn refuse(order: &Order, from: usize, told: &Sender<Told>) {
    for action in order.actions.iter().skip(from) {
        let outcome = Outcome::Failed("too many responses wait (dropped)".to_owned());
        let _ = told.send(order.answer(*action, outcome));
    }
}

/// Whether the engine or a disk is needed.
pub(crate) const fn is_slow(action: Action) -> bool {
    matches!(action, Action::Disconnect | Action::Evidence | Action::Record)
}

/// Processes that a target stands for: that of the event first, when it still is the one that is meant.
pub(crate) fn processes_of(target: &Target, count_max: usize) -> Vec<i64> {
    let identity = &target.process;
    let is_there = matches!(process::check(identity), Ok(()) | Err(process::Spared::Protected(_)));
    let mut listed: Vec<i64> = is_there.then_some(identity.process).into_iter().collect();
    if let Some(container) = &identity.container {
        let others = groups::Groups::find(container).map(|groups| groups.processes()).unwrap_or_default();
        listed.extend(others.into_iter().filter(|other| *other != identity.process));
    }
    listed.truncate(count_max);
    listed
}

/// The container that Seawall itself runs in.
#[must_use]
pub fn own_container() -> Option<String> {
    process::container(i64::from(std::process::id()))
}

/// Lets a container go on that was held as a response.
///
/// # Errors
/// When it has no control group, or the kernel refuses.
pub fn thaw(container: &str) -> Result<(), String> {
    groups::Groups::find(container).and_then(|groups| groups.thaw()).map_err(|error| error.to_string())
}
