//! Heads of requests.

use super::{FIELDS_MAX, Framing, HEAD_BYTES_MAX, WireRefusal, target};

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
    /// All fields, names in lower case.
    pub fields: Vec<HeaderField>,
}

/// One field of a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderField {
    /// In lower case.
    pub name: String,
    /// Without spaces around it. Bytes beyond ASCII are kept as they are in UTF-8, and refused otherwise.
    pub value: String,
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
    if let Some(at) = find(searched, b"\r\n\r\n") {
        return Ok(Some(at + 4));
    }
    // Without this a client that never sends carriage returns would only be told after the timeout.
    if find(searched, b"\n\n").is_some() {
        return Err(WireRefusal::LineEnd);
    }
    if bytes.len() >= HEAD_BYTES_MAX {
        return Err(WireRefusal::HeadTooLong);
    }
    Ok(None)
}

pub(super) fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    let first = pattern[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(pattern) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
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
        let fields = fields(lines)?;
        let one = |name: &'static str| single(&fields, name);
        for name in ONCE {
            one(name)?;
        }
        let host = one("host")?;
        if host.is_none() && !is_http10 {
            return Err(WireRefusal::NoHost);
        }
        let framing = framing(&fields, is_http10)?;
        let connection: Vec<String> = tokens(&fields, "connection");
        let has = |word: &str| connection.iter().any(|token| token == word);
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
            expects_continue: expects_continue && !is_http10,
            closes: has("close") || (is_http10 && !has("keep-alive")),
            fields,
        })
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
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

/// Lines that end with CR LF and hold neither byte elsewhere; ends with the empty line.
pub(super) struct Lines<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = Result<&'a [u8], WireRefusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0 == b"\r\n" || self.0.is_empty() {
            return None;
        }
        let Some(end) = self.0.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
            return Some(Err(WireRefusal::LineEnd));
        };
        let (line, rest) = self.0.split_at(end);
        let Some(rest) = rest.strip_prefix(b"\r\n") else { return Some(Err(WireRefusal::LineEnd)) };
        self.0 = rest;
        Some(Ok(line))
    }
}

pub(super) fn fields(lines: Lines<'_>) -> Result<Vec<HeaderField>, WireRefusal> {
    let mut fields = Vec::new();
    for line in lines {
        let line = line?;
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Err(WireRefusal::Folded);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(WireRefusal::FieldName)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
            return Err(WireRefusal::FieldName);
        }
        if value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
            return Err(WireRefusal::FieldValue);
        }
        let value = std::str::from_utf8(value).map_err(|_| WireRefusal::FieldValue)?;
        if fields.len() == FIELDS_MAX {
            return Err(WireRefusal::TooManyFields);
        }
        let name = String::from_utf8(name.to_ascii_lowercase()).expect("tokens are ASCII");
        let value = value.trim_matches([' ', '\t']).to_owned();
        fields.push(HeaderField { name, value });
    }
    Ok(fields)
}

// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The value of a field that may stand once.
pub(super) fn single<'a>(
    fields: &'a [HeaderField],
    name: &'static str,
) -> Result<Option<&'a str>, WireRefusal> {
    let mut values = fields.iter().filter(|field| field.name == name);
    let value = values.next().map(|field| field.value.as_str());
    if values.next().is_some() {
        return Err(WireRefusal::Repeated(name));
    }
    Ok(value)
}

/// The words of a list, in lower case, from all fields of a name.
pub(super) fn tokens(fields: &[HeaderField], name: &str) -> Vec<String> {
    let of_name = fields.iter().filter(|field| field.name == name);
    of_name.flat_map(|field| field.value.split(',')).map(|token| token.trim().to_ascii_lowercase()).collect()
}

fn framing(fields: &[HeaderField], is_http10: bool) -> Result<Framing, WireRefusal> {
    let length = single(fields, "content-length")?;
    let coding = single(fields, "transfer-encoding")?;
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
