//! Images of an archive that streams past once.

use crate::collector::Collector;
use crate::findings;
use crate::layer_facts::LayerFacts;
use crate::session::{Inventory, Session, assemble, error_chain};
use model::{Gap, GapReason, TargetKind};
use oci::{OpenError, OpenOptions, StreamedImage, walk_archive_stream};
use std::io::Read;
use std::sync::Arc;

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
            let mut collector = self.collector();
            let outcome = layer.walk(&mut collector).unwrap_or_else(|error| oci::Outcome {
                gaps: vec![Gap::new(layer.path(), GapReason::Unreadable, error_chain(&error))],
                ..oci::Outcome::default()
            });
            // Layers are handed over in the order in which they are counted.
            passed.resize_with(layer.index(), Arc::default);
            passed.push(Arc::new(finish(collector, outcome)));
        })?;
        Ok(archive.images.into_iter().map(|image| of_image(image, &passed)).collect())
    }
}

fn finish(collector: Collector<'_>, outcome: oci::Outcome) -> LayerFacts {
    let mut facts = collector.finish(outcome);
    for link in std::mem::take(&mut facts.parsed.wanted_links) {
        let is_known = facts.parsed.records.iter().any(|record| record.path == link.target)
            || facts.parsed.release_files.iter().any(|(path, _)| *path == link.target);
        if !is_known {
            let detail = format!("a link to {}, which a stream cannot be asked for again", link.target);
            facts.parsed.gaps.push(Gap::new(link.path.to_string(), GapReason::Unsupported, detail));
        }
    }
    facts
}

fn of_image(streamed: StreamedImage, passed: &[Arc<LayerFacts>]) -> Inventory {
    let StreamedImage { image, layers } = streamed;
    let facts = |index: Option<usize>| index.and_then(|index| passed.get(index).cloned()).unwrap_or_default();
    let stack: Vec<_> =
        image.layers.iter().zip(layers).map(|(layer, index)| (layer.layer.clone(), facts(index))).collect();
    let mut inventory = assemble(image.target, &stack);
    inventory.findings.extend(findings::of_image_mismatches(&image.mismatches));
    inventory.gaps.extend(image.gaps);
    inventory
}
