//! Text within text: base64, hexadecimal and percent-encoded, one level deep.

use crate::validate::decode;
use std::ops::Range;

/// Shorter runs hold no credential worth the name.
const RUN_LENGTH_MIN: usize = 28;
/// Decoded bytes of one text.
const DECODED_BYTES_MAX: usize = 4 << 20;
/// Bytes of one run that are decoded: keys and settings files fit.
const RUN_BYTES_MAX: usize = 256 << 10;

/// What encoded runs of a text decode to, parted by line breaks.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) text: Vec<u8>,
    /// Start in `text`, range in the original, and how it was encoded.
    parts: Vec<(usize, Range<usize>, Encoding)>,
    /// Whether something was left out for its size.
    pub(crate) is_cut: bool,
}

/// How a run is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Base64,
    Hexadecimal,
    Percent,
}

impl Encoding {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hexadecimal => "hexadecimal",
            Self::Percent => "percent encoding",
        }
    }
}

impl Decoded {
    /// Where an offset of the decoded text comes from.
    pub(crate) fn origin(&self, offset: usize) -> Option<(Range<usize>, Encoding)> {
        let index = self.parts.partition_point(|(start, _, _)| *start <= offset).checked_sub(1)?;
        let (_, range, encoding) = &self.parts[index];
        Some((range.clone(), *encoding))
    }

    fn add(&mut self, bytes: &[u8], range: Range<usize>, encoding: Encoding) {
        if self.text.len() + bytes.len() > DECODED_BYTES_MAX {
            self.is_cut = true;
            return;
        }
        self.parts.push((self.text.len(), range, encoding));
        self.text.extend_from_slice(bytes);
        self.text.push(b'\n');
    }
}

/// Decodes every run that decodes to text.
pub(crate) fn decoded(text: &[u8]) -> Decoded {
    let mut out = Decoded::default();
    let is_in_run = |at: usize| IN_RUN[usize::from(text[at])];
    // A run of the least length covers one of the probes that lie so far apart, so all else is passed over.
    let mut probe = RUN_LENGTH_MIN - 1;
    let mut floor = 0;
    while probe < text.len() {
        if !is_in_run(probe) {
            floor = probe + 1;
            probe += RUN_LENGTH_MIN;
            continue;
        }
        let mut start = probe;
        while start > floor && is_in_run(start - 1) {
            start -= 1;
        }
        let mut end = probe + 1;
        while end < text.len() && is_in_run(end) {
            end += 1;
        }
        if end - start >= RUN_LENGTH_MIN {
            run(text, start..end, &mut out);
        }
        floor = end;
        probe = end + RUN_LENGTH_MIN;
    }
    percent(text, &mut out);
    out
}

/// The characters of both base64 alphabets; hexadecimal digits are among them.
static IN_RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    table
};

fn run(text: &[u8], range: Range<usize>, out: &mut Decoded) {
    let mut range = range;
    if range.len() > RUN_BYTES_MAX {
        out.is_cut = true;
        range.end = range.start + RUN_BYTES_MAX;
    }
    let bytes = &text[range.clone()];
    let is_hexadecimal = bytes.len().is_multiple_of(2) && bytes.iter().all(u8::is_ascii_hexdigit);
    if is_hexadecimal {
        let digit = |byte: u8| char::from(byte).to_digit(16).map_or(0, |digit| digit as u8);
        let plain: Vec<u8> = bytes.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        if is_printable(&plain) {
            out.add(&plain, range, Encoding::Hexadecimal);
        }
        return;
    }
    // A path may stand before, and identifiers look like base64: the beginning must decode to text.
    let Some(beginning) = decode(&bytes[..bytes.len().min(16)]) else { return };
    if !is_printable(&beginning) {
        return;
    }
    let whole = &bytes[..bytes.len() - usize::from(bytes.len() % 4 == 1)];
    if let Some(plain) = decode(whole).filter(|plain| is_printable(plain)) {
        out.add(&plain, range, Encoding::Base64);
    }
}

/// Words with at least three escapes (RFC 3986, section 2.1).
fn percent(text: &[u8], out: &mut Decoded) {
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'%', &text[from..]) {
        let at = from + found;
        let is_edge =
            |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
        let reach = at.saturating_sub(1_024)..(at + 4_096).min(text.len());
        let start = text[reach.start..at]
            .iter()
            .rposition(is_edge)
            .map_or(reach.start, |edge| reach.start + edge + 1);
        let end = text[at..reach.end].iter().position(is_edge).map_or(reach.end, |edge| at + edge);
        from = end.max(at + 1);
        let word = &text[start..end];
        let mut plain = Vec::with_capacity(word.len());
        let mut escapes = 0;
        let mut index = 0;
        while index < word.len() {
            let pair = word.get(index + 1..index + 3).filter(|_| word[index] == b'%');
            let digit = |byte: u8| char::from(byte).to_digit(16);
            match pair.and_then(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)) {
                Some(number) => {
                    plain.push(number as u8);
                    escapes += 1;
                    index += 3;
                }
                None => {
                    plain.push(word[index]);
                    index += 1;
                }
            }
        }
        if escapes >= 3 && is_printable(&plain) {
            out.add(&plain, start..end, Encoding::Percent);
        }
    }
}

fn is_printable(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r'))
        || std::str::from_utf8(bytes).is_ok_and(|text| {
            !text.is_empty() && !text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    #[test]
    fn runs_are_decoded_with_their_origin() {
        let inner = "password = hunter22 and more of it";
        let standard = base64::engine::general_purpose::STANDARD.encode(inner);
        let hexadecimal: String = inner.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = inner.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for (encoded, encoding) in
            [(standard, Encoding::Base64), (hexadecimal, Encoding::Hexadecimal), (percent, Encoding::Percent)]
        {
            let text = format!("first line\nvalue: \"{encoded}\"\n");
            let decoded = decoded(text.as_bytes());
            let at = memchr::memmem::find(&decoded.text, b"hunter22").expect("decoded");
            let (range, how) = decoded.origin(at).unwrap();
            assert_eq!(how, encoding);
            assert!(text[range].starts_with(&encoded[..8]), "{how:?}");
        }
    }

    #[test]
    fn identifiers_and_digests_decode_to_nothing() {
        let text = "usr/share/javascript/jquery-ui-themes d41d8cd98f00b204e9800998ecf8427e getElementsByClassNameOfNode";
        assert_eq!(decoded(text.as_bytes()).text, b"");
    }

    #[test]
    fn a_large_text_is_cut_and_says_so() {
        let run = base64::engine::general_purpose::STANDARD.encode("a line of text\n".repeat(1 << 15));
        let text = [run.trim_end_matches('='); 10].join("\n");
        let decoded = decoded(text.as_bytes());
        assert!(decoded.is_cut && decoded.text.len() <= DECODED_BYTES_MAX);
    }
}
