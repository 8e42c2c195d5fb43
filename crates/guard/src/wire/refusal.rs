//! Why bytes are not taken for HTTP.

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireRefusal {
    /// The head is longer than the limit.
    #[error("the head of the request is longer than {} bytes", super::HEAD_BYTES_MAX)]
    HeadTooLong,
    /// More header fields than the limit.
    #[error("the request has more than {} header fields", super::FIELDS_MAX)]
    TooManyFields,
    /// The target is longer than the limit.
    #[error("the request target is longer than {} bytes", super::TARGET_BYTES_MAX)]
    TargetTooLong,
    /// The first line is not METHOD TARGET HTTP/1.1.
    #[error("the request line is malformed")]
    RequestLine,
    /// The first line of a response is malformed.
    #[error("the status line is malformed")]
    StatusLine,
    /// A method is written in capital letters.
    #[error("the method is malformed")]
    Method,
    /// Another version than 1.0 and 1.1.
    #[error("the version of HTTP is not 1.1 or 1.0")]
    Version,
    /// HTTP/2 without negotiation.
    #[error(
        "HTTP/2 is not spoken here (BuildKit's gRPC uses it; hint: set DOCKER_BUILDKIT=0 for the classic builder)"
    )]
    Http2,
    /// Not a path: absolute-form, authority-form, asterisk-form.
    #[error("the request target is not a path")]
    TargetForm,
    /// Control bytes, spaces or bytes beyond ASCII in a target.
    #[error("the request target has bytes that must be encoded")]
    TargetBytes,
    /// A line feed without carriage return, or the other way round.
    #[error("a line of the head does not end with CR LF")]
    LineEnd,
    /// A line that goes on with the next.
    #[error("a header field is folded over lines")]
    Folded,
    /// A field without a colon, or a name with other characters.
    #[error("the name of a header field is malformed")]
    FieldName,
    /// Control bytes in a value.
    #[error("the value of a header field has control bytes")]
    FieldValue,
    /// The same field more than once.
    #[error("a header field that may stand once stands twice: {0}")]
    Repeated(&'static str),
    /// A length and a transfer coding.
    #[error("the request has Content-Length and Transfer-Encoding")]
    LengthAndCoding,
    /// Not a number.
    #[error("Content-Length is not a number")]
    Length,
    /// Another transfer coding than chunked.
    #[error("Transfer-Encoding is not 'chunked'")]
    Coding,
    /// Transfer coding in a version that has none.
    #[error("HTTP/1.0 has no Transfer-Encoding")]
    CodingInHttp10,
    /// HTTP/1.1 without a host.
    #[error("the Host field is missing")]
    NoHost,
    /// Another expectation than 100-continue.
    #[error("Expect is not '100-continue'")]
    Expectation,
    /// A chunk that does not begin with its size, or does not end where it should.
    #[error("the chunked body is malformed")]
    Chunk,
    /// Fields behind a chunked body.
    #[error("trailer fields are not taken")]
    Trailer,
}

impl WireRefusal {
    /// The status that answers it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::HeadTooLong | Self::TooManyFields => 431,
            Self::TargetTooLong => 414,
            Self::Version | Self::Http2 => 505,
            Self::Expectation => 417,
            Self::Coding => 501,
            _ => 400,
        }
    }
}
