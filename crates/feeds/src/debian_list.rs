//! `DSA.list` and `DLA.list` of the Debian security tracker (salsa.debian.org/security-tracker-team,
//! `doc/security-team.d.o/security_tracker`, "The DSA and DLA lists").

use crate::FeedLimits;
use crate::bounded::Metered;
use crate::ids::{cve_in, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::platform::debian;
use advisories::{Advisory, Affected, Range};
use model::Status;
use std::io::{BufRead, Read};

/// Reads a list of advisories: a header line, a line of ids in braces, a line for each release, further lines.
///
/// It adds the names of the advisories to what the tracker's JSON says; advisories that name no vulnerability
/// (regression updates) are left out.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut out = Imported::default();
    let (mut reader, budget) = Metered::new(input, limits.record_bytes_max.min(1 << 20));
    let mut current: Option<Advisory> = None;
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        budget.renew();
        number += 1;
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                out.problem(limits, file, Some(number), format!("unreadable: {error}"));
                break;
            }
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if text.trim().is_empty() {
            continue;
        }
        if !text.starts_with([' ', '\t']) {
            finish(current.take(), &mut out, sink);
            out.counts.records += 1;
            if out.counts.records > limits.records_max {
                out.problem(limits, file, Some(number), "more records than the limit");
                return out;
            }
            current = header(text);
            if current.is_none() {
                out.problem(limits, file, Some(number), format!("not an advisory: {text}"));
            }
        } else if let Some(advisory) = &mut current
            && advisory.affected.len() < limits.rows_per_record_max
            && let Err(detail) = detail_line(text.trim(), advisory, &mut out)
        {
            out.problem(limits, file, Some(number), detail);
        }
    }
    finish(current, &mut out, sink);
    out
}

fn finish(advisory: Option<Advisory>, out: &mut Imported, sink: &mut dyn FnMut(Advisory)) {
    let Some(advisory) = advisory else { return };
    if advisory.vulnerabilities.is_empty() {
        out.counts.not_security += 1;
    } else if !advisory.affected.is_empty() {
        out.counts.advisories += 1;
        out.counts.rows += advisory.affected.len() as u64;
        sink(advisory);
    }
}

/// `[29 Mar 2023] DSA-5380-1 xorg-server - security update`.
fn header(text: &str) -> Option<Advisory> {
    let (date, rest) = text.strip_prefix('[')?.split_once(']')?;
    let (id, title) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    if !is_id(id) {
        return None;
    }
    Some(Advisory {
        id: id.to_owned(),
        summary: one_line(title),
        published: iso_date(date).unwrap_or_default(),
        references: vec![format!("https://security-tracker.debian.org/tracker/{id}")],
        source: "debian-security".to_owned(),
        ..Advisory::default()
    })
}

/// `29 Mar 2023` is `2023-03-29`.
fn iso_date(text: &str) -> Option<String> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split_whitespace();
    let day: u8 = words.next()?.parse().ok()?;
    let month = words.next()?.get(..3)?;
    let month = MONTHS.find(month).filter(|at| at % 3 == 0)? / 3 + 1;
    let year: u16 = words.next()?.parse().ok()?;
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

fn detail_line(text: &str, advisory: &mut Advisory, out: &mut Imported) -> Result<(), String> {
    if let Some(ids) = text.strip_prefix('{') {
        for id in ids.trim_end_matches('}').split_whitespace() {
            if let Some(cve) = cve_in(id) {
                push_new(&mut advisory.vulnerabilities, "", &cve);
            } else if is_id(id) {
                push_new(&mut advisory.aliases, &advisory.id, id);
            } else {
                return Err(format!("'{id}' is not an id"));
            }
        }
        return Ok(());
    }
    let Some(rest) = text.strip_prefix('[') else {
        // NOTE:, NOT-FOR-US: and such are for people.
        return if text.contains(':') { Ok(()) } else { Err(format!("not understood: {text}")) };
    };
    let not_understood = || format!("not understood: {text}");
    let (codename, rest) = rest.split_once(']').ok_or_else(not_understood)?;
    let mut words = rest.trim().trim_start_matches("- ").split_whitespace();
    let (package, version) =
        (words.next().ok_or_else(not_understood)?, words.next().ok_or_else(not_understood)?);
    let Some(platform) = debian(codename) else {
        out.unsupported(&format!("debian {codename}"));
        return Ok(());
    };
    let (status, ranges) = match version {
        "<not-affected>" => (Status::NotAffected, Vec::new()),
        "<unfixed>" => (Status::Affected, Vec::new()),
        "<end-of-life>" => (Status::EndOfLife, Vec::new()),
        "<ignored>" => (Status::WillNotFix, Vec::new()),
        "<postponed>" => (Status::Deferred, Vec::new()),
        "<undetermined>" => {
            out.counts.undetermined += 1;
            return Ok(());
        }
        _ if version.starts_with('<') => return Err(not_understood()),
        _ => (Status::Fixed, vec![Range { fixed: version.to_owned(), ..Range::default() }]),
    };
    advisory.affected.push(Affected {
        shard: platform.shard,
        ecosystem: platform.ecosystem,
        package: package.to_owned(),
        is_source: true,
        status,
        ranges,
        versions: Vec::new(),
        module: String::new(),
        arches: Vec::new(),
        channel: platform.channel,
        rating: None,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_gives_rows_for_each_release_and_vulnerability() {
        let text = "[29 Mar 2023] DSA-1-1 foo - security update\n\t{CVE-2023-1 CVE-2023-2}\n\t[bullseye] - foo 1:2-3\n\
            \t[buster] - foo <not-affected>\n\tNOTE: hello\n\
            [17 Mar 2023] DSA-2-2 bar - regression update\n\t[bullseye] - bar 1\n\
            nonsense\n\t[bullseye] - lost 1\n\
            [1 Xxx 2023] DLA-3-1 baz\n\t{CVE-2023-3}\n\t[stretch] baz 7\n\t[stretch]\n";
        let mut all = Vec::new();
        let out = import(&mut text.as_bytes(), "DSA.list", &FeedLimits::default(), &mut |a| all.push(a));
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].vulnerabilities, ["CVE-2023-1", "CVE-2023-2"]);
        assert_eq!((all[0].published.as_str(), all[0].affected.len()), ("2023-03-29", 2));
        assert_eq!(all[0].affected[0].ranges[0].fixed, "1:2-3");
        assert_eq!(all[0].affected[1].status, Status::NotAffected);
        assert_eq!((all[1].published.as_str(), all[1].affected[0].package.as_str()), ("", "baz"));
        assert_eq!(out.counts.not_security, 1);
        let lines: Vec<_> = out.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(8), Some(13)]);
    }
}
