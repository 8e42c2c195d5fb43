//! The search through bytes that are too large to be held.

use crate::engine::Mode;
use crate::search::{Subject, search};
use crate::secrets::Secrets;
use content::{Budget, Halt, Hit, Pieces};
use std::ops::ControlFlow;

impl Secrets {
    /// Looks through bytes that are read piece by piece.
    pub(crate) fn examine_pieces(
        &self,
        path: &str,
        pieces: &Pieces<'_>,
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let subject = Subject { path, mode: Mode::Bytes };
        let (mut lines, mut end) = (0_u32, Ok(()));
        let look = |offset: u64, piece: &[u8]| {
            let mut found = Vec::new();
            end = search(&self.engine, subject, piece, budget, &mut found);
            // What begins in the first half of what two pieces have in common is the earlier one's.
            let (is_first, is_last) = (offset == 0, offset + piece.len() as u64 == pieces.len());
            let start = if is_first { 0 } else { Pieces::OVERLAP_BYTES / 2 };
            let stop = if is_last { piece.len() } else { piece.len() - Pieces::OVERLAP_BYTES / 2 };
            found.retain(|one| (start..stop).contains(&one.matched.start));
            self.keep_best(&mut found);
            for one in &found {
                let mut hit = self.hit(one, piece, None);
                hit.line = hit.line.map(|line| line.saturating_add(lines));
                hits.push(hit);
            }
            let passed = piece.len().saturating_sub(Pieces::OVERLAP_BYTES);
            let breaks = memchr::memchr_iter(b'\n', &piece[..passed]).count();
            lines = lines.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
            if end.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        pieces.each(look).map_err(|error| Halt::unreadable(&error))?;
        end
    }
}
