//! A queue in NATS JetStream, for workers on several machines.
//!
//! NATS documentation, "JetStream", "Streams" and "Consumers"; the words of acknowledgement as in ADR-15. One stream with
//! work-queue retention holds the jobs, a subject for each, of which the server keeps one message at most; what is
//! acknowledged is gone from it. Jobs that were given up stand in a second stream.

use crate::error::without_credentials;
use crate::job_queue::died_reason;
use crate::nats_runtime::NatsRuntime;
use crate::{Counts, DeadJob, Job, JobQueue, Lease, Published, QueueError, QueueOptions};
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, Stream};
use async_nats::jetstream::{self, Context, Message, message::PublishMessage};
use async_nats::{Client, ConnectOptions};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The server also drops a job that was published twice within this time although the first was done in between.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(24 * 3_600);
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(10);
/// JetStream error codes, of server/errors.json of nats-server: "maximum messages per subject exceeded" has no code of
/// its own and is told by its text.
const PER_SUBJECT: &str = "maximum messages per subject";
const NO_MESSAGE: &str = "no message found";

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A queue in NATS JetStream.
pub struct NatsQueue {
    runtime: NatsRuntime,
    client: Client,
    context: Context,
    jobs: Stream,
    dead: Stream,
    consumer: PullConsumer,
    options: QueueOptions,
    address: String,
}

/// What stands in the stream of the dead.
#[derive(Serialize, Deserialize)]
struct Grave {
    job: Job,
    reason: String,
}

impl NatsQueue {
    /// Connects, and makes the streams and the consumer that all workers share.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or has no JetStream; when the name is none for a stream.
    pub fn open(address: &str, options: &QueueOptions) -> Result<Self, QueueError> {
        let shown = without_credentials(address);
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if !is_name(&options.name) {
            return Err(QueueError::Address {
                address: shown,
                problem: format!("'{}' is no name for a queue", options.name),
                hint: "use letters, digits, '-' and '_'",
            });
        }
        let failed = |action, detail: String| QueueError::Server { server: shown.clone(), action, detail };
        let runtime = NatsRuntime::start().map_err(|error| failed("start the client", error.to_string()))?;
        let (server, own) = (address.to_owned(), options.clone());
        let opened = runtime.wait(async move { open(&server, &own).await });
        let (client, context, jobs, dead, consumer) = opened
            .ok_or_else(|| failed("connect", "the client ended".to_owned()))?
            .map_err(|error| failed("connect", chain(&*error)))?;
        Ok(Self { runtime, client, context, jobs, dead, consumer, options: options.clone(), address: shown })
    }

    fn wait<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> Result<T, QueueError> {
        let failed = |detail| QueueError::Server { server: self.address.clone(), action, detail };
        let answer = self
            .runtime
            .wait(async move { tokio::time::timeout(ANSWER + Duration::from_secs(5), work).await });
        match answer {
            Some(Ok(answer)) => answer.map_err(|error| failed(chain(&*error))),
            Some(Err(_)) => Err(failed("the server does not answer".to_owned())),
            None => Err(failed("the client ended".to_owned())),
        }
    }

    /// Sends a word of acknowledgement and waits until the server has it.
    fn answer(&self, lease: &Lease, word: String) -> Result<(), QueueError> {
        let (client, token) = (self.client.clone(), lease.token.clone());
        self.wait("acknowledge a job", async move {
            client.request(token, word.into()).await?;
            Ok(())
        })
    }

