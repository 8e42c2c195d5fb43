//! Which licences are wanted.

use super::category::{self, LicenceCategory};
use serde::Deserialize;
use spdx::{Expression, LicenseReq, ParseMode};

/// What a policy says of a licence; `Deny` is the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It may be used.
    #[default]
    Allow,
    /// It may be used after somebody thought about it.
    Warn,
    /// It may not be used.
    Deny,
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LicencePolicyError {
    /// It is no TOML, or has fields that a policy has not.
    #[error("the licence policy cannot be read")]
    Toml(#[source] toml::de::Error),
    /// A list names something that is neither.
    #[error(
        "'{0}' in the licence policy is neither an SPDX licence nor a category (hint: {hint})",
        hint = "categories are public-domain, permissive, weak-copyleft, strong-copyleft, network-copyleft, non-commercial, source-available, other"
    )]
    UnknownName(String),
    /// An exception says nothing of why.
    #[error("the exception for package '{0}' has no reason (hint: reason = \"why it is all right\")")]
    NoReason(String),
}

/// Which licences are wanted.
///
/// ```
/// use checks::{LicencePolicy, Verdict};
/// let policy = LicencePolicy::parse(r#"
///     warn = ["weak-copyleft"]
///     deny = ["strong-copyleft", "network-copyleft", "SSPL-1.0"]
///     [[exceptions]]
///     package = "busybox"
///     reason = "a program of its own, its source is offered"
/// "#).unwrap();
/// assert_eq!(policy.verdict("MIT OR GPL-3.0-only"), Verdict::Allow);
/// assert_eq!(policy.verdict("MIT AND GPL-3.0-only"), Verdict::Deny);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LicencePolicy {
    rules: Vec<(Selector, Verdict)>,
    default: Verdict,
    pub(super) unknown: Verdict,
    pub(super) missing: Verdict,
    pub(super) exceptions: Vec<LicenceException>,
}

/// A package that is judged otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LicenceException {
    /// Its name; `*` at the end stands for any rest.
    package: String,
    /// Its ecosystem as a package URL names it (`deb`, `npm`); any without.
    ecosystem: Option<String>,
    /// The expression that is excepted; any without.
    licence: Option<String>,
    /// What holds instead.
    #[serde(default)]
    pub(super) verdict: Verdict,
    /// Why.
    #[serde(default)]
    reason: String,
}

