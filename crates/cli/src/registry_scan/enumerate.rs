//! What a registry holds: jobs, one for each image, and what is no image or cannot be had.

use super::pattern::{Pattern, matches};
use super::resolve::{Resolved, resolve};
use crate::progress::Progress;
use anyhow::{Context, Result};
use model::{Digest, Limits};
use oci::{PlatformChoice, Reference};
use queue::Job;
use registry::Client;
use report::{Failure, Skipped};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Tags that are asked for at the same time.
const QUESTIONS_AT_ONCE: usize = 4;

/// What a registry holds.
#[derive(Default)]
pub(crate) struct Enumeration {
    /// Images, in the order of their first names.
    pub(crate) jobs: Vec<Job>,
    /// What could not be had.
    pub(crate) failures: Vec<Failure>,
    /// What is no image.
    pub(crate) skipped: Vec<Skipped>,
}

/// Asks a registry for everything that a pattern means.
///
/// # Errors
/// When the registry does not list its repositories.
pub(crate) fn enumerate(
    pattern: &Pattern,
    client: &Client,
    platforms: &PlatformChoice,
    limits: &Limits,
    progress: &Progress,
) -> Result<Enumeration> {
    let mut found = Enumeration::default();
    let spinner = progress.spinner(format!("listing {}", pattern.host));
    let mut references = Vec::new();
    for repository in repositories(pattern, client, &mut found)? {
        references.extend(tags(&repository, pattern, client, &mut found));
    }
    drop(spinner);
    let _spinner = progress.spinner(format!("asking for {} tags", references.len()));
    let mut jobs: BTreeMap<Digest, Job> = BTreeMap::new();
    for (reference, resolved) in resolve_all(&references, client, platforms, limits) {
        let name = reference.familiar();
        match resolved {
            Ok(Resolved::NoImage(reason)) => found.skipped.push(Skipped { name, reason }),
            Err(error) => found.failures.push(failure(vec![name], &error)),
            Ok(Resolved::Images(images)) => {
                for (digest, platform) in images {
                    let job = jobs.entry(digest.clone()).or_insert_with(|| Job {
                        digest,
                        platform: platform.unwrap_or_default(),
                        references: Vec::new(),
                    });
                    if !job.references.contains(&name) {
                        job.references.push(name.clone());
                    }
                }
            }
        }
    }
    found.jobs = jobs.into_values().collect();
    for job in &mut found.jobs {
        job.references.sort();
    }
    found.jobs.sort_by(|left, right| {
        (&left.references, &left.platform, &left.digest).cmp(&(
            &right.references,
            &right.platform,
            &right.digest,
        ))
    });
    found.failures.sort();
    found.skipped.sort();
    Ok(found)
}

fn repositories(pattern: &Pattern, client: &Client, found: &mut Enumeration) -> Result<Vec<Reference>> {
    let host = &pattern.host;
    let names = match pattern.one_repository() {
        Some(repository) => vec![repository.to_owned()],
        None => {
            let listing = client.catalog(host).with_context(|| {
                format!(
                    "{host} does not list its repositories (hint: many public registries refuse this; name the \
                     repository: registry:{host}/REPOSITORY:*)"
                )
            })?;
            if !listing.is_complete {
                let reason =
                    "it lists more repositories than are read; the rest was not looked at".to_owned();
                found.failures.push(Failure { names: vec![host.clone()], digest: None, reason });
            }
            listing.names
        }
    };
    let mut repositories = Vec::new();
    for name in names.iter().filter(|name| matches(&pattern.repositories, name)) {
        match format!("{host}/{name}").parse::<Reference>() {
            Ok(reference) => repositories.push(reference),
            Err(error) => found.failures.push(failure(vec![format!("{host}/{name}")], &error.into())),
        }
    }
    Ok(repositories)
}

fn tags(
    repository: &Reference,
    pattern: &Pattern,
    client: &Client,
    found: &mut Enumeration,
) -> Vec<Reference> {
    let name = repository.familiar();
    let listing = match client.tags(repository) {
        Ok(listing) => listing,
        // A registry goes on to list repositories whose last tag was deleted.
        Err(error) if error.status() == Some(404) && pattern.one_repository().is_none() => {
            found.skipped.push(Skipped { name, reason: "a repository without tags".to_owned() });
            return Vec::new();
        }
        Err(error) => {
            found.failures.push(failure(vec![name], &error.into()));
            return Vec::new();
        }
    };
    if !listing.is_complete {
        let reason = "it has more tags than are read; the rest was not looked at".to_owned();
        found.failures.push(Failure { names: vec![name.clone()], digest: None, reason });
    }
    if listing.names.is_empty() {
        found.skipped.push(Skipped { name, reason: "a repository without tags".to_owned() });
    }
    let mut references = Vec::new();
    for tag in listing.names.iter().filter(|tag| matches(&pattern.tags, tag)) {
        let tagged = format!("{}/{}:{tag}", repository.host(), repository.path());
        match tagged.parse::<Reference>() {
            Ok(reference) => references.push(reference),
            Err(error) => found.failures.push(failure(vec![tagged], &error.into())),
        }
    }
    references
}

fn resolve_all<'a>(
    references: &'a [Reference],
    client: &Client,
    platforms: &PlatformChoice,
    limits: &Limits,
) -> Vec<(&'a Reference, Result<Resolved>)> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(references.len()));
    thread::scope(|scope| {
        for _ in 0..QUESTIONS_AT_ONCE.min(references.len()) {
            scope.spawn(|| {
                while let Some(reference) = references.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = resolve(client, reference, platforms, limits);
                    answers.lock().unwrap_or_else(PoisonError::into_inner).push((reference, answer));
                }
            });
        }
    });
    answers.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn failure(names: Vec<String>, error: &anyhow::Error) -> Failure {
    Failure { names, digest: None, reason: reason(error) }
}

/// An error with its causes in one line, each once.
pub(crate) fn reason(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(|cause| cause.to_string().replace('\n', " ")) {
        if !text.contains(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text
}
