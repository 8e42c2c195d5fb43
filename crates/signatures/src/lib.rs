//! Signatures of images: cosign's formats, verified and made offline with keys.
//!
//! ```
//! use signatures::{Asked, Demand, Gathered, KeyAlgorithm, PrivateKey, PublicKey, Verdict, verify};
//! let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256, None).unwrap();
//! let demand = Demand::new(PublicKey::parse_all(key.public_pem.as_bytes()).unwrap(), 1).unwrap();
//! let image = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
//! let asked = Asked { image: &image, repository: None, now_unix_secs: 1_700_000_000 };
//! // `gather` reads a registry through the caller's `SignatureSource`; here is nothing.
//! let outcome = verify(&demand, &asked, &Gathered::default());
//! assert_eq!(outcome.verdict, Verdict::Unsigned);
//! ```
//!
//! Read are the tag scheme (`sha256-….sig`, `.att`), referrers with sigstore bundles 0.1 to 0.3, simple signing or DSSE
//! envelopes, and envelopes of notation in JWS; made are the tag scheme and bundles of version 0.3. Who may sign is a
//! [`Trust`]: keys, identities that a sigstore vouches for ([`Keyless`]), a trust policy of notation ([`Notation`]).
//!
//! Invariants: no network, no files, no clock; the only thing asked of the system is random bytes. Nothing counts
//! that was not signed by one who is trusted over the very digest asked for. A certificate counts only with all that
//! vouches for it: its authority, the log of certificates, the transparency log, and a time that one of them signed. A
//! signature that does not count always tells why, one that is missing is told apart from one that is bad, and what could
//! not be read is never taken for "there is none".

mod annotations;
mod artifact;
mod base_image;
mod bundle;
mod certificate;
mod demand;
mod der;
mod dsse;
mod encoding;
mod encrypted_key;
mod gather;
mod keyless;
mod notation;
mod outcome;
mod pem;
mod pinned;
mod prehashed;
mod private_key;
mod public_key;
mod rules;
mod sign;
mod simple_signing;
mod statement;
mod timestamp;
mod verify;

pub use artifact::{ArtifactManifest, Descriptor};
pub use base_image::{BaseImage, Freshness};
pub use bundle::{BUNDLE_MEDIA_TYPE, Bundle, BundleError, Content};
pub use demand::{Demand, DemandError, Trust};
pub use dsse::{DSSE_MEDIA_TYPE, Envelope, EnvelopeError, EnvelopeSignature};
pub use encrypted_key::EncryptedKeyError;
pub use gather::{Document, GatherLimits, Gathered, ReferrerEntry, SignatureSource, cosign_tag, gather};
pub use keyless::{IdentityPattern, Keyless, LogEntry, TrustedRoot, TrustedRootError};
pub use notation::{Notation, NotationError};
pub use outcome::{Checked, Judgement, Kind, Note, Outcome, Place, Problem, ProblemKind, Signer, Verdict};
pub use pem::PemError;
pub use pinned::is_pinned;
pub use private_key::{GeneratedKey, PrivateKey, PrivateKeyError};
pub use public_key::{KeyAlgorithm, KeyId, PublicKey, PublicKeyError};
pub use rules::{RULES, base_outdated_finding, not_pinned_finding, signature_finding};
pub use sign::{
    Blob, Publication, SignError, SignedImage, add_referrer, attest, referrers_tag, sign_as_referrer,
    sign_for_tag,
};
pub use simple_signing::{
    COSIGN_SIGNATURE_TYPE, Critical, Identity, Image, SIGNATURE_ANNOTATION, SIMPLE_SIGNING_MEDIA_TYPE,
    SimpleSigning,
};
pub use statement::{COSIGN_SIGN_PREDICATE, STATEMENT_PAYLOAD_TYPE, Statement, Subject};
pub use timestamp::Timestamp;
pub use verify::{Asked, verify};
