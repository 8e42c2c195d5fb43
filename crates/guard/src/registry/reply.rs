//! Answers to clients, and what goes wrong on the way to one.

use super::connection::Connection;
use distribution::{Code, Refusal};
use std::io;

/// An answer that is at hand.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer of the kind that was asked for.
pub(crate) enum Failure {
    /// The client is told.
    Refused(Refusal, Vec<(&'static str, String)>),
    /// The connection is of no use any more.
    Broken(io::Error),
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, fields: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn json(value: &serde_json::Value) -> Self {
        let body = value.to_string().into_bytes();
        Self::new(200).with("Content-Type", "application/json").with_body(body)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub(crate) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn refusal(refusal: &Refusal, fields: Vec<(&'static str, String)>) -> Self {
        let reply = Self { status: refusal.status, fields, body: refusal.body() };
        reply.with("Content-Type", "application/json")
    }

    /// Writes it; without the body when that was not asked for.
    pub(crate) fn write(&self, connection: &mut Connection, is_head: bool, closes: bool) -> io::Result<u64> {
        let mut bytes = head(self.status, &self.fields, closes);
        // The length of what GET would get, which the caller may know better.
        if !self.fields.iter().any(|(name, _)| *name == "Content-Length") && !matches!(self.status, 204 | 304)
        {
            bytes.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        let body: &[u8] = if is_head { &[] } else { &self.body };
        bytes.extend_from_slice(body);
        connection.write(&bytes)?;
        Ok(body.len() as u64)
    }
}

/// The begin of a head; the caller adds how long the body is and the empty line.
pub(crate) fn head(status: u16, fields: &[(&'static str, String)], closes: bool) -> String {
    let mut head =
        format!("HTTP/1.1 {status} {}\r\nDocker-Distribution-Api-Version: registry/2.0\r\n", reason(status));
    for (name, value) in fields {
        // Values come from the registry or from names that were read; none may begin a line.
        let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if closes {
        head.push_str("Connection: close\r\n");
    }
    head
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal, Vec::new())
    }
}

impl Failure {
    /// The registry behind did not do its part.
    pub(crate) fn of_upstream(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::TimedOut {
            let message = "the registry behind the guard does not answer";
            return Refusal::new(504, Code::Unavailable, "upstream-silent", message).into();
        }
        Refusal::new(
            502,
            Code::Unavailable,
            "upstream",
            format!("the registry behind the guard failed: {error}"),
        )
        .into()
    }

    pub(crate) fn denied(reason: &'static str, message: impl Into<String>) -> Self {
        Refusal::new(403, Code::Denied, reason, message).into()
    }
}

/// `Warning: 299 - "…"` (distribution-spec 1.1, "Warnings"): at most 4096 bytes together.
pub(crate) fn warnings(texts: &[String]) -> Vec<(&'static str, String)> {
    let mut left = 4_000_usize;
    let mut fields = Vec::new();
    for text in texts {
        let text: String = text
            .chars()
            .map(|letter| if letter.is_ascii() && !letter.is_ascii_control() { letter } else { '?' })
            .take(400)
            .collect();
        let value = format!("299 - \"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        match left.checked_sub(value.len() + 9) {
            Some(rest) => left = rest,
            None => break,
        }
        fields.push(("Warning", value));
    }
    fields
}
