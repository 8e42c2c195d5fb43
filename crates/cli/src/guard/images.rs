//! Judges images for the guard before an engine: as `seawall scan docker:… --policy` and `seawall verify` do.

use super::edition::Edition;
use super::scanner::{Scanner, Scanning, judgement};
use crate::arguments::{GateArguments, GuardDockerArguments, ReadArguments, TrustArguments};
use crate::{registry_client, verify};
use anyhow::{Context, Result};
use control::ImageSettings;
use guard::registry::{ImageAsked, ImageJudge, Judgement};
use guard::{ImageSources, MakeImageSources};
use oci::Reference;
use std::path::PathBuf;
use std::sync::Arc;

/// What a policy of the guard names, made when it is read.
pub(super) fn sources(arguments: &GuardDockerArguments) -> Arc<MakeImageSources> {
    let trust = arguments.trust.clone();
    let scanning = Scanning {
        content: arguments.content.clone(),
        database: arguments.database.clone(),
        judge: arguments.judge.clone(),
        read: ReadArguments { engine: arguments.upstream.clone(), ..arguments.read.clone() },
        gate: GateArguments {
            fail_on: None,
            policy: None,
            verdict: None,
            licence_policy: None,
            verify: Vec::new(),
            trust: TrustArguments::default(),
            check_base: false,
        },
    };
    Arc::new(move |settings| make(&scanning, &trust, settings).map_err(|error| format!("{error:#}")))
}

fn make(scanning: &Scanning, trust: &TrustArguments, settings: &ImageSettings) -> Result<ImageSources> {
    let scans = match &settings.scan_policy {
        None => None,
        Some(policy) => {
            let mut scanning = scanning.clone();
            scanning.gate.policy = Some(policy.into());
            Some(Arc::new(ScanJudge(Scanner::new(scanning)?)) as Arc<dyn ImageJudge>)
        }
    };
    let keys: Vec<PathBuf> = settings.keys.iter().map(PathBuf::from).collect();
    // Keys that cannot be read are told at once.
    let signatures = verify::demand(&keys, trust, 1)?.map(|_| {
        let files = [keys.clone(), trust.files()].concat();
        let edition = Edition::of(move || files.clone());
        let (trust, read) = (trust.clone(), scanning.read.clone());
        Arc::new(SignatureJudge { keys, trust, read, edition }) as Arc<dyn ImageJudge>
    });
    let read = scanning.read.clone();
    let resolve = move |name: &str| resolve(&read, name).map_err(|error| format!("{error:#}"));
    Ok(ImageSources { scans, signatures, resolve: Arc::new(resolve) })
}

fn resolve(read: &ReadArguments, name: &str) -> Result<Option<(String, model::Digest)>> {
    let reference: Reference = name.parse()?;
    let repository = control::full_repository(name);
    if let Some(digest) = reference.digest() {
        return Ok(Some((repository, digest.clone())));
    }
    match registry_client::client(&read.registry)?.resolve(&reference) {
        Ok(found) => Ok(Some((repository, found.digest))),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Scans images of the engine and of registries.
struct ScanJudge(Scanner);

impl ScanJudge {
    fn scan(&self, asked: &ImageAsked) -> Result<Judgement> {
        let examiner = self.0.examiner()?;
        let (target, name) = match asked.repository.strip_prefix("docker:") {
            Some(name) => (format!("docker:{}", asked.digest), name.to_owned()),
            None => {
                let name = format!("{}@{}", asked.repository, asked.digest);
                (format!("registry:{name}"), name)
            }
        };
        let mut inventory = self.0.inventory(&target)?;
        inventory.target.name = name;
        let (report, signature) = examiner.report(inventory, None)?;
        let verdict = examiner.gate.verdict(&report, signature)?.context("there is no policy to judge by")?;
        Ok(judgement(&verdict))
    }
}

impl ImageJudge for ScanJudge {
    fn edition(&self) -> String {
        self.0.edition()
    }

    fn judge(&self, asked: &ImageAsked) -> Judgement {
        self.scan(asked).unwrap_or_else(|error| Judgement::Unknown { reason: format!("{error:#}") })
    }
}

/// Verifies signatures in registries.
struct SignatureJudge {
    keys: Vec<PathBuf>,
    trust: TrustArguments,
    read: ReadArguments,
    edition: Edition,
}

impl SignatureJudge {
    fn verify(&self, asked: &ImageAsked) -> Result<Judgement> {
        let reference: Reference = format!("{}@{}", asked.repository, asked.digest).parse()?;
        let client = registry_client::client(&self.read.registry)?;
        // Read anew, so that each verdict is of those who are trusted when it is given.
        let demand = verify::demand(&self.keys, &self.trust, 1)?.context("nobody is trusted to sign")?;
        let outcome = verify::verify(&demand, &client, &reference, &asked.digest);
        let failed = |reason: &str| Judgement::failed(vec![format!("{reason} at {reference}")]);
        Ok(match outcome.verdict {
            signatures::Verdict::Verified => Judgement::Passed { warnings: Vec::new() },
            signatures::Verdict::Unsigned => failed("there is no signature"),
            signatures::Verdict::Invalid => failed("no key of the policy made a signature"),
            signatures::Verdict::BelowThreshold => failed("too few keys of the policy signed"),
            signatures::Verdict::Unreadable => {
                let first = outcome.problems.first();
                let detail = first.map_or_else(String::new, |problem| format!(": {}", problem.detail));
                Judgement::Unknown { reason: format!("signatures at {reference} cannot be read{detail}") }
            }
        })
    }
}

impl ImageJudge for SignatureJudge {
    fn edition(&self) -> String {
        self.edition.now()
    }

    fn judge(&self, asked: &ImageAsked) -> Judgement {
        self.verify(asked).unwrap_or_else(|error| Judgement::Unknown { reason: format!("{error:#}") })
    }
}
