//! Signatures of images in use, asked of their registries.

use crate::{arguments::AuditArguments, registry_client, signature_source::Repository, verify};
use anyhow::Result;
use facts::{Fact, HostFacts, ImageSignature};
use model::GapReason;
use oci::Reference;
use signatures::{Demand, GatherLimits, Verdict, gather};
use std::collections::BTreeSet;

/// Images that are asked about.
const IMAGES_MAX: usize = 500;

/// Gives each image that a container uses what its registry holds in signatures.
pub(super) fn join(facts: &mut HostFacts, arguments: &AuditArguments) -> Result<()> {
    if !arguments.ask_registries {
        return Ok(());
    }
    let demand = verify::demand(&arguments.signature_key, &arguments.trust, 1)?;
    let client = registry_client::client(&arguments.registry)?;
    let containers = facts.engine.containers.known().map_or(&[][..], Vec::as_slice);
    let used: BTreeSet<String> = containers.iter().map(|container| container.image_id.clone()).collect();
    let Fact::Known(images) = &mut facts.engine.images else { return Ok(()) };
    let in_use = images.iter_mut().filter(|image| used.contains(&image.id) && !image.digests.is_empty());
    for (at, image) in in_use.enumerate() {
        image.signature = if at < IMAGES_MAX {
            ask(&image.digests, demand.as_ref(), &client)
        } else {
            Fact::missing(GapReason::LimitReached, format!("more than {IMAGES_MAX} images are in use"))
        };
    }
    Ok(())
}

// An image may have come from several registries; one that has its signature is enough.
fn ask(digests: &[String], demand: Option<&Demand>, client: &registry::Client) -> Fact<ImageSignature> {
    let mut answer = Fact::missing(GapReason::Unsupported, "its name is no reference");
    for name in digests {
        let Ok(reference) = name.parse::<Reference>() else { continue };
        answer = at_registry(&reference, demand, client);
        if matches!(answer, Fact::Known(ImageSignature::Verified | ImageSignature::Unverified { .. })) {
            break;
        }
    }
    answer
}

fn at_registry(
    reference: &Reference,
    demand: Option<&Demand>,
    client: &registry::Client,
) -> Fact<ImageSignature> {
    let Some(digest) = reference.digest() else {
        return Fact::missing(GapReason::Unsupported, "its name has no digest");
    };
    let Some(demand) = demand else {
        let gathered = gather(&Repository { client, reference }, digest, &GatherLimits::default());
        return match (gathered.documents.len(), gathered.problems.first()) {
            (0, Some(problem)) => {
                Fact::missing(GapReason::Unreadable, format!("{}: {}", problem.what, problem.detail))
            }
            (0, None) => Fact::Known(ImageSignature::Unsigned),
            (documents, _) => Fact::Known(ImageSignature::Unverified { documents: documents as u64 }),
        };
    };
    let outcome = verify::verify(demand, client, reference, digest);
    match outcome.verdict {
        Verdict::Verified => Fact::Known(ImageSignature::Verified),
        Verdict::Unsigned => Fact::Known(ImageSignature::Unsigned),
        Verdict::BelowThreshold | Verdict::Invalid => {
            Fact::Known(ImageSignature::Refused(outcome.summary().chars().take(300).collect()))
        }
        Verdict::Unreadable => {
            let why = outcome.problems.first();
            let why = why.map_or_else(String::new, |problem| format!("{}: {}", problem.what, problem.detail));
            Fact::missing(GapReason::Unreadable, why)
        }
    }
}
