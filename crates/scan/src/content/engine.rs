//! Content detection over all layers of an image.

use super::edited::{EditedRecord, distrusted, edited_records};
use super::findings::{self, ContentReport};
use super::held::HeldBytes;
use super::known::Known;
use super::layer_content::LayerContent;
use super::verdicts::Verdicts;
use super::visitor::ContentVisitor;
use super::{image_checks, image_texts, integrity};
use crate::layer_facts::LayerFacts;
use crate::lines::Lines;
use crate::session::{Session, error_chain, out_of_time};
use content::{Detector, TextDetector};
use model::{Gap, GapReason, Layer};
use oci::Image;
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// What is looked for inside files.
#[derive(Clone, Default)]
pub struct ContentOptions {
    /// The engines. Without any, only the integrity of packaged files is looked at.
    pub detectors: Vec<Arc<dyn Detector>>,
    /// What looks at the texts of the configuration and history.
    pub text_detectors: Vec<Arc<dyn TextDetector>>,
    /// Whether files that equal their package's record are shown to the detectors too.
    pub is_paranoid: bool,
    /// The day on which configuration, history and file system are judged (`2026-11-22`); `None` does not judge them.
    pub checks_on: Option<String>,
    /// Whether credentials are told in clear; nothing is kept between runs then.
    pub shows_secrets: bool,
    /// Whether changed, missing and re-recorded files of packages are findings.
    pub checks_integrity: bool,
}

impl std::fmt::Debug for ContentOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.detectors.iter().map(|detector| detector.name())).finish()
    }
}

/// Everything that the walks over all layers share.
pub(crate) struct Engine {
    pub(crate) options: ContentOptions,
    /// Names and digests of the detectors, in order.
    pub(crate) digest: String,
    pub(crate) verdicts: Verdicts,
    /// Bytes of files that are in memory, over all layers.
    pub(crate) held_bytes: HeldBytes,
}

/// The content of all layers, lowest first, with what all of them together tell.
pub(crate) struct ImageContent {
    pub(crate) layers: Vec<Arc<LayerContent>>,
    pub(crate) edited: Vec<EditedRecord>,
    pub(crate) known: Known,
}

type Layers = [(Arc<Layer>, Arc<LayerFacts>)];

impl Engine {
    pub(crate) fn new(options: ContentOptions, cache: Option<&crate::Cache>) -> Self {
        let names =
            options.detectors.iter().map(|detector| format!("{} {}", detector.name(), detector.digest()));
        let digest = names.collect::<Vec<_>>().join("\n");
        let verdicts = Verdicts::open(cache.filter(|_| !options.shows_secrets), &digest);
        Self { options, digest, verdicts, held_bytes: HeldBytes::default() }
    }

    /// What the files of all layers tell.
    pub(crate) fn report(
        &self,
        session: &Session,
        image: &Image,
        layers: &Layers,
        lines: &Lines,
    ) -> ContentReport {
        let content = self.scan(session, image, layers);
        let mut report = findings::report(layers, &content, &self.digest, self.options.shows_secrets);
        if self.options.checks_integrity {
            report.findings.extend(integrity::findings(layers, &content));
        }
        report.findings.extend(image_texts::findings(image, layers, lines, &self.options));
        let (findings, gaps) = image_checks::findings(image, layers, &content, lines, &self.options);
        report.findings.extend(findings);
        report.gaps.extend(gaps);
        super::named_credentials::leave_out(&mut report.findings);
        report
    }

    /// Credentials in clear that stand in the history.
    pub(crate) fn secrets_of_history(&self, image: &Image) -> Vec<String> {
        image_texts::secrets_of_history(image, &self.options)
    }

    fn scan(&self, session: &Session, image: &Image, layers: &Layers) -> ImageContent {
        let edited = edited_records(layers);
        let distrusted = distrusted(&edited);
        let contents: Vec<Arc<LayerContent>> = (0..layers.len())
            .into_par_iter()
            .map(|index| {
                let known = || Known::at(layers, index, &distrusted);
                self.layer(session, image, layers, index, &known)
            })
            .collect();
        let top = layers.len().saturating_sub(1);
        ImageContent { layers: contents, edited, known: Known::at(layers, top, &distrusted) }
    }

    /// Keeps what was judged for the next run.
    pub(crate) fn keep_verdicts(&self) {
        // A cache that cannot be written costs the next scan time, never a finding.
        drop(self.verdicts.store());
    }

    fn layer(
        &self,
        session: &Session,
        image: &Image,
        layers: &Layers,
        index: usize,
        known: &dyn Fn() -> Known,
    ) -> Arc<LayerContent> {
        let key = self.key(session, image, layers, index);
        if let Some(content) = key.as_ref().and_then(|key| session.cached_content(key)) {
            return Arc::new(content);
        }
        let content = self.walk(session, image, index, &known());
        if let Some(key) = key.filter(|_| content.is_whole() && !session.is_cancelled()) {
            session.cache_content(&key, &content);
        }
        Arc::new(content)
    }

    /// What the answer depends on: this layer, those below, the detectors.
    fn key(&self, session: &Session, image: &Image, layers: &Layers, index: usize) -> Option<String> {
        if self.options.shows_secrets {
            return None;
        }
        let chain = layers[..=index].iter().map(|(layer, _)| session.layer_key(image.target.kind, layer));
        let chain = chain.collect::<Option<Vec<_>>>()?.join("\n");
        Some(format!(
            "content\n{}\nparanoid {} checks {}\n{chain}",
            self.digest,
            self.options.is_paranoid,
            self.options.checks_on.is_some()
        ))
    }

    fn walk(&self, session: &Session, image: &Image, index: usize, known: &Known) -> LayerContent {
        let layer = &image.layers[index];
        let name = crate::session::layer_name(&layer.layer);
        let limits = session.limits();
        if session.is_cancelled() {
            return LayerContent { gaps: vec![out_of_time(&name, limits)], ..LayerContent::default() };
        }
        let result = Mutex::new(LayerContent::default());
        let (problem, hard_links) = rayon::in_place_scope(|scope| {
            let mut visitor = ContentVisitor::new(self, session, known, scope, &result);
            let problem = layer.source.walk(limits, &mut visitor).err();
            (problem, visitor.finish())
        });
        let mut content = result.into_inner().unwrap_or_else(PoisonError::into_inner);
        hard_links.compare(layer.source.as_ref(), limits, known, &mut content);
        // Gaps and mismatches of the walk itself were told when packages were looked for.
        if let Some(error) = problem {
            content.gaps.push(Gap::new(name, GapReason::Unreadable, error_chain(&error)));
        } else if session.is_cancelled() {
            content.gaps.push(out_of_time(&name, limits));
        }
        content.sort();
        content
    }
}
