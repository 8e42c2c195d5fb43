//! One request: what it is, who asks, and the way to what serves it.

use super::{
    connection::Connection,
    record::Record,
    reply::{Failure, Reply, warnings},
    server::{RegistryGuard, today, unrecorded},
    upstream::Answer,
};
use crate::{
    state::now_secs,
    wire::{BodyDecoder, Framing, RequestHead},
};
use access::{Access, Identity, Principal, Right, Rights};
use distribution::{Call, Code, Refusal, Repository};
use ledger::Durability;
use std::{io, net::IpAddr, sync::Arc, time::Instant};

/// A request that is being served.
pub(crate) struct Exchange<'a> {
    pub(crate) guard: &'a RegistryGuard,
    pub(crate) connection: &'a mut Connection,
    pub(crate) head: Option<&'a RequestHead>,
    pub(crate) access: Arc<Access>,
    pub(crate) identity: Identity,
    pub(crate) names: &'a [String],
    pub(crate) decoder: Option<BodyDecoder>,
    pub(crate) has_continued: bool,
    /// A part of the answer is out.
    pub(crate) has_begun: bool,
    pub(crate) must_close: bool,
    pub(crate) record: Record,
    pub(crate) now_secs: u64,
    pub(crate) today: String,
    started: Instant,
}

