//! Judges images for the guard before an engine: as `seawall scan docker:… --policy` and `seawall verify` do.

use super::edition::Edition;
use super::registry_judge::judgement;
use crate::arguments::{
    ContentArguments, DatabaseArguments, GateArguments, GuardDockerArguments, JudgeArguments, ReadArguments,
    TrustArguments,
};
use crate::inventory::{Look, Wanted, inventories};
use crate::progress::Progress;
use crate::scan::{self, Examiner};
use crate::{registry_client, verify};
use anyhow::{Context, Result};
use control::ImageSettings;
use guard::registry::{ImageAsked, ImageJudge, Judgement};
use guard::{ImageSources, MakeImageSources};
use oci::Reference;
use signatures::Demand;
use std::path::PathBuf;
use std::sync::Arc;

/// What a policy of the guard names, made when it is read.
pub(super) fn sources(arguments: &GuardDockerArguments) -> Arc<MakeImageSources> {
    let scans = Scans {
        content: arguments.content.clone(),
        database: arguments.database.clone(),
        judge: arguments.judge.clone(),
        trust: arguments.trust.clone(),
        read: ReadArguments { quiet: true, engine: arguments.upstream.clone(), ..arguments.read.clone() },
    };
    Arc::new(move |settings| make(&scans, settings).map_err(|error| format!("{error:#}")))
}

/// How images are scanned, whatever the policy.
#[derive(Clone)]
struct Scans {
    content: ContentArguments,
    database: DatabaseArguments,
    judge: JudgeArguments,
    read: ReadArguments,
    trust: TrustArguments,
}

fn make(scans: &Scans, settings: &ImageSettings) -> Result<ImageSources> {
    let scan = match &settings.scan_policy {
        None => None,
        Some(policy) => Some(Arc::new(ScanJudge::new(scans, policy.into())?) as Arc<dyn ImageJudge>),
    };
    let keys: Vec<PathBuf> = settings.keys.iter().map(PathBuf::from).collect();
    let signatures = match verify::demand(&keys, &scans.trust, 1)? {
        None => None,
        Some(demand) => {
            let edition = Edition::of([keys, scans.trust.files()].concat());
            let judge = SignatureJudge { demand, read: scans.read.clone(), edition };
            Some(Arc::new(judge) as Arc<dyn ImageJudge>)
        }
    };
    let read = scans.read.clone();
    let resolve = move |name: &str| resolve(&read, name).map_err(|error| format!("{error:#}"));
    Ok(ImageSources { scans: scan, signatures, resolve: Arc::new(resolve) })
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
struct ScanJudge {
    scans: Scans,
    gate: GateArguments,
    wanted: Wanted,
    edition: Edition,
}

impl ScanJudge {
    fn new(scans: &Scans, policy: PathBuf) -> Result<Self> {
        let mut files = vec![policy.clone()];
        files.extend(scans.judge.ignore_file.clone());
        files.extend(scans.judge.vex.iter().cloned());
        let gate = GateArguments {
            fail_on: None,
            policy: Some(policy),
            verdict: None,
            licence_policy: None,
            verify: Vec::new(),
            trust: TrustArguments::default(),
            check_base: false,
        };
        let judge = Self {
            gate,
            wanted: scan::wanted(&scans.content, &scans.read, None)?,
            edition: Edition::with_advisories(scans.database.db.as_deref(), files),
            scans: scans.clone(),
        };
        // A policy that cannot be read is told at once, not at the first container.
        judge.examiner(&Progress::new(false))?;
        Ok(judge)
    }

    fn examiner(&self, progress: &Progress) -> Result<Examiner<'_>> {
        let of = &self.scans;
        Examiner::new(&of.content, &of.database, &of.judge, &self.gate, &of.read.registry, progress)
    }

    fn scan(&self, asked: &ImageAsked) -> Result<Judgement> {
        let progress = Progress::new(true);
        let examiner = self.examiner(&progress)?;
        let wanted = self.wanted.clone();
        let look = Look::Inside(Box::new(move || Ok(wanted)));
        let (target, name) = match asked.repository.strip_prefix("docker:") {
            Some(name) => (format!("docker:{}", asked.digest), name.to_owned()),
            None => {
                let name = format!("{}@{}", asked.repository, asked.digest);
                (format!("registry:{name}"), name)
            }
        };
        let mut inventory =
            inventories(&target, &self.scans.read, look, &progress)?.pop().context("there is no image")?;
        inventory.target.name = name;
        let (report, signature) = examiner.report(inventory)?;
        let verdict = examiner.gate.verdict(&report, signature)?.context("there is no policy to judge by")?;
        Ok(judgement(&verdict))
    }
}

impl ImageJudge for ScanJudge {
    fn edition(&self) -> String {
        self.edition.now()
    }

    fn judge(&self, asked: &ImageAsked) -> Judgement {
        self.scan(asked).unwrap_or_else(|error| Judgement::Unknown { reason: format!("{error:#}") })
    }
}

/// Verifies signatures in registries.
struct SignatureJudge {
    demand: Demand,
    read: ReadArguments,
    edition: Edition,
}

impl SignatureJudge {
    fn verify(&self, asked: &ImageAsked) -> Result<Judgement> {
        let reference: Reference = format!("{}@{}", asked.repository, asked.digest).parse()?;
        let client = registry_client::client(&self.read.registry)?;
        let outcome = verify::verify(&self.demand, &client, &reference, &asked.digest);
        let failed = |reason: &str| Judgement::Failed { reasons: vec![format!("{reason} at {reference}")] };
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
