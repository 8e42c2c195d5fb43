//! Debian's `Packages` indexes (Debian repository format, "Packages" Indices).

use std::collections::BTreeMap;
use versions::{Scheme, compare};

/// The newest version of a source package in some suites, with its binary packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourcePackage {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Binary packages, smallest first: size in bytes and address. Each installs the changelog of the source,
    /// or a link to another package that does.
    pub(crate) binaries: Vec<(u64, String)>,
}

/// Source packages of an index by name; `archive` is the address that `Filename` is relative to.
pub(crate) fn parse(index: &str, archive: &str, sources: &mut BTreeMap<String, SourcePackage>) {
    for paragraph in index.split("\n\n") {
        let Some((name, version, size_bytes, url)) = parse_paragraph(paragraph, archive) else { continue };
        let new = || SourcePackage { name: name.clone(), version: version.clone(), binaries: Vec::new() };
        let known = sources.entry(name.clone()).or_insert_with(new);
        match compare(Scheme::Dpkg, &version, &known.version) {
            std::cmp::Ordering::Less => continue,
            std::cmp::Ordering::Greater => *known = new(),
            std::cmp::Ordering::Equal => {}
        }
        known.binaries.push((size_bytes, url));
        known.binaries.sort_unstable();
    }
}

fn parse_paragraph(paragraph: &str, archive: &str) -> Option<(String, String, u64, String)> {
    let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (package, version) = (field("Package")?, field("Version")?);
    // `Source: name` or `Source: name (version)`; absent when both are the binary's.
    let source = field("Source").unwrap_or(package);
    let (name, version) = match source.split_once(" (") {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (source, version),
    };
    let url = format!("{}/{}", archive.trim_end_matches('/'), field("Filename")?);
    Some((name.to_owned(), version.to_owned(), field("Size")?.parse().ok()?, url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binaries_of_the_newest_source_version_are_kept_smallest_first() {
        let paragraph = |package: &str, version: &str, size: u32| {
            format!(
                "Package: {package}\nSource: foo ({version})\nVersion: {version}+b1\nFilename: pool/{package}_{version}.deb\nSize: {size}\n"
            )
        };
        let index =
            [paragraph("foo", "1.9-1", 1), paragraph("foo", "1.10-1", 9), paragraph("libfoo", "1.10-1", 5)]
                .join("\n");
        let mut sources = BTreeMap::new();
        parse(&index, "http://archive/", &mut sources);
        let foo = &sources["foo"];
        assert_eq!(foo.version, "1.10-1");
        let expected =
            [(5, "http://archive/pool/libfoo_1.10-1.deb"), (9, "http://archive/pool/foo_1.10-1.deb")];
        assert_eq!(foo.binaries, expected.map(|(size, url)| (size, url.to_owned())));
    }
}
