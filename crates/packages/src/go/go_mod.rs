//! Module files of Go.

use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, text};
use model::{Ecosystem, FoundBy, LayerPath};
use std::collections::{HashMap, HashSet};

/// `go.mod` (Go Modules Reference, "go.mod files"): `require` with `replace` and `exclude`; modules replaced by
/// a directory are the project's own. The `toolchain` line tells the standard library; the `go` line does
/// not, since it is a minimum.
pub(crate) static FORMAT: Format = Format { id: "golang/go-mod", kind: FormatKind::LockFile, matches, parse };

/// What the parser tells of a file that does not list all modules.
pub(super) const LEAVES_OUT_INDIRECT: &str =
    "a go.mod of before Go 1.17 leaves out indirect modules; only go.sum beside it may name them";

// Every line is held; real files have at most some hundred kilobytes.
const TEXT_BYTES_MAX: usize = 8 << 20;

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "go.mod"
}

/// Whether a `go.mod` lists all modules of the build: before Go 1.17 it leaves out indirect ones (Go Modules
/// Reference, "Graph pruning"), and `go.sum` beside it tells more.
fn lists_all_modules(content: &str) -> bool {
    let Some(version) = content.lines().find_map(|line| line.trim().strip_prefix("go ")) else {
        return false;
    };
    // `1.21rc1` and comments behind the number occur.
    let number = |part: &str| {
        let end = part.find(|character: char| !character.is_ascii_digit()).unwrap_or(part.len());
        part[..end].parse::<u32>().unwrap_or(0)
    };
    let mut parts = version.trim().split('.').map(number);
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (1, 17)
}

type Module<'a> = (&'a str, &'a str);

#[derive(Default)]
struct GoMod<'a> {
    required: Vec<Module<'a>>,
    // The version of the key is empty when every version is replaced; that of the value for a directory.
    replaced: HashMap<Module<'a>, Module<'a>>,
    excluded: HashSet<Module<'a>>,
    toolchain: Option<&'a str>,
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Go, FoundBy::LockFile, sink);
    let Some(content) = manifest.text_within(bytes, TEXT_BYTES_MAX) else { return };
    let go_mod = read(&mut manifest, &content);
    for module in &go_mod.required {
        if go_mod.excluded.contains(module) {
            continue;
        }
        let replacement = go_mod.replaced.get(module).or_else(|| go_mod.replaced.get(&(module.0, "")));
        match replacement.unwrap_or(module) {
            (_, "") => {}
            (path, version) => add(&mut manifest, path, version),
        }
    }
    if let Some(version) = go_mod.toolchain {
        manifest.package("stdlib", version);
    }
    if !go_mod.required.is_empty() && !lists_all_modules(&content) {
        manifest.unsupported(None, LEAVES_OUT_INDIRECT);
    }
}

/// Hands on a module without the `v` of its version.
pub(super) fn add(manifest: &mut Manifest<'_>, path: &str, version: &str) {
    manifest.package(path, version.strip_prefix('v').unwrap_or(version));
}

fn read<'a>(manifest: &mut Manifest<'_>, content: &'a str) -> GoMod<'a> {
    let mut go_mod = GoMod::default();
    let mut block = None;
    for (number, line) in text::numbered_lines(content) {
        let line = line.split("//").next().unwrap_or("").trim();
        let mut words: Vec<&str> =
            line.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        match (block, words.as_slice()) {
            (_, []) => continue,
            (Some(_), [")"]) => {
                block = None;
                continue;
            }
            (None, [directive, "("]) => {
                block = Some(*directive);
                continue;
            }
            _ => {}
        }
        let directive = block.unwrap_or_else(|| words.remove(0));
        let is_understood = match (directive, words.as_slice()) {
            ("require", [path, version]) => {
                go_mod.required.push((path, version));
                true
            }
            ("exclude", [path, version]) => {
                go_mod.excluded.insert((path, version));
                true
            }
            ("replace", words) => read_replacement(&mut go_mod, words),
            ("toolchain", [name]) => {
                // `go1.21.3` or `go1.21.3-custom`, or `default`.
                go_mod.toolchain =
                    name.strip_prefix("go").map(|version| version.split('-').next().unwrap_or(version));
                true
            }
            ("require" | "exclude" | "toolchain", _) => false,
            _ => true, // module, go, retract, godebug, tool, ignore name no module.
        };
        if !is_understood {
            manifest.malformed(Some(number), &format!("'{directive} {}' is not understood", words.join(" ")));
        }
    }
    go_mod
}

/// `old [version] => new [version]`.
fn read_replacement<'a>(go_mod: &mut GoMod<'a>, words: &[&'a str]) -> bool {
    let Some(arrow) = words.iter().position(|word| *word == "=>") else { return false };
    let side = |words: &[&'a str]| match words {
        [path] => Some((*path, "")),
        [path, version] => Some((*path, *version)),
        _ => None,
    };
    let (Some(old), Some(new)) = (side(&words[..arrow]), side(&words[arrow + 1..])) else { return false };
    go_mod.replaced.insert(old, new);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn requirements_are_read_with_replacements_and_exclusions() {
        let text = "module example.org/app // comment\n\ngo 1.21\n\ntoolchain go1.21.3\n\n\
            require github.com/BurntSushi/toml v1.2.0\n\
            require (\n\tgolang.org/x/net v0.1.0 // indirect\n\t\"golang.org/x/text\" v0.3.7\n\texample.org/own v0.0.0\n\texample.org/old v1.0.0\n\texample.org/bad v1.0.0\n)\n\
            exclude example.org/bad v1.0.0\n\
            replace (\n\texample.org/own => ../own\n\texample.org/old v1.0.0 => example.org/new v1.0.1-fork\n\tgolang.org/x/text v9.9.9 => x v1.0.0\n)\n\
            retract [v1.0.0, v1.1.0]\n";
        check(
            &FORMAT,
            "go.mod",
            text,
            &[
                "example.org/new@1.0.1-fork",
                "github.com/BurntSushi/toml@1.2.0",
                "golang.org/x/net@0.1.0",
                "golang.org/x/text@0.3.7",
                "stdlib@1.21.3",
            ],
        );
    }

    #[test]
    fn go_line_is_no_standard_library() {
        check(&FORMAT, "go.mod", "module x\ngo 1.20\n", &[]);
    }

    #[test]
    fn old_module_files_are_incomplete() {
        assert_eq!(parse(&FORMAT, "go.mod", "module x\ngo 1.16\nrequire a.b/c v1.0.0\n").problems.len(), 1);
        for (text, lists_all) in [
            ("go 1.17\n", true),
            ("go 1.22.3", true),
            ("go 1.21rc1 // x", true),
            ("go 2.0", true),
            ("go 1.9", false),
            ("module x", false),
        ] {
            assert_eq!(lists_all_modules(text), lists_all, "{text}");
        }
    }

    #[test]
    fn malformed_lines_are_told_by_number() {
        let found = parse(&FORMAT, "go.mod", "go 1.20\nrequire a\nreplace a b\nrequire a.b/c v1.0.0\n");
        assert_eq!(
            (found.names(), found.problems.iter().map(|problem| problem.line).collect()),
            (vec!["a.b/c@1.0.0".to_owned()], vec![Some(2), Some(3)])
        );
    }
}
