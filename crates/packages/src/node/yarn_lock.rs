//! Lock files of Yarn.

use super::specifier;
use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, text};
use model::{Ecosystem, FoundBy, LayerPath};

/// `yarn.lock` of Yarn 1 (its own syntax, yarnpkg/yarn `src/lockfile/parse.js`) and of Yarn 2 and later (YAML,
/// yarnpkg/berry `packages/yarnpkg-parsers/sources/syml.ts`). Both are blocks whose first line, not indented,
/// lists `name@range` and whose indented lines hold `version` and, in YAML, `resolution`. Read by lines, so that
/// no YAML anchors are ever followed. Workspaces and links are the project's own.
pub(crate) static FORMAT: Format = Format { id: "npm/yarn-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "yarn.lock"
}

#[derive(Default)]
struct Block<'a> {
    line: u32,
    keys: &'a str,
    version: Option<&'a str>,
    resolution: Option<&'a str>,
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Npm, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let mut block = Block::default();
    for (number, line) in text::numbered_lines(&content) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if !line.starts_with([' ', '\t']) {
            block.finish(&mut manifest);
            block = Block { line: number, keys: line, ..Block::default() };
            continue;
        }
        // Members of the block are indented by two; deeper lines are dependencies.
        let member = line.trim_start();
        if line.len() - member.len() > 2 {
            continue;
        }
        if let Some(value) = member_value(member, "version") {
            block.version = Some(value);
        } else if let Some(value) = member_value(member, "resolution") {
            block.resolution = Some(value);
        }
    }
    block.finish(&mut manifest);
}

/// `name "value"` or `name: value`.
fn member_value<'a>(member: &'a str, name: &str) -> Option<&'a str> {
    let rest = member.strip_prefix(name)?;
    let value = rest.strip_prefix(':').or_else(|| rest.strip_prefix(' '))?;
    Some(unquoted(value))
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

impl Block<'_> {
    fn finish(&self, manifest: &mut Manifest<'_>) {
        if self.keys.is_empty() || self.keys.starts_with("__metadata") {
            return;
        }
        let Some(keys) = self.keys.strip_suffix(':') else {
            return manifest.malformed(Some(self.line), "a block of yarn.lock without a colon");
        };
        let first = unquoted(keys.split(',').next().unwrap_or("")).trim_matches(['"', '\'']);
        // A resolution names the package itself, where the key may name an alias.
        let key = self.resolution.unwrap_or(first);
        let Some((name, reference)) = specifier::split(key) else {
            return manifest.malformed(Some(self.line), &format!("'{key}' is not name@range"));
        };
        let is_own =
            ["workspace:", "link:", "portal:", "file:./"].iter().any(|scheme| reference.starts_with(scheme));
        // `alias@npm:real@range` in both versions of the format; a plain `npm:range` has no name.
        let real_name = reference
            .strip_prefix("npm:")
            .and_then(specifier::split)
            .map_or(name, |(real_name, _)| real_name);
        match self.version {
            _ if is_own => {}
            Some(version) if specifier::is_version(version) => manifest.package(real_name, version),
            _ => manifest.without_version(real_name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn version_1_is_read() {
        let text = "# yarn lockfile v1\n\n\n\
            \"@babel/code-frame@^7.0.0\", \"@babel/code-frame@^7.1.0\":\n  version \"7.12.13\"\n  resolved \"https://example.org/x.tgz#1\"\n  dependencies:\n    \"@babel/highlight\" \"^7.12.13\"\n    version \"9\"\n\n\
            alias@npm:real@^1.0.0:\n  version \"1.2.0\"\n\n\
            b@^2, b@~2.1:\n  version \"2.1.0\"\n";
        check(&FORMAT, "yarn.lock", text, &["@babel/code-frame@7.12.13", "b@2.1.0", "real@1.2.0"]);
    }

    #[test]
    fn later_versions_are_read() {
        let text = "__metadata:\n  version: 6\n  cacheKey: 8\n\n\
            \"@babel/core@npm:^7.0.0, @babel/core@npm:^7.1.0\":\n  version: 7.20.0\n  resolution: \"@babel/core@npm:7.20.0\"\n  dependencies:\n    a: ^1\n  languageName: node\n\n\
            \"alias@npm:real@^1.0.0\":\n  version: 1.2.0\n  resolution: \"real@npm:1.2.0\"\n\n\
            \"app@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"app@workspace:.\"\n\n\
            \"p@patch:p@^1.0.0#./x.patch\":\n  version: 1.0.5\n  resolution: \"p@patch:p@npm%3A1.0.5#./x.patch::version=1.0.5\"\n";
        check(&FORMAT, "yarn.lock", text, &["@babel/core@7.20.0", "p@1.0.5", "real@1.2.0"]);
    }

    #[test]
    fn blocks_without_version_are_told() {
        let found = parse(&FORMAT, "yarn.lock", "a@1:\n  resolved x\nnonsense\nb@1:\n  version \"1.0.0\"\n");
        assert_eq!((found.names(), found.problems.len()), (vec!["b@1.0.0".to_owned()], 2));
    }
}
