//! For a person at a terminal: what to upgrade, worst first; then what could not be looked at.

mod page;
mod sections;

use crate::{
    Details, Options,
    group::{self, Group, Row},
    summary::{self, Summary},
    text::{self, count, cut, neutral, pad},
};
use model::{Finding, Report, Severity};
use page::{Ink, Page, SEVERITY, unbroken};
use std::io::{self, Write};

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = Page::new(options);
    page.header(report, out)?;
    let (groups, others) = group::group(report);
    // One set of columns for the whole page, so that the eye can run down.
    let columns = Columns::of(&groups, page.width);
    for severity in Severity::ALL {
        for findings in same_rule(&others, severity) {
            page.others(&findings, out)?;
        }
        for group in groups.iter().filter(|group| group.severity() == severity && group.in_use().is_none()) {
            page.group(group, &columns, out)?;
        }
    }
    // When it was asked what is in use, that is what comes first, and severity within it.
    for part in groups.chunk_by(|a, b| a.in_use().map(|seen| seen.state) == b.in_use().map(|seen| seen.state))
    {
        let Some(seen) = part[0].in_use() else { continue };
        writeln!(out, "{}", page.paint(Ink::Bold, &sentence(seen.state.words())))?;
        writeln!(out)?;
        for group in part {
            page.group(group, &columns, out)?;
        }
    }
    crate::outcomes::write_text(report, options, out)?;
    page.layers(report, out)?;
    page.gaps(&report.gaps, out)?;
    page.suppressed(report, out)?;
    page.content(report, out)?;
    page.advisories(report, out)?;
    page.verdict(report, out)
}

/// Findings of one rule and severity that a terminal shows one by one.
const SAME_RULE_MAX: usize = 20;
/// Columns of what was seen of one object on a terminal.
const SEEN_COLUMNS_MAX: usize = 100;

struct Columns {
    id: usize,
    fix: usize,
    flags: usize,
}

