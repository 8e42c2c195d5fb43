//! Whom to trust, and what the client shows.

use crate::{CaBundle, Options, RegistryError, authority::host_of};
use std::path::{Path, PathBuf};
use tls::{Authorities, Identity, TlsError};

/// TLS towards one host, with what a `certs.d` directory says of it.
pub(crate) fn client(
    authority: &str,
    is_verified: bool,
    options: &Options,
) -> Result<tls::Client, RegistryError> {
    let of_host =
        CertsDir::read(authority, &options.certs_dirs).map_err(|source| RegistryError::Tls { source })?;
    let mut authorities = match &options.ca_bundle {
        CaBundle::BuiltIn => None,
        CaBundle::Machine(machine) => Some(machine.clone()),
    };
    for more in options.authorities.iter().chain(&of_host.authorities) {
        match &mut authorities {
            Some(authorities) => authorities.extend(more),
            None => authorities = Some(more.clone()),
        }
    }
    let identity = of_host.identity.or_else(|| options.identity.clone());
    Ok(tls::Client { authorities, identity, is_unverified: !is_verified })
}

#[derive(Default)]
struct CertsDir {
    authorities: Vec<Authorities>,
    identity: Option<Identity>,
}

impl CertsDir {
    /// Reads `DIR/HOST[:PORT]/`: every `*.crt` is an authority, `X.cert` with `X.key` is the client's.
    fn read(authority: &str, directories: &[PathBuf]) -> Result<Self, TlsError> {
        let mut found = Self::default();
        // The name becomes a path component.
        if authority.contains('/') || host_of(authority).is_empty() || authority.starts_with('.') {
            return Ok(found);
        }
        for directory in directories {
            let Ok(entries) = std::fs::read_dir(directory.join(authority)) else { continue };
            let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).take(200).collect();
            files.sort();
            for file in &files {
                match file.extension().and_then(|extension| extension.to_str()) {
                    Some("crt") => found.authorities.extend(readable(Authorities::read(file))?),
                    Some("cert") if found.identity.is_none() => {
                        found.identity = readable(Identity::read(file, &key_of(file)))?;
                    }
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

fn key_of(certificate: &Path) -> PathBuf {
    certificate.with_extension("key")
}

// Root's key is no error for everybody else: the registry says whether it wants one.
fn readable<T>(read: Result<T, TlsError>) -> Result<Option<T>, TlsError> {
    match read {
        Err(TlsError::Read { .. }) => Ok(None),
        read => read.map(Some),
    }
}
