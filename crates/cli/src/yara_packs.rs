//! The YARA rules of a scan: those that ship with Seawall, those that were imported, those that are named.

use crate::arguments::ContentArguments;
use anyhow::Result;
use content::Detector;
use model::Gap;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "yara")]
pub(crate) use with_yara::{collect, detector};

/// Says that this binary has no YARA engine.
///
/// # Errors
/// When rules are named that it cannot use.
#[cfg(not(feature = "yara"))]
pub(crate) fn detector(
    arguments: &ContentArguments,
    _: Option<&Path>,
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
mod with_yara {
    use super::{Arc, ContentArguments, Detector, Gap, Path, Result};
    use crate::places;
    use crate::target::read_bounded;
    use anyhow::{Context, bail};
    use model::GapReason;
    use yara::{Pack, PackCache, PackOptions, RuleFile, RuleLibrary, Yara, seawall_rules};

    /// Bytes of one rule file.
    const RULE_FILE_BYTES_MAX: u64 = 64 << 20;
    /// Rule files of one directory.
    const RULE_FILES_MAX: usize = 100_000;

    /// The detector with all packs. Rules that do not compile, and imported sets that are not what was pinned, are
    /// gaps; the rest is used.
    ///
    /// # Errors
    /// When rules that the user names cannot be read, or none of them compiles.
    pub(crate) fn detector(
        arguments: &ContentArguments,
        compiled_rules: Option<&Path>,
        gaps: &mut Vec<Gap>,
    ) -> Result<Option<Arc<dyn Detector>>> {
        let cache = compiled_rules.map(PackCache::new);
        let built_in = match &cache {
            Some(_) => {
                let (files, options) = seawall_rules();
                Pack::new(files, &options, cache.as_ref())
            }
            // Nothing is kept for the next time, so nothing is compiled that no file asks for.
            None => Pack::built_in(),
        };
        let mut packs = vec![built_in.context("the built-in YARA rules")?];
        for directory in places::rule_libraries() {
            let library = RuleLibrary::new(&directory);
            for yara::Listed { name, manifest } in library.list()? {
                let pack = manifest
                    .and_then(|_| library.load(&name))
                    .map_err(|error| error.to_string())
                    .and_then(|(files, options)| {
                        Pack::new(files, &options, cache.as_ref()).map_err(|error| error.to_string())
                    });
                match pack {
                    Ok(pack) => packs.push(pack),
                    Err(problem) => {
                        gaps.push(Gap::new(format!("rules {name}"), GapReason::Malformed, problem));
                    }
                }
            }
        }
        for path in &arguments.yara {
            let files = collect(path)?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let pack = Pack::new(files, &PackOptions::new(&name), cache.as_ref())
                .with_context(|| format!("cannot use {}", path.display()))?;
            packs.push(pack);
        }
        for pack in &packs {
            let problems = pack.problems().iter();
            gaps.extend(
                problems.map(|problem| Gap::new(pack.name(), GapReason::Unsupported, problem.to_string())),
            );
        }
        Ok(Some(Arc::new(Yara::new(packs))))
    }

    /// The rule files at a path: one file, or all of a directory, sorted by name.
    ///
    /// # Errors
    /// When they cannot be read, are too many, or there is none.
    pub(crate) fn collect(path: &Path) -> Result<Vec<RuleFile>> {
        let mut files = Vec::new();
        collect_into(path, path, &mut files)?;
        if !files.iter().any(RuleFile::has_rules) {
            bail!("{} holds no rule file (hint: .yar or .yara)", path.display());
        }
        Ok(files)
    }

    fn collect_into(root: &Path, path: &Path, files: &mut Vec<RuleFile>) -> Result<()> {
        if !path.is_dir() {
            let name = path.strip_prefix(root).ok().filter(|name| !name.as_os_str().is_empty());
            let name = name.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
            let bytes = read_bounded(path, RULE_FILE_BYTES_MAX)?;
            files.push(RuleFile { name: name.to_string_lossy().into_owned(), bytes });
            return Ok(());
        }
        let context = || format!("cannot read {}", path.display());
        let mut entries: Vec<_> = std::fs::read_dir(path).with_context(context)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let kind = entry.file_type()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_rules = [".yar", ".yara", ".meta"].iter().any(|end| name.ends_with(end));
            if files.len() >= RULE_FILES_MAX {
                bail!("{} holds more than {RULE_FILES_MAX} files", root.display());
            }
            if kind.is_dir() && !name.starts_with('.') || kind.is_file() && is_rules {
                collect_into(root, &entry.path(), files)?;
            }
        }
        Ok(())
    }
}
