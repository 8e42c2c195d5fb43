//! The configuration: hadolint's file as it is (README of hadolint, "Configure"), and what the command line says.

use model::Severity;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Bytes of a configuration file.
const BYTES_MAX: usize = 1 << 20;

/// What is wanted of the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Rules that are left out: our ids or other tools' names.
    pub ignored: Vec<String>,
    /// Rules with another severity; `None` leaves them out.
    pub overrides: Vec<(String, Option<Severity>)>,
    /// Optional rules that are wanted.
    pub enabled: Vec<String>,
    /// Whether every rule is wanted, the optional ones too.
    pub wants_all: bool,
    /// Registries that images may come from; empty for any. `*` at the beginning or the end stands for anything.
    pub allowed_registries: Vec<String>,
    /// Labels that an image has to have.
    pub label_schema: BTreeMap<String, LabelKind>,
    /// Whether other labels than those are refused.
    pub has_strict_labels: bool,
    /// Whether comments that ignore rules have no effect.
    pub forbids_inline_ignores: bool,
    /// The least level that fails the run.
    pub failure_threshold: Option<Level>,
    /// Whether the run never fails because of findings.
    pub never_fails: bool,
    /// The format that the file asks for.
    pub format: Option<String>,
    /// Keys of the file that mean nothing here.
    pub unknown_keys: Vec<String>,
}

/// What the value of a label has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// Anything.
    Text,
    /// An address of a web page.
    Url,
    /// A time as in RFC 3339.
    Time,
    /// An SPDX licence identifier.
    Spdx,
    /// A Git commit, 7 or 40 hexadecimal digits.
    Hash,
    /// A version as in semver.org.
    SemanticVersion,
    /// An e-mail address.
    Email,
}

/// hadolint's levels, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not shown.
    Ignore,
    /// `style`
    Style,
    /// `info`
    Info,
    /// `warning`
    Warning,
    /// `error`
    Error,
}

impl Level {
    /// The level that stands for a severity.
    #[must_use]
    pub const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Error,
            Severity::Medium | Severity::Unknown => Self::Warning,
            Severity::Low => Self::Info,
            Severity::Negligible => Self::Style,
        }
    }

    /// The mildest severity of the level.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Ignore => None,
            Self::Style => Some(Severity::Negligible),
            Self::Info => Some(Severity::Low),
            Self::Warning => Some(Severity::Medium),
            Self::Error => Some(Severity::High),
        }
    }

    /// The level of a name; `none` means `ignore`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "error" => Self::Error,
            "warning" => Self::Warning,
            "info" => Self::Info,
            "style" => Self::Style,
            "ignore" | "none" => Self::Ignore,
            _ => return None,
        })
    }
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is no YAML or has another shape.
    #[error(
        "not a configuration of hadolint's form (hint: keys such as ignored, override, failure-threshold)"
    )]
    Malformed(#[source] serde_yaml_ng::Error),
    /// It is larger than any configuration.
    #[error("the configuration has {bytes} bytes, more than {BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// A value that is none of those allowed.
    #[error("'{value}' is no {what} (hint: {hint})")]
    Value {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
        /// What is allowed.
        hint: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            Self::Many(list) => list,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    ignored: Option<OneOrMany>,
    #[serde(rename = "override")]
    overrides: BTreeMap<String, OneOrMany>,
    enable: Option<OneOrMany>,
    #[serde(rename = "trustedRegistries", alias = "allowedRegistries")]
    registries: Option<OneOrMany>,
    #[serde(rename = "label-schema")]
    label_schema: BTreeMap<String, String>,
    #[serde(rename = "strict-labels")]
    strict_labels: Option<bool>,
    #[serde(rename = "disable-ignore-pragma")]
    disable_ignore_pragma: Option<bool>,
    #[serde(rename = "failure-threshold")]
    failure_threshold: Option<String>,
    #[serde(rename = "no-fail")]
    no_fail: Option<bool>,
    #[serde(rename = "no-color")]
    _no_color: Option<bool>,
    #[serde(rename = "verbose")]
    _verbose: Option<bool>,
    format: Option<String>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_yaml_ng::Value>,
}

impl Config {
    /// Reads hadolint's configuration file. `enable: [rule]`, for optional rules, is ours.
    ///
    /// # Errors
    /// When it is no YAML, has another shape or an unknown level or kind of label.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.len() > BYTES_MAX {
            return Err(ConfigError::TooLarge { bytes: text.len() });
        }
        let document: Option<Document> = serde_yaml_ng::from_str(text).map_err(ConfigError::Malformed)?;
        let document = document.unwrap_or_default();
        let mut config = Self {
            ignored: document.ignored.map(OneOrMany::list).unwrap_or_default(),
            enabled: document.enable.map(OneOrMany::list).unwrap_or_default(),
            allowed_registries: document.registries.map(OneOrMany::list).unwrap_or_default(),
            has_strict_labels: document.strict_labels.unwrap_or_default(),
            forbids_inline_ignores: document.disable_ignore_pragma.unwrap_or_default(),
            never_fails: document.no_fail.unwrap_or_default(),
            format: document.format,
            unknown_keys: document.others.into_keys().collect(),
            ..Self::default()
        };
        config.failure_threshold = document.failure_threshold.as_deref().map(level).transpose()?;
        for (name, rules) in document.overrides {
            let severity = level(&name)?.severity();
            config.overrides.extend(rules.list().into_iter().map(|rule| (rule, severity)));
        }
        for (label, kind) in document.label_schema {
            config.label_schema.insert(label, LabelKind::named(&kind)?);
        }
        Ok(config)
    }

    /// The severity of a finding of any crate; `None` when the configuration leaves its rule out.
    #[must_use]
    pub fn severity_of(&self, id: &str, aliases: &[String], severity: Severity) -> Option<Severity> {
        let is_meant = |name: &str| crate::rule::is_called(id, aliases, name);
        if self.ignored.iter().any(|name| is_meant(name)) {
            return None;
        }
        let found = self.overrides.iter().rev().find(|(name, _)| is_meant(name));
        found.map_or(Some(severity), |(_, severity)| *severity)
    }

    /// Whether findings of this severity fail the run by the threshold of hadolint: `info` unless it is set.
    #[must_use]
    pub fn fails(&self, severity: Severity) -> bool {
        let threshold = self.failure_threshold.unwrap_or(Level::Info);
        !self.never_fails && threshold != Level::Ignore && Level::of(severity) >= threshold
    }
}

