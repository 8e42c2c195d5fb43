//! Judges every signature that was found for an image.

use crate::{
    Demand, annotations,
    bundle::{BUNDLE_PREFIX, Bundle, BundleError, Content},
    dsse::{DSSE_MEDIA_TYPE, Envelope},
    encoding::{decode_base64, digest_like, hex, sha256, shown},
    gather::{Document, Gathered, is_notation},
    keyless::{Identified, LoggedContent, Material, Refused},
    notation::Notated,
    outcome::{Checked, Judgement, Kind, Note, Outcome, ProblemKind, Signer, Verdict},
    simple_signing::{COSIGN_SIGNATURE_TYPE, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_MEDIA_TYPE, SimpleSigning},
    statement::{COSIGN_SIGN_PREDICATE, STATEMENT_PAYLOAD_TYPE, Statement},
};
use model::Digest;
use std::collections::BTreeMap;

/// Which image is asked about, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Digest of its manifest or index.
    pub image: &'a Digest,
    /// Its repository (`registry.example/app`), by which notation's trust policies choose; none when it is not known.
    pub repository: Option<&'a str>,
    /// Seconds since 1970.
    pub now_unix_secs: i64,
}

/// Judges every signature that was found for an image.
#[must_use]
pub fn verify(demand: &Demand, asked: &Asked<'_>, gathered: &Gathered) -> Outcome {
    let judge = Judge { demand, image: asked.image, asked, subject: gathered.subject.as_deref() };
    let mut signatures = Vec::new();
    for document in &gathered.documents {
        judge.document(document, &mut signatures);
    }
    let mut signers: BTreeMap<usize, Signer> = BTreeMap::new();
    for signer in signatures.iter().filter_map(|checked| judge.counting(checked)) {
        if let Some(place) = demand.place_of(signer) {
            signers.entry(place).or_insert_with(|| signer.clone());
        }
    }
    let mut signers: Vec<Signer> = signers.into_values().collect();
    signers.sort();
    let verdict = if signers.len() >= demand.threshold {
        Verdict::Verified
    } else if gathered.problems.iter().any(|problem| problem.kind != ProblemKind::Content) {
        Verdict::Unreadable
    } else if !signers.is_empty() {
        Verdict::BelowThreshold
    } else if !gathered.problems.is_empty()
        || signatures.iter().any(|checked| judge.is_of_demanded_kind(&checked.kind))
    {
        Verdict::Invalid
    } else {
        Verdict::Unsigned
    };
    Outcome {
        digest: asked.image.clone(),
        verdict,
        signers,
        threshold: demand.threshold,
        signatures,
        problems: gathered.problems.clone(),
    }
}

type Judged = (Kind, Judgement, Vec<Note>);

struct Judge<'a> {
    demand: &'a Demand,
    image: &'a Digest,
    asked: &'a Asked<'a>,
    subject: Option<&'a [u8]>,
}

