//! Where alerts go.

mod http;
mod lines;
mod local_logs;
mod ocsf;

use std::path::PathBuf;

use ::local_logs::Protocol;
use detect::Alert;

pub use http::HttpOptions;
pub use ocsf::ocsf;

/// How an alert is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// The message, for people.
    #[default]
    Text,
    /// Falco's JSON, one object a line.
    Json,
    /// A detection finding of the Open Cybersecurity Schema Framework, one object a line.
    Ocsf,
}

/// A place that alerts go to.
#[derive(Clone, Debug)]
pub enum SinkOptions {
    /// Standard output.
    Output(Shape),
    /// A file that lines are added to; begun anew beyond so many bytes, of which so many are kept.
    File {
        /// Where.
        path: PathBuf,
        /// How.
        shape: Shape,
        /// Bytes of one file; 0 for any number.
        bytes_max: u64,
        /// How many old files are kept.
        files_max: u32,
    },
    /// Posted, one alert a request.
    Http(HttpOptions),
    /// syslog's socket.
    Syslog(PathBuf, Shape),
    /// journald's socket.
    Journald(PathBuf, Shape),
}

/// Why a sink cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A file or directory.
    #[error("cannot write {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// An address that is none.
    #[error("cannot post to '{url}': {reason}")]
    Address {
        /// As given.
        url: String,
        /// What is wrong.
        reason: String,
    },
}

/// All places that alerts go to.
#[derive(Default)]
pub struct Sinks {
    places: Vec<Place>,
}

struct Place {
    name: String,
    sent: u64,
    sink: Box<dyn Sink>,
}

/// How a place does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkState {
    /// Its number, from 1, and its kind: `2-http`. Its address may hold a secret.
    pub name: String,
    /// Alerts that were given to it.
    pub sent: u64,
    /// Alerts that it could not take, or dropped for want of room.
    pub failures: u64,
    /// How often delivery was tried in vain; it is tried again.
    pub retries: u64,
    /// Bytes that wait on disk.
    pub waiting_bytes: u64,
}

/// An alert, written once for all.
pub(crate) struct Written<'a> {
    pub(crate) alert: &'a Alert,
    pub(crate) json: String,
}

/// One place.
pub(crate) trait Sink: Send {
    /// Takes an alert. What goes wrong is counted, never waited for.
    fn send(&mut self, written: &Written<'_>);
    /// How many alerts it could not take.
    fn failures(&self) -> u64;
    /// How often delivery was tried in vain.
    fn retries(&self) -> u64 {
        0
    }
    /// Bytes that wait.
    fn waiting_bytes(&self) -> u64 {
        0
    }
    /// Waits until what was taken is where it belongs, but not for ever.
    fn finish(&mut self) {}
}

impl Sinks {
    /// Opens all of them.
    ///
    /// # Errors
    /// When one cannot be opened: an alert that goes nowhere must be noticed before it is needed.
    pub fn open(options: &[SinkOptions]) -> Result<Self, SinkError> {
        let mut places = Vec::new();
        for (number, option) in (1..).zip(options) {
            let (kind, sink): (&str, Box<dyn Sink>) = match option {
                SinkOptions::Output(shape) => ("stdout", Box::new(lines::Output::new(*shape))),
                SinkOptions::File { path, shape, bytes_max, files_max } => {
                    ("file", Box::new(lines::LogFile::open(path, *shape, *bytes_max, *files_max)?))
                }
                SinkOptions::Http(options) => ("http", Box::new(http::Http::open(options)?)),
                SinkOptions::Syslog(path, shape) => {
                    ("syslog", Box::new(local_logs::LocalLog::new(Protocol::Syslog, path, *shape)))
                }
                SinkOptions::Journald(path, shape) => {
                    ("journald", Box::new(local_logs::LocalLog::new(Protocol::Journald, path, *shape)))
                }
            };
            places.push(Place { name: format!("{number}-{kind}"), sent: 0, sink });
        }
        Ok(Self { places })
    }

    /// Sends an alert everywhere.
    pub fn send(&mut self, alert: &Alert) {
        let json = serde_json::to_string(alert).expect("texts and numbers are JSON");
        let written = Written { alert, json };
        for place in &mut self.places {
            place.sent += 1;
            place.sink.send(&written);
        }
    }

    /// How each place does.
    #[must_use]
    pub fn states(&self) -> Vec<SinkState> {
        let state = |place: &Place| SinkState {
            name: place.name.clone(),
            sent: place.sent,
            failures: place.sink.failures(),
            retries: place.sink.retries(),
            waiting_bytes: place.sink.waiting_bytes(),
        };
        self.places.iter().map(state).collect()
    }

    /// How many times a place could not take an alert.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.places.iter().map(|place| place.sink.failures()).sum()
    }

    /// Waits, at most some seconds, until what was taken is where it belongs.
    pub fn finish(&mut self) {
        for place in &mut self.places {
            place.sink.finish();
        }
    }
}

/// A line in a shape.
pub(crate) fn shaped<'a>(written: &'a Written<'_>, shape: Shape) -> std::borrow::Cow<'a, str> {
    match shape {
        Shape::Text => written.alert.output.as_str().into(),
        Shape::Json => written.json.as_str().into(),
        Shape::Ocsf => ocsf(written.alert).to_string().into(),
    }
}
