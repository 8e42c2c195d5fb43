//! Uploads: mounts, parts, the end.

use super::{
    exchange::{Exchange, of_upstream},
    hashing::Hasher,
    reply::{Failure, Reply},
    upload_parts::Part,
    upload_sessions::Upload,
    upstream::{Answer, Upstream},
};
use access::Right;
use distribution::{Call, Code, Mount, Refusal, Repository, Session};
use model::Digest;
use std::sync::{Arc, Mutex, PoisonError};

impl Exchange<'_> {
    /// `POST` of an upload: a mount, a whole blob, or the begin of one.
    pub(crate) fn upload_start(
        &mut self,
        repository: &Repository,
        digest: Option<&Digest>,
        algorithm: Option<&str>,
        mount: Option<&Mount>,
    ) -> Result<(), Failure> {
        self.need(repository, &[Right::Push, Right::Sign])?;
        // A blob is taken from another repository by those who may pull it there (G3); without a name the registry would look
        // everywhere. Everybody else uploads it.
        // Where a quota holds, everything is uploaded: only then its bytes are counted.
        let has_quota = self.access.quota(repository.as_str()) != access::Quota::default();
        let may_mount =
            |mount: &&Mount| mount.from.as_ref().is_some_and(|from| self.rights(from).has(Right::Pull));
        let mount = mount.filter(|mount| !has_quota && may_mount(mount));
        if let Some(from) = mount.and_then(|mount| mount.from.as_ref())
            && !self.token_covers(from)
        {
            let scope = format!("repository:{repository}:pull,push repository:{from}:pull");
            return Err(self.unauthorized(Some(&scope), &format!("the token says nothing of {from}")));
        }
        let call = Call::UploadStart {
            repository: repository.clone(),
            digest: digest.cloned(),
            algorithm: algorithm.map(str::to_owned),
            mount: mount.cloned(),
        };
        let mut sent = None;
        let answer = match digest {
            Some(digest) => {
                let mut hasher = Hasher::new(digest.algorithm());
                let (answer, size) = {
                    let part = Part {
                        method: "POST",
                        target: &call.target(),
                        expected: Some(digest),
                        before: 0,
                        range: None,
                    };
                    self.pass_part(&part, &mut hasher, repository)?
                };
                sent = Some((hasher, size));
                answer
            }
            None => {
                // Clients announce no body here; what comes nevertheless is not for the registry.
                self.read_body(0)?;
                of_upstream(self.guard.upstream.ask("POST", &call.target(), &[], None))?
            }
        };
        self.record.upstream_status = Some(answer.head.status);
        match answer.head.status {
            201 => {
                let digest = mount.map(|mount| &mount.digest).or(digest).cloned();
                let Some(digest) = digest else { return Err(unexpected(&answer)) };
                if mount.is_some() {
                    self.note("mounted");
                }
                if let Some((_, size)) = sent {
                    self.guard.gauge.add_bytes(repository.as_str(), size);
                }
                answer.finish(&self.guard.upstream);
                self.reply(&created(repository, &digest))
            }
            202 => {
                let target = answer.head.field("location").and_then(Upstream::own_target);
                let Some(target) = target else { return Err(unexpected(&answer)) };
                let fields = Self::fields_of(&answer);
                answer.finish(&self.guard.upstream);
                let session = self.guard.uploads.add(Upload {
                    principal: self.identity.principal.to_string(),
                    repository: repository.to_string(),
                    target,
                    hasher: Some(Hasher::new(algorithm.unwrap_or("sha256"))),
                    size: 0,
                    used_secs: self.now_secs,
                })?;
                let range = "0-0".to_owned();
                self.reply(&accepted(repository, &session, fields, range))
            }
            _ => Err(self.fail_as(answer)),
        }
    }

    // A client with a token is asked for one that says so of both repositories.
    fn token_covers(&self, from: &Repository) -> bool {
        self.identity.token.as_ref().is_none_or(|token| token.allows("repository", from.as_str(), "pull"))
    }

    /// `PATCH` of an upload: one part.
    pub(crate) fn upload_part(&mut self, repository: &Repository, session: &Session) -> Result<(), Failure> {
        let upload = self.upload(repository, session)?;
        let mut upload = upload.lock().unwrap_or_else(PoisonError::into_inner);
        let range = self.content_range(&upload)?;
        // Taken out: when the part breaks off nobody knows how much of it the registry has.
        let kept = upload.hasher.take();
        self.guard.uploads.keep(session, &upload);
        let (is_known, before) = (kept.is_some(), kept.clone());
        let mut hasher = kept.unwrap_or_else(|| Hasher::new("sha256"));
        let (method, target) = ("PATCH", upload.target.clone());
        let part =
            Part { method, target: &target, expected: None, before: upload.size, range: range.as_deref() };
        let (answer, size) = self.pass_part(&part, &mut hasher, repository)?;
        let status = answer.head.status;
        self.record.upstream_status = Some(status);
        if status != 202 {
            // Of a part in the wrong place it took nothing: what it has is what it had.
            upload.hasher = before.filter(|_| status == 416);
            self.guard.uploads.keep(session, &upload);
            return Err(self.fail_as(answer));
        }
        let target = answer.head.field("location").and_then(Upstream::own_target);
        let Some(target) = target else { return Err(unexpected(&answer)) };
        upload.target = target;
        upload.hasher = Some(hasher).filter(|_| is_known);
        upload.size += size;
        upload.used_secs = self.now_secs;
        let fields = Self::fields_of(&answer);
        upload.learn_size(&fields);
        self.guard.uploads.keep(session, &upload);
        answer.finish(&self.guard.upstream);
        let range = format!("0-{}", upload.size.saturating_sub(1));
        self.reply(&accepted(repository, session, fields, range))
    }

    /// `PUT` of an upload: the last part or none, and the digest of everything.
    pub(crate) fn upload_end(
        &mut self,
        repository: &Repository,
        session: &Session,
        digest: &Digest,
    ) -> Result<(), Failure> {
        let shared = self.upload(repository, session)?;
        let mut upload = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let range = self.content_range(&upload)?;
        let kept = upload.hasher.take();
        self.guard.uploads.keep(session, &upload);
        // Nothing came so far: the digest says by which algorithm to look.
        let known =
            if upload.size == 0 && kept.is_some() { Some(Hasher::new(digest.algorithm())) } else { kept };
        let known = known.filter(|hasher| hasher.algorithm() == digest.algorithm());
        let is_known = known.is_some();
        let mut hasher = known.unwrap_or_else(|| Hasher::new(digest.algorithm()));
        let separator = if upload.target.contains('?') { '&' } else { '?' };
        let target = format!("{}{separator}digest={}", upload.target, digest.as_str().replace(':', "%3A"));
        let expected = Some(digest).filter(|_| is_known);
        let part =
            Part { method: "PUT", target: &target, expected, before: upload.size, range: range.as_deref() };
        let (answer, size) = self.pass_part(&part, &mut hasher, repository)?;
        self.record.upstream_status = Some(answer.head.status);
        if answer.head.status != 201 {
            return Err(self.fail_as(answer));
        }
        if !is_known {
            // The registry looked alone: the parts were interrupted, or hashed by another algorithm.
            self.note("digest-verified-by-registry");
        }
        answer.finish(&self.guard.upstream);
        self.guard.gauge.add_bytes(repository.as_str(), upload.size + size);
        self.guard.uploads.remove(session);
        self.reply(&created(repository, digest))
    }

    /// `GET` of an upload: how much has come.
    pub(crate) fn upload_status(
        &mut self,
        repository: &Repository,
        session: &Session,
    ) -> Result<(), Failure> {
        let upload = self.upload(repository, session)?;
        let mut upload = upload.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = of_upstream(self.guard.upstream.ask("GET", &upload.target, &[], None))?;
        self.record.upstream_status = Some(answer.head.status);
        if answer.head.status != 204 {
            return Err(self.fail_as(answer));
        }
        if let Some(target) = answer.head.field("location").and_then(Upstream::own_target) {
            upload.target = target;
        }
        let fields = Self::fields_of(&answer);
        upload.learn_size(&fields);
        self.guard.uploads.keep(session, &upload);
        answer.finish(&self.guard.upstream);
        let mut reply = accepted(repository, session, fields, "0-0".to_owned());
        reply.status = 204;
        self.reply(&reply)
    }

    /// `DELETE` of an upload.
    pub(crate) fn upload_cancel(
        &mut self,
        repository: &Repository,
        session: &Session,
    ) -> Result<(), Failure> {
        let upload = self.upload(repository, session)?;
        let upload = upload.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = of_upstream(self.guard.upstream.ask("DELETE", &upload.target, &[], None))?;
        self.record.upstream_status = Some(answer.head.status);
        let status = answer.head.status;
        if status / 100 != 2 {
            return Err(self.fail_as(answer));
        }
        answer.finish(&self.guard.upstream);
        self.guard.uploads.remove(session);
        self.reply(&Reply::new(204))
    }

    /// An upload of this client into this repository; those of others are not known.
    fn upload(&mut self, repository: &Repository, session: &Session) -> Result<Arc<Mutex<Upload>>, Failure> {
        self.need(repository, &[Right::Push, Right::Sign])?;
        let found = self.guard.uploads.find(session);
        let principal = self.identity.principal.to_string();
        let is_own = |upload: &Arc<Mutex<Upload>>| {
            let upload = upload.lock().unwrap_or_else(PoisonError::into_inner);
            upload.principal == principal && upload.repository == repository.as_str()
        };
        found.filter(is_own).ok_or_else(|| {
            Refusal::new(404, Code::BlobUploadUnknown, "upload-unknown", "no such upload is known").into()
        })
    }
}

fn created(repository: &Repository, digest: &Digest) -> Reply {
    Reply::new(201)
        .with("Location", format!("/v2/{repository}/blobs/{digest}"))
        .with("Docker-Content-Digest", digest.to_string())
}

fn accepted(
    repository: &Repository,
    session: &Session,
    fields: Vec<(&'static str, String)>,
    range: String,
) -> Reply {
    let mut reply = Reply::new(202)
        .with("Location", format!("/v2/{repository}/blobs/uploads/{session}"))
        .with("Docker-Upload-UUID", session.as_str());
    let has_range = fields.iter().any(|(name, _)| *name == "Range");
    let is_passed = |name: &str| matches!(name, "Range" | "OCI-Chunk-Min-Length" | "OCI-Chunk-Max-Length");
    reply.fields.extend(fields.into_iter().filter(|(name, _)| is_passed(name)));
    if !has_range {
        reply.fields.push(("Range", range));
    }
    reply
}

fn unexpected(answer: &Answer) -> Failure {
    let message =
        format!("the registry behind the guard answered {} without saying where", answer.head.status);
    Refusal::new(502, Code::Unavailable, "upstream", message).into()
}
