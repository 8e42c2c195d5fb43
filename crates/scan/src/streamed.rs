//! Images of an archive that streams past once.

use crate::collector::Collector;
use crate::layer_facts::LayerFacts;
use crate::session::{Inventory, Session, error_chain, out_of_time};
use model::{Gap, GapReason, TargetKind};
use oci::{OpenError, OpenOptions, StreamedImage, walk_archive_stream};
use std::io::Read;
use std::sync::Arc;

/// Links of one layer that are listed as gaps one by one.
const LINK_GAPS_MAX: usize = 1_000;

impl Session {
    /// Walks the layers of an archive while it streams past, and puts those of each image on top of each other
    /// at its end. Nothing is stored; a link whose content nobody asked for when it passed is a gap.
    ///
    /// # Errors
    /// When the stream is no archive of images, or none of its images is meant.
    pub fn inventories_of_stream(
        &self,
        reader: &mut (dyn Read + Send),
        kind: TargetKind,
        name: &str,
        options: &OpenOptions<'_>,
    ) -> Result<Vec<Inventory>, OpenError> {
        let mut passed: Vec<Arc<LayerFacts>> = Vec::new();
        let archive = walk_archive_stream(reader, kind, name, options, &mut |layer| {
            // Layers are handed over in the order in which they are counted.
            passed.resize_with(layer.index(), Arc::default);
            if self.is_cancelled() {
                passed.push(Arc::new(LayerFacts::of_gap(out_of_time(layer.path(), self.limits()))));
                return;
            }
            let mut collector = self.collector();
            let outcome = layer.walk(&mut collector).unwrap_or_else(|error| oci::Outcome {
                gaps: vec![Gap::new(layer.path(), GapReason::Unreadable, error_chain(&error))],
                ..oci::Outcome::default()
            });
            passed.push(Arc::new(finish(collector, outcome)));
        })?;
        Ok(archive.images.into_iter().map(|image| self.of_stream(image, &passed)).collect())
    }

    fn of_stream(&self, streamed: StreamedImage, passed: &[Arc<LayerFacts>]) -> Inventory {
        let StreamedImage { image, layers } = streamed;
        let facts =
            |index: Option<usize>| index.and_then(|index| passed.get(index).cloned()).unwrap_or_default();
        let kept = image.layers.len().min(self.limits().layers_max);
        let stack: Vec<_> = image.layers[..kept]
            .iter()
            .zip(layers)
            .map(|(layer, index)| (layer.layer.clone(), facts(index)))
            .collect();
        self.assemble(&image, &stack)
    }
}

fn finish(collector: Collector<'_>, outcome: oci::Outcome) -> LayerFacts {
    let mut facts = collector.finish(outcome);
    let known = facts.known_paths();
    let mut links = std::mem::take(&mut facts.parsed.wanted_links);
    links.retain(|link| !known.contains(&link.target.hash64()));
    if links.len() > LINK_GAPS_MAX {
        let detail =
            format!("{} more links, which a stream cannot be asked for again", links.len() - LINK_GAPS_MAX);
        facts.parsed.gaps.push(Gap::new("links of a layer", GapReason::Unsupported, detail));
        links.truncate(LINK_GAPS_MAX);
    }
    for link in links {
        let detail = format!("a link to {}, which a stream cannot be asked for again", link.target);
        facts.parsed.gaps.push(Gap::new(link.path.to_string(), GapReason::Unsupported, detail));
    }
    facts
}