/// Fields of the registry's answers that clients get as they are.
const PASSED: &[(&str, &str)] = &[
    ("content-type", "Content-Type"),
    ("docker-content-digest", "Docker-Content-Digest"),
    ("etag", "ETag"),
    ("last-modified", "Last-Modified"),
    ("accept-ranges", "Accept-Ranges"),
    ("content-range", "Content-Range"),
    ("range", "Range"),
    ("oci-subject", "OCI-Subject"),
    ("oci-filters-applied", "OCI-Filters-Applied"),
    ("oci-chunk-min-length", "OCI-Chunk-Min-Length"),
    ("oci-chunk-max-length", "OCI-Chunk-Max-Length"),
];
/// A registry's error is at most so long.
const ERROR_BYTES_MAX: usize = 64 << 10;

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        guard: &'a RegistryGuard,
        connection: &'a mut Connection,
        address: IpAddr,
        names: &'a [String],
        head: &'a RequestHead,
    ) -> Self {
        let mut exchange = Self::unread(guard, connection, address);
        exchange.record.method.clone_from(&head.method);
        exchange.decoder = Some(BodyDecoder::new(head.framing));
        exchange.head = Some(head);
        exchange.names = names;
        exchange
    }

    /// Of a request whose head was not understood.
    pub(crate) fn unread(guard: &'a RegistryGuard, connection: &'a mut Connection, address: IpAddr) -> Self {
        let record = Record {
            principal: "unknown".to_owned(),
            address: address.to_string(),
            route: "unread",
            ..Record::default()
        };
        Self {
            guard,
            connection,
            head: None,
            access: guard.access(),
            identity: Identity { principal: Principal::Anonymous, token: None },
            names: &[],
            decoder: None,
            has_continued: false,
            has_begun: false,
            must_close: false,
            record,
            now_secs: now_secs(),
            today: today(),
            started: Instant::now(),
        }
    }

    pub(crate) fn run(&mut self) -> Result<(), Failure> {
        let head = self.head.expect("only requests whose head was read are served");
        let call = distribution::read(&head.method, &head.target)?;
        self.record.of_call(&call);
        match &call {
            Call::Token(query) => return self.token(query),
            Call::TokenForm => return self.token_form(),
            _ => {}
        }
        self.identify(&call)?;
        match call {
            Call::Base(_) => self.base(),
            Call::Catalog(page) => self.catalog(&page),
            Call::Tags(repository, page) => self.tags(&repository, &page),
            Call::Referrers(repository, digest, kind) => {
                self.referrers(&repository, &digest, kind.as_deref())
            }
            Call::Manifest(reading, repository, reference) => self.manifest(reading, &repository, &reference),
            Call::ManifestPut(repository, reference, tags) => {
                self.manifest_put(&repository, &reference, &tags)
            }
            Call::ManifestDelete(repository, reference) => self.manifest_delete(&repository, &reference),
            Call::Blob(reading, repository, digest) => self.blob(reading, &repository, &digest),
            Call::BlobDelete(repository, digest) => self.blob_delete(&repository, &digest),
            Call::UploadStart { repository, digest, algorithm, mount } => {
                self.upload_start(&repository, digest.as_ref(), algorithm.as_deref(), mount.as_ref())
            }
            Call::UploadPart(repository, session) => self.upload_part(&repository, &session),
            Call::UploadEnd(repository, session, digest) => self.upload_end(&repository, &session, &digest),
            Call::UploadStatus(repository, session) => self.upload_status(&repository, &session),
            Call::UploadCancel(repository, session) => self.upload_cancel(&repository, &session),
            Call::Token(_) | Call::TokenForm => unreachable!("the token service answered above"),
        }
    }

    fn base(&mut self) -> Result<(), Failure> {
        // Clients learn from this where tokens are to be had, so that those who come without anything are asked to fetch one,
        // also where everybody may read.
        if self.identity.principal == Principal::Anonymous && self.identity.token.is_none() {
            return Err(self.unauthorized(None, "authentication is needed"));
        }
        self.reply(&Reply::json(&serde_json::json!({})))
    }

    // ---- rights

    /// What the client may do in a repository.
    pub(crate) fn rights(&self, repository: &Repository) -> Rights {
        self.access.rights(&self.identity.principal, repository.as_str())
    }

    /// Whether the client may do something: by the rules of this moment, and by its token when it shows one.
    pub(crate) fn may(&self, repository: &Repository, right: Right) -> bool {
        self.rights(repository).has(right) && self.token_allows(repository, right)
    }

    fn token_allows(&self, repository: &Repository, right: Right) -> bool {
        let Some(token) = &self.identity.token else { return true };
        token.allows("repository", repository.as_str(), action(right))
    }

    /// Goes on when the client has one of these rights.
    pub(crate) fn need(&self, repository: &Repository, rights: &[Right]) -> Result<(), Failure> {
        if rights.iter().any(|right| self.may(repository, *right)) {
            return Ok(());
        }
        let words: Vec<&str> = rights.iter().map(|right| right.as_str()).collect();
        let words = words.join(" or ");
        let has_right = rights.iter().any(|right| self.rights(repository).has(*right));
        let lacks = if has_right { "may, but this token does not allow it: to" } else { "has no right to" };
        let message = format!("{} {lacks} {words} in {repository}", self.identity.principal);
        // Another token, or any, may help; who is known and may not is told so.
        if has_right || self.identity.principal == Principal::Anonymous {
            let mut actions: Vec<&str> = rights.iter().map(|right| action(*right)).collect();
            actions.dedup();
            if actions == ["push"] {
                // Clients that push look first what is there.
                actions.insert(0, "pull");
            }
            let scope = format!("repository:{repository}:{}", actions.join(","));
            return Err(self.unauthorized(Some(&scope), &message));
        }
        Err(Failure::denied("no-right", message))
    }

    /// 401, with the way to a token (distribution docs/content/spec/auth/token.md).
    pub(crate) fn unauthorized(&self, scope: Option<&str>, message: &str) -> Failure {
        let scope = scope.map_or(String::new(), |scope| format!(",scope=\"{scope}\""));
        let challenge = format!(
            "Bearer realm=\"{}/token\",service=\"{}\"{scope}",
            self.guard.origin,
            self.access.service()
        );
        let refusal = Refusal::new(401, Code::Unauthorized, "unauthorized", message);
        Failure::Refused(refusal, vec![("WWW-Authenticate", challenge)])
    }

    // ---- the request's body

    pub(crate) fn body_is_read(&self) -> bool {
        self.decoder.as_ref().is_none_or(BodyDecoder::is_done)
    }

    pub(crate) fn body_framing(&self) -> Framing {
        self.head.map_or(Framing::Length(0), |head| head.framing)
    }

    /// The next bytes of the body. The client is told to send only now: who is refused before sends nothing.
    pub(crate) fn content(&mut self) -> Result<Option<&[u8]>, Failure> {
        if !self.has_continued && self.head.is_some_and(|head| head.expects_continue) {
            self.has_continued = true;
            self.connection.write(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(Failure::Broken)?;
        }
        let Some(decoder) = &mut self.decoder else { return Ok(None) };
        let content = self.connection.content(decoder).map_err(Failure::Broken)?;
        self.record.bytes_in += content.map_or(0, <[u8]>::len) as u64;
        Ok(content)
    }

    /// The whole body, which must not be longer.
    pub(crate) fn read_body(&mut self, bytes_max: usize) -> Result<Vec<u8>, Failure> {
        let too_long = || {
            let message = format!("it is longer than {bytes_max} bytes");
            Failure::from(Refusal::new(413, Code::SizeInvalid, "body-too-long", message))
        };
        if matches!(self.body_framing(), Framing::Length(length) if length > bytes_max as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        while let Some(content) = self.content()? {
            body.extend_from_slice(content);
            if body.len() > bytes_max {
                return Err(too_long());
            }
        }
        Ok(body)
    }

    // ---- answers

    pub(crate) fn note(&mut self, note: &'static str) {
        self.record.notes.push(note);
    }

    /// A warning for the client and the log.
    pub(crate) fn warn(&mut self, text: String) {
        self.record.warnings.push(text);
    }

    /// The fields of the warnings so far.
    pub(crate) fn warning_fields(&self) -> Vec<(&'static str, String)> {
        warnings(&self.record.warnings)
    }

    /// Records how the call ended; whether that was possible.
    pub(crate) fn record(&mut self, refusal: Option<&Refusal>, status: u16) -> bool {
        self.record.status = status;
        if self.record.principal == "unknown" && refusal.is_none() {
            self.record.principal = self.identity.principal.to_string();
        }
        let entry = self.record.entry(refusal, self.started.elapsed());
        self.guard.ledger.append(entry, Record::durability(refusal)).is_ok()
    }

    /// Records that something is about to be changed, durably, before the registry hears of it.
    pub(crate) fn record_intent(&self) -> Result<(), Failure> {
        let entry = self.record.intent();
        self.guard.ledger.append(entry, Durability::BeforeReturn).map_err(|_| unrecorded().into())
    }

    /// Answers. What cannot be recorded is not answered with.
    pub(crate) fn reply(&mut self, reply: &Reply) -> Result<(), Failure> {
        if !self.record(None, reply.status) {
            return Err(unrecorded().into());
        }
        let is_head = self.head.is_some_and(RequestHead::is_head);
        let closes = self.head.is_some_and(|head| head.closes) || !self.body_is_read();
        self.must_close = closes;
        self.has_begun = true;
        reply.write(self.connection, is_head, closes).map_err(Failure::Broken)?;
        Ok(())
    }

    /// The fields of an answer of the registry that the client may see.
    pub(crate) fn fields_of(answer: &Answer) -> Vec<(&'static str, String)> {
        let value = |name: &str| answer.head.field(name).map(str::to_owned);
        PASSED.iter().filter_map(|(name, written)| Some((*written, value(name)?))).collect()
    }

    /// Answers with what the registry said went wrong.
    pub(crate) fn fail_as(&mut self, mut answer: Answer) -> Failure {
        let status = answer.head.status;
        self.record.upstream_status = Some(status);
        let body = answer.read_all(ERROR_BYTES_MAX);
        answer.finish(&self.guard.upstream);
        let body = match body {
            Ok(body) => body,
            Err(error) => return Failure::of_upstream(&error),
        };
        match status {
            // The guard's own rights, not the client's.
            401 | 403 | 407 => {
                let message = "the registry behind the guard does not let the guard in";
                Refusal::new(502, Code::Unavailable, "upstream-denied", message).into()
            }
            400..=499 => refusal_of(status, &body).into(),
            _ => {
                let message = format!("the registry behind the guard answered {status}");
                Refusal::new(502, Code::Unavailable, "upstream", message).into()
            }
        }
    }
}

/// The first error of a registry's answer.
fn refusal_of(status: u16, body: &[u8]) -> Refusal {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let first = &value["errors"][0];
    let message: String =
        first["message"].as_str().unwrap_or("the registry refused").chars().take(500).collect();
    let code = match first["code"].as_str().unwrap_or_default() {
        "BLOB_UNKNOWN" => Code::BlobUnknown,
        "BLOB_UPLOAD_INVALID" => Code::BlobUploadInvalid,
        "BLOB_UPLOAD_UNKNOWN" => Code::BlobUploadUnknown,
        "DIGEST_INVALID" => Code::DigestInvalid,
        "MANIFEST_INVALID" | "MANIFEST_BLOB_UNKNOWN" | "MANIFEST_UNVERIFIED" => Code::ManifestInvalid,
        "MANIFEST_UNKNOWN" => Code::ManifestUnknown,
        "NAME_INVALID" | "NAME_UNKNOWN" | "TAG_INVALID" => Code::NameInvalid,
        "SIZE_INVALID" => Code::SizeInvalid,
        "TOOMANYREQUESTS" => Code::TooManyRequests,
        _ if status == 404 => Code::ManifestUnknown,
        _ => Code::Unsupported,
    };
    Refusal::new(status, code, "upstream-refused", message)
}

/// The word of tokens that a right needs.
fn action(right: Right) -> &'static str {
    match right {
        Right::Pull | Right::TagList => "pull",
        Right::Push | Right::Overwrite | Right::Sign => "push",
        Right::Delete => "delete",
        Right::Catalog | Right::Admin => "*",
    }
}

/// Asks the registry, and tells the client when it does not answer.
pub(crate) fn of_upstream<T>(result: io::Result<T>) -> Result<T, Failure> {
    result.map_err(|error| Failure::of_upstream(&error))
}
