//! The configuration, history and file system of an image, judged by the rules of `checks`.

use super::engine::{ContentOptions, ImageContent};
use super::layer_content::LayerContent;
use crate::layer_facts::LayerFacts;
use crate::lines::{Lines, history};
use checks::{
    CheckHit, CheckOptions, ConfigFacts, Healthcheck, ImageFacts, Interest, Seen, SeenKind, TreeEntry,
    TreeFacts,
};
use model::{Finding, Fingerprint, Gap, GapReason, Layer, Location, TargetKind};
use oci::{Entry, EntryKind, Image};
use std::sync::Arc;
use time::{Date, format_description::well_known::Iso8601};

/// Entries of one layer that are kept for the checks.
pub(crate) const ENTRIES_MAX: usize = 100_000;

type Layers = [(Arc<Layer>, Arc<LayerFacts>)];

/// Whether a check may want an entry.
pub(crate) fn interest(entry: &Entry) -> Option<Interest> {
    let kind = kind(&entry.kind)?;
    checks::interesting(&Seen {
        path: entry.path.as_str(),
        kind,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        size_bytes: entry.size,
        has_capability: entry.capability.is_some(),
    })
}

/// Keeps an entry for the checks, with the beginning of its content when that is wanted.
pub(crate) fn keep(content: &mut LayerContent, entry: &Entry, interest: Interest, bytes: Option<&[u8]>) {
    let Some(kind) = kind(&entry.kind) else { return };
    if content.tree.len() == ENTRIES_MAX {
        let detail = format!("more than {ENTRIES_MAX} entries that the checks want; the rest was not judged");
        let gap = Gap::new("checks of a layer", GapReason::LimitReached, detail);
        if !content.gaps.contains(&gap) {
            content.gaps.push(gap);
        }
        return;
    }
    let wanted = bytes.filter(|_| interest.content_bytes_max > 0);
    content.tree.push(TreeEntry {
        path: entry.path.clone(),
        kind,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        size_bytes: entry.size,
        traits: interest.traits,
        capability: entry.capability.map(|capability| capability.as_bytes().to_vec()).unwrap_or_default(),
        content: wanted.map(|bytes| bytes[..bytes.len().min(interest.content_bytes_max)].to_vec()),
        package: None,
        layer_index: None,
    });
}

fn kind(kind: &EntryKind) -> Option<SeenKind> {
    Some(match kind {
        EntryKind::File | EntryKind::HardLink(_) => SeenKind::File,
        EntryKind::Directory => SeenKind::Directory,
        EntryKind::Symlink(_) => SeenKind::Symlink,
        EntryKind::BlockDevice => SeenKind::BlockDevice,
        EntryKind::CharacterDevice => SeenKind::CharacterDevice,
        EntryKind::Special => SeenKind::Special,
        EntryKind::Whiteout | EntryKind::OpaqueWhiteout => return None,
    })
}

/// What the checks find, and what they could not look at.
pub(crate) fn findings(
    image: &Image,
    layers: &Layers,
    content: &ImageContent,
    lines: &Lines,
    options: &ContentOptions,
) -> (Vec<Finding>, Vec<Gap>) {
    let Some(today) = &options.checks_on else { return (Vec::new(), Vec::new()) };
    let facts = facts(image, layers, content);
    let checked = checks::check(&facts, &check_options(image, today));
    // A tree without a configuration is started by nobody, and nobody wrote a Dockerfile for it.
    let has_config = image.target.kind != TargetKind::Rootfs && !image.config.rootfs.diff_ids.is_empty();
    let hits = checked.hits.into_iter().filter(|hit| has_config || hit.path.is_some());
    (hits.map(|hit| finding(hit, layers, lines)).collect(), checked.gaps)
}