impl Columns {
    fn of(groups: &[Group<'_>], width: usize) -> Self {
        let rows = || groups.iter().flat_map(|group| &group.rows);
        let widest = |of: &dyn Fn(&Row<'_>) -> usize| rows().map(of).max().unwrap_or(0);
        let fix_max = if width < 100 { 20 } else { 32 };
        Self {
            id: widest(&|row| text::width(&neutral(&row.finding.rule))).clamp(14, 24),
            fix: widest(&|row| text::width(&summary::fix(row.finding))).clamp(10, fix_max),
            flags: widest(&|row| text::width(&flags(row.finding))).min(20),
        }
    }
}

impl Page<'_> {
    fn header(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let target = format!("{}:{}", report.target.kind.as_str(), neutral(&report.target.name));
        self.wrapped(&self.paint(Ink::Bold, &target), &target, out)?;
        self.plain(&unbroken(&summary::target_facts(report)), out)?;
        let summary = Summary::of(report);
        if summary.by_severity.is_empty() {
            return writeln!(out);
        }
        let words: Vec<String> = summary
            .by_severity
            .iter()
            .map(|(severity, number)| format!("{} {severity}", text::grouped(*number as u64)))
            .collect();
        let painted: Vec<String> = words
            .iter()
            .zip(&summary.by_severity)
            .map(|(word, (severity, _))| self.paint(Ink::Severity(*severity), word).into_owned())
            .collect();
        let rest = match report.target.kind.has_packages() {
            true => format!(
                "{} fixable · {} known to be exploited",
                text::grouped(summary.fixable as u64),
                text::grouped(summary.known_exploited as u64)
            ),
            false if summary.fixable == 0 => String::new(),
            false => format!("{} repaired by an edit", text::grouped(summary.fixable as u64)),
        };
        let total = count(report.findings.len(), "finding");
        let painted = format!("{total}: {}", painted.join(" · "));
        self.wrapped(&painted, &format!("{total}: {}", words.join(" · ")), out)?;
        if !rest.is_empty() {
            self.plain(&rest, out)?;
        }
        writeln!(out)
    }

    /// Findings of one rule and severity that are no vulnerabilities of packages.
    fn others(&self, findings: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
        let Some(first) = findings.first() else { return Ok(()) };
        let label = self.label(first.severity);
        let number =
            if findings.len() > 1 { format!(" · {} findings", findings.len()) } else { String::new() };
        let aliases: Vec<&str> = first.aliases.iter().map(String::as_str).collect();
        let aliases = if aliases.is_empty() { String::new() } else { format!(" ({})", listed(&aliases, 6)) };
        writeln!(out, "{label} {}{aliases}{number}", self.paint(Ink::Bold, &neutral(&first.rule)))?;
        let is_short = self.options.details == Details::Short && self.options.width.is_some();
        let shown = if is_short { findings.len().min(SAME_RULE_MAX) } else { findings.len() };
        let mut title = "";
        for finding in &findings[..shown] {
            // The same words about one object after the other are said once.
            if finding.title != title {
                title = &finding.title;
                self.indented(&neutral(title), out)?;
            }
            let mut facts = vec![summary::place(&finding.location)];
            facts.extend(finding.location.layer.as_ref().map(|layer| summary::layer_words(layer)));
            let hidden_by = finding.location.hidden_by.as_ref();
            facts.extend(hidden_by.map(|upper| format!("deleted or replaced in layer {}", upper.index)));
            facts.extend(finding.fix.as_ref().map(|fix| match &fix.caution {
                None => format!("--fix: {}", neutral(&fix.title)),
                Some(caution) => format!("suggestion: {}, but {}", neutral(&fix.title), neutral(caution)),
            }));
            if self.options.details == Details::Short {
                facts.extend(summary::seen(finding).map(|seen| match self.options.width {
                    Some(_) => cut(&seen, SEEN_COLUMNS_MAX).into_owned(),
                    None => seen,
                }));
            }
            facts.retain(|fact| !fact.is_empty());
            if !facts.is_empty() {
                self.faint(&unbroken(&facts), out)?;
            }
            self.evidence(finding, out)?;
        }
        if shown < findings.len() {
            self.indented(&format!("and {} more (--full shows them)", findings.len() - shown), out)?;
        }
        let mut remedies: Vec<&str> =
            findings.iter().filter_map(|finding| finding.remedy.as_deref()).collect();
        remedies.dedup();
        for remedy in remedies.iter().take(3) {
            self.indented(&format!("fix: {}", neutral(remedy)), out)?;
        }
        writeln!(out)
    }

    fn group(&self, group: &Group<'_>, columns: &Columns, out: &mut dyn Write) -> io::Result<()> {
        let version = neutral(group.version);
        let mut head = format!("{} {version}", neutral(group.name));
        if let Some(fix) = group.common_fix() {
            head.push_str(&format!(" → {fix}"));
        }
        let head = cut(&head, self.width.saturating_sub(SEVERITY + 1)).into_owned();
        writeln!(out, "{} {}", self.label(group.severity()), self.paint(Ink::Bold, &head))?;
        let mut facts = vec![neutral(group.shard).into_owned()];
        if group.packages != [group.name] {
            facts.push(listed(&group.packages, 6));
        }
        let places: Vec<&str> = group.places.iter().map(String::as_str).collect();
        facts.push(listed(&places, 3));
        let layers: Vec<String> = group.layers.iter().map(|layer| summary::layer_words(layer)).collect();
        facts.push(listed(&layers.iter().map(String::as_str).collect::<Vec<_>>(), 3));
        facts.extend(group.in_use().map(|seen| neutral(&seen.detail).into_owned()));
        facts.retain(|fact| !fact.is_empty());
        self.faint(&unbroken(&facts), out)?;
        for row in &group.rows {
            self.row(group, row, columns, out)?;
        }
        writeln!(out)
    }

    fn row(
        &self,
        group: &Group<'_>,
        row: &Row<'_>,
        columns: &Columns,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let finding = row.finding;
        let id = neutral(&finding.rule);
        let fix = summary::fix(finding);
        let flags = flags(finding);
        let mut summary = neutral(summary::words(finding)).into_owned();
        if row.packages.len() < group.packages.len() {
            summary = format!("[{}] {summary}", listed(&row.packages, 3));
        }
        let severity = finding.severity;
        let mut line = self.paint(Ink::Severity(severity), &pad(severity.as_str(), SEVERITY)).into_owned();
        let mut used = SEVERITY + 1 + columns.id.max(text::width(&id)) + 2 + columns.fix + 2;
        line.push_str(&format!(" {}  {}  ", pad(&id, columns.id), pad(&cut(&fix, columns.fix), columns.fix)));
        if columns.flags > 0 {
            let ink = if summary::is_known_exploited(finding) {
                Ink::Severity(Severity::Critical)
            } else {
                Ink::None
            };
            line.push_str(&self.paint(ink, &flags));
            line.push_str(&pad("", columns.flags.saturating_sub(text::width(&flags)) + 2));
            used += columns.flags.max(text::width(&flags)) + 2;
        }
        let room = self.width.saturating_sub(used);
        // A title of a few letters tells nothing: it goes to a line of its own.
        if room >= 24 {
            line.push_str(&cut(&summary, room));
            writeln!(out, "{}", line.trim_end())?;
        } else {
            writeln!(out, "{}", line.trim_end())?;
            let room = if summary.is_empty() {
                return self.evidence(finding, out);
            } else {
                self.width.saturating_sub(SEVERITY + 1)
            };
            writeln!(out, "{}{}", " ".repeat(SEVERITY + 1), self.paint(Ink::Faint, &cut(&summary, room)))?;
        }
        self.evidence(finding, out)
    }

    /// Everything else that is known of a finding, when asked for.
    fn evidence(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        if self.options.details == Details::Short {
            return Ok(());
        }
        for line in &finding.evidence {
            self.indented(&format!("seen: {}", neutral(line)), out)?;
        }
        if let Some(vulnerability) = &finding.vulnerability {
            if !vulnerability.aliases.is_empty() {
                self.indented(
                    &format!("also known as: {}", neutral(&vulnerability.aliases.join(", "))),
                    out,
                )?;
            }
            for rating in &vulnerability.severities {
                let cvss = rating.cvss.as_ref().map_or(String::new(), |cvss| {
                    format!(" {}.{} {}", cvss.score_tenths / 10, cvss.score_tenths % 10, cvss.vector)
                });
                self.indented(
                    &neutral(&format!("rated {} by {}{cvss}", rating.severity, rating.source)),
                    out,
                )?;
            }
            if let Some(known) = &vulnerability.known_exploited {
                let ransomware = if known.is_used_by_ransomware { ", used by ransomware" } else { "" };
                self.indented(&neutral(&format!("exploited since {}{ransomware}", known.date_added)), out)?;
            }
            let matched = format!(
                "matched: {} {} in {} ({}, {})",
                vulnerability.matched_name,
                vulnerability.matched_version,
                vulnerability.matched_range,
                vulnerability.shard,
                vulnerability.advisory_source
            );
            self.indented(&neutral(&matched), out)?;
        }
        for link in &finding.references {
            self.indented(&neutral(link), out)?;
        }
        Ok(())
    }
}

/// Findings of this severity that are no vulnerabilities of packages, by rule, in the order of their first.
fn same_rule<'r>(others: &[&'r Finding], severity: Severity) -> Vec<Vec<&'r Finding>> {
    let mut by_rule: Vec<Vec<&Finding>> = Vec::new();
    for &finding in others.iter().filter(|finding| finding.severity == severity) {
        match by_rule.iter_mut().find(|findings| findings[0].rule == finding.rule) {
            Some(findings) => findings.push(finding),
            None => by_rule.push(vec![finding]),
        }
    }
    by_rule
}

fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn flags(finding: &Finding) -> String {
    let Some(vulnerability) = &finding.vulnerability else { return String::new() };
    let mut flags = Vec::new();
    if vulnerability.known_exploited.is_some() {
        flags.push("KEV".to_owned());
    }
    if let Some(epss) = vulnerability.epss {
        flags.push(format!("EPSS {}", summary::percent(epss.score)));
    }
    flags.join(" ")
}

/// The first few, neutral, and how many more there are.
fn listed(items: &[&str], shown_max: usize) -> String {
    let mut text = items.iter().take(shown_max).map(|item| neutral(item)).collect::<Vec<_>>().join(", ");
    if items.len() > shown_max {
        text.push_str(&format!(" and {} more", items.len() - shown_max));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Colour, sample};

    fn written(report: &Report, options: &Options) -> String {
        let mut out = Vec::new();
        write(report, options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn of_width(width: usize) -> Options {
        Options { width: Some(width), ..Options::default() }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [40, 80, 100, 160] {
            for details in [Details::Short, Details::Full] {
                let text = written(&sample::rich(), &Options { details, ..of_width(width) });
                for line in text.lines() {
                    // Columns of narrow terminals give way to ids and fixed versions.
                    assert!(text::width(line) <= width.max(70), "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn what_was_seen_of_an_object_is_told_once() {
        let finding = |object: &str, seen: &str| {
            let location = model::Location { object: Some(object.to_owned()), ..model::Location::default() };
            let evidence = vec![seen.to_owned()];
            Finding { title: "a title".to_owned(), location, evidence, ..sample::rich().findings[0].clone() }
        };
        let told = |object: &str, seen: &str| summary::seen(&finding(object, seen)).is_some();
        assert!(told("sysctl kernel.kptr_restrict", "it is 0"));
        assert!(!told("file /etc/docker", "no loaded rule covers /etc/docker"));
        assert!(!told("engine warning 'No swap limit support'", "No swap limit support"));
        assert!(!told("host", "a title"));
        let mut report = sample::rich();
        report.findings = vec![finding("container web", &"long ".repeat(100))];
        assert!(written(&report, &of_width(100)).contains('…'));
        assert!(!written(&report, &Options::default()).contains('…'));
    }

    #[test]
    fn nothing_is_cut_in_a_pipe() {
        let text = written(&sample::rich(), &Options::default());
        assert!(!text.contains('…'));
        assert!(
            text.contains("Looney Tunables: buffer overflow in ld.so on GLIBC_TUNABLES gives local root")
        );
    }

    #[test]
    fn every_finding_and_gap_is_told() {
        let report = sample::rich();
        let text = written(&report, &of_width(100));
        for finding in &report.findings {
            assert!(text.contains(&finding.rule), "{}", finding.rule);
        }
        assert!(text.contains(
            "17 findings (3 critical, 3 high, 5 medium, 3 low, 2 negligible, 1 unknown), 5 gaps, 4 suppressed"
        ));
        for word in ["/opt/big.jar", "npm", "none at hand", "38,214 advisories of 2026-11-20", "1 by vex"] {
            assert!(text.contains(word), "{word}");
        }
    }

    #[test]
    fn only_a_report_without_findings_and_gaps_is_clean() {
        assert!(written(&sample::empty(), &of_width(80)).contains("Clean: 0 findings, 0 gaps"));
        let mut report = sample::rich();
        report.findings.clear();
        let text = written(&report, &of_width(80));
        assert!(text.contains("0 findings, but 5 gaps: not known to be clean") && !text.contains("Clean"));
    }

    #[test]
    fn many_gaps_of_one_reason_are_counted_not_listed() {
        let mut report = sample::empty();
        for at in 0..1_000 {
            report.gaps.push(model::Gap::new(format!("/f{at}"), model::GapReason::Truncated, "ends early"));
        }
        let text = written(&report, &of_width(80));
        assert!(text.lines().count() < 20 && text.contains("truncated: 995 more"), "{text}");
    }

    #[test]
    fn escapes_come_from_colours_alone() {
        let plain = written(&sample::rich(), &of_width(80));
        assert!(!plain.chars().any(|c| c.is_control() && c != '\n'));
        let coloured = written(&sample::rich(), &Options { colour: Colour::Always, ..of_width(80) });
        let mut stripped = coloured.replace("\u{1b}[0m", "");
        for code in ["1;31", "31", "33", "36", "1", "2"] {
            stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(stripped, plain, "colours only repeat the words");
    }
}
