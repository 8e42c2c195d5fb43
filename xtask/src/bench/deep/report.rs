//! The figures of the deep content scan as Markdown, with the commands that gave them.

use super::super::measure::{Case, Measured};
use super::super::report::rows;
use super::super::{goals as goal_table, table};
use super::corpus::Size;
use super::{DeepReport, cases, goals};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

impl DeepReport {
    pub(crate) fn markdown(&self, machine: &str, runs: usize, directory: &Path) -> String {
        let mut text = format!(
            "{machine}. {runs} runs of each case, in turns, after one that fills the page cache; median (least to greatest). The other scanners run thereafter, over the large image once; the scan of the 2 GB image runs once.\n"
        );
        let mut section = |title: &str, body: String| {
            if !body.is_empty() {
                let _ = write!(text, "\n### {title}\n\n{body}");
            }
        };
        section("Goals of the deep content scan", goal_table::table(&goals::goals(self)));
        section("What was scanned", self.sizes());
        for (corpus, _) in &self.corpora {
            let prefix = cases::name_on(corpus, "");
            let of_it: Vec<&Measured> =
                self.measured.iter().filter(|measured| measured.case.name.starts_with(&prefix)).collect();
            section(&format!("Deep content scan, {corpus}"), rows(&of_it, &self.measured));
        }
        let every_pack: Vec<&Measured> =
            self.measured.iter().filter(|measured| measured.case.name == cases::EVERY_PACK).collect();
        let packs = match self.packs.as_slice() {
            [] => "\nThe packs are Seawall's own.\n".to_owned(),
            packs => format!("\nThe packs are Seawall's own and {}.\n", packs.join(", ")),
        };
        section("Deep content scan, 2 GB and every pack", rows(&every_pack, &self.measured) + &packs);
        section("Commands", self.commands(directory));
        section(
            "Not measured of the deep content scan",
            self.skipped.iter().collect::<BTreeSet<_>>().iter().map(|line| format!("- {line}\n")).collect(),
        );
        text
    }

    fn sizes(&self) -> String {
        let row = |name: &str, size: &Size| {
            let megabytes = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
            vec![name.to_owned(), size.files.to_string(), megabytes(size.bytes), megabytes(size.text_bytes)]
        };
        let rows: Vec<Vec<String>> = self.corpora.iter().map(|(name, size)| row(name, size)).collect();
        table::markdown(&["", "regular files", "MB", "of them text, MB"], &rows)
    }

    /// Those of the first corpus; the others differ by the name of a directory.
    fn commands(&self, directory: &Path) -> String {
        let Some((corpus, _)) = self.corpora.first() else { return String::new() };
        let prefix = cases::name_on(corpus, "");
        let mut text = String::from("```sh\n");
        for measured in &self.measured {
            let case = &measured.case;
            if case.name.starts_with(&prefix) || case.name == cases::EVERY_PACK {
                let _ = writeln!(text, "# {}\n{}", case.name, command(case, directory));
            }
        }
        text.push_str("```\n");
        text
    }
}

/// Without the directories of the machine.
fn command(case: &Case, directory: &Path) -> String {
    let program = case.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let workspace = format!("{}/", crate::workspace().display());
    let beside = std::env::var("SEAWALL_SHARED").map(|shared| format!("{}/", shared.trim_end_matches('/')));
    let sets = std::env::var("SEAWALL_YARA_SETS").map(|sets| format!("{}/", sets.trim_end_matches('/')));
    let directory = format!("{}/", directory.display());
    let mut words = vec![program];
    let mut arguments = case.arguments.as_slice();
    if words[0] == "sh" {
        // The cache is emptied before each run.
        words = vec!["rm -rf target/bench/empty-cache; seawall".to_owned()];
        arguments = arguments.get(5..).unwrap_or_default();
    }
    for argument in arguments {
        let mut word = argument.to_string_lossy().replace(&directory, "target/bench/");
        word = word.replace(&workspace, "");
        if let Ok(shared) = &beside {
            word = word.replace(shared, "../shared/");
        }
        if let Ok(sets) = &sets {
            word = word.replace(sets, "$SEAWALL_YARA_SETS/");
        }
        words.push(word);
    }
    let rules: Vec<usize> = (0..words.len()).filter(|&at| words[at].starts_with("rules/yara/")).collect();
    if let (Some(&first), Some(&last)) = (rules.first(), rules.last()) {
        words.splice(first..=last, ["rules/yara/*.yar".to_owned()]);
    }
    words.join(" ")
}
