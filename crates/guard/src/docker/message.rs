//! Heads that the guard writes: requests for the engine, answers for clients.

use crate::wire::{Framing, RequestHead, ResponseFraming, ResponseHead};
use calls::{BodyKind, Call, Exchange};
use std::fmt::Write as _;

/// Fields of clients that the engine gets besides those that the guard writes itself.
const PASSED_ON: &[&str] = &["user-agent", "x-registry-auth", "x-registry-config"];
/// The fields of a web-socket's begin (RFC 6455, section 4.1).
const OF_WEB_SOCKETS: &[&str] = &[
    "origin",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
];
/// Fields that belong to one connection (RFC 9110, section 7.6.1) or are written anew.
const NOT_RETURNED: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
];

/// The request for the engine: nothing of it but a few values of fields is the client's.
pub(super) fn request(call: &Call, head: &RequestHead, body: &[u8], stream: Option<Framing>) -> Vec<u8> {
    let mut out = String::with_capacity(512);
    let _ = write!(out, "{} {} HTTP/1.1\r\nHost: docker\r\n", call.method(), call.target());
    let mut field = |name: &str, value: &str| {
        titled(name, &mut out);
        out.push_str(": ");
        out.push_str(value);
        out.push_str("\r\n");
    };
    let mut passed: Vec<&str> = PASSED_ON.to_vec();
    match call.route().exchange {
        Exchange::WebSocket => {
            passed.extend(OF_WEB_SOCKETS);
            field("connection", "Upgrade");
            field("upgrade", "websocket");
        }
        Exchange::Hijack if head.upgrade.is_some() => {
            field("connection", "Upgrade");
            field("upgrade", "tcp");
        }
        _ => {}
    }
    for (name, value) in head.fields.iter().filter(|(name, _)| passed.contains(name)) {
        field(name, value);
    }
    if let Some(kind) = call.content_type()
        && (stream.is_some() || !body.is_empty())
    {
        field("content-type", kind);
    }
    match stream {
        Some(Framing::Chunked) => field("transfer-encoding", "chunked"),
        Some(Framing::Length(length)) => field("content-length", &length.to_string()),
        Some(Framing::UntilClose) | None => {
            let has_method_of_bodies = !matches!(head.method.as_str(), "GET" | "HEAD" | "OPTIONS");
            if has_method_of_bodies || !body.is_empty() {
                field("content-length", &body.len().to_string());
            }
        }
    }
    out.push_str("\r\n");
    let mut bytes = out.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// What of an answer is changed on its way.
pub(super) struct Changes<'a> {
    /// The client's connection ends with it.
    pub(super) closes: bool,
    /// The client cannot read chunks.
    pub(super) is_http10: bool,
    pub(super) is_head: bool,
    /// Said in a field of their own, where the body has no place for them.
    pub(super) warnings: &'a [String],
    /// The engine's word that it has BuildKit, of which nothing is passed on.
    pub(super) hides_buildkit: bool,
}

/// The head of an answer for the client, and how its body is framed.
pub(super) fn answer(
    head: &ResponseHead,
    framing: ResponseFraming,
    changes: &Changes<'_>,
) -> (Vec<u8>, Framing) {
    let mut out = String::with_capacity(512);
    let _ = write!(out, "HTTP/1.1 {} {}\r\n", head.status, head.reason);
    let mut field = |name: &str, value: &str| {
        titled(name, &mut out);
        out.push_str(": ");
        out.push_str(value);
        out.push_str("\r\n");
    };
    for (name, value) in head.fields.iter() {
        if NOT_RETURNED.contains(&name) {
            continue;
        }
        match name {
            "builder-version" if changes.hides_buildkit => field(name, "1"),
            _ => field(name, value),
        }
    }
    for warning in changes.warnings.iter().take(16) {
        field("x-seawall-warning", &one_line(warning));
    }
    let of_client = match framing {
        ResponseFraming::Upgraded => {
            field("connection", "Upgrade");
            field("upgrade", head.field("upgrade").unwrap_or("tcp"));
            Framing::UntilClose
        }
        ResponseFraming::Body(Framing::Length(length)) => {
            // The answer to HEAD tells the length of what it does not hold.
            let told = if changes.is_head {
                head.field("content-length").and_then(|text| text.parse().ok())
            } else {
                Some(length)
            };
            let has_body = !matches!(head.status, 204 | 304);
            if let Some(told) = told.filter(|_| has_body) {
                field("content-length", &u64::to_string(&told));
            }
            Framing::Length(length)
        }
        ResponseFraming::Body(Framing::Chunked) if changes.is_http10 => Framing::UntilClose,
        ResponseFraming::Body(Framing::Chunked) => {
            field("transfer-encoding", "chunked");
            Framing::Chunked
        }
        ResponseFraming::Body(Framing::UntilClose) => Framing::UntilClose,
    };
    if framing != ResponseFraming::Upgraded {
        if changes.closes || of_client == Framing::UntilClose {
            field("connection", "close");
        } else if changes.is_http10 {
            field("connection", "keep-alive");
        }
    }
    out.push_str("\r\n");
    (out.into_bytes(), of_client)
}

/// The engine's form of an error.
pub(super) fn error(status: u16, message: &str, closes: bool, is_head: bool) -> Vec<u8> {
    let body = format!("{}\n", serde_json::json!({ "message": message }));
    let end = if closes { "Connection: close\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: application/json\r\nServer: seawall\r\nContent-Length: {}\r\n{end}\r\n",
        reason(status),
        body.len()
    );
    if is_head { head.into_bytes() } else { (head + &body).into_bytes() }
}

/// Adds to the `Warnings` of an answer; the body as it was when it is not understood.
pub(super) fn with_warnings(body: Vec<u8>, warnings: &[String]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&body) else { return body };
    let Some(members) = value.as_object_mut() else { return body };
    let there = members.entry("Warnings").or_insert(serde_json::Value::Null);
    let mut all = there.as_array().cloned().unwrap_or_default();
    all.extend(warnings.iter().map(|warning| one_line(warning).into()));
    *there = all.into();
    format!("{value}\n").into_bytes()
}

/// Whether the body of an answer has a place for warnings.
pub(super) fn has_warnings(call: &Call) -> bool {
    matches!(
        call.route().id,
        "containers.create" | "containers.update" | "services.create" | "services.update"
    )
}

/// Whether the body of a call is passed on as it comes.
pub(super) fn is_streamed(call: &Call) -> bool {
    matches!(call.route().body, BodyKind::Archive)
}

fn one_line(text: &str) -> String {
    let is_plain = |letter: char| !letter.is_control();
    text.chars().map(|letter| if is_plain(letter) { letter } else { ' ' }).take(1000).collect()
}

// `content-type` as the engine writes it: `Content-Type`.
fn titled(name: &str, out: &mut String) {
    for word in name.split_inclusive('-') {
        let start = out.len();
        out.push_str(word);
        // Names are ASCII.
        out[start..start + 1].make_ascii_uppercase();
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}
