//! Members that stand in a stream with their size.

use crate::meter::{Fault, skip};
use crate::walk::{MemberHead, Over, Walk};
use std::io::{self, BufRead, Read};

/// Shows a member that takes `stored` bytes of the stream, and leaves the stream behind it and its padding. A fault
/// of the stream is told by the caller.
pub(crate) fn member(
    walk: &mut Walk<'_>,
    head: &MemberHead,
    input: &mut (dyn BufRead + Send),
    (stored, padding): (u64, u64),
    what: &str,
) -> Result<Result<u64, Fault>, Over> {
    let mut content = Sized { input, left: stored, sum: 0, what };
    walk.member(head, &mut content)?;
    let (left, sum) = (content.left, content.sum);
    // A fault of this member shows again here.
    let rest = skip(input, left, what).and_then(|()| match skip(input, padding, what) {
        // Writers leave the padding of the last member out.
        Err(fault) if fault.kind != crate::ProblemKind::Truncated => Err(fault),
        _ => Ok(u64::from(sum)),
    });
    Ok(rest)
}

struct Sized<'r> {
    input: &'r mut (dyn BufRead + Send),
    left: u64,
    /// The sum of all bytes, which is the checksum of one form of cpio.
    sum: u32,
    what: &'r str,
}

impl Read for Sized<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.input.read(&mut out[..wanted])?;
        if count == 0 {
            return Err(Fault::truncated(self.what).into());
        }
        self.left -= count as u64;
        for byte in &out[..count] {
            self.sum = self.sum.wrapping_add(u32::from(*byte));
        }
        Ok(count)
    }
}
