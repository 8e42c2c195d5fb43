//! The speed and memory that are promised of the deep content scan, against what was measured.

use super::super::goals::{Goal, Limit};
use super::super::report::medians;
use super::DeepReport;
use super::cases::{self, name_on};
use super::corpus::Size;

const OURS: [&str; 12] = [
    cases::GZIP,
    cases::LAYOUT,
    cases::LAYOUT_CONTENT,
    cases::LAYOUT_PARANOID,
    cases::LAYOUT_WARM,
    cases::TREE,
    cases::TREE_SAME,
    cases::TREE_SAME_PARANOID,
    cases::MALWARE,
    cases::MALWARE_PARANOID,
    cases::SECRETS,
    cases::SECRETS_PARANOID,
];

pub(crate) fn goals(report: &DeepReport) -> Vec<Goal> {
    let mut goals = Vec::new();
    for (corpus, size) in &report.corpora {
        goals.extend(of_corpus(report, corpus, size));
    }
    let all = report.corpora.iter().flat_map(|(corpus, _)| OURS.map(|case| name_on(corpus, case)));
    let peak = all.filter_map(|name| Some(medians(&report.measured, &name)?.2)).max_by(f64::total_cmp);
    let every_pack = medians(&report.measured, cases::EVERY_PACK).map(|(_, _, peak)| peak);
    let most = |what: &str, limit, measured| Goal {
        what: what.to_owned(),
        limit: Limit::AtMost(limit),
        unit: "MiB",
        measured,
    };
    goals.push(most("peak memory of any scan of the two, with Seawall's own YARA rules", 150.0, peak));
    goals.push(most("2 GB image with every pack, peak memory", 300.0, every_pack));
    goals
}

fn of_corpus(report: &DeepReport, corpus: &str, size: &Size) -> Vec<Goal> {
    let cpu = |case: &str| medians(&report.measured, &name_on(corpus, case)).map(|(_, cpu, _)| cpu);
    let ratio = |case: &str, other: &str| Some(cpu(case)? / cpu(other)?);
    let one_after_another = || Some(cpu(cases::YARA)? + cpu(cases::CLAMSCAN)? + cpu(cases::GITLEAKS)?);
    let goal =
        |what: &str, limit, unit, measured| Goal { what: format!("{corpus}: {what}"), limit, unit, measured };
    let times = |what: &str, limit, measured| goal(what, limit, "times", measured);
    let megabytes_a_second = cpu(cases::SECRETS_PARANOID).map(|secs| size.bytes as f64 / 1e6 / secs);
    let mut goals = vec![
        times(
            "OCI layout, zstd, every engine, CPU of its floor",
            Limit::AtMost(2.0),
            ratio(cases::LAYOUT, cases::LAYER_FLOOR),
        ),
        times(
            "directory, every engine, CPU of its floor",
            Limit::AtMost(2.0),
            ratio(cases::TREE, cases::TREE_FLOOR),
        ),
        times(
            "CPU of yara, clamscan and gitleaks together, of that of every engine with the same rules",
            Limit::AtLeast(5.0),
            one_after_another().zip(cpu(cases::TREE_SAME)).map(|(theirs, ours)| theirs / ours),
        ),
        times(
            "CPU of yara-x, of that of the malware engines with the same rules",
            Limit::AtLeast(8.0),
            ratio(cases::YARA_X, cases::MALWARE),
        ),
        times(
            "CPU of yara-x, of that of every engine",
            Limit::AtLeast(8.0),
            ratio(cases::YARA_X, cases::TREE),
        ),
        times(
            "CPU of gitleaks, of that of the search for secrets with its rules and ours",
            Limit::AtLeast(5.0),
            ratio(cases::GITLEAKS, cases::SECRETS),
        ),
        times(
            "CPU of Trivy's secret scanner, of that of the search for secrets",
            Limit::AtLeast(10.0),
            ratio(cases::TRIVY, cases::SECRETS),
        ),
        goal(
            "secrets in every file (--paranoid), bytes of all files by CPU time",
            Limit::AtLeast(150.0),
            "MB/s",
            megabytes_a_second,
        ),
    ];
    if let Some(ratio) = ratio(cases::YARA_X_PACKS, cases::MALWARE_PACKS) {
        let what = "CPU of yara-x, of that of the malware engines, both with other people's packs added";
        goals.push(times(what, Limit::AtLeast(8.0), Some(ratio)));
    }
    if let Some(ratio) = ratio(cases::GZIP, cases::GZIP_FLOOR) {
        goals.push(times(
            "OCI layout, gzip, every engine, CPU of its floor",
            Limit::AtMost(2.0),
            Some(ratio),
        ));
    }
    goals
}
