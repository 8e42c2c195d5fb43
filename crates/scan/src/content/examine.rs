//! The bytes of one file, shown to every detector that wants them, and so the members of archives in it.

use super::large::LargeFile;
use content::{Budget, Detector, FileClass, FileView, Halt, Hit, Pieces, Sifted, classify};
use model::{Gap, GapReason, LayerPath, Limits};
use sha2::{Digest as _, Sha256};
use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Hits of one file that are kept.
const HITS_MAX: usize = 200;
/// Bytes of members of one archive that are in memory at a time.
const HELD_BYTES_MAX: u64 = 64 << 20;

/// What the detectors saw in one file and its members.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Examined {
    /// Hits with the path inside archives.
    pub(crate) hits: Vec<(Vec<String>, Hit)>,
    /// What was not looked at.
    pub(crate) gaps: Vec<Gap>,
    /// Members of archives that were looked at.
    pub(crate) members: u64,
}

/// The bytes of a file.
pub(crate) enum Shown<'a> {
    /// All of them.
    Bytes(&'a [u8]),
    /// Those of a file that is not held, unless somebody needs it as a whole.
    Large {
        /// The file.
        file: &'a LargeFile,
        /// How many bytes of it are looked through.
        length: u64,
        /// Their digest.
        sha256: [u8; 32],
    },
}

impl Shown<'_> {
    pub(crate) const fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Large { length, .. } => *length,
        }
    }

    pub(crate) fn sha256(&self) -> [u8; 32] {
        match self {
            Self::Bytes(bytes) => Sha256::digest(bytes).into(),
            Self::Large { sha256, .. } => *sha256,
        }
    }
}

/// Shows a file to the detectors, and, when it is an archive, its members.
pub(crate) fn examine(
    detectors: &[Arc<dyn Detector>],
    file: &FileView<'_>,
    shown: &Shown<'_>,
    limits: &Limits,
) -> Examined {
    let mut examined = Examined::default();
    // Nothing can be told of an archive by its beginning alone.
    let is_opened = file.class == FileClass::Archive && shown.len() >= file.size && !detectors.is_empty();
    match *shown {
        Shown::Bytes(bytes) => {
            show(detectors, file, bytes, limits, &mut examined);
            if is_opened {
                open(detectors, file, bytes, limits, &mut examined);
            }
        }
        Shown::Large { file: large, length, .. } => {
            let whole = Whole { large, length, bytes: OnceCell::new() };
            show(detectors, file, &whole, limits, &mut examined);
            if is_opened {
                match whole.bytes() {
                    Ok(bytes) => open(detectors, file, bytes, limits, &mut examined),
                    Err(halt) => {
                        examined.gaps.push(Gap::new(file.path.to_string(), halt.reason, halt.detail));
                    }
                }
            }
        }
    }
    if examined.hits.len() > HITS_MAX {
        let detail = format!("{} hits in one file, the limit is {HITS_MAX}", examined.hits.len());
        examined.gaps.push(Gap::new(file.path.to_string(), GapReason::LimitReached, detail));
        examined.hits.sort_by_key(|(_, hit)| std::cmp::Reverse(hit.severity));
        examined.hits.truncate(HITS_MAX);
    }
    examined
}

/// What a detector is shown.
trait Showing {
    fn to(
        &self,
        detector: &dyn Detector,
        file: &FileView<'_>,
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt>;
}

impl Showing for [u8] {
    fn to(
        &self,
        detector: &dyn Detector,
        file: &FileView<'_>,
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        detector.examine(file, self, budget, hits)
    }
}

/// A file that is not held, unless a detector needs it as a whole.
struct Whole<'a> {
    large: &'a LargeFile,
    length: u64,
    bytes: OnceCell<Result<Vec<u8>, Halt>>,
}

impl Whole<'_> {
    fn bytes(&self) -> Result<&[u8], Halt> {
        let read = || {
            let length = usize::try_from(self.length).unwrap_or(usize::MAX);
            self.large.head(length).map_err(|error| Halt::unreadable(&error))
        };
        self.bytes.get_or_init(read).as_deref().map_err(Clone::clone)
    }
}

