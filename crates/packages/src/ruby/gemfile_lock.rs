//! Lock files of Bundler.

use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, text};
use model::{Ecosystem, FoundBy, LayerPath};

/// `Gemfile.lock` and `gems.locked` (bundler, `lockfile_parser.rb`): sections `GEM`, `GIT`, `PATH`, `PLUGIN SOURCE`
/// whose `specs` hold `    name (version[-platform])`, indented by four; deeper lines are requirements. Gems of
/// `PATH` are the project's own.
pub(crate) static FORMAT: Format =
    Format { id: "gem/gemfile-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    // Bundler names the file after the Gemfile: `Gemfile-rails7.lock`.
    let name = path.file_name();
    name == "gems.locked" || (name.starts_with("Gemfile") && name.ends_with(".lock"))
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Gem, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let (mut section, mut is_in_specs) = ("", false);
    for (number, line) in text::numbered_lines(&content) {
        let inner = line.trim();
        match line.len() - line.trim_start_matches(' ').len() {
            _ if inner.is_empty() => is_in_specs = false,
            0 => {
                (section, is_in_specs) = (inner, false);
                if line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>") {
                    manifest.malformed(Some(number), "a merge conflict");
                }
            }
            2 => is_in_specs = inner == "specs:",
            4 if is_in_specs && section != "PATH" => match split(inner) {
                Some((name, version)) => manifest.package(name, version),
                None => manifest.malformed(Some(number), &format!("'{inner}' is not name (version)")),
            },
            _ => {}
        }
    }
}

/// `name (version)`; a platform follows the first hyphen, which versions of gems never hold.
fn split(spec: &str) -> Option<(&str, &str)> {
    let (name, version) = spec.strip_suffix(')')?.split_once(" (")?;
    let version = version.split('-').next()?;
    version.starts_with(|character: char| character.is_ascii_digit()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn gems_and_repositories_count() {
        let text = "GIT\n  remote: https://example.org/x.git\n  revision: abc\n  specs:\n    x (0.1.0)\n      rack (>= 2)\n\n\
            PATH\n  remote: .\n  specs:\n    mine (1.0.0)\n\n\
            GEM\n  remote: https://rubygems.org/\n  specs:\n    nokogiri (1.13.0-x86_64-linux)\n      racc (~> 1.4)\n    rack (2.2.3)\n\n\
            PLATFORMS\n  ruby\n\nDEPENDENCIES\n  rack (= 2.2.3)\n\nCHECKSUMS\n  rack (2.2.3) sha256=x\n\nBUNDLED WITH\n   2.3.0\n";
        for path in ["Gemfile.lock", "gems.locked", "Gemfile-rails7.lock"] {
            check(&FORMAT, path, text, &["nokogiri@1.13.0", "rack@2.2.3", "x@0.1.0"]);
        }
    }

    #[test]
    fn malformed_line_is_told_by_number() {
        let found = parse(&FORMAT, "Gemfile.lock", "GEM\n  specs:\n    rack\n    a (1)\n");
        assert_eq!((found.names().len(), found.problems[0].line), (1, Some(3)));
    }
}
