//! The webhook, answering until it is told to stop.

use super::{answer, certificates, file_state, images, ledger_options, policy, record, states};
use crate::arguments::{AdmissionServeArguments, ImageArguments};
use crate::exit::Outcome;
use crate::remark::remark;
use admission::{Answer, BODY_BYTES_MAX, Images, Review};
use anyhow::{Context, Result};
use control::Policy;
use guard::{Listener, OpenServer, Reply, Signal, Signals, answer_all, wire::RequestHead};
use ledger::{Hash, Ledger};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How often files are looked at; kubelets bring changes within a minute or two.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often the end of the certificate is looked at.
const WARN_EVERY: Duration = Duration::from_secs(86_400);

pub(super) fn run(arguments: &AdmissionServeArguments) -> Result<Outcome> {
    // Threads inherit what is blocked, so this comes first.
    let signals = Signals::take().context("cannot take signals")?;
    // Looked at before they are read, so that no change falls between.
    let states = States::of(arguments);
    let policy = RwLock::new(Arc::new(Loaded::read(&arguments.policy)?));
    let images = RwLock::new(images::images(&arguments.images)?.into());
    certificates::check(&arguments.tls_cert)?;
    let server = OpenServer::read(&arguments.tls_cert, &arguments.tls_key)?;
    let ledger = Ledger::open(ledger_options(&arguments.ledger, &arguments.log))?;
    remark(&format!("audit log: {}, verified by {}", arguments.ledger.display(), ledger.verifier()));
    super::super::log_health::watch(ledger.health());
    let socket = TcpListener::bind(&arguments.listen)
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let address =
        socket.local_addr().map_or_else(|_| arguments.listen.clone(), |address| address.to_string());
    let listener = Listener::Open(socket, server.config());
    let webhook = Arc::new(Webhook { policy, images, ledger, server });
    let answering = Arc::clone(&webhook);
    let connections_max = arguments.connections_max;
    std::thread::spawn(move || {
        let reply = move |head: &RequestHead, body: &[u8]| answering.reply(head, body);
        if let Err(error) = answer_all(&listener, connections_max, BODY_BYTES_MAX, Arc::new(reply)) {
            remark(&format!("the listener has ended: {error}"));
            std::process::exit(2);
        }
    });
    remark(&format!("listening on https://{address}: /validate, /mutate, /healthz"));
    std::thread::scope(|scope| {
        let (end, ended) = channel::<()>();
        let watched = &webhook;
        scope.spawn(move || watched.watch(arguments, states, &ended));
        while signals.next().context("cannot wait for signals")? == Signal::Reload {
            webhook.read_policy(arguments);
            webhook.read_certificate(arguments);
            webhook.read_signers(arguments);
        }
        drop(end);
        anyhow::Ok(())
    })?;
    webhook.ledger.checkpoint()?;
    Ok(Outcome::Clean)
}

/// What changes when files do.
struct States {
    policy: String,
    certificate: String,
    signers: String,
}

impl States {
    fn of(arguments: &AdmissionServeArguments) -> Self {
        let ImageArguments { signature_key, trust, .. } = &arguments.images;
        Self {
            policy: file_state(arguments.policy.as_ref()),
            certificate: states(&[arguments.tls_cert.clone(), arguments.tls_key.clone()]),
            signers: states(&[signature_key.clone(), trust.files()].concat()),
        }
    }
}

/// A policy with its digest.
struct Loaded {
    policy: Policy,
    sha256: String,
}

impl Loaded {
    fn read(name: &str) -> Result<Self> {
        let bytes = match Policy::profile(name) {
            Some(_) => format!("profile {name}").into_bytes(),
            None => std::fs::read(name).unwrap_or_default(),
        };
        Ok(Self { policy: policy(name)?, sha256: Hash::of(&bytes).to_string() })
    }
}

struct Webhook {
    policy: RwLock<Arc<Loaded>>,
    images: RwLock<Arc<dyn Images + Send + Sync>>,
    ledger: Ledger,
    server: OpenServer,
}

