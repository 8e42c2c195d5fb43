//! From hits to findings: which layer brought the file, and whether it is still visible.

use super::engine::ImageContent;
use super::layer_content::{FileHit, LayerContent};
use crate::layer_facts::LayerFacts;
use content::Hit;
use model::{ContentCoverage, Executable, Finding, Fingerprint, Gap, Layer, Location};
use std::collections::HashMap;
use std::sync::Arc;

type Layers = [(Arc<Layer>, Arc<LayerFacts>)];

/// What the content of an image adds to its inventory.
#[derive(Debug, Default)]
pub(crate) struct ContentReport {
    pub(crate) findings: Vec<Finding>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) coverage: ContentCoverage,
    pub(crate) executables: Vec<Executable>,
}

/// Puts the layers' answers together.
pub(crate) fn report(
    layers: &Layers,
    content: &ImageContent,
    engines: &str,
    shows_secrets: bool,
) -> ContentReport {
    let mut report = ContentReport::default();
    report.coverage.engines = engines.lines().map(str::to_owned).collect();
    // The same risk in the same file of several layers is told once: of the layer that shows it, or of the lowest.
    let mut by_fingerprint: HashMap<Fingerprint, Finding> = HashMap::new();
    for (index, layer_content) in content.layers.iter().enumerate() {
        let LayerContent { hits, executables, gaps, .. } = layer_content.as_ref();
        layer_content.add_to(&mut report.coverage);
        report.gaps.extend(gaps.iter().cloned());
        for hit in hits {
            let mut finding = of_hit(layers, index, hit);
            if shows_secrets {
                finding.evidence.extend(in_clear(&hit.hit));
            }
            let kept = by_fingerprint.get(&finding.fingerprint);
            if kept
                .is_none_or(|kept| finding.location.hidden_by.is_none() && kept.location.hidden_by.is_some())
            {
                by_fingerprint.insert(finding.fingerprint.clone(), finding);
            }
        }
        for unowned in executables {
            let is_hidden = layers[index + 1..].iter().any(|(_, upper)| upper.hides(&unowned.path));
            // A record in an upper layer may name it: the distribution's base was put there before its database.
            if is_hidden || content.known.statements(&unowned.path).next().is_some() {
                continue;
            }
            let Ok(digest) = format!("sha256:{}", unowned.sha256).parse() else { continue };
            report.executables.push(Executable {
                path: unowned.path.clone(),
                digest,
                size_bytes: unowned.size_bytes,
                layer: index,
            });
        }
    }
    report.findings.extend(by_fingerprint.into_values());
    report
}

/// Credentials of a hit in clear, for those who asked to see them.
pub(crate) fn in_clear(hit: &Hit) -> impl Iterator<Item = String> {
    hit.clear.iter().map(|secret| format!("in clear: {secret}"))
}

fn of_hit(layers: &Layers, index: usize, found: &FileHit) -> Finding {
    let FileHit { path, nested, hit, trust } = found;
    let hidden_by =
        layers[index + 1..].iter().find(|(_, upper)| upper.hides(path)).map(|(layer, _)| layer.clone());
    let mut evidence = hit.evidence.clone();
    evidence.push(trust.words());
    let (severity, why_less) = super::inert::severity(hit, path, nested);
    evidence.extend(why_less);
    if let Some(upper) = &hidden_by {
        evidence.push(format!(
            "layer {} deletes or replaces the file; whoever has the image can still extract it from layer {index}",
            upper.index
        ));
    }
    Finding {
        rule: hit.rule.clone(),
        title: hit.title.clone(),
        severity,
        location: Location {
            path: Some(path.clone()),
            nested: nested.clone(),
            line: hit.line,
            layer: Some(layers[index].0.clone()),
            source: None,
            object: None,
            hidden_by,
            dockerfile_line: None,
        },
        evidence,
        remedy: hit.remedy.clone(),
        references: hit.references.clone(),
        fingerprint: Fingerprint::of(&[&hit.rule, path.as_str(), &nested.join("!"), &hit.identity]),
        aliases: Vec::new(),
        fix: None,
        vulnerability: None,
    }
}
