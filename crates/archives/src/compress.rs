//! compress(1), `.Z`: LZW with codes of 9 to 16 bits.
//!
//! POSIX.1-2017, compress; the bit order and the groups of eight codes as in ncompress' zread and 4.3BSD's compress.c:
//! when the width of codes changes, the rest of the current group is left out.

use crate::ProblemKind;
use crate::meter::Fault;
use std::io::{self, BufRead, Read};

const CLEAR: u16 = 256;

/// The decompressed bytes.
pub(crate) struct CompressReader<R> {
    input: R,
    /// Bytes of the current group of eight codes.
    group: Vec<u8>,
    /// Bits of it that were used.
    used_bits: usize,
    width: u32,
    width_max: u32,
    has_clear: bool,
    /// For each code from 257 (or 256) on: the code before it and its last byte.
    prefixes: Vec<u16>,
    suffixes: Vec<u8>,
    previous: Option<(u16, u8)>,
    /// What came out and was not taken, last byte first.
    out: Vec<u8>,
    is_over: bool,
}

impl<R: BufRead> CompressReader<R> {
    pub(crate) fn new(mut input: R) -> io::Result<Self> {
        let mut header = [0; 3];
        input.read_exact(&mut header)?;
        let width_max = u32::from(header[2] & 0x1f);
        if header[..2] != [0x1f, 0x9d] || !(9..=16).contains(&width_max) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no header of compress"));
        }
        Ok(Self {
            input,
            group: Vec::new(),
            used_bits: 0,
            width: 9,
            width_max,
            has_clear: header[2] & 0x80 != 0,
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            previous: None,
            out: Vec::new(),
            is_over: false,
        })
    }

    fn first_free(&self) -> usize {
        if self.has_clear { 257 } else { 256 }
    }

    fn next_code(&mut self) -> io::Result<Option<u16>> {
        let width = self.width as usize;
        if self.used_bits + width > self.group.len() * 8 {
            self.group.clear();
            self.used_bits = 0;
            (&mut self.input).take(width as u64).read_to_end(&mut self.group)?;
            if self.group.len() * 8 < width {
                return Ok(None);
            }
        }
        let at = self.used_bits / 8;
        let byte = |offset: usize| u32::from(self.group.get(at + offset).copied().unwrap_or(0));
        let bits = byte(0) | byte(1) << 8 | byte(2) << 16;
        self.used_bits += width;
        let code = (bits >> ((self.used_bits - width) % 8)) & ((1 << width) - 1);
        Ok(u16::try_from(code).ok())
    }

    fn set_width(&mut self, width: u32) {
        self.width = width;
        self.group.clear();
        self.used_bits = 0;
    }

    fn step(&mut self) -> io::Result<()> {
        let Some(code) = self.next_code()? else {
            self.is_over = true;
            return Ok(());
        };
        if code == CLEAR && self.has_clear {
            self.prefixes.clear();
            self.suffixes.clear();
            self.previous = None;
            self.set_width(9);
            return Ok(());
        }
        let broken = || Fault::new(ProblemKind::Malformed, "a code in the compressed file makes no sense");
        let first_free = self.first_free();
        let free = first_free + self.prefixes.len();
        let Some((previous, previous_first)) = self.previous else {
            let byte = u8::try_from(code).map_err(|_| broken())?;
            self.out.push(byte);
            self.previous = Some((code, byte));
            return Ok(());
        };
        let mut at = code;
        if usize::from(code) == free {
            self.out.push(previous_first);
            at = previous;
        } else if usize::from(code) > free {
            return Err(broken().into());
        }
        // Each code refers to a smaller one, so that this ends.
        while let Some(index) = usize::from(at).checked_sub(first_free) {
            let (Some(suffix), Some(prefix)) = (self.suffixes.get(index), self.prefixes.get(index)) else {
                return Err(broken().into());
            };
            self.out.push(*suffix);
            at = *prefix;
        }
        let first = u8::try_from(at).map_err(|_| broken())?;
        self.out.push(first);
        if free < 1 << self.width_max {
            self.prefixes.push(previous);
            self.suffixes.push(first);
            if free + 1 == 1 << self.width && self.width < self.width_max {
                self.set_width(self.width + 1);
            }
        }
        self.previous = Some((code, first));
        Ok(())
    }
}

impl<R: BufRead> Read for CompressReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < out.len() {
            if let Some(byte) = self.out.pop() {
                out[filled] = byte;
                filled += 1;
            } else if self.is_over {
                break;
            } else if let Err(error) = self.step() {
                if filled == 0 {
                    return Err(error);
                }
                // What came out before the fault is given first; the fault shows at the next step.
                break;
            }
        }
        Ok(filled)
    }
}
