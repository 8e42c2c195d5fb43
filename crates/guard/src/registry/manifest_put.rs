//! Manifests on their way in.

use super::{
    exchange::{Exchange, of_upstream},
    hashing::digest_of,
    manifests::MANIFEST_BYTES_MAX,
    reply::{Failure, Reply},
    server::RegistryGuard,
};
use access::Right;
use distribution::{Call, Code, Document, Kind, Reference, Refusal, Repository, Tag};
use std::sync::{Arc, Mutex, PoisonError};

impl Exchange<'_> {
    /// `PUT` of a manifest.
    pub(crate) fn manifest_put(
        &mut self,
        repository: &Repository,
        reference: &Reference,
        further: &[Tag],
    ) -> Result<(), Failure> {
        self.need(repository, &[Right::Push, Right::Sign])?;
        let content_type = self.head.and_then(|head| head.content_type.clone()).unwrap_or_default();
        let bytes = self.read_body(MANIFEST_BYTES_MAX)?;
        let document = Document::read(&bytes, &content_type).map_err(|error| {
            Refusal::new(400, Code::ManifestInvalid, "manifest-ambiguous", error.to_string())
        })?;
        let algorithm = reference.digest().map_or("sha256", model::Digest::algorithm);
        let digest = digest_of(&bytes, algorithm);
        self.record.digest = Some(digest.clone());
        if reference.digest().is_some_and(|asked| *asked != digest) {
            let message = format!("the manifest is {digest}");
            return Err(Refusal::new(400, Code::DigestInvalid, "digest-wrong", message).into());
        }
        let tags: Vec<&Tag> = reference.tag().into_iter().chain(further).collect();
        // Whoever could push signatures could also replace them with none (G13).
        let signs = document.kind == Kind::Attestation || tags.iter().any(|tag| tag.is_of_attestations());
        self.need(repository, if signs { &[Right::Sign] } else { &[Right::Push] })?;
        self.keep_quota(repository, bytes.len() as u64)?;

        let lock = self.guard.lock_of(repository);
        let _changing = lock.lock().unwrap_or_else(PoisonError::into_inner);
        for tag in &tags {
            self.need_tag(repository, tag, &digest)?;
        }
        self.record_intent()?;
        let call = Call::ManifestPut(repository.clone(), reference.clone(), further.to_vec());
        let fields = [("Content-Type", document.media_type.as_str())];
        let answer = of_upstream(self.guard.upstream.ask("PUT", &call.target(), &fields, Some(&bytes)))?;
        self.record.upstream_status = Some(answer.head.status);
        if answer.head.status != 201 {
            return Err(self.fail_as(answer));
        }
        let subject = answer.head.field("oci-subject").map(str::to_owned);
        let claimed = answer.head.field("docker-content-digest").map(str::to_owned);
        let kept = further_tags(&answer);
        answer.finish(&self.guard.upstream);
        if claimed.is_some_and(|claimed| claimed.starts_with(algorithm) && claimed != digest.as_str()) {
            let message = "the registry behind the guard took other bytes than were sent";
            return Err(Refusal::new(502, Code::DigestInvalid, "digest-wrong", message).into());
        }
        self.guard.gauge.add_bytes(repository.as_str(), bytes.len() as u64);
        if let (true, Some(verdicts)) = (signs || document.subject.is_some(), &self.guard.verdicts) {
            // What it is about is judged again, with it.
            verdicts.forget(repository.as_str());
        }
        self.guard.shelf.put(repository.as_str(), &digest, &document);
        self.judge_soon(repository, &digest, document.kind);
        let mut reply = Reply::new(201)
            .with("Location", format!("/v2/{repository}/manifests/{digest}"))
            .with("Docker-Content-Digest", digest.to_string());
        reply.fields.extend(subject.map(|subject| ("OCI-Subject", subject)));
        reply.fields.extend(kept.into_iter().map(|tag| ("OCI-Tag", tag)));
        reply.fields.extend(self.warning_fields());
        self.reply(&reply)
    }

    /// Whether a tag may become this.
    fn need_tag(
        &mut self,
        repository: &Repository,
        tag: &Tag,
        digest: &model::Digest,
    ) -> Result<(), Failure> {
        let may_overwrite = self.may(repository, Right::Overwrite);
        let is_immutable = self.access.is_immutable(repository.as_str(), tag.as_str());
        // Signatures are added to what is there: the right to sign is the right to do so.
        let may_sign = tag.is_of_attestations() && self.may(repository, Right::Sign);
        if !is_immutable && (may_overwrite || may_sign) {
            return Ok(());
        }
        match self.resolve(repository, tag)? {
            None => Ok(()),
            Some(there) if there == *digest => Ok(()),
            Some(_) if is_immutable => {
                Err(Failure::denied("tag-immutable", format!("the tag {tag} of {repository} is immutable")))
            }
            Some(_) => {
                let message =
                    format!("{} has no right to overwrite {repository}:{tag}", self.identity.principal);
                Err(Failure::denied("no-right", message))
            }
        }
    }
}

// distribution-spec 1.1.1, "Pushing Manifests": the tags that were given, where the registry knows of several.
fn further_tags(answer: &super::upstream::Answer) -> Vec<String> {
    let tags = answer.head.fields.all("oci-tag");
    tags.filter(|tag| tag.parse::<Tag>().is_ok()).map(str::to_owned).collect()
}

impl RegistryGuard {
    /// What is held while manifests of a repository change.
    pub(crate) fn lock_of(&self, repository: &Repository) -> Arc<Mutex<()>> {
        let mut locks = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if locks.len() > 10_000 {
            // Those that nobody holds are made again when they are needed.
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        Arc::clone(locks.entry(repository.to_string()).or_default())
    }
}
