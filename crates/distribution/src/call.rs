//! One call, typed.

use crate::encoding::encode;
use crate::names::{Reference, Repository, Session, Tag};
use model::Digest;

/// A call of the API. Each variant names its endpoint in the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// end-1: whether this is a registry.
    Base(Reading),
    /// The names of repositories (not of the specification; `GET /v2/_catalog`).
    Catalog(Page),
    /// The token service; its place is the guard's own.
    Token(TokenQuery),
    /// The token service by a form (OAuth 2).
    TokenForm,
    /// end-2, end-10: a blob.
    Blob(Reading, Repository, Digest),
    /// end-10.
    BlobDelete(Repository, Digest),
    /// end-3: a manifest.
    Manifest(Reading, Repository, Reference),
    /// end-7: a manifest comes in, perhaps under further tags.
    ManifestPut(Repository, Reference, Vec<Tag>),
    /// end-9: a manifest or tag goes.
    ManifestDelete(Repository, Reference),
    /// end-8: the tags of a repository.
    Tags(Repository, Page),
    /// end-12: what refers to a manifest.
    Referrers(Repository, Digest, Option<String>),
    /// end-4: an upload begins; with a digest the whole blob comes along.
    UploadStart {
        /// Where.
        repository: Repository,
        /// The digest of the blob that comes along.
        digest: Option<Digest>,
        /// Which algorithm the digest will be of.
        algorithm: Option<String>,
        /// end-11: taken from another repository instead.
        mount: Option<Mount>,
    },
    /// end-5: a part comes in.
    UploadPart(Repository, Session),
    /// end-6: the last part, or none, comes in.
    UploadEnd(Repository, Session, Digest),
    /// end-13: how much has come in.
    UploadStatus(Repository, Session),
    /// end-14: nothing more will come.
    UploadCancel(Repository, Session),
}

/// Whether the content is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `GET`.
    Content,
    /// `HEAD`.
    HeadAlone,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub count: Option<u32>,
    /// Those behind this one.
    pub last: Option<String>,
}

/// A blob to be taken from another repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Which.
    pub digest: Digest,
    /// Whence; the registry may look by itself when nothing is said.
    pub from: Option<Repository>,
}

/// What a token is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenQuery {
    /// For whom it is.
    pub service: Option<String>,
    /// What it is to allow, unread.
    pub scopes: Vec<String>,
    /// Who says to ask.
    pub account: Option<String>,
}

