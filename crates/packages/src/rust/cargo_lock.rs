//! Lock files of Cargo.

use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, toml_records};
use model::{Ecosystem, FoundBy, LayerPath};

/// `Cargo.lock` (Cargo, `src/cargo/core/resolver/encode.rs`), versions 1 to 4: `[[package]]`. A package without
/// a source is of the workspace and its paths, the project's own; those of registries and repositories count.
pub(crate) static FORMAT: Format =
    Format { id: "cargo/cargo-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "Cargo.lock"
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Cargo, FoundBy::LockFile, sink);
    toml_records::read(&mut manifest, bytes, "package", &mut |manifest, record| match (
        record.text("name"),
        record.text("version"),
    ) {
        (Some(name), Some(version)) if record.has("source") => manifest.package(name, version),
        (Some(_), Some(_)) => {}
        _ => manifest.malformed(None, "a [[package]] without name or version"),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn packages_of_registries_and_repositories_count() {
        let text = "version = 4\n\
            [[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"time\"]\n\
            [[package]]\nname = \"time\"\nversion = \"0.1.42\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"x\"\n\
            [[package]]\nname = \"fork\"\nversion = \"1.0.0+x\"\nsource = \"git+https://example.org/fork?rev=1#1\"\n";
        check(&FORMAT, "Cargo.lock", text, &["fork@1.0.0+x", "time@0.1.42"]);
    }

    #[test]
    fn a_record_without_version_is_told() {
        assert_eq!(parse(&FORMAT, "Cargo.lock", "[[package]]\nname = \"x\"\n").problems.len(), 1);
    }
}
