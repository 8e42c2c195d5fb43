//! Blobs on their way out, and their end.

use super::{
    exchange::{Exchange, of_upstream},
    hashing::{Hasher, digest_of},
    reply::{Failure, Reply, head},
    server::Redirects,
    upstream::Answer,
};
use crate::wire::Framing;
use access::Right;
use distribution::{Call, Code, Reading, Refusal, Repository, blob_range};
use model::Digest;
use std::io::{Error, ErrorKind};

/// Signatures and attestations are at most so long; they are looked at as a whole.
const ATTESTATION_BYTES_MAX: usize = 32 << 20;

impl Exchange<'_> {
    /// `GET` and `HEAD` of a blob.
    pub(crate) fn blob(
        &mut self,
        reading: Reading,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<(), Failure> {
        self.need_reading(reading, repository)?;
        let is_look = reading == Reading::HeadAlone && self.is_pusher(repository);
        let must_attest = if is_look { false } else { self.admit_blob(repository, digest)? };
        let range = match self.head.and_then(|head| head.field("range")).map(blob_range) {
            Some(Err(refusal)) => return Err(refusal.into()),
            Some(Ok(range)) => range,
            None => None,
        };
        // A part of a signature is no JSON: it is sent whole.
        let range = range.filter(|_| reading == Reading::Content && !must_attest);
        let call = Call::Blob(reading, repository.clone(), digest.clone());
        let fields: Vec<(&str, &str)> = range.iter().map(|range| ("Range", range.as_str())).collect();
        let upstream = &self.guard.upstream;
        let answer = match self.guard.redirects {
            Redirects::Follow => upstream.ask_following(reading.method(), &call.target(), &fields),
            Redirects::Pass => upstream.ask(reading.method(), &call.target(), &fields, None),
        };
        let answer = of_upstream(answer)?;
        let status = answer.head.status;
        self.record.upstream_status = Some(status);
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            return self.pass_redirect(answer, must_attest);
        }
        if status == 416 {
            answer.finish(upstream);
            return Err(Refusal::new(416, Code::SizeInvalid, "range", "the blob has no such range").into());
        }
        if !(status == 200 || status == 206 && range.is_some()) {
            return Err(self.fail_as(answer));
        }
        if must_attest && reading == Reading::Content {
            return self.send_attestation(answer, digest);
        }
        let mut fields = Self::fields_of(&answer);
        fields.retain(|(name, _)| *name != "Docker-Content-Digest");
        fields.push(("Docker-Content-Digest", digest.to_string()));
        fields.extend(self.warning_fields());
        if reading == Reading::HeadAlone {
            fields.extend(
                answer.head.field("content-length").map(|length| ("Content-Length", length.to_owned())),
            );
            answer.finish(upstream);
            let mut reply = Reply::new(200);
            reply.fields = fields;
            return self.reply(&reply);
        }
        self.stream(answer, &fields, digest)
    }

    /// Passes a blob on as it comes. The last bytes wait until the digest is found to be right, so that nobody gets a whole blob
    /// that is another one.
    fn stream(
        &mut self,
        mut answer: Answer,
        fields: &[(&'static str, String)],
        digest: &Digest,
    ) -> Result<(), Failure> {
        let is_whole = answer.head.status == 200;
        let was_verified = self.guard.was_verified(digest);
        let mut hasher = (is_whole && !was_verified).then(|| Hasher::new(digest.algorithm()));
        let length = match answer.framing {
            Framing::Length(length) => Some(length),
            _ => None,
        };
        let closes = self.head.is_some_and(|head| head.closes);
        let mut text = head(answer.head.status, fields, closes);
        text.push_str(&match length {
            Some(length) => format!("Content-Length: {length}\r\n\r\n"),
            None => "Transfer-Encoding: chunked\r\n\r\n".to_owned(),
        });
        let mut begun = Some(text.into_bytes());
        let mut sent = 0_u64;
        loop {
            let content = match answer.content() {
                Ok(content) => content,
                Err(error) if begun.is_some() => return Err(Failure::of_upstream(&error)),
                Err(error) => return Err(Failure::Broken(error)),
            };
            let Some(content) = content else { break };
            sent += content.len() as u64;
            if let Some(state) = &mut hasher {
                state.update(content);
            }
            if Some(sent) == length
                && let Some(hasher) = hasher.take()
            {
                self.verify(hasher, digest, begun.is_some())?;
            }
            if let Some(bytes) = begun.take() {
                self.has_begun = true;
                self.connection.write(&bytes).map_err(Failure::Broken)?;
            }
            let written = match length {
                Some(_) => self.connection.write(content),
                None => super::connection::write_chunk(self.connection, content),
            };
            written.map_err(Failure::Broken)?;
            if length.is_some() && hasher.is_none() {
                sent += answer.splice(self.connection).map_err(Failure::Broken)?;
            }
            self.record.bytes_out = sent;
        }
        if let Some(hasher) = hasher.take() {
            self.verify(hasher, digest, begun.is_some())?;
        }
        if let Some(bytes) = begun.take() {
            self.has_begun = true;
            self.connection.write(&bytes).map_err(Failure::Broken)?;
        }
        if length.is_none() {
            self.connection.write(b"0\r\n\r\n").map_err(Failure::Broken)?;
        }
        let status = answer.head.status;
        answer.finish(&self.guard.upstream);
        self.record(None, status);
        Ok(())
    }

    /// Goes on when this is the digest of what was passed on.
    fn verify(&self, hasher: Hasher, digest: &Digest, can_tell: bool) -> Result<(), Failure> {
        if hasher.finish() != *digest {
            return Err(wrong_digest(can_tell));
        }
        self.guard.found_right(digest);
        Ok(())
    }

    /// Signatures, attestations and SBOMs were not judged: what leaves as one must be text, no layer in disguise.
    fn send_attestation(&mut self, mut answer: Answer, digest: &Digest) -> Result<(), Failure> {
        let bytes = of_upstream(answer.read_all(ATTESTATION_BYTES_MAX))?;
        answer.finish(&self.guard.upstream);
        if digest_of(&bytes, digest.algorithm()) != *digest {
            return Err(wrong_digest(true));
        }
        // SPDX also has a form that is not JSON; no archive and no executable is text without control characters.
        let is_text = std::str::from_utf8(&bytes).is_ok_and(|text| {
            !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
        });
        if !is_text {
            let message = "it is referred to as a signature or attestation alone, and is none";
            return Err(Failure::denied("attestation-in-disguise", message));
        }
        self.record.bytes_out = bytes.len() as u64;
        let mut reply = Reply::new(200)
            .with("Content-Type", "application/octet-stream")
            .with("Docker-Content-Digest", digest.to_string());
        reply.fields.extend(self.warning_fields());
        self.reply(&reply.with_body(bytes))
    }

    fn pass_redirect(&mut self, answer: Answer, must_attest: bool) -> Result<(), Failure> {
        let location = answer.head.field("location").unwrap_or_default().to_owned();
        answer.finish(&self.guard.upstream);
        if must_attest {
            return Err(Failure::denied("redirect", "signatures are not had from another place"));
        }
        // Back to the registry behind: that is not for clients to know.
        if !location.starts_with("https://") && !location.starts_with("http://") {
            let message = "the registry sends to an address that is none";
            return Err(Refusal::new(502, Code::Unavailable, "redirect", message).into());
        }
        self.note("redirect-passed");
        let reply = Reply::new(307).with("Location", location);
        self.reply(&reply)
    }

    /// `DELETE` of a blob.
    pub(crate) fn blob_delete(&mut self, repository: &Repository, digest: &Digest) -> Result<(), Failure> {
        // A blob of an image whose tag stays must stay; which those are only the registry knows.
        let right = if self.access.has_immutable(repository.as_str()) { Right::Admin } else { Right::Delete };
        self.need(repository, &[right])?;
        self.record_intent()?;
        let call = Call::BlobDelete(repository.clone(), digest.clone());
        let answer = of_upstream(self.guard.upstream.ask("DELETE", &call.target(), &[], None))?;
        let status = answer.head.status;
        self.record.upstream_status = Some(status);
        if status / 100 != 2 {
            return Err(self.fail_as(answer));
        }
        answer.finish(&self.guard.upstream);
        self.reply(&Reply::new(status))
    }
}

fn wrong_digest(can_tell: bool) -> Failure {
    let message = "the registry behind the guard served other bytes than the digest says";
    if can_tell {
        return Refusal::new(502, Code::DigestInvalid, "digest-wrong", message).into();
    }
    Failure::Broken(Error::new(ErrorKind::InvalidData, message))
}
