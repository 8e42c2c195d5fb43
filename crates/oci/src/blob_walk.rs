//! One walk over a blob: read, hash, decompress, hash, parse, on one or two threads.

use crate::compression::{Compression, Decoded, Decoder};
use crate::hash::Hasher;
use crate::layer_tar::{TarEnd, WalkNotes, walk_tar};
use crate::tar_reader::TarInput;
use crate::unpacked::{BUFFER_BYTES, BUFFERS, InlineFeed, Input, ThreadFeed, produce};
use crate::{LayerThreads, Mismatch, Outcome, Visitor};
use model::{Digest, Gap, GapReason, Limits};
use std::io::{self, Read};
use std::sync::mpsc::{channel, sync_channel};

/// What a blob should be.
#[derive(Clone, Debug)]
pub(crate) struct BlobFacts<'a> {
    pub(crate) digest: Option<&'a Digest>,
    pub(crate) diff_id: Option<&'a Digest>,
    pub(crate) media_type: &'a str,
    pub(crate) size_bytes: Option<u64>,
}

/// What a walk over a blob proved.
pub(crate) struct BlobWalk {
    pub(crate) outcome: Outcome,
    /// Its digest, when it was read to its end.
    pub(crate) digest: Option<Digest>,
    /// The digest of what it unpacks to, when that was read to its end.
    pub(crate) diff_id: Option<Digest>,
}

/// Walks a blob and verifies its digests. All bytes to the end of the blob are hashed, also those after the
/// end of the tar, unless the visitor cancels.
pub(crate) fn walk_blob(
    reader: &mut (dyn Read + Send),
    facts: &BlobFacts<'_>,
    threads: LayerThreads,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<BlobWalk> {
    let size_bytes_max = facts.size_bytes.unwrap_or(limits.layer_bytes_max);
    let decoder = Decoder::new(reader, facts.digest, size_bytes_max, limits)?;
    let compression = decoder.compression();
    // A plain blob is its own diff id, so it is hashed once.
    let algorithm = |digest: Option<&Digest>| digest.map_or("sha256", Digest::algorithm).to_owned();
    let is_hashed_once =
        compression == Compression::Plain && algorithm(facts.digest) == algorithm(facts.diff_id);
    let hasher = (!is_hashed_once).then(|| Hasher::like(facts.diff_id));
    let is_small = facts.size_bytes.is_some_and(|bytes| bytes < BUFFER_BYTES as u64);
    let (parsed, decoded) = if threads == LayerThreads::One || is_small {
        let mut input = Input::new(InlineFeed::new(decoder), hasher);
        let parsed = parse(&mut input, limits, visitor);
        let is_cancelled = matches!(parsed.end, TarEnd::Cancelled { .. });
        (parsed.with_hash(input.hasher.take()), (!is_cancelled).then(|| input.feed.decoder.finish()))
    } else {
        walk_with_two_threads(decoder, hasher, limits, visitor)?
    };
    Ok(judge(parsed, decoded, facts, is_hashed_once))
}

fn walk_with_two_threads(
    decoder: Decoder<'_>,
    hasher: Option<Hasher>,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<(Parsed, Option<Decoded>)> {
    let (full, filled) = sync_channel(BUFFERS);
    let (used, recycled) = channel();
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("layer".to_owned());
        let producer = builder.spawn_scoped(scope, move || produce(decoder, &full, &recycled))?;
        let mut input = Input::new(ThreadFeed { filled, used }, hasher);
        let parsed = parse(&mut input, limits, visitor);
        let hasher = input.hasher.take();
        // The producer ends when nobody listens any more.
        drop(input);
        let decoded = producer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((parsed.with_hash(hasher), decoded))
    })
}

/// What the parsing side saw.
struct Parsed {
    notes: WalkNotes,
    end: TarEnd,
    bytes_after_end: u64,
    diff_id: Option<Digest>,
}

