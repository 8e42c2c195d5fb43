//! The two threads that carry out.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use responses::Action;
use sensor::{Policies, Policy};

use super::execution::ExecutionGuard;
use super::groups::{GroupError, Groups};
use super::recordings::Recordings;
use super::{EngineCalls, Job, Order, Outcome, Target, Told, is_slow, process, refuse};
use crate::Recording;
use crate::evidence::{Bundle, Collector};

/// What the kernel does.
pub(super) struct Fast {
    hands: Hands,
    slow: SyncSender<Job>,
    told: Sender<Told>,
}

impl Fast {
    pub(super) fn new(policies: Policies, slow: SyncSender<Job>, told: Sender<Told>) -> Self {
        Self { hands: Hands::new(policies, told.clone()), slow, told }
    }

    pub(super) fn run(&mut self, jobs: &Receiver<Job>) {
        for job in jobs {
            match job {
                Job::Order(order, from) => self.order(order, from),
                Job::Policies(policies) => self.hands.renew(policies),
                Job::Recording(_) => {}
            }
        }
    }

    fn order(&mut self, order: Box<Order>, from: usize) {
        for at in from..order.actions.len() {
            let action = order.actions[at];
            if is_slow(action) {
                if let Err(
                    TrySendError::Full(Job::Order(order, at))
                    | TrySendError::Disconnected(Job::Order(order, at)),
                ) = self.slow.try_send(Job::Order(order, at))
                {
                    refuse(&order, at, &self.told);
                }
                return;
            }
            let outcome = self.hands.act(action, &order.target);
            let _ = self.told.send(order.answer(action, outcome));
        }
    }
}

/// What the engine does, and what is collected.
pub(super) struct Slow {
    /// For what follows something slow.
    hands: Hands,
    engine: Box<dyn EngineCalls>,
    collector: Option<Collector>,
    recordings: Option<Recordings>,
    is_recording: bool,
    told: Sender<Told>,
    /// Evidence that waits for its recording, by the number of its alert.
    open: HashMap<u64, (Bundle, Box<Order>, Instant)>,
    /// Alerts whose recording is kept by itself, with the names of their rules.
    records: HashMap<u64, String>,
}

/// How long evidence waits for its recording: longer than any recording goes on after its alert.
const RECORDING_PATIENCE: Duration = Duration::from_secs(330);
/// Evidence that waits.
const OPEN_MAX: usize = 64;

impl Slow {
    pub(super) fn new(
        policies: Policies,
        engine: Box<dyn EngineCalls>,
        collector: Option<Collector>,
        recordings: Option<Recordings>,
        is_recording: bool,
        told: Sender<Told>,
    ) -> Self {
        Self {
            hands: Hands::new(policies, told.clone()),
            engine,
            collector,
            recordings,
            is_recording,
            told,
            open: HashMap::new(),
            records: HashMap::new(),
        }
    }

    pub(super) fn run(&mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.recv_timeout(Duration::from_secs(1)) {
                Ok(Job::Order(order, from)) => self.order(order, from),
                Ok(Job::Recording(recording)) => self.recording(&recording),
                Ok(Job::Policies(policies)) => self.hands.renew(policies),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let late = |entry: &(Bundle, Box<Order>, Instant)| entry.2.elapsed() > RECORDING_PATIENCE;
            self.complete(|_, entry| late(entry));
        }
        self.complete(|_, _| true);
    }

    fn order(&mut self, mut order: Box<Order>, from: usize) {
        for at in from..order.actions.len() {
            let action = order.actions[at];
            let outcome = match action {
                Action::Disconnect => self.disconnect(&order.target),
                Action::Record => {
                    self.records.insert(order.number, order.alert.rule.clone());
                    continue;
                }
                Action::Evidence => match self.collect(&mut order) {
                    Some(outcome) => outcome,
                    // The answer comes with the recording.
                    None => continue,
                },
                fast => self.hands.act(fast, &order.target),
            };
            let _ = self.told.send(order.answer(action, outcome));
        }
    }

