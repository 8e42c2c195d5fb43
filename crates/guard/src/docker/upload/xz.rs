//! Archives in xz. The library reads by itself, and a body comes piece by piece: it reads on a thread of its own, which runs only
//! while it is waited for.

use super::compressed::broken;
use crate::filter::Passed;
use calls::Refusal;
use lzma_rust2::XzReader;
use std::{
    io::{self, Read},
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
};

/// What `xz -9` needs to be read (xz(1), table of presets) and a little more.
const MEMORY_KIB_MAX: u32 = 66 << 10;
const PIECE_BYTES: usize = 64 << 10;

/// An archive that is unpacked.
pub(super) struct Xz {
    // None says that nothing more comes.
    pieces: Option<Sender<Vec<u8>>>,
    steps: Receiver<Step>,
    is_waited_for: bool,
}

/// What the thread tells.
enum Step {
    Needs,
    Made(Vec<u8>),
    Ended,
    Broken,
}

impl Xz {
    pub(super) fn new() -> io::Result<Self> {
        let (pieces, input) = channel();
        // Nothing is done ahead of who asks for it.
        let (told, steps) = sync_channel(0);
        let input = Input { pieces: input, told: told.clone(), piece: Vec::new(), at: 0 };
        std::thread::Builder::new().name("xz".to_owned()).spawn(move || unpack(input, &told))?;
        Ok(Self { pieces: Some(pieces), steps, is_waited_for: false })
    }

    /// Unpacks until all is used or `out` holds as much as it may.
    pub(super) fn run(
        &mut self,
        content: &[u8],
        out: &mut Vec<u8>,
        out_bytes: usize,
    ) -> Result<Passed, Refusal> {
        let mut rest = content;
        loop {
            if self.is_waited_for {
                let Some(pieces) = self.pieces.as_ref().filter(|_| !rest.is_empty()) else {
                    return Ok(Passed { used: content.len(), is_full: false });
                };
                pieces.send(rest.to_vec()).map_err(|_| broken())?;
                (rest, self.is_waited_for) = (&[], false);
            }
            if out.len() >= out_bytes {
                return Ok(Passed { used: content.len() - rest.len(), is_full: true });
            }
            match self.steps.recv() {
                Ok(Step::Made(bytes)) => out.extend(bytes),
                Ok(Step::Needs) => self.is_waited_for = true,
                // Whoever has read it all was told that there is no more.
                Ok(Step::Ended | Step::Broken) | Err(_) => return Err(broken()),
            }
        }
    }

    /// Nothing more comes; whether it may end here.
    pub(super) fn ends(&mut self) -> bool {
        self.pieces = None;
        matches!(self.steps.recv(), Ok(Step::Ended))
    }
}

fn unpack(input: Input, told: &SyncSender<Step>) {
    let mut reader = XzReader::new_mem_limit(input, true, MEMORY_KIB_MAX);
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let step = match reader.read(&mut piece) {
            Ok(0) => Step::Ended,
            Ok(size) => {
                piece.truncate(size);
                Step::Made(piece)
            }
            Err(_) => Step::Broken,
        };
        let goes_on = matches!(step, Step::Made(_));
        // Without anybody who listens there is nothing to unpack.
        if told.send(step).is_err() || !goes_on {
            return;
        }
    }
}

/// The compressed bytes, asked for when they are needed.
struct Input {
    pieces: Receiver<Vec<u8>>,
    told: SyncSender<Step>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            self.told.send(Step::Needs).map_err(|_| io::ErrorKind::BrokenPipe)?;
            let Ok(piece) = self.pieces.recv() else { return Ok(0) };
            (self.piece, self.at) = (piece, 0);
        }
        let size = out.len().min(self.piece.len() - self.at);
        out[..size].copy_from_slice(&self.piece[self.at..self.at + size]);
        self.at += size;
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let options = lzma_rust2::XzOptions::with_preset(1);
        let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    /// Unpacks what comes in pieces of a size; none for what is broken, and whether it may end.
    fn unpacked(packed: &[u8], piece: usize) -> Option<(Vec<u8>, bool)> {
        let mut xz = Xz::new().unwrap();
        let mut all = Vec::new();
        for piece in packed.chunks(piece) {
            let (mut rest, mut is_full) = (piece, false);
            while !rest.is_empty() || is_full {
                let mut out = Vec::new();
                let passed = xz.run(rest, &mut out, 100_000).ok()?;
                assert!(out.len() < 100_000 + PIECE_BYTES, "{}", out.len());
                all.extend(out);
                (rest, is_full) = (&rest[passed.used..], passed.is_full);
            }
        }
        Some((all, xz.ends()))
    }

    #[test]
    fn streams_are_unpacked_whatever_the_pieces_they_come_in() {
        let bytes: Vec<u8> = (0..400_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
        let one = packed(&bytes);
        for piece in [13, 4096, one.len()] {
            assert!(unpacked(&one, piece).unwrap() == (bytes.clone(), true), "{piece}");
        }
        let two = [one.as_slice(), &packed(b"more")].concat();
        assert!(unpacked(&two, 1000).unwrap() == ([bytes.as_slice(), b"more"].concat(), true));
    }

    #[test]
    fn what_is_cut_off_or_goes_on_as_something_else_is_refused() {
        let one = packed(&[7; 100_000]);
        for end in 6..one.len() {
            assert!(unpacked(&one[..end], 64).is_none_or(|(_, may_end)| !may_end), "{end}");
        }
        let more = [one.as_slice(), b"garbage"].concat();
        assert!(unpacked(&more, 64).is_none_or(|(_, may_end)| !may_end));
    }
}