impl Parsed {
    fn with_hash(mut self, hasher: Option<Hasher>) -> Self {
        self.diff_id = hasher.map(Hasher::finish);
        self
    }
}

fn parse(input: &mut dyn TarInput, limits: &Limits, visitor: &mut dyn Visitor) -> Parsed {
    let mut notes = WalkNotes::default();
    let mut end = walk_tar(input, limits, visitor, &mut notes);
    let mut bytes_after_end = 0;
    while !matches!(end, TarEnd::Cancelled { .. }) {
        let Ok(rest) = input.fill_buf() else { break };
        if rest.is_empty() {
            break;
        }
        let count = rest.len();
        if bytes_after_end > 0 || !is_zero(rest) {
            bytes_after_end += count as u64;
        }
        input.consume(count);
        if visitor.is_cancelled() {
            end = TarEnd::Cancelled { offset: 0 };
        }
    }
    Parsed { notes, end, bytes_after_end, diff_id: None }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(4_096).all(|chunk| chunk.iter().fold(0, |all, byte| all | byte) == 0)
}

fn judge(parsed: Parsed, decoded: Option<Decoded>, facts: &BlobFacts<'_>, is_hashed_once: bool) -> BlobWalk {
    let WalkNotes { mut gaps, bad_links } = parsed.notes;
    let mut outcome = Outcome { bad_links, ..Outcome::default() };
    let Some(decoded) = decoded else {
        let what = "rest of the layer";
        gaps.push(Gap::new(
            what,
            GapReason::LimitReached,
            "the walk was stopped, and the digests were not verified",
        ));
        outcome.gaps = gaps.finish();
        return BlobWalk { outcome, digest: None, diff_id: None };
    };
    outcome.bytes_read = decoded.out_bytes;
    let is_whole = decoded.failure.is_none();
    let diff_id = if is_hashed_once { decoded.blob_digest.clone() } else { parsed.diff_id };
    let diff_id = diff_id.filter(|_| is_whole);
    let mut is_verified = false;
    for (what, expected, actual) in
        [("blob", facts.digest, &decoded.blob_digest), ("diff id", facts.diff_id, &diff_id)]
    {
        match (expected, actual) {
            (Some(expected), Some(actual)) if expected != actual => {
                outcome.mismatches.push(Mismatch {
                    what,
                    expected: expected.clone(),
                    actual: actual.clone(),
                });
            }
            (Some(_), Some(_)) => is_verified = true,
            _ => {}
        }
    }
    let promised = Compression::promised(facts.media_type);
    if promised.is_some_and(|promised| promised != decoded.compression) && decoded.out_bytes > 0 {
        let detail = format!(
            "the media type {} is wrong: the blob is {}",
            facts.media_type,
            decoded.compression.name()
        );
        gaps.push(Gap::new("media type of the layer", GapReason::Malformed, detail));
    }
    match parsed.end {
        // What cut the stream is the better explanation.
        TarEnd::Truncated { .. } | TarEnd::WithoutMarker { .. } if !is_whole => {}
        TarEnd::Truncated { offset, problem } => {
            gaps.push(Gap::new(format!("layer from byte {offset} on"), GapReason::Truncated, problem));
        }
        // Some writers leave the marker out; a digest proves that nothing is missing.
        TarEnd::WithoutMarker { offset } if !is_verified => {
            let detail = "the tar ends without an end marker, and no digest tells whether it is whole";
            gaps.push(Gap::new(format!("layer from byte {offset} on"), GapReason::Truncated, detail));
        }
        TarEnd::Complete if parsed.bytes_after_end > 0 => {
            let detail = format!(
                "{} bytes after the end of the tar, which container engines ignore",
                parsed.bytes_after_end
            );
            gaps.push(Gap::new("rest of the layer", GapReason::Malformed, detail));
        }
        _ => {}
    }
    if let Some(failure) = decoded.failure {
        gaps.push(failure);
    }
    outcome.gaps = gaps.finish();
    BlobWalk { outcome, digest: decoded.blob_digest, diff_id }
}
