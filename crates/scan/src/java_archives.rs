//! Names for Java archives that do not tell theirs, by SHA-1.

use advisories::{Database, JAVA_ARCHIVES_SHARD, JavaCoordinates};
use model::{Ecosystem, FoundBy, Gap, GapReason, Package};
use std::cmp::Reverse;

/// Gives archives the name and version under which they were published, when an index is at hand, and takes back
/// that they could not be named. What the index does not know stays as it is.
pub(crate) fn name(packages: &mut [Package], gaps: &mut Vec<Gap>, database: &Database) {
    let mut is_asked = false;
    for package in packages {
        let Some(sha1) = package.sha1.as_deref().filter(|_| wants_name(package)) else { continue };
        if !std::mem::replace(&mut is_asked, true) {
            let (_, errors) = database.shards(JAVA_ARCHIVES_SHARD);
            let tell = |error: &dyn std::fmt::Display| {
                Gap::new(JAVA_ARCHIVES_SHARD, GapReason::Malformed, error.to_string())
            };
            gaps.extend(errors.iter().map(|error| tell(error)));
        }
        let found = match database.java_archive(sha1) {
            Ok(found) => found,
            Err(error) => {
                let what = format!("{} of {}", package.name, package.path);
                gaps.push(Gap::new(what, GapReason::Malformed, error.to_string()));
                continue;
            }
        };
        let Some(coordinates) = best(found, package) else { continue };
        if package.version.is_empty() {
            let (what, detail) = (package.path.to_string(), packages::unnamed_archive(&package.nested));
            let is_about_it = |gap: &Gap| {
                gap.reason == GapReason::Unsupported && gap.what == what && gap.detail.ends_with(&detail)
            };
            if let Some(at) = gaps.iter().position(is_about_it) {
                gaps.remove(at);
            }
        }
        coordinates.name.clone_into(&mut package.name);
        coordinates.version.clone_into(&mut package.version);
    }
}

/// What another bill of materials names whole is taken at its word.
fn wants_name(package: &Package) -> bool {
    package.ecosystem == Ecosystem::Maven
        && (package.found_by != FoundBy::Sbom || !package.name.contains(':') || package.version.is_empty())
}

/// Of the coordinates of one archive those that are most like what the archive tells.
fn best<'a>(found: Vec<JavaCoordinates<'a>>, package: &Package) -> Option<JavaCoordinates<'a>> {
    let artifact = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let own = artifact(&package.name);
    let unlikeness = |one: &JavaCoordinates<'_>| {
        Reverse((one.name == package.name, artifact(one.name) == own, one.version == package.version))
    };
    found.into_iter().min_by_key(unlikeness)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::LayerPath;

    #[test]
    fn coordinates_most_like_the_file_are_taken() {
        let of = |name, version| JavaCoordinates { name, version };
        let found = || vec![of("a:copy", "1"), of("b:tool", "1"), of("c:tool", "1"), of("c:tool", "2")];
        let package = |name: &str, version: &str| {
            Package::new(Ecosystem::Maven, name, version, FoundBy::Installed, &LayerPath::new("x.jar"))
        };
        assert_eq!(best(found(), &package("tool", "1")), Some(of("b:tool", "1")));
        assert_eq!(best(found(), &package("tool", "2")), Some(of("c:tool", "2")));
        assert_eq!(best(found(), &package("c:tool", "")), Some(of("c:tool", "1")));
        assert_eq!(best(found(), &package("x", "")), Some(of("a:copy", "1")));
        assert_eq!(best(Vec::new(), &package("x", "")), None);
    }

    #[test]
    fn other_bills_of_materials_are_taken_at_their_word() {
        let mut package =
            Package::new(Ecosystem::Maven, "a:b", "1", FoundBy::Sbom, &LayerPath::new("x.json"));
        assert!(!wants_name(&package));
        package.name = "b".to_owned();
        assert!(wants_name(&package));
        package.ecosystem = Ecosystem::Npm;
        assert!(!wants_name(&package));
    }
}
