//! `seawall rules`: other people's YARA rules, pinned by digest.

use crate::arguments::{ImportArguments, RulesCommand};
use crate::exit::Outcome;
use crate::target::read_bounded;
use crate::{places, yara_packs};
use anyhow::{Context, Result, bail};
use std::io::Write;
use yara::{Pack, PackManifest, RuleLibrary};

/// Bytes of a manifest.
const MANIFEST_BYTES_MAX: u64 = 32 << 20;

pub(crate) fn run(command: RulesCommand) -> Result<Outcome> {
    let own = places::own_rule_library()?;
    match command {
        RulesCommand::Import(arguments) => import(&RuleLibrary::new(&own), &arguments),
        RulesCommand::List => list(),
        RulesCommand::Verify => verify(),
        RulesCommand::Remove { name } => {
            RuleLibrary::new(&own).remove(&name)?;
            Ok(Outcome::Clean)
        }
    }
}

fn import(library: &RuleLibrary, arguments: &ImportArguments) -> Result<Outcome> {
    let files = yara_packs::collect(&arguments.path)?;
    let mut manifest = match &arguments.manifest {
        Some(path) => {
            let text = String::from_utf8(read_bounded(path, MANIFEST_BYTES_MAX)?)
                .with_context(|| format!("{} is not UTF-8", path.display()))?;
            PackManifest::parse(&text).with_context(|| format!("cannot use {}", path.display()))?
        }
        None => {
            let stem = arguments.path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            let name = arguments.name.clone().unwrap_or(stem);
            PackManifest::of(&name, &arguments.path.display().to_string(), &files)?
        }
    };
    manifest.author = arguments.author.clone().or(manifest.author);
    manifest.licence = arguments.licence.clone().or(manifest.licence);
    manifest.excluded_licences.extend(arguments.exclude_licence.iter().cloned());
    if let Some(namespaces) = arguments.namespaces {
        manifest.namespaces = namespaces.into();
    }
    if arguments.relaxed {
        manifest.syntax = yara::Syntax::Relaxed;
    }
    // What does not compile is better told now than in every scan.
    let pack = Pack::new(files.clone(), &manifest.options(), None)?;
    library.import(&manifest, &files, arguments.pin.as_deref())?;
    let mut out = std::io::stdout().lock();
    for problem in pack.problems() {
        writeln!(out, "not used: {problem}")?;
    }
    writeln!(
        out,
        "{}: {} rules of {} files, {} not used\npin: {}",
        manifest.name,
        pack.header().rules,
        manifest.files.len(),
        pack.problems().len(),
        manifest.digest()
    )?;
    Ok(Outcome::Clean)
}

fn list() -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    for directory in places::rule_libraries() {
        for yara::Listed { name, manifest } in RuleLibrary::new(&directory).list()? {
            match manifest {
                Ok(manifest) => writeln!(
                    out,
                    "{name:<24} {} files  {}  {}  {}",
                    manifest.files.len(),
                    manifest.licence.as_deref().unwrap_or("licence not told"),
                    manifest.source,
                    manifest.digest()
                )?,
                Err(error) => writeln!(out, "{name:<24} {error}")?,
            }
        }
    }
    Ok(Outcome::Clean)
}

fn verify() -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    let mut is_clean = true;
    for directory in places::rule_libraries() {
        let library = RuleLibrary::new(&directory);
        for yara::Listed { name, manifest } in library.list()? {
            match manifest.and_then(|_| library.verify(&name)) {
                Ok(deviations) if deviations.is_empty() => writeln!(out, "{name}: as it was pinned")?,
                Ok(deviations) => {
                    is_clean = false;
                    for deviation in deviations {
                        writeln!(out, "{name}: {deviation}")?;
                    }
                }
                Err(error) => bail!("{name}: {error}"),
            }
        }
    }
    Ok(if is_clean { Outcome::Clean } else { Outcome::Findings })
}
