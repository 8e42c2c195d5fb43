//! Heads of requests.

use super::{Fields, Framing, HEAD_BYTES_MAX, WireRefusal, fields::Lines, target};
use memchr::memmem;

/// The head of a request that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// In capital letters.
    pub method: String,
    /// A path, perhaps with a query; still as it came.
    pub target: String,
    /// HTTP/1.0 has no chunks and closes the connection.
    pub is_http10: bool,
    /// How long the body is.
    pub framing: Framing,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Upgrade`, whatever `Connection` says: the engine looks at it alone.
    pub upgrade: Option<String>,
    /// The client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// The connection ends after the answer.
    pub closes: bool,
    /// All fields.
    pub fields: Fields,
}

/// Fields that are passed on, and would be read by the engine with the first of several values.
const ONCE: &[&str] = &[
    "authorization",
    "origin",
    "sec-websocket-key",
    "sec-websocket-version",
    "user-agent",
    "x-registry-auth",
    "x-registry-config",
];

/// As far as the head at the begin of `bytes` reaches, with the empty line; `None` when more is needed.
///
/// # Errors
/// When it cannot become a head any more.
pub fn head_length(bytes: &[u8]) -> Result<Option<usize>, WireRefusal> {
    if bytes.starts_with(b"PRI * HTTP/2") {
        return Err(WireRefusal::Http2);
    }
    let searched = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
    if let Some(at) = memmem::find(searched, b"\r\n\r\n") {
        return Ok(Some(at + 4));
    }
    // Neither a method nor a version begins so: who speaks TLS to a port without it would wait for an answer.
    if bytes.first().is_some_and(|first| !first.is_ascii_uppercase()) {
        return Err(WireRefusal::Method);
    }
    // Without this a client that never sends carriage returns would only be told after the timeout.
    if memmem::find(searched, b"\n\n").is_some() {
        return Err(WireRefusal::LineEnd);
    }
    if bytes.len() >= HEAD_BYTES_MAX {
        return Err(WireRefusal::HeadTooLong);
    }
    Ok(None)
}

impl RequestHead {
    /// Reads a head, up to and with its empty line.
    ///
    /// # Errors
    /// When anything in it is malformed or could be read in two ways.
    pub fn parse(head: &[u8]) -> Result<Self, WireRefusal> {
        if head.len() > HEAD_BYTES_MAX {
            return Err(WireRefusal::HeadTooLong);
        }
        let mut lines = Lines(head);
        let line = lines.next().ok_or(WireRefusal::RequestLine)??;
        let (method, target, is_http10) = request_line(line)?;
        let fields = Fields::read(lines)?;
        let one = |name: &'static str| fields.single(name);
        for name in ONCE {
            one(name)?;
        }
        let host = one("host")?;
        if host.is_none() && !is_http10 {
            return Err(WireRefusal::NoHost);
        }
        let framing = framing(&fields, is_http10)?;
        let has = |word: &str| fields.has_token("connection", word);
        let expects_continue = match one("expect")? {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("100-continue") => true,
            Some(_) => return Err(WireRefusal::Expectation),
        };
        Ok(Self {
            method,
            target,
            is_http10,
            framing,
            content_type: one("content-type")?.map(str::to_owned),
            upgrade: one("upgrade")?.map(str::to_owned),
            closes: has("close") || (is_http10 && !has("keep-alive")),
            expects_continue: expects_continue && !is_http10,
            fields,
        })
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }

    /// A method that is answered without a body.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

fn request_line(line: &[u8]) -> Result<(String, String, bool), WireRefusal> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(path), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(WireRefusal::RequestLine);
    };
    if method.is_empty() || method.len() > 16 || !method.iter().all(u8::is_ascii_uppercase) {
        return Err(WireRefusal::Method);
    }
    let is_http10 = match version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        _ => return Err(WireRefusal::Version),
    };
    target::check(path)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("both were found to be ASCII");
    Ok((text(method), text(path), is_http10))
}

fn framing(fields: &Fields, is_http10: bool) -> Result<Framing, WireRefusal> {
    let length = fields.single("content-length")?;
    let coding = fields.single("transfer-encoding")?;
    match (length, coding) {
        (Some(_), Some(_)) => Err(WireRefusal::LengthAndCoding),
        (None, Some(_)) if is_http10 => Err(WireRefusal::CodingInHttp10),
        (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        (None, Some(_)) => Err(WireRefusal::Coding),
        (Some(length), None) => Ok(Framing::Length(parse_length(length)?)),
        (None, None) => Ok(Framing::Length(0)),
    }
}

/// Digits alone: no sign, no list of equal values.
pub(super) fn parse_length(text: &str) -> Result<u64, WireRefusal> {
    let is_plain = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain {
        return Err(WireRefusal::Length);
    }
    text.parse().map_err(|_| WireRefusal::Length)
}
