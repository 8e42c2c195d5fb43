//! What package records say of files, seen from one layer.

use crate::layer_facts::{LayerFacts, Record};
use crate::owned::OwnedFile;
use crate::short_digest::ShortDigest;
use model::{Layer, LayerPath};
use std::collections::HashSet;
use std::sync::Arc;

type Layers = [(Arc<Layer>, Arc<LayerFacts>)];

/// What the package records that are visible in one layer, and in those below it, say of files.
#[derive(Debug, Default)]
pub(crate) struct Known {
    packages: Vec<String>,
    /// Sorted by path hash.
    files: Vec<KnownFile>,
    /// Links below the root: records name `lib/x` where the file lies at `usr/lib/x`.
    links: Vec<(LayerPath, LayerPath)>,
    /// Paths whose files of packages lie elsewhere, with the package that keeps the path.
    diversions: Vec<(LayerPath, LayerPath, Option<String>)>,
}

/// One statement of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KnownFile {
    path: u64,
    digest: Option<ShortDigest>,
    is_config: bool,
    package: u32,
    /// Whether it is the operating system's own record.
    is_system: bool,
    /// Whether the record was changed after the package was installed, so that its digests prove nothing.
    is_distrusted: bool,
}

/// What records say of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// The package that owns it.
    pub(crate) package: &'a str,
    /// Its recorded digest.
    pub(crate) digest: Option<ShortDigest>,
    /// Whether it is configuration.
    pub(crate) is_config: bool,
    /// Whether it is the operating system's own record.
    pub(crate) is_system: bool,
    /// Whether the digest proves something.
    pub(crate) is_trusted: bool,
}

impl Known {
    /// The records that are visible in layer `top`; `edited` names record files by layer that were changed behind
    /// the package manager's back.
    pub(crate) fn at(layers: &Layers, top: usize, edited: &HashSet<(usize, LayerPath)>) -> Self {
        let mut known = Self::default();
        let stack = &layers[..(top + 1).min(layers.len())];
        for (index, (_, facts)) in stack.iter().enumerate() {
            let is_visible =
                |path: &LayerPath| !stack[index + 1..].iter().any(|(_, upper)| upper.hides(path));
            for record in facts
                .parsed
                .records
                .iter()
                .filter(|record| !record.owned.is_empty() || !record.diversions.is_empty())
            {
                if is_visible(&record.path) {
                    let is_distrusted = edited.contains(&(index, record.path.clone()));
                    known.add(record, is_distrusted);
                }
            }
            let links = facts.parsed.root_links.iter().filter(|(path, _)| is_visible(path));
            known.links.extend(links.cloned());
        }
        known.divert();
        known.files.sort_unstable();
        known.files.dedup();
        known
    }

    /// Moves what records say of diverted paths to where the files went.
    fn divert(&mut self) {
        let hashed: Vec<(u64, u64, Option<&String>)> =
            self.diversions.iter().map(|(from, to, by)| (from.hash64(), to.hash64(), by.as_ref())).collect();
        for file in &mut self.files {
            let package = self.packages.get(file.package as usize);
            let diverted =
                hashed.iter().find(|(from, _, by)| *from == file.path && (by.is_none() || *by != package));
            if let Some((_, to, _)) = diverted {
                file.path = *to;
            }
        }
    }

    fn add(&mut self, record: &Record, is_distrusted: bool) {
        self.diversions.extend(record.diversions.iter().cloned());
        for owned in &record.owned {
            let package = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
            self.packages.push(owned.package.clone());
            self.files.extend(owned.files.iter().map(|&OwnedFile { path, digest, is_config }| KnownFile {
                path,
                digest,
                is_config,
                package,
                is_system: record.is_system,
                is_distrusted,
            }));
        }
    }

    /// What records say of a path.
    pub(crate) fn statements(&self, path: &LayerPath) -> impl Iterator<Item = Statement<'_>> {
        let own = self.of_hash(path.hash64());
        let alias = self.links.iter().find_map(|(link, target)| {
            let rest = path.as_str().strip_prefix(target.as_str())?.strip_prefix('/')?;
            Some(self.of_hash(model::path_hash(&format!("{}/{rest}", link.as_str()))))
                .filter(|found| !found.is_empty())
        });
        own.iter().chain(alias.unwrap_or_default()).map(|file| Statement {
            package: self.packages.get(file.package as usize).map_or("", String::as_str),
            digest: file.digest,
            is_config: file.is_config,
            is_system: file.is_system,
            is_trusted: !file.is_distrusted,
        })
    }

    /// Every statement: path hash, package, and whether it is the operating system's own record.
    pub(crate) fn files(&self) -> impl Iterator<Item = (u64, &str, bool)> {
        let package = |file: &KnownFile| self.packages.get(file.package as usize).map_or("", String::as_str);
        self.files.iter().map(move |file| (file.path, package(file), file.is_system))
    }

    /// Links below the root.
    pub(crate) fn links(&self) -> &[(LayerPath, LayerPath)] {
        &self.links
    }

    /// Whether no record was seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where a recorded path of a package lies when it is diverted, or when a directory below the root is a link
    /// (`bin` → `usr/bin`).
    pub(crate) fn resolve(&self, path: &str, package: &str) -> LayerPath {
        let diverted = self
            .diversions
            .iter()
            .find(|(from, _, by)| from.as_str() == path && by.as_deref() != Some(package));
        let path = diverted.map_or(path, |(_, to, _)| to.as_str());
        let Some((first, rest)) = path.split_once('/') else { return LayerPath::new(path) };
        match self.links.iter().find(|(link, _)| link.as_str() == first) {
            Some((_, target)) => target.join(rest),
            None => LayerPath::new(path),
        }
    }

    fn of_hash(&self, hash: u64) -> &[KnownFile] {
        let start = self.files.partition_point(|file| file.path < hash);
        let end = start + self.files[start..].partition_point(|file| file.path == hash);
        &self.files[start..end]
    }
}
