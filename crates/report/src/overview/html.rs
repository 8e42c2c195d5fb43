//! The overview as one page: no script, no network, a content security policy that allows nothing but its own style.

use super::{Failure, ImageSummary, Overview};
use crate::html::{LOGO, STYLE, escape};
use crate::text::{count, grouped};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::Severity;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// What this page needs besides the style of reports.
const EXTRA_STYLE: &str = "
.links a { margin-right: 8px; } details summary { cursor: pointer; color: var(--muted); font-size: .87rem; }
td ul { margin: 4px 0 0; padding: 0; list-style: none; } td li { font-size: .87rem; overflow-wrap: anywhere; padding: 1px 0; }
h2 { font-size: 1.1rem; margin: 28px 0 10px; } .names { overflow-wrap: anywhere; min-width: 220px; } .names b { font-family: var(--mono); font-size: .9em; }
";

pub(super) fn write(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let style = format!("{STYLE}{EXTRA_STYLE}");
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let target = escape(&overview.target);
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    // Content Security Policy Level 3: only the style whose hash is told.
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">"
    )?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{target} · Seawall</title>")?;
    writeln!(out, "<style>{style}</style>\n</head>\n<body>\n<div class=\"wrap\">\n<header>")?;
    writeln!(
        out,
        "<div class=\"top\"><span class=\"brand\">{LOGO}Seawall</span><span class=\"right\"><time>{}</time></span></div>",
        escape(&overview.timestamp)
    )?;
    writeln!(out, "<h1>{target}</h1>")?;
    let names: usize = overview.images.iter().map(|image| image.names.len()).sum();
    writeln!(
        out,
        "<ul class=\"facts\"><li>images <b>{}</b></li><li>names <b>{}</b></li><li>not scanned <b>{}</b></li></ul>",
        grouped(overview.images.len() as u64),
        grouped(names as u64),
        grouped(overview.failures.len() as u64)
    )?;
    tiles(overview, out)?;
    writeln!(out, "</header>\n<main>")?;
    notices(overview, out)?;
    failures(&overview.failures, out)?;
    images(&overview.images, out)?;
    skipped(overview, out)?;
    writeln!(
        out,
        "</main>\n<footer>{} {} · every word of this page is inside this file</footer>\n</div>\n</body>\n</html>",
        escape(&overview.tool.name),
        escape(&overview.tool.version)
    )
}

fn tiles(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<div class=\"tiles\">")?;
    for (at, severity) in Severity::ALL.into_iter().enumerate() {
        let number = overview.count(severity);
        let none = if number == 0 { " none" } else { "" };
        writeln!(
            out,
            "<div class=\"tile s{at}{none}\"><b>{}</b><span>{severity}</span></div>",
            grouped(number as u64)
        )?;
    }
    writeln!(out, "</div>")
}

fn notices(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let gaps = overview.images.iter().filter(|image| image.gaps > 0).count();
    let findings = overview.images.iter().any(|image| image.findings > 0);
    if !overview.failures.is_empty() {
        writeln!(
            out,
            "<p class=\"notice warn\"><b>{} could not be scanned.</b></p>",
            count(overview.failures.len(), "image")
        )?;
    }
    if gaps > 0 {
        writeln!(
            out,
            "<p class=\"notice warn\"><b>{} could not be looked at as a whole.</b></p>",
            count(gaps, "image")
        )?;
    }
    if overview.failures.is_empty() && gaps == 0 && !findings {
        writeln!(
            out,
            "<p class=\"notice good\"><b>Clean.</b> Every image was looked at, and nothing was found.</p>"
        )?;
    }
    Ok(())
}

fn failures(failures: &[Failure], out: &mut dyn Write) -> io::Result<()> {
    if failures.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Not scanned</h2>\n<div class=\"card scroll\"><table>")?;
    writeln!(out, "<tr><th><span>Image</span></th><th><span>Reason</span></th></tr>")?;
    for failure in failures {
        writeln!(
            out,
            "<tr><td class=\"names\">{}</td><td>{}</td></tr>",
            names(&failure.names, failure.digest.as_ref()),
            escape(&failure.reason)
        )?;
    }
    writeln!(out, "</table></div>")
}

