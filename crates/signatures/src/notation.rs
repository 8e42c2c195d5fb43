//! Signatures of notation (Notary Project specifications: signature-specification.md, signature-envelope-jws.md,
//! trust-store-trust-policy.md, all version 1.0): JWS envelopes, trust stores and trust policies. COSE envelopes are told
//! as not supported; revocation lists are not asked, which is told of every signature that counts.

mod envelope;
mod policy;
mod subject;

pub use policy::{Notation, NotationError};

use crate::{
    certificate::{Certificate, Purpose, check_path},
    encoding::{decode_base64, shown},
    outcome::Note,
    timestamp::Timestamp,
};
use envelope::Envelope;
use model::Digest;
use policy::{Action, Check, Statement, TimestampWhen};

/// What a signature came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notated {
    /// Everything that the policy enforces holds.
    Valid { subject: String, notes: Vec<Note> },
    /// It was made for something else.
    OtherImage { subject: String, claimed: String },
    /// It does not count.
    Refused(String),
    /// It is not of a form that is understood.
    Malformed(String),
}

impl Notation {
    /// Judges an envelope by the statement for a repository (`registry.example/app`).
    pub(crate) fn judge(
        &self,
        bytes: &[u8],
        image: &Digest,
        repository: Option<&str>,
        now_unix_secs: i64,
    ) -> Notated {
        let Some(statement) = self.statement(repository) else {
            return Notated::Refused("the trust policy has no statement for this repository".to_owned());
        };
        if statement.is_skipped() {
            return Notated::Refused("the trust policy skips verification for this repository".to_owned());
        }
        let envelope = match Envelope::parse(bytes) {
            Ok(envelope) => envelope,
            Err(reason) => return Notated::Malformed(shown(&reason)),
        };
        let judge = Judge { notation: self, statement, envelope: &envelope, now_unix_secs };
        match judge.judge() {
            Err(reason) => Notated::Refused(reason),
            Ok((subject, _)) if envelope.digest != *image => {
                Notated::OtherImage { subject, claimed: envelope.digest.to_string() }
            }
            Ok((subject, notes)) => Notated::Valid { subject, notes },
        }
    }
}

struct Judge<'a> {
    notation: &'a Notation,
    statement: &'a Statement,
    envelope: &'a Envelope,
    now_unix_secs: i64,
}

impl Judge<'_> {
    fn judge(&self) -> Result<(String, Vec<Note>), String> {
        let leaf = &self.envelope.chain[0];
        self.envelope.check_signature()?;
        let subject = subject::shown_subject(&leaf.attributes);
        let mut notes = Vec::new();
        // Where a wrong time is not enforced, the chain is judged as of the day when all of it was valid first.
        let earliest =
            self.envelope.chain.iter().map(|one| one.not_before_unix_secs).max().unwrap_or_default();
        let at = self.weigh(Check::Timestamp, self.signing_time(), &mut notes)?.unwrap_or(earliest);
        self.weigh(Check::Authenticity, self.check_authenticity(at), &mut notes)?;
        self.weigh(Check::Expiry, self.check_expiry(), &mut notes)?;
        if self.statement.action(Check::Revocation) != Action::Skip {
            notes.push(Note::RevocationNotChecked);
        }
        Ok((subject, notes))
    }

    /// What a failed check comes to by the level of the policy.
    fn weigh<T>(
        &self,
        check: Check,
        result: Result<T, String>,
        notes: &mut Vec<Note>,
    ) -> Result<Option<T>, String> {
        match (result, self.statement.action(check)) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(reason), Action::Enforce) => Err(reason),
            (Err(reason), Action::Log) => {
                notes.push(Note::NotEnforced { reason });
                Ok(None)
            }
            (Err(_), Action::Skip) => Ok(None),
        }
    }

    /// The time at which certificates must have been valid: that of a timestamp where one is demanded, else now.
    fn signing_time(&self) -> Result<i64, String> {
        let now = self.now_unix_secs;
        let is_valid_now = self.envelope.chain.iter().all(|certificate| certificate.is_valid_at(now));
        let authorities = self.notation.authorities(&self.statement.stamp_stores);
        let is_needed = match self.statement.timestamp_when {
            TimestampWhen::Always => !self.statement.stamp_stores.is_empty(),
            TimestampWhen::AfterEnd => !is_valid_now,
        };
        if !is_needed {
            return if is_valid_now { Ok(now) } else { Err("a certificate is not valid now".to_owned()) };
        }
        let Some(bytes) = &self.envelope.timestamp else {
            return Err(
                "a certificate is not valid now, or a timestamp is demanded, and there is none".to_owned()
            );
        };
        let timestamp = Timestamp::parse(bytes)?;
        let mut reason = "the trust policy names no authority of timestamps".to_owned();
        for authority in authorities {
            match timestamp.check(&self.envelope.signature, std::slice::from_ref(authority)) {
                Ok(()) => {
                    let is_valid = |one: &Certificate| one.is_valid_at(timestamp.unix_secs);
                    return if self.envelope.chain.iter().all(is_valid) {
                        Ok(timestamp.unix_secs)
                    } else {
                        Err("a certificate was not valid at the time of the timestamp".to_owned())
                    };
                }
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// The chain leads to a trusted store, and the signer is one of those that are trusted.
    fn check_authenticity(&self, at_unix_secs: i64) -> Result<(), String> {
        let (leaf, between) = self.envelope.chain.split_first().expect("an envelope has a certificate");
        let authorities: Vec<Certificate> =
            self.notation.authorities(&self.statement.stores).cloned().collect();
        // signature-specification.md, "Certificate Requirements".
        if !leaf.is_for_signatures {
            return Err("the certificate is not for signatures".to_owned());
        }
        let is_root = authorities.iter().any(|root| root.der == leaf.der);
        // A certificate that is itself in the store needs nobody to vouch for it.
        if !is_root {
            check_path(leaf, between, &authorities, at_unix_secs, Purpose::CodeSigningIfPresent)?;
        }
        if !self.statement.trusts(&leaf.attributes) {
            return Err(format!(
                "the signer '{}' is not one that the trust policy names",
                shown(&subject::shown_subject(&leaf.attributes))
            ));
        }
        Ok(())
    }

    fn check_expiry(&self) -> Result<(), String> {
        match self.envelope.expires_unix_secs {
            Some(end) if end <= self.now_unix_secs => Err("the signature has expired".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Base64 without padding, of the URL's alphabet (RFC 7515, section 2).
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    let is_url = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_url { decode_base64(text) } else { None }
}
