//! The YARA rules of a scan: those that ship with Seawall, those that were imported, those that are named.

use crate::arguments::ContentArguments;
use anyhow::Result;
use content::Detector;
use model::Gap;
use std::sync::Arc;

/// The detector with all packs.
///
/// # Errors
/// When a rule file cannot be read.
#[cfg(not(feature = "yara"))]
pub(crate) fn detector(
    arguments: &ContentArguments,
    gaps: &mut Vec<Gap>,
) -> Result<Option<Arc<dyn Detector>>> {
    if !arguments.yara.is_empty() {
        anyhow::bail!("this binary was built without YARA (hint: build it with the feature `yara`)");
    }
    let detail = "this binary was built without YARA";
    gaps.push(Gap::new("YARA rules", model::GapReason::Unsupported, detail));
    Ok(None)
}

#[cfg(feature = "yara")]
pub(crate) use with_yara::detector;

#[cfg(feature = "yara")]
mod with_yara {
    use super::*;
    use crate::places;
    use crate::target::read_bounded;
    use anyhow::{Context, bail};
    use model::GapReason;
    use std::path::Path;
    use yara::{Namespaces, Pack, PackCache, PackOptions, RuleFile, Yara};

    /// Bytes of one rule file.
    const RULE_FILE_BYTES_MAX: u64 = 64 << 20;
    /// Rule files of one directory.
    const RULE_FILES_MAX: usize = 100_000;

    pub(crate) fn detector(
        arguments: &ContentArguments,
        gaps: &mut Vec<Gap>,
    ) -> Result<Option<Arc<dyn Detector>>> {
        let cache = places::cache().map(|directory| PackCache::new(&directory.join("yara")));
        let mut packs = Vec::new();
        for path in &arguments.yara {
            let mut files = Vec::new();
            collect(path, path, &mut files)?;
            if !files.iter().any(RuleFile::has_rules) {
                bail!("{} holds no rule file (hint: .yar or .yara)", path.display());
            }
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let options = PackOptions { namespaces: Namespaces::Pack, ..PackOptions::new(&name) };
            let pack = Pack::new(files, &options, cache.as_ref())
                .with_context(|| format!("cannot use {}", path.display()))?;
            packs.push(pack);
        }
        for pack in &packs {
            for problem in pack.problems() {
                gaps.push(Gap::new(pack.name(), GapReason::Unsupported, problem.to_string()));
            }
        }
        Ok(Some(Arc::new(Yara::new(packs))))
    }

    fn collect(root: &Path, path: &Path, files: &mut Vec<RuleFile>) -> Result<()> {
        let context = || format!("cannot read {}", path.display());
        if !path.is_dir() {
            let name = path.strip_prefix(root).ok().filter(|name| !name.as_os_str().is_empty());
            let name = name.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
            let bytes = read_bounded(path, RULE_FILE_BYTES_MAX)?;
            files.push(RuleFile { name: name.to_string_lossy().into_owned(), bytes });
            return Ok(());
        }
        let mut entries: Vec<_> = std::fs::read_dir(path).with_context(context)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let kind = entry.file_type()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_rules = name.ends_with(".yar") || name.ends_with(".yara") || name.ends_with(".meta");
            if files.len() >= RULE_FILES_MAX {
                bail!("{} holds more than {RULE_FILES_MAX} files", root.display());
            }
            if kind.is_dir() && !name.starts_with('.') || kind.is_file() && is_rules {
                collect(root, &entry.path(), files)?;
            }
        }
        Ok(())
    }
}
