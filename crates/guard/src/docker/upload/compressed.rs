//! Compressed archives, unpacked as they come: the kinds that engines take (moby `pkg/archive`, `DetectCompression`).

use super::xz::Xz;
use crate::filter::Passed;
use calls::Refusal;
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation as _, OutBuffer};

/// So many first bytes tell the kind.
pub(super) const MAGIC_BYTES: usize = 6;
/// Frames of zstd may ask for a window of 2 to this power: 32 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 25;
/// The window of gzip (RFC 1951), and that its own header is read (zlib.h, `inflateInit2`).
const GZIP_WINDOW_BITS: u8 = 15;

/// How an archive is compressed.
pub(super) enum Compression {
    None,
    Gzip(Box<Decompress>, Between),
    Bzip2(Box<bzip2::Decompress>, Between),
    Zstd(Box<Decoder<'static>>, Between),
    Xz(Xz),
}

/// Whether a stream is at its end, where another one may follow or everything may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    Inside,
    Streams,
}

impl std::fmt::Debug for Compression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Gzip(..) => "gzip",
            Self::Bzip2(..) => "bzip2",
            Self::Zstd(..) => "zstd",
            Self::Xz(_) => "xz",
        })
    }
}

impl Compression {
    pub(super) fn of(begin: &[u8]) -> Result<Self, Refusal> {
        Ok(match begin {
            [0x1f, 0x8b, 8, ..] => {
                Self::Gzip(Box::new(Decompress::new_gzip(GZIP_WINDOW_BITS)), Between::Inside)
            }
            [b'B', b'Z', b'h', ..] => Self::Bzip2(Box::new(bzip2::Decompress::new(false)), Between::Inside),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                let mut decoder = Decoder::new().map_err(|_| broken())?;
                decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX)).map_err(|_| broken())?;
                Self::Zstd(Box::new(decoder), Between::Inside)
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz(Xz::new().map_err(|_| broken())?),
            _ => Self::None,
        })
    }

    /// The body ends; whether it may.
    pub(super) fn ends(&mut self) -> bool {
        match self {
            Self::Xz(xz) => xz.ends(),
            other => other.is_between(),
        }
    }

    fn is_between(&self) -> bool {
        match self {
            Self::None => true,
            Self::Gzip(_, at) | Self::Bzip2(_, at) | Self::Zstd(_, at) => *at == Between::Streams,
            Self::Xz(_) => false,
        }
    }

    /// Unpacks until all is used or `out` holds as much as it may.
    pub(super) fn run(
        &mut self,
        content: &[u8],
        out: &mut Vec<u8>,
        out_bytes: usize,
    ) -> Result<Passed, Refusal> {
        if let Self::Xz(xz) = self {
            return xz.run(content, out, out_bytes);
        }
        out.reserve(out_bytes);
        let mut used = 0;
        loop {
            let rest = &content[used..];
            let room = out_bytes.saturating_sub(out.len());
            if room == 0 {
                return Ok(Passed { used, is_full: true });
            }
            if rest.is_empty() && self.is_between() {
                return Ok(Passed { used, is_full: false });
            }
            let before = out.len();
            let taken = self.step(rest, out, room)?;
            used += taken;
            if taken == 0 && out.len() == before {
                if !rest.is_empty() {
                    return Err(broken());
                }
                return Ok(Passed { used, is_full: false });
            }
        }
    }

    /// One call of the library; how many bytes it took.
    fn step(&mut self, rest: &[u8], out: &mut Vec<u8>, room: usize) -> Result<usize, Refusal> {
        let start = out.len();
        out.resize(start + room, 0);
        let (taken, written) = match self {
            Self::None | Self::Xz(_) => (0, 0),
            Self::Gzip(stream, at) => {
                if *at == Between::Streams {
                    **stream = Decompress::new_gzip(GZIP_WINDOW_BITS);
                    *at = Between::Inside;
                }
                let (taken, written) = (stream.total_in(), stream.total_out());
                let status = stream.decompress(rest, &mut out[start..], FlushDecompress::None);
                if status.map_err(|_| broken())? == Status::StreamEnd {
                    *at = Between::Streams;
                }
                (stream.total_in() - taken, stream.total_out() - written)
            }
            Self::Bzip2(stream, at) => {
                if *at == Between::Streams {
                    **stream = bzip2::Decompress::new(false);
                    *at = Between::Inside;
                }
                let (taken, written) = (stream.total_in(), stream.total_out());
                let status = stream.decompress(rest, &mut out[start..]).map_err(|_| broken())?;
                if status == bzip2::Status::StreamEnd {
                    *at = Between::Streams;
                }
                (stream.total_in() - taken, stream.total_out() - written)
            }
            Self::Zstd(decoder, at) => {
                let mut input = InBuffer::around(rest);
                let mut output = OutBuffer::around(&mut out[start..]);
                let hint = decoder.run(&mut input, &mut output).map_err(|_| broken())?;
                // 0 says that a frame is read and written whole (zstd.h, `ZSTD_decompressStream`).
                *at = if hint == 0 { Between::Streams } else { Between::Inside };
                (input.pos() as u64, output.pos() as u64)
            }
        };
        let size = |number: u64| usize::try_from(number).unwrap_or_default();
        out.truncate(start + size(written));
        Ok(size(taken))
    }
}

pub(super) fn broken() -> Refusal {
    let message = "the archive's compression is not understood".to_owned();
    Refusal { status: 400, message, reason: "archive-compression" }
}

pub(super) fn cut_off() -> Refusal {
    let message = "the compressed archive is cut off".to_owned();
    Refusal { status: 400, message, reason: "archive-cut-off" }
}
