//! One set of advisories that Seawall and osv-scanner both read: PyPI as OSV publishes it, and Debian 12 in the same
//! schema.

use super::Setting;
use super::cases::seawall;
use super::image::succeed;
use super::measure::Case;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) struct SameAdvisories {
    /// What osv-scanner takes: `osv-scalibr/ECOSYSTEM/all.zip` in it.
    osv: PathBuf,
    /// The same, imported.
    db: PathBuf,
}

impl SameAdvisories {
    /// `None` when the public advisory files are not on this machine.
    pub(crate) fn prepare(setting: &Setting) -> Result<Option<Self>> {
        let shared = std::env::var_os("SEAWALL_SHARED")
            .map_or_else(|| crate::workspace().join("../shared"), PathBuf::from)
            .join("advisories");
        let (pypi, tracker) = (shared.join("osv/PyPI/all.zip"), shared.join("debian/tracker-bookworm.json"));
        if !pypi.is_file() || !tracker.is_file() {
            return Ok(None);
        }
        let osv = setting.directory.join("osv");
        let db = setting.directory.join("db");
        let at = |ecosystem: &str| -> Result<PathBuf> {
            let place = osv.join("osv-scalibr").join(ecosystem);
            std::fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
            Ok(place.join("all.zip"))
        };
        let (to_pypi, to_debian) = (at("PyPI")?, at("Debian")?);
        let read =
            |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        write(&to_pypi, &read(&pypi)?)?;
        write(&to_debian, &osv_of_tracker(&read(&tracker)?).context("cannot convert the tracker's list")?)?;
        // osv-scanner finds nothing at all when one ecosystem of the image has no file.
        write(&at("npm")?, &zip_of(&BTreeMap::new())?)?;
        if db.exists() {
            std::fs::remove_dir_all(&db).with_context(|| format!("cannot remove {}", db.display()))?;
        }
        let directory = db.to_string_lossy();
        let files = [to_pypi.to_string_lossy(), to_debian.to_string_lossy()];
        let import = ["db", "import", "--db", &directory, &files[0], &files[1]];
        succeed(&mut seawall(setting, "import", &import).command())?;
        Ok(Some(Self { osv, db }))
    }

    pub(crate) fn seawall(&self, setting: &Setting, name: &str, target: &str) -> Case {
        let db = self.db.to_string_lossy();
        let arguments = [
            "scan",
            "--quiet",
            "--only",
            "vulnerabilities",
            "--no-cache",
            "--no-embedded",
            "--db",
            &db,
            "--format",
            "json",
            target,
        ];
        seawall(setting, name, &arguments)
    }

    pub(crate) fn osv_scanner(&self, name: &str, program: &Path, archive: &Path) -> Case {
        let (osv, archive) = (self.osv.to_string_lossy(), archive.to_string_lossy());
        let arguments = [
            "scan",
            "image",
            "--archive",
            &archive,
            "--offline",
            "--local-db-path",
            &osv,
            "--all-packages",
            "--all-vulns",
            "--format",
            "json",
        ];
        Case::new(name, program, &arguments)
    }
}

/// The JSON of Debian's tracker (source package, CVE, `releases.bookworm`) as records of the OSV schema.
fn osv_of_tracker(tracker: &[u8]) -> Result<Vec<u8>> {
    let tracker: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_slice(tracker)?;
    let mut affected: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (source, vulnerabilities) in &tracker {
        for (id, facts) in vulnerabilities {
            let Some(fixed) = facts["releases"]["bookworm"]["fixed_version"].as_str() else { continue };
            affected.entry(id).or_default().push(json!({
                "package": { "ecosystem": "Debian:12", "name": source },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }],
            }));
        }
    }
    let date = "2026-01-01T00:00:00Z";
    let record = |(id, affected): (&str, Vec<Value>)| {
        let name = format!("DEBIAN-{id}");
        let record = json!({
            "schema_version": "1.7.0", "id": name, "aliases": [id], "modified": date, "published": date,
            "affected": affected,
        });
        (format!("{name}.json"), record.to_string())
    };
    zip_of(&affected.into_iter().map(record).collect())
}

fn zip_of(files: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default())?;
        writer.write_all(content.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
