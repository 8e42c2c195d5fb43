//! Berkeley DB hash files (`Packages` of rpm before 4.16), of either byte order.
//!
//! Format: Berkeley DB 4.8, `src/dbinc/db_page.h`. Page 0 is metadata (`DBMETA`); every page begins with a
//! header of 26 bytes (`PAGE`). A hash page holds pairs of items, key and data, found by 16-bit offsets behind
//! the header; items fill the page from its end downwards. Large data lies in a chain of overflow pages.
//! Pages are found by walking over the whole file, not over buckets, so that a broken bucket loses itself alone.

use crate::bytes::{Order, UsedPages, size_at, u16_at, u32_at};
use crate::{Fault, Problem, Records};

const PAGE_HEADER_BYTES: usize = 26;
const HASH_MAGIC: u32 = 0x0006_1561;
const BTREE_MAGIC: u32 = 0x0005_3162;

const PAGE_FREE: u8 = 0;
const PAGE_HASH_UNSORTED: u8 = 2;
const PAGE_OVERFLOW: u8 = 7;
const PAGE_HASH_META: u8 = 8;
const PAGE_HASH: u8 = 13;

const ITEM_KEY_DATA: u8 = 1;
const ITEM_OFF_PAGE: u8 = 3;

pub(crate) fn is_berkeley(bytes: &[u8]) -> bool {
    order_of(bytes, HASH_MAGIC).or_else(|| order_of(bytes, BTREE_MAGIC)).is_some()
}

fn order_of(bytes: &[u8], magic: u32) -> Option<Order> {
    [Order::Little, Order::Big].into_iter().find(|&order| u32_at(bytes, 12, order) == Some(magic))
}

pub(crate) fn read(bytes: &[u8], records: &mut Records<'_>) {
    match HashFile::open(bytes) {
        Ok(file) => file.read(records),
        Err(problem) => records.problem(problem),
    }
}

struct HashFile<'a> {
    bytes: &'a [u8],
    order: Order,
    page_bytes: usize,
    page_count: usize,
}

