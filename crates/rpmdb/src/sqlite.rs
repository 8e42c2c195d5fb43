//! A walker over SQLite files that reads one table (`rpmdb.sqlite`, table `Packages`).
//!
//! Format: SQLite documentation, "Database File Format", sections 1.3 (header), 1.6 (b-tree pages, cells,
//! overflow pages) and 2.1 (records). A write-ahead log beside the file is not looked at: rpm merges it when it
//! closes the database, and whoever finds one that is not empty has to say so.

use crate::bytes::{Order, UsedPages, size_at, u16_at};
use crate::{Fault, Problem, Records};
use std::ops::ControlFlow;

const FILE_HEADER_BYTES: usize = 100;
const PAGE_TABLE_INTERIOR: u8 = 0x05;
const PAGE_TABLE_LEAF: u8 = 0x0d;

pub(crate) fn is_sqlite(bytes: &[u8]) -> bool {
    bytes.starts_with(b"SQLite format 3\0")
}

pub(crate) fn read(bytes: &[u8], records: &mut Records<'_>) {
    let mut file = match File::open(bytes) {
        Ok(file) => file,
        Err(problem) => return records.problem(problem),
    };
    let promised = size_at(bytes, 28, Order::Big).unwrap_or(0);
    if promised > file.page_count || !bytes.len().is_multiple_of(file.page_bytes) {
        let detail = format!("{} bytes are less than the {promised} pages of the header", bytes.len());
        records.problem(Problem::new(Fault::Truncated, detail));
    }
    let mut root = None;
    let _ = file.walk(1, &mut |_, row| {
        match row {
            // Columns of sqlite_schema: type, name, tbl_name, rootpage, sql.
            Ok(row) if column(row, 0) == Some(Value::Bytes(b"table")) && is_packages(column(row, 1)) => {
                if let Some(Value::Integer(page)) = column(row, 3) {
                    root = usize::try_from(page).ok();
                }
            }
            Ok(_) => {}
            Err(problem) => records.problem(problem),
        }
        go_on(records)
    });
    let Some(root) = root else {
        return records.problem(Problem::malformed("there is no table 'Packages'".to_owned()));
    };
    let _ = file.walk(root, &mut |number, row| {
        match row {
            // Columns of Packages: hnum (the row number), blob.
            Ok(row) => match column(row, 1) {
                Some(Value::Bytes(blob)) => records.blob(number, blob),
                _ => records
                    .problem(Problem::malformed(format!("package number {number}: row without a blob"))),
            },
            Err(problem) => records.problem(problem),
        }
        go_on(records)
    });
}

