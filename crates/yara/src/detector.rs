//! The detector.

use crate::head_class::HeadClass;
use crate::hit::hit;
use crate::pack::Pack;
use crate::package_rule::{counts_for, findings, identifies};
use crate::risk::{RiskFinding, RiskLabel, form_risks, score};
use crate::scanners::{Fate, with_scanner};
use crate::variables::value_of;
use content::{Budget, Detector, FileView, Halt, Hit};
use model::{GapReason, Severity};
use std::collections::HashSet;
use yara_x::{ScanError, ScanResults};

/// Hits of one pack in one file.
const HITS_MAX: usize = 1_024;

/// Looks at files with packs of YARA rules.
///
/// When only the beginning of a file is shown, rules are judged on that: `filesize` is the size of what is shown, and
/// what the `pe`, `elf` and similar modules tell of parts behind it is undefined. The engine reports that gap.
///
/// Rules with GuardDog's metadata (`identifies = "threat.…"` or `"capability.…"`) are not hits by themselves: they are
/// combined within the file as GuardDog combines them within a package ([`form_risks`]), and a threat that counts
/// becomes a hit whose severity is the file's label (high risk: high, suspicious: medium, low: low). Combinations over
/// several files of a package are not made here; [`form_risks`] and [`score`] are there for who knows the package.
#[derive(Debug)]
pub struct Yara {
    packs: Vec<Pack>,
    digest: String,
}

impl Yara {
    /// A detector with packs.
    #[must_use]
    pub fn new(packs: Vec<Pack>) -> Self {
        let digest = packs.iter().map(|pack| pack.header().digest.as_str()).collect::<Vec<_>>().join(" ");
        Self { packs, digest }
    }

    /// The packs.
    #[must_use]
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    fn uses(&self, variable: &str) -> bool {
        self.packs.iter().any(|pack| pack.header().variables.iter().any(|name| name == variable))
    }
}

impl Detector for Yara {
    fn name(&self) -> &'static str {
        "yara"
    }

    fn digest(&self) -> String {
        self.digest.clone()
    }

    fn wants(&self, file: &FileView<'_>) -> bool {
        !file.is_verified && file.size > 0 && !self.packs.is_empty()
    }

    fn context(&self, file: &FileView<'_>) -> u64 {
        // Only what a condition or a path filter can see tells files of the same bytes apart.
        let mut seen = String::new();
        for variable in crate::compile::VARIABLES {
            if self.uses(variable) {
                seen.push_str(&value_of(variable, file, &[]));
                seen.push('\n');
            }
        }
        if self.packs.iter().any(|pack| pack.header().has_path_filters) {
            seen.push_str(file.inner_path());
        }
        model::path_hash(&seen)
    }

    fn examine(
        &self,
        file: &FileView<'_>,
        bytes: &[u8],
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let class = HeadClass::of(bytes);
        let mut halt = None;
        for pack in &self.packs {
            budget.check()?;
            // The other packs look all the same.
            if let Err(reason) = examine_with(pack, class, file, bytes, budget, hits) {
                halt.get_or_insert(reason);
            }
        }
        halt.map_or(Ok(()), Err)
    }
}

fn examine_with(
    pack: &Pack,
    class: HeadClass,
    file: &FileView<'_>,
    bytes: &[u8],
    budget: &Budget,
    hits: &mut Vec<Hit>,
) -> Result<(), Halt> {
    let rules =
        pack.rules(class).map_err(|error| Halt { reason: GapReason::Internal, detail: error.to_string() })?;
    let Some(rules) = rules else { return Ok(()) };
    with_scanner(rules, |scanner| {
        for variable in &pack.header().variables {
            // The compiler defined every variable as text.
            let value = value_of(variable, file, bytes);
            scanner.set_global(variable, value.as_str()).expect("the variable is defined as text");
        }
        scanner.set_timeout(budget.left());
        // Only the first match of a pattern is needed, unless its condition counts, or places are compared.
        scanner.fast_scan(!pack.header().has_path_filters);
        match scanner.scan(bytes) {
            Ok(results) => (collect(pack, &results, file, bytes, hits), Fate::Keep),
            Err(ScanError::Timeout) => {
                let detail =
                    format!("the rules of pack '{}' took longer than allowed for one file", pack.name());
                (Err(Halt { reason: GapReason::LimitReached, detail }), Fate::Drop)
            }
            Err(error) => {
                let detail = format!("pack '{}': {error}", pack.name());
                (Err(Halt { reason: GapReason::Internal, detail }), Fate::Drop)
            }
        }
    })
}

fn collect(
    pack: &Pack,
    results: &ScanResults<'_, '_>,
    file: &FileView<'_>,
    bytes: &[u8],
    hits: &mut Vec<Hit>,
) -> Result<(), Halt> {
    let mut risky: Vec<(String, Hit)> = Vec::new();
    let mut risk_findings: Vec<RiskFinding> = Vec::new();
    let (mut count, first) = (0_usize, hits.len());
    for rule in results.matching_rules() {
        if !counts_for(&rule, file) {
            continue;
        }
        if identifies(&rule).is_some() {
            risk_findings.extend(findings(&rule, file, bytes));
            risky.push((rule.identifier().to_owned(), hit(&rule, &pack.header().options, bytes)));
            continue;
        }
        count += 1;
        if count <= HITS_MAX {
            hits.push(hit(&rule, &pack.header().options, bytes));
        }
    }
    let risks = form_risks(&risk_findings);
    let (tenths, label) = score(&risks);
    let mut told = HashSet::new();
    for risk in &risks {
        if !told.insert(&risk.threat.rule) {
            continue;
        }
        let Some((_, hit)) = risky.iter().find(|(rule, _)| *rule == risk.threat.rule) else { continue };
        let mut hit = hit.clone();
        hit.severity = match label {
            RiskLabel::High => Severity::High,
            RiskLabel::Suspicious => Severity::Medium,
            RiskLabel::Low | RiskLabel::None => Severity::Low,
        };
        let with =
            risk.capability.map_or_else(|| "on its own".to_owned(), |c| format!("with {}", c.identifies));
        let scored = format!(
            "{} {with}; the file scores {}.{} of 10",
            risk.threat.identifies,
            tenths / 10,
            tenths % 10
        );
        hit.evidence.insert(hit.evidence.len().saturating_sub(1), scored);
        hits.push(hit);
    }
    // yara-x tells global rules and namespaces in an order of its own.
    hits[first..].sort_by(|left, right| left.rule.cmp(&right.rule));
    if count > HITS_MAX {
        let detail = format!("{count} rules of pack '{}' match; {HITS_MAX} are told", pack.name());
        return Err(Halt { reason: GapReason::LimitReached, detail });
    }
    Ok(())
}
