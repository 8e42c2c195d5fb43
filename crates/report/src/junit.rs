//! JUnit XML (the form that Jenkins' junit plugin and GitLab read): a finding is a failed test, a gap or a
//! suppressed finding a skipped one.

use crate::{Options, summary};
use model::{Finding, OutcomeState, Report};
use std::{
    fmt::Write as _,
    io::{self, Write},
};

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let answers = crate::outcomes::test_cases(report);
    let unanswered = answers.iter().filter(|(state, ..)| *state != OutcomeState::Passed).count();
    let skipped = report.gaps.len() + report.suppressed.len() + unanswered;
    let failures = report.findings.len();
    // One test passes: that the scan was done. Build servers take an empty suite for a mistake.
    let tests = 1 + failures + skipped + answers.len() - unanswered;
    let name = format!("{}:{}", report.target.kind.as_str(), report.target.name);
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"{}\" {counts}>", escape(&report.tool.name))?;
    writeln!(
        out,
        "  <testsuite name=\"{}\" {counts} timestamp=\"{}\">",
        escape(&name),
        escape(&options.timestamp)
    )?;
    writeln!(out, "    <properties>")?;
    for (name, value) in properties(report) {
        writeln!(out, "      <property name=\"{}\" value=\"{}\"/>", escape(&name), escape(&value))?;
    }
    writeln!(out, "    </properties>")?;
    writeln!(
        out,
        "    <testcase classname=\"scan\" name=\"{}\"/>",
        match report.target.kind.has_packages() {
            true => format!("{} packages were looked at", report.packages.len()),
            false => "everything was looked at that is no gap".to_owned(),
        }
    )?;
    for finding in &report.findings {
        writeln!(out, "    <testcase {}>", names(finding))?;
        let message = format!("{}: {}", finding.severity, finding.title);
        let body = body(finding);
        writeln!(
            out,
            "      <failure type=\"{}\" message=\"{}\">{}</failure>",
            finding.severity,
            escape(&message),
            escape(&body)
        )?;
        writeln!(out, "    </testcase>")?;
    }
    for (state, class, name, detail) in &answers {
        write!(out, "    <testcase classname=\"{}\" name=\"{}\"", escape(class), escape(name))?;
        match state {
            OutcomeState::Passed => writeln!(out, "/>")?,
            state => writeln!(
                out,
                ">\n      <skipped message=\"{}: {}\"/>\n    </testcase>",
                state.as_str(),
                escape(detail)
            )?,
        }
    }
    for item in &report.suppressed {
        let message = format!("suppressed by {}: {}", item.by, item.reason);
        writeln!(out, "    <testcase {}>", names(&item.finding))?;
        writeln!(out, "      <skipped message=\"{}\"/>\n    </testcase>", escape(&message))?;
    }
    for gap in &report.gaps {
        let message = format!("not looked at, {}: {}", summary::gap_words(gap.reason), gap.detail);
        writeln!(
            out,
            "    <testcase classname=\"gap/{}\" name=\"{}\">",
            gap.reason.as_str(),
            escape(&gap.what)
        )?;
        writeln!(out, "      <skipped message=\"{}\"/>\n    </testcase>", escape(&message))?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn names(finding: &Finding) -> String {
    let (class, name) = match &finding.vulnerability {
        Some(v) => (
            format!("{} {}", v.package, v.installed_version),
            format!("{} {}", v.id, summary::place(&finding.location)),
        ),
        None => (finding.rule.clone(), format!("{} {}", finding.title, summary::place(&finding.location))),
    };
    format!("classname=\"{}\" name=\"{}\"", escape(&class), escape(name.trim_end()))
}

fn body(finding: &Finding) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name}: {value}");
        }
    };
    line("place", &summary::place(&finding.location));
    if let Some(layer) = &finding.location.layer {
        line("layer", &summary::layer_words(layer));
        line("instruction", layer.instruction.as_deref().unwrap_or(""));
    }
    if let Some(v) = &finding.vulnerability {
        line("fix", &summary::fix(finding));
        line("rated by", &v.severity_source);
        line("epss", &v.epss.map_or(String::new(), |epss| summary::percent(epss.score)));
        line("use", &summary::use_words(finding).unwrap_or_default());
        line("known exploited since", v.known_exploited.as_ref().map_or("", |known| &known.date_added));
    }
    for evidence in &finding.evidence {
        line("seen", evidence);
    }
    line(
        "also known as",
        &if finding.vulnerability.is_none() { finding.aliases.join(", ") } else { String::new() },
    );
    if let Some(fix) = &finding.fix {
        let label = if fix.caution.is_none() { "edit" } else { "suggestion" };
        line(label, &fix.title);
        line("but", fix.caution.as_deref().unwrap_or(""));
    }
    line("remedy", finding.remedy.as_deref().unwrap_or(""));
    for link in &finding.references {
        line("see", link);
    }
    text
}

fn properties(report: &Report) -> Vec<(String, String)> {
    let mut list = vec![("tool".to_owned(), format!("{} {}", report.tool.name, report.tool.version))];
    if let Some(distribution) = &report.distribution {
        list.push(("distribution".to_owned(), distribution.to_string()));
    }
    list.push(("gaps".to_owned(), report.gaps.len().to_string()));
    for shard in &report.advisories {
        let date = shard.date.as_deref().unwrap_or("none at hand");
        list.push((
            format!("advisories {}", shard.shard),
            format!("{} of {date}, {}", shard.advisories, shard.origin),
        ));
    }
    list
}

/// Text for attributes and elements. Characters that XML 1.0 forbids even as references (section 2.2, Char) are
/// shown as `\u{…}`, and so are those that a reader of the log would be fooled by.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for line in text.split('\n') {
        if !safe.is_empty() {
            safe.push_str("&#10;");
        }
        for c in crate::text::neutral(line).chars() {
            match c {
                '&' => safe.push_str("&amp;"),
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                '"' => safe.push_str("&quot;"),
                c => safe.push(c),
            }
        }
    }
    safe
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
    fn every_finding_gap_and_suppressed_finding_is_a_test() {
        let report = crate::sample::rich();
        let text = written(&report);
        assert_eq!(text.matches("<failure ").count(), report.findings.len());
        // The sample's one outcome asks for a person.
        let skipped = report.gaps.len() + report.suppressed.len() + report.outcomes.len();
        assert_eq!(text.matches("<skipped ").count(), skipped);
        assert_eq!(text.matches("<testcase ").count(), 1 + report.findings.len() + skipped);
    }

    #[test]
    fn hostile_text_leaves_well_formed_xml() {
        let text = written(&crate::sample::rich());
        let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(is_char));
        let mut reader = quick_xml::Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                    for attribute in element.attributes() {
                        attribute.unwrap();
                    }
                }
                _ => {}
            }
        }
    }
}
