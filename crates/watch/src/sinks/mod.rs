//! Where alerts go.

mod http;
mod lines;
mod local_logs;
mod ocsf;

use std::path::PathBuf;

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
    Syslog(PathBuf),
    /// journald's socket.
    Journald(PathBuf),
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
    sinks: Vec<Box<dyn Sink>>,
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
    /// Waits until what was taken is where it belongs, but not for ever.
    fn finish(&mut self) {}
}

impl Sinks {
    /// Opens all of them.
    ///
    /// # Errors
    /// When one cannot be opened: an alert that goes nowhere must be noticed before it is needed.
    pub fn open(options: &[SinkOptions]) -> Result<Self, SinkError> {
        let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
        for option in options {
            sinks.push(match option {
                SinkOptions::Output(shape) => Box::new(lines::Output::new(*shape)),
                SinkOptions::File { path, shape, bytes_max, files_max } => {
                    Box::new(lines::LogFile::open(path, *shape, *bytes_max, *files_max)?)
                }
                SinkOptions::Http(options) => Box::new(http::Http::open(options)?),
                SinkOptions::Syslog(path) => Box::new(local_logs::LocalLog::syslog(path)),
                SinkOptions::Journald(path) => Box::new(local_logs::LocalLog::journald(path)),
            });
        }
        Ok(Self { sinks })
    }

    /// Sends an alert everywhere.
    pub fn send(&mut self, alert: &Alert) {
        let json = serde_json::to_string(alert).expect("texts and numbers are JSON");
        let written = Written { alert, json };
        for sink in &mut self.sinks {
            sink.send(&written);
        }
    }

    /// How many times a place could not take an alert.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.sinks.iter().map(|sink| sink.failures()).sum()
    }

    /// Waits, at most some seconds, until what was taken is where it belongs.
    pub fn finish(&mut self) {
        for sink in &mut self.sinks {
            sink.finish();
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
