//! A look at what comes next in a stream.

use crate::meter::Fault;
use std::io::{BufRead, BufReader, Chain, Cursor, Read};

/// A stream that begins with bytes that were read already.
pub(crate) type Rest<'r> = BufReader<Chain<Cursor<Vec<u8>>, &'r mut (dyn BufRead + Send)>>;

/// The next bytes, at most `count`, and a stream that begins with them.
pub(crate) fn peek(input: &mut (dyn BufRead + Send), count: usize) -> Result<(Vec<u8>, Rest<'_>), Fault> {
    let mut head = Vec::with_capacity(count);
    (&mut *input).take(count as u64).read_to_end(&mut head).map_err(|error| Fault::of(&error))?;
    Ok((head.clone(), BufReader::with_capacity(32 << 10, Cursor::new(head).chain(input))))
}
