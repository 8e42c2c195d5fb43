//! What came out of verifying: one judgement for every signature, and a verdict.

use crate::public_key::KeyId;
use model::Digest;
use serde::Serialize;
use std::fmt;

/// What came out of verifying the signatures of one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The image.
    pub digest: Digest,
    /// All in all.
    pub verdict: Verdict,
    /// Whose signatures count, sorted; one for each key or identity that was demanded.
    pub signers: Vec<Signer>,
    /// How many different ones must have signed.
    pub threshold: usize,
    /// Every signature that was found, in the order of finding.
    pub signatures: Vec<Checked>,
    /// What could not be read; as long as there is any, nobody can say that there is no signature.
    pub problems: Vec<Problem>,
}

/// Who made a signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Signer {
    /// Whoever has a key.
    Key {
        /// Which.
        key: KeyId,
    },
    /// Somebody whom an issuer of identities knew, by a certificate of that moment.
    Identity {
        /// Who: an address of mail, the URI of a workflow.
        identity: String,
        /// Who knew that.
        issuer: String,
    },
    /// Whoever a certificate of notation's trust stores names.
    Subject {
        /// The name: `C=US,ST=WA,O=acme`.
        subject: String,
    },
}

/// What verifying comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Enough keys signed this image.
    Verified,
    /// Some keys signed this image, fewer than demanded.
    BelowThreshold,
    /// There are signatures, or something broken in their place, and none of them counts.
    Invalid,
    /// There is no signature.
    Unsigned,
    /// No valid signature was found, and not everything could be read.
    Unreadable,
}

/// One signature that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Where it was found.
    pub place: Place,
    /// What it says.
    pub kind: Kind,
    /// Whether it is valid, or why not.
    pub judgement: Judgement,
    /// What a reader should know besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Where a signature was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "name")]
pub enum Place {
    /// In the manifest of a tag: `sha256-….sig`.
    Tag(String),
    /// In a manifest that refers to the image.
    Referrer(Digest),
    /// The caller had it (a file).
    Given(String),
}

/// What a signature says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Kind {
    /// That the signer vouches for the image.
    Signature,
    /// Something about the image: an SBOM, provenance.
    Attestation {
        /// What kind of thing is said.
        predicate_type: String,
    },
    /// It could not be read that far.
    Unknown,
}

/// Whether a signature is valid, or why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Judgement {
    /// One who may sign made it, and it is about this image.
    Valid {
        /// Who.
        #[serde(flatten)]
        signer: Signer,
    },
    /// One who may sign made it, but about another image: moved here from there.
    WrongDigest {
        /// Who.
        #[serde(flatten)]
        signer: Signer,
        /// What it is about.
        claimed: String,
    },
    /// One who may sign made it, but under a name that is not accepted.
    WrongName {
        /// Who.
        #[serde(flatten)]
        signer: Signer,
        /// The name.
        claimed: String,
    },
    /// None of the keys made it, or its bytes were changed.
    WrongKey {
        /// The key that it names, as it writes it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// Somebody else made it.
    WrongIdentity {
        /// Who.
        #[serde(flatten)]
        signer: Signer,
    },
    /// Its certificate, its log entries or its timestamps do not vouch for it.
    Untrusted {
        /// What is wrong.
        reason: String,
    },
    /// It does not follow its format.
    Malformed {
        /// Why.
        reason: String,
    },
    /// It is in a form that is not understood.
    Unsupported {
        /// Which.
        reason: String,
    },
}

/// What a reader should know of a signature besides whether it is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "note")]
pub enum Note {
    /// It carries entries of a transparency log, which are not verified.
    LogNotVerified,
    /// It carries timestamps, which are not verified.
    TimestampNotVerified,
    /// It carries a certificate, whose identity is not verified.
    CertificateNotVerified,
    /// Whether its certificates were revoked was not asked.
    RevocationNotChecked,
    /// A check failed that the trust policy does not enforce.
    NotEnforced {
        /// Which.
        reason: String,
    },
    /// It was made under this name; names are not part of the demand.
    SignedAs {
        /// The name.
        name: String,
    },
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whose doing it is.
    pub kind: ProblemKind,
    /// What.
    pub what: String,
    /// Why.
    pub detail: String,
}

/// Whose doing it is that something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The source failed: no network, no right.
    Source,
    /// What was pushed is malformed.
    Content,
    /// There is more than is read.
    Limit,
}

impl Outcome {
    /// Whether enough keys signed this image.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verdict == Verdict::Verified
    }

    /// One line.
    #[must_use]
    pub fn summary(&self) -> String {
        let found = self.signatures.len();
        match self.verdict {
            Verdict::Verified => {
                let signers: Vec<String> = self.signers.iter().map(Signer::to_string).collect();
                format!("signed by {}", signers.join(", "))
            }
            Verdict::BelowThreshold => {
                format!("signed by {} of the {} keys demanded", self.signers.len(), self.threshold)
            }
            Verdict::Invalid if found == 0 => "what is in the place of signatures is broken".to_owned(),
            Verdict::Invalid => format!("none of {found} signatures found counts"),
            Verdict::Unsigned => "not signed".to_owned(),
            Verdict::Unreadable => {
                let first = self.problems.first().map_or("", |problem| problem.what.as_str());
                format!("no valid signature found, and {first} could not be read")
            }
        }
    }
}

impl Signer {
    fn in_words(&self) -> String {
        match self {
            Self::Key { .. } => format!("key {self}"),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Signer {
    /// The short form for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key } => f.write_str(key.short()),
            Self::Identity { identity, issuer } => write!(f, "{identity} at {issuer}"),
            Self::Subject { subject } => f.write_str(subject),
        }
    }
}

impl fmt::Display for Checked {
    /// One line: what, where, and why not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Signature => f.write_str("signature")?,
            Kind::Attestation { predicate_type } => write!(f, "attestation {predicate_type}")?,
            Kind::Unknown => f.write_str("signature of an unknown kind")?,
        }
        write!(f, " in {}: {}", self.place, self.judgement)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, "tag {tag}"),
            Self::Referrer(digest) => write!(f, "referrer {}", digest.short()),
            Self::Given(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid { signer } => write!(f, "valid, by {}", signer.in_words()),
            Self::WrongDigest { signer, claimed } => {
                write!(f, "made by {}, but for {claimed}", signer.in_words())
            }
            Self::WrongName { signer, claimed } => {
                write!(f, "made by {}, but under the name '{claimed}'", signer.in_words())
            }
            Self::WrongIdentity { signer } => write!(f, "made by {}, who is not demanded", signer.in_words()),
            Self::Untrusted { reason } => write!(f, "not trusted: {reason}"),
            Self::WrongKey { hint: None } => f.write_str("made by none of the keys, or changed"),
            Self::WrongKey { hint: Some(hint) } => {
                write!(f, "made by none of the keys, or changed; it names key {hint}")
            }
            Self::Malformed { reason } => write!(f, "malformed: {reason}"),
            Self::Unsupported { reason } => write!(f, "not supported: {reason}"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogNotVerified => f.write_str("its transparency log entries are not verified"),
            Self::TimestampNotVerified => f.write_str("its timestamps are not verified"),
            Self::CertificateNotVerified => f.write_str("its certificate is not verified"),
            Self::RevocationNotChecked => f.write_str("whether its certificates were revoked was not asked"),
            Self::NotEnforced { reason } => write!(f, "not enforced by the trust policy: {reason}"),
            Self::SignedAs { name } => write!(f, "signed under the name {name}"),
        }
    }
}
