//! Compressed streams: one member, whose name is the file's without its ending.

use crate::compress::CompressReader;
use crate::gzip::GzipMembers;
use crate::meter::Fault;
use crate::walk::{MemberHead, Step, Walk};
use crate::{Format, ProblemKind};
use bzip2::bufread::MultiBzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::{LzipReader, LzmaReader, XzReader};
use std::io::{self, BufRead, Read};
use std::sync::Arc;

/// Shows what comes out.
pub(crate) fn walk(
    walk: &mut Walk<'_>,
    format: Format,
    name: &str,
    input: &mut (dyn BufRead + Send),
) -> Step {
    let decoder = match decoder(format, input, walk.limits.window_bytes_max) {
        Ok(decoder) => decoder,
        Err(error) => return walk.fault(&Fault::of(&error)),
    };
    let head = MemberHead { name: inner_name(name), ..MemberHead::default() };
    let mut content = Arc::clone(&walk.meter).read(decoder);
    walk.member(&head, &mut content).map(|_| ())
}

fn decoder<'r>(
    format: Format,
    input: &'r mut (dyn BufRead + Send),
    window_bytes_max: u64,
) -> io::Result<Box<dyn Read + Send + 'r>> {
    let window_kib_max = u32::try_from(window_bytes_max >> 10).unwrap_or(u32::MAX);
    Ok(match format {
        Format::Gzip => Box::new(GzipMembers::new(input)),
        Format::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        Format::Xz => Box::new(XzReader::new_mem_limit(input, true, window_kib_max)),
        Format::Lzma => Box::new(LzmaReader::new_mem_limit(input, window_kib_max, None)?),
        Format::Lzip => Box::new(LzipReader::new(input)),
        Format::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(window_bytes_max.max(1 << 10).ilog2())?;
            Box::new(decoder)
        }
        Format::Lz4 => Box::new(Lz4Frames(FrameDecoder::new(input))),
        Format::Compress => Box::new(CompressReader::new(input)?),
        _ => return Err(Fault::new(ProblemKind::Unsupported, "no compressed stream").into()),
    })
}

/// Frames one after the other; the decoder stops after each.
struct Lz4Frames<R: Read>(FrameDecoder<R>);

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.0.read(out)?;
            if count > 0 || out.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(count);
            }
        }
    }
}

/// `a/b.tar.gz` gives `b.tar`, `b.tgz` too; a name without a known ending stays.
fn inner_name(name: &str) -> String {
    const ENDINGS: &[&str] = &[".gz", ".bz2", ".xz", ".lzma", ".lz", ".zst", ".lz4", ".Z"];
    const TARS: &[&str] = &[".tgz", ".tbz2", ".tbz", ".txz", ".tlz", ".tzst", ".taz"];
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    for ending in TARS {
        if let Some(stem) = last.strip_suffix(ending) {
            return format!("{stem}.tar");
        }
    }
    ENDINGS
        .iter()
        .find_map(|ending| last.strip_suffix(ending))
        .filter(|stem| !stem.is_empty())
        .unwrap_or(last)
        .to_owned()
}
