//! The reports of all images and their summary, in one directory.

use super::enumerate::Enumeration;
use super::image::Kept;
use super::place::Place;
use crate::arguments::{OutputArguments, ScanArguments};
use crate::gate::Decision;
use crate::progress::Progress;
use crate::{clock, output};
use anyhow::{Context, Result, bail};
use model::{Digest, Finding, Report, Severity};
use policy::FindingKind;
use queue::Job;
use report::{Failure, Format, ImageSummary, Overview, OverviewFormat, ReportFile};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the reports are, below the directory of the summary.
const REPORTS: &str = "reports";
/// Failures that are told one by one on standard error; the summary has all.
const FAILURES_TOLD_MAX: usize = 20;
/// Characters of an image's name in the name of a file; with digest and extension it stays below 255.
const NAME_LENGTH_MAX: usize = 150;

/// Where everything is written.
pub(super) struct Outputs<'a> {
    directory: &'a Path,
    formats: Vec<Format>,
    arguments: &'a OutputArguments,
}

impl<'a> Outputs<'a> {
    /// Makes the directory, before anything is scanned for nothing.
    ///
    /// # Errors
    /// When it is not named or cannot be made, or a format is unknown.
    pub(super) fn new(arguments: &'a ScanArguments) -> Result<Self> {
        let Some(directory) = arguments.registry_scan.output_dir.as_deref() else {
            bail!("several images need a directory for their reports (hint: pass --output-dir DIR)");
        };
        if !arguments.output.output.is_empty() {
            bail!("--output is for one image (hint: pass --output-dir DIR alone)");
        }
        let mut formats: Vec<Format> = Vec::new();
        for name in &arguments.output.format {
            let format = name.parse()?;
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        if formats.is_empty() {
            formats.push(Format::Json);
        }
        let reports = directory.join(REPORTS);
        fs::create_dir_all(&reports).with_context(|| format!("cannot make {}", reports.display()))?;
        Ok(Self { directory, formats, arguments: &arguments.output })
    }

    /// Writes the report of each image and the summary; one report at a time is in memory.
    ///
    /// # Errors
    /// When the results cannot be read or a file cannot be written.
    pub(super) fn write(
        &self,
        target: &str,
        found: Enumeration,
        place: &Place,
        decision: &mut Decision<'_>,
    ) -> Result<Overview> {
        let dead: HashMap<Digest, String> =
            place.queue.dead()?.into_iter().map(|dead| (dead.job.digest, dead.reason)).collect();
        let (mut images, mut failures) = (Vec::new(), found.failures);
        for job in found.jobs {
            let kept = match place.results.get(&job.digest)? {
                Some(bytes) => serde_json::from_slice::<Kept>(&bytes)
                    .map_err(|error| format!("its result cannot be read: {error}")),
                None => Err(dead.get(&job.digest).map_or_else(
                    || "it has no result, and the queue does not tell why".to_owned(),
                    |reason| format!("given up after {} tries: {reason}", place.queue.options().tries_max),
                )),
            };
            match kept {
                Ok(kept) => images.push(self.image(job, &kept, decision)?),
                Err(reason) => {
                    failures.push(Failure { names: job.references, digest: Some(job.digest), reason });
                }
            }
        }
        failures.sort();
        let overview = Overview {
            schema_version: Overview::SCHEMA_VERSION,
            tool: model::Tool { name: "seawall".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            timestamp: clock::timestamp(),
            target: target.to_owned(),
            images,
            failures,
            skipped: found.skipped,
        };
        for (name, format) in [
            ("summary.json", OverviewFormat::Json),
            ("summary.md", OverviewFormat::Markdown),
            ("index.html", OverviewFormat::Html),
        ] {
            let mut bytes = Vec::new();
            overview.write(format, &mut bytes)?;
            output::write_file(&self.directory.join(name), &bytes)?;
        }
        Ok(overview)
    }

    fn image(&self, job: Job, kept: &Kept, decision: &mut Decision<'_>) -> Result<ImageSummary> {
        let words = decision.add(&kept.report, kept.signature, &job.references);
        let stem = file_stem(&job);
        let mut image = ImageSummary::new(job.references, job.digest, &kept.report, &kind_of);
        image.decision = words;
        for format in &self.formats {
            let path = format!("{REPORTS}/{stem}.{}", format.extension());
            self.report(*format, &kept.report, &self.directory.join(&path))?;
            image.reports.push(ReportFile { format: format.as_str(), path });
        }
        Ok(image)
    }

    fn report(&self, format: Format, report: &Report, path: &Path) -> Result<()> {
        let mut options = output::options(self.arguments);
        options.width = self.arguments.width;
        let mut bytes = Vec::new();
        report::write(format, report, &options, &mut bytes)?;
        output::write_file(path, &bytes)
    }

    /// Tells people what came out.
    pub(super) fn tell(&self, overview: &Overview, progress: &Progress) {
        for failure in overview.failures.iter().take(FAILURES_TOLD_MAX) {
            progress.result(&format!("not scanned: {}: {}", failure.names.join(", "), failure.reason));
        }
        if overview.failures.len() > FAILURES_TOLD_MAX {
            progress.result(&format!("not scanned: {} more", overview.failures.len() - FAILURES_TOLD_MAX));
        }
        let mut counts: Vec<String> = Vec::new();
        for severity in Severity::ALL {
            let number: usize = overview.images.iter().map(|image| image.count(severity)).sum();
            if number > 0 {
                counts.push(format!("{number} {severity}"));
            }
        }
        let counts = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
        let page: PathBuf = self.directory.join("index.html");
        progress.note(&format!("{} images: {counts}; {}", overview.images.len(), page.display()));
    }
}

/// The kind of a finding, as policies name it.
pub(super) fn kind_of(finding: &Finding) -> &'static str {
    FindingKind::of(finding).as_str()
}

/// `team_app_1.0-3f2a…`: the first name, of which every character is fit for a file and an address, and as much of the
/// digest as nobody can meet by trying.
fn file_stem(job: &Job) -> String {
    let name: String = job
        .references
        .first()
        .map_or("", String::as_str)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' })
        .take(NAME_LENGTH_MAX)
        .collect();
    let hex = job.digest.hex();
    format!("{name}-{}", &hex[..hex.len().min(32)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe_and_different() {
        let job = |name: &str, digit: &str| Job {
            digest: format!("sha256:{}", digit.repeat(64)).parse().unwrap(),
            platform: String::new(),
            references: vec![name.to_owned()],
        };
        let stem = file_stem(&job("localhost:5000/team/app:1.0", "a"));
        assert_eq!(stem, format!("localhost_5000_team_app_1.0-{}", "a".repeat(32)));
        let long = "x".repeat(400);
        let (one, two) = (file_stem(&job(&long, "a")), file_stem(&job(&long, "b")));
        assert!(one != two && one.len() < 200);
    }
}
