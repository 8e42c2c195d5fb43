//! Lock files of Bun.

use super::specifier;
use crate::{Context, Format, FormatKind, Sink, json, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `bun.lock` (Bun documentation, "Lockfile"; oven-sh/bun `src/install/lockfile/bun.lock.zig`): JSON with
/// comments and trailing commas. Each member of `packages` is an array whose first element is `name@version` or
/// `name@address`. The older binary `bun.lockb` is not read.
pub(crate) static FORMAT: Format = Format { id: "npm/bun-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "bun.lock"
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Npm, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let content = json::without_comments(&content);
    let packages = match json::fields(&content, ["packages"]) {
        Ok([Some(packages)]) => packages,
        Ok([None]) => return,
        Err(error) => return json::tell_error(&mut manifest, &error),
    };
    let result = json::members(packages.get(), &mut |key, value| {
        let mut first = None;
        let result = json::elements(value.get(), &mut |element| first = first.or(Some(element)));
        let text = json::string(first).filter(|_| result.is_ok());
        match text.as_deref().and_then(specifier::split) {
            Some((name, version)) if specifier::is_version(version) => manifest.package(name, version),
            Some((_, reference))
                if ["workspace:", "link:", "root:"].iter().any(|scheme| reference.starts_with(scheme)) => {}
            Some((name, _)) => manifest.without_version(name),
            None => {
                manifest.malformed(None, &format!("the record of '{key}' does not begin with name@version"));
            }
        }
    });
    if let Err(error) = result {
        json::tell_error(&mut manifest, &error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn packages_are_read() {
        let text = r#"{
          "lockfileVersion": 1, // text
          "workspaces": { "": { "name": "app", "dependencies": { "a": "^1.0.0", }, }, },
          "packages": {
            "@babel/core": ["@babel/core@7.0.0", "", { "dependencies": {} }, "sha512-x"],
            "a/b": ["b@2.0.0", "", {}, "sha512-y"],
            "mine": ["mine@workspace:packages/mine"],
          },
        }"#;
        check(&FORMAT, "bun.lock", text, &["@babel/core@7.0.0", "b@2.0.0"]);
    }

    #[test]
    fn repositories_and_broken_records_are_told() {
        let found = parse(
            &FORMAT,
            "bun.lock",
            r#"{"packages": {"a": ["a@github:x/y#1"], "b": 1, "c": ["c@1.0.0"]}}"#,
        );
        assert_eq!((found.names(), found.problems.len()), (vec!["c@1.0.0".to_owned()], 2));
    }
}
