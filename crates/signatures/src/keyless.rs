//! Signatures with a certificate of a moment instead of a key that is kept ("keyless"): who signed is an identity at an
//! issuer, and authorities and logs that are trusted vouch for it (sigstore, Client Specification; cosign,
//! specs/SIGNATURE_SPEC.md). Nothing is fetched.

mod certificate_log;
mod inclusion;
mod log_body;
mod log_entry;
mod trusted_root;

pub(crate) use log_body::LoggedContent;
pub use log_entry::LogEntry;
pub(crate) use log_entry::RawEntry;
pub(crate) use trusted_root::unix_secs;
pub use trusted_root::{TrustedRoot, TrustedRootError};

use crate::{
    certificate::{Certificate, Purpose, check_path},
    timestamp::Timestamp,
};
use log_body::Logged;
use regex::Regex;

/// Whom certificates are demanded of.
#[derive(Clone, Debug)]
pub struct Keyless {
    /// The authorities and logs that vouch.
    pub root: TrustedRoot,
    /// Who counts: each is one signer.
    pub identities: Vec<IdentityPattern>,
    /// At which issuer, exactly.
    pub issuer: String,
}

/// Who counts as a signer.
#[derive(Clone, Debug)]
pub enum IdentityPattern {
    /// Whoever has exactly this identity: an address of mail, the URI of a workflow.
    Exact(String),
    /// Whoever has an identity that this fits as a whole.
    Fits(Regex),
}

impl IdentityPattern {
    /// A pattern that an identity must fit from its beginning to its end.
    ///
    /// # Errors
    /// When it is no regular expression.
    pub fn regex(text: &str) -> Result<Self, regex::Error> {
        // `text` alone is checked too, so that a bracket in it cannot end the group.
        Regex::new(text)?;
        Regex::new(&format!("^(?:{text})$")).map(Self::Fits)
    }

    pub(crate) fn fits(&self, identity: &str) -> bool {
        match self {
            Self::Exact(expected) => identity == expected,
            Self::Fits(pattern) => pattern.is_match(identity),
        }
    }
}

/// What came with a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Material {
    /// The certificate, then those between.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) log_entries: Vec<LogEntry>,
    /// Responses or tokens of authorities.
    pub(crate) timestamps: Vec<Vec<u8>>,
    /// Whether the form demands proofs that logs have their entries.
    pub(crate) needs_proof: bool,
}

/// Who signed, by the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identified {
    pub(crate) identity: String,
    pub(crate) issuer: String,
}

/// Why a signature with a certificate does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Something does not vouch for it.
    Untrusted(String),
    /// It is somebody else's.
    Identity(Identified),
}

impl From<String> for Refused {
    fn from(reason: String) -> Self {
        Self::Untrusted(reason)
    }
}

impl From<&str> for Refused {
    fn from(reason: &str) -> Self {
        Self::Untrusted(reason.to_owned())
    }
}

const CERTIFICATES_MAX: usize = 8;
const VOUCHERS_MAX: usize = 32;

impl Keyless {
    /// Who made a signature over a message, when everything vouches for it: at the time that a log or an authority has
    /// signed, the certificate led to a trusted authority and was logged, and a trusted log has the signature.
    pub(crate) fn signer(
        &self,
        material: &Material,
        message: &[u8],
        signature: &[u8],
        content: LoggedContent<'_>,
        now_unix_secs: i64,
    ) -> Result<Identified, Refused> {
        if material.certificates.len() > CERTIFICATES_MAX {
            return Err("there are too many certificates".into());
        }
        let chain: Vec<Certificate> =
            material.certificates.iter().map(|der| Certificate::parse(der)).collect::<Result<_, String>>()?;
        let (leaf, between) = chain.split_first().ok_or("there is no certificate")?;
        if !leaf.key()?.is_signature_of(message, signature) {
            return Err("it was not made with the key of its certificate, or was changed".into());
        }
        let logged = Logged { content, signature, verifier: &leaf.der };
        let times = self.times(material, &logged, now_unix_secs)?;
        for at in times {
            self.check_certificate(leaf, between, at)?;
        }
        let issuer =
            leaf.identity_issuer.clone().ok_or("the certificate does not tell the issuer of the identity")?;
        let fits = |identity: &&String| self.identities.iter().any(|pattern| pattern.fits(identity));
        let found = leaf.identities.iter().find(fits).filter(|_| issuer == self.issuer);
        match found {
            Some(identity) => Ok(Identified { identity: identity.clone(), issuer }),
            None => {
                let identity = leaf.identities.first().cloned().unwrap_or_default();
                Err(Refused::Identity(Identified { identity, issuer }))
            }
        }
    }

    /// When it was made, as everybody says who vouches for that; whatever came along must hold.
    fn times(
        &self,
        material: &Material,
        logged: &Logged<'_>,
        now_unix_secs: i64,
    ) -> Result<Vec<i64>, Refused> {
        if material.log_entries.len() + material.timestamps.len() > VOUCHERS_MAX {
            return Err("there are too many log entries and timestamps".into());
        }
        if material.log_entries.is_empty() {
            return Err("no transparency log has it".into());
        }
        let mut times = Vec::new();
        for entry in &material.log_entries {
            times.extend(entry.check(&self.root, logged, material.needs_proof, now_unix_secs)?);
        }
        for bytes in &material.timestamps {
            let timestamp = Timestamp::parse(bytes)?;
            let mut reason = "the timestamp is of no authority that is trusted".to_owned();
            let mut is_trusted = false;
            for authority in &self.root.timestamp_authorities {
                match timestamp.check(logged.signature, &authority.certificates) {
                    Ok(()) if !authority.period.holds(timestamp.unix_secs) => {
                        reason = "the timestamp's authority is not trusted at its time".to_owned();
                    }
                    Ok(()) => is_trusted = true,
                    Err(error) => reason = error,
                }
            }
            if !is_trusted {
                return Err(reason.into());
            }
            times.push(timestamp.unix_secs);
        }
        if times.is_empty() {
            return Err("nobody who is trusted tells when it was made".into());
        }
        Ok(times)
    }

    fn check_certificate(
        &self,
        leaf: &Certificate,
        between: &[Certificate],
        at_unix_secs: i64,
    ) -> Result<(), Refused> {
        if !leaf.is_valid_at(at_unix_secs) {
            return Err("the certificate was not valid when it was made".into());
        }
        let mut reason = "there is no certificate authority that is trusted at the time".to_owned();
        for authority in self.root.certificate_authorities.iter().filter(|one| one.period.holds(at_unix_secs))
        {
            let (root, own) = authority.certificates.split_last().expect("an authority has a certificate");
            let all: Vec<Certificate> = between.iter().chain(own).cloned().collect();
            let path = check_path(leaf, &all, std::slice::from_ref(root), at_unix_secs, Purpose::CodeSigning);
            match path {
                Ok(()) => {
                    let issuers: Vec<&Certificate> =
                        all.iter().chain([root]).filter(|one| one.subject == leaf.issuer).collect();
                    return Ok(certificate_log::check(leaf, &issuers, &self.root.certificate_logs)?);
                }
                Err(error) => reason = error,
            }
        }
        Err(reason.into())
    }
}
