//! What the last watch knew of the files: what was changed while nobody watched is told when somebody watches again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::digests::{Identity, Known};

/// Bytes of the file; each of the files that are watched takes some two hundred.
const BYTES_MAX: u64 = 64 << 20;
const VERSION: u64 = 1;

/// What was known of the files, by their whole paths.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// Each file that was watched; `None` when it did not exist.
    pub(super) files: BTreeMap<PathBuf, Option<Known>>,
    /// Directories of which every file was watched.
    pub(super) whole: BTreeSet<PathBuf>,
    /// What packages recorded of files.
    pub(super) recorded: BTreeMap<PathBuf, String>,
}

impl Kept {
    /// Whether a file was watched, existing or not.
    pub(super) fn had(&self, path: &Path) -> bool {
        self.files.contains_key(path) || path.parent().is_some_and(|directory| self.whole.contains(directory))
    }

    /// Reads what was kept; nothing when nothing was.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(BYTES_MAX).read_to_end(&mut bytes)?;
        let malformed = || io::Error::new(ErrorKind::InvalidData, "it is not what a watch writes");
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        Self::of(&value).map(Some).ok_or_else(malformed)
    }

    fn of(value: &Value) -> Option<Self> {
        if value["version"] != VERSION {
            return None;
        }
        let mut kept = Self::default();
        for directory in value["whole"].as_array()? {
            kept.whole.insert(directory.as_str()?.into());
        }
        for (path, file) in value["files"].as_object()? {
            let known = if file.is_null() { None } else { Some(known(file)?) };
            if let Some(recorded) = file["recorded"].as_str() {
                kept.recorded.insert(path.into(), recorded.to_owned());
            }
            kept.files.insert(path.into(), known);
        }
        Some(kept)
    }

    /// Keeps this in place of what was kept before, as one. Files whose names are no text are left out.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let fresh = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(self.to_value().to_string().as_bytes())?;
        file.sync_data()?;
        std::fs::rename(fresh, path)
    }

    fn to_value(&self) -> Value {
        let files = self.files.iter().filter_map(|(path, known)| {
            let file = known.as_ref().map(|known| {
                json!({
                    "sha256": known.sha256,
                    "mode": known.identity.mode,
                    "owner": [known.identity.owner.0, known.identity.owner.1],
                    "package": known.package,
                    "recorded": self.recorded.get(path),
                })
            });
            Some((path.to_str()?.to_owned(), json!(file)))
        });
        let whole: Vec<&str> = self.whole.iter().filter_map(|path| path.to_str()).collect();
        json!({ "version": VERSION, "whole": whole, "files": files.collect::<Map<_, _>>() })
    }
}

fn known(file: &Value) -> Option<Known> {
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    Some(Known {
        // The rest says whether a file was written, of which its digest tells more.
        identity: Identity::of_attributes(
            number(&file["mode"])?,
            (number(&file["owner"][0])?, number(&file["owner"][1])?),
        ),
        sha256: file["sha256"].as_str()?.to_owned(),
        package: file["package"].as_str().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_what_is_malformed_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("integrity.json");
        assert_eq!(Kept::read(&place).unwrap(), None);
        let identity = Identity::of_attributes(0o100_755, (0, 7));
        let known = |package: Option<&str>| Known {
            identity,
            sha256: "ab".to_owned(),
            package: package.map(str::to_owned),
        };
        let kept = Kept {
            files: BTreeMap::from([
                ("/usr/bin/runc".into(), Some(known(Some("runc")))),
                ("/etc/x".into(), Some(known(None))),
                ("/usr/bin/crun".into(), None),
            ]),
            whole: BTreeSet::from(["/etc/docker".into()]),
            recorded: BTreeMap::from([("/usr/bin/runc".into(), "md5:cd".to_owned())]),
        };
        kept.write(&place).unwrap();
        assert_eq!(Kept::read(&place).unwrap(), Some(kept));
        for text in ["", "{", "{}", r#"{"version":1,"whole":[],"files":{"/a":{}}}"#, r#"{"version":2}"#] {
            std::fs::write(&place, text).unwrap();
            assert_eq!(Kept::read(&place).unwrap_err().kind(), ErrorKind::InvalidData, "{text}");
        }
    }
}