fn go_on(records: &Records<'_>) -> ControlFlow<()> {
    if records.is_hopeless() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn is_packages(name: Option<Value<'_>>) -> bool {
    matches!(name, Some(Value::Bytes(name)) if name.eq_ignore_ascii_case(b"Packages"))
}

/// Receives the number and the record of a row, or why a page or row is lost; breaks when it has enough.
type VisitRow<'v> = dyn FnMut(u64, Result<&[u8], Problem>) -> ControlFlow<()> + 'v;

struct File<'a> {
    bytes: &'a [u8],
    page_bytes: usize,
    /// Bytes of a page without those reserved at its end.
    usable_bytes: usize,
    page_count: usize,
    used: UsedPages,
    row: Vec<u8>,
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let page_bytes = match u16_at(bytes, 16, Order::Big) {
            Some(1) => 65_536,
            Some(size) => usize::from(size),
            None => 0,
        };
        let usable_bytes = page_bytes.saturating_sub(bytes.get(20).copied().map_or(0, usize::from));
        if !page_bytes.is_power_of_two() || page_bytes < 512 || usable_bytes < 480 {
            return Err(Problem::malformed(format!(
                "SQLite pages of {page_bytes} bytes, {usable_bytes} usable"
            )));
        }
        if bytes.len() < page_bytes {
            return Err(Problem::new(
                Fault::Truncated,
                format!("{} bytes are less than a page", bytes.len()),
            ));
        }
        let page_count = bytes.len() / page_bytes;
        // Pages are counted from 1.
        let used = UsedPages::new(page_count + 1);
        Ok(Self { bytes, page_bytes, usable_bytes, page_count, used, row: Vec::new() })
    }

    /// Takes a page for good: a page that is reached twice belongs to a cycle.
    fn take(&mut self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page_bytes)?;
        let page = self.bytes.get(start..start.checked_add(self.page_bytes)?)?;
        self.used.take(number).then_some(&page[..self.usable_bytes])
    }

    /// Shows every row of the table whose tree begins at page `root`, from left to right.
    fn walk(&mut self, root: usize, visit: &mut VisitRow<'_>) -> ControlFlow<()> {
        let mut pending = Vec::new();
        let mut children = vec![root];
        loop {
            // Pages are taken before they wait, so that no more wait than the file has.
            for child in children.drain(..).rev() {
                match self.take(child) {
                    Some(page) => pending.push((child, page)),
                    None => {
                        let detail = format!("page {child} is not in the file, or in two places of the tree");
                        visit(0, Err(Problem::malformed(detail)))?;
                    }
                }
            }
            let Some((number, page)) = pending.pop() else { return ControlFlow::Continue(()) };
            let base = if number == 1 { FILE_HEADER_BYTES } else { 0 };
            let cell_count = u16_at(page, base + 3, Order::Big).map_or(0, usize::from);
            match page[base] {
                PAGE_TABLE_LEAF => self.walk_leaf(number, page, base + 8, cell_count, visit)?,
                PAGE_TABLE_INTERIOR => {
                    let pointers = (0..cell_count).map(|cell| child_of(page, base + 12 + 2 * cell));
                    let right_child = size_at(page, base + 8, Order::Big);
                    children.extend(pointers.chain([right_child]).map(|child| child.unwrap_or(0)));
                }
                other => {
                    let detail = format!("page {number} is of type {other}, not of a table");
                    visit(0, Err(Problem::malformed(detail)))?;
                }
            }
        }
    }

    fn walk_leaf(
        &mut self,
        number: usize,
        page: &[u8],
        pointers: usize,
        cell_count: usize,
        visit: &mut VisitRow<'_>,
    ) -> ControlFlow<()> {
        // Cells do not overlap, so all together are no larger than the page.
        let mut bytes_left = page.len();
        for cell in 0..cell_count {
            let Some((row_number, length, local)) = leaf_cell(page, pointers + 2 * cell) else {
                let detail = format!("cell {cell} of page {number} points outside the page");
                visit(0, Err(Problem::malformed(detail)))?;
                continue;
            };
            let local_bytes = self.local_bytes(length);
            let Some(payload) = local.get(..local_bytes).filter(|_| local_bytes <= bytes_left) else {
                let detail = format!("cell {cell} of page {number} is larger than the rest of the page");
                visit(row_number, Err(Problem::malformed(detail)))?;
                continue;
            };
            bytes_left -= local_bytes;
            if local_bytes as u64 == length {
                visit(row_number, Ok(payload))?;
                continue;
            }
            let mut row = std::mem::take(&mut self.row);
            row.clear();
            row.extend_from_slice(payload);
            let first = size_at(local, local_bytes, Order::Big).unwrap_or(0);
            let result = self.read_chain(first, length, &mut row);
            let flow = visit(row_number, result.map(|()| row.as_slice()));
            self.row = row;
            flow?;
        }
        ControlFlow::Continue(())
    }

    /// How much of a row of `length` bytes lies on the leaf page itself (section 1.6, "Cell Payload Overflow").
    fn local_bytes(&self, length: u64) -> usize {
        let usable = self.usable_bytes as u64;
        let local_max = usable - 35;
        let local_min = (usable - 12) * 32 / 255 - 23;
        let local = if length <= local_max {
            length
        } else {
            let local = local_min + (length - local_min) % (usable - 4);
            if local <= local_max { local } else { local_min }
        };
        local as usize
    }

    /// Appends overflow pages to `row` until it has `length` bytes.
    fn read_chain(&mut self, first: usize, length: u64, row: &mut Vec<u8>) -> Result<(), Problem> {
        if length > self.bytes.len() as u64 {
            return Err(Problem::malformed(format!(
                "row of {length} bytes in a file of {}",
                self.bytes.len()
            )));
        }
        let mut number = first;
        while (row.len() as u64) < length {
            let Some(page) = self.take(number) else {
                let detail =
                    format!("{} of {length} bytes read, then page {number} is no free page", row.len());
                return Err(Problem::malformed(detail));
            };
            number = size_at(page, 0, Order::Big).unwrap_or(0);
            row.extend_from_slice(&page[4..]);
        }
        row.truncate(length as usize);
        Ok(())
    }
}

/// The left child of an interior cell.
fn child_of(page: &[u8], pointer: usize) -> Option<usize> {
    size_at(page, u16_at(page, pointer, Order::Big)?.into(), Order::Big)
}

/// Row number, bytes of the whole record, and the page from the begin of the record on.
fn leaf_cell(page: &[u8], pointer: usize) -> Option<(u64, u64, &[u8])> {
    let cell = page.get(usize::from(u16_at(page, pointer, Order::Big)?)..)?;
    let (length, rest) = varint(cell)?;
    let (row_number, rest) = varint(rest)?;
    Some((row_number, length, rest))
}

/// Section 1.6: seven bits a byte, highest first; the ninth byte has eight.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (position, &byte) in bytes.iter().take(9).enumerate() {
        if position == 8 {
            return Some((value << 8 | u64::from(byte), &bytes[9..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, &bytes[position + 1..]));
        }
    }
    None
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value<'a> {
    /// NULL or a floating-point number.
    Other,
    Integer(i64),
    /// Text or a blob.
    Bytes(&'a [u8]),
}

/// A column of a record (section 2.1).
fn column(row: &[u8], wanted: usize) -> Option<Value<'_>> {
    let (header_bytes, _) = varint(row)?;
    let header_bytes = usize::try_from(header_bytes).ok()?;
    let mut types = row.get(..header_bytes)?;
    (_, types) = varint(types)?;
    let mut body = row.get(header_bytes..)?;
    for position in 0.. {
        let (kind, rest) = varint(types)?;
        types = rest;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let (value, rest) = body.split_at_checked(usize::try_from(length).ok()?)?;
        body = rest;
        if position == wanted {
            return Some(match kind {
                0 | 7 => Value::Other,
                8 => Value::Integer(0),
                9 => Value::Integer(1),
                1..=6 => Value::Integer(integer(value)),
                _ => Value::Bytes(value),
            });
        }
    }
    None
}

/// A big-endian two's complement number of up to 8 bytes.
fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|&byte| byte >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(sign, |value, &byte| value << 8 | i64::from(byte))
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
