//! Certificates and keys read from PEM, and the TLS settings of the clients that use them.
//!
//! ```no_run
//! # fn main() -> Result<(), tls::TlsError> {
//! use std::path::Path;
//!
//! let client = tls::Client {
//!     authorities: Some(tls::Authorities::read(Path::new("ca.pem"))?),
//!     identity: Some(tls::Identity::read(Path::new("cert.pem"), Path::new("key.pem"))?),
//!     ..tls::Client::default()
//! };
//! let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(client.settings()).build().into();
//! # Ok(())
//! # }
//! ```
//!
//! Invariants: [`Authorities`] holds a certificate that can vouch for somebody; the key of an [`Identity`] belongs to its
//! certificate, which TLS libraries otherwise notice in the middle of a handshake; no key is printed, not even by `Debug`;
//! no file is read beyond [`FILE_BYTES_MAX`].
#![allow(clippy::disallowed_methods, reason = "this crate is the door to files of certificates and keys")]

mod authorities;
mod client;
mod error;
mod identity;
mod pem_file;

pub use authorities::{Authorities, machine_authorities};
pub use client::Client;
pub use error::TlsError;
pub use identity::Identity;
pub use pem_file::FILE_BYTES_MAX;
