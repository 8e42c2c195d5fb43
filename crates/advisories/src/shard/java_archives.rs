//! The shard of Java archives by SHA-1: names for archives that do not tell theirs.

use super::assemble::{Label, assemble};
use super::format::{SECTIONS, Section, ShardKind};
use super::tables::{BuildError, Pool};
use super::view::{Shard, ShardError};
use crate::database::Database;
use crate::meta::{ShardCounts, ShardMeta};

/// Name of the shard of Java archives by SHA-1.
pub const JAVA_ARCHIVES_SHARD: &str = "java-sha1";

/// The same archive is published under other coordinates now and then; more than these are not looked at.
const SAME_MAX: usize = 64;
const DIGEST_BYTES: usize = 20;
const ROW_BYTES: usize = DIGEST_BYTES + 8;

/// What a Java archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JavaCoordinates<'a> {
    /// `group:artifact`, as advisories spell it.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
}

/// Gathers the shard [`JAVA_ARCHIVES_SHARD`].
pub struct JavaArchivesBuilder {
    pool: Pool,
    rows: Vec<([u8; DIGEST_BYTES], u32, u32)>,
}

impl Default for JavaArchivesBuilder {
    fn default() -> Self {
        Self { pool: Pool::new(), rows: Vec::new() }
    }
}

impl JavaArchivesBuilder {
    /// Adds an archive.
    pub fn add(&mut self, sha1: [u8; 20], name: &str, version: &str) {
        let row = (sha1, self.pool.add(name), self.pool.add(version));
        self.rows.push(row);
    }

    /// Whether no archive was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bytes of the shard.
    ///
    /// # Errors
    /// When the texts do not fit into 32-bit numbers.
    pub fn finish(mut self, meta: ShardMeta) -> Result<Vec<u8>, BuildError> {
        if !self.pool.fits() {
            return Err(BuildError::TooLarge { shard: JAVA_ARCHIVES_SHARD.to_owned(), what: "texts" });
        }
        self.rows.sort_unstable();
        self.rows.dedup();
        let mut rows = Vec::with_capacity(self.rows.len() * ROW_BYTES);
        for (digest, name, version) in &self.rows {
            rows.extend_from_slice(digest);
            rows.extend_from_slice(&name.to_le_bytes());
            rows.extend_from_slice(&version.to_le_bytes());
        }
        let counts = ShardCounts { advisories: 0, packages: 0, rows: self.rows.len() as u64 };
        let label = Label { name: JAVA_ARCHIVES_SHARD.to_owned(), meta, counts };
        let mut sections: [Vec<u8>; SECTIONS] = Default::default();
        sections[Section::Meta as usize] = serde_json::to_vec(&label).expect("texts and numbers are JSON");
        sections[Section::Strings as usize] = self.pool.bytes;
        sections[Section::Rows as usize] = rows;
        Ok(assemble(ShardKind::JavaArchives, &sections))
    }
}

impl<'a> Shard<'a> {
    /// Under which coordinates an archive was published, in a shard of Java archives.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn java_archive(&self, sha1: &[u8; 20]) -> Result<Vec<JavaCoordinates<'a>>, ShardError> {
        if self.kind() != ShardKind::JavaArchives {
            return Ok(Vec::new());
        }
        let (rows, rest) = self.section(Section::Rows).as_chunks::<ROW_BYTES>();
        if !rest.is_empty() {
            return Err(ShardError::Damaged("rows"));
        }
        let first = rows.partition_point(|row| row[..DIGEST_BYTES] < sha1[..]);
        let same = rows[first..].iter().take_while(|row| row[..DIGEST_BYTES] == sha1[..]);
        let mut found = Vec::new();
        for row in same.take(SAME_MAX) {
            let number = |at: usize| u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]);
            found.push(JavaCoordinates {
                name: self.text(number(DIGEST_BYTES))?,
                version: self.text(number(DIGEST_BYTES + 4))?,
            });
        }
        Ok(found)
    }
}

impl Database {
    /// Under which coordinates the Java archive with this SHA-1 (40 hexadecimal digits) was published, sorted;
    /// none without an index, or when the text is no SHA-1.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn java_archive(&self, sha1: &str) -> Result<Vec<JavaCoordinates<'_>>, ShardError> {
        let Some(digest) = digest_of(sha1) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for open in self.shards(JAVA_ARCHIVES_SHARD).0 {
            found.extend(open.shard.java_archive(&digest)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

fn digest_of(hexadecimal: &str) -> Option<[u8; DIGEST_BYTES]> {
    let (pairs, rest) = hexadecimal.as_bytes().as_chunks::<2>();
    if pairs.len() != DIGEST_BYTES || !rest.is_empty() {
        return None;
    }
    let mut digest = [0; DIGEST_BYTES];
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_found_by_their_digest_alone() {
        let mut builder = JavaArchivesBuilder::default();
        for n in (0..200u8).rev() {
            builder.add([n; 20], &format!("org.acme:tool-{}", n / 10), &format!("1.{n}"));
        }
        builder.add([7; 20], "com.copy:tool", "1.7");
        builder.add([7; 20], "com.copy:tool", "1.7");
        let bytes = builder.finish(ShardMeta::default()).unwrap();
        let shard = Shard::from_bytes(&bytes).unwrap();
        let found = |digest| shard.java_archive(&digest).unwrap();
        assert_eq!(found([199; 20]), [JavaCoordinates { name: "org.acme:tool-19", version: "1.199" }]);
        assert_eq!(found([0; 20]), [JavaCoordinates { name: "org.acme:tool-0", version: "1.0" }]);
        assert_eq!(found([7; 20]).len(), 2);
        assert_eq!(found([200; 20]), []);
        assert_eq!(shard.meta().unwrap().1.rows, 201);
        for end in 0..bytes.len() {
            assert!(Shard::from_bytes(&bytes[..end]).is_err());
        }
        for at in super::super::format::HEADER_BYTES..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            // A wrong answer or an error, never a panic.
            drop(Shard::from_bytes(&damaged).unwrap().java_archive(&[7; 20]));
        }
    }

    #[test]
    fn text_that_is_no_digest_finds_nothing() {
        assert_eq!(digest_of(&"aF".repeat(20)), Some([0xaf; 20]));
        for text in ["", "zz", &"g".repeat(40), &"a".repeat(39), &"a".repeat(41), &"é".repeat(20)] {
            assert_eq!(digest_of(text), None, "{text}");
        }
    }
}
