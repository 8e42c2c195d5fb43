//! Scores of the Exploit Prediction Scoring System (first.org/epss/data_stats): a comment line, a header, then
//! `cve,epss,percentile`.

use crate::FeedLimits;
use crate::bounded::Metered;
use crate::ids::is_cve;
use crate::imported::Imported;
use model::Epss;
use std::io::{BufRead, Read};

/// Reads the scores; `sink` gets a CVE id and its score.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(String, Epss),
) -> Imported {
    let mut out = Imported::default();
    let (mut reader, budget) = Metered::new(input, 1 << 20);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        budget.renew();
        number += 1;
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => return out,
            Ok(_) => {}
            Err(error) => {
                out.problem(limits, file, Some(number), format!("unreadable: {error}"));
                return out;
            }
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') || text.starts_with("cve,") {
            continue;
        }
        out.counts.records += 1;
        if out.counts.records > limits.records_max {
            out.problem(limits, file, Some(number), "more records than the limit");
            return out;
        }
        match score(text) {
            Some((cve, epss)) => {
                out.counts.scores += 1;
                sink(cve, epss);
            }
            None => out.problem(limits, file, Some(number), format!("not a score: {text}")),
        }
    }
}

fn score(line: &str) -> Option<(String, Epss)> {
    let mut fields = line.split(',');
    let cve = fields.next()?.trim();
    let mut share = || fields.next()?.trim().parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share));
    let (score, percentile) = (share()?, share()?);
    is_cve(cve).then(|| (cve.to_owned(), Epss { score, percentile }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_and_bad_lines_are_reported_by_number() {
        let text = "#model_version:v2023.03.01,score_date:2024-01-01T00:00:00+0000\ncve,epss,percentile\n\
            CVE-1999-0001,0.01297,0.84420\nCVE-1999-0002,2,1\nx\nCVE-1999-0003,NaN,0\nCVE-1999-0004,1,1\n";
        let mut all = Vec::new();
        let out = import(&mut text.as_bytes(), "epss", &FeedLimits::default(), &mut |id, epss| {
            all.push((id, epss));
        });
        let ids: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["CVE-1999-0001", "CVE-1999-0004"]);
        assert!((all[0].1.percentile - 0.8442).abs() < 1e-6);
        let lines: Vec<_> = out.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(4), Some(5), Some(6)]);
    }
}
