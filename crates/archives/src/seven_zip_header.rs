//! A look at the header of a 7z archive before it is unpacked: it is compressed itself, and says how much memory that
//! takes.
//!
//! 7zFormat.txt of the LZMA SDK, "SignatureHeader", "StreamsInfo", "Folder".

use crate::ProblemKind;
use crate::meter::Fault;

pub(crate) const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";
const SIGNATURE_BYTES: usize = 32;
/// Unpacked bytes of a header: one of 100,000 long names takes less.
const HEADER_BYTES_MAX: u64 = 64 << 20;
const COUNT_MAX: u64 = 32;
const ID_ENCODED: u8 = 0x17;
const ID_AES: &[u8] = &[6, 0xf1, 7, 1];

/// Whether the header may be unpacked.
pub(crate) fn check(bytes: &[u8], window_bytes_max: u64) -> Result<(), Fault> {
    let start = bytes.get(..SIGNATURE_BYTES).ok_or_else(|| Fault::truncated("the 7z archive"))?;
    let number = |at: usize| u64::from_le_bytes(start[at..at + 8].try_into().expect("eight bytes"));
    let (offset, size) = (number(12), number(20));
    if start[8..32].iter().all(|byte| *byte == 0) {
        return Err(Fault::truncated("the 7z archive"));
    }
    let begin = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(SIGNATURE_BYTES));
    let end = begin.zip(usize::try_from(size).ok()).and_then(|(begin, size)| begin.checked_add(size));
    let header = begin.zip(end).and_then(|(begin, end)| bytes.get(begin..end));
    let header = header.ok_or_else(|| Fault::truncated("the 7z archive"))?;
    match header.split_first() {
        Some((&ID_ENCODED, streams)) => check_streams(&mut Reader(streams), window_bytes_max),
        _ => Ok(()),
    }
}

/// What a coder needs, by its id and properties (Methods.txt of the LZMA SDK).
pub(crate) fn check_coder(id: &[u8], properties: &[u8], window_bytes_max: u64) -> Result<(), Fault> {
    let window = match id {
        ID_AES => return Err(Fault::new(ProblemKind::Encrypted, "it is encrypted")),
        // LZMA and PPMd tell a number behind a byte.
        [3, 1, 1] | [3, 4, 1] => {
            let number = properties.get(1..5).and_then(|number| number.try_into().ok()).unwrap_or_default();
            u64::from(u32::from_le_bytes(number))
        }
        [0x21] => {
            let bits = u64::from(properties.first().copied().unwrap_or(0).min(40));
            (2 | (bits & 1)) << (bits / 2 + 11)
        }
        _ => 0,
    };
    if window > window_bytes_max {
        return Err(Fault::new(ProblemKind::Limit, format!("it needs a window of {window} bytes")));
    }
    Ok(())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let split = usize::try_from(count).ok().and_then(|count| self.0.split_at_checked(count));
        let (taken, rest) = split.ok_or_else(broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?[0])
    }

    // "REAL_UINT64": the leading ones of the first byte tell how many bytes follow.
    fn number(&mut self) -> Result<u64, Fault> {
        let first = self.byte()?;
        let count = first.leading_ones();
        let mut value = 0_u64;
        for (at, byte) in self.take(count.into())?.iter().enumerate() {
            value |= u64::from(*byte) << (8 * at);
        }
        let high = if count < 7 { u64::from(first & (0x7f_u8 >> count)) } else { 0 };
        Ok(value | high.checked_shl(8 * count).unwrap_or(0))
    }

    fn count(&mut self) -> Result<u64, Fault> {
        self.number().and_then(|count| if count <= COUNT_MAX { Ok(count) } else { Err(broken()) })
    }
}

fn broken() -> Fault {
    Fault::new(ProblemKind::Malformed, "the header of the 7z archive is broken")
}

fn check_streams(reader: &mut Reader<'_>, window_bytes_max: u64) -> Result<(), Fault> {
    if reader.byte()? != 6 {
        return Err(broken());
    }
    reader.number()?;
    let packed = reader.count()?;
    loop {
        match reader.byte()? {
            0 => break,
            9 => {
                for _ in 0..packed {
                    reader.number()?;
                }
            }
            10 => skip_digests(reader, packed)?,
            _ => return Err(broken()),
        }
    }
    if reader.byte()? != 7 || reader.byte()? != 11 {
        return Err(broken());
    }
    let folders = reader.count()?;
    if reader.byte()? != 0 {
        return Err(broken());
    }
    let mut outputs = 0;
    for _ in 0..folders {
        outputs += check_folder(reader, window_bytes_max)?;
    }
    if reader.byte()? != 12 {
        return Err(broken());
    }
    for _ in 0..outputs {
        if reader.number()? > HEADER_BYTES_MAX {
            let detail = format!("the header of the 7z archive has more than {HEADER_BYTES_MAX} bytes");
            return Err(Fault::new(ProblemKind::Limit, detail));
        }
    }
    Ok(())
}

fn skip_digests(reader: &mut Reader<'_>, count: u64) -> Result<(), Fault> {
    let mut defined = count;
    if reader.byte()? == 0 {
        defined = reader.take(count.div_ceil(8))?.iter().map(|byte| u64::from(byte.count_ones())).sum();
    }
    reader.take(defined * 4).map(|_| ())
}

fn check_folder(reader: &mut Reader<'_>, window_bytes_max: u64) -> Result<u64, Fault> {
    let (mut inputs, mut outputs) = (0, 0);
    for _ in 0..reader.count()? {
        let flags = reader.byte()?;
        let id = reader.take(u64::from(flags & 0xf))?;
        let (ins, outs) = if flags & 0x10 != 0 { (reader.count()?, reader.count()?) } else { (1, 1) };
        inputs += ins;
        outputs += outs;
        let properties = if flags & 0x20 != 0 { reader.number()? } else { 0 };
        let properties = reader.take(properties)?;
        check_coder(id, properties, window_bytes_max).map_err(|mut fault| {
            fault.detail = format!("the header of the 7z archive: {}", fault.detail);
            fault
        })?;
    }
    let pairs = u64::checked_sub(outputs, 1).ok_or_else(broken)?;
    for _ in 0..pairs * 2 {
        reader.number()?;
    }
    let packed = inputs.checked_sub(pairs).ok_or_else(broken)?;
    for _ in 0..if packed > 1 { packed } else { 0 } {
        reader.number()?;
    }
    Ok(outputs)
}
