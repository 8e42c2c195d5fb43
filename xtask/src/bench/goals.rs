//! The speed that Seawall promises, against what was measured.

use super::report::Report;
use super::{cases, table};

pub(crate) struct Goal {
    pub(crate) what: String,
    pub(crate) limit: Limit,
    pub(crate) unit: &'static str,
    pub(crate) measured: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn is_kept(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn print(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {most}"),
            Self::AtLeast(least) => format!("≥ {least}"),
        }
    }
}

/// One row a goal; empty when none was measured.
pub(crate) fn table(goals: &[Goal]) -> String {
    if goals.iter().all(|goal| goal.measured.is_none()) {
        return String::new();
    }
    let rows: Vec<Vec<String>> = goals
        .iter()
        .map(|goal| {
            let (measured, verdict) = match goal.measured {
                None => ("not measured".to_owned(), "unknown"),
                Some(value) => (
                    format!("{value:.3} {}", goal.unit),
                    if goal.limit.is_kept(value) { "met" } else { "**missed**" },
                ),
            };
            vec![
                goal.what.clone(),
                format!("{} {}", goal.limit.print(), goal.unit),
                measured,
                verdict.to_owned(),
            ]
        })
        .collect();
    table::markdown(&["goal", "limit", "median", ""], &rows)
}

pub(crate) fn of_every_form(report: &Report) -> Vec<Goal> {
    let wall = |name: &str| report.medians(name).map(|(wall, _, _)| wall);
    let ratio = |name: &str, floor: &str| Some(wall(name)? / wall(floor)?);
    let peak =
        [cases::DOCKER_COLD, cases::DOCKER_STREAMED, cases::GZIP, cases::ZSTD, cases::ARCHIVE, cases::ROOTFS]
            .into_iter()
            .filter_map(|name| report.medians(name).map(|(_, _, peak)| peak))
            .max_by(f64::total_cmp);
    let estimate = |start: &str| {
        let found = report.database.iter().find(|estimate| estimate.name.starts_with(start));
        found.map(|estimate| estimate.median_secs * 1e3)
    };
    let million = report.million_files.as_ref();
    let at_once = report.at_once.as_ref();
    let goal = |what: &str, most, unit, measured| Goal {
        what: what.to_owned(),
        limit: Limit::AtMost(most),
        unit,
        measured,
    };
    vec![
        goal("local Docker image, cold", 0.3, "s", wall(cases::DOCKER_COLD)),
        goal("local Docker image, layer cache warm", 0.05, "s", wall(cases::DOCKER_WARM)),
        goal("gzip OCI layout, times its floor", 1.3, "times", ratio(cases::GZIP, report.gzip_floor())),
        goal("zstd OCI layout, times its floor", 1.3, "times", ratio(cases::ZSTD, cases::ZSTD_FLOOR)),
        goal("peak memory of any form", 80.0, "MiB", peak),
        goal("one million files", 10.0, "s", million.and_then(|one| Some(one.wall_secs()?.median))),
        goal(
            "one million files, peak memory",
            150.0,
            "MiB",
            million.and_then(|one| Some(one.peak_megabytes()?.median)),
        ),
        goal(
            "16 scans at once, times their CPU time divided by the cores",
            1.3,
            "times",
            at_once.map(|all| all.total_secs.median / all.floor_secs.median),
        ),
        goal("database open", 1.0, "ms", estimate("open 40")),
        goal("matching 1,000 packages", 5.0, "ms", estimate("match")),
    ]
}
