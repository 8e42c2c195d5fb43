//! Zipped eggs.

use super::metadata::read_headers;
use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, zip_archive::ZipArchive};
use model::{Ecosystem, FoundBy, LayerPath};

/// `NAME.egg` files: zip archives with `EGG-INFO/PKG-INFO` (setuptools, "The Internal Structure of Python Eggs").
pub(crate) static FORMAT: Format = Format { id: "pypi/egg", kind: FormatKind::Installed, matches, parse };

const METADATA_BYTES_MAX: u64 = 4 << 20;

fn matches(path: &LayerPath) -> bool {
    path.file_name().ends_with(".egg")
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    if !bytes.starts_with(b"PK") {
        return; // Other programs call files so, too.
    }
    let mut manifest = Manifest::new(ctx, Ecosystem::PyPI, FoundBy::Installed, sink);
    if let Err(error) = read_egg(&mut manifest, bytes) {
        manifest.problem(None, error.reason(), &error.to_string());
    }
}

fn read_egg(manifest: &mut Manifest<'_>, bytes: &[u8]) -> Result<(), crate::zip_archive::ZipError> {
    let archive = ZipArchive::open(bytes)?;
    for entry in archive.entries() {
        let entry = entry?;
        if entry.name == b"EGG-INFO/PKG-INFO" {
            let content = archive.read(&entry, METADATA_BYTES_MAX)?;
            read_headers(manifest, &content, &["EGG-INFO/PKG-INFO".to_owned()]);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parse, survives_mutations};
    use crate::zip_archive::tests::zip;

    #[test]
    fn egg_is_named_by_its_metadata() {
        let egg = zip(&[("a.py", b"x"), ("EGG-INFO/PKG-INFO", b"Name: A.b\nVersion: 2\n")]);
        let found = parse(&FORMAT, "site-packages/A.b-2-py3.9.egg", &egg);
        assert_eq!((found.names(), found.problems), (vec!["a-b@2".to_owned()], vec![]));
        survives_mutations(&FORMAT, "a.egg", &egg);
        let cut = parse(&FORMAT, "a.egg", &egg[..egg.len() / 2]);
        assert_eq!((cut.packages.len(), cut.problems.len()), (0, 1));
    }
}
