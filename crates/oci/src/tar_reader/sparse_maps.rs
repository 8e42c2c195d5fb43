//! Where the pieces of a sparse file belong, in the three ways in which tars say it.

use super::TarReader;
use crate::tar_entry::TarFault;
use crate::tar_header::{BLOCK_BYTES, Block, Header, parse_number};
use crate::tar_pax::{PaxRecords, SPARSE_PIECES_MAX};
use crate::tar_sparse::SparseMap;
use model::GapReason;

impl TarReader<'_> {
    /// Reads the map of a sparse file; its full size, or None for an ordinary file.
    pub(super) fn start_sparse(
        &mut self,
        header: &Header<'_>,
        flag: u8,
        pax: PaxRecords,
    ) -> Result<Option<u64>, TarFault> {
        let mut numbers = Vec::new();
        let real_size = if flag == b'S' {
            let (pieces, is_extended, size) = header.old_gnu_sparse();
            self.read_old_gnu_map(pieces, is_extended, &mut numbers)?;
            size.ok()
        } else if pax.sparse.version == Some((1, 0)) {
            self.read_decimal_map(&mut numbers)?;
            pax.sparse.real_size
        } else if pax.sparse.version.is_some_and(|version| version.0 == 0) || !pax.sparse.map.is_empty() {
            numbers = pax.sparse.map;
            pax.sparse.real_size
        } else {
            return Ok(None);
        };
        if let Some(name) = pax.sparse.name {
            self.name = name;
        }
        let real_size = real_size.unwrap_or(self.remaining);
        self.sparse = SparseMap::new(&numbers, real_size, self.remaining);
        if self.sparse.is_none() {
            self.note(
                GapReason::Malformed,
                "the map of a sparse file makes no sense; its content is not read",
            );
        }
        Ok(Some(real_size))
    }

    // GNU tar manual, "Old GNU Format": 4 pieces in the header, 21 in each further block. Those blocks do not
    // count as content.
    fn read_old_gnu_map(
        &mut self,
        first: &[u8],
        mut is_extended: bool,
        numbers: &mut Vec<u64>,
    ) -> Result<(), TarFault> {
        let add = |pieces: &[u8], numbers: &mut Vec<u64>| {
            for field in pieces.as_chunks::<12>().0 {
                // An empty field ends the list.
                if field[0] == 0 {
                    return true;
                }
                match parse_number(field).map(u64::try_from) {
                    Ok(Ok(number)) => numbers.push(number),
                    _ => return false,
                }
            }
            true
        };
        let mut is_good = add(first, numbers);
        while is_extended {
            let mut block: Block = [0; BLOCK_BYTES];
            if !self.read_block(&mut block)? {
                return Err(self.fault(GapReason::Truncated, "the tar ends inside the map of a sparse file"));
            }
            is_good &= add(&block[..504], numbers);
            is_extended = block[504] != 0;
            is_good &= numbers.len() <= 2 * SPARSE_PIECES_MAX;
            if !is_good {
                numbers.clear();
            }
        }
        if !is_good {
            // An odd count is refused by the map.
            *numbers = vec![0];
        }
        Ok(())
    }

    // GNU tar manual, "PAX Format, Version 1.0": the content starts with decimal numbers, one a line: how many
    // pieces, then their offsets and lengths; padded to a block.
    fn read_decimal_map(&mut self, numbers: &mut Vec<u64>) -> Result<(), TarFault> {
        let mut wanted = None;
        let mut number: Option<u64> = None;
        'blocks: while self.remaining >= BLOCK_BYTES as u64 {
            let mut block: Block = [0; BLOCK_BYTES];
            if !self.read_block(&mut block)? {
                return Err(self.fault(GapReason::Truncated, "the tar ends inside the map of a sparse file"));
            }
            self.remaining -= BLOCK_BYTES as u64;
            for byte in block {
                match (byte, number) {
                    (b'0'..=b'9', _) => {
                        let digit = u64::from(byte - b'0');
                        number = number.unwrap_or(0).checked_mul(10).and_then(|tens| tens.checked_add(digit));
                        if number.is_none() {
                            break 'blocks;
                        }
                    }
                    (b'\n', Some(value)) if wanted.is_none() => {
                        if value > SPARSE_PIECES_MAX as u64 {
                            break 'blocks;
                        }
                        (wanted, number) = (Some(value as usize * 2), None);
                    }
                    (b'\n', Some(value)) => {
                        numbers.push(value);
                        number = None;
                    }
                    _ => break 'blocks,
                }
                if wanted == Some(numbers.len()) {
                    return Ok(());
                }
            }
        }
        *numbers = vec![0];
        Ok(())
    }
}
