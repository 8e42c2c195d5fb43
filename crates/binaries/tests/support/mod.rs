//! ELF files made by code.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

/// A program with one section and one writable segment of the same content.
#[derive(Clone)]
pub(crate) struct Elf {
    pub(crate) is_64: bool,
    pub(crate) is_big_endian: bool,
    pub(crate) section: &'static str,
    pub(crate) content: Vec<u8>,
    pub(crate) has_section_headers: bool,
}

/// Where the content is loaded.
pub(crate) const ADDRESS: u64 = 0x40_0000;
/// Where it lies in the file.
const OFFSET: u64 = 0x200;

impl Elf {
    pub(crate) fn new(section: &'static str, content: &[u8]) -> Self {
        Self {
            is_64: true,
            is_big_endian: false,
            section,
            content: content.to_vec(),
            has_section_headers: true,
        }
    }

    /// A number of the file's byte order.
    pub(crate) fn number(&self, value: u64, bytes: usize) -> Vec<u8> {
        if self.is_big_endian {
            value.to_be_bytes()[8 - bytes..].to_vec()
        } else {
            value.to_le_bytes()[..bytes].to_vec()
        }
    }

    pub(crate) fn word(&self, value: u64) -> Vec<u8> {
        self.number(value, if self.is_64 { 8 } else { 4 })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let size = self.content.len() as u64;
        let names = format!("\0{}\0.shstrtab\0", self.section);
        let names_at = OFFSET + size;
        let sections_at = (names_at + names.len() as u64).next_multiple_of(8);
        let (header_bytes, segment_bytes, section_bytes) =
            if self.is_64 { (64, 56, 64) } else { (52, 32, 40) };
        let mut file = b"\x7fELF".to_vec();
        file.extend([if self.is_64 { 2 } else { 1 }, if self.is_big_endian { 2 } else { 1 }, 1]);
        file.resize(16, 0);
        file.extend(self.number(2, 2));
        file.extend(self.number(62, 2));
        file.extend(self.number(1, 4));
        file.extend(self.word(ADDRESS));
        file.extend(self.word(header_bytes));
        file.extend(self.word(if self.has_section_headers { sections_at } else { 0 }));
        file.extend(self.number(0, 4));
        let counts = if self.has_section_headers { [section_bytes, 3, 2] } else { [0, 0, 0] };
        for value in [header_bytes, segment_bytes, 1, counts[0], counts[1], counts[2]] {
            file.extend(self.number(value, 2));
        }
        self.push_segment(&mut file, size);
        file.resize(usize::try_from(OFFSET).unwrap(), 0);
        file.extend(&self.content);
        file.extend(names.as_bytes());
        if self.has_section_headers {
            file.resize(usize::try_from(sections_at).unwrap(), 0);
            self.push_section(&mut file, [0, 0, 0, 0, 0, 0]);
            self.push_section(&mut file, [1, 1, 2, ADDRESS, OFFSET, size]);
            self.push_section(
                &mut file,
                [self.section.len() as u64 + 2, 3, 0, 0, names_at, names.len() as u64],
            );
        }
        file
    }

    fn push_segment(&self, file: &mut Vec<u8>, size: u64) {
        const LOAD: u64 = 1;
        const READ_WRITE: u64 = 6;
        file.extend(self.number(LOAD, 4));
        if self.is_64 {
            file.extend(self.number(READ_WRITE, 4));
        }
        for value in [OFFSET, ADDRESS, ADDRESS, size, size] {
            file.extend(self.word(value));
        }
        if !self.is_64 {
            file.extend(self.number(READ_WRITE, 4));
        }
        file.extend(self.word(16));
    }

    /// Name, type, flags, address, offset, size.
    fn push_section(&self, file: &mut Vec<u8>, fields: [u64; 6]) {
        file.extend(self.number(fields[0], 4));
        file.extend(self.number(fields[1], 4));
        for value in &fields[2..] {
            file.extend(self.word(*value));
        }
        file.extend(self.number(0, 4));
        file.extend(self.number(0, 4));
        file.extend(self.word(1));
        file.extend(self.word(0));
    }
}

/// Go's build info of Go 1.18 and later.
pub(crate) fn go_inline(version: &str, modules: &str) -> Vec<u8> {
    let mut blob = b"\xff Go buildinf:\x08\x02".to_vec();
    blob.resize(32, 0);
    for text in [version.as_bytes().to_vec(), with_sentinels(modules)] {
        let mut length = text.len();
        while length >= 0x80 {
            blob.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        blob.push(u8::try_from(length).unwrap());
        blob.extend(text);
    }
    blob
}

/// Go's build info before Go 1.18, for the content of `elf`.
pub(crate) fn go_pointers(elf: &Elf, version: &str, modules: &str) -> Vec<u8> {
    let word_bytes = if elf.is_64 { 8 } else { 4 };
    let modules = with_sentinels(modules);
    let mut blob = b"\xff Go buildinf:".to_vec();
    blob.extend([word_bytes as u8, u8::from(elf.is_big_endian)]);
    let headers_at = 64;
    let texts_at = headers_at + 4 * word_bytes;
    blob.extend(elf.word(ADDRESS + headers_at));
    blob.extend(elf.word(ADDRESS + headers_at + 2 * word_bytes));
    blob.resize(64, 0);
    blob.extend(elf.word(ADDRESS + texts_at));
    blob.extend(elf.word(version.len() as u64));
    blob.extend(elf.word(ADDRESS + texts_at + version.len() as u64));
    blob.extend(elf.word(modules.len() as u64));
    blob.extend(version.as_bytes());
    blob.extend(modules);
    blob
}

fn with_sentinels(modules: &str) -> Vec<u8> {
    if modules.is_empty() {
        return Vec::new();
    }
    [&[b'0'; 16], modules.as_bytes(), &[b'1'; 16]].concat()
}
