//! A gzip file, which may have several members (RFC 1952, section 2.2).

use crate::ProblemKind;
use crate::meter::Fault;
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// All members, one after the other. Zeros behind the last, as tapes have them, are no fault.
pub(crate) struct GzipMembers<R> {
    state: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { state: Some(GzDecoder::new(input)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while let Some(decoder) = self.state.as_mut() {
            let count = decoder.read(out)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(mut input) = self.state.take().map(GzDecoder::into_inner) else { break };
            match next_member(&mut input)? {
                Next::Member => self.state = Some(GzDecoder::new(input)),
                Next::End => {}
                Next::Other => {
                    let detail = "bytes behind the end of the gzip file were not looked at";
                    return Err(Fault::new(ProblemKind::Unsupported, detail).into());
                }
            }
        }
        Ok(0)
    }
}

enum Next {
    Member,
    End,
    Other,
}

fn next_member(input: &mut impl BufRead) -> io::Result<Next> {
    loop {
        let available = input.fill_buf()?;
        match available {
            [] => return Ok(Next::End),
            [0x1f, 0x8b, ..] | [0x1f] => return Ok(Next::Member),
            _ => {}
        }
        if available.iter().any(|byte| *byte != 0) {
            return Ok(Next::Other);
        }
        let count = available.len();
        input.consume(count);
    }
}