fn facts(image: &Image, layers: &Layers, content: &ImageContent) -> ImageFacts {
    let mut tree = TreeFacts::default();
    tree.knows_packages = !content.known.is_empty();
    for (index, layer) in content.layers.iter().enumerate() {
        for entry in &layer.tree {
            // A directory of an upper layer adds to the one below; anything else replaces it.
            if layers[index + 1..].iter().any(|(_, upper)| upper.hides(&entry.path)) {
                continue;
            }
            let package = content.known.statements(&entry.path).find(|statement| statement.is_system);
            let package = package.map(|statement| statement.package.to_owned());
            tree.push(TreeEntry { package, layer_index: Some(index), ..entry.clone() });
        }
    }
    // A layout's tag is no name by which anybody pulls.
    let is_reference = |name: &&String| name.contains([':', '/']);
    let mut names: Vec<String> = image.target.names.iter().filter(is_reference).cloned().collect();
    if matches!(image.target.kind, TargetKind::Docker | TargetKind::Registry) && names.is_empty() {
        names.push(image.target.name.clone());
    }
    let config = &image.config.config;
    ImageFacts {
        names,
        created: image.config.created.clone(),
        platform: image.target.platform.clone(),
        config: ConfigFacts {
            user: config.user.clone(),
            env: config.env.clone(),
            entrypoint: config.entrypoint.clone(),
            cmd: config.cmd.clone(),
            labels: config.labels.clone(),
            exposed_ports: config.exposed_ports.clone(),
            volumes: config.volumes.clone(),
            healthcheck: match &config.healthcheck {
                None => Healthcheck::Absent,
                Some(check) if check.test.first().is_none_or(|word| word == "NONE") => Healthcheck::Disabled,
                Some(check) => Healthcheck::Command(check.test.clone()),
            },
            working_dir: config.working_dir.clone(),
            shell: config.shell.clone(),
            on_build: config.on_build.clone(),
            stop_signal: config.stop_signal.clone(),
        },
        history: history(image),
        base_entries: None,
        tree: Some(tree),
    }
}

fn check_options(image: &Image, today: &str) -> CheckOptions {
    let base = image.layers.iter().filter(|layer| layer.layer.is_base == Some(true));
    let base_created = base.filter_map(|layer| layer.layer.created.as_deref()).max();
    CheckOptions {
        age_days: image.config.created.as_deref().and_then(|created| days_between(created, today)),
        base_age_days: base_created.and_then(|created| days_between(created, today)),
        ..CheckOptions::default()
    }
}

/// Days from an RFC 3339 time to a day; `None` when either cannot be read. Reproducible builds use 1970 or another
/// time long ago on purpose, which tells no age.
fn days_between(from: &str, to: &str) -> Option<u32> {
    let day = |text: &str| Date::parse(text.get(..10)?, &Iso8601::DATE).ok();
    let from = day(from).filter(|day| day.year() > 1980)?;
    u32::try_from((day(to)? - from).whole_days()).ok()
}

fn finding(hit: CheckHit, layers: &Layers, lines: &Lines) -> Finding {
    let layer = hit.layer_index.and_then(|index| layers.get(index)).map(|(layer, _)| layer.clone());
    let path = hit.path.as_ref().map_or("", |path| path.as_str());
    Finding {
        rule: hit.rule.id.to_owned(),
        fingerprint: Fingerprint::of(&[hit.rule.id, path, &hit.identity]),
        title: hit.title,
        severity: hit.severity,
        location: Location {
            path: hit.path,
            line: hit.line,
            dockerfile_line: hit.history_index.and_then(|entry| lines.of_entry(entry)),
            layer,
            ..Location::default()
        },
        evidence: hit.evidence,
        remedy: Some(hit.rule.remedy.to_owned()),
        references: hit.rule.references.iter().map(|&address| address.to_owned()).collect(),
        aliases: Vec::new(),
        fix: None,
        vulnerability: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_days_between_dates() {
        assert_eq!(days_between("2026-11-20T08:00:00Z", "2026-11-22"), Some(2));
        assert_eq!(days_between("1970-01-01T00:00:00Z", "2026-11-22"), None);
        assert_eq!(days_between("nonsense", "2026-11-22"), None);
        assert_eq!(days_between("2026-11-23", "2026-11-22"), None);
    }
}
