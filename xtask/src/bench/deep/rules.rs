//! The same rules for everybody: Seawall's YARA rules, gitleaks' expressions, and a set of digests.

use super::super::Setting;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Digests in the set; no file has one of them.
const DIGESTS: usize = 10_000;
/// What conditions may ask of a file besides its bytes; the peers' command lines define them once for all files.
pub(crate) const VARIABLES: [&str; 5] = ["filename", "filepath", "extension", "filetype", "owner"];

pub(crate) struct Rules {
    /// `rules/yara/*.yar`, sorted.
    pub(crate) yara: Vec<PathBuf>,
    /// In ClamAV's .hsb format.
    pub(crate) digests: PathBuf,
    /// gitleaks' own file, for Seawall; gitleaks has it built in.
    pub(crate) gitleaks: Option<PathBuf>,
    /// Directories of other people's rules, for the scan with every pack.
    pub(crate) packs: Vec<PathBuf>,
}

pub(crate) fn prepare(setting: &Setting, skipped: &mut Vec<String>) -> Result<Rules> {
    let yara = sorted(&crate::workspace().join("rules/yara"))?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yar"))
        .collect();
    let digests = setting.directory.join("digests.hsb");
    let mut text = String::new();
    for number in 0..DIGESTS {
        for byte in Sha256::digest(format!("Seawall's benchmark, digest {number}")) {
            let _ = write!(text, "{byte:02x}");
        }
        let _ = writeln!(text, ":*:Bench.Digest-{number}:73");
    }
    std::fs::write(&digests, text).with_context(|| format!("cannot write {}", digests.display()))?;
    let shared = std::env::var_os("SEAWALL_SHARED")
        .map_or_else(|| crate::workspace().join("../shared"), PathBuf::from);
    let gitleaks = Some(shared.join("rules/gitleaks/gitleaks.toml")).filter(|path| path.is_file());
    if gitleaks.is_none() {
        skipped.push("gitleaks' own rules: gitleaks.toml of SEAWALL_SHARED is not here".to_owned());
    }
    let packs = match std::env::var_os("SEAWALL_YARA_SETS") {
        Some(directory) => sorted(Path::new(&directory))?.into_iter().filter(|path| path.is_dir()).collect(),
        None => {
            skipped.push("other people's YARA rules: SEAWALL_YARA_SETS names no directory".to_owned());
            Vec::new()
        }
    };
    Ok(Rules { yara, digests, gitleaks, packs })
}

impl Rules {
    /// A directory for clamscan: the digests, and those rule files that it loads. It gives up altogether on a file
    /// with some kinds of rules that it does not support, and leaves single rules out of others.
    pub(crate) fn for_clamscan(
        &self,
        program: &Path,
        setting: &Setting,
        skipped: &mut Vec<String>,
    ) -> Result<PathBuf> {
        let place = setting.directory.join("clamav");
        if place.exists() {
            std::fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;
        }
        std::fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
        let copy = |from: &Path| -> Result<()> {
            let into = place.join(from.file_name().context("a rule file has a name")?);
            std::fs::copy(from, into).with_context(|| format!("cannot copy {}", from.display()))?;
            Ok(())
        };
        copy(&self.digests)?;
        let mut refused = Vec::new();
        for file in &self.yara {
            let mut command = Command::new(program);
            command.arg("--database").arg(file).arg(&self.digests);
            let loads = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            if loads.success() {
                copy(file)?;
            } else {
                refused.push(format!("`{}`", file.file_name().unwrap_or_default().display()));
            }
        }
        if !refused.is_empty() {
            let line = format!("clamscan with {}: it does not load them", refused.join(", "));
            if !skipped.contains(&line) {
                skipped.push(line);
            }
        }
        Ok(place)
    }
}

fn sorted(directory: &Path) -> Result<Vec<PathBuf>> {
    let context = || format!("cannot list {}", directory.display());
    let entries = std::fs::read_dir(directory).with_context(context)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry.with_context(context)?.path())).collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}
