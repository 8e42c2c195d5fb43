//! `seawall verify`.

use crate::arguments::VerifyArguments;
use crate::exit::Outcome;
use crate::signature_source::Repository;
use crate::{registry_client, target::read_bounded};
use anyhow::{Context, Result, bail};
use model::Digest;
use oci::Reference;
use signatures::{Demand, GatherLimits, PublicKey, Verdict, gather};
use std::io::Write;
use std::path::PathBuf;

/// Bytes of a file of keys.
const KEYS_BYTES_MAX: u64 = 1 << 20;

pub(crate) fn run(arguments: &VerifyArguments) -> Result<Outcome> {
    let mut demand = demand(&arguments.key, arguments.threshold)?;
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
        writeln!(out, "{}@{digest}: {}", reference.familiar(), outcome.summary())?;
        for checked in &outcome.signatures {
            writeln!(out, "  {checked}")?;
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

/// What is demanded by the keys in files.
///
/// # Errors
/// When a file holds no key, or the threshold is more than there are keys.
pub(crate) fn demand(files: &[PathBuf], threshold: usize) -> Result<Demand> {
    let mut keys = Vec::new();
    for path in files {
        let bytes = read_bounded(path, KEYS_BYTES_MAX)?;
        let found = PublicKey::parse_all(&bytes).with_context(|| format!("cannot use {}", path.display()))?;
        keys.extend(found);
    }
    Ok(Demand::new(keys, threshold)?)
}

/// Judges the signatures of an image in a registry.
pub(crate) fn verify(
    demand: &Demand,
    client: &registry::Client,
    reference: &Reference,
    digest: &Digest,
) -> signatures::Outcome {
    let gathered = gather(&Repository { client, reference }, digest, &GatherLimits::default());
    signatures::verify(demand, digest, &gathered)
}
