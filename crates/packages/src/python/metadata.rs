//! Metadata of installed Python distributions.

use super::normalise;
use crate::{Context, Format, FormatKind, Sink, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `METADATA` of wheels (PEP 376, PEP 427) and `PKG-INFO` of eggs, also as a plain `NAME.egg-info` file, which
/// distutils wrote. All are headers as of RFC 822 (packaging.python.org, "Core metadata specifications").
pub(crate) static FORMAT: Format =
    Format { id: "pypi/metadata", kind: FormatKind::Installed, matches, parse };

fn matches(path: &LayerPath) -> bool {
    let parent = path.parent().unwrap_or("");
    match path.file_name() {
        "METADATA" => parent.ends_with(".dist-info"),
        "PKG-INFO" => parent.ends_with(".egg-info") || parent.ends_with("EGG-INFO"),
        name => name.ends_with(".egg-info"),
    }
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::PyPI, FoundBy::Installed, sink);
    read_headers(&mut manifest, bytes, &[]);
}

/// Reads one metadata file; `nested` is where it lies inside an archive.
pub(super) fn read_headers(manifest: &mut Manifest<'_>, bytes: &[u8], nested: &[String]) {
    let Some(content) = manifest.text(bytes) else { return };
    let (mut name, mut version, mut expression, mut license) = (None, None, None, None);
    let mut classifiers = Vec::new();
    for line in content.lines() {
        if line.trim().is_empty() {
            break; // The description follows.
        }
        if line.starts_with([' ', '\t']) {
            continue; // Continues a header; none of ours is folded.
        }
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "name" => name = name.or(Some(value)),
            "version" => version = version.or(Some(value)),
            "license-expression" => expression = Some(value),
            "license" => license = Some(value),
            "classifier" => classifiers
                .extend(value.strip_prefix("License :: ").and_then(|rest| rest.rsplit(" :: ").next())),
            _ => {}
        }
    }
    let (Some(name), Some(version)) = (name, version) else {
        return manifest.malformed(None, "Python metadata without Name or Version");
    };
    let mut package = manifest.new_package(&normalise(name), version);
    // Some put the whole licence text or UNKNOWN into License.
    let license = license.filter(|text| !text.is_empty() && *text != "UNKNOWN" && text.len() <= 100);
    package.licenses = match expression.or(license) {
        Some(license) => vec![license.to_owned()],
        None => classifiers
            .into_iter()
            .filter(|name| *name != "OSI Approved")
            .take(20)
            .map(str::to_owned)
            .collect(),
    };
    package.nested = nested.to_vec();
    manifest.add(package);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn wheels_and_eggs_are_named_by_their_headers() {
        for path in [
            "usr/lib/python3/dist-packages/Foo_Bar-1.0.dist-info/METADATA",
            "usr/lib/python3/dist-packages/Foo_Bar-1.0.egg-info/PKG-INFO",
            "usr/lib/python3/dist-packages/Foo_Bar-1.0.egg-info",
            "x/foo.egg/EGG-INFO/PKG-INFO",
        ] {
            check(
                &FORMAT,
                path,
                "Metadata-Version: 2.1\r\nName: Foo_Bar\r\nVersion: 1.0.post1\r\n\r\nName: other\n",
                &["foo-bar@1.0.post1"],
            );
        }
    }

    #[test]
    fn metadata_without_name_is_a_problem_not_a_guess() {
        let found = parse(&FORMAT, "x/foo-1.0.dist-info/METADATA", "Version: 1\n\nName: foo\n");
        assert_eq!((found.packages.len(), found.problems.len()), (0, 1));
    }

    #[test]
    fn the_licence_is_the_most_exact_one() {
        let base = "Name: a\nVersion: 1\nClassifier: License :: OSI Approved :: MIT License\n";
        for (more, expected) in [
            ("", "MIT License"),
            ("License: MIT\n", "MIT"),
            ("License: MIT\nLicense-Expression: MIT OR X\n", "MIT OR X"),
        ] {
            let found = parse(&FORMAT, "a.egg-info", format!("{base}{more}"));
            assert_eq!(found.packages[0].licenses, [expected]);
        }
    }
}
