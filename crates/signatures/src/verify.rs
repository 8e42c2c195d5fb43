//! Judges every signature that was found for an image.

use crate::{
    Demand,
    bundle::{BUNDLE_PREFIX, Bundle, BundleError, Content},
    dsse::{DSSE_MEDIA_TYPE, Envelope},
    encoding::{decode_base64, digest_like, shown},
    gather::{Document, Gathered, is_notation},
    outcome::{Checked, Judgement, Kind, Note, Outcome, ProblemKind, Verdict},
    public_key::{KeyAlgorithm, KeyId},
    simple_signing::{
        CERTIFICATE_ANNOTATION, COSIGN_SIGNATURE_TYPE, LOG_ANNOTATION, SIGNATURE_ANNOTATION,
        SIMPLE_SIGNING_MEDIA_TYPE, SimpleSigning, TIMESTAMP_ANNOTATION,
    },
    statement::{COSIGN_SIGN_PREDICATE, STATEMENT_PAYLOAD_TYPE, Statement},
};
use model::Digest;
use std::collections::BTreeSet;

/// Judges every signature that was found for an image.
#[must_use]
pub fn verify(demand: &Demand, image: &Digest, gathered: &Gathered) -> Outcome {
    let judge = Judge { demand, image, subject: gathered.subject.as_deref() };
    let mut signatures = Vec::new();
    for document in &gathered.documents {
        judge.document(document, &mut signatures);
    }
    let valid_keys: BTreeSet<KeyId> =
        signatures.iter().filter_map(|checked| judge.counting(checked)).collect();
    let verdict = if valid_keys.len() >= demand.threshold {
        Verdict::Verified
    } else if gathered.problems.iter().any(|problem| problem.kind != ProblemKind::Content) {
        Verdict::Unreadable
    } else if !valid_keys.is_empty() {
        Verdict::BelowThreshold
    } else if !gathered.problems.is_empty()
        || signatures.iter().any(|checked| judge.is_of_demanded_kind(&checked.kind))
    {
        Verdict::Invalid
    } else {
        Verdict::Unsigned
    };
    Outcome {
        digest: image.clone(),
        verdict,
        valid_keys: valid_keys.into_iter().collect(),
        threshold: demand.threshold,
        signatures,
        problems: gathered.problems.clone(),
    }
}

type Judged = (Kind, Judgement, Vec<Note>);

struct Judge<'a> {
    demand: &'a Demand,
    image: &'a Digest,
    subject: Option<&'a [u8]>,
}

