//! What the rules of one pack found in one file, as hits.

use crate::hit::hit;
use crate::pack::Pack;
use crate::package_rule::{counts_for, findings, identifies};
use crate::risk::{RiskFinding, RiskLabel, form_risks, score};
use content::{FileView, Halt, Hit};
use model::{GapReason, Severity};
use std::collections::HashSet;
use yara_x::ScanResults;

/// Hits of one pack in one file.
const HITS_MAX: usize = 1_024;

/// The matches of one pack in one file, gathered over its parts.
pub(crate) struct Matches<'a> {
    pack: &'a Pack,
    file: &'a FileView<'a>,
    bytes: &'a [u8],
    hits: Vec<Hit>,
    /// Rules that count only together with others.
    risky: Vec<(String, Hit)>,
    risk_findings: Vec<RiskFinding>,
    count: usize,
    /// Rules seen; a rule that others use is in several parts.
    seen: HashSet<(String, String)>,
}

impl<'a> Matches<'a> {
    /// No match yet.
    pub(crate) fn new(pack: &'a Pack, file: &'a FileView<'a>, bytes: &'a [u8]) -> Self {
        Self {
            pack,
            file,
            bytes,
            hits: Vec::new(),
            risky: Vec::new(),
            risk_findings: Vec::new(),
            count: 0,
            seen: HashSet::new(),
        }
    }

    /// Adds what one part found.
    pub(crate) fn add(&mut self, results: &ScanResults<'_, '_>) {
        let options = &self.pack.header().options;
        for rule in results.matching_rules() {
            let name = (rule.namespace().to_owned(), rule.identifier().to_owned());
            if !self.seen.insert(name) || !counts_for(&rule, self.file) {
                continue;
            }
            if identifies(&rule).is_some() {
                self.risk_findings.extend(findings(&rule, self.file, self.bytes));
                self.risky.push((rule.identifier().to_owned(), hit(&rule, options, self.bytes)));
                continue;
            }
            self.count += 1;
            if self.count <= HITS_MAX {
                self.hits.push(hit(&rule, options, self.bytes));
            }
        }
    }

    /// Tells the hits, those of rules that count together with others among them.
    ///
    /// # Errors
    /// When there are more than are told.
    pub(crate) fn tell(mut self, hits: &mut Vec<Hit>) -> Result<(), Halt> {
        self.combine();
        // yara-x tells global rules and namespaces in an order of its own.
        self.hits.sort_by(|left, right| left.rule.cmp(&right.rule));
        hits.append(&mut self.hits);
        if self.count > HITS_MAX {
            let detail =
                format!("{} rules of pack '{}' match; {HITS_MAX} are told", self.count, self.pack.name());
            return Err(Halt { reason: GapReason::LimitReached, detail });
        }
        Ok(())
    }

    fn combine(&mut self) {
        let risks = form_risks(&self.risk_findings);
        let (tenths, label) = score(&risks);
        let mut told = HashSet::new();
        for risk in &risks {
            if !told.insert(&risk.threat.rule) {
                continue;
            }
            let Some((_, hit)) = self.risky.iter().find(|(rule, _)| *rule == risk.threat.rule) else {
                continue;
            };
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
            self.hits.push(hit);
        }
    }
}
