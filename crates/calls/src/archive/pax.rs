//! Records before an entry (POSIX.1-2017, pax, "pax Extended Header"): `LENGTH KEY=VALUE\n`.

use super::refused;
use crate::refusal::Refusal;
use std::collections::BTreeSet;

/// Attributes of one entry.
const ATTRIBUTES_MAX: usize = 256;

/// What records say of an entry.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) uname: Option<Vec<u8>>,
    pub(super) gname: Option<Vec<u8>>,
    pub(super) modified: Option<String>,
    pub(super) attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Records {
    pub(super) fn read(mut bytes: &[u8]) -> Result<Self, Refusal> {
        let mut records = Self::default();
        let mut keys = BTreeSet::new();
        while !bytes.is_empty() {
            let (key, value, rest) = record(bytes).ok_or_else(malformed)?;
            if !keys.insert(key) {
                return Err(refused("archive-record-twice", "a record of the archive is there twice"));
            }
            records.take(key, value)?;
            bytes = rest;
        }
        Ok(records)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Refusal> {
        // A zero byte would end the text where a header has it, and what was judged would not be what goes on. Go's reader refuses
        // it too (archive/tar, validPAXRecord).
        if matches!(key, b"path" | b"linkpath" | b"uname" | b"gname") && value.contains(&0) {
            return Err(malformed());
        }
        let text = || if value.is_empty() { Err(malformed()) } else { Ok(Some(value.to_vec())) };
        match key {
            b"path" => self.path = text()?,
            b"linkpath" => self.link = text()?,
            b"size" => self.size = Some(number(value)?),
            b"uid" => self.uid = Some(number(value)?),
            b"gid" => self.gid = Some(number(value)?),
            b"uname" => self.uname = Some(value.to_vec()),
            b"gname" => self.gname = Some(value.to_vec()),
            b"mtime" => self.modified = Some(time(value)?),
            // Whether names are UTF-8 changes nothing of their bytes.
            b"hdrcharset" if !matches!(value, b"BINARY" | b"ISO-IR 10646 2000 UTF-8") => {
                return Err(refused("archive-charset", "names of the archive are in another character set"));
            }
            _ if key.starts_with(b"GNU.sparse.") => {
                return Err(refused(
                    "archive-sparse",
                    "files with holes are not read (hint: tar without --sparse)",
                ));
            }
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    if self.attributes.len() >= ATTRIBUTES_MAX || name.is_empty() {
                        return Err(malformed());
                    }
                    self.attributes.push((name.to_vec(), value.to_vec()));
                }
                // Times of access, comments, words of other programs: engines read none of them.
            }
        }
        Ok(())
    }
}

type Record<'a> = (&'a [u8], &'a [u8], &'a [u8]);

fn record(bytes: &[u8]) -> Option<Record<'_>> {
    let blank = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    if blank == 0 || bytes[0] == b'0' || !bytes[..blank].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length: usize = std::str::from_utf8(&bytes[..blank]).ok()?.parse().ok()?;
    let record = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let key = &record[..equals];
    if key.is_empty() || key.contains(&0) {
        return None;
    }
    Some((key, &record[equals + 1..], &bytes[length..]))
}

fn number(value: &[u8]) -> Result<u64, Refusal> {
    let is_number = !value.is_empty() && value.len() <= 19 && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok().filter(|_| is_number);
    // As much as a header has room for.
    let number = text.and_then(|text| text.parse().ok()).filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(malformed)
}

fn time(value: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(value).map_err(|_| malformed())?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_digits = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_time = is_digits(digits, 19) && digits.parse::<i64>().is_ok() && is_digits(fraction, 18);
    if is_time { Ok(text.to_owned()) } else { Err(malformed()) }
}

/// A long name of GNU tar, which ends with the character zero.
pub(super) fn until_zero(content: &[u8]) -> Vec<u8> {
    content[..content.iter().position(|byte| *byte == 0).unwrap_or(content.len())].to_vec()
}

fn malformed() -> Refusal {
    refused("archive-record", "a record of the archive is not understood")
}

#[cfg(test)]
mod tests {
    use super::Records;

    #[test]
    fn a_zero_byte_ends_no_name() {
        for key in ["path", "linkpath", "uname", "gname"] {
            let record = |value: &str| {
                let length = key.len() + value.len() + 5;
                format!("{length} {key}={value}\n").into_bytes()
            };
            assert!(Records::read(&record("abc")).is_ok(), "{key}");
            assert!(Records::read(&record("a\0c")).is_err(), "{key}");
        }
    }
}