impl Call {
    /// The repository that it is about.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Base(_) | Self::Catalog(_) | Self::Token(_) | Self::TokenForm => None,
            Self::Blob(_, repository, _)
            | Self::BlobDelete(repository, _)
            | Self::Manifest(_, repository, _)
            | Self::ManifestPut(repository, ..)
            | Self::ManifestDelete(repository, _)
            | Self::Tags(repository, _)
            | Self::Referrers(repository, ..)
            | Self::UploadStart { repository, .. }
            | Self::UploadPart(repository, _)
            | Self::UploadEnd(repository, ..)
            | Self::UploadStatus(repository, _)
            | Self::UploadCancel(repository, _) => Some(repository),
        }
    }

    /// The method that it is written with.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::Base(reading) | Self::Blob(reading, ..) | Self::Manifest(reading, ..) => reading.method(),
            Self::Catalog(_)
            | Self::Token(_)
            | Self::Tags(..)
            | Self::Referrers(..)
            | Self::UploadStatus(..) => "GET",
            Self::TokenForm | Self::UploadStart { .. } => "POST",
            Self::ManifestPut(..) | Self::UploadEnd(..) => "PUT",
            Self::UploadPart(..) => "PATCH",
            Self::BlobDelete(..) | Self::ManifestDelete(..) | Self::UploadCancel(..) => "DELETE",
        }
    }

    /// A word for logs that lives forever.
    #[must_use]
    pub fn route(&self) -> &'static str {
        match self {
            Self::Base(_) => "base",
            Self::Catalog(_) => "catalog",
            Self::Token(_) | Self::TokenForm => "token",
            Self::Blob(Reading::Content, ..) => "blob.get",
            Self::Blob(Reading::HeadAlone, ..) => "blob.head",
            Self::BlobDelete(..) => "blob.delete",
            Self::Manifest(Reading::Content, ..) => "manifest.get",
            Self::Manifest(Reading::HeadAlone, ..) => "manifest.head",
            Self::ManifestPut(..) => "manifest.put",
            Self::ManifestDelete(..) => "manifest.delete",
            Self::Tags(..) => "tags.list",
            Self::Referrers(..) => "referrers.list",
            Self::UploadStart { mount: Some(_), .. } => "blob.mount",
            Self::UploadStart { .. } => "upload.start",
            Self::UploadPart(..) => "upload.part",
            Self::UploadEnd(..) => "upload.end",
            Self::UploadStatus(..) => "upload.status",
            Self::UploadCancel(..) => "upload.cancel",
        }
    }

    /// The target, written anew. Sessions and the token service are the guard's own: the registry never sees their targets.
    #[must_use]
    pub fn target(&self) -> String {
        let mut query: Vec<(&str, String)> = Vec::new();
        let path = match self {
            Self::Base(_) => "/v2/".to_owned(),
            Self::Catalog(page) => {
                page.write(&mut query);
                "/v2/_catalog".to_owned()
            }
            Self::Token(token) => {
                query.extend(token.service.iter().map(|service| ("service", service.clone())));
                query.extend(token.scopes.iter().map(|scope| ("scope", scope.clone())));
                query.extend(token.account.iter().map(|account| ("account", account.clone())));
                "/token".to_owned()
            }
            Self::TokenForm => "/token".to_owned(),
            Self::Blob(_, repository, digest) | Self::BlobDelete(repository, digest) => {
                format!("/v2/{repository}/blobs/{digest}")
            }
            Self::Manifest(_, repository, reference) | Self::ManifestDelete(repository, reference) => {
                format!("/v2/{repository}/manifests/{reference}")
            }
            Self::ManifestPut(repository, reference, tags) => {
                query.extend(tags.iter().map(|tag| ("tag", tag.to_string())));
                format!("/v2/{repository}/manifests/{reference}")
            }
            Self::Tags(repository, page) => {
                page.write(&mut query);
                format!("/v2/{repository}/tags/list")
            }
            Self::Referrers(repository, digest, artifact_type) => {
                query.extend(artifact_type.iter().map(|kind| ("artifactType", kind.clone())));
                format!("/v2/{repository}/referrers/{digest}")
            }
            Self::UploadStart { repository, digest, algorithm, mount } => {
                if let Some(mount) = mount {
                    query.push(("mount", mount.digest.to_string()));
                    query.extend(mount.from.iter().map(|from| ("from", from.to_string())));
                }
                query.extend(digest.iter().map(|digest| ("digest", digest.to_string())));
                query.extend(algorithm.iter().map(|algorithm| ("digest-algorithm", algorithm.clone())));
                format!("/v2/{repository}/blobs/uploads/")
            }
            Self::UploadPart(repository, session)
            | Self::UploadStatus(repository, session)
            | Self::UploadCancel(repository, session) => {
                format!("/v2/{repository}/blobs/uploads/{session}")
            }
            Self::UploadEnd(repository, session, digest) => {
                query.push(("digest", digest.to_string()));
                format!("/v2/{repository}/blobs/uploads/{session}")
            }
        };
        let query: Vec<String> =
            query.into_iter().map(|(key, value)| format!("{key}={}", encode(&value))).collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }
}

impl Reading {
    /// `GET` or `HEAD`.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Content => "GET",
            Self::HeadAlone => "HEAD",
        }
    }
}

impl Page {
    fn write(&self, query: &mut Vec<(&str, String)>) {
        query.extend(self.count.iter().map(|count| ("n", count.to_string())));
        query.extend(self.last.iter().map(|last| ("last", last.clone())));
    }
}
