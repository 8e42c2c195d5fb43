//! Installed Node.js packages.

use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};
use serde_json::value::RawValue;

/// `package.json` (npm documentation, "package.json") of packages in a `node_modules` directory, where Node.js
/// looks for them (Node.js documentation, "Loading from node_modules folders"), and of the Yarn that the official
/// images unpack to `/opt/yarn-vVERSION`. Files deeper inside a package are its own sources and test data. A file
/// without name or version is not of a package (`{"type": "module"}` is common).
pub(crate) static FORMAT: Format =
    Format { id: "npm/package-json", kind: FormatKind::Installed, matches, parse };

fn matches(path: &LayerPath) -> bool {
    if path.file_name() != "package.json" {
        return false;
    }
    let mut parents = path.parent().unwrap_or("").rsplit('/');
    let (Some(package), above, further) = (parents.next(), parents.next(), parents.next()) else {
        return false;
    };
    match above {
        Some("node_modules") => true,
        Some(scope) if scope.starts_with('@') => further == Some("node_modules"),
        Some("opt") => package.starts_with("yarn-v"),
        _ => false,
    }
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Npm, FoundBy::Installed, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let fields = json::fields(&content, ["name", "version", "license", "licenses"]);
    let [name, version, license, licenses] = match fields {
        Ok(fields) => fields,
        Err(error) => return json::tell_error(&mut manifest, &error),
    };
    let (Some(name), Some(version)) = (json::string(name), json::string(version)) else { return };
    if name.is_empty() || version.is_empty() {
        return;
    }
    // npm reads versions loosely: a leading v or = is dropped (node-semver, "Versions").
    let version = version.trim().trim_start_matches(['v', '=']).trim();
    let mut package = manifest.new_package(&name, version);
    package.licenses = read_licenses(license.or(licenses));
    manifest.add(package);
}

/// An expression, an object with a `type`, or an array of these.
fn read_licenses(value: Option<&RawValue>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    let one = |value: &RawValue| {
        json::string(Some(value))
            .or_else(|| json::fields(value.get(), ["type"]).ok().and_then(|[name]| json::string(name)))
    };
    let mut licenses = Vec::new();
    if json::elements(value.get(), &mut |element| licenses.extend(one(element))).is_err() {
        licenses.extend(one(value));
    }
    licenses.retain(|license| !license.is_empty() && license.len() <= 200);
    licenses.truncate(20);
    licenses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn packages_of_node_modules_are_found() {
        for path in [
            "app/node_modules/@babel/core/package.json",
            "usr/lib/node_modules/npm/node_modules/x/package.json",
            "opt/yarn-v1.22.19/package.json",
        ] {
            check(
                &FORMAT,
                path,
                r#"{"name": "@babel/core", "version": "7.0.0", "deep": {"name": "no"}}"#,
                &["@babel/core@7.0.0"],
            );
        }
    }

    #[test]
    fn sources_inside_and_outside_packages_are_no_packages() {
        for path in [
            "app/package.json",
            "app/node_modules/resolve/test/fixtures/x/package.json",
            "package.json",
            "a/@b/c/package.json",
        ] {
            assert!(!(FORMAT.matches)(&LayerPath::new(path)), "{path}");
        }
        check(&FORMAT, "node_modules/x/package.json", r#"{"type": "module"}"#, &[]);
    }

    #[test]
    fn every_form_of_licence_is_read() {
        for (field, expected) in [
            (r#""license": "MIT""#, vec!["MIT"]),
            (r#""license": {"type": "ISC", "url": "x"}"#, vec!["ISC"]),
            (r#""licenses": [{"type": "MIT"}, "BSD"]"#, vec!["MIT", "BSD"]),
            (r#""license": 5"#, vec![]),
        ] {
            let found = parse(
                &FORMAT,
                "node_modules/x/package.json",
                format!(r#"{{"name": "x", "version": "v1.0.0", {field}}}"#),
            );
            assert_eq!(found.packages[0].licenses, expected);
            assert_eq!(found.packages[0].version, "1.0.0");
        }
    }

    #[test]
    fn broken_json_is_a_problem() {
        assert_eq!(parse(&FORMAT, "node_modules/x/package.json", "{\"name\": ").problems.len(), 1);
    }
}
