//! Package records of Composer.

use crate::{json, manifest::Manifest};
use serde_json::value::RawValue;

/// Reads an array of package records: `name`, `version` and `license` (Composer documentation, "The
/// composer.json schema"). Branches (`dev-main`) keep their name as version.
pub(super) fn read_array(manifest: &mut Manifest<'_>, array: &RawValue) {
    let result = json::elements(array.get(), &mut |record| {
        let fields = json::fields(record.get(), ["name", "version", "license"]);
        let Ok([Some(name), version, license]) = fields else {
            return manifest.malformed(None, "a package record without a name");
        };
        let (Some(name), Some(version)) = (json::string(Some(name)), json::string(version)) else {
            return manifest.without_version(name.get());
        };
        let mut package = manifest.new_package(&name.to_ascii_lowercase(), without_v(&version));
        if let Some(license) = license {
            package.licenses.extend(json::string(Some(license)));
            // A string is no array; then the line above took it.
            json::elements(license.get(), &mut |license| {
                package.licenses.extend(json::string(Some(license)));
            })
            .unwrap_or_default();
            package.licenses.truncate(20);
        }
        manifest.add(package);
    });
    if let Err(error) = result {
        json::tell_error(manifest, &error);
    }
}

/// Tags are often `v1.0.0`; Composer ignores the letter (composer/semver, `VersionParser::normalize`).
fn without_v(version: &str) -> &str {
    version
        .strip_prefix(['v', 'V'])
        .filter(|rest| rest.starts_with(|character: char| character.is_ascii_digit()))
        .unwrap_or(version)
}
