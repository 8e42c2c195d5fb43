//! Whether a manifest or a blob may leave.

use super::{exchange::Exchange, reply::Failure};
use crate::verdicts::{ImageAsked, Judgement, Known};
use access::{Admission, Mode, Right};
use distribution::{Code, Document, Kind, Refusal, Repository, Tag};
use model::Digest;
use std::time::Duration;

/// Reasons that are told one by one.
const REASONS_MAX: usize = 5;
/// A client comes again after so many seconds.
const RETRY_SECS: u32 = 5;

impl Exchange<'_> {
    fn admission(&self, repository: &Repository) -> Admission {
        let mut admission = self.access.admission(repository.as_str());
        if self.guard.verdicts.is_none() {
            admission.mode = Mode::Off;
        }
        admission
    }

    /// Lets a manifest leave, or not. Nothing is decided by tag: it only tells what an index without a type is for.
    pub(crate) fn admit_manifest(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        document: &Document,
        tag: Option<&Tag>,
    ) -> Result<(), Failure> {
        let admission = self.admission(repository);
        self.guard.shelf.put(repository.as_str(), digest, document);
        if admission.mode == Mode::Off {
            return Ok(());
        }
        match document.kind {
            // They are what verdicts are made from; their blobs are looked at when they leave (G13).
            Kind::Attestation => Ok(()),
            Kind::Artifact => self.admit_artifact(&admission, document.declared_type()),
            Kind::Index if document.manifests.iter().any(|part| part.has_data) => {
                // A manifest that hides inside an index would leave unjudged.
                self.hold(&admission, "index-with-data", "the index carries manifests inside its descriptors")
            }
            // The list of what refers to an image, for registries without referrers.
            Kind::Index if tag.is_some_and(Tag::is_of_attestations) => Ok(()),
            Kind::Index | Kind::Image => self.admit_image(&admission, repository, digest, document.kind),
        }
    }

    /// Lets a blob leave when a manifest of this repository that may leave refers to it (G8). Returns whether its content must be
    /// that of an attestation.
    pub(crate) fn admit_blob(&mut self, repository: &Repository, digest: &Digest) -> Result<bool, Failure> {
        let admission = self.admission(repository);
        if admission.mode == Mode::Off {
            return Ok(false);
        }
        let referrers = self.guard.shelf.referrers(repository.as_str(), digest);
        if referrers.is_empty() {
            let message = "no manifest that was pulled from this repository refers to the blob (hint: pull the manifest first)";
            self.hold(&admission, "blob-not-referenced", message)?;
            return Ok(false);
        }
        // Images first: their content is what was judged, whatever it looks like.
        let mut last = None;
        for referrer in referrers.iter().filter(|referrer| referrer.kind == Kind::Image) {
            match self.admit_image(&admission, repository, &referrer.manifest, Kind::Image) {
                Ok(()) => return Ok(false),
                Err(failure) => last = Some(failure),
            }
        }
        for referrer in referrers.iter().filter(|referrer| referrer.kind == Kind::Artifact) {
            match self.admit_artifact(&admission, &referrer.declared_type) {
                Ok(()) => return Ok(false),
                Err(failure) => last = Some(failure),
            }
        }
        if referrers.iter().any(|referrer| referrer.kind == Kind::Attestation) {
            return Ok(true);
        }
        Err(last.unwrap_or_else(|| {
            Failure::denied("blob-not-referenced", "an index is no reason for a blob to leave")
        }))
    }

    fn admit_image(
        &mut self,
        admission: &Admission,
        repository: &Repository,
        digest: &Digest,
        kind: Kind,
    ) -> Result<(), Failure> {
        let Some(verdicts) = &self.guard.verdicts else { return Ok(()) };
        let parents = self.guard.shelf.parents(repository.as_str(), digest);
        let asked = ImageAsked {
            repository: repository.to_string(),
            digest: digest.clone(),
            is_index: kind == Kind::Index,
            parents,
        };
        let wait = match admission.mode {
            // Nobody waits for a warning; the next pull has it.
            Mode::Warn => Duration::from_secs(admission.wait_secs.min(1).into()),
            _ => Duration::from_secs(admission.wait_secs.into()),
        };
        match verdicts.of(&asked, wait) {
            Known::Pending => {
                let message = format!("{repository}@{digest} is being looked at; try again");
                self.unready(admission, "not-judged", message)
            }
            Known::Judged(judgement) => match &*judgement {
                Judgement::Passed { warnings } => {
                    for warning in warnings {
                        self.warn(warning.clone());
                    }
                    Ok(())
                }
                Judgement::Failed { reasons, .. } => {
                    let mut words: Vec<&str> = reasons.iter().take(REASONS_MAX).map(String::as_str).collect();
                    let more = format!("and {} more", reasons.len().saturating_sub(REASONS_MAX));
                    if reasons.len() > REASONS_MAX {
                        words.push(&more);
                    }
                    let message = format!("{repository}@{digest} did not pass: {}", words.join("; "));
                    self.hold(admission, "not-passed", &message)
                }
                Judgement::Unknown { reason } => {
                    let message = format!("{repository}@{digest} could not be judged: {reason}");
                    self.unready(admission, "judging-failed", message)
                }
            },
        }
    }

    fn admit_artifact(&mut self, admission: &Admission, kind: &str) -> Result<(), Failure> {
        if admission.artifacts.iter().any(|allowed| allowed == kind) {
            return Ok(());
        }
        let message = format!(
            "it is no image but '{kind}', of which nothing can be said (hint: 'artifacts' of 'admission' in the access file)"
        );
        self.hold(admission, "artifact-not-allowed", &message)
    }

    fn hold(&mut self, admission: &Admission, reason: &'static str, message: &str) -> Result<(), Failure> {
        if admission.mode == Mode::Warn {
            self.warn(message.to_owned());
            return Ok(());
        }
        Err(Failure::denied(reason, message))
    }

    fn unready(
        &mut self,
        admission: &Admission,
        reason: &'static str,
        message: String,
    ) -> Result<(), Failure> {
        if admission.mode == Mode::Warn {
            self.warn(message);
            return Ok(());
        }
        let refusal = Refusal::new(503, Code::Unavailable, reason, message);
        Err(Failure::Refused(refusal, vec![("Retry-After", RETRY_SECS.to_string())]))
    }

    /// What is said to those who may push and look whether something is there: they are never held back (G9).
    pub(crate) fn warn_pusher(&mut self, repository: &Repository, digest: &Digest) {
        let Some(verdicts) = &self.guard.verdicts else { return };
        match verdicts.known(repository.as_str(), digest).as_deref() {
            Some(Judgement::Passed { .. }) => {}
            Some(Judgement::Failed { reasons, .. }) => {
                let first = reasons.first().map_or("", String::as_str);
                self.warn(format!("{repository}@{digest} did not pass and cannot be pulled: {first}"));
            }
            Some(Judgement::Unknown { .. }) | None => {
                self.warn(format!("{repository}@{digest} is not judged yet"));
            }
        }
    }

    /// Whether the client may look at a manifest to sign it: it may sign by the access file, and nothing is missing but that.
    pub(crate) fn is_to_sign(&self, repository: &Repository, digest: &Digest) -> bool {
        let known =
            self.guard.verdicts.as_ref().and_then(|verdicts| verdicts.known(repository.as_str(), digest));
        let is_missing =
            matches!(known.as_deref(), Some(Judgement::Failed { lacks_signature_alone: true, .. }));
        is_missing && self.rights(repository).has(Right::Sign)
    }

    /// Whether the client only looks what is there before it pushes.
    pub(crate) fn is_pusher(&self, repository: &Repository) -> bool {
        self.may(repository, Right::Push) || self.may(repository, Right::Sign)
    }

    /// Begins judging what was pushed, so that the first pull need not wait.
    pub(crate) fn judge_soon(&self, repository: &Repository, digest: &Digest, kind: Kind) {
        let is_wanted =
            matches!(kind, Kind::Image | Kind::Index) && self.admission(repository).mode != Mode::Off;
        if let (true, Some(verdicts)) = (is_wanted, &self.guard.verdicts) {
            let asked = ImageAsked {
                repository: repository.to_string(),
                digest: digest.clone(),
                is_index: kind == Kind::Index,
                parents: self.guard.shelf.parents(repository.as_str(), digest),
            };
            let _ = verdicts.of(&asked, Duration::ZERO);
        }
    }
}
