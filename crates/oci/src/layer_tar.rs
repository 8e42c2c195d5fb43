//! A tar as a layer: its entries by the rules of layers.

use crate::gap_tally::GapTally;
use crate::tar_entry::{TarEntry, TarKind, TarStep};
use crate::tar_reader::{TarInput, TarReader};
use crate::{Body, Entry, EntryKind, Visitor};
use model::{GapReason, LayerPath, Limits};
use std::collections::HashMap;

/// What a walk collects besides what it shows the visitor.
#[derive(Default)]
pub(crate) struct WalkNotes {
    pub(crate) gaps: GapTally,
    pub(crate) bad_links: Vec<(LayerPath, String)>,
}

/// How a walk over a tar ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TarEnd {
    /// At its end marker.
    Complete,
    /// Where the input ended, at a border between entries.
    WithoutMarker { offset: u64 },
    /// Where the input ended, inside an entry.
    Truncated { offset: u64, problem: String },
    /// Earlier; a gap tells why.
    Stopped,
    /// The visitor wanted no more.
    Cancelled { offset: u64 },
}

/// Entries between two looks at [`Visitor::is_cancelled`].
const CANCEL_INTERVAL_ENTRIES: u64 = 256;
/// Bad links that are kept.
const BAD_LINKS_MAX: usize = 1_000;
/// Hard links that are remembered to find cycles.
const HARD_LINKS_MAX: usize = 1_000_000;
/// Hard links to hard links that are followed to find cycles.
const HARD_LINK_CHAIN_MAX: usize = 64;

/// Shows the entries of a tar to a visitor by the rules of layers (OCI image-spec, layer.md).
pub(crate) fn walk_tar(
    input: &mut dyn TarInput,
    limits: &Limits,
    visitor: &mut dyn Visitor,
    notes: &mut WalkNotes,
) -> TarEnd {
    let mut tar = TarReader::new(input);
    let mut walk = Walk { limits, notes, hard_links: HashMap::new(), content_bytes: 0 };
    let mut entries = 0_u64;
    loop {
        let step = tar.next();
        for note in tar.take_notes() {
            let what = format!("layer at byte {}", note.offset);
            walk.notes.gaps.add("odd places in the layer", note.reason, what, note.problem);
        }
        let entry = match step {
            Ok(TarStep::Entry(entry)) => entry,
            Ok(TarStep::End { has_marker: true }) => return TarEnd::Complete,
            Ok(TarStep::End { has_marker: false }) => return TarEnd::WithoutMarker { offset: tar.offset() },
            Err(fault) if fault.reason == GapReason::Truncated => {
                return TarEnd::Truncated { offset: fault.offset, problem: fault.problem };
            }
            Err(fault) => {
                let what = format!("layer from byte {} on", fault.offset);
                walk.notes.gaps.add("broken layers", fault.reason, what, fault.problem);
                return TarEnd::Stopped;
            }
        };
        entries += 1;
        if entries > limits.layer_entries_max {
            let what = format!("layer from byte {} on", entry.data_offset);
            let detail = format!("more than {} entries", limits.layer_entries_max);
            walk.notes.gaps.add("entries", GapReason::LimitReached, what, detail);
            return TarEnd::Stopped;
        }
        if entries.is_multiple_of(CANCEL_INTERVAL_ENTRIES) && visitor.is_cancelled() {
            return TarEnd::Cancelled { offset: tar.offset() };
        }
        walk.show(&mut tar, &entry, visitor);
    }
}

struct Walk<'a> {
    limits: &'a Limits,
    notes: &'a mut WalkNotes,
    /// Hashes of the paths of hard links and of their targets.
    hard_links: HashMap<u64, u64>,
    /// Bytes of all files, with their holes.
    content_bytes: u64,
}

