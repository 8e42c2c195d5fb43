//! Single questions to the API server, bounded in size and time.

use crate::{Bounds, ClusterError, Options, agent, error::sanitised, find::Place, user::Credentials};
use model::{Gap, GapReason, Redacted};
use serde::Deserialize;
use std::{
    io::Read as _,
    time::{Duration, Instant},
};
use ureq::{Agent, Body, http::Response, http::Uri};

const ERROR_BYTES_MAX: u64 = 64 << 10;
/// How often a server that is busy is asked again, and how long that waits.
const RETRIES_MAX: u32 = 2;
const RETRY_WAIT_MAX: Duration = Duration::from_secs(5);

const NO_SERVER: &str = "its server is none of https://HOST[:PORT][/PREFIX]";

/// The API server of one cluster, asked by one user.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    headers: Vec<(String, Redacted<String>)>,
    answer_timeout: Duration,
}

/// What all questions together may take.
pub(crate) struct Budget {
    deadline: Instant,
    answer_bytes_max: u64,
    bytes_left: u64,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The answer is an error.
    Status { status: u16, message: String, resume: Option<String> },
    /// No connection, or it broke.
    Broken(ureq::Error),
    /// One answer is too large.
    AnswerTooLarge(u64),
    /// All answers together are.
    TooMuch,
    /// The time is over.
    OutOfTime,
    /// The answer is not what the API says.
    Malformed(String),
}

/// How patiently a question is asked.
#[derive(Clone, Copy)]
pub(crate) enum Patience {
    /// A busy server is asked again.
    Again,
    /// Once, and not for long.
    Once(Duration),
}

impl Budget {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            deadline: Instant::now() + bounds.time_max,
            answer_bytes_max: bounds.answer_bytes_max,
            bytes_left: bounds.bytes_max,
        }
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

impl Api {
    /// Prepares to ask; nothing is sent.
    pub(crate) fn new(place: &Place, options: &Options) -> Result<Self, ClusterError> {
        let wrong = |reason: &str| ClusterError::Entry {
            what: "cluster",
            name: sanitised(&place.name, 200),
            reason: reason.to_owned(),
        };
        let server = place.cluster.server.trim_end_matches('/');
        // client-go takes an address without scheme for one.
        let server = if server.contains("://") { server.to_owned() } else { format!("https://{server}") };
        let uri: Uri = server.parse().map_err(|_| wrong(NO_SERVER))?;
        let is_plain = uri.scheme_str() == Some("http");
        let has_host =
            uri.authority().is_some_and(|part| !part.host().is_empty() && !part.as_str().contains('@'));
        if !has_host || uri.query().is_some() || !(is_plain || uri.scheme_str() == Some("https")) {
            return Err(wrong(NO_SERVER));
        }
        let credentials = Credentials::of(place, options)?;
        if is_plain && credentials.has_secret() && !agent::is_loopback(&uri) {
            return Err(wrong(
                "its server is plain http, where everybody on the way would read the credentials",
            ));
        }
        let agent = agent::agent(place, &uri, &credentials, &options.environment, options.connect_timeout)?;
        Ok(Self { agent, base: server, headers: credentials.headers, answer_timeout: options.answer_timeout })
    }

    /// Where it is.
    pub(crate) fn server(&self) -> &str {
        &self.base
    }

