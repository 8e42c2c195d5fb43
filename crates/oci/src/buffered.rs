//! Reading by way of a buffer that is there already.

use std::io::{self, BufRead};

/// `Read::read` of something that has `BufRead`.
pub(crate) fn read(input: &mut impl BufRead, out: &mut [u8]) -> io::Result<usize> {
    let available = input.fill_buf()?;
    let count = available.len().min(out.len());
    out[..count].copy_from_slice(&available[..count]);
    input.consume(count);
    Ok(count)
}
