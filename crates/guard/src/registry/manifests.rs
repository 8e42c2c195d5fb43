//! Manifests on their way out, and their end.

use super::{
    exchange::{Exchange, of_upstream},
    hashing::digest_of,
    reply::{Failure, Reply},
};
use access::Right;
use distribution::{Call, Code, Document, Reading, Reference, Refusal, Repository, Tag};
use model::Digest;

/// A manifest is at most so long (distribution-spec 1.1: 4 MiB are to be taken at least).
pub(crate) const MANIFEST_BYTES_MAX: usize = 4 << 20;
/// What is asked for when the client says nothing that is known.
const ACCEPT_ALL: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
/// Immutable tags that are looked at before a manifest goes.
const TAGS_MAX: usize = 2_000;

/// A manifest as the registry has it, its digest verified.
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Exchange<'_> {
    /// `GET` and `HEAD` of a manifest. A tag is resolved once: what is judged is what is answered with (G10).
    pub(crate) fn manifest(
        &mut self,
        reading: Reading,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<(), Failure> {
        self.need_reading(reading, repository)?;
        let accept = self.accept();
        let fetched = self.fetch(repository, reference, &accept)?;
        self.record.digest = Some(fetched.digest.clone());
        let is_look = reading == Reading::HeadAlone && self.is_pusher(repository);
        let document = Document::read(&fetched.bytes, &fetched.media_type);
        if is_look {
            self.warn_pusher(repository, &fetched.digest);
        } else {
            let document = document.map_err(|error| {
                Refusal::new(403, Code::ManifestInvalid, "manifest-ambiguous", error.to_string())
            })?;
            let admitted = self.admit_manifest(repository, &fetched.digest, &document, reference.tag());
            if admitted.is_err() && self.is_to_sign(repository, &fetched.digest) {
                self.warn_pusher(repository, &fetched.digest);
            } else {
                admitted?;
            }
        }
        let mut reply = Reply::new(200)
            .with("Content-Type", fetched.media_type)
            .with("Docker-Content-Digest", fetched.digest.to_string())
            .with("ETag", format!("\"{}\"", fetched.digest));
        reply.fields.extend(fetched.fields);
        reply.fields.extend(self.warning_fields());
        self.record.bytes_out = if reading == Reading::Content { fetched.bytes.len() as u64 } else { 0 };
        self.reply(&reply.with_body(fetched.bytes))
    }

    /// Pushers look what is there, and need not be allowed to pull for that.
    pub(crate) fn need_reading(&self, reading: Reading, repository: &Repository) -> Result<(), Failure> {
        match reading {
            Reading::HeadAlone if self.is_pusher(repository) => Ok(()),
            _ => self.need(repository, &[Right::Pull]),
        }
    }

    /// Asks the registry for a manifest and verifies its digest.
    pub(crate) fn fetch(
        &mut self,
        repository: &Repository,
        reference: &Reference,
        accept: &str,
    ) -> Result<Fetched, Failure> {
        let call = Call::Manifest(Reading::Content, repository.clone(), reference.clone());
        let asked = self.guard.upstream.ask("GET", &call.target(), &[("Accept", accept)], None);
        let mut answer = of_upstream(asked)?;
        self.record.upstream_status = Some(answer.head.status);
        if answer.head.status != 200 {
            return Err(self.fail_as(answer));
        }
        let bytes = of_upstream(answer.read_all(MANIFEST_BYTES_MAX * 2))?;
        let media_type = answer.head.field("content-type").unwrap_or_default().to_owned();
        let claimed = answer.head.field("docker-content-digest").map(str::to_owned);
        answer.finish(&self.guard.upstream);
        // A tag may name a manifest by another algorithm: the registry says which, and the bytes must agree.
        let claimed_digest: Option<Digest> = claimed.as_deref().and_then(|claimed| claimed.parse().ok());
        let algorithm =
            reference.digest().or(claimed_digest.as_ref()).map_or("sha256", Digest::algorithm).to_owned();
        let algorithm = algorithm.as_str();
        let digest = digest_of(&bytes, algorithm);
        let is_asked = reference.digest().is_none_or(|asked| *asked == digest);
        let is_claimed = claimed.as_deref().is_none_or(|claimed| {
            claimed == digest.as_str() || !claimed.starts_with(&format!("{algorithm}:"))
        });
        if !is_asked || !is_claimed {
            let message = "the registry behind the guard served other bytes than the digest says";
            return Err(Refusal::new(502, Code::DigestInvalid, "digest-wrong", message).into());
        }
        Ok(Fetched { bytes, media_type, digest, fields: Vec::new() })
    }

    /// What the client takes, of what is known.
    fn accept(&self) -> String {
        let fields = self.head.into_iter().flat_map(|head| head.fields.all("accept"));
        let values = fields.flat_map(|value| value.split(','));
        let mut known: Vec<&str> = Vec::new();
        for value in values {
            let plain = value.split(';').next().unwrap_or_default().trim();
            if let Some(one) = ACCEPT_ALL.split(", ").find(|one| *one == plain)
                && !known.contains(&one)
            {
                known.push(one);
            }
            if plain == "*/*" {
                return ACCEPT_ALL.to_owned();
            }
        }
        if known.is_empty() { ACCEPT_ALL.to_owned() } else { known.join(", ") }
    }

    /// What a tag is now; `None` when there is none.
    pub(crate) fn resolve(&mut self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, Failure> {
        match self.fetch(repository, &Reference::Tag(tag.clone()), ACCEPT_ALL) {
            Ok(fetched) => Ok(Some(fetched.digest)),
            Err(Failure::Refused(refusal, _)) if refusal.status == 404 => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `DELETE` of a manifest or tag.
    pub(crate) fn manifest_delete(
        &mut self,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<(), Failure> {
        self.need(repository, &[Right::Delete])?;
        let lock = self.guard.lock_of(repository);
        let _changing = lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match reference {
            Reference::Tag(tag) if self.access.is_immutable(repository.as_str(), tag.as_str()) => {
                return Err(Failure::denied(
                    "tag-immutable",
                    format!("the tag {tag} of {repository} is immutable"),
                ));
            }
            Reference::Digest(digest) if self.access.has_immutable(repository.as_str()) => {
                self.keep_immutable(repository, digest)?;
            }
            _ => {}
        }
        self.record_intent()?;
        let call = Call::ManifestDelete(repository.clone(), reference.clone());
        let answer = of_upstream(self.guard.upstream.ask("DELETE", &call.target(), &[], None))?;
        self.record.upstream_status = Some(answer.head.status);
        if answer.head.status / 100 != 2 {
            return Err(self.fail_as(answer));
        }
        let status = answer.head.status;
        answer.finish(&self.guard.upstream);
        if let Reference::Digest(digest) = reference {
            self.guard.shelf.remove(repository.as_str(), digest);
        }
        // It may have been a signature.
        if let Some(verdicts) = &self.guard.verdicts {
            verdicts.forget(repository.as_str());
        }
        self.reply(&Reply::new(status))
    }

    /// A manifest does not go while a tag that stays names it: registries remove such tags along.
    fn keep_immutable(&mut self, repository: &Repository, digest: &Digest) -> Result<(), Failure> {
        let tags = self.all_tags(repository)?;
        let tags: Vec<Tag> = tags
            .into_iter()
            .filter(|tag| self.access.is_immutable(repository.as_str(), tag.as_str()))
            .collect();
        if tags.len() > TAGS_MAX {
            let message =
                format!("{repository} has more than {TAGS_MAX} immutable tags, too many to look at");
            return Err(Failure::denied("tag-immutable", message));
        }
        for tag in tags {
            if self.resolve(repository, &tag)?.as_ref() == Some(digest) {
                let message = format!("the immutable tag {tag} of {repository} names it");
                return Err(Failure::denied("tag-immutable", message));
            }
        }
        Ok(())
    }
}
