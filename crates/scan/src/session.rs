//! From images to inventories.

use crate::cache::Cache;
use crate::collector::{Collector, LockFiles};
use crate::findings;
use crate::layer_facts::{LayerFacts, WantedLink};
use crate::merge::{Merged, merge};
use model::{
    Distribution, Finding, Gap, GapReason, Layer, LayerPath, Limits, Package, Report, SCHEMA_VERSION, Target,
    TargetKind, Tool,
};
use oci::{Image, ImageLayer, LayerSource};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
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
}

impl Inventory {
    /// A report of the inventory alone: no advisory was asked, so it has no vulnerability and no coverage.
    #[must_use]
    pub fn into_report(self) -> Report {
        let mut report = Report {
            schema_version: SCHEMA_VERSION.to_owned(),
            tool: Tool { name: "seawall".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            target: self.target,
            distribution: self.distribution,
            layers: self.layers,
            packages: self.packages,
            findings: self.findings,
            suppressed: Vec::new(),
            gaps: self.gaps,
            advisories: Vec::new(),
        };
        report.sort();
        report
    }
}

/// Looks at images one after another; a layer that several of them share is walked once.
pub struct Session {
    options: Options,
    seen: Mutex<HashMap<String, Arc<LayerFacts>>>,
}

impl Session {
    /// A session that has seen nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, seen: Mutex::default() }
    }

    /// Walks the layers of an image, in parallel, and puts them on top of each other.
    #[must_use]
    pub fn inventory(&self, image: &Image) -> Inventory {
        let mut gaps = image.gaps.clone();
        let kept = image.layers.len().min(self.options.limits.layers_max);
        if kept < image.layers.len() {
            let detail = format!("{} layers, the limit is {kept} (layers_max)", image.layers.len());
            gaps.push(Gap::new("image", GapReason::LimitReached, detail));
        }
        let layers: Vec<(Arc<Layer>, Arc<LayerFacts>)> = image.layers[..kept]
            .par_iter()
            .map(|layer| (layer.layer.clone(), self.layer_facts(image.target.kind, layer)))
            .collect();
        let late = self.late_links(&image.layers[..kept], &layers);
        let mut findings = findings::of_image_mismatches(&image.mismatches);
        let mut inventory = assemble(image.target.clone(), &with_late(layers, late));
        gaps.append(&mut inventory.gaps);
        packages::drop_superseded_go_sums(&mut inventory.packages, &gaps);
        findings.append(&mut inventory.findings);
        let packages_max = self.options.limits.packages_max;
        if inventory.packages.len() > packages_max {
            let detail = format!("{} packages, the limit is {packages_max}", inventory.packages.len());
            gaps.push(Gap::new("packages", GapReason::LimitReached, detail));
            inventory.packages.truncate(packages_max);
        }
        Inventory { findings, gaps, ..inventory }
    }

    pub(crate) fn collector(&self) -> Collector<'_> {
        Collector::new(&self.options.limits, self.options.lock_files, &self.options.cancelled)
    }

    fn layer_facts(&self, kind: TargetKind, layer: &ImageLayer) -> Arc<LayerFacts> {
        let key = self.cache_key(kind, &layer.layer);
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
        match &key {
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
    fn cache_key(&self, kind: TargetKind, layer: &Layer) -> Option<String> {
        let diff_id = layer.diff_id.as_ref()?;
        let place = if kind == TargetKind::Docker { "unpacked" } else { "blob" };
        let blob = layer.digest.as_ref().map_or("", |digest| digest.as_str());
        Some(format!("{diff_id} {blob} {place} {:?} {:?}", self.options.lock_files, self.options.limits))
    }

    fn walk(&self, source: &dyn LayerSource, layer: &Layer, links: Option<&[WantedLink]>) -> LayerFacts {
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
            facts.parsed.records.extend(more.parsed.records);
            facts.parsed.release_files.extend(more.parsed.release_files);
            facts.parsed.gaps.extend(more.parsed.gaps);
        }
        facts
    }

    /// What symbolic links with wanted names point at, when nobody wanted it under its own name: the uppermost
    /// layer that has the target is walked again for it.
    fn late_links(
        &self,
        sources: &[ImageLayer],
        layers: &[(Arc<Layer>, Arc<LayerFacts>)],
    ) -> Vec<(usize, LayerFacts)> {
        let mut by_layer: HashMap<usize, Vec<WantedLink>> = HashMap::new();
        for (index, (_, facts)) in layers.iter().enumerate() {
            for link in facts.parsed.wanted_links.iter().filter(|link| !link.is_hard) {
                if layers[index + 1..].iter().any(|(_, upper)| upper.hides(&link.path)) {
                    continue;
                }
                let target = resolve_root_link(&link.target, layers);
                let holder = layers.iter().rposition(|(_, facts)| facts.has_file(&target));
                let is_known = holder.is_none_or(|holder| {
                    let parsed = &layers[holder].1.parsed;
                    parsed.records.iter().any(|record| record.path == target)
                        || parsed.release_files.iter().any(|(path, _)| *path == target)
                        || parsed.wanted_links.iter().any(|other| other.path == target)
                });
                if let (Some(holder), false) = (holder, is_known) {
                    by_layer.entry(holder).or_default().push(WantedLink { target, ..link.clone() });
                }
            }
        }
        let mut late: Vec<(usize, LayerFacts)> = by_layer
            .into_iter()
            .map(|(index, links)| {
                (index, self.walk(sources[index].source.as_ref(), &sources[index].layer, Some(&links)))
            })
            .collect();
        late.sort_by_key(|(index, _)| *index);
        late
    }
}

pub(crate) fn assemble(target: Target, layers: &[(Arc<Layer>, Arc<LayerFacts>)]) -> Inventory {
    let Merged { packages, distribution } = merge(layers);
    let mut findings = Vec::new();
    let mut gaps = Vec::new();
    for (layer, facts) in layers {
        findings.extend(findings::of_layer(layer, &facts.parsed.mismatches, &facts.parsed.bad_links));
        gaps.extend(facts.parsed.gaps.iter().cloned());
    }
    let layers = layers.iter().map(|(layer, _)| layer.clone()).collect();
    Inventory { target, distribution, layers, packages, findings, gaps }
}

/// Content read late belongs to the name of the link, in the layer that holds the target.
fn with_late(
    mut layers: Vec<(Arc<Layer>, Arc<LayerFacts>)>,
    late: Vec<(usize, LayerFacts)>,
) -> Vec<(Arc<Layer>, Arc<LayerFacts>)> {
    for (index, more) in late {
        let facts = Arc::make_mut(&mut layers[index].1);
        facts.parsed.records.extend(more.parsed.records);
        facts.parsed.release_files.extend(more.parsed.release_files);
        facts.parsed.gaps.extend(more.parsed.gaps);
    }
    layers
}

/// A target that begins with a link below the root (`lib/…` where `lib` → `usr/lib`), followed once.
fn resolve_root_link(target: &LayerPath, layers: &[(Arc<Layer>, Arc<LayerFacts>)]) -> LayerPath {
    let Some((first, rest)) = target.as_str().split_once('/') else { return target.clone() };
    let links = layers.iter().rev().flat_map(|(_, facts)| &facts.parsed.root_links);
    match links.into_iter().find(|(path, _)| path.as_str() == first) {
        Some((_, directory)) => directory.join(rest),
        None => target.clone(),
    }
}

fn layer_name(layer: &Layer) -> String {
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
