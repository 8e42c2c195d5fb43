//! Signatures.

use super::RegistryArguments;
use clap::Args;
use std::path::PathBuf;

/// Who may sign besides the holders of keys.
#[derive(Args, Clone, Default)]
pub(crate) struct TrustArguments {
    /// Sigstore's trusted_root.json: authorities and logs that vouch for certificates; nothing is fetched
    #[arg(long, value_name = "FILE", requires = "issuer", help_heading = "Signers")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// Who must have signed with a certificate: an address of mail or URI, exactly (repeatable)
    #[arg(long, value_name = "IDENTITY", requires = "trusted_root", help_heading = "Signers")]
    pub(crate) identity: Vec<String>,
    /// The same as a regular expression, which must fit from beginning to end (repeatable)
    #[arg(long, value_name = "REGEX", requires = "trusted_root", help_heading = "Signers")]
    pub(crate) identity_regex: Vec<String>,
    /// The issuer that knew these identities (https://token.actions.githubusercontent.com)
    #[arg(long, value_name = "ADDRESS", requires = "trusted_root", help_heading = "Signers")]
    pub(crate) issuer: Option<String>,
    /// Notation's trustpolicy.json: whose signatures of the Notary Project count
    #[arg(long, value_name = "FILE", requires = "notation_store", help_heading = "Signers")]
    pub(crate) notation_policy: Option<PathBuf>,
    /// Its trust stores: DIR/x509/ca/NAME/*.pem
    #[arg(long, value_name = "DIR", requires = "notation_policy", help_heading = "Signers")]
    pub(crate) notation_store: Option<PathBuf>,
}

impl TrustArguments {
    /// The files that say who is trusted, and the directory of stores.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.trusted_root.iter().chain(&self.notation_policy).chain(&self.notation_store).cloned().collect()
    }
}

/// How signatures are judged.
#[derive(Args)]
pub(crate) struct VerifyArguments {
    /// The image in its registry, by digest or tag
    pub(crate) image: String,
    /// Public key in PEM, such as cosign.pub (repeatable)
    #[arg(long, value_name = "FILE", required_unless_present_any = ["trusted_root", "notation_policy"])]
    pub(crate) key: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// How many of the keys and identities must have signed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) threshold: usize,
    /// Repository name under which it must have been signed; one that ends in /* counts for all below (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) signed_as: Vec<String>,
    /// Demand an attestation of this predicate type instead of a signature
    #[arg(long, value_name = "TYPE")]
    pub(crate) attestation: Option<String>,
    /// Write the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) registry: RegistryArguments,
}

/// How images are signed.
#[derive(Args)]
pub(crate) struct SignArguments {
    /// The image in its registry; better by digest, since a tag may move meanwhile
    #[arg(required_unless_present = "generate_key")]
    pub(crate) image: Option<String>,
    /// Private key in PEM: PKCS #8, or cosign's encrypted form with its password in COSIGN_PASSWORD
    #[arg(long, value_name = "FILE", required_unless_present = "generate_key")]
    pub(crate) key: Option<PathBuf>,
    /// Attach the signature as a sigstore bundle that refers to the image, instead of by tag
    #[arg(long)]
    pub(crate) referrer: bool,
    /// Sign the images of an index too, as engines ask that pull one of them (podman, CRI-O, skopeo)
    #[arg(long)]
    pub(crate) recursive: bool,
    /// Name to sign under instead of the repository; containers-policy.json wants NAME:TAG, as pulled, unless told otherwise
    #[arg(long, value_name = "NAME", conflicts_with = "referrer")]
    pub(crate) signed_as: Option<String>,
    /// Make a key instead: PREFIX.key and PREFIX.pub, encrypted when COSIGN_PASSWORD is set
    #[arg(long, value_name = "PREFIX", conflicts_with_all = ["image", "key", "referrer", "recursive", "signed_as"])]
    pub(crate) generate_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) registry: RegistryArguments,
}
