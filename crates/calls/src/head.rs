//! What of the head of a request counts.

/// What of the head of a request counts. The codec has seen to it that each header is there once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// The method as written.
    pub method: &'a str,
    /// The request target as written: path and query.
    pub target: &'a str,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// Whether bytes follow: a length other than 0, or chunks.
    pub has_body: bool,
    /// `Upgrade`, with or without `Connection`: the daemon takes the connection over for any value.
    pub upgrade: Option<&'a str>,
}
