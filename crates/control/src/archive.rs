//! Entries of archives that are copied into containers (`PUT /containers/{id}/archive`), judged while they pass.

/// An entry of a tar archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveEntry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Where it leads, for links.
    pub link: Option<&'a [u8]>,
    /// Its kind, the type flag of its header (POSIX.1-2017, pax, ustar).
    pub kind: u8,
    /// Its mode.
    pub mode: u32,
}

/// Why an entry may not pass; none when it may.
#[must_use]
pub fn refused_entry(entry: &ArchiveEntry<'_>) -> Option<&'static str> {
    let climbs = |path: &[u8]| path.split(|byte| *byte == b'/').any(|part| part == b"..");
    if entry.name.contains(&0) || entry.link.is_some_and(|link| link.contains(&0)) {
        return Some("the name of an entry holds the character zero");
    }
    if entry.name.starts_with(b"/") {
        return Some("the name of an entry is absolute");
    }
    if climbs(entry.name) {
        return Some("the name of an entry climbs out of the directory");
    }
    match entry.kind {
        b'3' | b'4' => return Some("an entry is a device"),
        // A link that leads out is followed by the entries behind it.
        b'1' | b'2' if entry.link.is_some_and(|link| link.starts_with(b"/") || climbs(link)) => {
            return Some("a link leads out of the directory");
        }
        _ => {}
    }
    if entry.mode & 0o6000 != 0 && entry.kind != b'5' {
        return Some("an entry has the bit that changes the user or group");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_is_refused() {
        let plain = ArchiveEntry { name: b"a/b", link: None, kind: b'0', mode: 0o644 };
        assert_eq!(refused_entry(&plain), None);
        assert_eq!(refused_entry(&ArchiveEntry { kind: b'2', link: Some(b"c"), ..plain }), None);
        assert_eq!(refused_entry(&ArchiveEntry { kind: b'5', mode: 0o2755, ..plain }), None);
        for bad in [
            ArchiveEntry { name: b"/etc/passwd", ..plain },
            ArchiveEntry { name: b"a/../../b", ..plain },
            ArchiveEntry { name: b"a\0b", ..plain },
            ArchiveEntry { kind: b'2', link: Some(b"/etc"), ..plain },
            ArchiveEntry { kind: b'1', link: Some(b"../x"), ..plain },
            ArchiveEntry { kind: b'4', ..plain },
            ArchiveEntry { mode: 0o4755, ..plain },
        ] {
            assert!(refused_entry(&bad).is_some(), "{bad:?}");
        }
    }
}
