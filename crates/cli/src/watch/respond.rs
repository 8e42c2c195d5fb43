//! Responses: what the file says about an alert is ordered, and what came of it is told as an alert of its own.

mod told;

use crate::arguments::RespondArguments;
use crate::watch::own_alerts::ANSWERABLE;
use anyhow::{Context, Result, bail};
use detect::Alert;
use docker::Engine;
use falco::Priority;
use responses::{Action, Decision, Fired, Responses, Subject};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};
use told::{not_taken, shown};
use watch::{
    EngineCalls, EvidenceOptions, Live, Order, Outcome, ProcessIdentity, Recorder, RecorderOptions,
    RecordingsOptions, RespondOptions, Responder, Target, Told, known_processes,
};

/// Without a file of responses a recording is made of each alert.
const RECORD_ALL: &str = "version: 1\nresponses:\n- {rules: ['*'], at-most: 60/hour, do: [record]}\n";
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What is done about alerts.
pub(super) struct Responding {
    responses: Responses,
    responder: Responder,
    recorder: Option<RecorderOptions>,
    own_container: Option<String>,
    began: Instant,
    alerts: u64,
    /// What is to be told after the turn.
    told: Vec<Alert>,
}

impl Responding {
    /// Reads the file and starts to carry out; `None` when nothing is asked for.
    pub(super) fn open(arguments: &RespondArguments, live: &mut Live) -> Result<Option<Self>> {
        if arguments.responses.is_none() && arguments.recordings.is_none() {
            if arguments.evidence.is_some() {
                bail!("--evidence is for responses that ask for it (hint: --responses FILE)");
            }
            return Ok(None);
        }
        let responses = load(arguments, live)?;
        let actions = responses.actions();
        let keeps = arguments.recordings.is_some();
        let evidence = arguments.evidence.as_ref().map(|directory| EvidenceOptions {
            directory: directory.clone(),
            bytes_max: u64::from(arguments.evidence_mib) << 20,
            total_bytes_max: u64::from(arguments.evidence_total_mib) << 20,
            copy_bytes_max: u64::from(arguments.evidence_copy_kib) << 10,
        });
        let is_recording = keeps || actions.contains(&Action::Evidence);
        let recordings = arguments.recordings.as_ref().map(|directory| RecordingsOptions {
            directory: directory.clone(),
            total_bytes_max: u64::from(arguments.recordings_total_mib) << 20,
        });
        let options = RespondOptions { evidence, recordings, is_recording };
        let responder = Responder::start(&options, live.policies(), Box::new(DockerCalls::default()))
            .context("cannot start responses")?;
        let recorder = is_recording.then(|| RecorderOptions {
            before: Duration::from_secs(arguments.recording_seconds.into()),
            after: Duration::from_secs(arguments.recording_seconds_after.into()),
            bytes_max: (arguments.recording_mib as usize) << 20,
        });
        let responding = Self {
            responses,
            responder,
            recorder,
            own_container: watch::own_container(),
            began: Instant::now(),
            alerts: 0,
            told: Vec::new(),
        };
        responding.keep(live);
        Ok(Some(responding))
    }

    /// Takes the file again, and the sensor that follows another. The old file stays when the new one has a mistake.
    pub(super) fn renew(&mut self, arguments: &RespondArguments, live: &mut Live) -> Result<()> {
        self.responder.renew(&live.policies());
        self.keep(live);
        self.responses = load(arguments, live)?;
        Ok(())
    }

    fn keep(&self, live: &mut Live) {
        if let Some(options) = self.recorder {
            live.keep(|hostname, state| Recorder::new(options, hostname, state, self.responder.recordings()));
        }
    }

    /// Decides about an alert of a rule and orders what is to be done. Does not wait.
    pub(super) fn alert(&mut self, alert: &Alert, subject: &watch::Subject<'_>) {
        if self.act(alert, target(subject), subject) {
            subject.keep_recording(self.alerts);
        }
    }

    /// The same for what the watch itself found: about a process (0: none) of a container (nothing: the host).
    pub(super) fn own_alert(
        &mut self,
        alert: &Alert,
        process: i64,
        container: Option<&str>,
        live: &mut Live,
    ) {
        let subject = live.subject(process, container);
        let mut target = target(&subject);
        if let (None, Some(container)) = (subject.thread, container) {
            // The process has ended: what is left to act on is its container.
            target.process.container = Some(container.to_owned());
            let in_it = |thread: &&state::Thread| thread.container.as_deref() == Some(container);
            target.group = live.state().threads().find(in_it).map_or(0, |thread| thread.cgroup);
        }
        if self.act(alert, target, &subject) {
            live.want_recording(self.alerts);
        }
    }

    /// Whether a recording is wanted.
    fn act(&mut self, alert: &Alert, target: Target, subject: &watch::Subject<'_>) -> bool {
        self.alerts += 1;
        let container = subject.container;
        let whom = Subject {
            container: target.process.container.as_deref(),
            image: &target.image,
            labels: container.map(|container| container.labels.as_slice()),
            process: target.process.process,
            is_own: target.process.process == i64::from(std::process::id())
                || (self.own_container.is_some() && self.own_container == target.process.container),
        };
        let fired = Fired {
            rule: &alert.rule,
            tags: &alert.tags,
            priority: Priority::named(alert.priority).unwrap_or(Priority::Warning),
            subject: whom,
        };
        let mut actions = Vec::new();
        for decision in self.responses.decide(&fired, self.began.elapsed()) {
            match decision {
                Decision::Take { action } => actions.push(action),
                Decision::Try { action } => self.told.push(not_taken(alert, &target, action, None)),
                Decision::Refuse { action, reason } => {
                    self.told.push(not_taken(alert, &target, action, Some(&reason.to_string())));
                }
            }
        }
        if subject.captures && self.recorder.is_some() && !actions.contains(&Action::Record) {
            actions.push(Action::Record);
        }
        if actions.is_empty() {
            return false;
        }
        let is_looked_at = actions.contains(&Action::Evidence);
        let is_recorded = is_looked_at || actions.contains(&Action::Record);
        let known = match (subject.state, subject.thread) {
            (Some(state), Some(thread)) if is_looked_at => Some(known_processes(state, thread)),
            _ => None,
        };
        let event_ns = subject.event_ns;
        self.responder.submit(Order {
            number: self.alerts,
            alert: alert.clone(),
            event_ns,
            target,
            actions,
            known,
        });
        is_recorded
    }