impl LicenceException {
    pub(super) fn covers(&self, package: &model::Package, expression: &str) -> bool {
        let is_named = match self.package.strip_suffix('*') {
            Some(front) => package.name.starts_with(front),
            None => package.name == self.package,
        };
        is_named
            && self.ecosystem.as_ref().is_none_or(|wanted| wanted == package.ecosystem.purl_type())
            && self.licence.as_ref().is_none_or(|wanted| wanted == expression)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Selector {
    /// A licence, with its exception when it has one.
    Licence(String, Option<String>),
    Category(LicenceCategory),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    default: Verdict,
    #[serde(default = "warn")]
    unknown: Verdict,
    #[serde(default)]
    missing: Verdict,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    warn: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
    #[serde(default)]
    exceptions: Vec<LicenceException>,
}

const fn warn() -> Verdict {
    Verdict::Warn
}

impl LicencePolicy {
    /// Reads a policy: `default` (for what no list names), `unknown` (names that are no SPDX licence; `warn`),
    /// `missing` (packages that tell none), the lists `allow`, `warn` and `deny` of SPDX identifiers (with `WITH` and
    /// their exception where wanted) and categories, and `exceptions` with a reason each.
    pub fn parse(text: &str) -> Result<Self, LicencePolicyError> {
        let document: Document = toml::from_str(text).map_err(LicencePolicyError::Toml)?;
        let mut rules = Vec::new();
        for (names, verdict) in [
            (&document.allow, Verdict::Allow),
            (&document.warn, Verdict::Warn),
            (&document.deny, Verdict::Deny),
        ] {
            for name in names {
                rules.push((Selector::parse(name)?, verdict));
            }
        }
        if let Some(exception) =
            document.exceptions.iter().find(|exception| exception.reason.trim().is_empty())
        {
            return Err(LicencePolicyError::NoReason(exception.package.clone()));
        }
        let Document { default, unknown, missing, exceptions, .. } = document;
        Ok(Self { rules, default, unknown, missing, exceptions })
    }

    /// What it says of an SPDX expression: of licences joined by `OR` the best may be chosen, of those joined by
    /// `AND` the worst holds.
    #[must_use]
    pub fn verdict(&self, expression: &str) -> Verdict {
        let Ok(parsed) = Expression::parse_mode(expression, ParseMode::LAX) else { return self.unknown };
        for verdict in [Verdict::Allow, Verdict::Warn] {
            if parsed.evaluate(|requirement| self.of(requirement) <= verdict) {
                return verdict;
            }
        }
        Verdict::Deny
    }

    /// The licences of an expression that make it worse than allowed.
    pub(super) fn culprits(&self, expression: &str) -> Vec<String> {
        let Ok(parsed) = Expression::parse_mode(expression, ParseMode::LAX) else { return Vec::new() };
        let bad = parsed.requirements().filter(|requirement| self.of(&requirement.req) > Verdict::Allow);
        let mut names: Vec<String> = bad.map(|requirement| requirement.req.to_string()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A licence that is named beats its category; of two lists the stricter wins.
    fn of(&self, requirement: &LicenseReq) -> Verdict {
        let id = requirement.license.id().map(|id| id.name);
        let exception = requirement.addition.as_ref().and_then(|addition| addition.id()).map(|id| id.name);
        if requirement.license.to_string() == "LicenseRef-unknown" {
            return self.unknown;
        }
        let category = category::of(requirement);
        let matching = |rank: u8| {
            let found = self
                .rules
                .iter()
                .filter(move |(selector, _)| selector.rank(id, exception, category) == Some(rank));
            found.map(|(_, verdict)| *verdict).max()
        };
        matching(0).or_else(|| matching(1)).or_else(|| matching(2)).unwrap_or(self.default)
    }
}

impl Selector {
    fn parse(name: &str) -> Result<Self, LicencePolicyError> {
        let unknown = || LicencePolicyError::UnknownName(name.chars().take(80).collect());
        let category = LicenceCategory::ALL.into_iter().find(|category| category.as_str() == name);
        if let Some(category) = category {
            return Ok(Self::Category(category));
        }
        let (licence, exception) =
            name.split_once(" WITH ").map_or((name, None), |(licence, exception)| (licence, Some(exception)));
        let licence =
            super::aliases::identifier(licence).filter(|id| !id.contains(' ')).ok_or_else(unknown)?;
        let exception = match exception {
            Some(exception) => {
                Some(spdx::exception_id(exception.trim()).ok_or_else(unknown)?.name.to_owned())
            }
            None => None,
        };
        Ok(Self::Licence(licence, exception))
    }

    /// How closely it names a licence; 0 is closest.
    fn rank(&self, id: Option<&str>, exception: Option<&str>, category: LicenceCategory) -> Option<u8> {
        match self {
            Self::Licence(name, Some(with)) => (id == Some(name) && exception == Some(with)).then_some(0),
            Self::Licence(name, None) => (id == Some(name)).then_some(1),
            Self::Category(wanted) => (*wanted == category).then_some(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_selector_wins_and_of_two_the_stricter() {
        let policy = LicencePolicy::parse("default = 'warn'\nallow = ['permissive', 'GPL-2.0-only WITH Classpath-exception-2.0', 'LGPL-2.1-or-later']\ndeny = ['weak-copyleft', 'GPL-2.0-only', 'BSD-4-Clause']").unwrap();
        for (expression, verdict) in [
            ("MIT", Verdict::Allow),
            ("BSD-4-Clause", Verdict::Deny),
            ("GPL-2.0-only", Verdict::Deny),
            ("GPL-2.0-only WITH Classpath-exception-2.0", Verdict::Allow),
            ("LGPL-2.1-or-later", Verdict::Allow),
            ("MPL-2.0", Verdict::Deny),
            ("AGPL-3.0-only", Verdict::Warn),
            ("AGPL-3.0-only OR MPL-2.0", Verdict::Warn),
            ("LicenseRef-unknown", Verdict::Warn),
        ] {
            assert_eq!(policy.verdict(expression), verdict, "{expression}");
        }
    }

    #[test]
    fn a_policy_that_cannot_hold_is_refused() {
        assert!(matches!(LicencePolicy::parse("deny = ['GLP-3']"), Err(LicencePolicyError::UnknownName(_))));
        assert!(matches!(
            LicencePolicy::parse("[[exceptions]]\npackage = 'x'"),
            Err(LicencePolicyError::NoReason(_))
        ));
        assert!(matches!(LicencePolicy::parse("forbid = []"), Err(LicencePolicyError::Toml(_))));
    }
}
