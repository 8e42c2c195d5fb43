//! Ranges of bytes.

use crate::refusal::{Code, Refusal};

/// The part of a blob that comes in: `Content-Range: 0-1023` (distribution-spec 1.1, "Pushing a blob in chunks"), ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The first byte.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl ContentRange {
    /// Reads the field.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let parsed = text.split_once('-').and_then(|(first, last)| Some((number(first)?, number(last)?)));
        match parsed {
            Some((first, last)) if first <= last => Ok(Self { first, last }),
            _ => {
                Err(Refusal::new(416, Code::SizeInvalid, "content-range", "Content-Range is not FIRST-LAST"))
            }
        }
    }
}

/// The part of a blob that is asked for, written anew: `bytes=0-99`, `bytes=100-` or `bytes=-5`. `None` for several parts and
/// everything else, which may be answered with the whole (RFC 9110, section 14.2).
///
/// # Errors
/// When it ends before it begins.
pub fn blob_range(text: &str) -> Result<Option<String>, Refusal> {
    let optional = |text: &str| if text.is_empty() { Some(None) } else { number(text).map(Some) };
    let ends = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let ends = ends.and_then(|(first, last)| Some((optional(first)?, optional(last)?)));
    match ends {
        None | Some((None, None)) => Ok(None),
        Some((Some(first), Some(last))) if first > last => {
            Err(Refusal::new(416, Code::SizeInvalid, "range", "the range ends before it begins"))
        }
        Some((first, last)) => {
            let text = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
            Ok(Some(format!("bytes={}-{}", text(first), text(last))))
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_anew_or_left_out() {
        for (text, written) in
            [("bytes=0-99", "bytes=0-99"), ("bytes=007-", "bytes=7-"), ("bytes=-5", "bytes=-5")]
        {
            assert_eq!(blob_range(text), Ok(Some(written.to_owned())));
        }
        for other in ["bytes=-", "bytes=0-1,3-4", "items=0-1", "bytes=+1-2", ""] {
            assert_eq!(blob_range(other), Ok(None), "{other}");
        }
        assert_eq!(blob_range("bytes=9-1").unwrap_err().status, 416);
        assert_eq!(ContentRange::parse("0-9"), Ok(ContentRange { first: 0, last: 9 }));
        for bad in ["", "9-0", "0", "-1", "bytes=0-9", "bytes 0-9/10"] {
            assert!(ContentRange::parse(bad).is_err(), "{bad}");
        }
    }
}
