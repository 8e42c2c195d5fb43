//! What was measured, as Markdown, and which goals it meets.

use super::at_once::{AtOnce, SCANS};
use super::database::Estimate;
use super::findings::Findings;
use super::inventory::Inventory;
use super::measure::Measured;
use super::{cases, goals, table};
use std::fmt::Write as _;

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) image: Vec<Measured>,
    pub(crate) inventories: Vec<Inventory>,
    pub(crate) findings: Option<Findings>,
    pub(crate) at_once: Option<AtOnce>,
    pub(crate) million_files: Option<Measured>,
    pub(crate) database: Vec<Estimate>,
    /// What could not be measured here, and why.
    pub(crate) skipped: Vec<String>,
}

impl Report {
    pub(crate) fn markdown(&self, machine: &str, runs: usize) -> String {
        let mut text =
            format!("{machine}. {runs} runs of each case, in turns; median (least to greatest).\n");
        let mut section = |title: &str, body: String| {
            if !body.is_empty() {
                let _ = write!(text, "\n### {title}\n\n{body}");
            }
        };
        section("Goals", goals::table(&goals::of_every_form(self)));
        let (scans, others): (Vec<&Measured>, Vec<&Measured>) = self.image.iter().partition(|measured| {
            !measured.case.name.starts_with("inventory") && !measured.case.name.starts_with("findings")
        });
        section("One image, every form", rows(&scans, &self.image));
        section("Beside other scanners", rows(&others, &self.image));
        section("What each scanner lists", self.inventories());
        section("What each scanner finds by the same advisories", self.findings());
        section(
            "One million files",
            self.million_files.as_ref().map(|one| rows(&[one], &self.image)).unwrap_or_default(),
        );
        section(&format!("{SCANS} scans at once"), self.at_once());
        section("Advisory database", self.database());
        section("Not measured", self.skipped.iter().map(|line| format!("- {line}\n")).collect());
        text
    }

    /// The median wall time, CPU time and peak memory of a case.
    pub(crate) fn medians(&self, name: &str) -> Option<(f64, f64, f64)> {
        medians(&self.image, name)
    }

    fn inventories(&self) -> String {
        let Some((ours, peers)) = self.inventories.split_first() else { return String::new() };
        let mut rows = vec![vec![
            ours.scanner.to_owned(),
            ours.packages.len().to_string(),
            String::new(),
            String::new(),
        ]];
        for peer in peers {
            rows.push(vec![
                peer.scanner.to_owned(),
                peer.packages.len().to_string(),
                table::list(peer.packages.difference(&ours.packages)),
                table::list(ours.packages.difference(&peer.packages)),
            ]);
        }
        table::markdown(
            &["scanner", "packages", "that Seawall does not list", "that only Seawall lists"],
            &rows,
        )
    }

    fn findings(&self) -> String {
        let Some(findings) = &self.findings else { return String::new() };
        let row =
            |what: &str, count: usize, examples: String| vec![what.to_owned(), count.to_string(), examples];
        let rows = [
            row("by Seawall and osv-scanner", findings.both, String::new()),
            row("by Seawall alone", findings.ours_only.len(), table::list(findings.ours_only.iter())),
            row(
                "by osv-scanner; Seawall suppresses it, for a system package owns the files",
                findings.suppressed.len(),
                table::list(findings.suppressed.iter()),
            ),
            row("by osv-scanner alone", findings.theirs_only.len(), table::list(findings.theirs_only.iter())),
        ];
        table::markdown(&["source package and CVE, found", "count", "which"], &rows)
    }

    fn at_once(&self) -> String {
        let Some(at_once) = &self.at_once else { return String::new() };
        let rows = [
            vec![format!("one alone: {}", at_once.name), table::secs(&at_once.alone_secs)],
            vec![
                format!("{SCANS} at once, from the first start to the last end"),
                table::secs(&at_once.total_secs),
            ],
            vec![
                "CPU time of all of them, divided by the cores".to_owned(),
                table::secs(&at_once.floor_secs),
            ],
        ];
        table::markdown(&["", "s"], &rows)
    }

    fn database(&self) -> String {
        if self.database.is_empty() {
            return String::new();
        }
        let milliseconds = |secs: f64| format!("{:.3}", secs * 1e3);
        let rows: Vec<Vec<String>> = self
            .database
            .iter()
            .map(|estimate| {
                let (lower, upper) = (milliseconds(estimate.lower_secs), milliseconds(estimate.upper_secs));
                vec![
                    estimate.name.clone(),
                    format!("{} ({lower}–{upper})", milliseconds(estimate.median_secs)),
                ]
            })
            .collect();
        table::markdown(&["benchmark of `advisories`", "ms, median (95 % confidence)"], &rows)
    }

    /// The floor that the gzip layout is judged by: zlib-ng when it could be had.
    pub(crate) fn gzip_floor(&self) -> &'static str {
        match self.medians(cases::GZIP_FLOOR_NG) {
            Some(_) => cases::GZIP_FLOOR_NG,
            None => cases::GZIP_FLOOR,
        }
    }
}

/// The median wall time, CPU time and peak memory of a case.
pub(crate) fn medians(all: &[Measured], name: &str) -> Option<(f64, f64, f64)> {
    let measured = all.iter().find(|measured| measured.case.name == name)?;
    Some((measured.wall_secs()?.median, measured.cpu_secs()?.median, measured.peak_megabytes()?.median))
}

/// One row a case; `all` has those that they are compared with.
pub(crate) fn rows(cases: &[&Measured], all: &[Measured]) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let mut rows = Vec::new();
    for measured in cases {
        let (Some(wall), Some(cpu), Some(peak)) =
            (measured.wall_secs(), measured.cpu_secs(), measured.peak_megabytes())
        else {
            continue;
        };
        let ratio = measured.case.against.as_deref().and_then(|against| {
            let (other_wall, other_cpu, other_peak) = medians(all, against)?;
            Some(format!(
                "{:.2} / {:.2} / {:.2} of “{against}”",
                wall.median / other_wall,
                cpu.median / other_cpu,
                peak.median / other_peak
            ))
        });
        rows.push(vec![
            measured.case.name.clone(),
            table::secs(&wall),
            table::secs(&cpu),
            format!("{:.0} ({:.0}–{:.0})", peak.median, peak.least, peak.greatest),
            ratio.unwrap_or_default(),
        ]);
    }
    table::markdown(&["", "wall s", "CPU s", "peak MiB", "wall / CPU / memory, times"], &rows)
}