impl Judge<'_> {
    /// Who made a signature that counts. An attestation says something about an image, perhaps that it is
    /// bad; it does not vouch for it.
    fn counting<'c>(&self, checked: &'c Checked) -> Option<&'c Signer> {
        let Judgement::Valid { signer } = &checked.judgement else { return None };
        let is_demanded = checked.kind != Kind::Unknown && self.is_of_demanded_kind(&checked.kind);
        is_demanded.then_some(signer)
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
                        let material = annotations::material(&document.annotations);
                        let (kind, judgement, notes) = self.envelope(&envelope, number, None, material);
                        add(kind, judgement, notes);
                    }
                }
            },
            bundle if bundle.starts_with(BUNDLE_PREFIX) => {
                let (kind, judgement, notes) = self.bundle(document);
                add(kind, judgement, notes);
            }
            notation if is_notation(notation) => {
                let (judgement, notes) = self.notation(notation, document);
                add(Kind::Signature, judgement, notes);
            }
            other => {
                let reason = format!("media type '{}'", shown(other));
                add(Kind::Unknown, Judgement::Unsupported { reason }, Vec::new());
            }
        }
    }

    /// cosign, specs/SIGNATURE_SPEC.md: the signature is over the exact bytes of the payload.
    fn simple_signing(&self, document: &Document) -> (Judgement, Vec<Note>) {
        let mut notes = Vec::new();
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
        let material = annotations::material(&document.annotations);
        let signed = Signed {
            message: &document.bytes,
            signature: &signature,
            content: LoggedContent::Message(&document.bytes),
            hint: None,
        };
        let signer = match self.signer_of(&signed, material, &mut notes) {
            Ok(signer) => signer,
            Err(judgement) => return (judgement, notes),
        };
        let critical = payload.critical;
        if critical.kind != COSIGN_SIGNATURE_TYPE && critical.kind != COSIGN_SIGN_PREDICATE {
            return (malformed(format!("payload of type '{}'", shown(&critical.kind))), notes);
        }
        let digest = critical.image.docker_manifest_digest;
        if digest != *self.image {
            return (Judgement::WrongDigest { signer, claimed: digest.to_string() }, notes);
        }
        let name = shown(&critical.identity.docker_reference);
        if !self.demand.accepts_name(&critical.identity.docker_reference) {
            return (Judgement::WrongName { signer, claimed: name }, notes);
        }
        notes.push(Note::SignedAs { name });
        (Judgement::Valid { signer }, notes)
    }

    /// One signature of an envelope, which may have come in a bundle.
    fn envelope(
        &self,
        envelope: &Envelope,
        number: usize,
        hint: Option<&str>,
        material: Result<Material, String>,
    ) -> Judged {
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
        let mut notes = Vec::new();
        let message = envelope.signed_bytes();
        let signed = Signed {
            message: &message,
            signature: &signature.bytes,
            content: LoggedContent::Envelope { payload: &envelope.payload, signed: &message },
            hint: hint.or(Some(&signature.key_hint)),
        };
        let signer = match self.signer_of(&signed, material, &mut notes) {
            Ok(signer) => signer,
            Err(judgement) => return (kind, judgement, notes),
        };
        if !statement.is_about(self.image) {
            let claimed = statement.subjects_shown();
            return (kind, Judgement::WrongDigest { signer, claimed }, notes);
        }
        (kind, self.nameless(signer), notes)
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
        let hint = bundle.key_hint.as_deref();
        match &bundle.content {
            Content::Envelope(envelope) => self.envelope(envelope, 0, hint, Ok(bundle.material)),
            Content::Message { claimed, signature } => {
                let is_claimed = |subject: &[u8]| match claimed {
                    Some((algorithm, digest)) if algorithm == "SHA2_256" => {
                        sha256(subject).hex() == hex(digest)
                    }
                    // Of another algorithm, or none: the signature tells whether it is about the manifest.
                    _ => true,
                };
                if self.subject.is_some_and(|subject| !is_claimed(subject)) {
                    let reason = "its digest is not that of the manifest".to_owned();
                    return (Kind::Signature, malformed(reason), Vec::new());
                }
                self.message(signature, hint, bundle.material.clone())
            }
        }
    }

    /// A signature over the bytes of the manifest itself.
    fn message(&self, signature: &[u8], hint: Option<&str>, material: Material) -> Judged {
        let Some(subject) = self.subject.filter(|bytes| digest_like(self.image, bytes) == *self.image) else {
            let reason = "it signs the bytes of the manifest, which are not at hand".to_owned();
            return (Kind::Signature, Judgement::Unsupported { reason }, Vec::new());
        };
        let mut notes = Vec::new();
        let signed = Signed { message: subject, signature, content: LoggedContent::Message(subject), hint };
        match self.signer_of(&signed, Ok(material), &mut notes) {
            Ok(signer) => (Kind::Signature, self.nameless(signer), notes),
            Err(judgement) => (Kind::Signature, judgement, notes),
        }
    }

    fn notation(&self, media_type: &str, document: &Document) -> (Judgement, Vec<Note>) {
        let unsupported = |reason: &str| Judgement::Unsupported { reason: reason.to_owned() };
        let Some(notation) = &self.demand.trust.notation else {
            return (unsupported("a signature of notation, and no trust policy for it is given"), Vec::new());
        };
        if media_type == "application/cose" {
            return (unsupported("an envelope of notation in COSE; only JWS is verified"), Vec::new());
        }
        let Asked { image, repository, now_unix_secs } = *self.asked;
        match notation.judge(&document.bytes, image, repository, now_unix_secs) {
            Notated::Valid { subject, notes } => (self.nameless(Signer::Subject { subject }), notes),
            Notated::OtherImage { subject, claimed } => {
                (Judgement::WrongDigest { signer: Signer::Subject { subject }, claimed }, Vec::new())
            }
            Notated::Refused(reason) => (Judgement::Untrusted { reason }, Vec::new()),
            Notated::Malformed(reason) => (malformed(reason), Vec::new()),
        }
    }

    /// Who made a signature: the holder of one of the keys, else whoever its certificate names.
    fn signer_of(
        &self,
        signed: &Signed<'_>,
        material: Result<Material, String>,
        notes: &mut Vec<Note>,
    ) -> Result<Signer, Judgement> {
        let (keys, keyless) = (self.demand.keys(), &self.demand.trust.keyless);
        if let Some(key) = keys.iter().find(|key| key.is_signature_of(signed.message, signed.signature)) {
            // A key that is trusted needs nobody else's word.
            notes.extend(notes_of(material.as_ref().ok()));
            return Ok(Signer::Key { key: key.id().clone() });
        }
        let material = match material {
            Ok(material) => material,
            Err(reason) => return Err(malformed(shown(&reason))),
        };
        if material.certificates.is_empty() {
            notes.extend(notes_of(Some(&material)));
            return Err(no_key(signed));
        }
        let Some(keyless) = keyless else {
            notes.extend(notes_of(Some(&material)));
            let reason = "signed with a certificate (keyless), and no trusted root is given".to_owned();
            return Err(Judgement::Unsupported { reason });
        };
        let now_unix_secs = self.asked.now_unix_secs;
        match keyless.signer(&material, signed.message, signed.signature, signed.content, now_unix_secs) {
            Ok(Identified { identity, issuer }) => Ok(Signer::Identity { identity, issuer }),
            Err(Refused::Untrusted(reason)) => Err(Judgement::Untrusted { reason: shown(&reason) }),
            Err(Refused::Identity(Identified { identity, issuer })) => Err(Judgement::WrongIdentity {
                signer: Signer::Identity { identity: shown(&identity), issuer: shown(&issuer) },
            }),
        }
    }

    fn nameless(&self, signer: Signer) -> Judgement {
        if self.demand.names.is_empty() {
            Judgement::Valid { signer }
        } else {
            Judgement::WrongName { signer, claimed: String::new() }
        }
    }
}

fn no_key(signed: &Signed<'_>) -> Judgement {
    Judgement::WrongKey { hint: signed.hint.filter(|hint| !hint.is_empty()).map(shown) }
}

/// A signature that is to be attributed.
struct Signed<'a> {
    message: &'a [u8],
    signature: &'a [u8],
    content: LoggedContent<'a>,
    /// The key that it names, which nobody has authenticated.
    hint: Option<&'a str>,
}

fn malformed(reason: String) -> Judgement {
    Judgement::Malformed { reason }
}

/// What came along and was not looked at.
fn notes_of(material: Option<&Material>) -> Vec<Note> {
    let Some(material) = material else { return Vec::new() };
    let mut notes = Vec::new();
    for (is_there, note) in [
        (!material.log_entries.is_empty(), Note::LogNotVerified),
        (!material.timestamps.is_empty(), Note::TimestampNotVerified),
        (!material.certificates.is_empty(), Note::CertificateNotVerified),
    ] {
        if is_there {
            notes.push(note);
        }
    }
    notes
}
