//! A report, marked with what was seen to be used.

use crate::package_files::places;
use crate::{ImageUse, PackageFiles, UsedFile};
use model::{Gap, GapReason, InUse, Report, UseState};

/// Files that are named of a package.
const FILES_SHOWN: usize = 5;

/// Marks packages and their findings, and puts those in use first.
pub fn mark(report: &mut Report, files: &PackageFiles, seen: &ImageUse) {
    let mut used: Vec<Vec<(&str, &UsedFile)>> = vec![Vec::new(); report.packages.len()];
    for (path, file) in &seen.files {
        for at in files.owners(path) {
            if let Some(used) = used.get_mut(at) {
                used.push((path, file));
            }
        }
    }
    let doubt = doubt(seen);
    let not_seen = format!("nothing of it was seen to be executed, mapped or loaded in {}", watched(seen));
    let marks =
        used.iter().zip(0u32..).map(|(used, at)| match (used.as_slice(), files.unknowable.get(&at)) {
            ([], Some(why)) => of(UseState::Unknown, why),
            ([], None) => match &doubt {
                Some(doubt) => of(UseState::Unknown, doubt),
                None => of(UseState::NotSeen, &not_seen),
            },
            (used, _) => in_use(used),
        });
    let marks: Vec<InUse> = marks.collect();
    if let Some(doubt) = &doubt {
        report.gaps.push(Gap::new("record of use", GapReason::Truncated, doubt.clone()));
    }
    apply(report, &marks);
}

/// Marks everything as not known, for an image that there is no record of.
pub fn mark_unknown(report: &mut Report, why: &str) {
    let marks = vec![of(UseState::Unknown, why); report.packages.len()];
    report.gaps.push(Gap::new(
        "record of use",
        GapReason::Unreadable,
        format!("{why}: nothing is known of what is in use"),
    ));
    apply(report, &marks);
}

fn apply(report: &mut Report, marks: &[InUse]) {
    let places = places(&report.packages);
    let mark_of = |finding: &model::Finding| {
        let vulnerability = finding.vulnerability.as_ref()?;
        let place = finding.location.path.as_ref().map_or("", model::LayerPath::as_str);
        let key = (vulnerability.package.as_str(), vulnerability.installed_version.as_str(), place);
        // Of several packages of one name and version, such as of two architectures, one in use is enough.
        places.get(&key)?.iter().map(|at| &marks[*at]).min_by_key(|mark| mark.state).cloned().map(Box::new)
    };
    let of_findings: Vec<_> = report.findings.iter().map(mark_of).collect();
    let of_suppressed: Vec<_> = report.suppressed.iter().map(|item| mark_of(&item.finding)).collect();
    let findings = report.findings.iter_mut().zip(of_findings);
    let suppressed = report.suppressed.iter_mut().map(|item| &mut item.finding).zip(of_suppressed);
    for (finding, mark) in findings.chain(suppressed) {
        if let Some(vulnerability) = &mut finding.vulnerability {
            vulnerability.in_use = mark;
        }
    }
    for (package, mark) in report.packages.iter_mut().zip(marks) {
        package.in_use = Some(Box::new(mark.clone()));
    }
    report.sort();
}

fn of(state: UseState, detail: &str) -> InUse {
    InUse { state, detail: detail.to_owned(), ..InUse::default() }
}

fn in_use(used: &[(&str, &UsedFile)]) -> InUse {
    let sum = |of: fn(&UsedFile) -> u64| used.iter().map(|(_, file)| of(file)).fold(0, u64::saturating_add);
    let ways = [
        ("executed", sum(|file| file.executed)),
        ("mapped", sum(|file| file.mapped)),
        ("loaded", sum(|file| file.opened)),
    ];
    let ways: Vec<String> = ways
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(way, count)| format!("{way} {count} {}", if *count == 1 { "time" } else { "times" }))
        .collect();
    // What ran says more than what was loaded.
    let mut files: Vec<&(&str, &UsedFile)> = used.iter().collect();
    files.sort_by_key(|(path, file)| {
        (file.executed == 0, file.mapped == 0, std::cmp::Reverse(file.count()), *path)
    });
    let first = used.iter().map(|(_, file)| file.first).min().unwrap_or_default();
    let last = used.iter().map(|(_, file)| file.last).max().unwrap_or_default();
    InUse {
        state: UseState::InUse,
        detail: format!("{}, last {} ({})", ways.join(", "), timestamp(last), files[0].0),
        count: sum(UsedFile::count),
        first: Some(timestamp(first)),
        last: Some(timestamp(last)),
        files: files.iter().take(FILES_SHOWN).map(|(path, _)| (*path).to_owned()).collect(),
    }
}

/// Why what was not seen may have been used all the same.
fn doubt(seen: &ImageUse) -> Option<String> {
    if !seen.sees_opened {
        return Some("files that interpreters load were not watched".to_owned());
    }
    if seen.lost > 0 {
        return Some(format!("{} events of its containers were lost", seen.lost));
    }
    if seen.left_out > 0 {
        return Some(format!("{} uses of files found no room in the record", seen.left_out));
    }
    (seen.watched_secs == 0).then(|| "no container of the image was watched for a second".to_owned())
}

fn watched(seen: &ImageUse) -> String {
    let (hours, minutes) = (seen.watched_secs / 3600, seen.watched_secs / 60 % 60);
    let time = match (hours, minutes) {
        (0, 0) => format!("{} s", seen.watched_secs),
        (0, minutes) => format!("{minutes} min"),
        (hours, _) => format!("{hours} h"),
    };
    let containers = if seen.containers == 1 {
        "1 container".to_owned()
    } else {
        format!("{} containers", seen.containers)
    };
    format!("{time} of {containers} ({} to {})", timestamp(seen.from), timestamp(seen.to))
}

/// RFC 3339 of seconds since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
fn timestamp(secs: u64) -> String {
    let (days, rest) = (secs / 86_400, secs % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(timestamp(1_767_323_045), "2026-01-02T03:04:05Z");
    }
}
