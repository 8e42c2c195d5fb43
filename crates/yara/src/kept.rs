//! Which rules of a namespace are compiled together.

use crate::head_class::HeadClasses;
use crate::plan::{PlannedFile, Share};
use crate::split::Unit;
use std::collections::{HashMap, HashSet};

/// When a global rule is false, no rule of its namespace matches: all of them can match no more than it.
pub(crate) fn restrict_by_global_rules(files: &mut [PlannedFile]) {
    let units = files.iter().flat_map(|file| &file.split.units);
    let all = units.filter(|u| u.is_global).fold(HeadClasses::ALL, |all, unit| all.and(unit.classes));
    for unit in files.iter_mut().filter(|file| !file.split.is_whole).flat_map(|file| &mut file.split.units) {
        unit.classes = unit.classes.and(all);
    }
}

/// The rules of a namespace and share that can match the classes, or those of them that stand in one file, its global
/// rules, and all that these use.
pub(crate) fn kept_rules<'a>(
    files: &'a [PlannedFile],
    classes: HeadClasses,
    share: Share,
    only: Option<&str>,
) -> HashSet<&'a str> {
    let units: HashMap<&str, Vec<&Unit>> =
        files.iter().flat_map(|file| &file.split.units).fold(HashMap::new(), |mut map, unit| {
            map.entry(unit.name.as_str()).or_insert_with(Vec::new).push(unit);
            map
        });
    let can_match = |unit: &Unit| unit.classes.meets(classes) && share.takes(unit);
    let mut open: Vec<&str> = files
        .iter()
        .filter(|file| only.is_none_or(|name| file.name == name))
        .flat_map(|file| &file.split.units)
        .filter(|unit| can_match(unit))
        .map(|unit| unit.name.as_str())
        .collect();
    let is_whole = files.iter().any(|file| file.split.is_whole);
    if open.is_empty() && !is_whole {
        return HashSet::new();
    }
    open.extend(
        units.iter().filter(|(_, same)| same.iter().any(|unit| unit.is_global)).map(|(name, _)| *name),
    );
    let words = files.iter().flat_map(|file| &file.split.words);
    open.extend(words.filter_map(|word| units.get_key_value(word.as_str())).map(|(name, _)| *name));
    let mut kept = HashSet::new();
    while let Some(name) = open.pop() {
        if !kept.insert(name) {
            continue;
        }
        for word in units[name].iter().flat_map(|unit| &unit.words) {
            if let Some((name, _)) = units.get_key_value(word.as_str()) {
                open.push(name);
            }
        }
    }
    kept
}
