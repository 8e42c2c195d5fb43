//! The overview as GitHub-flavoured Markdown.

use super::{ImageSummary, Overview};
use crate::markdown::escape;
use crate::text::count;
use model::{Digest, Severity};
use std::io::{self, Write};

pub(super) fn write(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}\n", escape(&overview.target))?;
    let totals: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| overview.count(*severity) > 0)
        .map(|severity| format!("{} {severity}", overview.count(severity)))
        .collect();
    let found = if totals.is_empty() { "no findings".to_owned() } else { totals.join(", ") };
    let failed = overview.failures.len();
    let not_scanned = if failed == 0 { String::new() } else { format!(", **{failed} not scanned**") };
    writeln!(out, "{}{not_scanned}: {found}\n", count(overview.images.len(), "image"))?;
    if !overview.failures.is_empty() {
        writeln!(out, "### Not scanned\n\n| Image | Reason |\n|---|---|")?;
        for failure in &overview.failures {
            writeln!(
                out,
                "| {} | {} |",
                names(&failure.names, failure.digest.as_ref()),
                escape(&failure.reason)
            )?;
        }
        writeln!(out)?;
    }
    if !overview.images.is_empty() {
        writeln!(
            out,
            "### Images\n\n| Image | Found | Kinds | Worst | Gaps | Report |\n|---|---|---|---|--:|---|"
        )?;
        for image in &overview.images {
            row(image, out)?;
        }
        writeln!(out)?;
    }
    if !overview.skipped.is_empty() {
        writeln!(
            out,
            "<details><summary>{} with nothing to scan</summary>\n",
            count(overview.skipped.len(), "name")
        )?;
        for skipped in &overview.skipped {
            writeln!(out, "- {}: {}", escape(&skipped.name), escape(&skipped.reason))?;
        }
        writeln!(out, "\n</details>\n")?;
    }
    writeln!(
        out,
        "<sub>{} {} · {}</sub>",
        escape(&overview.tool.name),
        escape(&overview.tool.version),
        escape(&overview.timestamp)
    )
}

fn row(image: &ImageSummary, out: &mut dyn Write) -> io::Result<()> {
    let found: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| image.count(*severity) > 0)
        .map(|severity| format!("{} {severity}", image.count(severity)))
        .collect();
    let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
    let decision = image.decision.as_deref().map_or(String::new(), |words| format!("<br>{}", escape(words)));
    let kinds: Vec<String> =
        image.kinds.iter().map(|(kind, number)| format!("{number} {}", escape(kind))).collect();
    let worst: Vec<String> = image
        .worst
        .iter()
        .take(3)
        .map(|finding| format!("{} {}", escape(&finding.id), escape(&finding.place)))
        .collect();
    let links: Vec<String> =
        image.reports.iter().map(|file| format!("[{}]({})", file.format, file.path)).collect();
    writeln!(
        out,
        "| {} | {found}{decision} | {} | {} | {} | {} |",
        names(&image.names, Some(&image.digest)),
        kinds.join(", "),
        worst.join("<br>"),
        image.gaps,
        links.join(" ")
    )
}

fn names(names: &[String], digest: Option<&Digest>) -> String {
    let mut lines: Vec<String> = names.iter().map(|name| escape(name)).collect();
    lines.extend(digest.map(|digest| format!("{}:{}", digest.algorithm(), digest.short())));
    lines.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::super::{OverviewFormat, tests::written};

    #[test]
    fn hostile_text_stays_text_in_its_cell() {
        let page = written(OverviewFormat::Markdown);
        for bad in ["<img", "<script", "\u{1b}", "\u{202e}", "\u{0}"] {
            assert!(!page.contains(bad), "{bad:?}");
        }
        let row = page.lines().find(|line| line.contains("[json](reports/a.json)")).unwrap();
        assert_eq!(row.replace("\\|", "").matches('|').count(), 7, "{row}");
    }
}
