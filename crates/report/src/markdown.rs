//! GitHub-flavoured Markdown (GFM 0.29), fit for a comment on a change.

use crate::{
    Details, Options,
    group::{self, Group, Row},
    summary::{self, Summary},
    text::{count, grouped, link, neutral},
};
use model::{Finding, Report, Severity};
use std::io::{self, Write};

/// GitHub refuses comments longer than 65,536 characters; the rest of the page needs some of them.
const ROWS_BYTES_MAX: usize = 48_000;
/// Characters of a title in a row.
const TITLE_LENGTH_MAX: usize = 160;

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let target = format!("{}:{}", report.target.kind.as_str(), report.target.name);
    writeln!(out, "## {}\n", escape(&target))?;
    let facts: Vec<String> = summary::target_facts(report).iter().map(|fact| escape(fact)).collect();
    writeln!(out, "{}\n", facts.join(" · "))?;
    counts(report, out)?;
    let bytes_max = if options.details == Details::Full { usize::MAX } else { ROWS_BYTES_MAX };
    crate::outcomes::write_markdown(report, options, escape, out)?;
    findings(report, bytes_max, out)?;
    if options.details == Details::Full {
        layers(report, out)?;
    }
    gaps(report, options, out)?;
    suppressed(report, options, out)?;
    advisories(report, out)?;
    writeln!(
        out,
        "<sub>{} {} · {}</sub>",
        escape(&report.tool.name),
        escape(&report.tool.version),
        escape(&options.timestamp)
    )
}

/// Text on one line that Markdown shows as it is: every character that could begin markup (GFM, sections 6.1
/// to 6.13), HTML, a table cell, a mention or a reference is escaped.
pub(crate) fn escape(text: &str) -> String {
    let text = neutral(text);
    let mut safe = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // Mentions and references are made from the rendered text, where an entity no longer helps but a
            // comment still parts the sign from the name.
            '@' | '#' => {
                safe.push(c);
                safe.push_str("<!-- -->");
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '!' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            '-' | '+' | '=' if at == 0 => {
                safe.push('\\');
                safe.push(c);
            }
            // Bare addresses become links (GFM, section 6.9); only ours shall.
            ':' if text[at..].starts_with("://") => safe.push_str("&#58;"),
            c => safe.push(c),
        }
    }
    safe
}

fn counts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let summary = Summary::of(report);
    if summary.by_severity.is_empty() {
        let gaps = count(report.gaps.len(), "gap");
        let line = if report.gaps.is_empty() {
            "**No findings.**".to_owned()
        } else {
            format!("**No findings, but {gaps}: not known to be clean.**")
        };
        return writeln!(out, "{line}\n");
    }
    let heads: Vec<&str> = summary.by_severity.iter().map(|(severity, _)| severity.as_str()).collect();
    let numbers: Vec<String> =
        summary.by_severity.iter().map(|(_, number)| grouped(*number as u64)).collect();
    writeln!(out, "| {} | fixable | known exploited | gaps |", heads.join(" | "))?;
    writeln!(out, "|{}", "---:|".repeat(heads.len() + 3))?;
    let fixed =
        [summary.fixable, summary.known_exploited, report.gaps.len()].map(|number| grouped(number as u64));
    writeln!(out, "| {} | {} |\n", numbers.join(" | "), fixed.join(" | "))
}

