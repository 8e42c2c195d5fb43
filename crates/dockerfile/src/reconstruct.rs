//! The Dockerfile that a history tells.

mod render;

use crate::{HistoryEntry, LineSpan, base_entries, history::base_of_comment, parse_history};
use std::collections::BTreeMap;

/// Bytes that are written at most.
const TEXT_BYTES_MAX: usize = 8 << 20;

/// What is known of the base image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReconstructOptions {
    /// Its name, as the annotation `org.opencontainers.image.base.name` has it.
    pub base: Option<String>,
    /// Its digest, as `org.opencontainers.image.base.digest` has it.
    pub base_digest: Option<String>,
    /// How many entries of the history are its own; found out when it is not told.
    pub base_entries: Option<usize>,
}

impl ReconstructOptions {
    /// What the labels or annotations of an image tell (OCI image-spec, annotations.md).
    #[must_use]
    pub fn from_labels(labels: &BTreeMap<String, String>) -> Self {
        let get = |name: &str| {
            let value = labels.get(&format!("org.opencontainers.image.base.{name}"))?;
            let is_plain =
                !value.is_empty() && value.len() <= 512 && value.chars().all(|c| c.is_ascii_graphic());
            is_plain.then(|| value.clone())
        };
        Self { base: get("name"), base_digest: get("digest"), base_entries: None }
    }
}

/// A Dockerfile made from a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconstruction {
    /// The text; ends with a line break.
    pub text: String,
    /// The lines of each history entry.
    pub entry_lines: Vec<Option<LineSpan>>,
    /// The lines of each layer, lowest first; empty when the history does not tell of layers.
    pub layer_lines: Vec<Option<LineSpan>>,
    /// How many entries belong to the base image, when that is known.
    pub base_entries: Option<usize>,
    /// The base image that stands behind `FROM`; `None` when that is `scratch` for want of a name.
    pub base: Option<String>,
}

/// Writes the Dockerfile that a history tells. It says what was done, not what can be built again: builders keep
/// digests instead of the names of copied files and none of the other stages. Entries of a base image whose name is
/// known stand as comments below its `FROM`, so that every entry has lines to point at.
#[must_use]
pub fn reconstruct(history: &[HistoryEntry], options: &ReconstructOptions) -> Reconstruction {
    let steps = parse_history(history);
    let base_entries =
        options.base_entries.or_else(|| base_entries(history, &steps)).map(|count| count.min(steps.len()));
    let base = options.base.clone().or_else(|| {
        let entry = history.get(base_entries?)?;
        base_of_comment(&entry.comment).map(str::to_owned)
    });
    let mut writer = Writer { text: String::new(), line: 0 };
    writer.push("# Made from the image's history; copied files and other stages are not known to it.");
    writer.push(&format!("FROM {}", base_reference(base.as_deref(), options.base_digest.as_deref())));
    let hidden = if base.is_some() { base_entries.unwrap_or(0) } else { 0 };
    let mut entry_lines = Vec::with_capacity(steps.len());
    let mut shell = render::default_shell();
    for step in &steps {
        if step.index == hidden && hidden > 0 {
            writer.push("# The base image ends here.");
        } else if hidden == 0 && base_entries == Some(step.index) && step.index > 0 {
            writer.push("# The base image seems to end here.");
        }
        if writer.text.len() > TEXT_BYTES_MAX {
            entry_lines.push(None);
            continue;
        }
        let rendered = render::step(step, &mut shell);
        let first = writer.line + 1;
        for line in rendered.lines() {
            if step.index < hidden && !line.starts_with('#') {
                writer.push(&format!("# {line}"));
            } else {
                writer.push(line);
            }
        }
        entry_lines.push((writer.line >= first).then(|| LineSpan::new(first, writer.line)));
    }
    if writer.text.len() > TEXT_BYTES_MAX {
        writer.push("# Cut off: the history is too long.");
    }
    let layer_lines =
        steps.iter().filter(|step| step.layer.is_some()).map(|step| entry_lines[step.index]).collect();
    Reconstruction { text: writer.text, entry_lines, layer_lines, base_entries, base }
}

fn base_reference(base: Option<&str>, digest: Option<&str>) -> String {
    match (base, digest) {
        (Some(base), Some(digest)) if !base.contains('@') => format!("{base}@{digest}"),
        (Some(base), _) => base.to_owned(),
        (None, _) => "scratch".to_owned(),
    }
}

struct Writer {
    text: String,
    line: u32,
}

impl Writer {
    fn push(&mut self, line: &str) {
        // What a stranger wrote must not steer a terminal.
        self.text.extend(line.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }));
        self.text.push('\n');
        self.line += 1;
    }
}

#[cfg(test)]
mod tests;
