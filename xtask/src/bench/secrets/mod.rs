//! How many credentials each scanner finds, and how much of what it tells is none.

mod planted;
mod templates;
mod tools;

use super::image::BenchImage;
use super::{Setting, machine, table};
use anyhow::{Context, Result};
use planted::Label;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tools::Reports;

/// Files whose credentials are known.
struct Corpus {
    name: &'static str,
    directory: PathBuf,
    truth: Truth,
}

/// What is known of a corpus.
enum Truth {
    /// Which lines hold a credential; all others hold none.
    Lines(Vec<Label>),
    /// How many lines of a file do, as leaky-repo's `secrets.csv` counts them (lines of risk).
    Counts(BTreeMap<String, usize>),
}

/// What a scanner got right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Score {
    found: usize,
    labelled: usize,
    /// Lines told that hold none.
    wrong: usize,
}

impl Score {
    fn add(&mut self, other: Self) {
        self.found += other.found;
        self.labelled += other.labelled;
        self.wrong += other.wrong;
    }

    fn cells(self) -> [String; 3] {
        let percent = |part: usize, whole: usize| match whole {
            0 => "–".to_owned(),
            _ => format!("{:.1} %", 100.0 * part as f64 / whole as f64),
        };
        let recall = match self.labelled {
            0 => "–".to_owned(),
            labelled => format!("{} of {labelled}, {}", self.found, percent(self.found, labelled)),
        };
        let precision = match self.labelled {
            0 => "–".to_owned(),
            _ => percent(self.found, self.found + self.wrong),
        };
        [recall, self.wrong.to_string(), precision]
    }
}

/// The section of the page.
pub(crate) fn measure(setting: &Setting, image: &BenchImage) -> Result<String> {
    let mut skipped = Vec::new();
    let corpora = corpora(setting, image, &mut skipped)?;
    let mut rows = Vec::new();
    for tool in tools::all(setting, &mut skipped)? {
        let mut total = Score::default();
        for corpus in &corpora {
            let reports =
                tool.scan(&corpus.directory).with_context(|| format!("{} on {}", tool.name, corpus.name))?;
            let score = score(&corpus.truth, &reports);
            total.add(score);
            rows.push([vec![tool.name.clone(), corpus.name.to_owned()], score.cells().to_vec()].concat());
        }
        rows.push(
            [vec![format!("**{}**", tool.name), "**all**".to_owned()], total.cells().to_vec()].concat(),
        );
    }
    let mut text = format!("{}.\n\n", machine::describe());
    text.push_str(&table::markdown(&["scanner", "corpus", "found", "wrong lines", "precision"], &rows));
    if !skipped.is_empty() {
        text.push_str("\nSkipped:\n\n");
        text.extend(skipped.iter().map(|line| format!("- {line}\n")));
    }
    Ok(text)
}

fn corpora(setting: &Setting, image: &BenchImage, skipped: &mut Vec<String>) -> Result<Vec<Corpus>> {
    let directory = setting.directory.join("secrets-planted");
    if directory.exists() {
        std::fs::remove_dir_all(&directory)
            .with_context(|| format!("cannot empty {}", directory.display()))?;
    }
    let labels = planted::write(&directory)?;
    let mut corpora = vec![Corpus { name: "planted", directory, truth: Truth::Lines(labels) }];
    match std::env::var_os("SEAWALL_LEAKY_REPO").map(PathBuf::from) {
        Some(directory) => {
            let list = directory.join(".leaky-meta/secrets.csv");
            let text =
                std::fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
            corpora.push(Corpus { name: "leaky-repo", directory, truth: Truth::Counts(counts(&text)) });
        }
        None => skipped.push("leaky-repo: SEAWALL_LEAKY_REPO names no checkout".to_owned()),
    }
    // Installed from Debian, npm and PyPI: nobody's credentials.
    for (name, path) in
        [("npm packages", "app"), ("Python packages", "usr/lib/python3"), ("settings of Debian", "etc")]
    {
        let directory = image.rootfs.join(path);
        corpora.push(Corpus { name, directory, truth: Truth::Lines(Vec::new()) });
    }
    Ok(corpora)
}

/// `path,risk,informative` for each file.
fn counts(text: &str) -> BTreeMap<String, usize> {
    let rows = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split(',');
        Some((fields.next()?.to_owned(), fields.next()?.trim().parse().ok()?))
    });
    rows.collect()
}

fn score(truth: &Truth, reports: &Reports) -> Score {
    match truth {
        Truth::Lines(labels) => {
            let mut of_labels: BTreeSet<(&str, u32)> = BTreeSet::new();
            let mut found = 0;
            for label in labels {
                let lines = reports.get(&label.file).into_iter().flatten();
                let hit: Vec<u32> =
                    lines.copied().filter(|line| (label.lines.0..=label.lines.1).contains(line)).collect();
                found += usize::from(!hit.is_empty());
                of_labels.extend(hit.into_iter().map(|line| (label.file.as_str(), line)));
            }
            let told: usize = reports.values().map(BTreeSet::len).sum();
            Score { found, labelled: labels.len(), wrong: told - of_labels.len() }
        }
        Truth::Counts(counts) => {
            let mut score = Score { labelled: counts.values().sum(), ..Score::default() };
            for (file, lines) in reports.iter().filter(|(file, _)| !file.starts_with(".leaky-meta/")) {
                let risks = counts.get(file).copied().unwrap_or(0);
                score.found += lines.len().min(risks);
                // Lines that inform, such as a user's name, are labelled too, but are no credential.
                score.wrong += lines.len().saturating_sub(risks);
            }
            score
        }
    }
}

/// A path as scanners tell it, relative to what was scanned.
fn relative(path: &str, root: &Path) -> String {
    let root = root.to_string_lossy();
    path.strip_prefix(root.as_ref()).unwrap_or(path).trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(told: &[(&str, &[u32])]) -> Reports {
        told.iter().map(|(file, lines)| ((*file).to_owned(), lines.iter().copied().collect())).collect()
    }

    #[test]
    fn a_label_is_found_by_any_of_its_lines_and_the_rest_is_wrong() {
        let truth = Truth::Lines(vec![
            Label { file: "a".to_owned(), lines: (2, 4) },
            Label { file: "b".to_owned(), lines: (1, 1) },
        ]);
        let score = score(&truth, &reports(&[("a", &[2, 3, 9]), ("c", &[1])]));
        assert_eq!(score, Score { found: 1, labelled: 2, wrong: 2 });
    }

    #[test]
    fn counted_files_are_full_at_their_count() {
        let truth = Truth::Counts(counts("# a comment\n.netrc,1,2\nweb/var.js,3,0\n"));
        let score =
            score(&truth, &reports(&[(".netrc", &[1, 2]), ("web/var.js", &[4]), ("README.md", &[1])]));
        assert_eq!(score, Score { found: 2, labelled: 4, wrong: 2 });
    }
}
