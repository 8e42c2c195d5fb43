//! The configuration of `seawall lint`: hadolint's file, then the command line.

use super::read_text;
use crate::arguments::LintArguments;
use anyhow::{Context, Result, bail};
use lint::{Config, LabelKind, Level};
use std::{collections::BTreeMap, path::PathBuf};

pub(super) fn read(arguments: &LintArguments) -> Result<Config> {
    let mut config = match arguments.config.clone().or_else(find) {
        Some(path) => {
            let config = Config::parse(&read_text(&path)?)
                .with_context(|| format!("cannot use {}", path.display()))?;
            if !config.unknown_keys.is_empty() {
                eprintln!(
                    "warning: {}: unknown keys {}",
                    path.display(),
                    report::neutral(&config.unknown_keys.join(", "))
                );
            }
            config
        }
        None => Config::default(),
    };
    config.ignored.extend(arguments.ignore.iter().cloned());
    config.wants_all |= arguments.enable.iter().any(|rule| rule == "all");
    config.enabled.extend(arguments.enable.iter().cloned());
    // Whoever knows the digest of an image wants it pinned.
    if !arguments.digest.is_empty() {
        config.enabled.push("dockerfile/base-image-without-digest".to_owned());
    }
    for (rules, level) in [
        (&arguments.error, Level::Error),
        (&arguments.warning, Level::Warning),
        (&arguments.info, Level::Info),
        (&arguments.style, Level::Style),
    ] {
        config.overrides.extend(rules.iter().map(|rule| (rule.clone(), level.severity())));
    }
    config.allowed_registries.extend(arguments.trusted_registry.iter().cloned());
    for label in &arguments.require_label {
        let Some((name, kind)) = label.rsplit_once(':') else {
            bail!("--require-label {label} names no kind (hint: NAME:text)");
        };
        config.label_schema.insert(name.to_owned(), LabelKind::named(kind)?);
    }
    config.has_strict_labels |= arguments.strict_labels;
    config.forbids_inline_ignores |= arguments.forbid_inline_ignores;
    config.never_fails |= arguments.no_fail;
    if let Some(name) = &arguments.failure_threshold {
        let Some(level) = Level::named(name) else {
            bail!("unknown level '{name}' (hint: error, warning, info, style or none)");
        };
        config.failure_threshold = Some(level);
    }
    Ok(config)
}

/// Where hadolint looks: beside the file, then in the user's configuration directories.
fn find() -> Option<PathBuf> {
    const NAMES: [&str; 2] = [".hadolint.yaml", ".hadolint.yml"];
    let here = NAMES.iter().map(PathBuf::from);
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let config = config.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let mut places: Vec<PathBuf> = here.collect();
    for directory in config.into_iter() {
        places.extend(["hadolint.yaml", "hadolint.yml"].iter().map(|name| directory.join(name)));
    }
    for directory in home.into_iter() {
        places.extend(
            [".hadolint/hadolint.yaml", "hadolint/config.yaml", ".hadolint.yaml"]
                .iter()
                .map(|name| directory.join(name)),
        );
    }
    places.into_iter().find(|path| path.is_file())
}

/// `IMAGE=sha256:…`.
pub(super) fn digests(texts: &[String]) -> Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    for text in texts {
        let Some((image, digest)) = text.rsplit_once('=') else {
            bail!("--digest {text} has no digest (hint: IMAGE=sha256:…)");
        };
        let digest: model::Digest = digest.parse().with_context(|| format!("--digest {image}"))?;
        digests.insert(image.to_owned(), digest.to_string());
    }
    Ok(digests)
}
