//! One self-contained page: no network, no storage, a content security policy that allows nothing but the two
//! blocks of this file.

mod data;

use crate::{
    Options,
    summary::{self, Summary},
    text::{grouped, neutral},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Report, Severity};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

pub(crate) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let name = escape(&report.target.name);
    let kind = report.target.kind.as_str();
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", policy())?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(
        out,
        "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{name} · Seawall report</title>"
    )?;
    writeln!(
        out,
        "<style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the findings</a>"
    )?;
    writeln!(
        out,
        "<div class=\"wrap\">\n<header>\n<div class=\"top\"><span class=\"brand\">{LOGO}Seawall</span>"
    )?;
    writeln!(out, "<span class=\"right\"><time>{}</time>", escape(&options.timestamp))?;
    writeln!(out, "<button id=\"theme\" class=\"plain\" type=\"button\">Light / dark</button></span></div>")?;
    writeln!(out, "<h1><span class=\"kind\">{kind}:</span>{name}</h1>")?;
    facts(report, out)?;
    tiles(report, out)?;
    writeln!(out, "</header>\n<main id=\"main\">")?;
    gap_notice(report, out)?;
    writeln!(
        out,
        "<noscript><p class=\"notice warn\">The lists below are drawn by a script inside this page. It needs no \
                   network; without it, <code>--format markdown</code> shows the same as text.</p></noscript>"
    )?;
    crate::outcomes::write_html(report, options, escape, out)?;
    panels(report, out)?;
    writeln!(
        out,
        "</main>\n<footer>{} {} · every word of this page is inside this file</footer>\n</div>",
        escape(&report.tool.name),
        escape(&report.tool.version)
    )?;
    write!(out, "<script type=\"application/json\" id=\"data\">")?;
    data::write(report, out)?;
    writeln!(out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// Content Security Policy Level 3: only the style and the script whose hashes are told, nothing from outside.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

pub(crate) const LOGO: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M2 9c2.5 0 2.5-3 5-3s2.500 3 5 3 2.500-3 5-3 2.500 3 5 3\"/>\
                    <path d=\"M4 14h16M4 18.500h16M9 14v4.500M15 14v4.500\"/></svg>";

fn facts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let target = &report.target;
    let mut facts: Vec<(&str, String)> = Vec::new();
    if let Some(distribution) = &report.distribution {
        facts.push(("", distribution.to_string()));
    }
    facts.extend(target.platform.iter().map(|platform| ("platform", platform.clone())));
    if target.kind.has_packages() {
        facts.push(("packages", grouped(report.packages.len() as u64)));
    }
    if !report.layers.is_empty() {
        facts.push(("layers", grouped(report.layers.len() as u64)));
    }
    facts.extend(target.created.iter().map(|created| ("made", created.clone())));
    facts.extend(
        target
            .manifest_digest
            .iter()
            .map(|digest| ("manifest", format!("{}:{}", digest.algorithm(), digest.short()))),
    );
    facts.extend(target.image_id.iter().map(|digest| ("image id", digest.short().to_owned())));
    writeln!(out, "<ul class=\"facts\">")?;
    for (name, value) in facts {
        writeln!(out, "<li>{name} <b>{}</b></li>", escape(&value))?;
    }
    writeln!(out, "</ul>")
}

fn tiles(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let summary = Summary::of(report);
    writeln!(out, "<div class=\"tiles\" role=\"group\" aria-label=\"Filter by severity\">")?;
    for (at, severity) in Severity::ALL.into_iter().enumerate() {
        let number = report.count(severity);
        let none = if number == 0 { " none" } else { "" };
        writeln!(
            out,
            "<button type=\"button\" class=\"tile s{at}{none}\" data-severity=\"{at}\" aria-pressed=\"false\"><b>{}</b><span>{severity}</span></button>",
            grouped(number as u64)
        )?;
    }
    let only = [
        ("exploited", "s0", summary.known_exploited, "known exploited"),
        ("fixable", "good", summary.fixable, "fixable"),
    ];
    for (name, class, number, words) in only {
        // What only packages can be is no number of a host.
        if number == 0 && !report.target.kind.has_packages() {
            continue;
        }
        let none = if number == 0 { " none" } else { "" };
        writeln!(
            out,
            "<button type=\"button\" class=\"tile {class}{none}\" data-only=\"{name}\" aria-pressed=\"false\"><b>{}</b><span>{words}</span></button>",
            grouped(number as u64)
        )?;
    }
    writeln!(out, "</div>")
}

fn gap_notice(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    match (report.gaps.len(), report.findings.len()) {
        (0, 0) => writeln!(
            out,
            "<p class=\"notice good\"><b>Clean.</b> Everything was looked at, and nothing was found.</p>"
        ),
        (0, _) => Ok(()),
        (gaps, _) => writeln!(
            out,
            "<p class=\"notice warn\"><b>{} could not be looked at or judged.</b> <button type=\"button\" data-tab=\"gaps\">See what</button></p>",
            crate::text::count(gaps, "thing")
        ),
    }
}

