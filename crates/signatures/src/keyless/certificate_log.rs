//! Proofs that a certificate was logged: signed certificate timestamps in it (RFC 6962, section 3.3).

use super::trusted_root::Log;
use crate::{certificate::Certificate, der};
use sha2::{Digest as _, Sha256};
use x509_parser::extensions::ParsedExtension;

/// 1.3.6.1.4.1.11129.2.4.2 (RFC 6962, section 3.3).
const LIST: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02];
const EXTENSIONS_MAX: usize = 64;

/// Checks that a log that is trusted has promised to keep this certificate of one of these issuers.
pub(crate) fn check(leaf: &Certificate, issuers: &[&Certificate], logs: &[Log]) -> Result<(), String> {
    let (_, read) =
        x509_parser::parse_x509_certificate(&leaf.der).map_err(|_| "it cannot be read".to_owned())?;
    let mut lists = read.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SCT(list) => Some(list),
        _ => None,
    });
    let (Some(list), None) = (lists.next(), lists.next()) else {
        return Err("the certificate has no signed certificate timestamp".to_owned());
    };
    let signed = without_list(&leaf.signed).ok_or("the certificate cannot be read")?;
    let length = u32::try_from(signed.len()).ok().filter(|length| *length < 1 << 24);
    let length = length.ok_or("the certificate is too long")?.to_be_bytes();
    for timestamp in list {
        let logs = logs.iter().filter(|log| {
            let at = i64::try_from(timestamp.timestamp / 1000).unwrap_or(i64::MAX);
            log.id == timestamp.id.key_id && log.period.holds(at)
        });
        for log in logs {
            for issuer in issuers {
                // RFC 6962, section 3.2: version, kind of signature, time, kind of entry, issuer, certificate, extensions.
                let extensions = timestamp.extensions.0;
                let bytes = [
                    &[timestamp.version.0, 0][..],
                    &timestamp.timestamp.to_be_bytes(),
                    &[0, 1],
                    &Sha256::digest(&issuer.spki),
                    &length[1..],
                    &signed,
                    &u16::try_from(extensions.len()).unwrap_or(u16::MAX).to_be_bytes(),
                    extensions,
                ]
                .concat();
                if log.key.is_signature_of(&bytes, timestamp.signature.data) {
                    return Ok(());
                }
            }
        }
    }
    Err("no log that is trusted has promised to keep the certificate".to_owned())
}

/// The signed part without the list itself, as the log has seen it (RFC 6962, section 3.2, PreCert).
fn without_list(signed: &[u8]) -> Option<Vec<u8>> {
    let content = der::only(signed, der::SEQUENCE)?;
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for part in der::all(content, EXTENSIONS_MAX)? {
        if part.tag != der::context(3) {
            parts.push(part.whole.to_vec());
            continue;
        }
        let extensions = der::all(der::only(part.content, der::SEQUENCE)?, EXTENSIONS_MAX)?;
        let kept: Vec<&[u8]> = extensions
            .iter()
            .filter(|one| der::take(one.content, der::OBJECT_IDENTIFIER).is_none_or(|(id, _)| id != LIST))
            .map(|one| one.whole)
            .collect();
        if !kept.is_empty() {
            parts.push(der::element(der::context(3), &[&der::element(der::SEQUENCE, &kept)]));
        }
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Some(der::element(der::SEQUENCE, &parts))
}
