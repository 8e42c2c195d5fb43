//! Images of pods, asked of their registries.

use crate::arguments::ImageArguments;
use crate::{registry_client, verify};
use admission::{Images, NoImages};
use anyhow::Result;
use oci::Reference;
use registry::Client;
use signatures::{Demand, Verdict};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A tag may be moved: so long it is taken to be where it was, which is the time between the two webhooks and a few pods.
const REMEMBERED: Duration = Duration::from_secs(30);
/// Images that are remembered.
const IMAGES_MAX: usize = 10_000;

/// What the arguments want to know of images.
pub(super) fn images(arguments: &ImageArguments) -> Result<Box<dyn Images + Send + Sync>> {
    let demand = verify::demand(&arguments.signature_key, &arguments.trust, 1)?;
    if !arguments.pin && demand.is_none() {
        return Ok(Box::new(NoImages));
    }
    let client = registry_client::client(&arguments.registry)?;
    Ok(Box::new(AtRegistries { client, demand, known: Mutex::default() }))
}

/// The answers of registries.
struct AtRegistries {
    client: Client,
    demand: Option<Demand>,
    known: Mutex<HashMap<String, (Instant, Known)>>,
}

type Known = Result<Option<String>, String>;

impl Images for AtRegistries {
    fn digest(&self, image: &str) -> Known {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, known)) = lock().get(image)
            && when.elapsed() < REMEMBERED
        {
            return known.clone();
        }
        let known = self.ask(image);
        let mut all = lock();
        if all.len() >= IMAGES_MAX {
            all.clear();
        }
        all.insert(image.to_owned(), (Instant::now(), known.clone()));
        known
    }
}

impl AtRegistries {
    fn ask(&self, image: &str) -> Known {
        let reference: Reference = image.parse().map_err(|error| format!("it is no reference: {error}"))?;
        let pinned = reference.digest().cloned();
        let digest = match &pinned {
            Some(digest) => digest.clone(),
            None => self.client.resolve(&reference).map_err(|error| error.to_string())?.digest,
        };
        if let Some(demand) = &self.demand {
            let outcome = verify::verify(demand, &self.client, &reference, &digest);
            if outcome.verdict != Verdict::Verified {
                return Err(outcome.summary());
            }
        }
        Ok(pinned.is_none().then(|| digest.to_string()))
    }
}
