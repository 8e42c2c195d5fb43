//! The payload of an RPM package.
//!
//! rpm.org, "RPM V4 Package format": a lead of 96 bytes, the signature and the main header, and then a compressed cpio
//! archive.

use crate::meter::{Fault, read_all, skip};
use crate::peek::peek;
use crate::walk::{Step, Walk};
use crate::{Format, HEAD_BYTES, ProblemKind};
use std::io::BufRead;

const WHAT: &str = "the RPM package";

/// Opens the payload.
pub(crate) fn walk(walk: &mut Walk<'_>, name: &str, input: &mut (dyn BufRead + Send)) -> Step {
    let start = skip(input, 96, WHAT)
        .and_then(|()| skip_header(input))
        .and_then(|bytes| skip(input, bytes.wrapping_neg() % 8, WHAT))
        .and_then(|()| skip_header(input))
        .and_then(|_| peek(input, HEAD_BYTES));
    let (head, mut payload) = match start {
        Ok(start) => start,
        Err(fault) => return walk.fault(&fault),
    };
    // The format without a magic number is told from others by its name.
    match Format::by_head("payload.lzma", &head) {
        Some(format) if format == Format::Cpio || format.is_compressed_stream() => {
            walk.unpack_stream(format, "payload.cpio", &mut payload)
        }
        _ if head.is_empty() => Ok(()),
        _ => {
            walk.problem(
                ProblemKind::Unsupported,
                format!("the payload of {name} is in no format that is known"),
            );
            Ok(())
        }
    }
}

/// Passes a header and tells its length.
fn skip_header(input: &mut (dyn BufRead + Send)) -> Result<u64, Fault> {
    let mut intro = [0; 16];
    read_all(input, &mut intro, WHAT)?;
    if intro[..4] != [0x8e, 0xad, 0xe8, 1] {
        return Err(Fault::new(ProblemKind::Malformed, "a header of the RPM package is broken"));
    }
    let number =
        |at: usize| u64::from(u32::from_be_bytes([intro[at], intro[at + 1], intro[at + 2], intro[at + 3]]));
    let bytes = number(8) * 16 + number(12);
    skip(input, bytes, WHAT)?;
    Ok(16 + bytes)
}
