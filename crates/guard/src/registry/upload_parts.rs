//! Bytes of uploads: they go on as they come, and are hashed and counted on the way (G12).

use super::{
    exchange::{Exchange, of_upstream},
    hashing::Hasher,
    reply::Failure,
    upload_sessions::Upload,
    upstream::Answer,
};
use crate::wire::Framing;
use distribution::{Code, ContentRange, Refusal, Repository};
use model::Digest;

/// A part of a blob on its way in.
pub(crate) struct Part<'a> {
    pub(crate) method: &'static str,
    /// What the registry calls the upload.
    pub(crate) target: &'a str,
    /// The digest of everything, when this is the end.
    pub(crate) expected: Option<&'a Digest>,
    /// Bytes that came before.
    pub(crate) before: u64,
    /// `Content-Range`, written anew.
    pub(crate) range: Option<&'a str>,
}

/// Parts up to this size end on their last piece, which is kept back until the digest is right.
const KEPT_BACK_BYTES: usize = 1;

impl Exchange<'_> {
    /// `Content-Range`, read and written anew.
    pub(crate) fn content_range(&self, upload: &Upload) -> Result<Option<String>, Failure> {
        let Some(text) = self.head.and_then(|head| head.field("content-range")) else { return Ok(None) };
        let range = ContentRange::parse(text)?;
        let length = range.last - range.first + 1;
        if matches!(self.body_framing(), Framing::Length(body) if body != length) {
            let message = "Content-Range and Content-Length say different things";
            return Err(Refusal::new(416, Code::SizeInvalid, "content-range", message).into());
        }
        if upload.hasher.is_some() && range.first != upload.size {
            let message = format!("the upload goes on at {}", upload.size);
            return Err(Refusal::new(416, Code::SizeInvalid, "content-range", message).into());
        }
        Ok(Some(format!("{}-{}", range.first, range.last)))
    }

    /// Passes a body on to the registry: as fast as it takes it, within the quota. When the digest of everything is known, the
    /// registry never gets the last byte of a blob that is another one.
    pub(crate) fn pass_part(
        &mut self,
        part: &Part<'_>,
        hasher: &mut Hasher,
        repository: &Repository,
    ) -> Result<(Answer, u64), Failure> {
        let quota = self.access.quota(repository.as_str());
        let used = self.guard.gauge.bytes_of(repository.as_str());
        let left = quota.repository_bytes_max.map_or(u64::MAX, |most| most.saturating_sub(used));
        let most = quota.blob_bytes_max.unwrap_or(u64::MAX).min(left).saturating_sub(part.before);
        let framing = self.body_framing();
        if matches!(framing, Framing::Length(length) if length > most) {
            return Err(too_much(most + part.before));
        }
        let mut fields = vec![("Content-Type", "application/octet-stream")];
        fields.extend(part.range.map(|range| ("Content-Range", range)));
        if framing == Framing::Length(0) {
            check(part.expected, hasher)?;
            let body = Some(&[][..]);
            return Ok((of_upstream(self.guard.upstream.ask(part.method, part.target, &fields, body))?, 0));
        }
        let upstream = &self.guard.upstream;
        let mut sending = of_upstream(upstream.begin(part.method, part.target, &fields, Some(framing)))?;
        let (mut size, mut kept_back) = (0_u64, Vec::with_capacity(KEPT_BACK_BYTES));
        while let Some(content) = self.content()? {
            size += content.len() as u64;
            if size > most {
                // Dropped here, the registry sees a body that breaks off.
                return Err(too_much(most + part.before));
            }
            hasher.update(content);
            if part.expected.is_some() {
                sending.send(&kept_back);
                kept_back.clear();
                let (now, later) = content.split_at(content.len() - KEPT_BACK_BYTES);
                sending.send(now);
                kept_back.extend_from_slice(later);
            } else {
                sending.send(content);
            }
            if sending.has_failed() {
                break;
            }
        }
        if !sending.has_failed() {
            check(part.expected, hasher)?;
            sending.send(&kept_back);
        }
        Ok((of_upstream(sending.answer())?, size))
    }

    /// Whether so much more may come into a repository.
    pub(crate) fn keep_quota(&self, repository: &Repository, bytes: u64) -> Result<(), Failure> {
        let most = self.access.quota(repository.as_str()).repository_bytes_max;
        let used = self.guard.gauge.bytes_of(repository.as_str());
        match most {
            Some(most) if used.saturating_add(bytes) > most => Err(too_much(most)),
            _ => Ok(()),
        }
    }
}

fn check(expected: Option<&Digest>, hasher: &Hasher) -> Result<(), Failure> {
    let Some(expected) = expected else { return Ok(()) };
    let found = hasher.clone().finish();
    if found == *expected {
        return Ok(());
    }
    let message = format!("the content is {found}");
    Err(Refusal::new(400, Code::DigestInvalid, "digest-wrong", message).into())
}

fn too_much(most: u64) -> Failure {
    let message = format!("more than the quota allows: {most} bytes");
    Refusal::new(413, Code::Denied, "quota", message).into()
}