    /// What is to be told of responses since the last call. An execution that was refused may lead to responses too.
    pub(super) fn told(&mut self, live: &mut Live) -> Vec<Alert> {
        let mut told = std::mem::take(&mut self.told);
        for answer in self.responder.answers() {
            let alert = shown(&answer);
            match &answer {
                Told::Execution(refused) => {
                    self.own_alert(&alert, refused.process, refused.container.as_deref(), live);
                }
                Told::Answer(answer) if matches!(answer.outcome, Outcome::Taken(_)) => {
                    if let (Action::StopDrift | Action::RefuseDrift, Some(container)) =
                        (answer.action, &answer.target.process.container)
                    {
                        live.drift_is_stopped(container, answer.action == Action::RefuseDrift);
                    }
                }
                _ => {}
            }
            told.push(alert);
        }
        told
    }

    /// Waits until everything ordered is done.
    pub(super) fn finish(&mut self, live: &mut Live) -> Vec<Alert> {
        // Orders first: what they collect waits for the recording.
        self.responder.finish_orders();
        live.finish_recording();
        self.responder.finish();
        self.told(live)
    }
}

/// Whether a response may stop drift: files mapped for execution are then looked at from the beginning.
pub(super) fn may_stop_drift(arguments: &RespondArguments) -> Result<bool> {
    let Some(path) = &arguments.responses else { return Ok(false) };
    let actions = parse(path)?.actions();
    Ok(actions.contains(&Action::StopDrift) || actions.contains(&Action::RefuseDrift))
}

fn parse(path: &Path) -> Result<Responses> {
    Responses::parse(&read(path)?).with_context(|| format!("cannot use {}", path.display()))
}

fn load(arguments: &RespondArguments, live: &Live) -> Result<Responses> {
    let Some(path) = &arguments.responses else { return Ok(Responses::parse(RECORD_ALL)?) };
    let name = path.display();
    let responses = parse(path)?;
    let engine = live.engine();
    let rules = (0..engine.rules()).filter_map(|rule| u32::try_from(rule).ok());
    let rules: BTreeSet<&str> =
        rules.map(|rule| engine.template(rule).rule.as_str()).chain(ANSWERABLE.iter().copied()).collect();
    responses.check_names(&rules).with_context(|| format!("cannot use {name}"))?;
    let actions = responses.actions();
    if actions.contains(&Action::Evidence) && arguments.evidence.is_none() {
        bail!("{name} asks for evidence (hint: --evidence DIR says where it is kept)");
    }
    if actions.contains(&Action::Record) && arguments.recordings.is_none() {
        bail!("{name} asks for recordings (hint: --recordings DIR says where they are kept)");
    }
    Ok(responses)
}

fn read(path: &Path) -> Result<String> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text)
}

fn target(subject: &watch::Subject<'_>) -> Target {
    let leader = match (subject.state, subject.thread) {
        (Some(state), Some(thread)) => Some(state.leader(thread)),
        _ => subject.thread,
    };
    let boot_ns = subject.state.map_or(0, state::State::boot_time_ns);
    let began = leader.map_or(0, |leader| leader.clone_time_ns);
    Target {
        process: ProcessIdentity {
            process: subject.thread.map_or(0, |thread| thread.process),
            started_ns: began.checked_sub(boot_ns).filter(|_| began != 0),
            container: subject.thread.and_then(|thread| thread.container.as_deref().map(str::to_owned)),
        },
        group: subject.thread.map_or(0, |thread| thread.cgroup),
        container_name: subject.container.map_or_else(String::new, |container| container.name.clone()),
        image: subject.container.map_or_else(String::new, |container| container.image.clone()),
    }
}

/// The engine that `DOCKER_HOST` means, asked when it is needed.
#[derive(Default)]
struct DockerCalls {
    engine: Option<Engine>,
}

impl DockerCalls {
    fn engine(&mut self) -> Result<&Engine, String> {
        if self.engine.is_none() {
            let connected =
                Engine::connect(docker::Options::from_env()).map_err(|error| error.to_string())?;
            self.engine = Some(connected);
        }
        self.engine.as_ref().ok_or_else(|| "no engine".to_owned())
    }
}

impl EngineCalls for DockerCalls {
    fn disconnect(&mut self, container: &str) -> Result<Vec<String>, String> {
        let engine = self.engine()?;
        let document = engine.container_document(container).map_err(|error| error.to_string())?;
        let mut left = Vec::new();
        let networks = document["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
        // `none` is the network of those that have none.
        for (name, _) in networks.filter(|(name, _)| *name != "none") {
            engine.disconnect(container, name).map_err(|error| format!("{name}: {error}"))?;
            left.push(name.clone());
        }
        Ok(left)
    }

    fn document(&mut self, container: &str) -> Option<Value> {
        self.engine().ok()?.container_document(container).ok()
    }
}