impl Showing for Whole<'_> {
    fn to(
        &self,
        detector: &dyn Detector,
        file: &FileView<'_>,
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let read_at = |at: u64, buffer: &mut [u8]| self.large.read_at(at, buffer);
        // Once it is held, it need not be read again.
        if self.bytes.get().is_none()
            && detector.sift(file, &Pieces::new(self.length, &read_at), budget, hits)? == Sifted::Judged
        {
            return Ok(());
        }
        detector.examine(file, self.bytes()?, budget, hits)
    }
}

fn show<S: Showing + ?Sized>(
    detectors: &[Arc<dyn Detector>],
    file: &FileView<'_>,
    bytes: &S,
    limits: &Limits,
    examined: &mut Examined,
) {
    // Credentials that an earlier detector found in this file: one credential is one finding.
    let mut known: Vec<String> = Vec::new();
    for detector in detectors.iter().filter(|detector| detector.wants(file)) {
        let mut hits = Vec::new();
        let budget = Budget::new(Duration::from_secs(limits.file_secs_max));
        // A defect of one detector must not cost the answers of the others.
        let result = catch_unwind(AssertUnwindSafe(|| bytes.to(detector.as_ref(), file, &budget, &mut hits)));
        let gap = match result {
            Ok(Ok(())) => None,
            Ok(Err(halt)) => Some((halt.reason, halt.detail)),
            Err(_) => Some((GapReason::Internal, "panicked; please report this file".to_owned())),
        };
        if let Some((reason, detail)) = gap {
            let detail = format!("{}: {detail}", detector.name());
            examined.gaps.push(Gap::new(shown(file.path, file.nested), reason, detail));
        }
        hits.retain(|hit| hit.clear.is_empty() || !hit.clear.iter().all(|secret| is_known(secret, &known)));
        known.extend(hits.iter().flat_map(|hit| hit.clear.iter().cloned()));
        examined.hits.extend(hits.into_iter().map(|hit| (file.nested.to_vec(), hit)));
    }
}

/// Whether a credential is one of these, or one of them is the greater part of the other (a line with its key).
fn is_known(secret: &str, known: &[String]) -> bool {
    known.iter().any(|other| {
        let (short, long) =
            if secret.len() < other.len() { (secret, other.as_str()) } else { (other.as_str(), secret) };
        short.len() >= 4 && long.contains(short)
    })
}

fn open(
    detectors: &[Arc<dyn Detector>],
    file: &FileView<'_>,
    bytes: &[u8],
    limits: &Limits,
    examined: &mut Examined,
) {
    let budget = Budget::new(Duration::from_secs(limits.file_secs_max.saturating_mul(4)));
    let archive_limits =
        archives::ArchiveLimits { held_bytes_max: HELD_BYTES_MAX, ..archives::ArchiveLimits::from(limits) };
    let mut from_members = Examined::default();
    let opened = catch_unwind(AssertUnwindSafe(|| {
        archives::open(file.inner_path(), bytes, &archive_limits, &budget, &mut |member| {
            let inner = LayerPath::new(member.nested.last().map_or("", String::as_str));
            let view = FileView {
                path: file.path,
                nested: member.nested,
                class: classify(&inner, &member.bytes[..member.bytes.len().min(content::HEAD_BYTES)]),
                size: member.size,
                mode: member.mode,
                uid: member.uid,
                package: file.package,
                is_verified: false,
            };
            from_members.members += 1;
            show(detectors, &view, member.bytes, limits, &mut from_members);
            ControlFlow::Continue(())
        })
    }));
    match opened {
        Ok(outcome) => {
            let hidden = outcome.problems.iter().filter(|problem| problem.kind.hides_content());
            examined.gaps.extend(hidden.map(|problem| {
                Gap::new(shown(file.path, &problem.nested), problem.kind.reason(), problem.detail.clone())
            }));
            if outcome.problems_more > 0 {
                let detail = format!("{} more problems of this archive", outcome.problems_more);
                examined.gaps.push(Gap::new(file.path.to_string(), GapReason::LimitReached, detail));
            }
        }
        Err(_) => {
            let detail = "the archive reader panicked; please report this file";
            examined.gaps.push(Gap::new(file.path.to_string(), GapReason::Internal, detail));
        }
    }
    examined.members += from_members.members;
    examined.hits.append(&mut from_members.hits);
    examined.gaps.append(&mut from_members.gaps);
}

fn shown(path: &LayerPath, nested: &[String]) -> String {
    let mut text = path.to_string();
    for name in nested {
        text.push('!');
        text.push_str(name);
    }
    text
}
