//! What follows the findings: layers, gaps, what was suppressed, which advisories were used, and the verdict.

use super::page::{Ink, Page};
use crate::{
    Details,
    summary::{self, Summary},
    text::{self, count, cut, neutral, pad},
};
use model::{Gap, Report, Severity};
use std::{
    collections::HashMap,
    io::{self, Write},
};

impl Page<'_> {
    pub(super) fn layers(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        if report.layers.is_empty() || report.findings.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", self.paint(Ink::Bold, "Layers"))?;
        let mut numbers: HashMap<(usize, Severity), usize> = HashMap::new();
        for finding in &report.findings {
            if let Some(layer) = &finding.location.layer {
                *numbers.entry((layer.index, finding.severity)).or_default() += 1;
            }
        }
        for layer in &report.layers {
            let number = |severity| Some((severity, *numbers.get(&(layer.index, severity))?));
            let counts: Vec<String> = Severity::ALL
                .into_iter()
                .filter_map(number)
                .map(|(severity, number)| format!("{} {severity}", text::grouped(number as u64)))
                .collect();
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

    /// What was looked at inside files, and the executables that nobody vouches for.
    pub(super) fn content(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let Some(content) = &report.content else { return Ok(()) };
        writeln!(out, "{}", self.paint(Ink::Bold, "Content"))?;
        let files = format!(
            "  {} files ({}) in all layers · {} ({}) equal the record of their package",
            text::grouped(content.files),
            text::size(content.bytes),
            text::grouped(content.verified_files),
            text::size(content.verified_bytes),
        );
        let members = match content.members {
            0 => String::new(),
            number => format!(" · {} members of archives", text::grouped(number)),
        };
        self.plain(&format!("{files}{members}"), out)?;
        let number = report.executables.len();
        if number > 0 {
            let words = count(number, "executable");
            self.plain(&format!("  {words} that no package owns, with digests in the JSON report"), out)?;
        }
        if self.options.details == Details::Full {
            for executable in &report.executables {
                let path = neutral(&executable.path.to_string()).into_owned();
                self.plain(&format!("    {path} · {} · layer {}", executable.digest, executable.layer), out)?;
            }
        }
        writeln!(out)
    }

    pub(super) fn gaps(&self, gaps: &[Gap], out: &mut dyn Write) -> io::Result<()> {
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

    pub(super) fn suppressed(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
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

    pub(super) fn advisories(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
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

    pub(super) fn verdict(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
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
        self.wrapped(&self.paint(Ink::Bold, &line), &line, out)
    }
}
