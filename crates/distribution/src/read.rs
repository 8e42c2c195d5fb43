//! From method and target to a call.

use crate::call::{Call, Mount, Page, Reading, TokenQuery};
use crate::encoding::decode;
use crate::names::{Reference, Repository, Tag};
use crate::query::Query;
use crate::refusal::{Code, Refusal, shown};
use model::Digest;

/// A target is at most so long.
const TARGET_BYTES_MAX: usize = 8 << 10;
/// A manifest comes in under at most so many further tags.
const TAGS_MAX: usize = 16;
/// containerd tells mirrors which registry they stand for; there is one behind the guard, so it is read and left out.
const NAMESPACE: &[&str] = &["ns"];
/// No page is longer.
const COUNT_MAX: u32 = 10_000;

/// Reads a call from the method and the target as they came.
///
/// # Errors
/// When it is none of the specification, or could be understood in two ways.
pub fn read(method: &str, target: &str) -> Result<Call, Refusal> {
    if target.len() > TARGET_BYTES_MAX {
        return Err(Refusal::new(414, Code::Unsupported, "target-too-long", "the target is too long"));
    }
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) || target.contains(['#', '\\']) {
        let message = "the target has a character that belongs encoded, or nowhere";
        return Err(Refusal::malformed("target-character", message));
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path == "/token" {
        return token(method, query);
    }
    if path == "/v2" || path == "/v2/" {
        Query::read(query, &[], &[])?;
        return Ok(Call::Base(reading(method)?));
    }
    let Some(rest) = path.strip_prefix("/v2/") else {
        return Err(unknown(path));
    };
    // Every part is decoded once, and what comes of it must be a path that every reader takes as it is (G1, G2). The end of
    // an upload's start is the one slash that stands alone.
    let rest = decode(rest)?;
    let (rest, ends_with_slash) = rest.strip_suffix('/').map_or((rest.as_str(), false), |rest| (rest, true));
    let parts: Vec<&str> = rest.split('/').collect();
    if parts.iter().any(|part| part.is_empty() || matches!(*part, "." | "..")) {
        return Err(Refusal::malformed("path-not-clean", "the path has an empty part, '.' or '..'"));
    }
    let call = match parts.as_slice() {
        ["_catalog"] => {
            get(method)?;
            Call::Catalog(page(&Query::read(query, &["n", "last"], &[])?)?)
        }
        [name @ .., "tags", "list"] if !name.is_empty() => {
            get(method)?;
            let page = page(&Query::read(query, &["n", "last"], &[])?)?;
            if let Some(last) = &page.last {
                last.parse::<Tag>().map_err(|error| malformed_name(&error))?;
            }
            Call::Tags(repository(name)?, page)
        }
        [name @ .., "manifests", reference] if !name.is_empty() => {
            manifest(method, repository(name)?, reference, query)?
        }
        [name @ .., "referrers", digest] if !name.is_empty() => {
            get(method)?;
            let query = Query::read(query, &["artifactType"], &[])?;
            let kind = query.get("artifactType").map(artifact_type).transpose()?;
            Call::Referrers(repository(name)?, parse_digest(digest)?, kind)
        }
        [name @ .., "blobs", "uploads"] if !name.is_empty() => {
            let call = upload_start(method, repository(name)?, query)?;
            // Clients send it with and without.
            return Ok(call);
        }
        [name @ .., "blobs", "uploads", session] if !name.is_empty() => {
            upload(method, repository(name)?, session, query)?
        }
        [name @ .., "blobs", digest] if !name.is_empty() => {
            Query::read(query, if method == "DELETE" { &[] } else { NAMESPACE }, &[])?;
            let (repository, digest) = (repository(name)?, parse_digest(digest)?);
            match method {
                "DELETE" => Call::BlobDelete(repository, digest),
                _ => Call::Blob(reading(method)?, repository, digest),
            }
        }
        _ => return Err(unknown(path)),
    };
    if ends_with_slash {
        return Err(Refusal::malformed("path-not-clean", "the path ends with '/'"));
    }
    Ok(call)
}

fn token(method: &str, query: &str) -> Result<Call, Refusal> {
    match method {
        "POST" => {
            // What a form says must not be said differently by the query.
            Query::read(query, &[], &[])?;
            Ok(Call::TokenForm)
        }
        "GET" => {
            let known = ["service", "scope", "account", "client_id", "offline_token"];
            let query = Query::read(query, &known, &["scope"])?;
            let text = |key: &str| query.get(key).map(str::to_owned);
            Ok(Call::Token(TokenQuery {
                service: text("service"),
                scopes: query.all("scope").map(str::to_owned).collect(),
                account: text("account"),
            }))
        }
        _ => Err(wrong_method(method)),
    }
}

fn manifest(method: &str, repository: Repository, reference: &str, query: &str) -> Result<Call, Refusal> {
    let reference: Reference = reference.parse().map_err(|error| malformed_name(&error))?;
    if method != "PUT" {
        Query::read(query, if method == "DELETE" { &[] } else { NAMESPACE }, &[])?;
    }
    match method {
        "PUT" => {
            let query = Query::read(query, &["tag"], &["tag"])?;
            let tags: Result<Vec<Tag>, _> = query.all("tag").map(str::parse).collect();
            let mut tags = tags.map_err(|error| malformed_name(&error))?;
            if tags.len() > TAGS_MAX {
                let message = format!("a manifest is pushed under at most {TAGS_MAX} further tags at once");
                return Err(Refusal::new(414, Code::Unsupported, "too-many-tags", message));
            }
            tags.dedup();
            if !tags.is_empty() && reference.tag().is_some() {
                let message = "further tags come along with a digest alone";
                return Err(Refusal::malformed("query-unknown", message));
            }
            Ok(Call::ManifestPut(repository, reference, tags))
        }
        "DELETE" => Ok(Call::ManifestDelete(repository, reference)),
        _ => Ok(Call::Manifest(reading(method)?, repository, reference)),
    }
}

