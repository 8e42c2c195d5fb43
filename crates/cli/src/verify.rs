//! `seawall verify`.

use crate::arguments::{TrustArguments, VerifyArguments};
use crate::exit::Outcome;
use crate::signature_source::Repository;
use crate::{clock, registry_client, target::read_bounded};
use anyhow::{Context, Result, bail};
use model::Digest;
use oci::Reference;
use signatures::{
    Asked, Demand, GatherLimits, IdentityPattern, Keyless, Notation, PublicKey, Trust, TrustedRoot, Verdict,
    gather,
};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes of a file of keys.
const KEYS_BYTES_MAX: u64 = 1 << 20;
/// Bytes of a trusted root or a trust policy.
const TRUST_BYTES_MAX: u64 = 4 << 20;
/// Files of a trust store.
const FILES_MAX: usize = 1000;

pub(crate) fn run(arguments: &VerifyArguments) -> Result<Outcome> {
    let demanded = demand(&arguments.key, &arguments.trust, arguments.threshold)?;
    let mut demand = demanded
        .context("nobody is named who may sign (hint: --key, --trusted-root or --notation-policy)")?;
    demand.names.clone_from(&arguments.signed_as);
    demand.predicate_type.clone_from(&arguments.attestation);
    let client = registry_client::client(&arguments.registry)?;
    let reference: Reference = arguments.image.parse()?;
    let digest = match reference.digest() {
        Some(digest) => digest.clone(),
        None => client.resolve(&reference)?.digest,
    };
    let outcome = verify(&demand, &client, &reference, &digest);
    let mut out = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &outcome)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{}: {}", reference.with_digest(digest).familiar(), outcome.summary())?;
        for checked in &outcome.signatures {
            writeln!(out, "  {checked}")?;
            for note in &checked.notes {
                writeln!(out, "    {note}")?;
            }
        }
        for problem in &outcome.problems {
            writeln!(out, "  not read: {}: {}", problem.what, problem.detail)?;
        }
    }
    Ok(match outcome.verdict {
        Verdict::Verified => Outcome::Clean,
        Verdict::Unreadable => bail!("not everything could be read, so nobody can say whether it is signed"),
        Verdict::BelowThreshold | Verdict::Invalid | Verdict::Unsigned => Outcome::Findings,
    })
}

/// What is demanded by the keys in files and by whom else the arguments trust; nothing when they name nobody.
///
/// # Errors
/// When a file cannot be used, or the threshold is more than there are signers.
pub(crate) fn demand(files: &[PathBuf], trust: &TrustArguments, threshold: usize) -> Result<Option<Demand>> {
    let mut keys = Vec::new();
    for path in files {
        let bytes = read_bounded(path, KEYS_BYTES_MAX)?;
        let found = PublicKey::parse_all(&bytes).with_context(|| format!("cannot use {}", path.display()))?;
        keys.extend(found);
    }
    demand_of(keys, trust, threshold)
}

/// As [`demand`], of keys that were read.
///
/// # Errors
/// When a file cannot be used, or the threshold is more than there are signers.
pub(crate) fn demand_of(
    keys: Vec<PublicKey>,
    trust: &TrustArguments,
    threshold: usize,
) -> Result<Option<Demand>> {
    let keyless = trust.trusted_root.as_deref().map(|path| keyless(path, trust)).transpose()?;
    let notation = trust.notation_policy.as_deref().map(|path| notation(path, trust)).transpose()?;
    if keys.is_empty() && keyless.is_none() && notation.is_none() {
        return Ok(None);
    }
    Ok(Some(Demand::of(Trust { keys, keyless, notation }, threshold)?))
}

fn keyless(path: &Path, trust: &TrustArguments) -> Result<Keyless> {
    let root = TrustedRoot::parse(&read_bounded(path, TRUST_BYTES_MAX)?)
        .with_context(|| format!("cannot use {}", path.display()))?;
    let mut identities: Vec<IdentityPattern> =
        trust.identity.iter().cloned().map(IdentityPattern::Exact).collect();
    for text in &trust.identity_regex {
        let pattern = IdentityPattern::regex(text)
            .with_context(|| format!("'{text}' is no regular expression of identities"))?;
        identities.push(pattern);
    }
    let issuer = trust.issuer.clone().unwrap_or_default();
    if identities.is_empty() || issuer.is_empty() {
        bail!("{} alone trusts everybody in the world (hint: --identity and --issuer)", path.display());
    }
    Ok(Keyless { root, identities, issuer })
}

fn notation(path: &Path, trust: &TrustArguments) -> Result<Notation> {
    let mut notation = Notation::parse(&read_bounded(path, TRUST_BYTES_MAX)?)
        .with_context(|| format!("cannot use {}", path.display()))?;
    let directory = trust.notation_store.as_deref().context("--notation-store is missing")?;
    for store in notation.stores() {
        let (kind, name) = store.split_once(':').context("a store has a kind")?;
        // As notation keeps them in its configuration (specification, "Trust Store").
        let places = ["x509", "truststore/x509"].map(|part| directory.join(part).join(kind).join(name));
        let place = places.iter().find(|place| place.is_dir()).with_context(|| {
            format!("there is no trust store {store} (hint: certificates in {})", places[0].display())
        })?;
        let listed = std::fs::read_dir(place).with_context(|| format!("cannot read {}", place.display()))?;
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in listed.take(FILES_MAX) {
            files.push(entry.with_context(|| format!("cannot read {}", place.display()))?.path());
        }
        files.sort();
        if files.is_empty() {
            bail!("the trust store {store} is empty ({})", place.display());
        }
        for file in files {
            notation
                .add_store(&store, &read_bounded(&file, KEYS_BYTES_MAX)?)
                .with_context(|| format!("cannot use {}", file.display()))?;
        }
    }
    Ok(notation)
}

/// Judges the signatures of an image in a registry.
pub(crate) fn verify(
    demand: &Demand,
    client: &registry::Client,
    reference: &Reference,
    digest: &Digest,
) -> signatures::Outcome {
    let gathered = gather(&Repository { client, reference }, digest, &GatherLimits::default());
    let repository = format!("{}/{}", reference.host(), reference.path());
    let asked =
        Asked { image: digest, repository: Some(&repository), now_unix_secs: clock::machine_unix_seconds() };
    signatures::verify(demand, &asked, &gathered)
}
