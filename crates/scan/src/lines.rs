//! Which line of a Dockerfile made what.

use dockerfile::{Dockerfile, HistoryEntry, LineSpan, ReconstructOptions, Reconstruction};
use model::Layer;
use oci::Image;
use std::sync::Arc;

/// The lines of the entries of a history, and of the layers.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    entries: Vec<Option<LineSpan>>,
    layers: Vec<Option<LineSpan>>,
}

impl Lines {
    /// The lines in a real Dockerfile, or in the one that the history tells.
    pub(crate) fn of(image: &Image, real: Option<&Dockerfile>) -> Self {
        let history = history(image);
        let Some(real) = real else {
            let Reconstruction { entry_lines: entries, layer_lines: layers, .. } = reconstruct(image);
            return Self { entries, layers };
        };
        let entries = dockerfile::match_history(real, &history);
        let steps = dockerfile::parse_history(&history);
        let mut layers = vec![None; image.layers.len()];
        for (step, line) in steps.iter().zip(&entries) {
            if let Some(slot) = step.layer.and_then(|layer| layers.get_mut(layer)) {
                *slot = *line;
            }
        }
        Self { entries, layers }
    }

    /// The line that made an entry of the history.
    pub(crate) fn of_entry(&self, entry: usize) -> Option<u32> {
        Some(self.entries.get(entry).copied()??.first)
    }

    /// The layer with the line that made it, and without the given credentials in its instruction.
    pub(crate) fn with_line(&self, layer: &Arc<Layer>, secrets: &[String]) -> Arc<Layer> {
        let line = self.layers.get(layer.index).copied().flatten();
        let mut layer = Layer::clone(layer);
        layer.dockerfile_line = line.map(|line| line.first);
        for secret in secrets {
            layer.instruction = layer.instruction.map(|text| text.replace(secret, "[redacted]"));
        }
        Arc::new(layer)
    }
}

/// The history of an image as the Dockerfile crate reads it.
pub(crate) fn history(image: &Image) -> Vec<HistoryEntry> {
    let entry = |entry: &oci::History| HistoryEntry {
        created_by: entry.created_by.clone().unwrap_or_default(),
        comment: entry.comment.clone().unwrap_or_default(),
        author: entry.author.clone().unwrap_or_default(),
        created: entry.created.clone(),
        empty_layer: entry.empty_layer,
    };
    image.config.history.iter().map(entry).collect()
}

/// The Dockerfile that the history of an image tells.
#[must_use]
pub fn reconstruct(image: &Image) -> Reconstruction {
    dockerfile::reconstruct(&history(image), &ReconstructOptions::from_labels(&image.config.config.labels))
}
