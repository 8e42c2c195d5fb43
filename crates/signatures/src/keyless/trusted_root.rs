//! Whom sigstore's users trust (sigstore/protobuf-specs, sigstore_trustroot.proto, in its JSON form).

use crate::{PublicKey, certificate::Certificate, encoding::decode_base64};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The authorities and logs of a sigstore: what `trusted_root.json` holds.
#[derive(Clone, Debug)]
pub struct TrustedRoot {
    pub(crate) certificate_authorities: Vec<Authority>,
    pub(crate) timestamp_authorities: Vec<Authority>,
    pub(crate) transparency_logs: Vec<Log>,
    pub(crate) certificate_logs: Vec<Log>,
}

/// A chain of certificates: those between, and the one that is trusted.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) period: Period,
}

/// A log and its key.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) id: Vec<u8>,
    /// By what its signatures of checkpoints are named.
    pub(crate) checkpoint_id: Vec<u8>,
    pub(crate) key: PublicKey,
    pub(crate) period: Period,
}

/// When something is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    from_unix_secs: i64,
    to_unix_secs: i64,
}

impl Period {
    pub(crate) const fn holds(&self, unix_secs: i64) -> bool {
        self.from_unix_secs <= unix_secs && unix_secs <= self.to_unix_secs
    }
}

/// Why a text is no trusted root.
#[derive(Debug, thiserror::Error)]
pub enum TrustedRootError {
    /// Not JSON of this shape.
    #[error("it is not sigstore's trusted_root.json: {0}")]
    Json(serde_json::Error),
    /// A version that is not known.
    #[error("it is a trusted root of type '{0}', which is not supported")]
    Version(String),
    /// Something in it cannot be used.
    #[error("{what} of the trusted root cannot be used: {reason}")]
    Malformed {
        /// What.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// Nothing could ever be verified with it.
    #[error("the trusted root has no {0} that can be used")]
    Nothing(&'static str),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRoot {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    tlogs: Vec<RawLog>,
    #[serde(default)]
    ctlogs: Vec<RawLog>,
    #[serde(default)]
    certificate_authorities: Vec<RawAuthority>,
    #[serde(default)]
    timestamp_authorities: Vec<RawAuthority>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLog {
    public_key: RawKey,
    #[serde(default)]
    log_id: RawId,
    #[serde(default)]
    checkpoint_key_id: Option<RawId>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawId {
    #[serde(default)]
    key_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawKey {
    raw_bytes: String,
    #[serde(default)]
    valid_for: RawPeriod,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAuthority {
    cert_chain: RawChain,
    #[serde(default)]
    valid_for: RawPeriod,
}

#[derive(Deserialize)]
struct RawChain {
    #[serde(default)]
    certificates: Vec<RawCertificate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCertificate {
    raw_bytes: String,
}

#[derive(Default, Deserialize)]
struct RawPeriod {
    #[serde(default)]
    start: Option<String>,
    #[serde(default)]
    end: Option<String>,
}

const ITEMS_MAX: usize = 64;

impl TrustedRoot {
    /// Reads `trusted_root.json`.
    ///
    /// # Errors
    /// When it is malformed, or has no certificate authority, no transparency log or no log of certificates. A log whose
    /// key is of a kind that is not supported is left out: what it vouches for does not count.
    pub fn parse(bytes: &[u8]) -> Result<Self, TrustedRootError> {
        let raw: RawRoot = serde_json::from_slice(bytes).map_err(TrustedRootError::Json)?;
        match raw.media_type.as_str() {
            "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
            | "application/vnd.dev.sigstore.trustedroot.v0.1+json"
            | "application/vnd.dev.sigstore.trustedroot.v0.2+json" => {}
            other => return Err(TrustedRootError::Version(crate::encoding::shown(other))),
        }
        let root = Self {
            certificate_authorities: authorities("a certificate authority", &raw.certificate_authorities)?,
            timestamp_authorities: authorities("a timestamp authority", &raw.timestamp_authorities)?,
            transparency_logs: logs("a transparency log", &raw.tlogs)?,
            certificate_logs: logs("a log of certificates", &raw.ctlogs)?,
        };
        for (is_empty, what) in [
            (root.certificate_authorities.is_empty(), "certificate authority"),
            (root.transparency_logs.is_empty(), "transparency log"),
            (root.certificate_logs.is_empty(), "log of certificates"),
        ] {
            if is_empty {
                return Err(TrustedRootError::Nothing(what));
            }
        }
        Ok(root)
    }
}

fn authorities(what: &'static str, raw: &[RawAuthority]) -> Result<Vec<Authority>, TrustedRootError> {
    let malformed = |reason: String| TrustedRootError::Malformed { what, reason };
    let mut found = Vec::new();
    for authority in raw.iter().take(ITEMS_MAX) {
        let mut certificates = Vec::new();
        for certificate in authority.cert_chain.certificates.iter().take(ITEMS_MAX) {
            let der = decode_base64(&certificate.raw_bytes)
                .ok_or_else(|| malformed("a certificate is not base64".to_owned()))?;
            certificates.push(Certificate::parse(&der).map_err(malformed)?);
        }
        if certificates.is_empty() {
            return Err(malformed("it has no certificate".to_owned()));
        }
        found.push(Authority { certificates, period: period(&authority.valid_for).map_err(malformed)? });
    }
    Ok(found)
}

fn logs(what: &'static str, raw: &[RawLog]) -> Result<Vec<Log>, TrustedRootError> {
    let malformed = |reason: String| TrustedRootError::Malformed { what, reason };
    let mut found = Vec::new();
    for log in raw.iter().take(ITEMS_MAX) {
        let decode =
            |text: &str| decode_base64(text).ok_or_else(|| malformed("something is not base64".to_owned()));
        let id = decode(&log.log_id.key_id)?;
        if id.len() < 4 {
            return Err(malformed("its identifier is too short".to_owned()));
        }
        let checkpoint_id = match &log.checkpoint_key_id {
            Some(named) if !named.key_id.is_empty() => decode(&named.key_id)?,
            _ => id.clone(),
        };
        let Ok(key) = PublicKey::from_spki(&decode(&log.public_key.raw_bytes)?) else { continue };
        if log.public_key.valid_for.start.is_none() {
            return Err(malformed("it does not tell from when it is trusted".to_owned()));
        }
        let period = period(&log.public_key.valid_for).map_err(malformed)?;
        found.push(Log { id, checkpoint_id, key, period });
    }
    Ok(found)
}

fn period(raw: &RawPeriod) -> Result<Period, String> {
    let at = |text: &Option<String>, else_unix_secs: i64| match text {
        None => Ok(else_unix_secs),
        Some(text) => unix_secs(text).ok_or_else(|| format!("'{}' is no time", crate::encoding::shown(text))),
    };
    Ok(Period { from_unix_secs: at(&raw.start, i64::MIN)?, to_unix_secs: at(&raw.end, i64::MAX)? })
}

/// Seconds since 1970 of a time as RFC 3339 writes it.
pub(crate) fn unix_secs(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}