    /// Asks for a path, which begins with a slash and holds nothing of strangers that was not checked.
    pub(crate) fn get(
        &self,
        path: &str,
        accept: &str,
        patience: Patience,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, Failure> {
        let mut tries = 0;
        loop {
            let failure = match self.get_once(path, accept, patience, budget) {
                Ok(bytes) => return Ok(bytes),
                Err(failure) => failure,
            };
            let wait = match &failure {
                Failure::Status { status: 429 | 500 | 502 | 503 | 504, .. } => {
                    Duration::from_millis(250 << tries)
                }
                Failure::Broken(error) if !matches!(error, ureq::Error::Timeout(_)) => {
                    Duration::from_millis(50)
                }
                _ => return Err(failure),
            };
            tries += 1;
            if tries > RETRIES_MAX || matches!(patience, Patience::Once(_)) || wait >= budget.time_left() {
                return Err(failure);
            }
            std::thread::sleep(wait.min(RETRY_WAIT_MAX));
        }
    }

    fn get_once(
        &self,
        path: &str,
        accept: &str,
        patience: Patience,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, Failure> {
        let own = match patience {
            Patience::Again => self.answer_timeout,
            Patience::Once(time_max) => time_max.min(self.answer_timeout),
        };
        let timeout = own.min(budget.time_left());
        if timeout.is_zero() {
            return Err(Failure::OutOfTime);
        }
        if budget.bytes_left == 0 {
            return Err(Failure::TooMuch);
        }
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value.reveal());
        }
        let response = request.config().timeout_global(Some(timeout)).build().header("accept", accept).call();
        let response = response.map_err(Failure::Broken)?;
        if response.status().as_u16() != 200 {
            return Err(refused(response));
        }
        let limit = budget.answer_bytes_max.min(budget.bytes_left);
        let mut bytes = Vec::new();
        let read = response.into_body().into_reader().take(limit + 1).read_to_end(&mut bytes);
        budget.bytes_left = budget.bytes_left.saturating_sub(bytes.len() as u64);
        read.map_err(|error| match error.downcast::<ureq::Error>() {
            Ok(error) => Failure::Broken(error),
            Err(error) => Failure::Broken(ureq::Error::Io(error)),
        })?;
        if bytes.len() as u64 > limit {
            return Err(if limit < budget.answer_bytes_max {
                Failure::TooMuch
            } else {
                Failure::AnswerTooLarge(limit)
            });
        }
        Ok(bytes)
    }
}

/// The words of an error (API reference, `Status`).
fn refused(response: Response<Body>) -> Failure {
    #[derive(Deserialize)]
    struct Status {
        #[serde(default)]
        message: String,
        #[serde(default)]
        metadata: Meta,
    }
    #[derive(Default, Deserialize)]
    struct Meta {
        #[serde(rename = "continue")]
        resume: Option<String>,
    }
    let status = response.status().as_u16();
    let mut body = Vec::new();
    // An error document that cannot be read leaves the status, which says most.
    let _ = response.into_body().into_reader().take(ERROR_BYTES_MAX).read_to_end(&mut body);
    match serde_json::from_slice::<Status>(&body) {
        Ok(Status { message, metadata }) => Failure::Status {
            status,
            message: sanitised(&message, 300),
            resume: metadata.resume.filter(|token| !token.is_empty()),
        },
        Err(_) => {
            Failure::Status { status, message: sanitised(&String::from_utf8_lossy(&body), 120), resume: None }
        }
    }
}

/// Who is meant by the words of a refusal: `pods is forbidden: User "jane" cannot list …`
/// (apiserver, `responsewriters.ForbiddenStatusError`).
fn user_of(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("User \"")?;
    Some(rest.split_once('"')?.0)
}

impl Failure {
    /// The gap that it leaves; `right` is what somebody who may see it needs: `list on pods`.
    pub(crate) fn gap(&self, what: &str, right: &str) -> Gap {
        let (reason, detail) = match self {
            Self::Status { status: 403, message, .. } => {
                let detail = match user_of(message) {
                    Some(user) => format!("not allowed: user {user} needs {right}"),
                    None => format!("not allowed: {right} is needed: {message}"),
                };
                (GapReason::Unreadable, detail)
            }
            Self::Status { status: 401, message, .. } => {
                (GapReason::Unreadable, format!("the credentials are not taken any more: {message}"))
            }
            Self::Status { status: 404, .. } => {
                (GapReason::Unsupported, "the API server does not serve it".to_owned())
            }
            Self::Status { status, message, .. } => {
                (GapReason::Unreadable, format!("the API server answers {status}: {message}"))
            }
            Self::Broken(ureq::Error::Timeout(_)) => {
                (GapReason::LimitReached, "the API server did not answer in time".to_owned())
            }
            Self::Broken(error) => (GapReason::Truncated, format!("the answer broke off: {error}")),
            Self::AnswerTooLarge(limit) => {
                (GapReason::LimitReached, format!("one answer has more than {limit} bytes"))
            }
            Self::TooMuch => (GapReason::LimitReached, "all answers together are too large".to_owned()),
            Self::OutOfTime => (GapReason::LimitReached, "the time for all questions is over".to_owned()),
            Self::Malformed(reason) => (GapReason::Malformed, reason.clone()),
        };
        Gap::new(what, reason, detail)
    }
}