    fn bury(&self, job: &Job, reason: &str) -> Result<(), QueueError> {
        let grave = Grave { job: job.clone(), reason: reason.chars().take(2_000).collect() };
        let content = serde_json::to_vec(&grave).expect("a grave has only texts");
        let (context, subject) = (self.context.clone(), dead_subject(&self.options, job));
        self.wait("give up a job", async move {
            match context.publish(subject, content.into()).await?.await {
                Ok(_) => Ok(()),
                // Buried before by a worker that was killed before it could tell.
                Err(error) if chain(&error).contains(PER_SUBJECT) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// The jobs that were given up, with their numbers in their stream.
    fn graves(&self) -> Result<Vec<(u64, Grave)>, QueueError> {
        let stream = self.dead.clone();
        self.wait("read the jobs that were given up", async move {
            let state = stream.get_info().await?.state;
            let mut graves = Vec::new();
            // The numbers of an empty stream mean nothing.
            if state.messages == 0 {
                return Ok(graves);
            }
            for sequence in state.first_sequence..=state.last_sequence {
                let message = match stream.get_raw_message(sequence).await {
                    Ok(message) => message,
                    // Revived, or deleted by hand.
                    Err(error) if chain(&error).contains(NO_MESSAGE) => continue,
                    Err(error) => return Err(error.into()),
                };
                graves.push((sequence, serde_json::from_slice(&message.payload)?));
            }
            Ok(graves)
        })
    }

    fn job_of(&self, message: &Message) -> Result<Job, QueueError> {
        serde_json::from_slice(&message.payload).map_err(|error| QueueError::Server {
            server: self.address.clone(),
            action: "read a job",
            detail: format!("{}: {error}", message.subject),
        })
    }

    fn fetch(&self, wait: Duration) -> Result<Option<Message>, QueueError> {
        let consumer = self.consumer.clone();
        // A longer wait would run into the limit for answers; the server drops a shorter one unanswered when it is busy.
        let expires = wait.clamp(Duration::from_secs(1), ANSWER);
        self.wait("lease a job", async move {
            let fetch = consumer.fetch().max_messages(1);
            // Without a time the server answers at once.
            let fetch = if wait.is_zero() { fetch } else { fetch.expires(expires) };
            let mut messages = fetch.messages().await?;
            messages.next().await.transpose()
        })
    }
}

async fn open(
    address: &str,
    options: &QueueOptions,
) -> Result<(Client, Context, Stream, Stream, PullConsumer), Fault> {
    let connect =
        ConnectOptions::new().name("seawall").connection_timeout(CONNECT).request_timeout(Some(ANSWER));
    let client = tokio::time::timeout(CONNECT, connect.connect(address)).await.map_err(|_| "no answer")??;
    let context = jetstream::new(client.clone());
    let jobs = Config {
        name: options.name.clone(),
        description: Some("Images that Seawall is to scan".to_owned()),
        subjects: vec![format!("{}.jobs.*", options.name)],
        retention: RetentionPolicy::WorkQueue,
        duplicate_window: DUPLICATE_WINDOW,
        ..one_for_each_subject()
    };
    let dead = Config {
        name: format!("{}-dead", options.name),
        description: Some("Images that Seawall could not scan".to_owned()),
        subjects: vec![format!("{}.dead.*", options.name)],
        ..one_for_each_subject()
    };
    let jobs = context.get_or_create_stream(jobs).await?;
    let dead = context.get_or_create_stream(dead).await?;
    let consumer = pull::Config {
        durable_name: Some("workers".to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: options.lease,
        // The worker gives up, so that the job is not lost in the stream.
        max_deliver: -1,
        max_ack_pending: -1,
        ..pull::Config::default()
    };
    let consumer = jobs.get_or_create_consumer("workers", consumer).await?;
    Ok((client, context, jobs, dead, consumer))
}

fn one_for_each_subject() -> Config {
    Config {
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        num_replicas: 1,
        ..Config::default()
    }
}

fn dead_subject(options: &QueueOptions, job: &Job) -> String {
    format!("{}.dead.{}", options.name, job.id())
}

impl JobQueue for NatsQueue {
    fn publish(&self, job: &Job) -> Result<Published, QueueError> {
        let content = serde_json::to_vec(job).expect("a job has only texts");
        let (context, dead) = (self.context.clone(), self.dead.clone());
        let (subject, grave) =
            (format!("{}.jobs.{}", self.options.name, job.id()), dead_subject(&self.options, job));
        let id = job.id();
        self.wait("publish a job", async move {
            match dead.get_last_raw_message_by_subject(&grave).await {
                Ok(_) => return Ok(Published::Known),
                Err(error) if chain(&error).contains(NO_MESSAGE) => {}
                Err(error) => return Err(error.into()),
            }
            let message = PublishMessage::build().payload(content.into()).message_id(id);
            match context.send_publish(subject, message).await?.await {
                Ok(answer) if answer.duplicate => Ok(Published::Known),
                Ok(_) => Ok(Published::Added),
                Err(error) if chain(&error).contains(PER_SUBJECT) => Ok(Published::Known),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn lease(&self, wait: Duration) -> Result<Option<Lease>, QueueError> {
        while let Some(message) = self.fetch(wait)? {
            let delivered = message.info().map(|info| info.delivered).unwrap_or(1);
            let attempt = u32::try_from(delivered).unwrap_or(1).max(1);
            let token = message.reply.as_ref().map(|reply| reply.to_string()).unwrap_or_default();
            let lease = Lease { job: self.job_of(&message)?, attempt, token };
            if attempt <= self.options.tries_max {
                return Ok(Some(lease));
            }
            self.bury(&lease.job, &died_reason(self.options.tries_max))?;
            self.answer(&lease, "+TERM".to_owned())?;
        }
        Ok(None)
    }

    fn heartbeat(&self, lease: &Lease) -> Result<(), QueueError> {
        self.answer(lease, "+WPI".to_owned())
    }

    fn ack(&self, lease: &Lease) -> Result<(), QueueError> {
        self.answer(lease, "+ACK".to_owned())
    }

    fn nak(&self, lease: &Lease, reason: &str) -> Result<(), QueueError> {
        if lease.attempt >= self.options.tries_max {
            self.bury(&lease.job, reason)?;
            return self.answer(lease, "+TERM".to_owned());
        }
        self.answer(lease, format!("-NAK {{\"delay\": {}}}", self.options.retry_delay.as_nanos()))
    }

    fn counts(&self) -> Result<Counts, QueueError> {
        let (jobs, dead, consumer) = (self.jobs.clone(), self.dead.clone(), self.consumer.clone());
        self.wait("count the jobs", async move {
            let (jobs, dead) = (jobs.get_info().await?.state, dead.get_info().await?.state);
            let leased = (consumer.get_info().await?.num_ack_pending as u64).min(jobs.messages);
            // Sequence numbers count all jobs that ever were; what is gone is done or dead.
            let gone = jobs.last_sequence.saturating_sub(jobs.messages);
            Ok(Counts {
                waiting: jobs.messages - leased,
                leased,
                done: gone.saturating_sub(dead.messages),
                dead: dead.messages,
            })
        })
    }

    fn dead(&self) -> Result<Vec<DeadJob>, QueueError> {
        let graves = self.graves()?;
        let mut dead: Vec<DeadJob> =
            graves.into_iter().map(|(_, grave)| DeadJob { job: grave.job, reason: grave.reason }).collect();
        dead.sort_by(|left, right| left.job.digest.cmp(&right.job.digest));
        Ok(dead)
    }

    fn revive(&self) -> Result<u64, QueueError> {
        let graves = self.graves()?;
        let revived = graves.len() as u64;
        for (sequence, grave) in graves {
            let content = serde_json::to_vec(&grave.job).expect("a job has only texts");
            let subject = format!("{}.jobs.{}", self.options.name, grave.job.id());
            let (context, dead) = (self.context.clone(), self.dead.clone());
            self.wait("revive a job", async move {
                // Without an id of the message, by which the server would know it as one that it had before. Published
                // first: killed in between, the job is there twice rather than not at all.
                match context.publish(subject, content.into()).await?.await {
                    Ok(_) => {}
                    Err(error) if chain(&error).contains(PER_SUBJECT) => {}
                    Err(error) => return Err(error.into()),
                }
                dead.delete_message(sequence).await?;
                Ok(())
            })?;
        }
        Ok(revived)
    }

    fn options(&self) -> &QueueOptions {
        &self.options
    }
}

/// An error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