impl<'a> HashFile<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let unsupported = |what: &str| Problem::new(Fault::Unsupported, what.to_owned());
        let order =
            order_of(bytes, HASH_MAGIC).ok_or_else(|| unsupported("a Berkeley DB B-tree, not a hash"))?;
        let page_bytes = size_at(bytes, 20, order).unwrap_or(0);
        if !page_bytes.is_power_of_two() || !(512..=65_536).contains(&page_bytes) {
            return Err(Problem::malformed(format!("Berkeley DB pages of {page_bytes} bytes")));
        }
        if bytes.get(24).is_none_or(|&algorithm| algorithm != 0) {
            return Err(unsupported("encrypted Berkeley DB"));
        }
        // Checksummed pages have a longer header; rpm never made them.
        if bytes.get(26).is_none_or(|&flags| flags & 1 != 0) {
            return Err(unsupported("Berkeley DB with page checksums"));
        }
        Ok(Self { bytes, order, page_bytes, page_count: bytes.len() / page_bytes })
    }

    fn read(&self, records: &mut Records<'_>) {
        let last_page = size_at(self.bytes, 32, self.order).unwrap_or(0);
        if last_page >= self.page_count {
            let detail = format!("page {last_page} is the last, but the file has {} pages", self.page_count);
            records.problem(Problem::new(Fault::Truncated, detail));
        }
        let mut used = UsedPages::new(self.page_count);
        let mut blob = Vec::new();
        for number in 1..self.page_count.min(last_page.saturating_add(1)) {
            if records.is_hopeless() {
                return;
            }
            let page = self.page(number).expect("the page number is below the page count");
            match page[25] {
                PAGE_HASH_UNSORTED | PAGE_HASH => {
                    self.read_hash_page(number, page, &mut used, &mut blob, records);
                }
                PAGE_FREE | PAGE_OVERFLOW | PAGE_HASH_META => {}
                kind => {
                    let detail = format!("page {number} is of type {kind}, which a hash does not have");
                    records.problem(Problem::malformed(detail));
                }
            }
        }
    }

    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_mul(self.page_bytes)?;
        self.bytes.get(start..start.checked_add(self.page_bytes)?)
    }

    fn read_hash_page(
        &self,
        number: usize,
        page: &[u8],
        used: &mut UsedPages,
        blob: &mut Vec<u8>,
        records: &mut Records<'_>,
    ) {
        let item_count = u16_at(page, 20, self.order).map_or(0, usize::from);
        let mut end = self.page_bytes;
        let mut key = 0;
        for position in 0..item_count {
            let start = u16_at(page, PAGE_HEADER_BYTES + 2 * position, self.order).map_or(0, usize::from);
            // Offsets only fall; without that, small items could be claimed to overlap and cost any time.
            if start < PAGE_HEADER_BYTES + 2 * item_count || start >= end {
                let detail = format!("item {position} of page {number} lies at offset {start}");
                records.problem(Problem::malformed(detail));
                return;
            }
            let item = &page[start..end];
            end = start;
            if position % 2 == 0 {
                key = u32_at(item, 1, self.order).unwrap_or(0);
                continue;
            }
            // Key 0 holds the largest package number.
            if key == 0 {
                continue;
            }
            match item[0] {
                ITEM_KEY_DATA => records.blob(u64::from(key), &item[1..]),
                ITEM_OFF_PAGE => match self.read_chain(item, used, blob) {
                    Ok(()) => records.blob(u64::from(key), blob),
                    Err(problem) => records.problem(Problem {
                        detail: format!("package number {key}: {}", problem.detail),
                        ..problem
                    }),
                },
                other => {
                    let detail = format!("package number {key}: item type {other} on page {number}");
                    records.problem(Problem::malformed(detail));
                }
            }
        }
    }

    /// Gathers the data of an off-page item (`HOFFPAGE`: type, 3 unused bytes, first page, length).
    fn read_chain(&self, item: &[u8], used: &mut UsedPages, blob: &mut Vec<u8>) -> Result<(), Problem> {
        let first = size_at(item, 4, self.order);
        let length = size_at(item, 8, self.order);
        let (Some(mut number), Some(length)) = (first, length) else {
            return Err(Problem::malformed("off-page item ends early".to_owned()));
        };
        blob.clear();
        while blob.len() < length {
            let page = self.page(number).filter(|page| number != 0 && page[25] == PAGE_OVERFLOW);
            let Some(page) = page.filter(|_| used.take(number)) else {
                let detail = format!(
                    "{} of {length} bytes read, then page {number} is no free overflow page",
                    blob.len()
                );
                return Err(Problem::malformed(detail));
            };
            let page_length = u16_at(page, 22, self.order).map_or(0, usize::from);
            let data = page[PAGE_HEADER_BYTES..].get(..page_length).filter(|data| !data.is_empty());
            let Some(data) = data else {
                return Err(Problem::malformed(format!("overflow page {number} holds {page_length} bytes")));
            };
            blob.extend_from_slice(data);
            number = size_at(page, 16, self.order).unwrap_or(0);
        }
        blob.truncate(length);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{HeaderBuilder, names, survives_mutation};

    const PAGE_BYTES: usize = 512;

    struct Builder {
        order: Order,
        pages: Vec<Vec<u8>>,
    }

    impl Builder {
        fn new(order: Order) -> Self {
            let mut meta = vec![0; PAGE_BYTES];
            let mut builder = Self { order, pages: Vec::new() };
            builder.put_u32(&mut meta, 12, HASH_MAGIC);
            builder.put_u32(&mut meta, 20, PAGE_BYTES as u32);
            meta[25] = 8;
            builder.pages.push(meta);
            builder
        }

        fn put_u32(&self, page: &mut [u8], at: usize, value: u32) {
            let bytes = if self.order == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() };
            page[at..at + 4].copy_from_slice(&bytes);
        }

        fn put_u16(&self, page: &mut [u8], at: usize, value: usize) {
            let value = value as u16;
            let bytes = if self.order == Order::Big { value.to_be_bytes() } else { value.to_le_bytes() };
            page[at..at + 2].copy_from_slice(&bytes);
        }

        /// A page of items, and an overflow chain for each blob that is too large for it.
        fn hash_page(mut self, records: &[(u32, Vec<u8>)]) -> Self {
            let mut page = vec![0; PAGE_BYTES];
            let mut end = PAGE_BYTES;
            let mut position = 0;
            self.pages.push(Vec::new());
            let own_number = self.pages.len() - 1;
            for (number, blob) in records {
                let mut key = vec![ITEM_KEY_DATA, 0, 0, 0, 0];
                self.put_u32(&mut key, 1, *number);
                let data = if blob.len() < 200 {
                    [&[ITEM_KEY_DATA], blob.as_slice()].concat()
                } else {
                    let mut item = vec![ITEM_OFF_PAGE; 12];
                    self.put_u32(&mut item, 4, self.pages.len() as u32);
                    self.put_u32(&mut item, 8, blob.len() as u32);
                    self.overflow(blob);
                    item
                };
                for item in [key, data] {
                    end -= item.len();
                    page[end..end + item.len()].copy_from_slice(&item);
                    self.put_u16(&mut page, PAGE_HEADER_BYTES + 2 * position, end);
                    position += 1;
                }
            }
            self.put_u16(&mut page, 20, position);
            page[25] = PAGE_HASH;
            self.pages[own_number] = page;
            self
        }

        fn overflow(&mut self, blob: &[u8]) {
            let chunks: Vec<_> = blob.chunks(PAGE_BYTES - PAGE_HEADER_BYTES).collect();
            for (position, chunk) in chunks.iter().enumerate() {
                let mut page = vec![0; PAGE_BYTES];
                if position + 1 < chunks.len() {
                    self.put_u32(&mut page, 16, self.pages.len() as u32 + 1);
                }
                self.put_u16(&mut page, 22, chunk.len());
                page[25] = PAGE_OVERFLOW;
                page[PAGE_HEADER_BYTES..PAGE_HEADER_BYTES + chunk.len()].copy_from_slice(chunk);
                self.pages.push(page);
            }
        }

        fn build(mut self) -> Vec<u8> {
            let mut meta = std::mem::take(&mut self.pages[0]);
            self.put_u32(&mut meta, 32, self.pages.len() as u32 - 1);
            self.pages[0] = meta;
            self.pages.concat()
        }
    }

    fn large(name: &str) -> Vec<u8> {
        HeaderBuilder::named(name).text(crate::index::tag::LICENSE, &"x".repeat(1200)).build()
    }

    fn sample(order: Order) -> Vec<u8> {
        let small = HeaderBuilder::named("gpg-pubkey").build();
        Builder::new(order)
            .hash_page(&[(0, vec![0, 0, 0, 3]), (1, large("bash")), (2, small)])
            .hash_page(&[(3, large("glibc"))])
            .build()
    }

    #[test]
    fn either_byte_order_gives_the_same_packages() {
        for order in [Order::Little, Order::Big] {
            let expected = ["bash", "gpg-pubkey", "glibc"].map(String::from).to_vec();
            assert_eq!(names(&sample(order)), (expected, vec![]), "{order:?}");
        }
    }

    #[test]
    fn cycle_of_overflow_pages_loses_one_package() {
        let mut file = sample(Order::Little);
        // The second overflow page of bash points back at the first.
        let second = 3 * PAGE_BYTES;
        file[second + 16..second + 20].copy_from_slice(&2_u32.to_le_bytes());
        let (found, problems) = names(&file);
        assert_eq!(found, ["gpg-pubkey", "glibc"]);
        assert!(problems[0].starts_with("package number 1: "), "{problems:?}");
    }

    #[test]
    fn file_that_ends_early_keeps_its_first_packages() {
        let file = sample(Order::Big);
        let (found, problems) = names(&file[..file.len() - PAGE_BYTES]);
        assert_eq!(found, ["bash", "gpg-pubkey"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn a_page_whose_type_is_broken_is_told() {
        let mut file = sample(Order::Little);
        file[PAGE_BYTES + 25] = 0x99;
        let (found, problems) = names(&file);
        assert_eq!(found, ["glibc"]);
        assert_eq!(problems, ["page 1 is of type 153, which a hash does not have"]);
    }

    #[test]
    fn tree_and_encryption_are_told() {
        let mut file = sample(Order::Little);
        file[24] = 1;
        assert_eq!(names(&file).1, ["encrypted Berkeley DB"]);
        file[12..16].copy_from_slice(&BTREE_MAGIC.to_le_bytes());
        assert_eq!(names(&file).1, ["a Berkeley DB B-tree, not a hash"]);
    }

    #[test]
    fn no_mutation_panics() {
        survives_mutation(&sample(Order::Little));
        survives_mutation(&sample(Order::Big));
    }
}