impl Webhook {
    fn reply(&self, head: &RequestHead, body: &[u8]) -> Reply {
        let path = head.target.split('?').next().unwrap_or_default();
        let is_mutated = match (head.method.as_str(), path) {
            ("GET" | "HEAD", "/healthz") => return plain(200, "ok"),
            ("POST", "/validate") => false,
            ("POST", "/mutate") => true,
            (_, "/validate" | "/mutate") => return plain(405, "POST an AdmissionReview"),
            _ => return plain(404, "there are /validate, /mutate and /healthz"),
        };
        let answer = self.judge(body, is_mutated);
        for judged in answer.judged.iter().filter(|judged| judged.matched.mode > control::Mode::Audit) {
            let matched = &judged.matched;
            remark(&format!(
                "{} {}: {} ({})",
                matched.mode.as_str(),
                answer.object,
                matched.message,
                matched.rule
            ));
        }
        // Without a name the server cannot tell which question was answered; its own policy for failures holds then.
        let status = if answer.uid.is_empty() { 400 } else { 200 };
        Reply { status, content_type: "application/json", body: answer.to_json().into_bytes() }
    }

    /// The answer, which stands in the audit log.
    fn judge(&self, body: &[u8], is_mutated: bool) -> Answer {
        let began = Instant::now();
        let review = match Review::read(body) {
            Ok(review) => review,
            Err(error) => {
                let answer = Answer::refusal("", &error.to_string());
                let entry = record::refusal(body, &answer, is_mutated);
                // It is a refusal whether it can be recorded or not.
                let _ = self.ledger.append(entry, record::durability(&answer));
                return answer;
            }
        };
        // Registries may take their time: nobody who brings a new policy waits for them.
        let loaded = Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner));
        let images = Arc::clone(&self.images.read().unwrap_or_else(PoisonError::into_inner));
        let answer = answer(&review, &loaded.policy, &*images, is_mutated)
            .unwrap_or_else(|error| Answer::refusal(&review.uid, &format!("{error:#}")));
        let entry = record::decision(&review, body, &answer, is_mutated, &loaded.sha256, began.elapsed());
        match self.ledger.append(entry, record::durability(&answer)) {
            Ok(()) => answer,
            Err(_) => Answer::refusal(&review.uid, "the audit log cannot be written"),
        }
    }

    /// Reads files again when they change, and warns of the end of the certificate once a day.
    fn watch(&self, arguments: &AdmissionServeArguments, mut states: States, ended: &Receiver<()>) {
        let mut warned = Instant::now();
        while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let now = States::of(arguments);
            if now.policy != states.policy {
                self.read_policy(arguments);
            }
            if now.certificate != states.certificate {
                self.read_certificate(arguments);
            } else if warned.elapsed() >= WARN_EVERY {
                warned = Instant::now();
                tell_end(arguments);
            }
            if now.signers != states.signers {
                self.read_signers(arguments);
            }
            states = now;
        }
    }

    fn read_signers(&self, arguments: &AdmissionServeArguments) {
        match images::images(&arguments.images) {
            Ok(new) => {
                *self.images.write().unwrap_or_else(PoisonError::into_inner) = new.into();
                remark("who may sign was read again");
            }
            Err(error) => remark(&format!("warning: who may sign stays as it was: {error:#}")),
        }
    }

    fn read_policy(&self, arguments: &AdmissionServeArguments) {
        match Loaded::read(&arguments.policy) {
            Ok(new) => {
                *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
                remark("the policy was read again");
            }
            // The one that is there was good; a broken file must neither open nor close the cluster.
            Err(error) => remark(&format!("warning: the policy stays as it was: {error:#}")),
        }
    }

    fn read_certificate(&self, arguments: &AdmissionServeArguments) {
        match self.server.replace(&arguments.tls_cert, &arguments.tls_key) {
            Ok(()) => {
                remark("the certificate was read again");
                tell_end(arguments);
            }
            Err(error) => {
                remark(&format!(
                    "warning: the certificate stays as it was: {:#}",
                    anyhow::Error::from(error)
                ));
            }
        }
    }
}

fn tell_end(arguments: &AdmissionServeArguments) {
    if let Ok(Some(text)) = certificates::warning(&arguments.tls_cert) {
        remark(&format!("warning: {text}"));
    }
}

fn plain(status: u16, text: &str) -> Reply {
    Reply { status, content_type: "text/plain; charset=utf-8", body: format!("{text}\n").into_bytes() }
}
