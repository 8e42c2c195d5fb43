//! Rule files in one compressed file, so that neither the program nor the library matches its own rules in clear.

use crate::source::RuleFile;
use std::io::{Read as _, Write as _};

/// Bytes of all files of a bundle.
const BYTES_MAX: u64 = 512 << 20;
/// Files of a bundle.
const FILES_MAX: usize = 50_000;

/// Packs files: for each its name and its bytes, each after its length (32 bits, little-endian), all through zlib
/// (RFC 1950).
pub(crate) fn pack(files: &[RuleFile]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    let mut put = |part: &[u8]| {
        let length = u32::try_from(part.len()).expect("rule files are checked to be smaller");
        encoder.write_all(&length.to_le_bytes()).expect("memory takes it");
        encoder.write_all(part).expect("memory takes it");
    };
    for file in files {
        put(file.name.as_bytes());
        put(&file.bytes);
    }
    encoder.finish().expect("memory takes it")
}

/// Reads what [`pack`] wrote; nothing when it is damaged or too large.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<RuleFile>> {
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(bytes).take(BYTES_MAX + 1).read_to_end(&mut plain).ok()?;
    if plain.len() as u64 > BYTES_MAX {
        return None;
    }
    let mut rest = plain.as_slice();
    let mut files = Vec::new();
    while !rest.is_empty() {
        let name = String::from_utf8(take(&mut rest)?.to_vec()).ok()?;
        let bytes = take(&mut rest)?.to_vec();
        files.push(RuleFile { name, bytes });
        if files.len() > FILES_MAX {
            return None;
        }
    }
    Some(files)
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (part, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *rest = after;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_survive_packing_and_damage_is_noticed_or_harmless() {
        let files = vec![
            RuleFile { name: "a/b.yar".into(), bytes: b"rule a { condition: true }".to_vec() },
            RuleFile { name: "c".into(), bytes: Vec::new() },
        ];
        let packed = pack(&files);
        assert_eq!(unpack(&packed), Some(files));
        for at in 0..packed.len() {
            assert_eq!(unpack(&packed[..at]), if at == 0 { unpack(&[]) } else { None }, "truncated at {at}");
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            let _ = unpack(&damaged);
        }
    }
}
