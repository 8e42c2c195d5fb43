//! One endpoint of the API.

use crate::query::Parameter;
use crate::shape::Shape;
use std::fmt;

/// One endpoint of the API.
#[derive(Debug)]
pub struct Route {
    /// The name that policies and logs use (`containers.create`).
    pub id: &'static str,
    /// The methods that it answers to.
    pub method: Method,
    /// Its path; `{id}` is one segment, `{name}` of images and plugins several.
    pub template: &'static str,
    /// The first version that has it, the part behind `1.`.
    pub since: u8,
    /// What it can do.
    pub class: Risk,
    /// What its body is.
    pub body: BodyKind,
    /// How request and answer go.
    pub exchange: Exchange,
    /// The parameters of its query.
    pub query: &'static [Parameter],
}

/// A method that the API knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
    /// `OPTIONS`.
    Options,
}

impl Method {
    /// The method of that name; case counts, as it does for the daemon.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a call can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Risk {
    /// It tells that the daemon lives.
    R0,
    /// It reads metadata: environments, tokens, names.
    R1,
    /// It makes the daemon speak to other hosts.
    R1Outgoing,
    /// It reads contents: files, logs, whole images.
    R2,
    /// It looks like reading and is interactive.
    R2Interactive,
    /// It starts, stops, removes.
    R3,
    /// It brings code or contents into containers and images.
    R4,
    /// It rules the host.
    R5,
}

impl Risk {
    /// All, least first.
    pub const ALL: [Self; 8] =
        [Self::R0, Self::R1, Self::R1Outgoing, Self::R2, Self::R2Interactive, Self::R3, Self::R4, Self::R5];

    /// The word of policies (`R1o`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::R0 => "R0",
            Self::R1 => "R1",
            Self::R1Outgoing => "R1o",
            Self::R2 => "R2",
            Self::R2Interactive => "R2x",
            Self::R3 => "R3",
            Self::R4 => "R4",
            Self::R5 => "R5",
        }
    }
}

/// What the body of a call is.
#[derive(Clone, Copy, Debug)]
pub enum BodyKind {
    /// There is none; an empty JSON object is dropped.
    None,
    /// JSON that must be there; `bytes_max` bounds it.
    Json {
        /// What it looks like.
        shape: &'static Shape,
        /// Bytes of it.
        bytes_max: usize,
    },
    /// JSON that may be there.
    OptionalJson {
        /// What it looks like.
        shape: &'static Shape,
        /// Bytes of it.
        bytes_max: usize,
    },
    /// Bytes that are passed on: an archive.
    Archive,
}

impl BodyKind {
    /// Bytes of a body that is read as a whole; 0 where a body is not read.
    #[must_use]
    pub const fn bytes_max(&self) -> usize {
        match self {
            // As much as an empty object with white space.
            Self::None => 64,
            Self::Json { bytes_max, .. } | Self::OptionalJson { bytes_max, .. } => *bytes_max,
            Self::Archive => 0,
        }
    }
}

/// How request and answer go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// A request, then an answer.
    Plain,
    /// The answer has no end, or comes over hours.
    Stream,
    /// The connection belongs to the container after the answer.
    Hijack,
    /// The same by the web-socket protocol.
    WebSocket,
    /// The request is long.
    Upload,
    /// The answer is long.
    Download,
    /// Request and answer are long, and at the same time.
    Duplex,
    /// The connection speaks HTTP/2 afterwards.
    Http2,
}
