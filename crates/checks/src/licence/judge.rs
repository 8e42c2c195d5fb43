//! Judging the licences of packages.

use super::{LicencePolicy, NormalisedLicence, Verdict, normalise_licence};
use model::{Ecosystem, Package, RuleInfo, Severity};

/// What is wrong with the licence of a package.
#[derive(Clone, Debug, PartialEq)]
pub struct LicenceHit {
    /// The rule.
    pub rule: &'static RuleInfo,
    /// How bad it is here.
    pub severity: Severity,
    /// One line: what is wrong here.
    pub title: String,
    /// Position of the package in what was given.
    pub package_index: usize,
    /// Its licences as an SPDX expression.
    pub expression: String,
    /// What was seen, one fact a line.
    pub evidence: Vec<String>,
}

/// The rules about licences, sorted by id.
pub static LICENCE_RULES: &[RuleInfo] = &[
    RuleInfo {
        id: "licence/denied-licence",
        title: "a package has a licence that the policy denies",
        severity: Severity::High,
        why: "Passing the image on may oblige you to what your organisation decided not to be obliged to.",
        remedy: "Replace the package, ask its authors for another licence, or add an exception with a reason to the \
                 policy.",
        references: &["https://spdx.org/licenses/"],
    },
    RuleInfo {
        id: "licence/missing-licence",
        title: "a package tells no licence",
        severity: Severity::Low,
        why: "Without a licence nobody may copy it; most likely the authors forgot to say.",
        remedy: "Look it up at the package's home and add an exception with what you found.",
        references: &["https://choosealicense.com/no-permission/"],
    },
    RuleInfo {
        id: "licence/questionable-licence",
        title: "a package has a licence that the policy warns of",
        severity: Severity::Low,
        why: "The policy wants somebody to look at how the package is used before the image is passed on.",
        remedy: "Look, then add an exception with the reason, or replace the package.",
        references: &["https://spdx.org/licenses/"],
    },
    RuleInfo {
        id: "licence/unknown-licence",
        title: "a package names a licence that is not known",
        severity: Severity::Low,
        why: "The policy cannot be applied to a name that is no SPDX licence; it may be a known one in another \
              spelling, or a contract.",
        remedy: "Read it, then add an exception with the reason.",
        references: &["https://spdx.org/licenses/"],
    },
];

const DENIED: usize = 0;
const MISSING: usize = 1;
const QUESTIONABLE: usize = 2;
const UNKNOWN: usize = 3;

/// Judges packages by a policy. Packages whose files another package owns are judged by that one alone.
#[must_use]
pub fn judge_licences(packages: &[Package], policy: &LicencePolicy) -> Vec<LicenceHit> {
    let mut hits = Vec::new();
    for (package_index, package) in packages.iter().enumerate() {
        if package.owner.is_some() {
            continue;
        }
        let licence = of_package(package);
        let verdict = match licence.expression.as_str() {
            "" => policy.missing,
            expression => policy.verdict(expression),
        };
        let exception =
            policy.exceptions.iter().find(|exception| exception.covers(package, &licence.expression));
        let verdict = exception.map_or(verdict, |exception| exception.verdict);
        if verdict == Verdict::Allow {
            continue;
        }
        let culprits = policy.culprits(&licence.expression);
        let is_unknown =
            !licence.unknown.is_empty() && culprits.iter().all(|name| name == "LicenseRef-unknown");
        let (rule, what) = if licence.expression.is_empty() {
            (MISSING, "tells no licence".to_owned())
        } else if is_unknown {
            (UNKNOWN, format!("names a licence that is not known: {}", licence.unknown.join(", ")))
        } else if verdict == Verdict::Deny {
            (DENIED, format!("has a denied licence: {}", culprits.join(", ")))
        } else {
            (QUESTIONABLE, format!("has a questionable licence: {}", culprits.join(", ")))
        };
        let rule = &LICENCE_RULES[rule];
        let severity = if verdict == Verdict::Deny { Severity::High } else { rule.severity };
        let mut evidence = Vec::new();
        if !licence.expression.is_empty() {
            evidence.push(licence.expression.clone());
        }
        let told = package.licenses.join(" | ");
        if told != licence.expression && !told.is_empty() {
            evidence.push(crate::subject::shown(&format!("told as: {told}")));
        }
        hits.push(LicenceHit {
            rule,
            severity,
            title: crate::subject::shown(&format!("{} {} {what}", package.name, package.version)),
            package_index,
            expression: licence.expression,
            evidence,
        });
    }
    hits
}

/// All licence fields of a package as one expression. Several fields are a choice where the ecosystem says so
/// (Composer schema, "license"; npm's old `licenses`; RubyGems guides), otherwise all hold.
fn of_package(package: &Package) -> NormalisedLicence {
    let is_choice = matches!(package.ecosystem, Ecosystem::Npm | Ecosystem::Composer | Ecosystem::Gem);
    let mut whole = NormalisedLicence::default();
    let fields: Vec<NormalisedLicence> = package
        .licenses
        .iter()
        .take(50)
        .map(|text| normalise_licence(text))
        .filter(|field| !field.expression.is_empty())
        .collect();
    let several = fields.len() > 1;
    let parts: Vec<String> = fields
        .iter()
        .map(|field| {
            if several && field.expression.contains(' ') {
                format!("({})", field.expression)
            } else {
                field.expression.clone()
            }
        })
        .collect();
    whole.expression = parts.join(if is_choice { " OR " } else { " AND " });
    whole.unknown = fields.into_iter().flat_map(|field| field.unknown).collect();
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FoundBy, LayerPath};

    fn package(ecosystem: Ecosystem, name: &str, licenses: &[&str]) -> Package {
        let mut package = Package::new(ecosystem, name, "1", FoundBy::Installed, &LayerPath::new("x"));
        package.licenses = licenses.iter().map(|&text| text.to_owned()).collect();
        package
    }

    #[test]
    fn packages_are_judged_by_policy_and_exceptions() {
        let policy = LicencePolicy::parse(
            "deny = ['strong-copyleft']\nwarn = ['weak-copyleft']\nmissing = 'warn'\n[[exceptions]]\npackage = 'busy*'\necosystem = 'apk'\nreason = 'a program of its own'",
        )
        .unwrap();
        let packages = [
            package(Ecosystem::Apk, "busybox", &["GPL-2.0-only"]),
            package(Ecosystem::Apk, "bash", &["GPL-3.0-or-later"]),
            package(Ecosystem::Npm, "dual", &["MIT", "GPL-2.0"]),
            package(Ecosystem::Rpm, "both", &["MIT", "GPLv2"]),
            package(Ecosystem::PyPI, "certifi", &["MPL-2.0"]),
            package(Ecosystem::PyPI, "odd", &["Frobnicate"]),
            package(Ecosystem::Npm, "none", &[]),
        ];
        let hits = judge_licences(&packages, &policy);
        let found: Vec<_> = hits.iter().map(|hit| (hit.package_index, hit.rule.id)).collect();
        assert_eq!(
            found,
            [
                (1, "licence/denied-licence"),
                (3, "licence/denied-licence"),
                (4, "licence/questionable-licence"),
                (5, "licence/unknown-licence"),
                (6, "licence/missing-licence"),
            ]
        );
    }
}
