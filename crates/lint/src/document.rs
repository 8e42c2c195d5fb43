//! Judging one Dockerfile.

use crate::{
    Config,
    file::File,
    hits::{Hit, Hits},
    pragma::{self, Ignore, Meaning, Scope},
    rule::is_called,
    rules, shell_text,
};
use dockerfile::{Dockerfile, LineIndex, ProblemKind};
use model::{Edit, Finding, Fingerprint, Fix, Gap, GapReason, Location, Severity, SourceSpan, Suppressed};
use std::{collections::BTreeMap, ops::Range};

/// Problems that the parser tells of one file, at most.
const PROBLEMS_SHOWN: usize = 200;

/// What is known of the world around a Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The text of the `.dockerignore` that counts, empty when there is a build context without one; `None` when the
    /// context is not known.
    pub dockerignore: Option<String>,
    /// Digests of images by name as `FROM` has it (`alpine:3.20` → `sha256:…`).
    pub digests: BTreeMap<String, String>,
}

/// What was found in one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linted {
    /// In the order of the file.
    pub findings: Vec<Finding>,
    /// What the configuration or comments took out.
    pub suppressed: Vec<Suppressed>,
    /// What was not judged.
    pub gaps: Vec<Gap>,
    /// Whether the file wants its findings of BuildKit's rules to fail a build (`# check=error=true`).
    pub wants_failure: bool,
}

/// Judges a Dockerfile. `name` is the file as the user named it.
#[must_use]
pub fn lint(name: &str, text: &str, around: &Surroundings, config: &Config) -> Linted {
    let parsed = dockerfile::parse(text);
    let index = LineIndex::new(text);
    let file = File::new(text, &parsed, &index, config, around);
    let check = parsed.directives.iter().find(|directive| directive.name == "check");
    let check = check.map_or("", |directive| directive.value.as_str());
    let wanted =
        Wanted { config, experimental: pragma::check_option(check, "experimental").unwrap_or_default() };
    let mut hits = Hits::new(rules::ALL[0]);
    for rule in
        rules::ALL.iter().copied().filter(|rule| wanted.wants(rule.info.id, rule.aliases, rule.is_optional))
    {
        hits.set_rule(rule);
        (rule.check)(&file, &mut hits);
    }
    shell_text::judge(&file, &mut hits, &|found| {
        wanted.wants(found.rule.id, found.aliases, shell::is_optional(found.rule.id))
    });
    let mut linted = Linted {
        gaps: gaps(name, &file, hits.is_full),
        wants_failure: pragma::check_option(check, "error") == Some("true"),
        ..Linted::default()
    };
    hits.list.sort_by(|a, b| (a.bytes.start, a.info.id).cmp(&(b.bytes.start, b.info.id)));
    let ignores = ignores(&parsed, check, config);
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for hit in &hits.list {
        let mut writer = Writer { name, text, index: &index, seen: &mut seen };
        let severity = severity(hit, config);
        let finding = writer.finding(hit, severity.unwrap_or(hit.info.severity));
        let aliases = hit.aliases.as_deref().unwrap_or(hit.known_as);
        let called = |rule: &String| is_called(hit.info.id, aliases, rule);
        if severity.is_none() || config.ignored.iter().any(called) {
            let reason = "the configuration ignores the rule".to_owned();
            linted.suppressed.push(Suppressed { finding, by: "configuration".to_owned(), reason });
        } else if let Some(reason) = ignores.of(hit.bytes.start, hit.info.id, aliases) {
            linted.suppressed.push(Suppressed { finding, by: "comment".to_owned(), reason });
        } else {
            linted.findings.push(finding);
        }
    }
    linted
}

/// Takes out of findings of other programs what comments of the file ignore; findings without a place stay.
#[must_use]
pub fn heed_comments(text: &str, findings: Vec<Finding>, config: &Config) -> (Vec<Finding>, Vec<Suppressed>) {
    let parsed = dockerfile::parse(text);
    let index = LineIndex::new(text);
    let check = parsed.directives.iter().find(|directive| directive.name == "check");
    let ignores = ignores(&parsed, check.map_or("", |directive| directive.value.as_str()), config);
    let (mut kept, mut suppressed) = (Vec::new(), Vec::new());
    for finding in findings {
        let offset = finding.location.source.as_ref().map(|span| index.line(text, span.line).start);
        // The line may begin in front of an indented instruction.
        let offset = offset.map(|at| at + (text[at..].len() - text[at..].trim_start().len()));
        match offset.and_then(|offset| ignores.of(offset, &finding.rule, &finding.aliases)) {
            Some(reason) => suppressed.push(Suppressed { finding, by: "comment".to_owned(), reason }),
            None => kept.push(finding),
        }
    }
    (kept, suppressed)
}

struct Wanted<'a> {
    config: &'a Config,
    experimental: &'a str,
}

impl Wanted<'_> {
    fn wants(&self, id: &str, aliases: &[&str], is_optional: bool) -> bool {
        let called = |name: &str| is_called(id, aliases, name);
        !is_optional
            || self.config.wants_all
            || self.config.enabled.iter().any(|name| called(name))
            || self.config.overrides.iter().any(|(name, severity)| severity.is_some() && called(name))
            || (rules::is_experimental(id)
                && self.experimental.split(',').any(|name| name == "all" || called(name.trim())))
    }
}

/// The severity of a hit; `None` when the configuration leaves it out.
fn severity(hit: &Hit, config: &Config) -> Option<Severity> {
    let aliases = hit.aliases.as_deref().unwrap_or(hit.known_as);
    let found = config.overrides.iter().rev().find(|(name, _)| is_called(hit.info.id, aliases, name));
    found.map_or(Some(hit.info.severity), |(_, severity)| *severity)
}

