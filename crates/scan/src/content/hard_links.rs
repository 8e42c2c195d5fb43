//! Hard links under names that packages own: their bytes passed under another name of the same layer.

use super::compare::{digests, modified, trust};
use super::known::{Known, Statement};
use super::layer_content::{LayerContent, Modified};
use content::{FileClass, HEAD_BYTES, classify};
use model::{Gap, GapReason, LayerPath, Limits};
use oci::{Body, Entry, EntryKind, LayerSource, Visitor};
use std::collections::HashMap;
use std::io::Read;

/// Links of one layer that are compared.
const LINKS_MAX: usize = 50_000;

/// The hard links of one layer under names that packages own.
#[derive(Debug, Default)]
pub(crate) struct HardLinks {
    links: Vec<(LayerPath, LayerPath)>,
    is_cut: bool,
}

impl HardLinks {
    /// Remembers a link when a record has a digest for its name.
    pub(crate) fn note(&mut self, known: &Known, path: &LayerPath, target: &LayerPath) {
        if known.statements(path).any(|statement| statement.digest.is_some()) {
            self.is_cut |= self.links.len() == LINKS_MAX;
            if !self.is_cut {
                self.links.push((path.clone(), target.clone()));
            }
        }
    }

    /// Compares them with their records. Links between names for which the records have the same digest are judged
    /// as their target was; the layer is walked again only for others, which hardly any image has.
    pub(crate) fn compare(
        self,
        source: &dyn LayerSource,
        limits: &Limits,
        known: &Known,
        content: &mut LayerContent,
    ) {
        if self.is_cut {
            let detail = format!("more than {LINKS_MAX} hard links are not compared with package records");
            content.gaps.push(Gap::new("hard links of a layer", GapReason::LimitReached, detail));
        }
        let mut again = Again { known, by_target: HashMap::new(), found: Vec::new(), gaps: Vec::new() };
        for (path, target) in self.links {
            let recorded: Vec<_> = known.statements(&target).filter_map(|it| it.digest).collect();
            let is_same = known.statements(&path).any(|it| it.digest.is_some_and(|d| recorded.contains(&d)));
            if is_same {
                let of_target = content.modified.iter().find(|it| it.path == target).cloned();
                content.modified.extend(of_target.map(|modified| Modified { path, ..modified }));
            } else {
                again.by_target.entry(target).or_default().push(path);
            }
        }
        if again.by_target.is_empty() {
            return;
        }
        // What the first walk could not look at was told then.
        drop(source.walk(limits, &mut again));
        content.modified.append(&mut again.found);
        content.gaps.append(&mut again.gaps);
        for path in again.by_target.into_values().flatten() {
            let detail = "a hard link whose target could not be read is not compared with its record";
            content.gaps.push(Gap::new(path.to_string(), GapReason::Unsupported, detail));
        }
    }
}

/// Reads the targets of links once more.
struct Again<'a> {
    known: &'a Known,
    by_target: HashMap<LayerPath, Vec<LayerPath>>,
    found: Vec<Modified>,
    gaps: Vec<Gap>,
}

impl Again<'_> {
    fn look(&mut self, entry: &Entry, stream: &mut dyn Read) -> std::io::Result<()> {
        let links = self.by_target.remove(&entry.path).unwrap_or_default();
        let by_link: Vec<Vec<Statement<'_>>> =
            links.iter().map(|link| self.known.statements(link).collect()).collect();
        let mut head = Vec::with_capacity(HEAD_BYTES);
        stream.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        let all: Vec<Statement<'_>> = by_link.iter().flatten().copied().collect();
        let found = digests(&all, &head, stream, entry.size)?;
        for (link, statements) in links.iter().zip(&by_link) {
            let class: FileClass = classify(link, &head);
            let trust = trust(statements, &found);
            self.found.extend(modified(link, class, statements, &found, &trust));
        }
        Ok(())
    }
}

impl Visitor for Again<'_> {
    fn entry(&mut self, entry: &Entry) -> bool {
        entry.kind == EntryKind::File && self.by_target.contains_key(&entry.path)
    }

    fn body(&mut self, entry: &Entry, body: Body<'_>) {
        let outcome = match body {
            Body::Stream(stream) => self.look(entry, stream),
            Body::File(mut file) => self.look(entry, &mut file),
        };
        if let Err(error) = outcome {
            self.gaps.push(Gap::new(entry.path.to_string(), GapReason::Unreadable, error.to_string()));
        }
    }

    fn is_cancelled(&self) -> bool {
        self.by_target.is_empty()
    }
}
