//! The tables of a policy, with what holds when a key is not given.

use crate::{
    action::{Action, Threshold},
    error::PolicyError,
    file::{KeylessSigners, NotationSigners, RawImage, RawKind, RawSignature, RawVulnerability},
    glob::Glob,
    image_name::ImagePattern,
    kind::FindingKind,
};
use model::{GapReason, Severity};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value},
};
use std::collections::BTreeMap;
use toml::Spanned;

/// The tables of a policy. Keys that are not given are `None`, so that tables can be laid over each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sections {
    pub kinds: BTreeMap<FindingKind, KindTable>,
    pub vulnerability: VulnerabilityTable,
    pub image: ImageTable,
    pub signature: SignatureTable,
    pub gaps: BTreeMap<String, Action>,
    pub rules: Vec<(Glob, Action)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KindTable {
    pub block: Option<Threshold>,
    pub warn: Option<Threshold>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct VulnerabilityTable {
    pub unfixed: Option<Action>,
    pub young_days: Option<u32>,
    pub young: Option<Action>,
    pub not_seen: Option<Action>,
    pub in_use: Option<Action>,
    pub known_exploited: Option<Action>,
    pub epss_min: Option<f64>,
    pub epss: Option<Action>,
    pub cvss_min: Option<f64>,
    pub cvss: Option<Action>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageTable {
    pub root_user: Option<Action>,
    pub end_of_life: Option<Action>,
    pub not_pinned: Option<Action>,
    pub base_outdated: Option<Action>,
    pub registries: Option<Vec<ImagePattern>>,
    pub other_registries: Option<Action>,
    pub bases: Option<Vec<ImagePattern>>,
    pub other_bases: Option<Action>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignatureTable {
    pub missing: Option<Action>,
    pub keys: Option<Vec<String>>,
    pub keyless: Option<KeylessSigners>,
    pub notation: Option<NotationSigners>,
    pub threshold: Option<u32>,
    pub names: Option<Vec<String>>,
}

impl SignatureTable {
    /// Whether it says who may sign, be it nobody.
    pub(crate) const fn names_signers(&self) -> bool {
        self.keys.is_some() || self.keyless.is_some() || self.notation.is_some()
    }
}

/// From which severity on a kind of finding blocks and warns when the policy does not say.
#[must_use]
pub(crate) fn default_thresholds(kind: FindingKind) -> (Threshold, Threshold) {
    let block = match kind {
        FindingKind::Vulnerability | FindingKind::Integrity | FindingKind::Licence => {
            Threshold::From(Severity::High)
        }
        FindingKind::Secret | FindingKind::Webshell => Threshold::From(Severity::Medium),
        FindingKind::Malware => Threshold::Any,
        FindingKind::Configuration => Threshold::From(Severity::Critical),
    };
    let warn = match kind {
        FindingKind::Vulnerability | FindingKind::Configuration => Threshold::From(Severity::Medium),
        _ => Threshold::Any,
    };
    (block, warn)
}

/// Every table that both a policy and its targets may have.
pub(crate) struct RawSections {
    pub vulnerability: Option<RawVulnerability>,
    pub kinds: [(FindingKind, Option<RawKind>); 6],
    pub image: Option<RawImage>,
    pub signature: Option<RawSignature>,
    pub gaps: Option<BTreeMap<Spanned<String>, Action>>,
    pub rules: Option<BTreeMap<Spanned<String>, Action>>,
}

const PATTERNS_MAX: usize = 10_000;

impl Sections {
    /// Checks what TOML alone cannot.
    pub(crate) fn from_raw(text: &str, raw: RawSections) -> Result<Self, PolicyError> {
        let mut sections = Self::default();
        for (kind, table) in raw.kinds {
            if let Some(RawKind { block, warn }) = table {
                sections.kinds.insert(kind, KindTable { block, warn });
            }
        }
        if let Some(table) = raw.vulnerability {
            let thresholds = KindTable { block: table.block, warn: table.warn };
            sections.kinds.insert(FindingKind::Vulnerability, thresholds);
            sections.vulnerability = VulnerabilityTable {
                unfixed: table.unfixed,
                young_days: table.young_days,
                young: table.young,
                not_seen: table.not_seen,
                in_use: table.in_use,
                known_exploited: table.known_exploited,
                epss_min: between(text, table.epss_min.as_ref(), 1.0, "epss-min")?,
                epss: table.epss,
                cvss_min: between(text, table.cvss_min.as_ref(), 10.0, "cvss-min")?,
                cvss: table.cvss,
            };
        }
        if let Some(table) = raw.image {
            sections.image = ImageTable {
                root_user: table.root_user,
                end_of_life: table.end_of_life,
                not_pinned: table.not_pinned,
                base_outdated: table.base_outdated,
                registries: patterns(text, table.registries.as_deref(), ImagePattern::parse_registry)?,
                other_registries: table.other_registries,
                bases: patterns(text, table.bases.as_deref(), ImagePattern::parse)?,
                other_bases: table.other_bases,
            };
        }
        if let Some(table) = raw.signature {
            let threshold = table.threshold.as_ref().map(|number| *number.get_ref());
            let identities =
                |signers: &KeylessSigners| signers.identities.len() + signers.identity_regexes.len();
            let signers = table.keys.as_ref().map_or(0, Vec::len)
                + table.keyless.as_ref().map_or(0, identities)
                + usize::from(table.notation.is_some());
            if let Some(number) = &table.threshold
                && (*number.get_ref() == 0 || (signers > 0 && *number.get_ref() as usize > signers))
            {
                let message = format!("threshold is {} with {signers} keys or identities", number.get_ref());
                return Err(PolicyError::at(text, number.span().start, message));
            }
            sections.signature = SignatureTable {
                missing: table.missing,
                keys: table.keys,
                keyless: table.keyless,
                notation: table.notation,
                threshold,
                names: table.names,
            };
        }
        for (reason, action) in raw.gaps.unwrap_or_default() {
            check_gap_reason(text, &reason)?;
            sections.gaps.insert(reason.into_inner(), action);
        }
        for (rule, action) in raw.rules.unwrap_or_default() {
            let glob = Glob::parse(rule.get_ref())
                .map_err(|message| PolicyError::at(text, rule.span().start, message))?;
            sections.rules.push((glob, action));
        }
        if sections.rules.len() > PATTERNS_MAX {
            return Err(PolicyError::at(text, 0, format!("more than {PATTERNS_MAX} rules")));
        }
        // The most exact first: what stands for itself alone, then the longest.
        sections.rules.sort_by_key(|(glob, _)| (!glob.is_literal(), std::cmp::Reverse(glob.as_str().len())));
        Ok(sections)
    }

    /// These tables with others laid over them, key by key.
    pub(crate) fn overlaid(mut self, over: &Self) -> Self {
        for (kind, table) in &over.kinds {
            let under = self.kinds.entry(*kind).or_default();
            under.block = table.block.or(under.block);
            under.warn = table.warn.or(under.warn);
        }
        let (under, table) = (&mut self.vulnerability, &over.vulnerability);
        under.unfixed = table.unfixed.or(under.unfixed);
        under.young_days = table.young_days.or(under.young_days);
        under.young = table.young.or(under.young);
        under.not_seen = table.not_seen.or(under.not_seen);
        under.in_use = table.in_use.or(under.in_use);
        under.known_exploited = table.known_exploited.or(under.known_exploited);
        under.epss_min = table.epss_min.or(under.epss_min);
        under.epss = table.epss.or(under.epss);
        under.cvss_min = table.cvss_min.or(under.cvss_min);
        under.cvss = table.cvss.or(under.cvss);
        let (under, table) = (&mut self.image, &over.image);
        under.root_user = table.root_user.or(under.root_user);
        under.end_of_life = table.end_of_life.or(under.end_of_life);
        under.not_pinned = table.not_pinned.or(under.not_pinned);
        under.base_outdated = table.base_outdated.or(under.base_outdated);
        under.other_registries = table.other_registries.or(under.other_registries);
        under.other_bases = table.other_bases.or(under.other_bases);
        under.registries = table.registries.clone().or(under.registries.take());
        under.bases = table.bases.clone().or(under.bases.take());
        let (under, table) = (&mut self.signature, &over.signature);
        under.missing = table.missing.or(under.missing);
        under.threshold = table.threshold.or(under.threshold);
        // Who may sign is one list: a target that names some means no others.
        if table.names_signers() {
            under.keys.clone_from(&table.keys);
            under.keyless.clone_from(&table.keyless);
            under.notation.clone_from(&table.notation);
        }
        under.names = table.names.clone().or(under.names.take());
        self.gaps.extend(over.gaps.iter().map(|(reason, action)| (reason.clone(), *action)));
        self.rules = over.rules.iter().chain(&self.rules).cloned().collect();
        self
    }

    pub(crate) fn thresholds(&self, kind: FindingKind) -> (Threshold, Threshold) {
        let (block, warn) = default_thresholds(kind);
        let table = self.kinds.get(&kind).copied().unwrap_or_default();
        (table.block.unwrap_or(block), table.warn.unwrap_or(warn))
    }
}

fn between(
    text: &str,
    number: Option<&Spanned<f64>>,
    most: f64,
    key: &str,
) -> Result<Option<f64>, PolicyError> {
    match number {
        None => Ok(None),
        Some(number) if (0.0..=most).contains(number.get_ref()) => Ok(Some(*number.get_ref())),
        Some(number) => {
            let message = format!("{key} is {}, not between 0 and {most}", number.get_ref());
            Err(PolicyError::at(text, number.span().start, message))
        }
    }
}

pub(crate) fn patterns(
    text: &str,
    written: Option<&[Spanned<String>]>,
    parse: fn(&str) -> Result<ImagePattern, String>,
) -> Result<Option<Vec<ImagePattern>>, PolicyError> {
    let Some(written) = written else { return Ok(None) };
    if written.len() > PATTERNS_MAX {
        return Err(PolicyError::at(text, 0, format!("more than {PATTERNS_MAX} patterns in one list")));
    }
    let parse = |pattern: &Spanned<String>| {
        parse(pattern.get_ref()).map_err(|message| PolicyError::at(text, pattern.span().start, message))
    };
    written.iter().map(parse).collect::<Result<Vec<_>, _>>().map(Some)
}

fn check_gap_reason(text: &str, reason: &Spanned<String>) -> Result<(), PolicyError> {
    let word = reason.get_ref().as_str();
    let deserializer: value::StrDeserializer<'_, value::Error> = word.into_deserializer();
    if word == "any" || GapReason::deserialize(deserializer).is_ok() {
        return Ok(());
    }
    let hint =
        "\nhint: any, or the reason of a gap as reports show it (limit-reached, malformed, no-advisories …)";
    Err(PolicyError::Line {
        line: crate::error::line_of(text, reason.span().start),
        message: format!("unknown reason '{word}' of gaps"),
        hint: hint.to_owned(),
    })
}
