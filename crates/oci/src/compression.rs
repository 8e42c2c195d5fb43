//! What a blob is compressed with.

use crate::hash::Hasher;
use crate::source::Source;
use flate2::bufread::GzDecoder;
use model::{Digest, Gap, GapReason, Limits};
use std::io::{self, BufRead, Read};

/// The form of a blob, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// One that is known but not read.
    Unsupported(&'static str),
}

/// Bytes that tell what a blob is compressed with.
pub(crate) const MAGIC_BYTES: usize = 6;

impl Compression {
    /// What the first [`MAGIC_BYTES`] tell. A skippable frame may come before the first one of zstd (RFC 8878,
    /// section 3.1.2).
    pub(crate) fn detect(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', ..] => Self::Unsupported("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Unsupported("xz"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Unsupported("lz4"),
            _ => Self::Plain,
        }
    }

    /// What a media type promises, when it promises something (OCI image-spec, layer.md, "+gzip Media Types",
    /// "+zstd Media Types"; Docker's `.tar.gzip`).
    pub(crate) fn promised(media_type: &str) -> Option<Self> {
        let media_type = media_type.trim_end_matches("+encrypted");
        if media_type.ends_with("+gzip") || media_type.ends_with(".gzip") {
            Some(Self::Gzip)
        } else if media_type.ends_with("+zstd") || media_type.ends_with(".zstd") {
            Some(Self::Zstd)
        } else if media_type.ends_with(".tar") {
            Some(Self::Plain)
        } else {
            None
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "not compressed",
            Self::Gzip => "compressed with gzip",
            Self::Zstd => "compressed with zstd",
            Self::Unsupported(name) => name,
        }
    }
}

/// Decompressed bytes after which the ratio is looked at: small blobs may be all zeros.
const RATIO_FREE_BYTES: u64 = 64 << 20;
/// Windows of up to 128 MiB are accepted, as by the `zstd` tool without `--long`.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// The decompressed bytes of a blob. It never fails: what stops it early is its [`Decoded::failure`].
pub(crate) struct Decoder<'a> {
    state: State<'a>,
    out_bytes: u64,
    bytes_max: u64,
    ratio_max: u64,
    compression: Compression,
    failure: Option<Gap>,
}

