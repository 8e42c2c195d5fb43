//! The engines that look at the bytes of files, with the rules that the user brings.

use crate::arguments::{ContentArguments, Kind};
use crate::target::read_bounded;
use anyhow::{Context, Result, bail};
use content::{Detector, Hit, TextDetector};
use model::{Gap, GapReason};
use scan::ContentOptions;
use secrets::{Extended, KnownSecrets, RuleSet, Secrets};
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// Bytes of one file of rules or known credentials.
const RULES_BYTES_MAX: u64 = 64 << 20;
/// Bytes of one signature set.
const HASHES_BYTES_MAX: u64 = 1 << 30;

/// The engines, and what was not understood of the rules that the user brought.
pub(crate) struct Engines {
    /// For the scan.
    pub(crate) options: ContentOptions,
    /// Rules that are not used: told in the report, since what they would find is missing there.
    pub(crate) gaps: Vec<Gap>,
}

/// The kinds that were asked for.
pub(crate) fn kinds(arguments: &ContentArguments) -> Vec<Kind> {
    let asked = |kind: &Kind| match arguments.only.as_slice() {
        [] => !arguments.skip.contains(kind),
        only => only.contains(kind),
    };
    Kind::ALL.into_iter().filter(asked).collect()
}

/// Prepares the engines that were asked for; `None` when no bytes are to be looked at. `compiled_rules` is where compiled
/// rules are kept between runs.
///
/// # Errors
/// When a file cannot be read, or nothing in it is understood.
pub(crate) fn engines(
    arguments: &ContentArguments,
    compiled_rules: Option<&Path>,
) -> Result<Option<Engines>> {
    let kinds = kinds(arguments);
    let wants = |kind: Kind| kinds.contains(&kind);
    if ![Kind::Secrets, Kind::Malware, Kind::Webshells, Kind::Integrity, Kind::Checks].into_iter().any(wants)
    {
        return Ok(None);
    }
    let mut gaps = Vec::new();
    let mut detectors: Vec<Arc<dyn Detector>> = Vec::new();
    let mut text_detectors: Vec<Arc<dyn TextDetector>> = Vec::new();
    if wants(Kind::Secrets) {
        let secrets = Arc::new(secrets(arguments, &mut gaps)?);
        detectors.push(Arc::new(credentials::Credentials::new()));
        text_detectors.push(Arc::new(ConfigurationSecrets(secrets.clone())));
        detectors.push(secrets);
    }
    if wants(Kind::Malware) {
        detectors.extend(malware(arguments, &mut gaps)?);
        detectors.extend(crate::yara_packs::detector(arguments, compiled_rules, &mut gaps)?);
    }
    if wants(Kind::Webshells) {
        detectors.push(Arc::new(webshells::Webshells::new().context("the built-in webshell patterns")?));
    }
    let options = ContentOptions {
        detectors,
        text_detectors,
        is_paranoid: arguments.paranoid,
        checks_integrity: wants(Kind::Integrity),
        checks_on: wants(Kind::Checks).then(crate::clock::today),
        shows_secrets: arguments.show_secrets,
    };
    Ok(Some(Engines { options, gaps }))
}

fn secrets(arguments: &ContentArguments, gaps: &mut Vec<Gap>) -> Result<Secrets> {
    let mut sets = vec![RuleSet::default_rules()];
    for path in &arguments.secret_rules {
        let text = read_text(path)?;
        let namespace = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let parsed = if is_yaml {
            RuleSet::parse_trivy(&namespace, &text)
        } else {
            let directory = path.parent().unwrap_or(Path::new(""));
            RuleSet::parse_gitleaks(&namespace, &text, &|extended| extended_rules(directory, extended))
        };
        let (set, problems) = parsed.with_context(|| format!("cannot use {}", path.display()))?;
        gaps.extend(problems.iter().map(|problem| unused(path, problem.to_string())));
        sets.push(set);
    }
    let mut known = KnownSecrets::default();
    for path in &arguments.known_secrets {
        add_known(&mut known, path, gaps)?;
    }
    let scope = if arguments.guess_secrets { secrets::Scope::Everything } else { secrets::Scope::Precise };
    Ok(Secrets::new(sets, secrets::Options { scope, known, ..secrets::Options::default() }))
}

fn malware(arguments: &ContentArguments, gaps: &mut Vec<Gap>) -> Result<Vec<Arc<dyn Detector>>> {
    let mut hash_sets = None;
    if !arguments.hashes.is_empty() {
        let mut builder = malware::HashSets::builder();
        for path in &arguments.hashes {
            let context = || format!("cannot read {}", path.display());
            let file = std::fs::File::open(path).with_context(context)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let mut understood = 0;
            for summary in builder.add(&name, &mut BufReader::new(file.take(HASHES_BYTES_MAX))) {
                understood += summary.signatures + summary.allowed + summary.file_names + summary.addresses;
                gaps.extend(summary.problems.iter().map(|problem| {
                    let line = problem.line.map_or(String::new(), |line| format!("line {line}: "));
                    unused(path, format!("{line}{}", problem.text))
                }));
            }
            if understood == 0 {
                bail!("{} holds no signature that is understood", path.display());
            }
        }
        hash_sets = Some(Arc::new(builder.build()));
    }
    let mut detectors: Vec<Arc<dyn Detector>> = Vec::new();
    detectors.push(Arc::new(malware::Malware::new(malware::Options { hash_sets: hash_sets.clone() })));
    detectors.extend(hash_sets.map(|sets| sets as Arc<dyn Detector>));
    Ok(detectors)
}

/// A rule file that another one extends, beside that one; gitleaks' own rules do not ship with Seawall.
fn extended_rules(directory: &Path, extended: Extended<'_>) -> Option<String> {
    match extended {
        Extended::Default => None,
        Extended::Path(name) => read_text(&directory.join(name)).ok(),
    }
}

fn add_known(known: &mut KnownSecrets, path: &Path, gaps: &mut Vec<Gap>) -> Result<()> {
    let text = read_text(path)?;
    let context = || format!("cannot use {}", path.display());
    match text.trim_start().as_bytes().first() {
        Some(b'[') => drop(known.add_gitleaks_report(&text).with_context(context)?),
        Some(b'{') => drop(known.add_detect_secrets(&text).with_context(context)?),
        _ => {
            let lines = known.add_gitleaks_ignore(&text);
            gaps.extend(lines.iter().map(|line| unused(path, format!("line {line} is no fingerprint"))));
        }
    }
    Ok(())
}

fn unused(path: &Path, problem: String) -> Gap {
    Gap::new(path.display().to_string(), GapReason::Unsupported, problem)
}

fn read_text(path: &Path) -> Result<String> {
    let bytes = read_bounded(path, RULES_BYTES_MAX)?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))
}

/// The rules for credentials, over the texts of a configuration.
struct ConfigurationSecrets(Arc<Secrets>);

impl TextDetector for ConfigurationSecrets {
    fn examine_text(&self, place: &str, name: &str, value: &str) -> Vec<Hit> {
        self.0.examine_texts(place, name, value)
    }
}
