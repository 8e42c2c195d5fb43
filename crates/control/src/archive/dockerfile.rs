//! The Dockerfile of a build, judged as it passes.

use super::{ArchiveRefused, Inspection, links};
use crate::client::clean;
use crate::decision::{Matched, Mode};
use crate::glob::fits_any;
use calls::{ArchiveEntry, Call, EntryKind};
use model::Severity;
use std::fmt;
use std::sync::Arc;

pub(super) const FINDING: &str = "guard/dockerfile-finding";
/// Bytes of a Dockerfile.
pub(super) const BYTES_MAX: u64 = 256 << 10;
/// Findings that are told of one Dockerfile.
const FINDINGS_MAX: usize = 20;

/// What is wrong in a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerfileFinding {
    /// The rule (`dockerfile/sudo-used`).
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// 1-based line; 0 when it is about the whole.
    pub line: u32,
    /// One line: what is wrong.
    pub title: String,
}

/// Judges the text of a Dockerfile, whatever its comments say of rules.
#[derive(Clone)]
pub struct DockerfileJudge(Arc<Judging>);

type Judging = dyn Fn(&str) -> Vec<DockerfileFinding> + Send + Sync;

impl DockerfileJudge {
    /// By this function.
    #[must_use]
    pub fn new(judge: impl Fn(&str) -> Vec<DockerfileFinding> + Send + Sync + 'static) -> Self {
        Self(Arc::new(judge))
    }
}

impl fmt::Debug for DockerfileJudge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DockerfileJudge")
    }
}

/// The Dockerfile that a build names.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    // The builder takes the second where the first is not there.
    names: Vec<String>,
    judge: Option<DockerfileJudge>,
    was_seen: bool,
}

impl Wanted {
    /// By the query of a build.
    pub(super) fn of(call: &Call) -> Self {
        let given = call.query("dockerfile").filter(|name| !name.is_empty());
        let names = match given {
            // moby daemon/builder/remotecontext, `openAt` in detect.go.
            None | Some("Dockerfile") => vec!["Dockerfile".to_owned(), "dockerfile".to_owned()],
            // A path in the context, also where it begins with a slash.
            Some(name) => vec![links::cleaned(format!("/{name}").as_bytes())[1..].to_owned()],
        };
        Self { names, judge: None, was_seen: false }
    }
}

impl Inspection {
    /// Gives it what judges Dockerfiles; without that, a policy that asks for it refuses builds.
    #[must_use]
    pub fn judging_dockerfiles(mut self, judge: Option<&DockerfileJudge>) -> Self {
        if let Some(wanted) = &mut self.dockerfile {
            wanted.judge = judge.cloned();
        }
        self
    }

    /// The archive has ended.
    ///
    /// # Errors
    /// When something is missing that had to be seen.
    pub fn finish(&mut self) -> Result<(), ArchiveRefused> {
        let name = match &self.dockerfile {
            Some(wanted) if !wanted.was_seen => clean(&wanted.names[0]),
            _ => return Ok(()),
        };
        self.hit_named(FINDING, &name, |_| false, |name| format!("the context has no file {name}"))
    }

    /// Whether an entry is the Dockerfile, and a file.
    pub(super) fn is_dockerfile(&mut self, entry: &ArchiveEntry) -> Result<bool, ArchiveRefused> {
        let Some(wanted) = &mut self.dockerfile else { return Ok(false) };
        let path = links::cleaned(&entry.name);
        if !wanted.names.contains(&path) {
            return Ok(false);
        }
        wanted.was_seen = true;
        if entry.kind == EntryKind::File {
            return Ok(true);
        }
        // What it leads to is not read here.
        self.hit(FINDING, entry, |_| false, |name| format!("{name} is no file"))?;
        Ok(false)
    }

    /// The text of a Dockerfile has come.
    pub(super) fn dockerfile(&mut self, entry: &ArchiveEntry, content: &[u8]) -> Result<(), ArchiveRefused> {
        let name = clean(&String::from_utf8_lossy(&entry.name));
        let judge = self.dockerfile.as_ref().and_then(|wanted| wanted.judge.clone());
        let Some(DockerfileJudge(judge)) = judge else {
            return self.hit_named(FINDING, &name, |_| false, |name| format!("nothing here judges {name}"));
        };
        let Some(armed) = self.rules.iter().find(|armed| armed.rule == FINDING) else { return Ok(()) };
        let least = armed.severity_min.unwrap_or(Severity::Low);
        let counts = |finding: &DockerfileFinding| {
            finding.severity >= least && !fits_any(&armed.allowed, &finding.rule)
        };
        let mut found: Vec<DockerfileFinding> =
            judge(&String::from_utf8_lossy(content)).into_iter().filter(counts).collect();
        found.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.line));
        let Some(worst) = found.first() else { return Ok(()) };
        let told = |finding: &DockerfileFinding| {
            let DockerfileFinding { rule, line, title, .. } = finding;
            format!("{name}:{line}: {} ({})", clean(title), clean(rule))
        };
        if armed.mode == Mode::Deny {
            let more = found.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
            let message = armed.message.clone().unwrap_or_else(|| format!("{}{more}", told(worst)));
            return Err(ArchiveRefused { rule: FINDING, status: 403, message });
        }
        let hits = found.iter().take(FINDINGS_MAX).map(|finding| Matched {
            rule: FINDING.to_owned(),
            mode: armed.mode,
            severity: finding.severity,
            message: armed.message.clone().unwrap_or_else(|| told(finding)),
            field: name.clone(),
            evidence: Vec::new(),
            waived: armed.waived.clone(),
        });
        self.hits.extend(hits.collect::<Vec<_>>());
        Ok(())
    }
}
