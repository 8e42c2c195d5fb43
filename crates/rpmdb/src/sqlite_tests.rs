//! Tests of the SQLite walker against files that are built here, page by page.

use super::*;
use crate::fixture::{HeaderBuilder, names, survives_mutation};

const PAGE_BYTES: usize = 512;

struct Builder {
    pages: Vec<Vec<u8>>,
}

impl Builder {
    /// Page 1 holds the schema: an index that must not be taken for the table, and the table at page 2.
    fn new() -> Self {
        let mut builder = Self { pages: vec![Vec::new()] };
        let decoy = record(&[b"index", b"Packages", b"Other", &[1], b""]);
        let table = record(&[b"table", b"Packages", b"Packages", &[2], b"CREATE TABLE ..."]);
        let mut page = builder.leaf(&[(1, decoy), (2, table)], FILE_HEADER_BYTES);
        page[..16].copy_from_slice(b"SQLite format 3\0");
        page[16..18].copy_from_slice(&(PAGE_BYTES as u16).to_be_bytes());
        builder.pages[0] = page;
        builder
    }

    fn leaf(&mut self, rows: &[(u64, Vec<u8>)], base: usize) -> Vec<u8> {
        let mut cells = Vec::new();
        for (number, row) in rows {
            let file = [&b"................"[..], &(PAGE_BYTES as u16).to_be_bytes(), &[0; 2000]].concat();
            let local = File::open(&file).unwrap().local_bytes(row.len() as u64);
            let mut cell =
                [put_varint(row.len() as u64), put_varint(*number), row[..local].to_vec()].concat();
            if local < row.len() {
                cell.extend((self.pages.len() as u32 + 1).to_be_bytes());
                let chunks: Vec<_> = row[local..].chunks(PAGE_BYTES - 4).collect();
                for (position, chunk) in chunks.iter().enumerate() {
                    let is_last = position + 1 == chunks.len();
                    let next = if is_last { 0 } else { self.pages.len() as u32 + 2 };
                    let mut page = [&next.to_be_bytes(), *chunk].concat();
                    page.resize(PAGE_BYTES, 0);
                    self.pages.push(page);
                }
            }
            cells.push(cell);
        }
        page_of(PAGE_TABLE_LEAF, &cells, base, 8)
    }

    fn build(mut self) -> Vec<u8> {
        let count = self.pages.len() as u32;
        self.pages[0][28..32].copy_from_slice(&count.to_be_bytes());
        self.pages.concat()
    }
}

fn page_of(kind: u8, cells: &[Vec<u8>], base: usize, header_bytes: usize) -> Vec<u8> {
    let mut page = vec![0; PAGE_BYTES];
    page[base] = kind;
    page[base + 3..base + 5].copy_from_slice(&(cells.len() as u16).to_be_bytes());
    let mut end = PAGE_BYTES;
    for (position, cell) in cells.iter().enumerate() {
        end -= cell.len();
        page[end..end + cell.len()].copy_from_slice(cell);
        let pointer = base + header_bytes + 2 * position;
        page[pointer..pointer + 2].copy_from_slice(&(end as u16).to_be_bytes());
    }
    page
}

fn put_varint(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![(value & 0x7f) as u8];
    while value > 0x7f {
        value >>= 7;
        bytes.insert(0, (value & 0x7f) as u8 | 0x80);
    }
    bytes
}

/// A record; values of one byte are integers, an empty value is NULL, the others text.
fn record(values: &[&[u8]]) -> Vec<u8> {
    let mut types = Vec::new();
    for value in values {
        types.extend(match value.len() {
            0 => vec![0],
            1 => vec![1],
            length => put_varint(13 + 2 * length as u64),
        });
    }
    [put_varint(types.len() as u64 + 1), types, values.concat()].concat()
}

fn row(name: &str, license_bytes: usize) -> Vec<u8> {
    let license = "x".repeat(license_bytes);
    record(&[b"", &HeaderBuilder::named(name).text(crate::index::tag::LICENSE, &license).build()])
}

