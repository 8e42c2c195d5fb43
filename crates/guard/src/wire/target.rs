//! Request targets.

use super::{TARGET_BYTES_MAX, WireRefusal};

/// Checks that a target is a path with or without a query (origin-form, RFC 9112, section 3.2.1), of bytes that need no encoding.
/// What it means is read by `calls`.
pub(super) fn check(target: &[u8]) -> Result<(), WireRefusal> {
    if target.len() > TARGET_BYTES_MAX {
        return Err(WireRefusal::TargetTooLong);
    }
    if target.first() != Some(&b'/') {
        return Err(WireRefusal::TargetForm);
    }
    // The visible characters of ASCII without those that no part of an URI has unencoded (RFC 3986, appendix A) and '#', which
    // begins a fragment. `[`, `]`, `|`, `{`, `}`, `"` are sent unencoded by clients in queries and are told apart by nobody.
    let is_plain =
        |byte: &u8| matches!(byte, 0x21..=0x7e) && !matches!(byte, b'#' | b'\\' | b'<' | b'>' | b'^' | b'`');
    if !target.iter().all(is_plain) {
        return Err(WireRefusal::TargetBytes);
    }
    Ok(())
}
