//! Verdicts about images: asked of scans and of signatures, by digest, and kept as the guard before registries keeps them.

use crate::{
    upstream::Upstream,
    verdicts::{ImageAsked, ImageJudge, Judgement, Known, Verdicts},
};
use control::{Found, ImageFacts, ImageSettings};
use model::Digest;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// What says whether images pass, for one policy. Images of the engine are asked for as `docker:NAME` with their id, those of
/// registries as `HOST/PATH` with the digest of their manifest.
pub struct ImageSources {
    /// Scans them; none when the policy names no policy of scans.
    pub scans: Option<Arc<dyn ImageJudge>>,
    /// Verifies signatures in registries; none when the policy names no keys.
    pub signatures: Option<Arc<dyn ImageJudge>>,
    /// The repository (`HOST/PATH`) and the digest that a reference means in its registry now; none when there is no such image.
    pub resolve: Arc<ResolveReference>,
}

/// Asks a registry what a reference means.
pub(super) type ResolveReference = dyn Fn(&str) -> Result<Option<(String, Digest)>, String> + Send + Sync;

/// Makes what a policy names.
pub type MakeImageSources = dyn Fn(&ImageSettings) -> Result<ImageSources, String> + Send + Sync;

/// Images that are looked at at once.
const JUDGES: usize = 2;
/// Digests of one image whose signatures are looked for.
const DIGESTS_MAX: usize = 4;

/// Verdicts for the policy that holds now.
pub(crate) struct Images {
    pub(super) settings: ImageSettings,
    named: Vec<PathBuf>,
    scans: Option<Verdicts>,
    signatures: Option<Verdicts>,
    resolve: Arc<ResolveReference>,
}

impl Images {
    pub(super) fn new(settings: &ImageSettings, make: &MakeImageSources) -> Result<Self, String> {
        let ImageSources { scans, signatures, resolve } = make(settings)?;
        let kept = |judge: Option<Arc<dyn ImageJudge>>| {
            judge.map(|judge| Verdicts::new(judge, JUDGES)).transpose().map_err(|error| error.to_string())
        };
        let named = settings.scan_policy.iter().chain(&settings.keys);
        let named =
            named.map(std::path::absolute).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok(Self {
            settings: settings.clone(),
            named,
            scans: kept(scans)?,
            signatures: kept(signatures)?,
            resolve,
        })
    }

    /// Files that the policy names: what is in them decides, so no container gets them.
    pub(super) fn named(&self) -> &[PathBuf] {
        &self.named
    }

    fn wait(&self) -> Duration {
        Duration::from_secs(self.settings.wait_secs.into())
    }

    /// Adds what is known of an image that is here.
    pub(super) fn judge_local(&self, name: &str, image: &mut ImageFacts) {
        let id = image.id.parse::<Digest>();
        if let (Some(scans), Ok(id)) = (&self.scans, &id) {
            self.scan(scans, format!("docker:{name}"), id.clone(), image);
        }
        let Some(signatures) = &self.signatures else { return };
        // The engine knows by which digests it got the image; each of them is the same content.
        let mut asked: Vec<(String, Digest)> = image
            .names
            .iter()
            .filter_map(|name| name.split_once('@'))
            .filter_map(|(of, digest)| Some((control::full_repository(of), digest.parse().ok()?)))
            .take(DIGESTS_MAX)
            .collect();
        asked.sort();
        asked.dedup();
        if asked.is_empty() {
            let reason = "the engine does not know it from a registry, where signatures are kept".to_owned();
            image.is_signed = Some(false);
            image.signature_reasons.push(reason);
        }
        for (repository, digest) in asked {
            self.verify(signatures, repository, digest, image);
            if image.is_signed == Some(true) {
                image.signature_reasons.clear();
                return;
            }
        }
    }

    /// What a pull of a reference would bring.
    pub(super) fn remote(&self, reference: &str) -> Found<ImageFacts> {
        let (repository, digest) = match (self.resolve)(reference) {
            Ok(Some(found)) => found,
            Ok(None) => return Found::Missing,
            Err(reason) => return Found::Unknown(reason),
        };
        let mut image = ImageFacts { digest: Some(digest.to_string()), ..ImageFacts::default() };
        if let Some(scans) = &self.scans {
            self.scan(scans, repository.clone(), digest.clone(), &mut image);
        }
        if let Some(signatures) = &self.signatures {
            self.verify(signatures, repository, digest, &mut image);
        }
        Found::Known(image)
    }

    fn scan(&self, scans: &Verdicts, repository: String, digest: Digest, image: &mut ImageFacts) {
        let (passed, reasons) = self.ask(scans, repository, digest, false);
        image.passed_scan = passed;
        image.scan_reasons = reasons;
    }

    fn verify(&self, signatures: &Verdicts, repository: String, digest: Digest, image: &mut ImageFacts) {
        let (passed, reasons) = self.ask(signatures, repository, digest, true);
        image.is_signed = passed;
        image.signature_reasons.extend(reasons);
    }

    fn ask(
        &self,
        verdicts: &Verdicts,
        repository: String,
        digest: Digest,
        is_index: bool,
    ) -> (Option<bool>, Vec<String>) {
        let asked = ImageAsked { repository, digest, is_index, parents: Vec::new() };
        match verdicts.of(&asked, self.wait()) {
            Known::Judged(judgement) => match &*judgement {
                Judgement::Passed { .. } => (Some(true), Vec::new()),
                Judgement::Failed { reasons, .. } => (Some(false), reasons.clone()),
                Judgement::Unknown { reason } => (None, vec![reason.clone()]),
            },
            Known::Pending => {
                let reason = format!("no verdict within {} s (hint: try again)", self.settings.wait_secs);
                (None, vec![reason])
            }
        }
    }
}

/// Gives an image its name, where it was pulled by digest: the words for the client when that failed.
pub(super) fn tag(upstream: &Upstream, tagging: &control::Tagging) -> Option<String> {
    let target = format!(
        "/images/{}/tag?repo={}&tag={}",
        super::facts::encoded(&tagging.image, "/:@"),
        super::facts::encoded(&tagging.repository, "/:"),
        super::facts::encoded(&tagging.tag, "")
    );
    match upstream.post(&target) {
        Ok((201, _)) => None,
        Ok((status, _)) => Some(format!("the engine answers {status} when the image is to be named")),
        Err(error) => Some(format!("the engine does not answer when the image is to be named: {error}")),
    }
}