/// An interior page with two leaves; glibc needs overflow pages.
fn sample() -> Vec<u8> {
    let mut builder = Builder::new();
    builder.pages.push(Vec::new());
    let first = builder.leaf(&[(1, row("bash", 9)), (2, row("glibc", 3000))], 0);
    builder.pages.push(first);
    let first_number = builder.pages.len() as u32;
    let second = builder.leaf(&[(7, row("zlib", 1))], 0);
    builder.pages.push(second);
    let second_number = builder.pages.len() as u32;
    let cell = [&first_number.to_be_bytes()[..], &put_varint(2)].concat();
    builder.pages[1] = page_of(PAGE_TABLE_INTERIOR, &[cell], 0, 12);
    builder.pages[1][8..12].copy_from_slice(&second_number.to_be_bytes());
    builder.build()
}

#[test]
fn rows_come_from_every_leaf_and_from_overflow_pages() {
    let expected = ["bash", "glibc", "zlib"].map(String::from).to_vec();
    assert_eq!(names(&sample()), (expected, vec![]));
}

#[test]
fn rows_of_every_length_are_read_whole() {
    for length in (0..3000).step_by(13).chain(430..490) {
        let mut builder = Builder::new();
        builder.pages.push(Vec::new());
        builder.pages[1] = builder.leaf(&[(1, row("bash", length))], 0);
        let file = builder.build();
        let mut license_bytes = 0;
        let summary = crate::read(&file, &mut |header| {
            license_bytes = header.license.as_ref().map_or(0, |license| license.len());
        });
        assert_eq!((license_bytes, summary.problems), (length, vec![]));
    }
}

#[test]
fn tree_that_points_at_itself_ends() {
    let mut file = sample();
    // The right child of the root is the root.
    file[PAGE_BYTES + 8..PAGE_BYTES + 12].copy_from_slice(&2_u32.to_be_bytes());
    let (found, problems) = names(&file);
    assert_eq!(found, ["bash", "glibc"]);
    assert!(problems[0].starts_with("page 2 is not in the file, or in two places"), "{problems:?}");
}

#[test]
fn overflow_page_that_points_at_itself_loses_one_row() {
    let mut file = sample();
    file[2 * PAGE_BYTES..2 * PAGE_BYTES + 4].copy_from_slice(&3_u32.to_be_bytes());
    let (found, problems) = names(&file);
    assert_eq!(found, ["bash", "zlib"]);
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn file_that_ends_early_keeps_what_is_there() {
    let file = sample();
    let (found, problems) = names(&file[..file.len() - 10]);
    assert_eq!(found, ["bash", "glibc"]);
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn cells_that_overlap_cost_no_more_than_the_page() {
    let mut builder = Builder::new();
    builder.pages.push(Vec::new());
    builder.pages[1] = builder.leaf(&[(1, row("bash", 200))], 0);
    let pointer = builder.pages[1][8..10].to_vec();
    builder.pages[1][4] = 50;
    for cell in 0..50 {
        builder.pages[1][8 + 2 * cell..10 + 2 * cell].copy_from_slice(&pointer);
    }
    let (found, problems) = names(&builder.build());
    assert_eq!((found.len(), problems.len()), (1, 49));
}

#[test]
fn database_without_the_table_is_told() {
    let mut file = sample();
    let at = memchr::memmem::rfind(&file[..PAGE_BYTES], b"tablePackages").unwrap();
    file[at + 5] = b'X';
    assert_eq!(names(&file).1, ["there is no table 'Packages'"]);
}

#[test]
fn endless_garbage_is_given_up() {
    let mut file = sample();
    file.truncate(PAGE_BYTES);
    // A tree of interior pages, each of which claims 65,535 children that are not there.
    for number in 2..5_000_u32 {
        let mut page = vec![0; PAGE_BYTES];
        page[0] = PAGE_TABLE_INTERIOR;
        page[3..5].copy_from_slice(&[0xff, 0xff]);
        page[8..12].copy_from_slice(&(number + 1).to_be_bytes());
        file.extend(page);
    }
    let summary = crate::read(&file, &mut |_| {});
    assert_eq!(summary.problems_left_out, crate::Summary::PROBLEMS_LEFT_OUT_MAX);
}

#[test]
fn no_mutation_panics() {
    survives_mutation(&sample());
}
