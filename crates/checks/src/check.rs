//! Judging an image.

use crate::{ImageFacts, rules, subject::Subject};
use model::{Gap, LayerPath, RuleInfo, Severity};

/// Hits of one rule that are told; a rule that finds more says how many.
const HITS_MAX: usize = 200;

/// What the facts do not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// Days since the image was made; there is no clock here.
    pub age_days: Option<u32>,
    /// Days since the newest layer of the base image was made.
    pub base_age_days: Option<u32>,
    /// Days after which an image or a base counts as old.
    pub age_days_max: u32,
    /// Registries and name spaces that images may come from (`registry.example.com`, `docker.io/library`); empty
    /// allows all.
    pub trusted_registries: Vec<String>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { age_days: None, base_age_days: None, age_days_max: 180, trusted_registries: Vec::new() }
    }
}

/// What a rule saw.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckHit {
    /// The rule.
    pub rule: &'static RuleInfo,
    /// How bad it is here.
    pub severity: Severity,
    /// One line: what is wrong here.
    pub title: String,
    /// The file, when it is in one.
    pub path: Option<LayerPath>,
    /// 1-based line in that file.
    pub line: Option<u32>,
    /// The layer, 0 is the lowest.
    pub layer_index: Option<usize>,
    /// The entry of the history, 0 is the first.
    pub history_index: Option<usize>,
    /// What was seen, one fact a line; never a credential in clear.
    pub evidence: Vec<String>,
    /// What tells two hits of a rule apart and stays from scan to scan.
    pub identity: String,
}

/// What was seen, and what could not be looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// Sorted by rule, path and position in the history.
    pub hits: Vec<CheckHit>,
    /// Bounds that were reached.
    pub gaps: Vec<Gap>,
}

/// Judges an image by every rule.
#[must_use]
pub fn check(facts: &ImageFacts, options: &CheckOptions) -> Checked {
    let subject = Subject::new(facts, options);
    let mut checked = Checked { gaps: subject.gaps(), ..Checked::default() };
    for rule in rules::CHECKS {
        let mut hits = Vec::new();
        rule(&subject, &mut hits);
        if hits.len() > HITS_MAX {
            let more = hits.len() - HITS_MAX;
            hits.truncate(HITS_MAX);
            if let Some(last) = hits.last_mut() {
                last.evidence.push(format!("and {more} more like this"));
            }
        }
        checked.hits.append(&mut hits);
    }
    checked.hits.sort_by(|a, b| {
        let key = |hit: &CheckHit| {
            (hit.rule.id, hit.path.clone(), hit.history_index, hit.line, hit.identity.clone())
        };
        key(a).cmp(&key(b))
    });
    checked
}