fn images(images: &[ImageSummary], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h2>Images</h2>\n<div class=\"card scroll\"><table>\n<tr><th><span>Image</span></th>")?;
    for severity in Severity::ALL {
        writeln!(out, "<th class=\"num\"><span>{severity}</span></th>")?;
    }
    writeln!(
        out,
        "<th><span>Kinds</span></th><th><span>Worst</span></th><th><span>Gaps</span></th><th><span>Report</span></th></tr>"
    )?;
    for image in images {
        write!(out, "<tr><td class=\"names\">{}", names(&image.names, Some(&image.digest)))?;
        if let Some(platform) = &image.platform {
            write!(out, " <span class=\"muted\">{}</span>", escape(platform))?;
        }
        if let Some(decision) = &image.decision {
            write!(out, " <span class=\"tag\">{}</span>", escape(decision))?;
        }
        writeln!(out, "</td>")?;
        for (at, severity) in Severity::ALL.into_iter().enumerate() {
            match image.count(severity) {
                0 => writeln!(out, "<td class=\"num muted\">0</td>")?,
                number => writeln!(
                    out,
                    "<td class=\"num\"><span class=\"tag s{at}\">{}</span></td>",
                    grouped(number as u64)
                )?,
            }
        }
        let kinds: Vec<String> =
            image.kinds.iter().map(|(kind, number)| format!("{number} {}", escape(kind))).collect();
        writeln!(out, "<td>{}</td>", kinds.join("<br>"))?;
        worst(image, out)?;
        gaps(image, out)?;
        write!(out, "<td class=\"links\">")?;
        for file in &image.reports {
            write!(out, "<a href=\"{}\">{}</a> ", escape(&file.path), escape(file.format))?;
        }
        writeln!(out, "</td></tr>")?;
    }
    writeln!(out, "</table></div>")
}

fn worst(image: &ImageSummary, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<td class=\"what\"><ul>")?;
    for finding in &image.worst {
        let at = Severity::ALL.iter().position(|one| *one == finding.severity).unwrap_or(5);
        write!(
            out,
            "<li><span class=\"tag s{at}\">{}</span> <span class=\"id\">{}</span> {} <span class=\"muted\">{}</span></li>",
            finding.severity,
            escape(&finding.id),
            escape(&cut(&finding.title)),
            escape(&finding.place)
        )?;
    }
    writeln!(out, "</ul></td>")
}

fn gaps(image: &ImageSummary, out: &mut dyn Write) -> io::Result<()> {
    if image.gaps == 0 {
        return writeln!(out, "<td class=\"muted\">0</td>");
    }
    write!(out, "<td><details><summary>{}</summary><ul>", count(image.gaps, "gap"))?;
    for gap in &image.first_gaps {
        write!(
            out,
            "<li>{}: {} <span class=\"muted\">{}</span></li>",
            crate::summary::gap_words(gap.reason),
            escape(&gap.what),
            escape(&gap.detail)
        )?;
    }
    if image.gaps > image.first_gaps.len() {
        write!(out, "<li class=\"muted\">and {} more</li>", image.gaps - image.first_gaps.len())?;
    }
    writeln!(out, "</ul></details></td>")
}

fn skipped(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    if overview.skipped.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Nothing to scan</h2>\n<details><summary>{}</summary><div class=\"card scroll\"><table>",
        count(overview.skipped.len(), "name")
    )?;
    for skipped in &overview.skipped {
        writeln!(
            out,
            "<tr><td class=\"names\">{}</td><td>{}</td></tr>",
            escape(&skipped.name),
            escape(&skipped.reason)
        )?;
    }
    writeln!(out, "</table></div></details>")
}

fn names(names: &[String], digest: Option<&model::Digest>) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("<b>{}</b>", escape(name))).collect();
    let digest = digest.map_or(String::new(), |digest| {
        format!("<span class=\"place\">{}:{}</span>", digest.algorithm(), digest.short())
    });
    format!("{}{digest}", names.join("<br>"))
}

fn cut(text: &str) -> String {
    crate::text::cut(text, 120).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{OverviewFormat, tests::written};

    #[test]
    fn hostile_text_stays_text_and_nothing_is_loaded() {
        let page = written(OverviewFormat::Html);
        for bad in ["<img", "<script", "<!--", "\u{1b}", "\u{202e}", "\u{0}", "url(", "@import"] {
            assert!(!page.contains(bad), "{bad:?}");
        }
        assert!(page.contains("default-src 'none'; style-src 'sha256-"));
        assert!(page.contains("<a href=\"reports/a.json\">json</a>"));
    }
}
