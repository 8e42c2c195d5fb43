//! The front before an OCI registry: who asks, what may be done with which repository, and that nothing leaves whose image did
//! not pass.
//!
//! Requests are read by [`distribution`], judged by [`access`], and asked of the registry in words of the guard's own. Documents
//! and blobs are verified by digest on their way. An image leaves when an [`ImageJudge`] has let it pass, by digest and never by
//! tag; blobs leave when a manifest that has passed refers to them.

mod admission;
mod blobs;
mod connection;
mod directory;
mod exchange;
mod gauge;
mod hashing;
mod identify;
mod kept;
mod lists;
mod manifest_put;
mod manifests;
mod record;
mod reply;
mod running;
mod server;
mod shelf;
mod splice;
mod tls;
mod token_service;
mod upload_parts;
mod upload_sessions;
mod uploads;
mod upstream;

pub use crate::verdicts::{ImageAsked, ImageJudge, Judgement};
pub use server::{BlobDigests, Redirects, RegistryGuard, RegistryOptions};
pub use tls::{RegistryTlsFiles, registry_client_config, registry_server_config};
pub use upstream::UpstreamOptions;
