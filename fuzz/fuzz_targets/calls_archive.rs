//! Archives in bodies of calls: what is taken is written in one way, whatever pieces it comes in, and reading that again gives the same.
#![no_main]

use calls::{ArchiveEntry, ArchiveReader, Inspect, Refusal};

struct All;

impl Inspect for All {
    type Refused = Refusal;

    fn entry(&mut self, entry: &ArchiveEntry) -> Result<Option<u64>, Refusal> {
        Ok((entry.size < 100).then_some(100))
    }

    fn content(&mut self, entry: &ArchiveEntry, content: &[u8]) -> Result<(), Refusal> {
        assert_eq!(entry.size, content.len() as u64);
        Ok(())
    }
}

fn written(bytes: &[u8], step: usize) -> Result<Vec<u8>, Refusal> {
    let (mut reader, mut out) = (ArchiveReader::default(), Vec::new());
    for piece in bytes.chunks(step) {
        reader.push(piece, &mut out, &mut All)?;
    }
    reader.finish(&mut out).map(|()| out)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(once) = written(bytes, 4096) else { return };
    assert_eq!(written(bytes, 77).expect("pieces change nothing"), once);
    assert_eq!(written(&once, 1000).expect("what was written is taken"), once);
});
