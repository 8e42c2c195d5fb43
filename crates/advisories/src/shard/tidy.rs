//! Brings an advisory into the form in which it is stored, or refuses it.

use crate::cvss_score::base_score_tenths;
use crate::names::lookup_name;
use crate::{Advisory, Affected, Range, Rated};
use model::{Severity, Status};
use versions::Scheme;

const ID_BYTES_MAX: usize = 200;
const NAME_BYTES_MAX: usize = 1_000;
const VERSION_BYTES_MAX: usize = 500;
const RANGES_MAX: usize = 10_000;
const LIST_MAX: usize = 20_000;
const SUMMARY_CHARACTERS_MAX: usize = 500;
const REFERENCES_BYTES_MAX: usize = 64 << 10;

/// The stored form: names as they are looked up, rows without nonsense, lists sorted, versions that lie in a
/// range left out. What is lost is told in `problems`.
pub(crate) fn tidy(mut advisory: Advisory, problems: &mut Vec<String>) -> Option<Advisory> {
    let shown: String = advisory.id.chars().take(80).collect();
    let ids = advisory.aliases.iter().chain(&advisory.vulnerabilities).chain([&advisory.id]);
    if advisory.id.is_empty() || ids.clone().any(|id| id.len() > ID_BYTES_MAX) || ids.count() > LIST_MAX {
        problems.push(format!("advisory '{shown}': its ids are empty, too long or too many"));
        return None;
    }
    advisory.aliases.retain(|alias| !alias.is_empty() && *alias != advisory.id);
    advisory.vulnerabilities.retain(|id| !id.is_empty());
    for list in [&mut advisory.aliases, &mut advisory.vulnerabilities, &mut advisory.weaknesses] {
        list.sort();
        list.dedup();
        list.truncate(LIST_MAX);
    }
    if let Some((at, _)) = advisory.summary.char_indices().nth(SUMMARY_CHARACTERS_MAX) {
        advisory.summary.truncate(at);
        advisory.summary.push('…');
    }
    advisory.summary = advisory.summary.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [&mut advisory.published, &mut advisory.modified] {
        text.truncate(text.char_indices().nth(40).map_or(text.len(), |(at, _)| at));
    }
    advisory.weaknesses.retain(|weakness| weakness.len() <= ID_BYTES_MAX);
    let mut bytes = 0;
    advisory.references.retain(|reference| {
        bytes += reference.len();
        bytes <= REFERENCES_BYTES_MAX
    });
    advisory.ratings.retain(|rated| rated.source.len() <= ID_BYTES_MAX && rated.cvss.len() <= NAME_BYTES_MAX);
    advisory.ratings.truncate(100);
    advisory.ratings.iter_mut().for_each(put_into_words);
    let rows = std::mem::take(&mut advisory.affected);
    if advisory.is_withdrawn {
        // Its rows match nothing; the record stays, so that its id can be explained.
        return Some(advisory);
    }
    for affected in rows {
        match tidy_row(affected) {
            Ok(affected) => advisory.affected.push(affected),
            Err(why) => problems.push(format!("advisory '{shown}': {why}")),
        }
    }
    Some(advisory)
}

fn tidy_row(mut affected: Affected) -> Result<Affected, String> {
    let package: String = affected.package.chars().take(80).collect();
    if affected.package.is_empty() || affected.package.len() > NAME_BYTES_MAX {
        return Err(format!("package name '{package}' is empty or too long"));
    }
    if affected.ranges.len() > RANGES_MAX
        || affected.versions.len() > 10 * LIST_MAX
        || affected.arches.len() > 100
    {
        return Err(format!("too many ranges, versions or architectures for '{package}'"));
    }
    let bounds = |range: &Range| range.introduced.len().max(range.fixed.len()).max(range.last_affected.len());
    let longest = affected.ranges.iter().map(bounds).chain(affected.versions.iter().map(String::len)).max();
    if longest.unwrap_or(0) > VERSION_BYTES_MAX {
        return Err(format!("a version of '{package}' is too long"));
    }
    if affected.module.len().max(affected.channel.len()) > NAME_BYTES_MAX {
        return Err(format!("module or channel of '{package}' is too long"));
    }
    let scheme = Scheme::of(affected.ecosystem);
    if let std::borrow::Cow::Owned(name) = lookup_name(affected.ecosystem, &affected.package) {
        affected.package = name;
    }
    // A fixed version 0 says that no version was ever vulnerable (Alpine secdb, "secfixes").
    if affected.ranges.iter().any(|range| range.fixed == "0") {
        affected.ranges.retain(|range| range.fixed != "0");
        if affected.ranges.is_empty() && affected.versions.is_empty() {
            affected.status = Status::NotAffected;
        }
    }
    if affected.status == Status::Fixed && affected.ranges.iter().all(|range| range.fixed.is_empty()) {
        affected.status = Status::Affected;
    }
    affected.rating.iter_mut().for_each(put_into_words);
    affected.arches.sort();
    affected.arches.dedup();
    affected.versions.sort();
    affected.versions.dedup();
    let ranges = &affected.ranges;
    affected.versions.retain(|version| {
        !ranges.iter().any(|range| range.contains(version, |a, b| versions::compare(scheme, a, b)))
    });
    Ok(affected)
}

/// A rating without words gets those of its score.
fn put_into_words(rated: &mut Rated) {
    if let (Severity::Unknown, Some(score)) = (rated.severity, base_score_tenths(&rated.cvss)) {
        rated.severity = Severity::from_score_tenths(score);
    }
}