fn level(name: &str) -> Result<Level, ConfigError> {
    Level::named(name).ok_or_else(|| ConfigError::Value {
        what: "level",
        value: name.chars().take(40).collect(),
        hint: "error, warning, info, style, ignore",
    })
}

impl LabelKind {
    /// The kind of a name of hadolint's label schema.
    ///
    /// # Errors
    /// When there is no such kind.
    pub fn named(name: &str) -> Result<Self, ConfigError> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "text" | "rawtext" | "" => Self::Text,
            "url" => Self::Url,
            "rfc3339" => Self::Time,
            "spdx" => Self::Spdx,
            "hash" | "githash" => Self::Hash,
            "semver" => Self::SemanticVersion,
            "email" => Self::Email,
            other => {
                return Err(ConfigError::Value {
                    what: "kind of label",
                    value: other.chars().take(40).collect(),
                    hint: "text, url, rfc3339, spdx, hash, semver, email",
                });
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_of_hadolint_is_read_as_it_is() {
        let text = "failure-threshold: warning\nignored:\n  - DL3000\noverride:\n  error:\n    - DL3001\n  ignore: DL3002\n\
                    label-schema:\n  author: text\n  contact: email\ntrustedRegistries: docker.io\nstrict-labels: true\n\
                    disable-ignore-pragma: true\nno-fail: false\nsurprise: 1\n";
        let config = Config::parse(text).unwrap();
        assert_eq!(config.ignored, ["DL3000"]);
        let overrides = [("DL3001".to_owned(), Some(Severity::High)), ("DL3002".to_owned(), None)];
        assert_eq!(config.overrides, overrides);
        assert_eq!(config.allowed_registries, ["docker.io"]);
        assert_eq!(config.label_schema["contact"], LabelKind::Email);
        assert!(config.has_strict_labels && config.forbids_inline_ignores);
        assert!(config.fails(Severity::Medium) && !config.fails(Severity::Low));
        assert_eq!(config.unknown_keys, ["surprise"]);
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn nonsense_is_refused_with_a_hint() {
        for text in
            ["- a", "failure-threshold: loud", "label-schema: {a: colour}", "a: [", "override: {loud: [a]}"]
        {
            assert!(Config::parse(text).unwrap_err().to_string().contains("hint"), "{text}");
        }
    }
}
