//! Encoded attachments of mails and mailboxes, and uuencoded text.
//!
//! RFC 5322 (headers), RFC 2045, section 6 (encodings), RFC 2046, section 5.1 (parts), RFC 4155 (mbox). Parts are found
//! by their headers wherever they stand, so that a wrong boundary hides nothing.

use crate::ProblemKind;
use crate::uuencode;
use crate::walk::{MemberHead, Step, Walk};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bytes of the beginning in which a mail says that something in it is encoded.
const LOOKED_AT_BYTES: usize = 64 << 10;
const HEADER_BYTES_MAX: usize = 64 << 10;
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether text begins like a mail, a mailbox or uuencoded text, and has something encoded in it.
pub(crate) fn is_mail(bytes: &[u8]) -> bool {
    let first = &bytes[..bytes.len().min(200)];
    let line = line_of(first);
    if uuencode::begin(line).is_some() {
        return true;
    }
    let is_header = line.starts_with(b"From ") || header(line).is_some_and(|(name, _)| is_mail_header(name));
    if !is_header {
        return false;
    }
    let head = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
    let is_encoding = |at: usize| {
        let line = line_of(&head[at + 1..]);
        header(line).is_some_and(|(name, _)| name.eq_ignore_ascii_case(b"content-transfer-encoding"))
            || uuencode::begin(line).is_some()
    };
    memchr::memchr_iter(b'\n', head).any(is_encoding)
}

/// Shows what was encoded.
pub(crate) fn walk(walk: &mut Walk<'_>, bytes: &[u8]) -> Step {
    let mut part = Part::default();
    let mut state = State::Headers;
    let mut rest = bytes;
    let mut count = 0_u32;
    // An empty line at the end closes what is open.
    while !rest.is_empty() {
        let line = line_of(rest);
        rest = &rest[rest.len().min(line_length(rest))..];
        count = count.wrapping_add(1);
        if count.is_multiple_of(1_024) {
            walk.check_time()?;
        }
        match state {
            State::Headers if line.is_empty() => {
                part.finish_headers();
                state = if part.is_base64 { State::Base64 } else { State::Body };
            }
            State::Headers => match uuencode::begin(line) {
                Some((name, is_base64)) => state = part.begin(name, is_base64),
                None => part.add_header(line),
            },
            State::Body => {
                if starts_part(line) {
                    part = Part::default();
                    state = State::Headers;
                } else if let Some((name, is_base64)) = uuencode::begin(line) {
                    state = part.begin(name, is_base64);
                }
            }
            State::Base64 => {
                if starts_part(line) || line.starts_with(b"====") {
                    part.show(walk)?;
                    state = if line.starts_with(b"=") { State::Body } else { State::Headers };
                } else if part.has_room(walk) {
                    part.text.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
                }
            }
            State::Uuencoded => {
                // A line of no bytes ends the text, whatever became of the word behind it.
                if matches!(line, b"end" | b"`" | b" ") {
                    part.show(walk)?;
                    state = State::Body;
                } else if part.has_room(walk) && !uuencode::decode_line(line, &mut part.content) {
                    part.is_broken = true;
                }
            }
        }
    }
    match state {
        State::Base64 => part.show(walk),
        State::Uuencoded => {
            walk.problem(ProblemKind::Truncated, "the uuencoded text ends early");
            part.show(walk)
        }
        State::Headers | State::Body => Ok(()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Headers,
    Body,
    Base64,
    Uuencoded,
}

/// A part of a mail.
#[derive(Default)]
struct Part {
    headers: Vec<u8>,
    name: Option<Vec<u8>>,
    is_base64: bool,
    is_broken: bool,
    is_cut: bool,
    /// Base64 digits.
    text: Vec<u8>,
    content: Vec<u8>,
}

impl Part {
    // Lines that begin with white space continue the header before (RFC 5322, section 2.2.3).
    fn add_header(&mut self, line: &[u8]) {
        if self.headers.len() + line.len() < HEADER_BYTES_MAX {
            if !matches!(line.first(), Some(b' ' | b'\t')) {
                self.headers.push(b'\n');
            }
            self.headers.extend_from_slice(line);
        }
    }

    fn finish_headers(&mut self) {
        for line in self.headers.split(|byte| *byte == b'\n') {
            let Some((name, value)) = header(line) else { continue };
            if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
                self.is_base64 = value.trim_ascii().eq_ignore_ascii_case(b"base64");
            } else if name.eq_ignore_ascii_case(b"content-disposition") {
                self.name = parameter(value, b"filename=").or(self.name.take());
            } else if name.eq_ignore_ascii_case(b"content-type") {
                self.name = self.name.take().or_else(|| parameter(value, b"name="));
            }
        }
    }

    fn begin(&mut self, name: &[u8], is_base64: bool) -> State {
        *self = Self { name: Some(name.to_vec()), is_base64, ..Self::default() };
        if is_base64 { State::Base64 } else { State::Uuencoded }
    }

    fn has_room(&mut self, walk: &Walk<'_>) -> bool {
        let room = walk.member_bytes_max();
        self.is_cut |= (self.text.len() / 4 * 3 + self.content.len()) as u64 > room;
        !self.is_cut
    }

    fn show(&mut self, walk: &mut Walk<'_>) -> Step {
        let mut part = std::mem::take(self);
        if part.is_base64 {
            // Several encoded texts may follow each other; what comes after a broken digit is lost.
            match BASE64.decode(&part.text) {
                Ok(content) => part.content = content,
                Err(_) => {
                    part.is_broken = true;
                    let good = part
                        .text
                        .iter()
                        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
                    let good = good.count() / 4 * 4;
                    part.content = BASE64.decode(&part.text[..good]).unwrap_or_default();
                }
            }
        }
        let name = part.name.unwrap_or_else(|| b"attachment".to_vec());
        let head = MemberHead::new(&name, None, 0);
        if part.is_broken {
            walk.problem_in(&head.name, ProblemKind::Malformed, "the encoded text is broken");
        }
        if part.is_cut {
            walk.problem_in(
                &head.name,
                ProblemKind::Limit,
                "only the beginning of the attachment was looked at",
            );
        }
        walk.member_in_memory(&head, &part.content)
    }
}

fn starts_part(line: &[u8]) -> bool {
    (line.starts_with(b"--") && line.len() > 2) || line.starts_with(b"From ")
}

fn line_length(bytes: &[u8]) -> usize {
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1)
}

fn line_of(bytes: &[u8]) -> &[u8] {
    let line = &bytes[..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())];
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', &line[..line.len().min(80)])?;
    let name = &line[..colon];
    let is_name = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_name.then_some((name, &line[colon + 1..]))
}

fn is_mail_header(name: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"received",
        b"return-path",
        b"mime-version",
        b"message-id",
        b"date",
        b"subject",
        b"from",
        b"to",
        b"delivered-to",
        b"content-type",
        b"content-transfer-encoding",
        b"reply-to",
        b"sender",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) || name.starts_with(b"X-")
}

fn parameter(value: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let at = value.windows(key.len()).position(|window| window.eq_ignore_ascii_case(key))?;
    let value = &value[at + key.len()..];
    let value = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|byte| *byte == b'"').next()?,
        None => value.split(|byte| matches!(byte, b';' | b' ' | b'\t')).next()?,
    };
    (!value.is_empty()).then(|| value.to_vec())
}
