//! Signatures.

use super::RegistryArguments;
use clap::Args;
use std::path::PathBuf;

/// How signatures are judged.
#[derive(Args)]
pub(crate) struct VerifyArguments {
    /// The image in its registry, by digest or tag
    pub(crate) image: String,
    /// Public key in PEM, such as cosign.pub (repeatable)
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) key: Vec<PathBuf>,
    /// How many of the keys must have signed
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
    /// Make a key instead: PREFIX.key and PREFIX.pub, encrypted when COSIGN_PASSWORD is set
    #[arg(long, value_name = "PREFIX", conflicts_with_all = ["image", "key", "referrer"])]
    pub(crate) generate_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) registry: RegistryArguments,
}
