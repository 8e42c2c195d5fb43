//! Where outside input, or text that was hidden, does harm.

use super::{
    machine::{At, Machine, Sighting},
    names,
    value::{Datum, Origin, Taint, Value, mark},
};
use crate::merge::excerpt;
use model::Severity;

/// Code of at most so many bytes that takes uploads under their own names is made for that.
const SMALL_UPLOADER_BYTES: usize = 3_000;
const CODE_EXTENSIONS: &[&[u8]] = &[
    b".php",
    b".phtml",
    b".php3",
    b".php4",
    b".php5",
    b".php7",
    b".pht",
    b".phar",
    b".inc",
    b".jsp",
    b".asp",
    b".aspx",
    b".htaccess",
    b".cgi",
    b".user.ini",
];

impl Machine<'_> {
    fn sight(&mut self, state: &'static str, severity: Severity, taint: &Taint, sink: &str, at: At) {
        let line = self.line(at);
        let facts = vec![
            format!("source: {} (line {})", taint.source, taint.line),
            format!("sink: {sink} (line {line})"),
        ];
        self.see(Sighting { state, severity, line, facts });
    }

    fn sight_text(&mut self, state: &'static str, severity: Severity, what: &str, text: &[u8], at: At) {
        let line = self.line(at);
        let facts = vec![format!("sink: {what} (line {line})"), format!("decoded: {}", excerpt(text))];
        self.see(Sighting { state, severity, line, facts });
    }

    /// Something runs a text as PHP.
    pub(super) fn sink_code(&mut self, sink: &str, value: &Value, at: At) -> Value {
        if let Some((taint, marks)) = value.deep_taint(3) {
            let taint = (**taint).clone();
            let is_checked = marks & (mark::CHECKED | mark::ESCAPED) != 0;
            match taint.origin {
                Origin::Remote => self.sight("code-from-network", Severity::High, &taint, sink, at),
                Origin::Extracted if marks & mark::PREFIXED != 0 => {}
                Origin::Extracted => self.sight("code-from-request", Severity::Medium, &taint, sink, at),
                Origin::Request | Origin::Upload if is_checked => {
                    self.sight("code-from-request", Severity::Medium, &taint, sink, at);
                }
                Origin::Request | Origin::Upload => {
                    self.sight("code-from-request", Severity::Critical, &taint, sink, at);
                }
            }
            return Value::default();
        }
        let Datum::Text(text) = &value.datum else {
            if sink != "assert" {
                self.note_unknown_code();
            }
            return Value::default();
        };
        if value.has(mark::UNPACKED) {
            let severity = if text.len() >= 40 { Severity::High } else { Severity::Medium };
            self.sight_text("hidden-code", severity, sink, text, at);
        }
        let text = text.clone();
        self.run_unpacked(&text, at, "<?php ")
    }

    /// A pattern of the request: its modifiers ran code before PHP 7.
    pub(super) fn sink_pattern(&mut self, value: &Value, at: At) {
        if let Some(taint) = value.taint.as_deref().cloned() {
            self.sight("code-from-request", Severity::Low, &taint, "pattern of preg_replace", at);
        }
    }

    /// Something runs a text as a command.
    pub(super) fn sink_command(&mut self, sink: &str, value: &Value, at: At) {
        if let Some((taint, marks)) = value.deep_taint(3) {
            let taint = (**taint).clone();
            let is_guarded =
                marks & (mark::ESCAPED | mark::CHECKED) != 0 || taint.source.contains("tmp_name");
            match taint.origin {
                _ if is_guarded => {}
                Origin::Remote => self.sight("code-from-network", Severity::High, &taint, sink, at),
                Origin::Extracted if marks & mark::PREFIXED != 0 => {}
                Origin::Extracted => self.sight("command-from-request", Severity::Medium, &taint, sink, at),
                Origin::Request | Origin::Upload if marks & mark::PREFIXED != 0 => {
                    self.sight("command-from-request", Severity::Low, &taint, sink, at);
                }
                Origin::Request | Origin::Upload => {
                    self.sight("command-from-request", Severity::Critical, &taint, sink, at);
                }
            }
        } else if let (Datum::Text(text), true) = (&value.datum, value.has(mark::UNPACKED)) {
            let text = text.clone();
            self.sight_text("hidden-code", Severity::High, sink, &text, at);
        }
    }

    /// A file is included.
    pub(super) fn sink_include(&mut self, value: &Value, at: At) {
        if let Some((taint, marks)) = value.deep_taint(1) {
            let taint = (**taint).clone();
            let is_guarded = marks & (mark::CHECKED | mark::PREFIXED) != 0;
            let severity = match taint.origin {
                _ if is_guarded => return,
                Origin::Remote => {
                    return self.sight("code-from-network", Severity::High, &taint, "include", at);
                }
                Origin::Extracted => Severity::Low,
                _ if marks & mark::SUFFIXED != 0 => Severity::Low,
                _ => Severity::High,
            };
            self.sight("include-from-request", severity, &taint, "include", at);
            return;
        }
        let Datum::Text(text) = &value.datum else { return };
        let text = text.clone();
        let lower = text.to_ascii_lowercase();
        if value.has(mark::UNPACKED) {
            self.sight_text("hidden-code", Severity::High, "include", &text, at);
        }
        if let Some(code) = data_address(&text) {
            self.sight_text("hidden-code", Severity::High, "include", &code, at);
            self.run_unpacked(&code, at, "");
        } else if lower.starts_with(b"http://")
            || lower.starts_with(b"https://")
            || lower.starts_with(b"ftp://")
        {
            self.sight_text("code-from-network", Severity::High, "include", &text, at);
        } else if lower.starts_with(b"php://input") {
            let taint =
                Taint { source: "php://input".to_owned(), line: self.line(at), origin: Origin::Request };
            self.sight("code-from-request", Severity::Critical, &taint, "include", at);
        } else if [b".jpg", b".png", b".gif", b".ico", b".bmp"].iter().any(|end| lower.ends_with(*end))
            || lower.ends_with(b".jpeg")
        {
            self.sight_text("obfuscated-code", Severity::Medium, "include of a picture", &text, at);
        }
    }

    /// A call whose function somebody outside chose.
    pub(super) fn sink_function(&mut self, name: &Value, arguments: &[Value], at: At) {
        let Some(taint) = name.taint.as_deref().cloned() else { return };
        let is_small = self.trees[0].text.len() <= SMALL_UPLOADER_BYTES;
        if name.has(mark::CHECKED | mark::PREFIXED) {
            return;
        }
        if taint.origin == Origin::Extracted {
            if is_small && arguments.iter().any(|argument| argument.any_taint().is_some()) {
                self.sight(
                    "function-from-request",
                    Severity::High,
                    &taint,
                    "call of a function by its name",
                    at,
                );
            }
            return;
        }
        let with_input = arguments
            .iter()
            .any(|argument| argument.any_taint().is_some_and(|t| t.origin != Origin::Extracted));
        let severity = match (with_input, name.has(mark::SUFFIXED)) {
            (true, false) => Severity::Critical,
            (true, true) | (false, true) => Severity::Low,
            (false, false) if arguments.iter().any(Value::is_known) => Severity::High,
            (false, false) => Severity::Low,
        };
        self.sight("function-from-request", severity, &taint, "call of a function by its name", at);
    }

    /// A dangerous function whose name was put together.
    pub(super) fn sink_hidden_name(&mut self, name: &[u8], marks: u8, at: At) {
        if marks & (mark::ASSEMBLED | mark::UNPACKED) == 0 {
            return;
        }
        let severity = if names::is_dangerous(name) {
            Severity::High
        } else if names::is_decoder(name) && marks & mark::UNPACKED != 0 {
            Severity::Medium
        } else {
            return;
        };
        self.sight_text("hidden-function-name", severity, "call of a function by its name", name, at);
    }

    /// Data are written to a file.
    pub(super) fn sink_write(&mut self, path: &Value, data: &Value, at: At) {
        if let (Datum::Text(text), true) = (&data.datum, data.taint.is_none()) {
            if contains(text, b"<?") && (data.has(mark::UNPACKED) || is_code_path(path)) {
                let text = text.clone();
                if data.has(mark::UNPACKED) {
                    self.sight_text("hidden-code", Severity::High, "write to a file", &text, at);
                }
                self.run_unpacked(&text, at, "");
            }
            return;
        }
        let Some((taint, marks)) = data.deep_taint(2) else { return };
        let taint = (**taint).clone();
        if marks & mark::CHECKED != 0 || !matches!(taint.origin, Origin::Request | Origin::Remote) {
            return;
        }
        let is_small = self.trees[0].text.len() <= SMALL_UPLOADER_BYTES;
        let is_open_path =
            path.taint.as_ref().is_some_and(|taint| matches!(taint.origin, Origin::Request | Origin::Upload))
                && !path.has(mark::CHECKED);
        let severity = if is_code_path(path) {
            if marks & mark::PREFIXED == 0 { Severity::High } else { Severity::Low }
        } else if is_open_path && (is_small || (!path.has(mark::PREFIXED) && marks & mark::PREFIXED == 0)) {
            Severity::High
        } else {
            return;
        };
        self.sight("upload-of-code", severity, &taint, "write to a file", at);
    }

    /// An upload is put in its place.
    pub(super) fn sink_upload(&mut self, from: &Value, to: &Value, at: At) {
        let is_upload =
            |value: &Value| value.taint.as_ref().is_some_and(|taint| taint.origin == Origin::Upload);
        let is_small = self.trees[0].text.len() <= SMALL_UPLOADER_BYTES;
        if let Some((taint, marks)) = to.deep_taint(1) {
            let taint = (**taint).clone();
            let is_shaped =
                marks & mark::CHECKED != 0 || (marks & mark::PREFIXED != 0 && marks & mark::SUFFIXED != 0);
            let is_own = taint.origin == Origin::Upload
                || (taint.origin == Origin::Request && marks & mark::PREFIXED == 0);
            if is_small && is_own && !is_shaped && self.scope().class.is_none() {
                self.sight("upload-of-code", Severity::High, &taint, "move of an upload", at);
            }
        } else if is_upload(from)
            && is_code_path(to)
            && let Some(taint) = from.taint.as_deref().cloned()
        {
            self.sight("upload-of-code", Severity::High, &taint, "move of an upload", at);
        }
    }

    /// Outside input becomes objects.
    pub(super) fn sink_object(&mut self, value: &Value, at: At) {
        if let Some((taint, marks)) = value.deep_taint(1)
            && marks & mark::CHECKED == 0
            && matches!(taint.origin, Origin::Request | Origin::Upload)
        {
            let taint = (**taint).clone();
            self.sight("object-from-request", Severity::Low, &taint, "unserialize", at);
        }
    }
}

fn is_code_path(path: &Value) -> bool {
    match &path.datum {
        Datum::Text(text) => {
            let lower = text.to_ascii_lowercase();
            CODE_EXTENSIONS.iter().any(|end| lower.ends_with(end))
        }
        _ => false,
    }
}

/// The content of a `data:` address (RFC 2397).
fn data_address(text: &[u8]) -> Option<Vec<u8>> {
    if !text.get(..5)?.eq_ignore_ascii_case(b"data:") {
        return None;
    }
    let comma = text.iter().position(|byte| *byte == b',')?;
    let (head, content) = (&text[..comma], &text[comma + 1..]);
    Some(if head.ends_with(b";base64") {
        super::decoders::base64(content)?
    } else {
        super::decoders::url(content, false)
    })
}

pub(super) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}
