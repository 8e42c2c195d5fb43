//! Judges Dockerfiles of builds that pass the guard, as `seawall lint` does.

use control::{DockerfileFinding, DockerfileJudge};
use lint::{Config, Surroundings};

pub(super) fn judge() -> DockerfileJudge {
    DockerfileJudge::new(|text| {
        let linted = lint::lint("Dockerfile", text, &Surroundings::default(), &Config::default());
        // Whoever sends a Dockerfile does not say which rules hold for it.
        let all = linted.findings.into_iter().chain(linted.suppressed.into_iter().map(|taken| taken.finding));
        all.map(|finding| DockerfileFinding {
            line: finding.location.source.as_ref().map_or(0, |span| span.line),
            rule: finding.rule,
            severity: finding.severity,
            title: finding.title,
        })
        .collect()
    })
}