enum State<'a> {
    Plain(Source<'a>),
    Gzip(Box<GzDecoder<Source<'a>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Source<'a>>>),
    Over(Source<'a>),
}

/// What is known of a blob after it was read.
pub(crate) struct Decoded {
    /// Its digest, when it was read to its end.
    pub(crate) blob_digest: Option<Digest>,
    pub(crate) compression: Compression,
    pub(crate) out_bytes: u64,
    /// Why not everything was decompressed.
    pub(crate) failure: Option<Gap>,
}

impl<'a> Decoder<'a> {
    /// A decoder of `reader`, of which no more than `size_bytes_max` bytes are read. The blob is hashed with the
    /// algorithm of `digest`.
    pub(crate) fn new(
        reader: &'a mut (dyn Read + Send),
        digest: Option<&Digest>,
        size_bytes_max: u64,
        limits: &Limits,
    ) -> io::Result<Self> {
        let mut source = Source::new(reader, Hasher::like(digest), size_bytes_max);
        let compression = Compression::detect(source.peek(MAGIC_BYTES)?);
        let mut failure = None;
        let state = match compression {
            Compression::Plain => State::Plain(source),
            Compression::Gzip => State::Gzip(Box::new(GzDecoder::new(source))),
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(source)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                State::Zstd(Box::new(decoder))
            }
            Compression::Unsupported(name) => {
                let detail = format!("layers compressed with {name} are not read");
                failure = Some(Gap::new("layer", GapReason::Unsupported, detail));
                State::Over(source)
            }
        };
        let (bytes_max, ratio_max) = (limits.layer_bytes_max, limits.compression_ratio_max);
        Ok(Self { state, out_bytes: 0, bytes_max, ratio_max, compression, failure })
    }

    pub(crate) fn compression(&self) -> Compression {
        self.compression
    }

    pub(crate) fn failure(&self) -> Option<&Gap> {
        self.failure.as_ref()
    }

    /// The next decompressed bytes; 0 is the end, of whatever kind.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < buffer.len() && self.failure.is_none() {
            match self.step(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => {
                    filled += count;
                    self.out_bytes += count as u64;
                    self.check_limits();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.fail(&error),
            }
        }
        filled
    }

    /// Reads the rest of the blob for its digest.
    pub(crate) fn finish(mut self) -> Decoded {
        let mut source = match self.state {
            State::Plain(source) | State::Over(source) => source,
            State::Gzip(decoder) => decoder.into_inner(),
            State::Zstd(decoder) => decoder.finish(),
        };
        let drained = source.drain();
        if let (Err(error), None) = (&drained, &self.failure) {
            let what = format!("layer from byte {} on", self.out_bytes);
            let is_limit = error.kind() == io::ErrorKind::FileTooLarge;
            let reason = if is_limit { GapReason::LimitReached } else { GapReason::Unreadable };
            self.failure = Some(Gap::new(what, reason, error.to_string()));
        }
        let blob_digest = drained.is_ok().then(|| source.into_digest());
        Decoded {
            blob_digest,
            compression: self.compression,
            out_bytes: self.out_bytes,
            failure: self.failure,
        }
    }

    fn step(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Plain(source) => source.read(buffer),
            State::Zstd(decoder) => decoder.read(buffer),
            State::Over(_) => Ok(0),
            State::Gzip(decoder) => loop {
                let count = decoder.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                // RFC 1952, section 2.2: members may follow one another. Zeros after the last are padding.
                let rest = decoder.get_mut().fill_buf()?;
                match rest.iter().position(|byte| *byte != 0) {
                    Some(0) if rest[0] == 0x1f => {
                        let source = decoder.reset(Source::empty());
                        decoder.reset(source);
                    }
                    Some(_) => {
                        return Err(io::Error::new(
                            io::ErrorKind::InvalidInput,
                            "garbage after the last gzip member",
                        ));
                    }
                    None if rest.is_empty() => return Ok(0),
                    None => {
                        let zeros = rest.len();
                        decoder.get_mut().consume(zeros);
                    }
                }
            },
        }
    }

    fn check_limits(&mut self) {
        let read = match &self.state {
            State::Plain(_) | State::Over(_) => self.out_bytes,
            State::Gzip(decoder) => decoder.get_ref().bytes_read(),
            State::Zstd(decoder) => decoder.get_ref().bytes_read(),
        };
        let detail = if self.out_bytes > self.bytes_max {
            format!("the layer unpacks to more than {} bytes (layer_bytes_max)", self.bytes_max)
        } else if self.out_bytes > RATIO_FREE_BYTES && self.out_bytes / read.max(1) > self.ratio_max {
            format!(
                "the layer unpacks to more than {} times its size (compression_ratio_max)",
                self.ratio_max
            )
        } else {
            return;
        };
        let what = format!("layer from byte {} on", self.out_bytes);
        self.failure = Some(Gap::new(what, GapReason::LimitReached, detail));
    }

    fn fail(&mut self, error: &io::Error) {
        let source_failed = match &self.state {
            State::Plain(source) | State::Over(source) => source.has_failed(),
            State::Gzip(decoder) => decoder.get_ref().has_failed(),
            State::Zstd(decoder) => decoder.get_ref().has_failed(),
        };
        let reason = match error.kind() {
            io::ErrorKind::FileTooLarge => GapReason::LimitReached,
            io::ErrorKind::UnexpectedEof => GapReason::Truncated,
            _ if source_failed => GapReason::Unreadable,
            _ => GapReason::Malformed,
        };
        let what = format!("layer from byte {} on", self.out_bytes);
        let detail = match reason {
            GapReason::Truncated => format!("the blob, {}, ends early", self.compression.name()),
            _ => format!("the blob, {}: {error}", self.compression.name()),
        };
        self.failure = Some(Gap::new(what, reason, detail));
    }
}
