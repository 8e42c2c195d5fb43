//! The webhook of Kubernetes.

use super::guard::LedgerArguments;
use super::{RegistryArguments, TrustArguments};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `seawall guard admission …`.
#[derive(Subcommand)]
pub(crate) enum AdmissionCommand {
    /// Answer the API server over TLS: /validate, /mutate, /healthz
    Serve(Box<AdmissionServeArguments>),
    /// Answer one recorded AdmissionReview
    Review(Box<AdmissionReviewArguments>),
    /// Write everything that a cluster needs, certificates too, for `kubectl apply`
    #[command(
        long_about = "Write everything that a cluster needs for `kubectl apply`: namespace, certificates (made here, for \
        a year), policy, deployment, service, and the webhooks, which refuse when Seawall does not answer.\n\nThe key of \
        the authority is not kept: it has signed the one certificate that is in the output. --renew writes a new one, \
        with webhooks that trust the old authority and the new."
    )]
    Manifests(AdmissionManifestsArguments),
    /// Write the part of a policy that an API server judges alone, as ValidatingAdmissionPolicy
    Policy(AdmissionPolicyArguments),
}

/// What images are asked about.
#[derive(Args)]
pub(crate) struct ImageArguments {
    /// Pin images to the digests that their registries name, and refuse those that cannot be asked
    #[arg(long, help_heading = "Images")]
    pub(crate) pin: bool,
    /// Refuse images that no key in this file has signed; pins them (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Images")]
    pub(crate) signature_key: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    #[command(flatten)]
    pub(crate) registry: RegistryArguments,
}

#[derive(Args)]
pub(crate) struct AdmissionServeArguments {
    /// Where the API server connects
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8443")]
    pub(crate) listen: String,
    /// The policy: a file, or a built-in profile (observe, warn, guarded, strict)
    #[arg(long, value_name = "FILE|PROFILE")]
    pub(crate) policy: String,
    /// The server's certificate with its chain, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: PathBuf,
    /// Its key
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: PathBuf,
    /// Connections at once
    #[arg(long, value_name = "NUMBER", default_value_t = 256)]
    pub(crate) connections_max: usize,
    /// The audit log
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: PathBuf,
    #[command(flatten)]
    pub(crate) log: LedgerArguments,
    #[command(flatten)]
    pub(crate) images: ImageArguments,
}

#[derive(Args)]
pub(crate) struct AdmissionReviewArguments {
    /// The policy: a file, or a built-in profile (observe, warn, guarded, strict)
    #[arg(value_name = "POLICY")]
    pub(crate) policy: String,
    /// The body that the API server posts; `-` reads standard input
    #[arg(value_name = "REVIEW", default_value = "-")]
    pub(crate) review: PathBuf,
    /// Answer as /mutate does, with a patch
    #[arg(long)]
    pub(crate) mutate: bool,
    #[command(flatten)]
    pub(crate) images: ImageArguments,
}

#[derive(Args)]
pub(crate) struct AdmissionManifestsArguments {
    /// The policy: a file, or a built-in profile (observe, warn, guarded, strict)
    #[arg(long, value_name = "FILE|PROFILE", required_unless_present = "renew")]
    pub(crate) policy: Option<String>,
    /// The image of Seawall, by digest
    #[arg(long, value_name = "IMAGE@DIGEST", required_unless_present = "renew")]
    pub(crate) image: Option<String>,
    /// Write only a new certificate for what is installed: FILE holds the manifests, or `kubectl get
    /// validatingwebhookconfiguration seawall-admission -o yaml`; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["policy", "image", "namespace", "replicas", "exempt"])]
    pub(crate) renew: Option<PathBuf>,
    /// The namespace of Seawall, which it does not judge
    #[arg(long, value_name = "NAME", default_value = "seawall")]
    pub(crate) namespace: String,
    /// How many of it run
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub(crate) replicas: u32,
    /// Another namespace that is not judged (repeatable)
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) exempt: Vec<String>,
}

#[derive(Args)]
pub(crate) struct AdmissionPolicyArguments {
    /// The policy: a file, or a built-in profile (observe, warn, guarded, strict)
    #[arg(value_name = "POLICY")]
    pub(crate) policy: String,
    /// A namespace that is not judged (repeatable)
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) exempt: Vec<String>,
}
