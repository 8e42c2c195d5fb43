//! Extended headers of a tar.

/// The records of an extended header that change what an entry is
/// (POSIX.1-2017, pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files").
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PaxRecords {
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) link_path: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    pub(crate) mtime: Option<i64>,
    /// star's name for the attribute, which Docker and GNU tar write too.
    pub(crate) capability: Option<crate::FileCapability>,
    pub(crate) sparse: PaxSparse,
}

/// What the header tells of a sparse file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PaxSparse {
    pub(crate) version: Option<(u32, u32)>,
    pub(crate) name: Option<Vec<u8>>,
    /// `GNU.sparse.realsize` (1.0) or `GNU.sparse.size` (0.0 and 0.1).
    pub(crate) real_size: Option<u64>,
    /// Offsets and lengths, alternating (0.0 and 0.1).
    pub(crate) map: Vec<u64>,
}

/// Pieces of a sparse file that are kept; a file with more is malformed.
pub(crate) const SPARSE_PIECES_MAX: usize = 100_000;

impl PaxRecords {
    /// Adds the records of one header. False says that it is malformed; what came before the fault counts.
    #[must_use]
    pub(crate) fn add(&mut self, mut bytes: &[u8]) -> bool {
        // Writers pad with NULs, although the size tells where the records end.
        while bytes.first().is_some_and(|byte| *byte != 0) {
            let Some((key, value, rest)) = next_record(bytes) else { return false };
            if !self.set(key, value) {
                return false;
            }
            bytes = rest;
        }
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> bool {
        // A NUL would end the name for some readers and not for others.
        let is_name = matches!(key, b"path" | b"linkpath" | b"GNU.sparse.name");
        if is_name && memchr::memchr(0, value).is_some() {
            return false;
        }
        let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
        // An empty value takes an earlier record back.
        let is_kept = !value.is_empty();
        match key {
            b"path" => self.path = is_kept.then(|| value.to_vec()),
            b"linkpath" => self.link_path = is_kept.then(|| value.to_vec()),
            b"size" => self.size = number(),
            b"uid" => self.uid = number().and_then(|id| u32::try_from(id).ok()),
            b"gid" => self.gid = number().and_then(|id| u32::try_from(id).ok()),
            b"mtime" => self.mtime = seconds(value),
            b"SCHILY.xattr.security.capability" => self.capability = crate::FileCapability::new(value),
            b"GNU.sparse.major" => {
                self.sparse.version.get_or_insert_default().0 = number().unwrap_or(0) as u32;
            }
            b"GNU.sparse.minor" => {
                self.sparse.version.get_or_insert_default().1 = number().unwrap_or(0) as u32;
            }
            b"GNU.sparse.name" => self.sparse.name = is_kept.then(|| value.to_vec()),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.sparse.real_size = number(),
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => match number() {
                Some(number) if self.sparse.map.len() < 2 * SPARSE_PIECES_MAX => self.sparse.map.push(number),
                _ => return false,
            },
            b"GNU.sparse.map" => {
                self.sparse.map.clear();
                for part in value.split(|byte| *byte == b',').filter(|part| !part.is_empty()) {
                    let number = std::str::from_utf8(part).ok().and_then(|text| text.parse().ok());
                    let Some(number) = number else { return false };
                    if self.sparse.map.len() >= 2 * SPARSE_PIECES_MAX {
                        return false;
                    }
                    self.sparse.map.push(number);
                }
            }
            _ => {}
        }
        // A size that is no number would put the next header somewhere else for every reader.
        key != b"size" || value.is_empty() || self.size.is_some()
    }
}

// `length SP key = value LF`; the length counts the whole record.
fn next_record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = memchr::memchr(b' ', &bytes[..bytes.len().min(20)])?;
    let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
    let record = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', record)?;
    if equals == 0 {
        return None;
    }
    Some((&record[..equals], &record[equals + 1..], &bytes[length..]))
}

fn seconds(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    text.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_from_the_attribute() {
        let mut pax = PaxRecords::default();
        assert!(pax.add(record("SCHILY.xattr.security.capability", "\u{1}\0\0\u{2}").as_slice()));
        assert_eq!(pax.capability.unwrap().as_bytes(), b"\x01\0\0\x02");
    }

    pub(crate) fn record(key: &str, value: &str) -> Vec<u8> {
        let body = format!(" {key}={value}\n");
        let mut length = body.len() + 1;
        while length != body.len() + length.to_string().len() {
            length = body.len() + length.to_string().len();
        }
        format!("{length}{body}").into_bytes()
    }

    #[test]
    fn records_override_and_empty_ones_take_back() {
        let mut pax = PaxRecords::default();
        let bytes =
            [record("path", "a=b\nc"), record("size", "77"), record("mtime", "5.25"), record("other", "x")]
                .concat();
        assert!(pax.add(&bytes));
        assert_eq!(
            (pax.path.as_deref(), pax.size, pax.mtime),
            (Some(b"a=b\nc".as_slice()), Some(77), Some(5))
        );
        assert!(pax.add(&record("path", "")));
        assert_eq!(pax.path, None);
    }

    #[test]
    fn malformed_records_are_refused() {
        for bad in [
            "5 a=b",
            "99 path=x\n",
            "x path=y\n",
            "0 path=y\n",
            "1 a=b\n",
            "7 =abc\n",
            "13 size=-1aa\n",
            "13 path=a\0bc\n",
        ] {
            assert!(!PaxRecords::default().add(bad.as_bytes()), "{bad}");
        }
        assert!(PaxRecords::default().add(b"\0\0\0"));
    }
}