impl Judge<'_> {
    /// The key of a signature that counts. An attestation says something about an image, perhaps that it is
    /// bad; it does not vouch for it.
    fn counting(&self, checked: &Checked) -> Option<KeyId> {
        let Judgement::Valid { key } = &checked.judgement else { return None };
        let is_demanded = checked.kind != Kind::Unknown && self.is_of_demanded_kind(&checked.kind);
        is_demanded.then(|| key.clone())
    }

    fn is_of_demanded_kind(&self, kind: &Kind) -> bool {
        match (&self.demand.predicate_type, kind) {
            (_, Kind::Unknown) | (None, Kind::Signature) => true,
            (Some(wanted), Kind::Attestation { predicate_type }) => wanted == predicate_type,
            (Some(_), Kind::Signature) | (None, Kind::Attestation { .. }) => false,
        }
    }

    fn document(&self, document: &Document, out: &mut Vec<Checked>) {
        let mut add = |kind, judgement, notes| {
            out.push(Checked { place: document.place.clone(), kind, judgement, notes });
        };
        match document.media_type.as_str() {
            SIMPLE_SIGNING_MEDIA_TYPE => {
                let (judgement, notes) = self.simple_signing(document);
                add(Kind::Signature, judgement, notes);
            }
            DSSE_MEDIA_TYPE => match Envelope::parse(&document.bytes) {
                Err(error) => add(Kind::Unknown, malformed(error.to_string()), Vec::new()),
                Ok(envelope) => {
                    for number in 0..envelope.signatures.len() {
                        let (kind, judgement, mut notes) = self.envelope(&envelope, number, None);
                        notes.extend(notes_of(document));
                        add(kind, judgement, notes);
                    }
                }
            },
            bundle if bundle.starts_with(BUNDLE_PREFIX) => {
                let (kind, judgement, notes) = self.bundle(document);
                add(kind, judgement, notes);
            }
            notation if is_notation(notation) => {
                let reason = "a signature of notation; only cosign's formats are verified".to_owned();
                add(Kind::Signature, Judgement::Unsupported { reason }, Vec::new());
            }
            other => {
                let reason = format!("media type '{}'", shown(other));
                add(Kind::Unknown, Judgement::Unsupported { reason }, Vec::new());
            }
        }
    }

    /// cosign, specs/SIGNATURE_SPEC.md: the signature is over the exact bytes of the payload.
    fn simple_signing(&self, document: &Document) -> (Judgement, Vec<Note>) {
        let mut notes = notes_of(document);
        let Some(text) = document.annotations.get(SIGNATURE_ANNOTATION) else {
            return (malformed(format!("there is no annotation {SIGNATURE_ANNOTATION}")), notes);
        };
        let Some(signature) = decode_base64(text) else {
            return (malformed("the signature is not base64".to_owned()), notes);
        };
        let payload = match SimpleSigning::parse(&document.bytes) {
            Ok(payload) => payload,
            Err(error) => return (malformed(format!("payload: {error}")), notes),
        };
        let Some(key) = self.key_of(&document.bytes, &signature) else {
            let has_certificate = notes.contains(&Note::CertificateNotVerified);
            let unmatched = Unmatched { hint: None, has_certificate, signature: &signature };
            return (self.no_key(&unmatched, &mut notes), notes);
        };
        let critical = payload.critical;
        if critical.kind != COSIGN_SIGNATURE_TYPE && critical.kind != COSIGN_SIGN_PREDICATE {
            return (malformed(format!("payload of type '{}'", shown(&critical.kind))), notes);
        }
        let digest = critical.image.docker_manifest_digest;
        if digest != *self.image {
            return (Judgement::WrongDigest { key, claimed: digest.to_string() }, notes);
        }
        let name = shown(&critical.identity.docker_reference);
        if !self.demand.accepts_name(&critical.identity.docker_reference) {
            return (Judgement::WrongName { key, claimed: name }, notes);
        }
        notes.push(Note::SignedAs { name });
        (Judgement::Valid { key }, notes)
    }

    /// One signature of an envelope, which may have come in a bundle.
    fn envelope(&self, envelope: &Envelope, number: usize, bundle: Option<&Bundle>) -> Judged {
        let signature = &envelope.signatures[number];
        // DSSE protocol.md: the type says how to read the payload, so another type is not read at all.
        if envelope.payload_type != STATEMENT_PAYLOAD_TYPE {
            let reason = format!("envelope with a payload of type '{}'", shown(&envelope.payload_type));
            return (Kind::Unknown, Judgement::Unsupported { reason }, Vec::new());
        }
        let statement = match Statement::parse(&envelope.payload) {
            Ok(statement) => statement,
            Err(reason) => return (Kind::Unknown, malformed(shown(&reason)), Vec::new()),
        };
        let kind = match statement.predicate_type.as_str() {
            COSIGN_SIGN_PREDICATE => Kind::Signature,
            other => Kind::Attestation { predicate_type: shown(other) },
        };
        let Some(key) = self.key_of(&envelope.signed_bytes(), &signature.bytes) else {
            let mut notes = Vec::new();
            let unmatched = Unmatched {
                hint: bundle.and_then(|bundle| bundle.key_hint.as_deref()).or(Some(&signature.key_hint)),
                has_certificate: bundle.is_some_and(|bundle| bundle.has_certificate),
                signature: &signature.bytes,
            };
            return (kind, self.no_key(&unmatched, &mut notes), notes);
        };
        if !statement.is_about(self.image) {
            let claimed = statement.subjects_shown();
            return (kind, Judgement::WrongDigest { key, claimed }, Vec::new());
        }
        (kind, self.nameless(key), Vec::new())
    }

    fn bundle(&self, document: &Document) -> Judged {
        let bundle = match Bundle::parse(&document.bytes) {
            Ok(bundle) => bundle,
            Err(BundleError::Malformed(reason)) => {
                return (Kind::Unknown, malformed(shown(&reason)), Vec::new());
            }
            Err(error @ BundleError::Version(_)) => {
                let reason = error.to_string();
                return (Kind::Unknown, Judgement::Unsupported { reason }, Vec::new());
            }
        };
        let (kind, judgement, mut notes) = match &bundle.content {
            Content::Envelope(envelope) => self.envelope(envelope, 0, Some(&bundle)),
            Content::Message { signature, .. } => self.message(&bundle, signature),
        };
        for (is_there, note) in [
            (bundle.log_entries > 0, Note::LogNotVerified),
            (bundle.timestamps > 0, Note::TimestampNotVerified),
            (bundle.has_certificate, Note::CertificateNotVerified),
        ] {
            if is_there {
                notes.push(note);
            }
        }
        (kind, judgement, notes)
    }

    /// A signature over the bytes of the manifest itself.
    fn message(&self, bundle: &Bundle, signature: &[u8]) -> Judged {
        let Some(subject) = self.subject.filter(|bytes| digest_like(self.image, bytes) == *self.image) else {
            let reason = "it signs the bytes of the manifest, which are not at hand".to_owned();
            return (Kind::Signature, Judgement::Unsupported { reason }, Vec::new());
        };
        if let Some(key) = self.key_of(subject, signature) {
            return (Kind::Signature, self.nameless(key), Vec::new());
        }
        let mut notes = Vec::new();
        let unmatched = Unmatched {
            hint: bundle.key_hint.as_deref(),
            has_certificate: bundle.has_certificate,
            signature,
        };
        (Kind::Signature, self.no_key(&unmatched, &mut notes), notes)
    }

    fn key_of(&self, message: &[u8], signature: &[u8]) -> Option<KeyId> {
        let key = self.demand.keys().iter().find(|key| key.is_signature_of(message, signature))?;
        Some(key.id().clone())
    }

    fn nameless(&self, key: KeyId) -> Judgement {
        if self.demand.names.is_empty() {
            Judgement::Valid { key }
        } else {
            Judgement::WrongName { key, claimed: String::new() }
        }
    }

    fn no_key(&self, unmatched: &Unmatched<'_>, notes: &mut Vec<Note>) -> Judgement {
        if unmatched.has_certificate {
            let reason = "signed with a certificate (keyless); only keys are verified".to_owned();
            return Judgement::Unsupported { reason };
        }
        // Cosign prehashes for Ed25519 keys unless told otherwise (pkg/cosign/keys.go, GetDefaultLoadOptions);
        // such a signature cannot be told from a wrong one.
        let has_ed25519 = self.demand.keys().iter().any(|key| key.algorithm() == KeyAlgorithm::Ed25519);
        if has_ed25519 && unmatched.signature.len() == 64 {
            notes.push(Note::PerhapsPrehashed);
        }
        Judgement::WrongKey { hint: unmatched.hint.filter(|hint| !hint.is_empty()).map(shown) }
    }
}

/// A signature that none of the keys made.
struct Unmatched<'a> {
    hint: Option<&'a str>,
    has_certificate: bool,
    signature: &'a [u8],
}

fn malformed(reason: String) -> Judgement {
    Judgement::Malformed { reason }
}

fn notes_of(document: &Document) -> Vec<Note> {
    let has = |annotation: &str| document.annotations.get(annotation).is_some_and(|text| !text.is_empty());
    let mut notes = Vec::new();
    for (annotation, note) in [
        (LOG_ANNOTATION, Note::LogNotVerified),
        (TIMESTAMP_ANNOTATION, Note::TimestampNotVerified),
        (CERTIFICATE_ANNOTATION, Note::CertificateNotVerified),
    ] {
        if has(annotation) {
            notes.push(note);
        }
    }
    notes
}