fn upload_start(method: &str, repository: Repository, query: &str) -> Result<Call, Refusal> {
    if method != "POST" {
        return Err(wrong_method(method));
    }
    // crane says besides which registry it mounts from. Digests are the same everywhere, and `from` is looked up here alone.
    let query = Query::read(query, &["digest", "digest-algorithm", "mount", "from", "origin"], &[])?;
    let digest = query.get("digest").map(parse_digest).transpose()?;
    let from = query.get("from").map(str::parse).transpose().map_err(|error| malformed_name(&error))?;
    let mount = query.get("mount").map(parse_digest).transpose()?;
    let mount = match (mount, from) {
        (Some(_), _) if digest.is_some() => {
            return Err(Refusal::malformed(
                "query-contradiction",
                "a blob is mounted or comes along, not both",
            ));
        }
        (Some(digest), from) => Some(Mount { digest, from }),
        (None, Some(_)) => {
            return Err(Refusal::malformed("query-contradiction", "'from' says nothing without 'mount'"));
        }
        (None, None) => None,
    };
    let algorithm = query.get("digest-algorithm").map(str::to_owned);
    if algorithm.as_deref().is_some_and(|name| !matches!(name, "sha256" | "sha512")) {
        let message = "the algorithm is neither sha256 nor sha512";
        return Err(Refusal::new(400, Code::DigestInvalid, "digest-algorithm", message));
    }
    Ok(Call::UploadStart { repository, digest, algorithm, mount })
}

fn upload(method: &str, repository: Repository, session: &str, query: &str) -> Result<Call, Refusal> {
    let session = session.parse().map_err(|_| {
        let message = format!("'{}' is no upload that is known", shown(session));
        Refusal::new(404, Code::BlobUploadUnknown, "upload-unknown", message)
    })?;
    // Clients that were refused the end ask with the same query how much has come; it says nothing then.
    let known: &[&str] = if matches!(method, "PUT" | "GET") { &["digest"] } else { &[] };
    let query = Query::read(query, known, &[])?;
    match method {
        "PATCH" => Ok(Call::UploadPart(repository, session)),
        "GET" => Ok(Call::UploadStatus(repository, session)),
        "DELETE" => Ok(Call::UploadCancel(repository, session)),
        "PUT" => {
            let missing = || {
                let message = "the digest of the blob is missing";
                Refusal::new(400, Code::DigestInvalid, "digest-missing", message)
            };
            let digest = parse_digest(query.get("digest").ok_or_else(missing)?)?;
            Ok(Call::UploadEnd(repository, session, digest))
        }
        _ => Err(wrong_method(method)),
    }
}

fn page(query: &Query) -> Result<Page, Refusal> {
    let count = match query.get("n") {
        None => None,
        Some(text) => {
            let is_plain =
                !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
            let count: Option<u32> = text.parse().ok().filter(|_| is_plain);
            let message = "'n' is not a number";
            Some(count.ok_or_else(|| Refusal::malformed("query-number", message))?.min(COUNT_MAX))
        }
    };
    let last = query.get("last").filter(|last| !last.is_empty()).map(str::to_owned);
    Ok(Page { count, last })
}

// RFC 6838, section 4.2, with what parameters need.
fn artifact_type(text: &str) -> Result<String, Refusal> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+/;=\" ".contains(&byte);
    if text.len() > 255 || !text.bytes().all(is_plain) {
        return Err(Refusal::malformed("artifact-type", "'artifactType' is no media type"));
    }
    Ok(text.to_owned())
}

fn repository(parts: &[&str]) -> Result<Repository, Refusal> {
    parts.join("/").parse().map_err(|error| malformed_name(&error))
}

fn parse_digest(text: &str) -> Result<Digest, Refusal> {
    text.parse().map_err(|error: model::DigestError| {
        let message: String = error.to_string().chars().filter(|letter| !letter.is_control()).collect();
        Refusal::new(400, Code::DigestInvalid, "digest-malformed", message)
    })
}

fn malformed_name(error: &crate::names::NameError) -> Refusal {
    Refusal::new(400, Code::NameInvalid, "name-malformed", error.to_string())
}

fn get(method: &str) -> Result<(), Refusal> {
    if method == "GET" { Ok(()) } else { Err(wrong_method(method)) }
}

fn reading(method: &str) -> Result<Reading, Refusal> {
    match method {
        "GET" => Ok(Reading::Content),
        "HEAD" => Ok(Reading::HeadAlone),
        _ => Err(wrong_method(method)),
    }
}

fn wrong_method(method: &str) -> Refusal {
    let message = format!("{} is not known here", shown(method));
    Refusal::new(405, Code::Unsupported, "method", message)
}

fn unknown(path: &str) -> Refusal {
    let message = format!("{} is no call that is known", shown(path));
    Refusal::new(404, Code::Unsupported, "route-unknown", message)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
