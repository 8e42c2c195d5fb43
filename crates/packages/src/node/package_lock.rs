//! Lock files of npm.

use super::specifier;
use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, GapReason, LayerPath};
use serde_json::value::RawValue;

/// `package-lock.json`, `npm-shrinkwrap.json` and the hidden `node_modules/.package-lock.json` (npm
/// documentation, "package-lock.json"), lock file versions 1 to 3. `packages` is read where it exists, else
/// `dependencies`. Development dependencies count; workspaces and links are the project's own.
pub(crate) static FORMAT: Format =
    Format { id: "npm/package-lock", kind: FormatKind::LockFile, matches, parse };

// Dependencies of version 1 nest; each level is read again inside its parent.
const DEPTH_MAX: usize = 32;

fn matches(path: &LayerPath) -> bool {
    matches!(path.file_name(), "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json")
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Npm, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let [packages, dependencies] = match json::fields(&content, ["packages", "dependencies"]) {
        Ok(fields) => fields,
        Err(error) => return json::tell_error(&mut manifest, &error),
    };
    if let Some(packages) = packages {
        read_packages(&mut manifest, packages);
    } else if let Some(dependencies) = dependencies {
        read_dependencies(&mut manifest, dependencies);
    }
}

/// Versions 2 and 3: places by path.
fn read_packages(manifest: &mut Manifest<'_>, packages: &RawValue) {
    let result = json::members(packages.get(), &mut |place, value| {
        // Everything else is the project and its workspaces.
        let Some((_, folder)) = place.rsplit_once("node_modules/") else { return };
        let Ok([name, version, link]) = json::fields(value.get(), ["name", "version", "link"]) else {
            return manifest.malformed(None, &format!("the record of '{place}' is no object"));
        };
        if json::is_true(link) {
            return;
        }
        // The record has a name when the folder has another (an alias).
        let name = json::string(name).unwrap_or_else(|| folder.to_owned());
        match json::string(version) {
            Some(version) => manifest.package(&name, &version),
            None => manifest.without_version(&name),
        }
    });
    if let Err(error) = result {
        json::tell_error(manifest, &error);
    }
}

/// Version 1: a tree.
fn read_dependencies(manifest: &mut Manifest<'_>, dependencies: &RawValue) {
    let mut level = vec![dependencies];
    for _ in 0..DEPTH_MAX {
        let mut below = Vec::new();
        for dependencies in level {
            let result = json::members(dependencies.get(), &mut |name, value| {
                let Ok([version, nested]) = json::fields(value.get(), ["version", "dependencies"]) else {
                    return manifest.malformed(None, &format!("the record of '{name}' is no object"));
                };
                below.extend(nested);
                let version = json::string(version).unwrap_or_default();
                match version.strip_prefix("npm:").and_then(specifier::split) {
                    Some((real_name, version)) => manifest.package(real_name, version),
                    None if specifier::is_version(&version) => manifest.package(&name, &version),
                    None => manifest.without_version(&name),
                }
            });
            if let Err(error) = result {
                json::tell_error(manifest, &error);
            }
        }
        if below.is_empty() {
            return;
        }
        level = below;
    }
    manifest.problem(
        None,
        GapReason::LimitReached,
        &format!("dependencies nested more than {DEPTH_MAX} deep"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn version_3_names_places() {
        let text = r#"{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
            "": {"name": "app", "version": "1.0.0"},
            "node_modules/@babel/core": {"version": "7.0.0", "dev": true},
            "node_modules/a/node_modules/b": {"version": "2.0.0"},
            "node_modules/alias": {"name": "real", "version": "3.0.0"},
            "node_modules/mine": {"resolved": "packages/mine", "link": true},
            "packages/mine": {"version": "0.0.1"}}}"#;
        check(&FORMAT, "package-lock.json", text, &["@babel/core@7.0.0", "b@2.0.0", "real@3.0.0"]);
    }

    #[test]
    fn version_1_is_a_tree() {
        let text = r#"{"lockfileVersion": 1, "dependencies": {
            "a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}},
            "c": {"version": "npm:real@3.0.0"}}}"#;
        check(&FORMAT, "npm-shrinkwrap.json", text, &["a@1.0.0", "b@2.0.0", "real@3.0.0"]);
    }

    #[test]
    fn dependencies_of_version_2_are_not_read_twice() {
        let text = r#"{"lockfileVersion": 2, "packages": {"node_modules/a": {"version": "1.0.0"}}, "dependencies": {"x": {"version": "9"}}}"#;
        check(&FORMAT, "package-lock.json", text, &["a@1.0.0"]);
    }

    #[test]
    fn repositories_and_broken_records_are_told() {
        let found = parse(
            &FORMAT,
            "package-lock.json",
            r#"{"dependencies": {"a": {"version": "git+ssh://x"}, "b": 5, "c": {"version": "1.0.0"}}}"#,
        );
        assert_eq!((found.names(), found.problems.len()), (vec!["c@1.0.0".to_owned()], 2));
    }

    #[test]
    fn deep_trees_end_at_the_limit() {
        let depth = 5_000;
        let text = format!(
            "{{\"dependencies\": {}1{}}}",
            "{\"a\":{\"version\":\"1.0.0\",\"dependencies\":".repeat(depth),
            "}}".repeat(depth)
        );
        let found = parse(&FORMAT, "package-lock.json", text);
        assert_eq!(found.problems[0].reason, GapReason::LimitReached);
    }
}
