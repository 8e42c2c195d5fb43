//! Symbolic links with wanted names, whose content nobody asked for when it passed.

use crate::layer_facts::{LayerFacts, WantedLink};
use crate::session::Session;
use model::{Layer, LayerPath};
use oci::ImageLayer;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

type Layers = Vec<(Arc<Layer>, Arc<LayerFacts>)>;

impl Session {
    /// Reads what symbolic links with wanted names point at, when nobody wanted it under its own name: the
    /// uppermost layer that has the target is walked again for it. What is found there has the name of the link,
    /// and is there since the later of the two layers.
    pub(crate) fn follow_links(&self, sources: &[ImageLayer], mut layers: Layers) -> Layers {
        for (holder, links) in late_links(&layers) {
            let source = &sources[holder];
            let wanted: Vec<WantedLink> = links.iter().map(|(_, link)| link.clone()).collect();
            let more = self.walk(source.source.as_ref(), &source.layer, Some(&wanted));
            let since: HashMap<&LayerPath, usize> =
                links.iter().map(|(index, link)| (&link.path, holder.max(*index))).collect();
            let layer_of = |path: &LayerPath| since.get(path).copied().unwrap_or(holder);
            for record in more.parsed.records {
                let facts = Arc::make_mut(&mut layers[layer_of(&record.path)].1);
                facts.parsed.records.push(record);
            }
            for (path, content) in more.parsed.release_files {
                let facts = Arc::make_mut(&mut layers[layer_of(&path)].1);
                facts.parsed.release_files.push((path, content));
            }
            Arc::make_mut(&mut layers[holder].1).parsed.gaps.extend(more.parsed.gaps);
        }
        layers
    }
}

/// The links to follow by the layer that has their target, each with the layer that it lies in.
fn late_links(layers: &Layers) -> BTreeMap<usize, Vec<(usize, WantedLink)>> {
    let mut by_holder: BTreeMap<usize, Vec<(usize, WantedLink)>> = BTreeMap::new();
    let mut known: Vec<Option<HashSet<u64>>> = vec![None; layers.len()];
    let is_hidden =
        |index: usize, path: &LayerPath| layers[index + 1..].iter().any(|(_, upper)| upper.hides(path));
    for (index, (_, facts)) in layers.iter().enumerate() {
        for link in facts.parsed.wanted_links.iter().filter(|link| !link.is_hard) {
            if is_hidden(index, &link.path) {
                continue;
            }
            let target = resolve_root_link(&link.target, layers);
            let Some(holder) = layers.iter().rposition(|(_, facts)| facts.has_file(&target)) else {
                continue;
            };
            let known = known[holder].get_or_insert_with(|| layers[holder].1.known_paths());
            if !known.contains(&target.hash64()) && !is_hidden(holder, &target) {
                by_holder.entry(holder).or_default().push((index, WantedLink { target, ..link.clone() }));
            }
        }
    }
    by_holder
}

/// A target that begins with a link below the root (`lib/…` where `lib` → `usr/lib`), followed once.
fn resolve_root_link(target: &LayerPath, layers: &Layers) -> LayerPath {
    let Some((first, rest)) = target.as_str().split_once('/') else { return target.clone() };
    let links = layers.iter().rev().flat_map(|(_, facts)| &facts.parsed.root_links);
    match links.into_iter().find(|(path, _)| path.as_str() == first) {
        Some((_, directory)) => directory.join(rest),
        None => target.clone(),
    }
}