fn findings(report: &Report, bytes_max: usize, out: &mut dyn Write) -> io::Result<()> {
    let (groups, others) = group::group(report);
    let mut rows = Vec::new();
    for severity in Severity::ALL {
        rows.extend(
            others.iter().filter(|finding| finding.severity == severity).map(|finding| (1, other(finding))),
        );
        for group in groups.iter().filter(|group| group.severity() == severity) {
            rows.extend(group.rows.iter().map(|row| (row.findings, vulnerability(group, row))));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "| Severity | Finding | Package | Installed | Fixed in | Layer | |\n|---|---|---|---|---|---|---|"
    )?;
    let mut bytes = 0;
    let mut left = 0;
    for (findings, row) in &rows {
        bytes += row.len() + 1;
        if bytes > bytes_max {
            left += findings;
        } else {
            writeln!(out, "{row}")?;
        }
    }
    if left > 0 {
        writeln!(
            out,
            "\n**{} more, less severe, are not listed here**: the JSON and HTML reports have them all.",
            count(left, "finding")
        )?;
    }
    writeln!(out)
}

fn vulnerability(group: &Group<'_>, row: &Row<'_>) -> String {
    let finding = row.finding;
    let mut marks = String::new();
    if let Some(v) = &finding.vulnerability {
        if v.known_exploited.is_some() {
            marks.push_str("**known exploited** ");
        }
        if let Some(seen) = &v.in_use {
            marks.push_str(&format!("**{}** ", seen.state.words()));
        }
        if let Some(epss) = v.epss {
            marks.push_str(&format!("EPSS {} ", summary::percent(epss.score)));
        }
    }
    let mut packages: Vec<String> = row.packages.iter().take(4).map(|name| escape(name)).collect();
    if row.packages.len() > 4 {
        packages.push(format!("{} more", row.packages.len() - 4));
    }
    format!(
        "| {} | {} | {} | {} | {} | {} | {marks}{} |",
        finding.severity,
        linked(finding),
        packages.join(", "),
        escape(group.version),
        escape(&summary::fix(finding)),
        layer(finding),
        escape(&shortened(summary::words(finding))),
    )
}

fn other(finding: &Finding) -> String {
    let place = escape(&summary::place(&finding.location));
    let title = escape(&shortened(&finding.title));
    format!("| {} | {} | {place} | | | {} | {title} |", finding.severity, linked(finding), layer(finding))
}

fn linked(finding: &Finding) -> String {
    match finding.references.iter().find_map(|text| link(text)) {
        // Parentheses would end the address (GFM, section 6.6, "link destination").
        Some(url) => format!("[{}](<{url}>)", escape(&finding.rule)),
        None => escape(&finding.rule),
    }
}

fn layer(finding: &Finding) -> String {
    finding.location.layer.as_ref().map_or(String::new(), |layer| {
        let base = if layer.is_base == Some(true) { " base" } else { "" };
        format!("{}{base}", layer.index)
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TITLE_LENGTH_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn layers(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.layers.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Layers\n\n| | Digest | Base | Instruction |\n|---:|---|---|---|")?;
    for layer in &report.layers {
        let digest = layer.digest.as_ref().or(layer.diff_id.as_ref()).map_or("", |digest| digest.short());
        let base = layer.is_base.map_or("", |is_base| if is_base { "base" } else { "" });
        let instruction = layer.instruction.as_deref().unwrap_or("");
        writeln!(out, "| {} | {digest} | {base} | {} |", layer.index, escape(&shortened(instruction)))?;
    }
    writeln!(out)
}

fn gaps(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if report.gaps.is_empty() {
        return Ok(());
    }
    let title = format!("Not looked at: {}", count(report.gaps.len(), "gap"));
    writeln!(out, "<details><summary><b>{title}</b></summary>\n")?;
    let listed_max = if options.details == Details::Full { usize::MAX } else { 40 };
    for gap in report.gaps.iter().take(listed_max) {
        writeln!(
            out,
            "- {}: {} ({})",
            summary::gap_words(gap.reason),
            escape(&gap.what),
            escape(&gap.detail)
        )?;
    }
    if report.gaps.len() > listed_max {
        writeln!(out, "- and {} more", grouped((report.gaps.len() - listed_max) as u64))?;
    }
    writeln!(out, "\n</details>\n")
}

fn suppressed(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if report.suppressed.is_empty() {
        return Ok(());
    }
    let by: Vec<String> = Summary::of(report)
        .suppressed
        .iter()
        .map(|(by, number)| format!("{number} by {}", escape(by)))
        .collect();
    writeln!(out, "Suppressed: {} ({})\n", count(report.suppressed.len(), "finding"), by.join(", "))?;
    if options.details == Details::Full {
        for item in &report.suppressed {
            let package = item.finding.vulnerability.as_ref().map_or("", |v| v.package.as_str());
            writeln!(
                out,
                "- {} {}: {} ({})",
                escape(&item.finding.rule),
                escape(package),
                escape(&item.reason),
                escape(&item.by)
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn advisories(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.advisories.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary>Advisories used</summary>\n\n| Shard | Advisories | Date | Origin | Packages |\n|---|---:|---|---|---:|"
    )?;
    for shard in &report.advisories {
        let whole = if shard.is_complete || shard.advisories == 0 { "" } else { " (incomplete)" };
        writeln!(
            out,
            "| {} | {}{whole} | {} | {} | {} |",
            escape(&shard.shard),
            grouped(shard.advisories),
            escape(shard.date.as_deref().unwrap_or("none at hand")),
            escape(&shard.origin),
            grouped(shard.packages)
        )?;
    }
    writeln!(out, "\n</details>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(report: &Report, details: Details) -> String {
        let mut out = Vec::new();
        write(report, &Options { details, ..Options::default() }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_from_the_image_becomes_markup() {
        let text = written(&crate::sample::rich(), Details::Full);
        for bad in ["<script", "<img", "\u{1b}", "\u{202e}", "javascript:alert(1))", "`x`"] {
            assert!(!text.contains(bad), "{bad:?}");
        }
        let rows = text.lines().filter(|line| line.contains("CVE-2026-0666"));
        for row in rows {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 8, "{row}");
        }
    }

    #[test]
    fn mentions_references_and_bare_addresses_are_dead() {
        let safe = escape("@admin #12 https://evil.example _x_ **b**");
        for bad in ["@a", "#1", "://", " **", " _"] {
            assert!(!safe.contains(bad), "{bad} in {safe}");
        }
    }

    #[test]
    fn a_comment_stays_below_the_limit_and_says_what_it_leaves_out() {
        let text = written(&crate::sample::large(5_000), Details::Short);
        assert!(text.len() < 65_536, "{}", text.len());
        assert!(text.contains("more, less severe, are not listed here"));
        let all = written(&crate::sample::large(5_000), Details::Full);
        assert!(!all.contains("not listed here"));
    }
}
