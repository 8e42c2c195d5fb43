//! Lock files of pnpm.

use super::specifier;
use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, text};
use model::{Ecosystem, FoundBy, LayerPath};

/// `pnpm-lock.yaml` (pnpm/spec, `lockfile/5.md` to `lockfile/9.0.md`): the keys of `packages` are
/// `/name/1.0.0_peers` (5), `/name@1.0.0(peers)` (6) or `name@1.0.0` (9); packages of archives and repositories
/// tell `name` and `version` in their record.
///
/// pnpm always writes blocks, indented by two, so the file is read by lines: no YAML anchors are ever followed.
/// Anything else at the place of a key is a problem. Development dependencies count.
pub(crate) static FORMAT: Format = Format { id: "npm/pnpm-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "pnpm-lock.yaml"
}

#[derive(Default)]
struct Record<'a> {
    line: u32,
    key: &'a str,
    name: Option<&'a str>,
    version: Option<&'a str>,
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Npm, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let (mut is_in_packages, mut record) = (false, Record::default());
    for (number, line) in text::numbered_lines(&content) {
        let inner = line.trim_start_matches(' ');
        let indent = line.len() - inner.len();
        if inner.is_empty() || inner.starts_with('#') {
            continue;
        }
        match indent {
            0 => {
                record.finish(&mut manifest);
                record = Record::default();
                is_in_packages = inner.trim_end() == "packages:";
                if inner.starts_with("packages:") && !is_in_packages && inner.trim_end() != "packages: {}" {
                    manifest.unsupported(Some(number), "'packages' is not written as a block");
                }
            }
            // The value of a key that was too long for one line (YAML 1.2, 8.2.2, "explicit key").
            2 if is_in_packages && inner.starts_with(": ") => record.read_member(inner[2..].trim_start()),
            2 if is_in_packages => {
                record.finish(&mut manifest);
                let key = inner.strip_prefix("? ").unwrap_or(inner).trim_end();
                let key = key.strip_suffix(": {}").or_else(|| key.strip_suffix(':')).unwrap_or(key);
                record = Record { line: number, key: unquoted(key), ..Record::default() };
            }
            4 if is_in_packages => record.read_member(inner),
            _ => {}
        }
    }
    record.finish(&mut manifest);
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

impl<'a> Record<'a> {
    fn read_member(&mut self, member: &'a str) {
        match member.split_once(": ") {
            Some(("name", value)) => self.name = Some(unquoted(value)),
            Some(("version", value)) => self.version = Some(unquoted(value)),
            _ => {}
        }
    }

    fn finish(&self, manifest: &mut Manifest<'_>) {
        if self.key.is_empty() {
            return;
        }
        let of_key = split_key(self.key);
        match (
            self.name.or(of_key.map(|(name, _)| name)),
            self.version.or(of_key.map(|(_, version)| version)),
        ) {
            (Some(name), Some(version)) if specifier::is_version(version) => manifest.package(name, version),
            _ if self.key.contains("file:") || self.key.contains("link:") => {} // The project's own.
            _ if self.key.contains([':', '/', '@']) => manifest.without_version(self.key),
            _ => manifest.malformed(Some(self.line), &format!("'{}' is no key of a package", self.key)),
        }
    }
}

/// Name and version of a key of any version of the format.
fn split_key(key: &str) -> Option<(&str, &str)> {
    let key = key.split('(').next().unwrap_or("");
    let path = key.strip_prefix('/').unwrap_or(key);
    if let Some((name, version)) = specifier::split(path)
        && name.matches('/').count() == usize::from(name.starts_with('@'))
        && specifier::is_version(version)
    {
        return Some((name, version));
    }
    // Before version 6 peers follow behind an underscore, and a registry may stand before the name.
    let path = if key.starts_with('/') { path } else { path.split_once('/')?.1 };
    let version_at = if path.starts_with('@') { 2 } else { 1 };
    let (at, _) = path.match_indices('/').nth(version_at - 1)?;
    let version = path[at + 1..].split(['_', '/']).next()?;
    specifier::is_version(version).then_some((&path[..at], version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn keys_of_every_version_are_read() {
        for (key, expected) in [
            ("/foo/1.0.0", "foo@1.0.0"),
            ("/@babel/core/7.0.0_react@17.0.0", "@babel/core@7.0.0"),
            ("registry.example.org/foo/1.0.0", "foo@1.0.0"),
            ("/@babel/core@7.0.0(react@17.0.0)(x@1)", "@babel/core@7.0.0"),
            ("'@babel/core@7.0.0'", "@babel/core@7.0.0"),
            ("foo@1.0.0-rc.1", "foo@1.0.0-rc.1"),
        ] {
            let text = format!(
                "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies: {{}}\n\npackages:\n\n  {key}:\n    resolution: {{integrity: sha512-x}}\n    dev: true\n\nsnapshots:\n\n  other@2.0.0: {{}}\n"
            );
            check(&FORMAT, "pnpm-lock.yaml", &text, &[expected]);
        }
    }

    #[test]
    fn archives_tell_their_version_in_the_record_and_long_keys_are_read() {
        let text = "packages:\n  github.com/x/y/abcdef:\n    resolution: {tarball: https://example.org}\n    name: y\n    version: 1.2.3\n\
            \x20 ? /long/1.0.0_verylong\n  : resolution: {}\n    dev: false\n  file:local: {}\n";
        check(&FORMAT, "pnpm-lock.yaml", text, &["long@1.0.0", "y@1.2.3"]);
    }

    #[test]
    fn what_is_not_written_by_pnpm_is_told() {
        assert_eq!(parse(&FORMAT, "pnpm-lock.yaml", "packages: {a@1.0.0: {}}\n").problems.len(), 1);
        assert_eq!(parse(&FORMAT, "pnpm-lock.yaml", "packages:\n  *anchor\n  <<: &x\n").problems.len(), 2);
    }
}
