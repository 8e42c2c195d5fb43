//! From images to inventories.

use crate::cache::Cache;
use crate::collector::{Collector, LockFiles};
use crate::content::{ContentOptions, ContentReport, Engine, Known};
use crate::file_owners::FileOwners;
use crate::findings;
use crate::layer_facts::{LayerFacts, WantedLink};
use crate::lines::Lines;
use crate::merge::{Merged, merge};
use dockerfile::Dockerfile;
use model::{
    ContentCoverage, Distribution, Executable, Finding, Gap, GapReason, Layer, Limits, Package, Report,
    Target, TargetKind,
};
use oci::{Image, ImageLayer, LayerSource};
use rayon::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How images are looked at.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bounds on untrusted input.
    pub limits: Limits,
    /// Whether lock files name packages.
    pub lock_files: LockFiles,
    /// Where layer facts are kept between runs; `None` keeps none.
    pub cache: Option<Cache>,
    /// Set from outside to stop: what was not looked at by then is a gap.
    pub cancelled: Arc<AtomicBool>,
    /// What is looked for inside files; `None` looks at packages alone.
    pub content: Option<ContentOptions>,
    /// The Dockerfile that the images were built with; without it lines are those of the one that the history tells.
    pub dockerfile: Option<Arc<Dockerfile>>,
    /// Whether inventories tell which package each file belongs to.
    pub keeps_owners: bool,
}

/// What an image holds, before any advisory is asked.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// What was scanned.
    pub target: Target,
    /// The operating system, when there is one.
    pub distribution: Option<Distribution>,
    /// The layers, lowest first.
    pub layers: Vec<Arc<Layer>>,
    /// What is installed.
    pub packages: Vec<Package>,
    /// Risks of the image itself (`image/…`).
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub gaps: Vec<Gap>,
    /// What was looked at inside files.
    pub content: Option<ContentCoverage>,
    /// Executables that no package owns.
    pub executables: Vec<Executable>,
    /// Which package each file belongs to, when that was asked for.
    pub owners: Option<Arc<FileOwners>>,
}

impl Inventory {
    /// A report of the inventory alone: no advisory was asked, so it has no vulnerability and no coverage.
    #[must_use]
    pub fn into_report(self) -> Report {
        let mut report = Report {
            distribution: self.distribution,
            layers: self.layers,
            packages: self.packages,
            findings: self.findings,
            gaps: self.gaps,
            content: self.content,
            executables: self.executables,
            ..Report::new(env!("CARGO_PKG_VERSION"), self.target)
        };
        report.sort();
        report
    }

    fn add(&mut self, content: ContentReport) {
        self.findings.extend(content.findings);
        self.gaps.extend(content.gaps);
        self.content = Some(content.coverage);
        self.executables = content.executables;
    }
}

/// Looks at images one after another; a layer that several of them share is walked once.
pub struct Session {
    options: Options,
    seen: Mutex<HashMap<String, Arc<LayerFacts>>>,
    content: Option<Engine>,
}