/// The comments of a file that ignore rules, with the bytes that each counts for.
struct Ignores {
    list: Vec<(Range<usize>, Ignore)>,
}

impl Ignores {
    /// Why a finding at an offset is ignored; `None` when it is not.
    fn of(&self, offset: usize, id: &str, aliases: &[impl AsRef<str>]) -> Option<String> {
        let covers =
            |(bytes, ignore): &&(Range<usize>, Ignore)| bytes.contains(&offset) && ignore.covers(id, aliases);
        let (_, ignore) = self.list.iter().find(covers)?;
        Some(match ignore.reason.as_str() {
            "" => "a comment ignores the rule, without a reason".to_owned(),
            reason => reason.to_owned(),
        })
    }
}

fn ignores(parsed: &Dockerfile, check: &str, config: &Config) -> Ignores {
    let mut list = Vec::new();
    if config.forbids_inline_ignores {
        return Ignores { list };
    }
    if let Some(names) = pragma::check_option(check, "skip") {
        let names = pragma::buildkit_names(names);
        let reason = "check directive of the file".to_owned();
        list.push((0..usize::MAX, Ignore { scope: Scope::File, names, reason }));
    }
    for comment in &parsed.comments {
        if let Meaning::Ignore(ignore) = pragma::read(&comment.text)
            && ignore.scope == Scope::File
        {
            list.push((0..usize::MAX, ignore));
        }
    }
    for (at, instruction) in parsed.instructions.iter().enumerate() {
        for ignore in pragma::above(instruction) {
            match ignore.scope {
                Scope::Instruction => list.push((instruction.bytes.clone(), ignore)),
                Scope::Stage => {
                    let stage = parsed.stages.iter().find(|stage| stage.instructions.contains(&at));
                    let last = stage.map_or(at, |stage| stage.instructions.end.saturating_sub(1));
                    let end = parsed.instructions.get(last).map_or(usize::MAX, |last| last.bytes.end);
                    list.push((instruction.bytes.start..end, ignore));
                }
                Scope::File => {}
            }
        }
    }
    Ignores { list }
}

fn gaps(name: &str, file: &File<'_>, is_full: bool) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for problem in file.parsed.problems.iter().filter(|problem| problem.kind == ProblemKind::Limit) {
        gaps.push(Gap::new(name, GapReason::LimitReached, problem.message.clone()));
    }
    if file.parsed.problems.len() >= PROBLEMS_SHOWN {
        gaps.push(Gap::new(name, GapReason::LimitReached, "more lines are not understood than are shown"));
    }
    if is_full {
        gaps.push(Gap::new(name, GapReason::LimitReached, "too many hits; only the first are shown"));
    }
    for run in &file.runs {
        for part in &run.parts {
            let line = run.step.outer.lines.first;
            if !part.shell.is_posix() {
                let detail = format!("line {line}: the commands of {} are not judged", part.shell.name);
                gaps.push(Gap::new(name, GapReason::Unsupported, detail));
            }
            for problem in &part.script.problems {
                let detail = format!("line {line}: shell text: {problem}");
                gaps.push(Gap::new(name, GapReason::Malformed, detail));
            }
        }
    }
    if file.parsed.stages.iter().any(|stage| stage.platform.is_some()) {
        let detail = "InvalidBaseImagePlatform is not judged: whether the base image has the platform, its registry knows";
        gaps.push(Gap::new(name, GapReason::Unsupported, detail));
    }
    gaps.sort();
    gaps.dedup();
    gaps
}

struct Writer<'a> {
    name: &'a str,
    text: &'a str,
    index: &'a LineIndex,
    seen: &'a mut BTreeMap<(String, String), usize>,
}

impl Writer<'_> {
    fn finding(&mut self, hit: &Hit, severity: Severity) -> Finding {
        let info = hit.info;
        let aliases = hit.aliases.as_deref().unwrap_or(hit.known_as);
        let mut aliases: Vec<String> = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        aliases.sort();
        // The same words in the same file are told apart by their number: lines move with every edit.
        let key = (info.id.to_owned(), hit.detail.clone());
        let number = self.seen.entry(key).and_modify(|count| *count += 1).or_insert(0).to_string();
        let fix = hit.fix.as_ref().map(|(title, edits)| {
            let edits = edits.iter().map(|(bytes, text)| Edit {
                bytes: bytes.clone(),
                text: text.clone(),
                span: self.span(bytes),
            });
            Box::new(Fix { title: title.clone(), edits: edits.collect(), caution: None })
        });
        Finding {
            rule: info.id.to_owned(),
            title: hit.detail.clone(),
            severity,
            location: Location { source: Some(Box::new(self.span(&hit.bytes))), ..Location::default() },
            evidence: Vec::new(),
            remedy: Some(info.remedy.to_owned()),
            references: info.references.iter().map(|link| (*link).to_owned()).collect(),
            fingerprint: Fingerprint::of(&[info.id, self.name, &hit.detail, &number]),
            aliases,
            fix,
            vulnerability: None,
        }
    }

    fn span(&self, bytes: &Range<usize>) -> SourceSpan {
        let (line, column) = self.index.locate(self.text, bytes.start);
        let (end_line, end_column) = self.index.locate(self.text, bytes.end.max(bytes.start));
        SourceSpan { file: self.name.to_owned(), line, column, end_line, end_column }
    }
}
