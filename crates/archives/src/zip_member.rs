//! One member of a zip archive: its bytes found, decompressed and checked.
//!
//! PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.4.4 (flags), 4.4.5 (methods), 5.8 (LZMA).

use crate::ProblemKind;
use crate::meter::Fault;
use crate::walk::{MemberEnd, MemberHead, Over, Step, Walk};
use crate::zip_directory::{Entry, u16_at};
use bzip2::bufread::BzDecoder;
use deflate64::Deflate64Decoder;
use flate2::{Crc, bufread::DeflateDecoder};
use lzma_rust2::{LzmaReader, XzReader};
use std::io::{self, Read};
use std::sync::Arc;

pub(crate) const DEFLATED: u16 = 8;
const STORED: u16 = 0;
const FLAG_ENCRYPTED: u16 = 1;
const METHOD_AES: u16 = 99;
const TYPE_MASK: u32 = 0o170_000;
const SYMLINK: u32 = 0o120_000;

/// Shows a member whose compressed bytes are `data`; `is_cut` says that the file ends before them. The result is how
/// many of them its decompressor took, when it tells.
pub(crate) fn show(
    walk: &mut Walk<'_>,
    entry: &Entry<'_>,
    data: &[u8],
    is_cut: bool,
) -> Result<Option<u64>, Over> {
    let size = entry.checked.map(|(_, size)| size);
    let head = MemberHead::new(entry.name, size, entry.unix_mode);
    if entry.name.ends_with(b"/") && data.is_empty() {
        return walk.check_time().map(|()| None);
    }
    if entry.flags & FLAG_ENCRYPTED != 0 || entry.method == METHOD_AES {
        walk.check_time()?;
        walk.problem_in(&head.name, ProblemKind::Encrypted, "it is encrypted");
        return Ok(None);
    }
    if entry.unix_mode & TYPE_MASK == SYMLINK {
        return walk.link(entry.name, if entry.method == STORED { data } else { b"" }).map(|()| None);
    }
    if entry.method == STORED {
        return show_stored(walk, &head, entry, data, is_cut).map(|()| None);
    }
    let meter = Arc::clone(&walk.meter);
    if entry.method == DEFLATED {
        // Its own case, since it tells where it ended.
        let mut decoder = DeflateDecoder::new(data);
        let mut content = Checked::new(meter.read(&mut decoder));
        let end = walk.member(&head, &mut content)?;
        content.tell(walk, &head, entry, &end);
        drop(content);
        return Ok(Some(decoder.total_in()));
    }
    let decoder = match decoder(entry, data, walk.limits.window_bytes_max) {
        Ok(decoder) => decoder,
        Err(error) => {
            let fault = Fault::of(&error);
            walk.check_time()?;
            walk.problem_in(&head.name, fault.kind, fault.detail);
            return Ok(None);
        }
    };
    let mut content = Checked::new(meter.read(decoder));
    let end = walk.member(&head, &mut content)?;
    content.tell(walk, &head, entry, &end);
    Ok(None)
}

fn show_stored(walk: &mut Walk<'_>, head: &MemberHead, entry: &Entry<'_>, data: &[u8], is_cut: bool) -> Step {
    if is_cut {
        walk.problem_in(&head.name, ProblemKind::Truncated, "the zip archive ends inside it");
    } else if let Some((checksum, size)) = entry.checked {
        let mut crc = Crc::new();
        crc.update(data);
        if size != data.len() as u64 {
            tell_size(walk, head, size, data.len() as u64);
        } else if crc.sum() != checksum {
            walk.problem_in(&head.name, ProblemKind::Checksum, "its checksum is wrong");
        }
    }
    walk.member_in_memory(head, data)
}

fn tell_size(walk: &mut Walk<'_>, head: &MemberHead, declared: u64, found: u64) {
    let detail = format!("it should have {declared} bytes and has {found}");
    walk.problem_in(&head.name, ProblemKind::Malformed, detail);
}

fn decoder<'d>(
    entry: &Entry<'_>,
    data: &'d [u8],
    window_bytes_max: u64,
) -> io::Result<Box<dyn Read + Send + 'd>> {
    let window_kib_max = u32::try_from(window_bytes_max >> 10).unwrap_or(u32::MAX);
    Ok(match entry.method {
        9 => Box::new(Deflate64Decoder::with_buffer(data)),
        12 => Box::new(BzDecoder::new(data)),
        14 => {
            let broken = || Fault::new(ProblemKind::Malformed, "its LZMA header is broken");
            let properties = data.get(..9).filter(|header| u16_at(header, 2) == 5).ok_or_else(broken)?;
            let window = u32::from_le_bytes([properties[5], properties[6], properties[7], properties[8]]);
            if u64::from(window) > window_bytes_max {
                return Err(
                    Fault::new(ProblemKind::Limit, format!("it needs a window of {window} bytes")).into()
                );
            }
            // Bit 1 tells that there is an end mark (4.4.4).
            let has_end_mark = entry.flags & 2 != 0;
            let size = entry.checked.filter(|_| !has_end_mark).map_or(u64::MAX, |(_, size)| size);
            Box::new(LzmaReader::new_with_props(&data[9..], size, properties[4], window, None)?)
        }
        20 | 93 => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(data)?;
            decoder.window_log_max(window_bytes_max.max(1 << 10).ilog2())?;
            Box::new(decoder)
        }
        95 => Box::new(XzReader::new_mem_limit(data, false, window_kib_max)),
        other => {
            let detail = format!("compression method {other} is not known");
            return Err(Fault::new(ProblemKind::Unsupported, detail).into());
        }
    })
}

/// Checks what passes through.
struct Checked<R> {
    reader: R,
    crc: Crc,
    bytes: u64,
}

impl<R: Read> Checked<R> {
    fn new(reader: R) -> Self {
        Self { reader, crc: Crc::new(), bytes: 0 }
    }

    fn tell(&self, walk: &mut Walk<'_>, head: &MemberHead, entry: &Entry<'_>, end: &MemberEnd) {
        let Some((checksum, size)) = entry.checked.filter(|_| *end == MemberEnd::Whole) else { return };
        if size != self.bytes {
            tell_size(walk, head, size, self.bytes);
        } else if self.crc.sum() != checksum {
            walk.problem_in(&head.name, ProblemKind::Checksum, "its checksum is wrong");
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out)?;
        self.crc.update(&out[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}
