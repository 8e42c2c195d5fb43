//! Maven repositories on disk: `GROUP/AS/PATH/ARTIFACT/VERSION/ARTIFACT-VERSION.jar.sha1`
//! (maven.apache.org, "Repository Layout").

use crate::FeedLimits;
use crate::imported::Imported;
use crate::java_archives::{self, JavaArchive};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Groups have up to about ten parts.
const DEPTH_MAX: usize = 32;
/// Entries that are looked at to tell a repository from a directory of feeds.
const PROBED_MAX: usize = 50_000;
/// A digest, and perhaps the name of the file behind it.
const DIGEST_FILE_BYTES_MAX: u64 = 4 << 10;

/// Whether a directory is a repository: it has a digest of an archive where one lies in a repository.
pub(crate) fn is_repository(directory: &Path) -> bool {
    let mut left = PROBED_MAX;
    probe(directory, &mut Vec::new(), &mut left)
}

fn probe(directory: &Path, above: &mut Vec<String>, left: &mut usize) -> bool {
    for (name, is_directory) in entries(directory).unwrap_or_default() {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        if is_directory && above.len() < DEPTH_MAX {
            above.push(name);
            let is_found = probe(&directory.join(above.last().map_or("", String::as_str)), above, left);
            above.pop();
            if is_found {
                return true;
            }
        } else if !is_directory && place_of(above, &name).is_some() {
            return true;
        }
    }
    false
}

/// Reads the digests of a repository; `sink` gets each archive.
pub(crate) fn import(
    directory: &Path,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(JavaArchive),
) -> io::Result<Imported> {
    let mut walk = Walk { out: Imported::default(), limits, sink };
    walk.directory(directory, &mut Vec::new())?;
    Ok(walk.out)
}

struct Walk<'a> {
    out: Imported,
    limits: &'a FeedLimits,
    sink: &'a mut dyn FnMut(JavaArchive),
}

impl Walk<'_> {
    fn directory(&mut self, directory: &Path, above: &mut Vec<String>) -> io::Result<()> {
        for (name, is_directory) in entries(directory)? {
            let path = directory.join(&name);
            if is_directory {
                if above.len() >= DEPTH_MAX {
                    self.problem(&path, "deeper than the limit on directories");
                    continue;
                }
                above.push(name);
                if let Err(error) = self.directory(&path, above) {
                    self.problem(&path, &format!("unreadable: {error}"));
                }
                above.pop();
            } else if let Some((group, artifact, version)) = place_of(above, &name) {
                self.out.counts.records += 1;
                match read_digest(&path).map(|digest| java_archives::new(digest, &group, artifact, version)) {
                    Ok(Some(archive)) => {
                        self.out.counts.java_archives += 1;
                        (self.sink)(archive);
                    }
                    Ok(None) => self.problem(&path, "no coordinates of an archive"),
                    Err(error) => self.problem(&path, &error.to_string()),
                }
            }
            if self.out.counts.records >= self.limits.records_max {
                self.problem(&path, "the limit on records is reached, the rest is left out");
                break;
            }
        }
        Ok(())
    }

    fn problem(&mut self, path: &Path, detail: &str) {
        self.out.problem(self.limits, &path.display().to_string(), None, detail);
    }
}

/// The group, artifact and version of a digest file in these directories. Archives with a classifier
/// (`tool-1.2-sources.jar.sha1`) are no code of their own, or code that the plain archive names too: of them,
/// those that hold classes (`-jdk8`, `-shaded`) count.
fn place_of<'a>(above: &'a [String], file: &str) -> Option<(String, &'a str, &'a str)> {
    let stem = [".jar.sha1", ".war.sha1", ".ear.sha1"].iter().find_map(|end| file.strip_suffix(end))?;
    let [group @ .., artifact, version] = above else { return None };
    let rest = stem.strip_prefix(artifact.as_str())?.strip_prefix('-')?;
    // The files of a snapshot have the time in the place of `SNAPSHOT`.
    let base = version.strip_suffix("-SNAPSHOT").unwrap_or(version);
    let classifier = rest.strip_prefix(base)?;
    let holds_no_classes = ["-sources", "-javadoc", "-tests", "-test-sources"].contains(&classifier);
    (!group.is_empty() && !holds_no_classes).then(|| (group.join("."), artifact.as_str(), version.as_str()))
}

fn read_digest(path: &Path) -> io::Result<[u8; 20]> {
    let mut text = Vec::new();
    File::open(path)?.take(DIGEST_FILE_BYTES_MAX).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let mut words = text.split_whitespace();
    words
        .find_map(java_archives::digest_of)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it holds no SHA-1"))
}

/// Names of directories and files, sorted; symbolic links and hidden entries are passed over.
fn entries(directory: &Path) -> io::Result<Vec<(String, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
            && (kind.is_dir() || kind.is_file())
        {
            entries.push((name, kind.is_dir()));
        }
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_a_digest_tells_the_coordinates() {
        let tell = |path: &str| {
            let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
            let (file, above) = parts.split_last().unwrap();
            place_of(above, file).map(|(group, artifact, version)| format!("{group}:{artifact}:{version}"))
        };
        let core = "org/apache/logging/log4j/log4j-core/2.14.1/log4j-core-2.14.1";
        for (path, expected) in [
            (format!("{core}.jar.sha1"), Some("org.apache.logging.log4j:log4j-core:2.14.1")),
            (format!("{core}-shaded.jar.sha1"), Some("org.apache.logging.log4j:log4j-core:2.14.1")),
            (format!("{core}-sources.jar.sha1"), None),
            (format!("{core}.pom.sha1"), None),
            ("a/b/1-SNAPSHOT/b-1-20240101.1-1.jar.sha1".to_owned(), Some("a:b:1-SNAPSHOT")),
            ("b/1/b-1.jar.sha1".to_owned(), None),
            ("a/b/1/c-1.jar.sha1".to_owned(), None),
            ("b-1.jar.sha1".to_owned(), None),
        ] {
            assert_eq!(tell(&path).as_deref(), expected, "{path}");
        }
    }
}