fn panels(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let tabs = [
        ("findings", "Findings", report.findings.len()),
        ("layers", "Layers", report.layers.len()),
        ("packages", "Packages", report.packages.len()),
        ("gaps", "Gaps", report.gaps.len()),
        ("advisories", "Advisories", report.advisories.len()),
        ("suppressed", "Suppressed", report.suppressed.len()),
    ];
    writeln!(out, "<div class=\"tabs\" role=\"tablist\" aria-label=\"Parts of the report\">")?;
    for (at, (id, title, number)) in tabs.iter().enumerate() {
        let (selected, index) = if at == 0 { ("true", 0) } else { ("false", -1) };
        let has_part = *number > 0 || report.target.kind.has_packages() || ["findings", "gaps"].contains(id);
        let hidden = if has_part { "" } else { " hidden" };
        writeln!(
            out,
            "<button type=\"button\" role=\"tab\" id=\"tab-{id}\" aria-controls=\"panel-{id}\" aria-selected=\"{selected}\" tabindex=\"{index}\"{hidden}>{title}<span class=\"n\">{}</span></button>",
            grouped(*number as u64)
        )?;
    }
    writeln!(out, "</div>")?;
    for (at, (id, title, _)) in tabs.iter().enumerate() {
        let hidden = if at == 0 { "" } else { " hidden" };
        writeln!(
            out,
            "<section class=\"panel\" role=\"tabpanel\" id=\"panel-{id}\" aria-label=\"{title}\"{hidden}>"
        )?;
        writeln!(out, "{}</section>", BODIES[at])?;
    }
    Ok(())
}

/// What each panel holds before the script fills it, in the order of the tabs.
const BODIES: [&str; 6] = [
    "<div class=\"filters\"><input type=\"search\" id=\"search\" placeholder=\"Search id, package, path, words\" aria-label=\"Search findings\">\
     <label><input type=\"checkbox\" id=\"fixable\">fixable</label><label><input type=\"checkbox\" id=\"exploited\">known exploited</label>\
     <select id=\"base\" aria-label=\"Base image or own layers\"><option value=\"\">base image and own layers</option>\
     <option value=\"own\">own layers only</option><option value=\"base\">base image only</option></select>\
     <select id=\"layer\" aria-label=\"Layer\"><option value=\"\">every layer</option></select>\
     <span class=\"count\" id=\"count\" role=\"status\"></span></div><div id=\"findings\"></div>",
    "<ol class=\"stack\" id=\"layers\" reversed></ol>",
    "<div class=\"filters\"><input type=\"search\" id=\"package-search\" placeholder=\"Search packages\" aria-label=\"Search packages\"></div><div id=\"packages\"></div>",
    "<div class=\"reasons\" id=\"gaps\"></div>",
    "<div id=\"advisories\"></div>",
    "<div id=\"suppressed\"></div>",
];

/// Text for elements and quoted attributes (HTML, section 13.1.2).
pub(crate) fn escape(text: &str) -> String {
    neutral(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// The words of a gap's reason for the page.
fn reason(gap: &model::Gap) -> &'static str {
    summary::gap_words(gap.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &Options::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hostile_text_stays_text() {
        let page = written(&crate::sample::rich());
        assert_eq!(page.matches("</script>").count(), 2, "only the page's own blocks end");
        assert_eq!(page.matches("<script").count(), 2);
        for bad in ["<img", "<!--", "\u{1b}", "\u{202e}", "\u{0}", "javascript:alert"] {
            assert!(!page.contains(bad), "{bad:?}");
        }
    }

    #[test]
    fn data_is_json_with_every_finding_package_and_gap() {
        let report = crate::sample::rich();
        let page = written(&report);
        let (_, rest) = page.split_once("id=\"data\">").unwrap();
        let data: serde_json::Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
        let length = |name: &str| data[name].as_array().unwrap().len();
        assert_eq!(length("findings"), report.findings.len());
        assert_eq!(length("packages"), report.packages.len());
        assert_eq!(length("gaps"), report.gaps.len());
        assert_eq!(length("suppressed"), report.suppressed.len());
        assert_eq!(length("layers"), report.layers.len());
    }

    #[test]
    fn page_loads_nothing_from_anywhere() {
        let page = written(&crate::sample::rich());
        assert!(page.contains("default-src 'none'"));
        let own = [STYLE, SCRIPT, &page[..page.find("id=\"data\"").unwrap()]].concat();
        // Text of the sample, which is no markup.
        let own = own.replace("&lt;img src=", "");
        for attribute in
            [" src=", "url(", "@import", "<link", "fetch(", "XMLHttpRequest", "innerHTML", "eval("]
        {
            assert!(!own.contains(attribute), "{attribute}");
        }
    }

    #[test]
    fn a_host_has_no_parts_of_an_image() {
        let mut report = crate::sample::rich();
        assert!(written(&report).contains("packages <b>"));
        report.target.kind = model::TargetKind::Host;
        (report.packages, report.layers) = (Vec::new(), Vec::new());
        let page = written(&report);
        assert!(!page.contains("packages <b>"));
        assert!(page.contains(
            "id=\"tab-layers\" aria-controls=\"panel-layers\" aria-selected=\"false\" tabindex=\"-1\" hidden"
        ));
    }

    #[test]
    fn twenty_thousand_findings_fit_a_page() {
        let page = written(&crate::sample::large(20_000));
        assert!(page.len() < 25_000_000, "{}", page.len());
    }
}
