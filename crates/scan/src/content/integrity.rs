//! Whether packaged files are what their package installed.

use super::engine::ImageContent;
use super::layer_content::{FileKind, Modified};
use super::replaced_modules::{of_module, replaced};
use crate::findings::finding;
use crate::layer_facts::LayerFacts;
use crate::owned::OwnedFiles;
use crate::short_digest::ShortDigest;
use model::{Finding, Layer, LayerPath, Location, Severity};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Missing files of one package that are named.
const NAMES_MAX: usize = 20;
/// Databases of accounts are edited by every tool that adds one; the checks of accounts look at them.
const ACCOUNT_FILES: &[&str] = &[
    "etc/passwd",
    "etc/passwd-",
    "etc/group",
    "etc/group-",
    "etc/shadow",
    "etc/shadow-",
    "etc/gshadow",
    "etc/gshadow-",
];

type Layers = [(Arc<Layer>, Arc<LayerFacts>)];

/// Findings about packaged files of the final file system that were changed, removed, or whose record was edited.
pub(crate) fn findings(layers: &Layers, content: &ImageContent) -> Vec<Finding> {
    let mut modified = Vec::new();
    for (index, layer_content) in content.layers.iter().enumerate() {
        modified.extend(layer_content.modified.iter().map(|modified| (index, modified)).filter(
            |(index, modified)| {
                !layers[index + 1..].iter().any(|(_, upper)| upper.hides(&modified.path))
                    && !ACCOUNT_FILES.contains(&modified.path.as_str())
                    && is_still_modified(content, modified)
            },
        ));
    }
    let modules = replaced(&modified);
    let mut findings: Vec<Finding> =
        modules.iter().map(|(key, paths)| of_module(&layers[key.0].0, *key, paths)).collect();
    let of_modules: HashSet<&LayerPath> = modules.values().flatten().copied().collect();
    let alone = modified.iter().filter(|(_, modified)| !of_modules.contains(&modified.path));
    findings.extend(alone.map(|(index, modified)| of_modified(layers, *index, modified)));
    for edited in &content.edited {
        let title =
            format!("the record of {} was changed without another version being installed", edited.package);
        let evidence = vec![
            format!("{} files have another digest than in the layer below, or came or went", edited.files),
            "the digests of this record prove nothing; its files were looked at".to_owned(),
        ];
        let location = Location {
            path: Some(edited.path.clone()),
            layer: Some(layers[edited.layer].0.clone()),
            ..Location::default()
        };
        let parts = [edited.path.as_str(), edited.package.as_str()];
        findings.push(finding("image/package-record-edited", title, location, evidence, &parts));
    }
    findings.extend(missing(layers, content));
    findings
}

/// The final record may know another digest than the one that was visible in the layer of the file.
fn is_still_modified(content: &ImageContent, modified: &Modified) -> bool {
    let mut statements =
        content.known.statements(&modified.path).filter_map(|statement| statement.digest).peekable();
    statements.peek().is_some()
        && !statements.any(|recorded| {
            modified.found.iter().any(|&(algorithm, bytes)| ShortDigest { algorithm, bytes } == recorded)
        })
}

fn of_modified(layers: &Layers, index: usize, modified: &Modified) -> Finding {
    let (rule, severity, what) = match modified.kind {
        FileKind::Code => ("image/package-file-modified", Severity::High, "program file"),
        FileKind::Data => ("image/package-file-modified", Severity::Medium, "file"),
        FileKind::Config => ("image/package-config-modified", Severity::Negligible, "configuration file"),
    };
    let Modified { path, package, found, recorded, .. } = modified;
    let found = found.first().map(|&(algorithm, bytes)| ShortDigest { algorithm, bytes }.to_string());
    let found = modified.instead.clone().or(found).unwrap_or_default();
    let mut evidence = vec![format!("recorded {recorded}"), format!("found {found}")];
    let installed = layers.iter().enumerate().rev().find_map(|(layer, (_, facts))| {
        let names = facts.parsed.records.iter().flat_map(|record| &record.owned);
        let is_here = names.into_iter().any(|owned| owned.package == *package);
        (is_here && layer <= index).then_some(layer)
    });
    match installed {
        Some(installed) if installed < index => evidence.push(format!(
            "overwritten by layer {index}; the latest record of {package} is in layer {installed}"
        )),
        _ => evidence.push(format!("changed within layer {index}")),
    }
    let location =
        Location { path: Some(path.clone()), layer: Some(layers[index].0.clone()), ..Location::default() };
    let title = format!("{what} {path} differs from what {package} installed");
    let mut finding = finding(rule, title, location, evidence, &[path.as_str()]);
    finding.severity = severity;
    finding
}

/// Files that records name and no layer has: one finding a package.
fn missing(layers: &Layers, content: &ImageContent) -> Vec<Finding> {
    let mut by_package: BTreeMap<&str, (Vec<LayerPath>, LayerPath)> = BTreeMap::new();
    let mut told: HashSet<LayerPath> = HashSet::new();
    for (index, (_, facts)) in layers.iter().enumerate() {
        for record in facts.parsed.records.iter().filter(|record| record.is_system) {
            if layers[index + 1..].iter().any(|(_, upper)| upper.hides(&record.path)) {
                continue;
            }
            for OwnedFiles { package, names, .. } in &record.owned {
                for name in names {
                    let path = content.known.resolve(name, package);
                    if !is_present(layers, &path)
                        && !is_present(layers, &LayerPath::new(name))
                        && told.insert(path.clone())
                    {
                        let entry =
                            by_package.entry(package).or_insert_with(|| (Vec::new(), record.path.clone()));
                        entry.0.push(path);
                    }
                }
            }
        }
    }
    by_package.into_iter().map(|(package, (paths, record))| of_missing(package, &paths, record)).collect()
}

fn of_missing(package: &str, paths: &[LayerPath], record: LayerPath) -> Finding {
    let title = match paths {
        [path] => format!("{path} of {package} is missing"),
        _ => format!("{} files of {package} are missing", paths.len()),
    };
    let mut evidence: Vec<String> = paths.iter().take(NAMES_MAX).map(LayerPath::to_string).collect();
    if paths.len() > NAMES_MAX {
        evidence.push(format!("and {} more", paths.len() - NAMES_MAX));
    }
    let location = Location { path: Some(record), ..Location::default() };
    finding("image/package-file-missing", title, location, evidence, &[package])
}

fn is_present(layers: &Layers, path: &LayerPath) -> bool {
    let holder = layers.iter().rposition(|(_, facts)| facts.has_file(path));
    holder.is_some_and(|holder| !layers[holder + 1..].iter().any(|(_, upper)| upper.hides(path)))
}
