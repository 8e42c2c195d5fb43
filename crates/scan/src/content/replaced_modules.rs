//! Modules of Node.js that `npm` put over those of a system package: `npm install --global npm` does it to every
//! image whose `nodejs` package brings npm along.

use super::layer_content::Modified;
use crate::findings::finding;
use model::{Finding, Layer, LayerPath, Location, Severity};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Files of one module that are named.
const NAMES_MAX: usize = 20;

/// Layer, package, directory of the module.
type Key<'a> = (usize, &'a str, &'a str);

/// The modules whose own `package.json` was replaced, each with all its changed files, in order. One finding tells of
/// such a module; every file of it was looked at by the detectors, since none equals its record.
pub(crate) fn replaced<'a>(modified: &[(usize, &'a Modified)]) -> BTreeMap<Key<'a>, Vec<&'a LayerPath>> {
    let keys = |&(layer, modified): &(usize, &'a Modified)| -> Option<(Key<'a>, &'a LayerPath)> {
        let directory = module_directory(&modified.path)?;
        Some(((layer, modified.package.as_str(), directory), &modified.path))
    };
    let is_description = |directory: &str, path: &LayerPath| {
        path.as_str().strip_prefix(directory).is_some_and(|rest| rest == "/package.json")
    };
    let described: HashSet<Key<'a>> = modified
        .iter()
        .filter_map(keys)
        .filter(|((_, _, directory), path)| is_description(directory, path))
        .map(|(key, _)| key)
        .collect();
    let mut modules: BTreeMap<Key<'a>, Vec<&'a LayerPath>> = BTreeMap::new();
    for (key, path) in modified.iter().filter_map(keys).filter(|(key, _)| described.contains(key)) {
        modules.entry(key).or_default().push(path);
    }
    modules.retain(|_, paths| paths.len() > 1);
    modules
}

/// The outermost module that a file belongs to: `usr/lib/node_modules/npm`, `lib/node_modules/@scope/name`.
fn module_directory(path: &LayerPath) -> Option<&str> {
    let text = path.as_str();
    let begin = text.find("node_modules/")? + "node_modules/".len();
    let mut parts = text[begin..].match_indices('/').map(|(at, _)| begin + at);
    let first = parts.next()?;
    let end = if text[begin..].starts_with('@') { parts.next()? } else { first };
    Some(&text[..end])
}

/// The finding about one module.
pub(crate) fn of_module(layer: &Arc<Layer>, key: Key<'_>, paths: &[&LayerPath]) -> Finding {
    let (_, package, directory) = key;
    let title = format!("{} files in {directory} differ from what {package} installed", paths.len());
    let mut evidence = vec![
        "its package.json was replaced as well, which is what npm does when it updates a module".to_owned(),
    ];
    evidence.extend(paths.iter().take(NAMES_MAX).map(|path| path.to_string()));
    if paths.len() > NAMES_MAX {
        evidence.push(format!("and {} more", paths.len() - NAMES_MAX));
    }
    let location = Location {
        path: Some(LayerPath::new(&format!("{directory}/package.json"))),
        layer: Some(layer.clone()),
        ..Location::default()
    };
    let mut finding = finding("image/package-file-modified", title, location, evidence, &[directory]);
    finding.severity = Severity::Medium;
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::layer_content::FileKind;

    fn modified(path: &str) -> Modified {
        Modified {
            path: LayerPath::new(path),
            package: "nodejs".to_owned(),
            kind: FileKind::Code,
            found: Vec::new(),
            recorded: "md5:00".to_owned(),
            instead: None,
        }
    }

    #[track_caller]
    fn check(paths: &[&str], expected: &[(&str, usize)]) {
        let all: Vec<Modified> = paths.iter().map(|path| modified(path)).collect();
        let all: Vec<(usize, &Modified)> = all.iter().map(|modified| (1, modified)).collect();
        let found: Vec<(&str, usize)> =
            replaced(&all).iter().map(|((_, _, directory), paths)| (*directory, paths.len())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_updated_module_is_one() {
        let npm = "usr/lib/node_modules/npm";
        check(
            &[
                "usr/lib/node_modules/npm/package.json",
                "usr/lib/node_modules/npm/lib/cli.js",
                "usr/lib/node_modules/npm/node_modules/semver/package.json",
                "usr/bin/node",
            ],
            &[(npm, 3)],
        );
        let scoped = ["node_modules/@a/b/package.json", "node_modules/@a/b/x.js", "node_modules/@a/c/x.js"];
        check(&scoped, &[("node_modules/@a/b", 2)]);
    }

    #[test]
    fn a_file_that_alone_was_changed_stays_what_it_is() {
        check(&["usr/lib/node_modules/npm/lib/cli.js", "usr/lib/node_modules/npm/lib/a.js"], &[]);
        check(&["usr/lib/node_modules/npm/package.json"], &[]);
        check(&["usr/lib/package.json", "usr/lib/a.js"], &[]);
    }
}
