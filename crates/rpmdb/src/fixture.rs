//! Builds headers for tests.

use crate::index::{kind, tag};

/// Builds a header blob.
pub(crate) struct HeaderBuilder {
    entries: Vec<u8>,
    store: Vec<u8>,
}

impl HeaderBuilder {
    /// A header with a name, version 1.0 and release 2.
    pub(crate) fn named(name: &str) -> Self {
        let empty = Self { entries: Vec::new(), store: Vec::new() };
        empty.text(tag::NAME, name).text(tag::VERSION, "1.0").text(tag::RELEASE, "2")
    }

    pub(crate) fn text(self, tag: u32, text: &str) -> Self {
        self.entry(tag, kind::STRING, 1, &[text.as_bytes(), b"\0"].concat())
    }

    pub(crate) fn texts(self, tag: u32, texts: &[&str]) -> Self {
        let data: Vec<u8> = texts.iter().flat_map(|text| text.bytes().chain([0])).collect();
        self.entry(tag, kind::STRING_ARRAY, texts.len() as u32, &data)
    }

    pub(crate) fn numbers(self, tag: u32, numbers: &[u32]) -> Self {
        let data: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        self.entry(tag, kind::INT32, numbers.len() as u32, &data)
    }

    pub(crate) fn long(self, tag: u32, number: u64) -> Self {
        self.entry(tag, kind::INT64, 1, &number.to_be_bytes())
    }

    fn entry(mut self, tag: u32, kind: u32, count: u32, data: &[u8]) -> Self {
        for value in [tag, kind, self.store.len() as u32, count] {
            self.entries.extend(value.to_be_bytes());
        }
        self.store.extend(data);
        self
    }

    pub(crate) fn build(self) -> Vec<u8> {
        let mut blob = Vec::new();
        blob.extend((self.entries.len() as u32 / 16).to_be_bytes());
        blob.extend((self.store.len() as u32).to_be_bytes());
        blob.extend(self.entries);
        blob.extend(self.store);
        blob
    }
}

/// Reads a database and lists the package names and problems.
pub(crate) fn names(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut names = Vec::new();
    let summary = crate::read(bytes, &mut |header| names.push(header.name.to_string()));
    assert_eq!(summary.packages, names.len() as u64);
    (names, summary.problems.iter().map(ToString::to_string).collect())
}

/// Reads every prefix of a database and 20,000 variants with changed bytes: none may panic.
pub(crate) fn survives_mutation(valid: &[u8]) {
    let read = |bytes: &[u8]| {
        let summary = crate::read(bytes, &mut |header| {
            if let Ok(files) = header.files() {
                files.count();
            }
        });
        assert!(summary.problems.len() <= crate::Summary::PROBLEMS_MAX);
    };
    for length in (0..valid.len()).step_by(7) {
        read(&valid[..length]);
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let mut changed = valid.to_vec();
    for _ in 0..20_000 {
        changed.copy_from_slice(valid);
        for _ in 0..1 + random() % 4 {
            let at = random() % changed.len();
            changed[at] = match random() % 4 {
                0 => 0xff,
                1 => 0,
                2 => changed[at] ^ (1 << (random() % 8)),
                _ => random() as u8,
            };
        }
        read(&changed);
    }
}
