//! The deep content scan: every engine over a distribution and over a large image, beside what reading the same bytes
//! costs, and beside other scanners with the same rules.

mod cases;
mod copy_layer;
mod corpus;
mod goals;
mod report;
mod rules;
mod yara_x;

use super::image::BenchImage;
use super::measure::{self, Measured};
use super::{Setting, machine};
use anyhow::Result;

/// More runs of commands that take so long tell nothing more.
const RUNS_MAX: usize = 3;

/// How much is measured of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Everything,
    /// What the goals name; the other scanners, which take minutes, run once.
    Main,
}

/// What was measured.
struct DeepReport {
    /// Names and sizes of the corpora.
    corpora: Vec<(&'static str, corpus::Size)>,
    measured: Vec<Measured>,
    /// Whether other people's rules took part in the scan with every pack.
    packs: Vec<String>,
    skipped: Vec<String>,
}

/// The section of the page.
pub(crate) fn measure(setting: &Setting, image: &BenchImage, runs: usize) -> Result<String> {
    let runs = runs.min(RUNS_MAX);
    let corpora = corpus::prepare(image, &setting.directory)?;
    let mut skipped = Vec::new();
    let rules = rules::prepare(setting, &mut skipped)?;
    let mut measured = Vec::new();
    for (corpus, extent) in [(&corpora.distribution, Extent::Everything), (&corpora.large, Extent::Main)] {
        let cases = cases::ours(setting, corpus, &rules, extent)?;
        measured.extend(match extent {
            Extent::Everything => measure::in_turns(cases, runs, &setting.directory)?,
            Extent::Main => measure::in_turns_at_once(cases, runs, &setting.directory)?,
        });
        let cases = cases::peers(setting, corpus, &rules, extent, &mut skipped)?;
        let asked: Vec<String> = cases.iter().map(|case| case.name.clone()).collect();
        let runs = if extent == Extent::Main { 1 } else { runs };
        let got = measure::in_turns_at_once(cases, runs, &setting.directory)?;
        let failed = asked.iter().filter(|name| got.iter().all(|measured| measured.case.name != **name));
        skipped.extend(failed.map(|name| format!("{name}: it did not end well")));
        measured.extend(got);
    }
    let every_pack = cases::every_pack(setting, &corpora.two_gigabytes, &rules);
    measured.extend(measure::in_turns_at_once(vec![every_pack], 1, &setting.directory)?);
    let packs = rules.packs.iter().filter_map(|path| path.file_name());
    let report = DeepReport {
        corpora: [&corpora.distribution, &corpora.large].map(|corpus| (corpus.name, corpus.size)).to_vec(),
        measured,
        packs: packs.map(|name| name.to_string_lossy().into_owned()).collect(),
        skipped,
    };
    Ok(report.markdown(&machine::describe(), runs, &setting.directory))
}
