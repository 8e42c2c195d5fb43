//! Sets of other people's rules, kept and pinned.

use crate::bundle::{pack, unpack};
use crate::manifest::{Deviation, ManifestError, PackManifest, is_name};
use crate::source::{PackOptions, RuleFile};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of a manifest or bundle.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Sets of other people's rules, kept and pinned: for each `<name>.toml`, the [`PackManifest`], and `<name>.bundle`, its
/// files compressed, so that a scanner of the host does not take rules for what they describe. Every file is held
/// against its digest whenever the set is loaded.
#[derive(Clone, Debug)]
pub struct RuleLibrary {
    directory: PathBuf,
}

/// A set of the library.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its manifest, or why it cannot be read.
    pub manifest: Result<PackManifest, LibraryError>,
}

/// A set that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// There is no set of that name.
    #[error("there is no rule set '{name}' in {} (hint: `seawall rules list`)", directory.display())]
    Absent {
        /// The name.
        name: String,
        /// The library.
        directory: PathBuf,
    },
    /// Its manifest cannot be used.
    #[error("rule set '{name}'")]
    Manifest {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: ManifestError,
    },
    /// The files are not those that were pinned.
    #[error(
        "rule set '{name}' is not what was pinned: {first}, {count} deviations in all (hint: import it again and \
         compare)"
    )]
    Deviates {
        /// The name.
        name: String,
        /// The first deviation.
        first: String,
        /// How many there are.
        count: usize,
    },
    /// The bundle is damaged.
    #[error("the files of rule set '{name}' are damaged (hint: import it again)")]
    Damaged {
        /// The name.
        name: String,
    },
    /// Another digest was expected.
    #[error("the files given have digest {found}, not {expected}")]
    Digest {
        /// What was expected.
        expected: String,
        /// What they have.
        found: String,
    },
    /// The directory cannot be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl RuleLibrary {
    /// A library in a directory of its own, made when it is first written to.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Takes a set in, or replaces the one of the same name. With `expected`, only files of that
    /// [`PackManifest::digest`] are taken.
    ///
    /// # Errors
    /// When the files are not those of the manifest or of the digest, or the directory cannot be written.
    pub fn import(
        &self,
        manifest: &PackManifest,
        files: &[RuleFile],
        expected: Option<&str>,
    ) -> Result<(), LibraryError> {
        check(manifest, files)?;
        let found = manifest.digest();
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            return Err(LibraryError::Digest { expected: expected.to_owned(), found });
        }
        let text = toml::to_string(manifest).expect("manifests hold no map with keys that are not text");
        // The bundle first: a manifest without its files would be a set that cannot be loaded.
        self.write(&format!("{}.bundle", manifest.name), &pack(files))?;
        self.write(&format!("{}.toml", manifest.name), text.as_bytes())
    }

    /// The manifests of all sets, by name; one that cannot be read is told in its place.
    ///
    /// # Errors
    /// When the directory cannot be read; one that does not exist is empty.
    pub fn list(&self) -> Result<Vec<Listed>, LibraryError> {
        let entries = match std::fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(LibraryError::Io { path: self.directory.clone(), source }),
        };
        let mut names: Vec<String> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
            .filter(|name| is_name(name))
            .collect();
        names.sort();
        Ok(names.into_iter().map(|name| Listed { manifest: self.manifest(&name), name }).collect())
    }

    /// The files of a set, each held against its digest, and the options that it is compiled with.
    ///
    /// # Errors
    /// When there is no such set, or its files are not those that were pinned.
    pub fn load(&self, name: &str) -> Result<(Vec<RuleFile>, PackOptions), LibraryError> {
        let manifest = self.manifest(name)?;
        let files = self.files(name)?;
        check(&manifest, &files)?;
        Ok((files, manifest.options()))
    }

    /// Every way in which a set differs from what was pinned.
    ///
    /// # Errors
    /// When there is no such set or it cannot be read at all.
    pub fn verify(&self, name: &str) -> Result<Vec<Deviation>, LibraryError> {
        Ok(self.manifest(name)?.deviations(&self.files(name)?))
    }

    /// Takes a set out.
    ///
    /// # Errors
    /// When there is no such set or it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), LibraryError> {
        if !is_name(name) {
            return Err(self.absent(name));
        }
        for file in [format!("{name}.toml"), format!("{name}.bundle")] {
            let path = self.directory.join(file);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.absent(name)),
                Err(source) => return Err(LibraryError::Io { path, source }),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn manifest(&self, name: &str) -> Result<PackManifest, LibraryError> {
        let bytes = self.read(name, "toml")?;
        let text = String::from_utf8_lossy(&bytes);
        let manifest = PackManifest::parse(&text)
            .map_err(|source| LibraryError::Manifest { name: name.to_owned(), source })?;
        if manifest.name != name {
            let source = ManifestError::Name(manifest.name);
            return Err(LibraryError::Manifest { name: name.to_owned(), source });
        }
        Ok(manifest)
    }

    fn files(&self, name: &str) -> Result<Vec<RuleFile>, LibraryError> {
        unpack(&self.read(name, "bundle")?).ok_or_else(|| LibraryError::Damaged { name: name.to_owned() })
    }

    fn absent(&self, name: &str) -> LibraryError {
        LibraryError::Absent { name: name.to_owned(), directory: self.directory.clone() }
    }

    #[expect(clippy::disallowed_methods, reason = "the library is this crate's own directory")]
    fn read(&self, name: &str, extension: &str) -> Result<Vec<u8>, LibraryError> {
        if !is_name(name) {
            return Err(self.absent(name));
        }
        let path = self.directory.join(format!("{name}.{extension}"));
        let mut bytes = Vec::new();
        match std::fs::File::open(&path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        {
            Ok(_) if bytes.len() as u64 > FILE_BYTES_MAX => {
                Err(LibraryError::Damaged { name: name.to_owned() })
            }
            Ok(_) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(self.absent(name)),
            Err(source) => Err(LibraryError::Io { path, source }),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), LibraryError> {
        let path = self.directory.join(name);
        let result = (|| {
            std::fs::create_dir_all(&self.directory)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
            file.write_all(bytes)?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        })();
        result.map_err(|source| LibraryError::Io { path, source })
    }
}

fn check(manifest: &PackManifest, files: &[RuleFile]) -> Result<(), LibraryError> {
    let deviations = manifest.deviations(files);
    match deviations.first() {
        None => Ok(()),
        Some(first) => Err(LibraryError::Deviates {
            name: manifest.name.clone(),
            first: first.to_string(),
            count: deviations.len(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<RuleFile> {
        vec![RuleFile { name: "a.yar".into(), bytes: b"rule a { condition: true }".to_vec() }]
    }

    #[test]
    fn a_set_is_kept_listed_loaded_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let library = RuleLibrary::new(&directory.path().join("rules"));
        assert!(library.list().unwrap().is_empty());
        assert!(matches!(library.load("base"), Err(LibraryError::Absent { .. })));
        let mut manifest = PackManifest::of("base", "https://example.com", &files()).unwrap();
        manifest.licence = Some("MIT".into());
        let digest = manifest.digest();
        let error = library.import(&manifest, &files(), Some("sha256:00")).unwrap_err();
        assert!(matches!(error, LibraryError::Digest { .. }), "{error}");
        library.import(&manifest, &files(), Some(&digest)).unwrap();
        assert_eq!(library.list().unwrap()[0].manifest.as_ref().unwrap(), &manifest);
        let (loaded, options) = library.load("base").unwrap();
        assert_eq!((loaded, options.licence.as_deref()), (files(), Some("MIT")));
        assert_eq!(library.verify("base").unwrap(), []);
        let kept = std::fs::read_dir(directory.path().join("rules")).unwrap();
        for entry in kept {
            #[expect(clippy::disallowed_methods, reason = "the test looks at what was written")]
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(9).any(|window| window == b"condition"), "rules lie there in clear");
        }
        library.remove("base").unwrap();
        assert!(library.list().unwrap().is_empty() && library.remove("../base").is_err());
    }

    #[test]
    fn a_set_that_was_changed_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let library = RuleLibrary::new(directory.path());
        let manifest = PackManifest::of("base", "s", &files()).unwrap();
        library.import(&manifest, &files(), None).unwrap();
        let mut other = files();
        other[0].bytes.push(b' ');
        library.write("base.bundle", &pack(&other)).unwrap();
        assert!(matches!(library.load("base"), Err(LibraryError::Deviates { count: 1, .. })));
        assert_eq!(library.verify("base").unwrap(), [Deviation::Changed("a.yar".into())]);
        library.write("base.bundle", b"damaged").unwrap();
        assert!(matches!(library.load("base"), Err(LibraryError::Damaged { .. })));
        assert!(matches!(library.import(&manifest, &other, None), Err(LibraryError::Deviates { .. })));
    }
}
