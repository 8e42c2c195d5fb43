//! Exceptions: what the gate lets through on somebody's word, and until when.

use crate::{
    date::{Date, Expiry},
    error::PolicyError,
    file::RawException,
    glob::Glob,
    image_name::{ImageName, ImagePattern},
    subject::Subject,
};
use serde::Serialize;

/// An exception as verdicts show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// What it names, as the file writes it: `rule CVE-2021-44228, package log4j-core`.
    pub names: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The last day on which it counts; none when it never ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// Its 1-based line in the policy.
    pub line: usize,
}

/// An exception with what it matches; every part that is given must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExceptionRule {
    pub shown: Exception,
    rule: Option<Glob>,
    package: Option<Glob>,
    path: Option<PathPattern>,
    fingerprint: Option<String>,
    image: Option<ImagePattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PathPattern {
    /// Everything below.
    Below(String),
    Glob(Glob),
}

impl ExceptionRule {
    pub(crate) fn from_raw(text: &str, offset: usize, raw: &RawException) -> Result<Self, PolicyError> {
        let wrong = |message: String| PolicyError::at(text, offset, message);
        if raw.reason.trim().is_empty() {
            return Err(wrong("the exception has an empty reason".to_owned()));
        }
        if raw.rule.is_none() && raw.package.is_none() && raw.path.is_none() && raw.fingerprint.is_none() {
            let message =
                "the exception names no rule, package, path or fingerprint, so it would except everything";
            return Err(wrong(message.to_owned()));
        }
        let glob = |pattern: &Option<String>| match pattern {
            None => Ok(None),
            Some(pattern) => Glob::parse(pattern).map(Some).map_err(wrong),
        };
        let path = match raw.path.as_deref().map(|path| path.trim_start_matches('/')) {
            None => None,
            Some(path) => match path.strip_suffix('/') {
                Some(directory) if !directory.contains(['*', '?']) => {
                    Some(PathPattern::Below(format!("{directory}/")))
                }
                _ => Some(PathPattern::Glob(Glob::parse(path).map_err(wrong)?)),
            },
        };
        let image = raw.image.as_deref().map(ImagePattern::parse).transpose().map_err(wrong)?;
        let parts = [
            ("rule", &raw.rule),
            ("package", &raw.package),
            ("path", &raw.path),
            ("fingerprint", &raw.fingerprint),
            ("image", &raw.image),
        ];
        let names = parts.iter().filter_map(|(word, value)| Some(format!("{word} {}", value.as_deref()?)));
        Ok(Self {
            shown: Exception {
                names: names.collect::<Vec<_>>().join(", "),
                reason: raw.reason.trim().to_owned(),
                owner: raw.owner.clone(),
                expires: match raw.expires {
                    Expiry::On(date) => Some(date),
                    Expiry::Never => None,
                },
                line: crate::error::line_of(text, offset),
            },
            rule: glob(&raw.rule)?,
            package: glob(&raw.package)?,
            path,
            fingerprint: raw.fingerprint.clone(),
            image,
        })
    }

    /// The one rule that it is for, when it names one exactly.
    pub(crate) fn exact_rule(&self) -> Option<&str> {
        self.rule.as_ref().filter(|glob| glob.is_literal()).map(Glob::as_str)
    }

    pub(crate) fn has_expired(&self, today: Date) -> bool {
        self.shown.expires.is_some_and(|expires| expires < today)
    }

    pub(crate) fn matches(&self, subject: &Subject<'_>, image: Option<&ImageName>) -> bool {
        let is_path = |pattern: &PathPattern| {
            subject.path.as_deref().is_some_and(|path| match pattern {
                PathPattern::Below(directory) => path.starts_with(directory.as_str()),
                PathPattern::Glob(glob) => glob.matches(path),
            })
        };
        is_any(self.rule.as_ref(), subject.rules())
            && is_any(self.package.as_ref(), subject.packages())
            && self.path.as_ref().is_none_or(is_path)
            && self.fingerprint.as_deref().is_none_or(|wanted| subject.fingerprint == Some(wanted))
            && self.image.as_ref().is_none_or(|pattern| image.is_some_and(|image| pattern.matches(image)))
    }
}

fn is_any<'a>(pattern: Option<&Glob>, mut words: impl Iterator<Item = &'a str>) -> bool {
    pattern.is_none_or(|glob| words.any(|word| glob.matches(word)))
}
