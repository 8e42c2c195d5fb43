//! OCI distribution client: opens images that lie in a registry, and lists what a registry holds.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = registry::Client::new(registry::Options::from_env())?;
//! let reference: oci::Reference = "alpine:3.18".parse()?;
//! for image in client.open(&reference, &oci::PlatformChoice::default())? {
//!     println!("{}: {} layers", image.target.name, image.layers.len());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Layers are streamed when they are walked: nothing is stored. A broken connection is resumed where it broke.
//!
//! Invariants: credentials are [`model::Redacted`], go to the registry or its token server alone, never to the
//! host that a redirect names, and appear in no error. Certificates are verified and plain http is not spoken
//! unless [`Options::insecure`] names the host or the host is this machine. Every answer is bounded in size,
//! every wait in time.
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the door to registries; it reads their credentials and certificates"
)]

mod authority;
mod authorization;
mod blob;
mod challenge;
mod client;
mod credential;
mod credential_helper;
mod docker_config;
mod endpoint;
mod error;
mod failure;
mod http;
mod link;
mod listing;
mod manifest;
mod options;
mod progress;
mod pull;
mod push;
mod referrers;
mod retry;
mod slots;
mod token;
mod trust;
mod url;

pub use blob::BlobReader;
pub use challenge::{Challenge, parse_challenges};
pub use client::Client;
pub use credential::Credential;
pub use docker_config::DockerConfig;
pub use error::{Hint, RegistryError, StatusError};
pub use listing::Listing;
pub use manifest::{FetchedManifest, ManifestSummary};
pub use options::{CaBundle, Insecure, Options};
pub use progress::{Progress, ProgressEvent};
pub use referrers::Referrer;
