//! Members of a zip archive by their own headers, where the directory is missing or does not list them.
//!
//! PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header) and 4.3.9 (data descriptor).

use crate::walk::{Step, Walk};
use crate::zip_directory::{Entry, u16_at, u32_at, widen};
use crate::zip_member::{self, DEFLATED};

pub(crate) const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;
const FLAG_SIZES_FOLLOW: u16 = 8;

/// A local header.
pub(crate) struct Local<'a> {
    pub(crate) entry: Entry<'a>,
    pub(crate) data_start: usize,
    /// Whether the sizes stand behind the content.
    pub(crate) is_size_unknown: bool,
}

/// The local header at a place.
pub(crate) fn local(bytes: &[u8], at: usize) -> Option<Local<'_>> {
    let header = bytes.get(at..at.checked_add(LOCAL_BYTES)?)?;
    if !header.starts_with(LOCAL) {
        return None;
    }
    let name_end = at + LOCAL_BYTES + usize::from(u16_at(header, 26));
    let name = bytes.get(at + LOCAL_BYTES..name_end)?;
    let extra = bytes.get(name_end..name_end + usize::from(u16_at(header, 28)))?;
    let mut numbers = [22, 18].map(|at| u64::from(u32_at(header, at)));
    widen(&mut numbers, extra);
    let [size, compressed_bytes] = numbers;
    let flags = u16_at(header, 6);
    let is_size_unknown = flags & FLAG_SIZES_FOLLOW != 0 && compressed_bytes == 0;
    let entry = Entry {
        name,
        flags,
        method: u16_at(header, 8),
        checked: (!is_size_unknown).then(|| (u32_at(header, 14), size)),
        compressed_bytes,
        header_offset: at as u64,
        unix_mode: 0,
    };
    Some(Local { entry, data_start: name_end + extra.len(), is_size_unknown })
}

/// Shows the members whose headers stand in `bytes[start..end]`.
pub(crate) fn walk(walk: &mut Walk<'_>, bytes: &[u8], start: usize, end: usize) -> Step {
    let bytes = &bytes[..end];
    let mut at = start;
    while let Some(found) = memchr::memmem::find(&bytes[at..], LOCAL) {
        at += found;
        let Some(local) = local(bytes, at) else {
            at += LOCAL.len();
            continue;
        };
        let rest = &bytes[local.data_start..];
        let declared = usize::try_from(local.entry.compressed_bytes).unwrap_or(usize::MAX);
        let length = if !local.is_size_unknown {
            declared
        } else if local.entry.method == DEFLATED {
            rest.len()
        } else {
            next_signature(rest)
        };
        let is_cut = length > rest.len();
        let data = &rest[..length.min(rest.len())];
        let taken = zip_member::show(walk, &local.entry, data, is_cut)?;
        let used = match taken {
            Some(taken) if local.is_size_unknown => usize::try_from(taken).unwrap_or(data.len()),
            _ => data.len(),
        };
        at = local.data_start + used.min(data.len());
    }
    Ok(())
}

/// Where the next record begins: a data descriptor, a member or the directory.
fn next_signature(bytes: &[u8]) -> usize {
    let is_record = |at: &usize| matches!(bytes.get(at + 2..at + 4), Some([7, 8] | [3, 4] | [1, 2]));
    memchr::memmem::find_iter(bytes, b"PK").find(is_record).unwrap_or(bytes.len())
}
