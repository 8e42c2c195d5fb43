//! Checksum files of Go.

use super::go_mod::add;
use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, text};
use model::{Ecosystem, FoundBy, LayerPath};

/// `go.sum` (Go Modules Reference, "go.sum files"): `module version hash`. Lines of `VERSION/go.mod` are of
/// modules that were only considered. What is left may still hold modules and versions that are not used:
/// callers drop them with [`super::drop_superseded_go_sums`].
pub(crate) static FORMAT: Format = Format { id: "golang/go-sum", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "go.sum"
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Go, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    for (number, line) in text::numbered_lines(&content) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [] => {}
            [_, version, _] if version.ends_with("/go.mod") => {}
            [path, version, hash] if hash.contains(':') => add(&mut manifest, path, version),
            _ => manifest.malformed(Some(number), &format!("'{line}' is not module, version and hash")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn modules_whose_content_was_hashed_count() {
        let text = "github.com/a/b v1.0.0 h1:x=\ngithub.com/a/b v1.0.0/go.mod h1:y=\ngithub.com/a/c v0.0.0-20200101000000-abcdefabcdef/go.mod h1:z=\n";
        check(&FORMAT, "go.sum", text, &["github.com/a/b@1.0.0"]);
    }

    #[test]
    fn malformed_line_is_told_by_number() {
        assert_eq!(parse(&FORMAT, "go.sum", "a v1 h1:x\n<<<<\n").problems[0].line, Some(2));
    }
}
