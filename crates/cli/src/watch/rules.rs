//! Files of rules, loaded and compiled.

use crate::arguments::{RuleMatching, WatchArguments};
use crate::remark::remark;
use anyhow::{Context, Result, bail};
use detect::{Engine, Matching, Options, Words, unmet_plugins};
use falco::{Limits, LoadResult, Loader, Ruleset};
use std::path::{Path, PathBuf};

/// Loads files, each over those before it.
pub(super) fn load(paths: &[PathBuf], with_own: bool) -> Result<(Vec<LoadResult>, Ruleset)> {
    let mut loader = Loader::new(&Words, Limits::default());
    let mut results = Vec::new();
    for (name, text) in watch::own_rules().iter().filter(|_| with_own) {
        let mut result = loader.load(name, text);
        // A test of theirs looks at warnings; what one file defines another one uses.
        result.warnings.clear();
        results.push(result);
    }
    for path in files(paths)? {
        let name = path.display().to_string();
        results.push(match read(&path) {
            Ok(text) => loader.load(&name, &text),
            Err(error) => LoadResult::unreadable(&name, &format!("{error:#}")),
        });
    }
    Ok((results, loader.finish()))
}

/// What is worth telling: whether words are used is known when the last file is read.
pub(super) fn told(results: &[LoadResult]) -> Vec<LoadResult> {
    let mut told = results.to_vec();
    let last = told.len().saturating_sub(1);
    for result in &mut told[..last] {
        result.warnings.retain(|warning| !matches!(warning.code, "LOAD_UNUSED_MACRO" | "LOAD_UNUSED_LIST"));
    }
    told
}

/// The rules that the arguments name, compiled.
pub(super) fn engine(arguments: &WatchArguments) -> Result<Engine> {
    let (results, mut ruleset) = load(&arguments.rules, arguments.own_rules || arguments.rules.is_empty())?;
    for result in told(&results) {
        if !result.successful || !(result.warnings.is_empty() || arguments.quiet) {
            for line in result.text().lines() {
                remark(line);
            }
        }
    }
    if let Some(result) = results.iter().find(|result| !result.successful) {
        bail!("the rules of {} cannot be used (hint: seawall watch --rules-check)", result.name);
    }
    let unmet = unmet_plugins(&ruleset);
    if !unmet.is_empty() {
        bail!("the rules need plugins that are not there: {}", unmet.join(", "));
    }
    disable(&mut ruleset, arguments)?;
    let options = Options {
        matching: match arguments.rule_matching {
            RuleMatching::First => Matching::First,
            RuleMatching::All => Matching::All,
        },
        priority_min: arguments.priority,
        adds_container_fields: !arguments.no_container_fields,
        added_output: arguments.append_output.clone(),
    };
    Ok(Engine::new(&ruleset, &options)?)
}

fn disable(ruleset: &mut Ruleset, arguments: &WatchArguments) -> Result<()> {
    for pattern in &arguments.disable {
        let mut found = false;
        for rule in ruleset.rules.iter_mut().filter(|rule| is_named(&rule.name, pattern)) {
            rule.is_enabled = false;
            found = true;
        }
        if !found {
            bail!("no rule is called '{pattern}'");
        }
    }
    for rule in &mut ruleset.rules {
        if arguments.disable_tag.iter().any(|tag| rule.tags.contains(tag)) {
            rule.is_enabled = false;
        }
    }
    Ok(())
}

fn is_named(name: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => name.contains(pattern.trim_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == pattern,
    }
}

/// Files as they are named; of directories the YAML files, sorted.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        let entries = std::fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", path.display()))?.path();
            if entry.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                inside.push(entry);
            }
        }
        if inside.is_empty() {
            bail!("there are no .yaml files in {}", path.display());
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// Bytes of a file of rules that are read.
const FILE_BYTES_MAX: u64 = 16 << 20;

fn read(path: &Path) -> Result<String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).context("cannot open it")?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).context("cannot read it")?;
    Ok(text)
}
