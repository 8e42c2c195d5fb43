//! What an import understood, and what it did not.

use crate::FeedLimits;
use std::collections::BTreeMap;

/// What an import understood, and what it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How much was read.
    pub counts: Counts,
    /// Records, files and parts of them that were not understood. Each lost only itself.
    pub problems: Vec<Problem>,
    /// Further problems, beyond [`FeedLimits::problems_max`].
    pub problems_left_out: u64,
}

/// Something in a feed that was not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the archive and the member in it.
    pub file: String,
    /// 1-based line, when the format has lines and the parser knows it.
    pub line: Option<u64>,
    /// What is wrong, one line.
    pub detail: String,
}

/// How much an import read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records in the feed's own terms: OSV records, pairs of package and vulnerability, definitions.
    pub records: u64,
    /// Advisories that came out.
    pub advisories: u64,
    /// Affected packages in them.
    pub rows: u64,
    /// Records that their publisher took back; they come out marked.
    pub withdrawn: u64,
    /// Records about a package that is malicious as a whole.
    pub malicious: u64,
    /// Advisories about bugs or enhancements that name no vulnerability; left out.
    pub not_security: u64,
    /// Ranges of commits, which no package version can be compared with; left out.
    pub git_ranges: u64,
    /// Records whose publisher does not know yet what is affected (Debian `undetermined`); left out.
    pub undetermined: u64,
    /// Rows left out because Seawall scans no such packages, by the feed's name of the product.
    pub unsupported: BTreeMap<String, u64>,
    /// Entries of the catalogue of known exploited vulnerabilities.
    pub known_exploited: u64,
    /// Exploit prediction scores.
    pub scores: u64,
    /// Java archives with their SHA-1 and coordinates.
    pub java_archives: u64,
}

// A hostile feed can name a new product in every record.
const UNSUPPORTED_NAMES_MAX: usize = 512;

impl Imported {
    /// Notes a problem, or counts it when there are too many.
    pub fn problem(&mut self, limits: &FeedLimits, file: &str, line: Option<u64>, detail: impl Into<String>) {
        if self.problems.len() >= limits.problems_max {
            self.problems_left_out += 1;
            return;
        }
        let file = cut(file, 200);
        self.problems.push(Problem { file, line, detail: cut(&detail.into(), 400) });
    }

    /// Counts a row left out because no such packages are scanned.
    pub fn unsupported(&mut self, product: &str) {
        let unsupported = &mut self.counts.unsupported;
        let product = cut(product, 100);
        if unsupported.len() < UNSUPPORTED_NAMES_MAX || unsupported.contains_key(&product) {
            *unsupported.entry(product).or_default() += 1;
        } else {
            *unsupported.entry("(others)".to_owned()).or_default() += 1;
        }
    }

    /// Adds what another import of the same run understood.
    pub fn merge(&mut self, limits: &FeedLimits, other: Self) {
        let Counts {
            records,
            advisories,
            rows,
            withdrawn,
            malicious,
            not_security,
            git_ranges,
            undetermined,
            unsupported,
            known_exploited,
            scores,
            java_archives,
        } = other.counts;
        let counts = &mut self.counts;
        counts.records += records;
        counts.advisories += advisories;
        counts.rows += rows;
        counts.withdrawn += withdrawn;
        counts.malicious += malicious;
        counts.not_security += not_security;
        counts.git_ranges += git_ranges;
        counts.undetermined += undetermined;
        counts.known_exploited += known_exploited;
        counts.scores += scores;
        counts.java_archives += java_archives;
        for (name, count) in unsupported {
            if self.counts.unsupported.len() < UNSUPPORTED_NAMES_MAX
                || self.counts.unsupported.contains_key(&name)
            {
                *self.counts.unsupported.entry(name).or_default() += count;
            } else {
                *self.counts.unsupported.entry("(others)".to_owned()).or_default() += count;
            }
        }
        self.problems_left_out += other.problems_left_out;
        for problem in other.problems {
            if self.problems.len() < limits.problems_max {
                self.problems.push(problem);
            } else {
                self.problems_left_out += 1;
            }
        }
    }

    /// All problems, kept or only counted.
    #[must_use]
    pub fn problem_count(&self) -> u64 {
        self.problems.len() as u64 + self.problems_left_out
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.detail),
            None => write!(f, "{}: {}", self.file, self.detail),
        }
    }
}

/// The first `characters_max` characters, without control characters.
pub(crate) fn cut(text: &str, characters_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(characters_max));
    for (count, character) in text.chars().enumerate() {
        if count == characters_max {
            out.push('…');
            break;
        }
        out.push(if character.is_control() { ' ' } else { character });
    }
    out
}
