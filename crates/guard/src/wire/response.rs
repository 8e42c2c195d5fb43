//! Heads of responses: the engine is trusted more than clients are, and still read strictly.

use super::{Fields, Framing, WireRefusal, fields::Lines, head::parse_length};

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status.
    pub status: u16,
    /// The words behind it.
    pub reason: String,
    /// All fields.
    pub fields: Fields,
    /// The connection cannot be used again.
    pub closes: bool,
}

/// Where the body of a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseFraming {
    /// A body, or none (`Length(0)`).
    Body(Framing),
    /// No HTTP any more: the connection is a pair of byte streams.
    Upgraded,
}

impl ResponseHead {
    /// Reads a head, up to and with its empty line.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(head: &[u8]) -> Result<Self, WireRefusal> {
        let mut lines = Lines(head);
        let line = lines.next().ok_or(WireRefusal::StatusLine)??;
        let text = std::str::from_utf8(line).map_err(|_| WireRefusal::StatusLine)?;
        let (version, rest) = text.split_once(' ').ok_or(WireRefusal::StatusLine)?;
        let is_http10 = match version {
            "HTTP/1.1" => false,
            "HTTP/1.0" => true,
            _ => return Err(WireRefusal::Version),
        };
        let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_plain = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
        let status = status.parse().ok().filter(|_| is_plain).ok_or(WireRefusal::StatusLine)?;
        let fields = Fields::read(lines)?;
        let has = |word: &str| fields.has_token("connection", word);
        let closes = has("close") || (is_http10 && !has("keep-alive"));
        Ok(Self { status, reason: reason.to_owned(), fields, closes })
    }

    /// Where the body ends. A hijacked stream is a body without length that ends with the connection.
    ///
    /// # Errors
    /// When the fields contradict each other.
    pub fn framing(&self, is_answer_to_head: bool) -> Result<ResponseFraming, WireRefusal> {
        if self.status == 101 {
            return Ok(ResponseFraming::Upgraded);
        }
        if is_answer_to_head || self.status / 100 == 1 || matches!(self.status, 204 | 304) {
            return Ok(ResponseFraming::Body(Framing::Length(0)));
        }
        let length = self.fields.single("content-length")?;
        let coding = self.fields.single("transfer-encoding")?;
        Ok(ResponseFraming::Body(match (length, coding) {
            (Some(_), Some(_)) => return Err(WireRefusal::LengthAndCoding),
            (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Framing::Chunked,
            (None, Some(_)) => return Err(WireRefusal::Coding),
            (Some(length), None) => Framing::Length(parse_length(length)?),
            (None, None) => Framing::UntilClose,
        }))
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }
}