impl Session {
    /// A session that has seen nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let content = options.content.clone().map(|content| Engine::new(content, options.cache.as_ref()));
        Self { options, seen: Mutex::default(), content }
    }

    /// Walks the layers of an image, in parallel, and puts them on top of each other.
    #[must_use]
    pub fn inventory(&self, image: &Image) -> Inventory {
        let kept = image.layers.len().min(self.options.limits.layers_max);
        let lines = Lines::of(image, self.options.dockerfile.as_deref());
        let secrets =
            self.content.as_ref().map(|engine| engine.secrets_of_history(image)).unwrap_or_default();
        let layers: Vec<(Arc<Layer>, Arc<LayerFacts>)> = image.layers[..kept]
            .par_iter()
            .map(|layer| {
                (lines.with_line(&layer.layer, &secrets), self.layer_facts(image.target.kind, layer))
            })
            .collect();
        let layers = self.follow_links(&image.layers[..kept], layers);
        let mut inventory = self.assemble(image, &layers);
        if let Some(engine) = &self.content {
            inventory.add(engine.report(self, image, &layers, &lines));
            engine.keep_verdicts();
        }
        inventory
    }

    /// Puts layers on top of each other, and adds what the image itself tells.
    pub(crate) fn assemble(&self, image: &Image, layers: &[(Arc<Layer>, Arc<LayerFacts>)]) -> Inventory {
        let Merged { mut packages, distribution } = merge(layers);
        let mut findings = findings::of_image_mismatches(&image.mismatches);
        let mut gaps = image.gaps.clone();
        if layers.len() < image.layers.len() {
            let detail = format!("{} layers, the limit is {} (layers_max)", image.layers.len(), layers.len());
            gaps.push(Gap::new("image", GapReason::LimitReached, detail));
        }
        for (layer, facts) in layers {
            findings.extend(findings::of_layer(layer, &facts.parsed.mismatches, &facts.parsed.bad_links));
            gaps.extend(facts.parsed.gaps.iter().cloned());
        }
        packages::drop_superseded_go_sums(&mut packages, &gaps);
        let packages_max = self.options.limits.packages_max;
        if packages.len() > packages_max {
            let detail = format!("{} packages, the limit is {packages_max} (packages_max)", packages.len());
            gaps.push(Gap::new("packages", GapReason::LimitReached, detail));
            packages.truncate(packages_max);
        }
        let owners = self.options.keeps_owners.then(|| {
            let known = Known::at(layers, layers.len().saturating_sub(1), &HashSet::new());
            Arc::new(FileOwners(known))
        });
        let layers = layers.iter().map(|(layer, _)| layer.clone()).collect();
        let mut target = image.target.clone();
        // OCI image-spec, annotations.md, "Pre-Defined Annotation Keys".
        let label =
            |name: &str| image.config.config.labels.get(&format!("org.opencontainers.image.base.{name}"));
        target.base = label("name").cloned();
        target.base_digest = label("digest").and_then(|digest| digest.parse().ok());
        Inventory {
            target,
            distribution,
            layers,
            packages,
            findings,
            gaps,
            content: None,
            executables: Vec::new(),
            owners,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.options.limits
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.options.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn collector(&self) -> Collector<'_> {
        Collector::new(&self.options.limits, self.options.lock_files, &self.options.cancelled)
    }

    fn layer_facts(&self, kind: TargetKind, layer: &ImageLayer) -> Arc<LayerFacts> {
        let key = self.layer_key(kind, &layer.layer);
        if let Some(key) = &key {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
            if let Some(facts) = seen {
                return facts;
            }
            if let Some(facts) = self.options.cache.as_ref().and_then(|cache| cache.load(key)) {
                return self.remember(key, facts);
            }
        }
        let facts = self.walk(layer.source.as_ref(), &layer.layer, None);
        match key.as_ref().filter(|_| !self.is_cancelled()) {
            Some(key) => {
                if let Some(cache) = self.options.cache.as_ref().filter(|_| facts.is_whole()) {
                    // A cache that cannot be written costs the next scan time, never a finding.
                    drop(cache.store(key, &facts));
                }
                self.remember(key, facts)
            }
            None => Arc::new(facts),
        }
    }

    fn remember(&self, key: &str, facts: LayerFacts) -> Arc<LayerFacts> {
        let facts = Arc::new(facts);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), facts.clone());
        facts
    }

    /// Facts depend on the content and the options alone. Layers that the engine unpacked are not verified
    /// against their diff id, so their facts never stand for a blob's.
    pub(crate) fn layer_key(&self, kind: TargetKind, layer: &Layer) -> Option<String> {
        let diff_id = layer.diff_id.as_ref()?;
        let place = if kind == TargetKind::Docker { "unpacked" } else { "blob" };
        let blob = layer.digest.as_ref().map_or("", |digest| digest.as_str());
        Some(format!("{diff_id} {blob} {place} {:?} {:?}", self.options.lock_files, self.options.limits))
    }

    /// What an earlier run kept of the content of a layer.
    pub(crate) fn cached_content<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_slice(&self.options.cache.as_ref()?.load_bytes(key)?).ok()
    }

    /// Keeps the content of a layer for the next run.
    pub(crate) fn cache_content<T: Serialize>(&self, key: &str, content: &T) {
        let Some(cache) = &self.options.cache else { return };
        // A cache that cannot be written costs the next scan time, never a finding.
        drop(serde_json::to_vec(content).map(|bytes| cache.store_bytes(key, &bytes)));
    }

    pub(crate) fn walk(
        &self,
        source: &dyn LayerSource,
        layer: &Layer,
        links: Option<&[WantedLink]>,
    ) -> LayerFacts {
        if self.is_cancelled() {
            return LayerFacts::of_gap(out_of_time(&layer_name(layer), &self.options.limits));
        }
        let limits = &self.options.limits;
        let mut collector = self.collector();
        if let Some(links) = links {
            collector = collector.for_links(links);
        }
        let outcome = source.walk(limits, &mut collector).unwrap_or_else(|error| oci::Outcome {
            gaps: vec![Gap::new(layer_name(layer), GapReason::Unreadable, error_chain(&error))],
            ..oci::Outcome::default()
        });
        let mut facts = collector.finish(outcome);
        // Hard links whose target nobody wanted under its own name: once more, for those alone.
        let hard: Vec<WantedLink> =
            facts.parsed.wanted_links.iter().filter(|link| link.is_hard).cloned().collect();
        if !hard.is_empty() && links.is_none() {
            let more = self.walk(source, layer, Some(&hard));
            facts.add_late(more);
        }
        facts
    }
}

/// The gap of something that was not begun when the time was over.
pub(crate) fn out_of_time(what: &str, limits: &Limits) -> Gap {
    let detail = format!(
        "not looked at: the scan was stopped, at the latest after {} s (scan_secs_max)",
        limits.scan_secs_max
    );
    Gap::new(what, GapReason::LimitReached, detail)
}

pub(crate) fn layer_name(layer: &Layer) -> String {
    match layer.digest.as_ref().or(layer.diff_id.as_ref()) {
        Some(digest) => format!("layer {} ({})", layer.index, digest.short()),
        None => format!("layer {}", layer.index),
    }
}

pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
