//! What checks answered, by aspect: the part of a report that an audit has and a scan has not.

use crate::{
    Details, Options,
    text::{neutral, pad, width},
};
use model::{Outcome, OutcomeState, Report};
use std::io::{self, Write};

/// Aspects in the order in which they are shown; rules without one come last.
const ORDER: [&str; 8] = ["kernel", "host", "network", "image", "container", "cluster", "other", ""];
const STATES: [OutcomeState; 5] = [
    OutcomeState::Passed,
    OutcomeState::Failed,
    OutcomeState::Unknown,
    OutcomeState::Manual,
    OutcomeState::NotApplicable,
];

/// An aspect with its outcomes.
pub(crate) struct Section<'r> {
    pub(crate) name: &'static str,
    pub(crate) outcomes: Vec<&'r Outcome>,
}

/// The outcomes by aspect; empty aspects are left out.
pub(crate) fn sections<'r>(report: &'r Report, options: &Options) -> Vec<Section<'r>> {
    ORDER
        .into_iter()
        .map(|name| Section {
            name: if name.is_empty() { "rules of users" } else { name },
            outcomes: report
                .outcomes
                .iter()
                .filter(|outcome| options.aspect(&outcome.rule) == name)
                .collect(),
        })
        .filter(|section| !section.outcomes.is_empty())
        .collect()
}

impl Section<'_> {
    pub(crate) fn counts(&self) -> [usize; 5] {
        STATES.map(|state| self.outcomes.iter().filter(|outcome| outcome.state == state).count())
    }
}

/// Writes the table's section.
pub(crate) fn write_text(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let sections = sections(report, options);
    if sections.is_empty() {
        return Ok(());
    }
    writeln!(out, "Checks             passed   failed  unknown   manual  not applicable")?;
    for section in &sections {
        let [passed, failed, unknown, manual, none] = section.counts();
        writeln!(out, "  {:<14} {passed:>8} {failed:>8} {unknown:>8} {manual:>8} {none:>15}", section.name)?;
    }
    if options.details == Details::Full {
        for section in &sections {
            writeln!(out, "\n{}", section.name)?;
            for outcome in &section.outcomes {
                writeln!(out, "{}", line(outcome, options.width))?;
            }
        }
    }
    writeln!(out)
}

fn line(outcome: &Outcome, columns: Option<usize>) -> String {
    let rule = neutral(&outcome.rule);
    let text = format!(
        "  {} {}  {}: {}",
        pad(outcome.state.as_str(), 14),
        pad(&rule, 34.max(width(&rule))),
        neutral(&outcome.object),
        neutral(&outcome.detail)
    );
    columns.map_or_else(|| text.clone(), |columns| crate::text::cut(&text, columns).into_owned())
}

