//! Which package of an image a file belongs to, and what is known of the package: small enough to be kept for alerts.

use crate::claims::{Claim, claim};
use model::{Ecosystem, LayerPath, Package, Report, Severity, path_hash};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Version of the document.
const FORMAT_VERSION: u32 = 1;
/// Bytes of a document.
const BYTES_MAX: usize = 256 << 20;
/// Ids of vulnerabilities that are kept of a package, worst first.
const IDS_MAX: usize = 10;

/// Which package of an image a file belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PackageFiles {
    seawall_package_files: u32,
    /// Digest of the image's configuration, when it is known.
    pub image: Option<String>,
    /// The packages, in the order of the report.
    pub packages: Vec<PackageFact>,
    /// [`path_hash`] of paths, and the package; sorted.
    files: Vec<(u64, u32)>,
    /// Directories that mean a package.
    below: BTreeMap<String, u32>,
    /// Links below the root: records name `bin/x` where the file lies at `usr/bin/x`.
    links: Vec<(String, String)>,
    /// Why nothing can be told of the files of a package.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) unknowable: BTreeMap<u32, String>,
}

/// What is known of a package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PackageFact {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The layer that brought it: its number, digest and instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The worst severity of its vulnerabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// How many vulnerabilities it has.
    #[serde(default)]
    pub vulnerabilities: u32,
    /// Ids of the worst.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
}

/// A document that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Too large.
    #[error("a list of files of packages has {size_bytes} bytes, the limit is {limit_bytes}")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Not one.
    #[error("it is no list of files of packages (hint: seawall scan --package-files FILE writes them)")]
    Malformed(#[source] serde_json::Error),
    /// Of another version.
    #[error("the list of files of packages has version {found}, this release reads {FORMAT_VERSION}")]
    Version {
        /// Its version.
        found: u32,
    },
}

