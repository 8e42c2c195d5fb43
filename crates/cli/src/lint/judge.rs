//! What is found in one file, by its kind.

use super::sources::{self, Kind, Source};
use anyhow::Result;
use lint::{Config, Surroundings};
use model::{Finding, Gap, GapReason, Outcome, Suppressed};
use std::collections::BTreeMap;
use std::path::Path;

/// What was found in one file.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) gaps: Vec<Gap>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) wants_failure: bool,
}

/// What is the same for every file.
pub(super) struct Judge {
    pub(super) config: Config,
    /// Digests that images are to be pinned to.
    pub(super) digests: BTreeMap<String, String>,
    /// Files laid over each compose file.
    pub(super) overlays: Vec<workload::Overlay>,
    /// Variables of compose files; none stands for the `.env` file beside each.
    pub(super) variables: Option<BTreeMap<String, String>>,
}

impl Judge {
    pub(super) fn judge(&self, source: &Source) -> Judged {
        match source.kind {
            Kind::Dockerfile => {
                let around =
                    Surroundings { dockerignore: source.dockerignore.clone(), digests: self.digests.clone() };
                let linted = lint::lint(&source.name, &source.text, &around, &self.config);
                Judged {
                    findings: linted.findings,
                    suppressed: linted.suppressed,
                    gaps: linted.gaps,
                    outcomes: Vec::new(),
                    wants_failure: linted.wants_failure,
                }
            }
            Kind::Compose => self.filtered(self.compose(source)),
            Kind::Manifest => self.filtered(self.manifest(source)),
        }
    }

    /// Adds what an installed ShellCheck says of a Dockerfile and no rule of ours said at the same place.
    pub(super) fn ask_shellcheck(&self, program: &Path, source: &Source, judged: &mut Judged) -> Result<()> {
        let found = super::shellcheck::findings(program, &source.name, &source.text)?;
        let found = self.filtered(Judged { findings: found, ..Judged::default() });
        let (new, ignored) = lint::heed_comments(&source.text, found.findings, &self.config);
        let is_new = |finding: &Finding| !judged.findings.iter().any(|ours| is_same(ours, finding));
        let new: Vec<Finding> = new.into_iter().filter(is_new).collect();
        judged.findings.extend(new);
        judged.suppressed.extend(found.suppressed.into_iter().chain(ignored));
        Ok(())
    }

    fn compose(&self, source: &Source) -> Judged {
        let directory = source.path.as_deref().and_then(Path::parent);
        let load = |name: &str| sources::read_beside(directory?, name);
        let options = workload::ComposeOptions {
            variables: self.variables.clone().unwrap_or_else(|| sources::dot_env(directory)),
            load: Some(&load),
            overlays: self.overlays.iter().chain(&source.overlays).cloned().collect(),
            ..workload::ComposeOptions::default()
        };
        let mut judged = Judged::default();
        let Some(compose) = workload::read_compose(&source.text, &options) else {
            judged.gaps.push(Gap::new(
                &source.name,
                GapReason::Malformed,
                "no services in it: no compose file",
            ));
            return judged;
        };
        let workload::Read { specs, gaps } = compose.read;
        judged.gaps.extend(
            gaps.into_iter().map(|gap| Gap { what: format!("{}: {}", source.name, gap.what), ..gap }),
        );
        for spec in &specs {
            let container = workload::report(spec, Some(&source.name), &workload::Surroundings::default());
            judged.findings.extend(container.findings);
            judged.gaps.extend(container.gaps);
            judged.outcomes.extend(container.outcomes);
        }
        workload::fix_compose(&source.text, &source.name, &specs, &self.digests, &mut judged.findings);
        judged
    }

    fn manifest(&self, source: &Source) -> Judged {
        let limits = workload::DocumentLimits::default();
        let read = kubernetes::read_objects(&source.text, Some(&source.name), &limits);
        let mut found = kubernetes::judge(&read.objects, &kubernetes::Options::default());
        workload::fix_pods(&source.text, &source.name, &self.digests, &mut found.findings);
        let gaps = [read.gaps, found.gaps].concat();
        Judged { findings: found.findings, gaps, outcomes: found.outcomes, ..Judged::default() }
    }

    /// Leaves out what the configuration ignores, and gives its severities.
    fn filtered(&self, mut judged: Judged) -> Judged {
        for mut finding in std::mem::take(&mut judged.findings) {
            match self.config.severity_of(&finding.rule, &finding.aliases, finding.severity) {
                Some(severity) => {
                    finding.severity = severity;
                    judged.findings.push(finding);
                }
                None => judged.suppressed.push(Suppressed {
                    finding,
                    by: "configuration".to_owned(),
                    reason: "the configuration ignores the rule".to_owned(),
                }),
            }
        }
        judged
    }
}

/// Whether two findings mean the same ShellCheck code in the same line.
fn is_same(a: &Finding, b: &Finding) -> bool {
    let line = |finding: &Finding| finding.location.source.as_ref().map(|span| span.line);
    line(a) == line(b) && b.aliases.iter().any(|code| a.aliases.contains(code))
}