/// Writes the section of the Markdown page; `escape` is that page's.
pub(crate) fn write_markdown(
    report: &Report,
    options: &Options,
    escape: fn(&str) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sections = sections(report, options);
    if sections.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "| Checks | passed | failed | unknown | manual | not applicable |\n|---|---:|---:|---:|---:|---:|"
    )?;
    for section in &sections {
        let counts = section.counts().map(|count| count.to_string());
        writeln!(out, "| {} | {} |", escape(section.name), counts.join(" | "))?;
    }
    writeln!(out)?;
    if options.details == Details::Full {
        writeln!(out, "| State | Rule | Object | Seen | Also known as |\n|---|---|---|---|---|")?;
        for outcome in sections.iter().flat_map(|section| &section.outcomes) {
            let cells = [
                outcome.state.as_str(),
                &outcome.rule,
                &outcome.object,
                &outcome.detail,
                &outcome.aliases.join(" "),
            ]
            .map(escape);
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes the section of the page; `escape` is that page's. It needs no script.
pub(crate) fn write_html(
    report: &Report,
    options: &Options,
    escape: fn(&str) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sections = sections(report, options);
    if sections.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"checks\"><h2>Checks</h2><div class=\"card\">")?;
    for section in &sections {
        let counts = section.counts();
        writeln!(
            out,
            "<details><summary><b>{}</b>{}<span>{}</span></summary>",
            escape(section.name),
            bar(counts),
            words(counts)
        )?;
        writeln!(
            out,
            "<div class=\"scroll\"><table><thead><tr><th>State</th><th>Rule</th><th>Object</th><th>Seen</th><th>Also known as</th></tr></thead><tbody>"
        )?;
        for outcome in &section.outcomes {
            let cells = [
                outcome.state.as_str(),
                &outcome.rule,
                &outcome.object,
                &outcome.detail,
                &outcome.aliases.join(" "),
            ]
            .map(|cell| format!("<td>{}</td>", escape(cell)));
            writeln!(out, "<tr>{}</tr>", cells.concat())?;
        }
        writeln!(out, "</tbody></table></div></details>")?;
    }
    writeln!(out, "</div></section>")
}

/// The classes of the states in a bar, in their order.
const CLASSES: [&str; 5] = ["good", "s0", "s2", "s3", "none"];

/// Shares of the states, drawn; the page allows no style attributes, so it is a picture.
fn bar(counts: [usize; 5]) -> String {
    let total = counts.iter().sum::<usize>().max(1);
    let mut parts = String::new();
    let mut before = 0;
    for (count, class) in counts.into_iter().zip(CLASSES).filter(|(count, _)| *count > 0) {
        // Thousandths of the width.
        let (start, end) = (before * 1_000 / total, (before + count) * 1_000 / total);
        parts.push_str(&format!(
            "<rect class=\"{class}\" x=\"{start}\" width=\"{}\" height=\"8\"/>",
            end - start
        ));
        before += count;
    }
    format!("<svg viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{parts}</svg>")
}

/// What there is of each state, such as `39 passed, 19 unknown`.
fn words(counts: [usize; 5]) -> String {
    let some = counts.into_iter().zip(STATES).filter(|(count, _)| *count > 0);
    some.map(|(count, state)| format!("{count} {}", state.as_str().replace('-', " ")))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Outcomes that are no findings, as test cases: state, class, name, message.
pub(crate) fn test_cases(report: &Report) -> Vec<(OutcomeState, String, String, String)> {
    report
        .outcomes
        .iter()
        .filter(|outcome| outcome.state != OutcomeState::Failed)
        .map(|o| (o.state, o.rule.clone(), o.object.clone(), o.detail.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audited() -> (Report, Options) {
        let outcome = |rule: &str, state, detail: &str| Outcome {
            rule: rule.to_owned(),
            object: format!("container {}", crate::sample::HOSTILE),
            state,
            detail: detail.to_owned(),
            aliases: vec!["CIS-Docker-5.4".to_owned()],
        };
        let mut report = crate::sample::empty();
        report.outcomes = vec![
            outcome("audit/a", OutcomeState::Passed, "fine"),
            outcome("audit/a", OutcomeState::Unknown, crate::sample::HOSTILE),
            outcome("site/own", OutcomeState::Failed, "wrong"),
        ];
        let options =
            Options { aspects: vec![("audit/a", "kernel")], details: Details::Full, ..Options::default() };
        (report, options)
    }

    #[test]
    fn every_outcome_is_counted_by_its_aspect_and_listed_on_request() {
        let (report, options) = audited();
        let mut out = Vec::new();
        write_text(&report, &options, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("  kernel                1        0        1        0               0"),
            "{text}"
        );
        assert!(text.contains("rules of users"), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }

    #[test]
    fn hostile_names_stay_text_in_every_format() {
        let (report, options) = audited();
        for format in
            [crate::Format::Table, crate::Format::Markdown, crate::Format::Html, crate::Format::Junit]
        {
            let mut out = Vec::new();
            crate::write(format, &report, &options, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{format}");
            assert!(format == crate::Format::Table || !text.contains("<img src=x"), "{format}");
        }
    }
}