impl PackageFiles {
    /// Joins a report with the files that records name: hash of the path, package, and whether it is the operating system's own
    /// record. `links` are links below the root.
    #[must_use]
    pub fn of<'a>(
        report: &Report,
        recorded: impl Iterator<Item = (u64, &'a str, bool)>,
        links: &[(LayerPath, LayerPath)],
    ) -> Self {
        let mut all = Self {
            seawall_package_files: FORMAT_VERSION,
            image: report.target.image_id.as_ref().map(ToString::to_string),
            packages: report.packages.iter().map(fact).collect(),
            links: links
                .iter()
                .map(|(from, to)| (from.as_str().to_owned(), to.as_str().to_owned()))
                .collect(),
            ..Self::default()
        };
        let mut system: HashMap<&str, Vec<u32>> = HashMap::new();
        let mut wheels: HashMap<&str, Vec<u32>> = HashMap::new();
        for (at, package) in (0u32..).zip(&report.packages) {
            if package.ecosystem.is_system() {
                system.entry(&package.name).or_default().push(at);
                continue;
            }
            match claim(package) {
                Claim::File(path) => all.files.push((path_hash(&path), at)),
                Claim::Below(directory) => {
                    all.below.insert(directory, at);
                }
                Claim::Recorded => wheels.entry(&package.name).or_default().push(at),
                Claim::Unknowable(why) => {
                    all.unknowable.insert(at, why.to_owned());
                }
            }
        }
        for (hash, name, is_system) in recorded {
            let names = if is_system { &system } else { &wheels };
            all.files.extend(names.get(name).into_iter().flatten().map(|at| (hash, *at)));
        }
        all.files.sort_unstable();
        all.files.dedup();
        all.add_vulnerabilities(report);
        all.without_files(report);
        all
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is none, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, FilesError> {
        if bytes.len() > BYTES_MAX {
            return Err(FilesError::TooLarge { size_bytes: bytes.len(), limit_bytes: BYTES_MAX });
        }
        let mut read: Self = serde_json::from_slice(bytes).map_err(FilesError::Malformed)?;
        if read.seawall_package_files != FORMAT_VERSION {
            return Err(FilesError::Version { found: read.seawall_package_files });
        }
        let packages = u32::try_from(read.packages.len()).unwrap_or(u32::MAX);
        read.files.retain(|(_, at)| *at < packages);
        read.below.retain(|_, at| *at < packages);
        read.files.sort_unstable();
        Ok(read)
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts are JSON") + "\n"
    }

    /// Indices of the packages that a path of the image belongs to.
    #[must_use]
    pub fn owners(&self, path: &str) -> Vec<usize> {
        let path = LayerPath::new(path);
        let mut found = self.of_path(path.as_str());
        // Compiled files are not in the records of wheels (PEP 3147: __pycache__/NAME.TAG.pyc of NAME.py).
        if found.is_empty()
            && let Some(source) = source_of_compiled(path.as_str())
        {
            found = self.of_path(&source);
        }
        if found.is_empty() {
            found.extend(path.ancestors().find_map(|directory| self.below.get(directory)));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| at as usize).collect()
    }

    /// The package that a path of the image belongs to; of several the first.
    #[must_use]
    pub fn package(&self, path: &str) -> Option<&PackageFact> {
        self.packages.get(*self.owners(path).first()?)
    }

    fn of_path(&self, path: &str) -> Vec<u32> {
        let mut found: Vec<u32> = self.of_hash(path_hash(path)).collect();
        for (link, target) in &self.links {
            let rest = path.strip_prefix(target.as_str()).and_then(|rest| rest.strip_prefix('/'));
            if let Some(rest) = rest {
                found.extend(self.of_hash(path_hash(&format!("{link}/{rest}"))));
            }
        }
        found
    }

    fn of_hash(&self, hash: u64) -> impl Iterator<Item = u32> {
        let start = self.files.partition_point(|(other, _)| *other < hash);
        self.files[start..].iter().take_while(move |(other, _)| *other == hash).map(|(_, at)| *at)
    }

    fn add_vulnerabilities(&mut self, report: &Report) {
        let places = places(&report.packages);
        for finding in &report.findings {
            let Some(vulnerability) = &finding.vulnerability else { continue };
            let place = finding.location.path.as_ref().map_or("", LayerPath::as_str);
            let key = (vulnerability.package.as_str(), vulnerability.installed_version.as_str(), place);
            for at in places.get(&key).into_iter().flatten() {
                let fact = &mut self.packages[*at];
                fact.vulnerabilities += 1;
                fact.severity = fact.severity.max(Some(finding.severity));
                // Findings are sorted worst first, when they are not by use.
                if fact.ids.len() < IDS_MAX {
                    fact.ids.push(vulnerability.id.clone());
                }
            }
        }
    }

    /// Packages of which no record names a file.
    fn without_files(&mut self, report: &Report) {
        let mut has_files = vec![false; self.packages.len()];
        for at in self.files.iter().map(|(_, at)| *at).chain(self.below.values().copied()) {
            has_files[at as usize] = true;
        }
        for (at, package) in (0u32..).zip(&report.packages) {
            if !has_files[at as usize] {
                let why = match package.ecosystem {
                    Ecosystem::PyPI => "no RECORD lists its files",
                    _ => "no record lists its files",
                };
                self.unknowable.entry(at).or_insert_with(|| why.to_owned());
            }
        }
    }
}

/// Packages by name, version and place, as findings name them.
pub(crate) fn places(packages: &[Package]) -> HashMap<(&str, &str, &str), Vec<usize>> {
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, package) in packages.iter().enumerate() {
        let key = (package.name.as_str(), package.version.as_str(), package.path.as_str());
        places.entry(key).or_default().push(at);
    }
    places
}

fn fact(package: &Package) -> PackageFact {
    let layer = package.layer.as_ref().map(|layer| {
        let digest = layer.digest.as_ref().or(layer.diff_id.as_ref());
        let digest =
            digest.map_or(String::new(), |digest| format!(" {}:{}", digest.algorithm(), digest.short()));
        let instruction = layer.instruction.as_deref().unwrap_or_default();
        let instruction: String = instruction.chars().filter(|c| !c.is_control()).take(80).collect();
        format!("{}{digest} {instruction}", layer.index).trim_end().to_owned()
    });
    PackageFact {
        name: package.name.clone(),
        version: package.version.clone(),
        layer,
        ..PackageFact::default()
    }
}

fn source_of_compiled(path: &str) -> Option<String> {
    let (directory, name) = path.rsplit_once("/__pycache__/")?;
    let stem = name.strip_suffix(".pyc")?.split('.').next()?;
    Some(format!("{directory}/{stem}.py"))
}