impl Walk<'_> {
    fn show(&mut self, tar: &mut TarReader<'_>, header: &TarEntry, visitor: &mut dyn Visitor) {
        let shape = PathShape::of(tar.name());
        if tar.name().len() > self.limits.path_length_max || shape.depth > self.limits.path_depth_max {
            let shown = String::from_utf8_lossy(&tar.name()[..tar.name().len().min(400)]).into_owned();
            let detail = format!("the path has {} bytes and {} components", tar.name().len(), shape.depth);
            self.notes.gaps.add("paths that are too long or deep", GapReason::LimitReached, shown, detail);
            return;
        }
        let path = LayerPath::from_bytes(tar.name());
        if shape.is_climbing {
            let shown = String::from_utf8_lossy(tar.name()).into_owned();
            let detail = format!("the path climbs above the root; it was read as {path}");
            self.notes.gaps.add("paths that climb above the root", GapReason::Malformed, shown, detail);
        }
        if let TarKind::Unknown(flag) = header.kind {
            let detail = format!(
                "entry of type '{}', which container engines do not unpack",
                (flag as char).escape_default()
            );
            self.notes.gaps.add("entries of unknown type", GapReason::Unsupported, path.to_string(), detail);
            return;
        }
        let (path, kind) = match self.whiteout(path) {
            Marker::Ordinary(path) => {
                let kind = self.kind(&path, header.kind, tar);
                (path, kind)
            }
            Marker::Whiteout(path) => (path, EntryKind::Whiteout),
            Marker::Opaque(path) => (path, EntryKind::OpaqueWhiteout),
            Marker::Ignored => return,
        };
        let is_file = kind == EntryKind::File;
        let size = if is_file { header.size } else { 0 };
        let TarEntry { mode, uid, gid, mtime, capability, .. } = *header;
        let entry = Entry { path, kind, size, mode, uid, gid, mtime, capability };
        if !visitor.entry(&entry) || !is_file {
            return;
        }
        // The map of a sparse file was refused, which is a gap already.
        if !header.is_readable {
            return;
        }
        self.content_bytes = self.content_bytes.saturating_add(header.size);
        if self.content_bytes > self.limits.layer_bytes_max {
            let detail = format!(
                "the files of the layer have more than {} bytes with their holes",
                self.limits.layer_bytes_max
            );
            self.notes.gaps.add("content of files", GapReason::LimitReached, entry.path.to_string(), detail);
            return;
        }
        tar.with_content(|content| visitor.body(&entry, Body::Stream(content)));
    }

    fn kind(&mut self, path: &LayerPath, kind: TarKind, tar: &TarReader<'_>) -> EntryKind {
        if kind != TarKind::HardLink && !self.hard_links.is_empty() {
            self.hard_links.remove(&path.hash64());
        }
        match kind {
            TarKind::File => EntryKind::File,
            TarKind::Directory => EntryKind::Directory,
            TarKind::CharacterDevice => EntryKind::CharacterDevice,
            TarKind::BlockDevice => EntryKind::BlockDevice,
            TarKind::Special | TarKind::Unknown(_) => EntryKind::Special,
            TarKind::Symlink | TarKind::HardLink if tar.link().len() > self.limits.path_length_max => {
                let detail = format!("the link target has {} bytes", tar.link().len());
                self.notes.gaps.add(
                    "link targets that are too long",
                    GapReason::LimitReached,
                    path.to_string(),
                    detail,
                );
                EntryKind::Special
            }
            TarKind::Symlink => EntryKind::Symlink(escape(tar.link())),
            TarKind::HardLink => self.hard_link(path, tar.link()),
        }
    }

    fn hard_link(&mut self, path: &LayerPath, link: &[u8]) -> EntryKind {
        let target = LayerPath::from_bytes(link);
        if target.as_str().starts_with(".wh..wh.plnk/") {
            let detail = "a hard link into the storage of AUFS, whose content is not joined";
            self.notes.gaps.add("hard links of AUFS", GapReason::Unsupported, path.to_string(), detail);
            return EntryKind::Special;
        }
        if PathShape::of(link).is_climbing {
            self.bad_link(path, link);
        }
        let (from, to) = (path.hash64(), target.hash64());
        if self.is_cycle(from, to) {
            // Nothing can be at the end of it; a link that is never shown as one cannot trap the visitor.
            self.bad_link(path, link);
            return EntryKind::Special;
        }
        if self.hard_links.len() < HARD_LINKS_MAX {
            self.hard_links.insert(from, to);
        } else {
            let detail = "too many hard links to look for cycles";
            self.notes.gaps.add("hard links", GapReason::LimitReached, path.to_string(), detail);
        }
        EntryKind::HardLink(target)
    }

    fn is_cycle(&self, from: u64, to: u64) -> bool {
        let mut at = to;
        for _ in 0..HARD_LINK_CHAIN_MAX {
            if at == from {
                return true;
            }
            match self.hard_links.get(&at) {
                Some(next) => at = *next,
                None => return false,
            }
        }
        true
    }

    fn bad_link(&mut self, path: &LayerPath, link: &[u8]) {
        if self.notes.bad_links.len() < BAD_LINKS_MAX {
            self.notes.bad_links.push((path.clone(), escape(link)));
        } else {
            self.notes.gaps.add("bad hard links", GapReason::LimitReached, path.to_string(), escape(link));
        }
    }

    // OCI image-spec, layer.md, "Whiteouts"; the other names with the prefix are leftovers of AUFS
    // (moby, pkg/archive/whiteouts.go).
    fn whiteout(&mut self, path: LayerPath) -> Marker {
        const PREFIX: &str = ".wh.";
        const META: &str = ".wh..wh.";
        if !path.as_str().contains(PREFIX) {
            return Marker::Ordinary(path);
        }
        let parent = path.parent().unwrap_or("");
        let name = path.file_name();
        if parent.split('/').any(|component| component.starts_with(META)) {
            return Marker::Ignored;
        }
        if name == ".wh..wh..opq" {
            return Marker::Opaque(LayerPath::new(parent));
        }
        if name.starts_with(META) {
            return Marker::Ignored;
        }
        match name.strip_prefix(PREFIX) {
            None => Marker::Ordinary(path),
            // These would hide the directory itself or the one above.
            Some("" | "." | "..") => {
                let detail = "a whiteout of nothing, of its directory or of the one above";
                self.notes.gaps.add("bad whiteouts", GapReason::Malformed, path.to_string(), detail);
                Marker::Ignored
            }
            Some(hidden) if parent.is_empty() => Marker::Whiteout(LayerPath::new(hidden)),
            Some(hidden) => Marker::Whiteout(LayerPath::new(&format!("{parent}/{hidden}"))),
        }
    }
}

enum Marker {
    Ordinary(LayerPath),
    Whiteout(LayerPath),
    Opaque(LayerPath),
    Ignored,
}

/// What normalising a path loses.
struct PathShape {
    depth: usize,
    is_climbing: bool,
}

impl PathShape {
    fn of(path: &[u8]) -> Self {
        let mut shape = Self { depth: 0, is_climbing: false };
        let mut deepest = 0;
        for component in path.split(|byte| *byte == b'/') {
            match component {
                b"" | b"." => {}
                b".." if shape.depth == 0 => shape.is_climbing = true,
                b".." => shape.depth -= 1,
                _ => shape.depth += 1,
            }
            deepest = deepest.max(shape.depth);
        }
        shape.depth = deepest;
        shape
    }
}

/// Bytes as text; those that are not UTF-8 become `\xNN`, as in [`LayerPath::from_bytes`].
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
