//! For a person at a terminal: what to upgrade, worst first; then what could not be looked at.

use crate::{
    Colour, Details, Options,
    group::{self, Group, Row},
    summary::{self, Summary},
    text::{self, count, cut, neutral, pad},
};
use model::{Finding, Gap, Report, Severity};
use std::{
    borrow::Cow,
    io::{self, Write},
};

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { options, width: options.width.map_or(usize::MAX, |width| width.clamp(40, 1_000)) };
    page.header(report, out)?;
    let (groups, others) = group::group(report);
    // One set of columns for the whole page, so that the eye can run down.
    let columns = Columns::of(&groups, page.width);
    for severity in Severity::ALL {
        for finding in others.iter().filter(|finding| finding.severity == severity) {
            page.other(finding, out)?;
        }
        for group in groups.iter().filter(|group| group.severity() == severity) {
            page.group(group, &columns, out)?;
        }
    }
    page.layers(report, out)?;
    page.gaps(&report.gaps, out)?;
    page.suppressed(report, out)?;
    page.advisories(report, out)?;
    page.verdict(report, out)
}

struct Page<'o> {
    options: &'o Options,
    width: usize,
}

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
        let rest = format!(
            "{} fixable · {} known to be exploited",
            text::grouped(summary.fixable as u64),
            text::grouped(summary.known_exploited as u64)
        );
        let total = count(report.findings.len(), "finding");
        writeln!(out, "{total}: {}", painted.join(" · "))?;
        self.plain(&rest, out)?;
        writeln!(out)
    }

    /// A finding that is no vulnerability of a package.
    fn other(&self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let label = self.label(finding.severity);
        writeln!(out, "{label} {}", self.paint(Ink::Bold, &neutral(&finding.rule)))?;
        self.indented(&neutral(&finding.title), out)?;
        let mut facts = vec![summary::place(&finding.location)];
        facts.extend(finding.location.layer.as_ref().map(|layer| summary::layer_words(layer)));
        facts.retain(|fact| !fact.is_empty());
        if !facts.is_empty() {
            self.faint(&unbroken(&facts), out)?;
        }
        if let Some(remedy) = &finding.remedy {
            self.indented(&format!("fix: {}", neutral(remedy)), out)?;
        }
        self.evidence(finding, out)?;
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
        let mut summary = neutral(&finding.title).into_owned();
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
            let room = self.width.saturating_sub(SEVERITY + 1);
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

    fn layers(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        if report.layers.is_empty() || report.findings.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", self.paint(Ink::Bold, "Layers"))?;
        for layer in &report.layers {
            let mut counts = Vec::new();
            for severity in Severity::ALL {
                let is_here = |finding: &&Finding| {
                    finding.severity == severity
                        && finding.location.layer.as_ref().is_some_and(|here| here.index == layer.index)
                };
                let number = report.findings.iter().filter(is_here).count();
                if number > 0 {
                    counts.push(format!("{number} {severity}"));
                }
            }
            let counts = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
            let size = layer.size_bytes.map_or(String::new(), |bytes| format!(" · {}", text::size(bytes)));
            self.plain(&format!("  {}{size} · {counts}", summary::layer_words(layer)), out)?;
            if let Some(instruction) = &layer.instruction {
                let room = self.width.saturating_sub(4);
                writeln!(out, "    {}", self.paint(Ink::Faint, &cut(&neutral(instruction), room)))?;
            }
        }
        writeln!(out)
    }

    fn gaps(&self, gaps: &[Gap], out: &mut dyn Write) -> io::Result<()> {
        if gaps.is_empty() {
            return Ok(());
        }
        let title = format!("Not looked at: {}", count(gaps.len(), "gap"));
        writeln!(out, "{}", self.paint(Ink::Severity(Severity::Medium), &title))?;
        let listed_max = if self.options.details == Details::Full { usize::MAX } else { 5 };
        let mut by_reason: Vec<&Gap> = gaps.iter().collect();
        by_reason.sort_by_key(|gap| gap.reason);
        for same in by_reason.chunk_by(|a, b| a.reason == b.reason) {
            let reason = summary::gap_words(same[0].reason);
            for gap in same.iter().take(listed_max) {
                self.plain(&format!("  {reason}: {} ({})", neutral(&gap.what), neutral(&gap.detail)), out)?;
            }
            if same.len() > listed_max {
                self.plain(
                    &format!("  {reason}: {} more", text::grouped((same.len() - listed_max) as u64)),
                    out,
                )?;
            }
        }
        writeln!(out)
    }

    fn suppressed(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        if report.suppressed.is_empty() {
            return Ok(());
        }
        let by: Vec<String> = Summary::of(report)
            .suppressed
            .iter()
            .map(|(by, number)| format!("{number} by {}", neutral(by)))
            .collect();
        self.plain(
            &format!("Suppressed: {} ({})", count(report.suppressed.len(), "finding"), by.join(", ")),
            out,
        )?;
        if self.options.details == Details::Full {
            for item in &report.suppressed {
                let name = item
                    .finding
                    .vulnerability
                    .as_ref()
                    .map_or("", |vulnerability| vulnerability.package.as_str());
                let line = format!("  {} {name}: {} ({})", item.finding.rule, item.reason, item.by);
                self.plain(&neutral(&line), out)?;
            }
        }
        writeln!(out)
    }

    fn advisories(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        if report.advisories.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", self.paint(Ink::Bold, "Advisories used"))?;
        let name = report
            .advisories
            .iter()
            .map(|shard| text::width(&neutral(&shard.shard)))
            .max()
            .unwrap_or(0)
            .min(28);
        for shard in &report.advisories {
            let judged = count(usize::try_from(shard.packages).unwrap_or(usize::MAX), "package");
            let fact = if shard.advisories == 0 && shard.date.is_none() {
                format!("none at hand: {judged} not judged")
            } else {
                let whole = if shard.is_complete { "" } else { ", incomplete" };
                let date = shard.date.as_deref().unwrap_or("undated");
                let advisories = count(usize::try_from(shard.advisories).unwrap_or(usize::MAX), "advisory");
                format!("{advisories} of {date}{whole}, {} · {judged}", shard.origin)
            };
            self.plain(&format!("  {}  {}", pad(&neutral(&shard.shard), name), neutral(&fact)), out)?;
        }
        writeln!(out)
    }

    fn verdict(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let findings = count(report.findings.len(), "finding");
        let gaps = count(report.gaps.len(), "gap");
        let mut line = match (report.findings.len(), report.gaps.len()) {
            (0, 0) => format!("Clean: {findings}, {gaps}"),
            (0, _) => format!("{findings}, but {gaps}: not known to be clean"),
            _ => {
                let counts = Summary::of(report).by_severity;
                let counts: Vec<String> =
                    counts.iter().map(|(severity, number)| format!("{number} {severity}")).collect();
                format!("{findings} ({}), {gaps}", counts.join(", "))
            }
        };
        if !report.suppressed.is_empty() {
            line.push_str(&format!(", {} suppressed", text::grouped(report.suppressed.len() as u64)));
        }
        writeln!(out, "{}", self.paint(Ink::Bold, &line))
    }

    /// A line broken at the width; the rest is indented under it.
    fn plain(&self, line: &str, out: &mut dyn Write) -> io::Result<()> {
        let indent = line.len() - line.trim_start().len();
        self.block(indent, indent + if indent > 0 { 2 } else { 0 }, Ink::None, line.trim_start(), out)
    }

    fn faint(&self, line: &str, out: &mut dyn Write) -> io::Result<()> {
        self.block(SEVERITY + 1, SEVERITY + 1, Ink::Faint, line, out)
    }

    fn indented(&self, line: &str, out: &mut dyn Write) -> io::Result<()> {
        self.block(SEVERITY + 1, SEVERITY + 3, Ink::None, line, out)
    }

    fn wrapped(&self, painted: &str, line: &str, out: &mut dyn Write) -> io::Result<()> {
        if text::width(line) <= self.width { writeln!(out, "{painted}") } else { self.plain(line, out) }
    }

    fn block(&self, first: usize, rest: usize, ink: Ink, line: &str, out: &mut dyn Write) -> io::Result<()> {
        let lines = match self.options.width {
            None => vec![line.to_owned()],
            Some(_) => text::wrap(line, self.width.saturating_sub(first.max(rest))),
        };
        for (at, line) in lines.iter().enumerate() {
            let indent = if at == 0 { first } else { rest };
            writeln!(out, "{}{}", " ".repeat(indent), self.paint(ink, &line.replace('\u{a0}', " ")))?;
        }
        Ok(())
    }

    fn label(&self, severity: Severity) -> String {
        self.paint(Ink::Severity(severity), &pad(&severity.as_str().to_ascii_uppercase(), SEVERITY))
            .into_owned()
    }

    fn paint<'t>(&self, ink: Ink, text: &'t str) -> Cow<'t, str> {
        // SGR parameters of ECMA-48, 8.3.117; the sixteen basic colours, so that the terminal's theme decides.
        let code = match ink {
            _ if self.options.colour == Colour::Never || text.is_empty() => return Cow::Borrowed(text),
            Ink::None => return Cow::Borrowed(text),
            Ink::Bold => "1",
            Ink::Faint => "2",
            Ink::Severity(Severity::Critical) => "1;31",
            Ink::Severity(Severity::High) => "31",
            Ink::Severity(Severity::Medium) => "33",
            Ink::Severity(Severity::Low) => "36",
            Ink::Severity(_) => "2",
        };
        Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
    }
}

#[derive(Clone, Copy)]
enum Ink {
    None,
    Bold,
    Faint,
    Severity(Severity),
}

/// Columns of the severity, the longest of which is `NEGLIGIBLE`.
const SEVERITY: usize = 10;

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

/// Facts in a row that are wrapped between them rather than inside: `text::wrap` breaks at plain spaces alone.
fn unbroken(facts: &[String]) -> String {
    facts.iter().map(|fact| fact.replace(' ', "\u{a0}")).collect::<Vec<_>>().join("\u{a0}· ")
}

/// The first few, neutral, and how many more there are.
fn listed(items: &[&str], shown_max: usize) -> String {
    let mut text = items.iter().take(shown_max).map(|item| neutral(item)).collect::<Vec<_>>().join(", ");
    if items.len() > shown_max {
        text.push_str(&format!(" and {} more", items.len() - shown_max));
    }
    text
}