    fn disconnect(&mut self, target: &Target) -> Outcome {
        let Some(container) = &target.process.container else {
            return Outcome::Refused("it is in no container".to_owned());
        };
        match self.engine.disconnect(container) {
            Ok(networks) if networks.is_empty() => Outcome::Taken("it was in no network".to_owned()),
            Ok(networks) => Outcome::Taken(format!("networks: {}", networks.join(", "))),
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Collects; `None` when the recording is still to come.
    fn collect(&mut self, order: &mut Box<Order>) -> Option<Outcome> {
        let Some(collector) = &self.collector else {
            return Some(Outcome::Failed("there is no directory for evidence".to_owned()));
        };
        if self.open.len() >= OPEN_MAX {
            return Some(Outcome::Failed("too much evidence waits for recordings".to_owned()));
        }
        let document = order.target.process.container.as_deref().and_then(|id| self.engine.document(id));
        let bundle = match collector.collect(order, document.as_ref()) {
            Ok(bundle) => bundle,
            Err(error) => return Some(Outcome::Failed(error.to_string())),
        };
        if !self.is_recording {
            return Some(finished(bundle));
        }
        self.open.insert(order.number, (bundle, order.clone(), Instant::now()));
        None
    }

    fn recording(&mut self, recording: &Recording) {
        let mut wanted = None;
        for number in &recording.alerts {
            if let Some((bundle, ..)) = self.open.get_mut(number) {
                bundle.recording(recording);
            }
            wanted = wanted.or(self.records.remove(number).map(|rule| (*number, rule)));
        }
        self.complete(|number, _| recording.alerts.contains(number));
        if let (Some(recordings), Some((number, rule))) = (&self.recordings, wanted) {
            let alerts = recording.alerts.clone();
            let told = match recordings.keep(recording, number, &rule) {
                Ok((path, is_whole)) => {
                    Told::Recording { alerts, path, is_cut: recording.is_cut || !is_whole }
                }
                Err(error) => Told::RecordingLost { alerts, cause: error.to_string() },
            };
            let _ = self.told.send(told);
        }
    }

    /// Closes evidence that waits no more.
    fn complete(&mut self, is_due: impl Fn(&u64, &(Bundle, Box<Order>, Instant)) -> bool) {
        let due: Vec<u64> = self
            .open
            .iter()
            .filter(|(number, entry)| is_due(number, entry))
            .map(|(number, _)| *number)
            .collect();
        for number in due {
            let Some((bundle, order, _)) = self.open.remove(&number) else { continue };
            let _ = self.told.send(order.answer(Action::Evidence, finished(bundle)));
        }
    }
}

fn finished(bundle: Bundle) -> Outcome {
    match bundle.finish() {
        Ok(path) => Outcome::Taken(path.display().to_string()),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// What does one thing at once.
struct Hands {
    policies: Policies,
    /// Groups with a policy of ours, which the next sensor is to have too.
    stopped: BTreeSet<u64>,
    guard: Option<ExecutionGuard>,
    told: Sender<Told>,
}

const STOPPING: Policy =
    Policy { is_ignored: false, kills_drift: true, kills_mapped_drift: true, is_dry_run: false };

impl Hands {
    fn new(policies: Policies, told: Sender<Told>) -> Self {
        Self { policies, stopped: BTreeSet::new(), guard: None, told }
    }

    fn renew(&mut self, policies: Policies) {
        self.policies = policies;
        // A group that is no more makes no harm; a full table was told of when the policy was first set.
        self.stopped.retain(|group| self.policies.set(*group, STOPPING).is_ok());
    }

    fn act(&mut self, action: Action, target: &Target) -> Outcome {
        let taken = |how: &str| Outcome::Taken(how.to_owned());
        if action == Action::KillProcess {
            return match process::kill(&target.process) {
                Ok(()) => taken("pidfd_send_signal"),
                Err(process::Spared::Refused(error)) => Outcome::Failed(error.to_string()),
                Err(spared) => Outcome::Refused(spared.to_string()),
            };
        }
        let Some(container) = &target.process.container else {
            return Outcome::Refused("it is in no container".to_owned());
        };
        let outcome = match action {
            Action::KillContainer => Groups::find(container).and_then(|groups| groups.kill()).map(taken),
            Action::Freeze => Groups::find(container).and_then(|groups| groups.freeze()).map(taken),
            Action::StopDrift => return self.stop_drift(target),
            Action::RefuseDrift => {
                // The kernel kills what fanotify does not see.
                let stopped = self.stop_drift(target);
                if !matches!(stopped, Outcome::Taken(_)) {
                    return stopped;
                }
                return match self.refuse_drift(container, target) {
                    Ok(()) => taken("fanotify; what it does not see is killed"),
                    Err(error) => Outcome::Failed(format!(
                        "{error}; what did not come with the image is killed instead"
                    )),
                };
            }
            Action::KillProcess | Action::Disconnect | Action::Evidence | Action::Record => return taken(""),
        };
        match outcome {
            Ok(outcome) => outcome,
            Err(error @ (GroupError::Protected(_) | GroupError::None)) => Outcome::Refused(error.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    fn stop_drift(&mut self, target: &Target) -> Outcome {
        if target.group == 0 {
            return Outcome::Failed("its control group is not known".to_owned());
        }
        match self.policies.set(target.group, STOPPING) {
            Ok(()) => {
                self.stopped.insert(target.group);
                Outcome::Taken("policy of the control group".to_owned())
            }
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    fn refuse_drift(&mut self, container: &str, target: &Target) -> io::Result<()> {
        let guard = match &self.guard {
            Some(guard) => guard,
            None => {
                let told = self.told.clone();
                let started = ExecutionGuard::start(Box::new(move |refused| {
                    let _ = told.send(Told::Execution(refused));
                }))?;
                self.guard.insert(started)
            }
        };
        // The process of the alert may have ended; any other of the container has the same root.
        let others = Groups::find(container).map(|groups| groups.processes()).unwrap_or_default();
        let mut error = io::Error::other("no process of the container is left");
        for process in std::iter::once(target.process.process).chain(others) {
            if process::container(process).as_deref() != Some(container) {
                continue;
            }
            match guard.add(process) {
                Ok(()) => return Ok(()),
                Err(refused) => error = refused,
            }
        }
        Err(error)
    }
}
