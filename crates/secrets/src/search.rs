//! The search: one pass for all keywords, then each rule near its own.

use crate::allow::{AllowList, Candidate};
use crate::engine::{Engine, Mode};
use crate::fragment::{fragments, location};
use crate::rule::{Places, Rule, RuleSet, SecretPart};
use crate::validate::{Checked, Verdict};
use content::{Budget, Halt};
use regex_automata::{Anchored, Span};
use std::ops::ControlFlow;

/// Bytes before and after a keyword that are searched when the expression does not tell how far a match can reach.
const NEAR_BEFORE_BYTES: usize = 512;
const NEAR_AFTER_BYTES: usize = 2_048;
/// The longest match of an expression without bound: a private key of 16,384 bits takes 13 kB in PEM.
const LONG_AFTER_BYTES: usize = 32 << 10;
/// The most of a line that allow lists and comments are held against, on each side.
const LINE_BYTES_MAX: usize = 4_096;
/// Findings of one text; more are a list of tokens, and the first ones say so.
const FOUND_MAX: usize = 500;
/// Keyword hits between two looks at the clock.
const HITS_PER_CHECK: usize = 256;

/// What is known of a text before it is searched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The path that rules and lists see; empty for texts without one.
    pub(crate) path: &'a str,
    pub(crate) mode: Mode,
}

/// What a rule has found in a text.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The number of the rule in the engine.
    pub(crate) rule: usize,
    pub(crate) matched: Span,
    pub(crate) secret: Span,
    /// 0-based line and gitleaks' column, within the piece that was searched.
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) checked: Option<Checked>,
}

/// Where a rule stands in one text.
#[derive(Clone, Copy, Default)]
struct State {
    /// Matches before it were reported or refused.
    from: usize,
    use_: Use,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Use {
    #[default]
    Unknown,
    Yes,
    No,
}

/// Everything that the rules find in a text.
pub(crate) fn search(
    engine: &Engine,
    subject: Subject<'_>,
    text: &[u8],
    budget: &Budget,
    out: &mut Vec<Found>,
) -> Result<(), Halt> {
    if !engine.is_exact {
        return Piece::new(engine, subject, text).search(budget, out);
    }
    let mut lines = 0;
    for range in fragments(text) {
        let mut found = Vec::new();
        let piece = &text[range.clone()];
        let end = Piece::new(engine, subject, piece).search(budget, &mut found);
        for mut one in found {
            one.matched = Span::from(one.matched.start + range.start..one.matched.end + range.start);
            one.secret = Span::from(one.secret.start + range.start..one.secret.end + range.start);
            one.line += lines;
            out.push(one);
        }
        end?;
        lines += memchr::memchr_iter(b'\n', piece).count();
    }
    Ok(())
}

struct Piece<'a> {
    engine: &'a Engine,
    subject: Subject<'a>,
    text: &'a [u8],
    states: Vec<State>,
    breaks: Option<Vec<usize>>,
    excluded: Vec<Option<Vec<Span>>>,
}

impl<'a> Piece<'a> {
    fn new(engine: &'a Engine, subject: Subject<'a>, text: &'a [u8]) -> Self {
        Self { engine, subject, text, states: Vec::new(), breaks: None, excluded: Vec::new() }
    }

    fn search(mut self, budget: &Budget, out: &mut Vec<Found>) -> Result<(), Halt> {
        self.states = vec![State::default(); self.engine.rules.len()];
        let first = out.len();
        let end = self.keywords(budget, out).and_then(|()| self.without_keywords(budget, out));
        let mut found = out.split_off(first);
        self.required(budget, &mut found)?;
        drop_generic(self.engine, self.text, &mut found);
        out.append(&mut found);
        end
    }

    fn keywords(&mut self, budget: &Budget, out: &mut Vec<Found>) -> Result<(), Halt> {
        let engine = self.engine;
        let mut count = 0_usize;
        let mut end = Ok(());
        let _ = engine.search(self.subject.mode).each(self.text, |keyword, start| {
            count += 1;
            if count.is_multiple_of(HITS_PER_CHECK) {
                end = budget.check();
            }
            for &rule in engine.rules_of(self.subject.mode, keyword) {
                self.near(rule, start, out);
            }
            if out.len() > FOUND_MAX {
                end = Err(Halt {
                    reason: model::GapReason::LimitReached,
                    detail: format!(
                        "more than {FOUND_MAX} credentials in one text; the first ones are reported"
                    ),
                });
            }
            if end.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        end
    }

    fn without_keywords(&mut self, budget: &Budget, out: &mut Vec<Found>) -> Result<(), Halt> {
        if self.subject.mode == Mode::Bytes {
            return Ok(());
        }
        for &rule in &self.engine.without_keywords {
            budget.check()?;
            if self.is_used(rule) {
                self.range(rule, 0, self.text.len(), None, out);
            }
        }
        Ok(())
    }

    /// Evaluates a rule whose keyword begins at an offset.
    fn near(&mut self, number: usize, at: usize, out: &mut Vec<Found>) {
        let from = self.states[number].from;
        if from > at || !self.is_used(number) {
            return;
        }
        let engine = self.engine;
        let rule = engine.rule(number);
        let Some(regex) = &rule.regex else { return };
        let length = self.text.len();
        let Some(window) = &rule.window else {
            if engine.is_exact {
                self.states[number].from = usize::MAX;
                self.range(number, 0, length, None, out);
                return;
            }
            // Windows that nearly coincide are searched once.
            let end = (at + NEAR_AFTER_BYTES).min(length);
            let start = at.saturating_sub(NEAR_BEFORE_BYTES).max(from);
            self.range(number, start, end, None, out);
            self.states[number].from = self.states[number].from.max((at + NEAR_AFTER_BYTES / 2).min(length));
            return;
        };
        let unbounded = if engine.is_exact { length } else { LONG_AFTER_BYTES };
        let end = at.saturating_add(window.after.unwrap_or(unbounded)).min(length);
        match &window.tail {
            None => {
                if let Some(span) = regex.find(self.text, at, end, Anchored::Yes) {
                    self.states[number].from = span.end.max(at + 1);
                    out.extend(self.judge(number, span));
                }
            }
            Some(tail) => {
                if tail.is_match_at(self.text, at, end) {
                    let before =
                        window.before.unwrap_or(if engine.is_exact { length } else { NEAR_BEFORE_BYTES });
                    self.range(number, at.saturating_sub(before).max(from), end, Some(at), out);
                }
            }
        }
    }

    /// Every match in a range; with `around`, those alone that begin at or before that offset: what begins later has
    /// a keyword of its own.
    fn range(
        &mut self,
        number: usize,
        start: usize,
        end: usize,
        around: Option<usize>,
        out: &mut Vec<Found>,
    ) {
        let engine = self.engine;
        let rule = engine.rule(number);
        let Some(regex) = &rule.regex else { return };
        let mut from = start;
        while from <= end {
            let Some(span) = regex.find(self.text, from, end, Anchored::No) else { return };
            if around.is_some_and(|at| span.start > at) {
                return;
            }
            from = span.end.max(span.start + 1);
            self.states[number].from = self.states[number].from.max(from);
            out.extend(self.judge(number, span));
            if around.is_some_and(|at| span.end > at) || out.len() > FOUND_MAX {
                return;
            }
        }
    }

    /// Whether a rule is used for this text at all; asked at its first keyword.
    fn is_used(&mut self, number: usize) -> bool {
        if self.states[number].use_ == Use::Unknown {
            let is_used = self.decide_use(number);
            self.states[number].use_ = if is_used { Use::Yes } else { Use::No };
        }
        self.states[number].use_ == Use::Yes
    }

    fn decide_use(&self, number: usize) -> bool {
        let (set, rule) = (self.engine.set(number), self.engine.rule(number));
        let path = self.subject.path;
        let is_in_place = match rule.places {
            Places::Text => self.subject.mode != Mode::Bytes,
            Places::AllBytes => true,
            Places::Config => self.subject.mode == Mode::Config,
        };
        let fits = rule.path.as_ref().is_none_or(|pattern| pattern.is_match(path.as_bytes()));
        if !is_in_place || rule.is_auxiliary || !fits {
            return false;
        }
        // gitleaks' lists for all rules hide whole interpreters: they hold in the exact mode alone.
        let lists: &[AllowList] = if self.engine.is_exact { &set.allow } else { &[] };
        !rule.allow.iter().chain(lists).any(|list| list.allows_path(path)) && !set.skipped.matches(path)
    }

    /// Whether a match counts, and what of it is the secret.
    fn judge(&mut self, number: usize, span: Span) -> Vec<Found> {
        let engine = self.engine;
        let (set, rule) = (engine.set(number), engine.rule(number));
        let text = self.text;
        if matches!(rule.secret, SecretPart::Whole | SecretPart::Groups(_)) {
            return self.judge_as_trivy(number, span);
        }
        // gitleaks cuts line breaks off both ends, but keeps the start of the match.
        let raw = &text[span.start..span.end];
        let lead = raw.iter().take_while(|byte| **byte == b'\n').count();
        let trail = raw[lead..].iter().rev().take_while(|byte| **byte == b'\n').count();
        let matched = &raw[lead..raw.len() - trail];
        let (line, column, line_text) = self.place(span.start, span.start + matched.len());
        if memchr::memmem::find(line_text, b"gitleaks:allow").is_some() {
            return Vec::new();
        }
        let part = secret_part(rule, matched);
        let secret = &matched[part.start..part.end];
        if rule.entropy != 0.0 && crate::entropy::shannon(secret) <= rule.entropy {
            return Vec::new();
        }
        let candidate = Candidate { path: self.subject.path, secret, matched, line: line_text };
        if set.allow.iter().chain(&rule.allow).any(|list| list.allows(candidate)) {
            return Vec::new();
        }
        let offset = span.start + lead;
        let secret = Span::from(part.start + offset..part.end + offset);
        let secret = if set.namespace.is_none() { without_quotes(text, secret) } else { secret };
        let checked = match self.check(set, rule, secret, Span::from(offset..offset + matched.len())) {
            Verdict::Refused => return Vec::new(),
            Verdict::Unchecked => None,
            Verdict::Checked(checked) => Some(checked),
        };
        let matched = Span::from(span.start..span.start + matched.len());
        vec![Found { rule: number, matched, secret, line, column, checked }]
    }

    /// Trivy's way: the match itself, or named groups; allow rules see the whole match; blocks exclude.
    fn judge_as_trivy(&mut self, number: usize, span: Span) -> Vec<Found> {
        let engine = self.engine;
        let (set, rule) = (engine.set(number), engine.rule(number));
        let matched = &self.text[span.start..span.end];
        let candidate = Candidate { path: self.subject.path, secret: matched, matched, line: matched };
        if set.allow.iter().chain(&rule.allow).any(|list| list.allows(candidate)) {
            return Vec::new();
        }
        let mut secrets = vec![span];
        if let (SecretPart::Groups(groups), Some(regex)) = (&rule.secret, &rule.regex) {
            let spans = regex.captures(self.text, span.start);
            secrets = groups.iter().filter_map(|group| spans.get(*group).copied().flatten()).collect();
        }
        let (line, column, _) = self.place(span.start, span.end);
        secrets.retain(|secret| !self.is_excluded(number, *secret));
        let found = |secret| Found { rule: number, matched: span, secret, line, column, checked: None };
        secrets.into_iter().map(found).collect()
    }

    /// Whether a secret lies within a block that rules or the rule set exclude.
    fn is_excluded(&mut self, number: usize, secret: Span) -> bool {
        let (set, rule) = (self.engine.set(number), self.engine.rule(number));
        if set.excluded.is_empty() && rule.excluded.is_empty() {
            return false;
        }
        self.excluded.resize(self.engine.rules.len(), None);
        let text = self.text;
        let blocks = self.excluded[number].get_or_insert_with(|| {
            let mut blocks = Vec::new();
            for pattern in set.excluded.iter().chain(&rule.excluded) {
                let mut from = 0;
                while let Some(span) = pattern.find(text, from, text.len(), Anchored::No) {
                    blocks.push(span);
                    from = span.end.max(span.start + 1);
                    if from > text.len() {
                        break;
                    }
                }
            }
            blocks
        });
        blocks.iter().any(|block| block.start <= secret.start && secret.end <= block.end)
    }

    fn check(&self, set: &RuleSet, rule: &Rule, secret: Span, matched: Span) -> Verdict {
        if self.engine.is_exact {
            return Verdict::Unchecked;
        }
        let bytes = &self.text[secret.start..secret.end];
        if crate::examples::is_known(bytes) {
            return Verdict::Refused;
        }
        match rule.validator {
            Some(validator) if set.namespace.is_none() => validator.check(self.text, secret, matched),
            Some(validator) => validator.check(self.text, secret, matched),
            None => Verdict::Unchecked,
        }
    }

    /// Line, column and text of the line.
    fn place(&mut self, start: usize, end: usize) -> (usize, usize, &'a [u8]) {
        let text = self.text;
        if self.engine.is_exact {
            let breaks = self.breaks.get_or_insert_with(|| memchr::memchr_iter(b'\n', text).collect());
            let location = location(breaks, text, start, end);
            return (location.line, location.column, &text[location.line_start..location.line_end]);
        }
        let breaks = self.breaks.get_or_insert_with(|| memchr::memchr_iter(b'\n', text).collect());
        let index = breaks.partition_point(|at| *at < start);
        let line_start = if index == 0 { 0 } else { breaks[index - 1] + 1 };
        let line_end = breaks.get(breaks.partition_point(|at| *at < end)).copied().unwrap_or(text.len());
        let shown_start = line_start.max(start.saturating_sub(LINE_BYTES_MAX));
        let shown_end = line_end.min(end + LINE_BYTES_MAX);
        (index, start - line_start + 1, &text[shown_start.min(start)..shown_end.max(end)])
    }

    /// Keeps what a composite rule has found only where every rule it requires is found near
    /// (`processRequiredRules`).
    fn required(&mut self, budget: &Budget, found: &mut Vec<Found>) -> Result<(), Halt> {
        let engine = self.engine;
        let mut composite: Vec<usize> = found.iter().map(|one| one.rule).collect();
        composite.retain(|number| !engine.rule(*number).required.is_empty());
        composite.sort_unstable();
        composite.dedup();
        for number in composite {
            for required in &engine.rule(number).required {
                budget.check()?;
                let Some(other) = engine.number_of(number, &required.id) else { continue };
                let partners = self.all_of(other);
                found.retain(|one| {
                    one.rule != number
                        || partners.iter().any(|partner| {
                            let near = |a: usize, b: usize, most: Option<u64>| {
                                most.is_none_or(|most| a.abs_diff(b) as u64 <= most)
                            };
                            near(one.line, partner.line, required.lines_max)
                                && near(one.column, partner.column, required.columns_max)
                        })
                });
            }
        }
        Ok(())
    }

    /// Everything a required rule finds in the whole piece, whatever its keywords.
    fn all_of(&mut self, number: usize) -> Vec<Found> {
        let rule = self.engine.rule(number);
        let path = self.subject.path;
        let fits = rule.path.as_ref().is_none_or(|pattern| pattern.is_match(path.as_bytes()))
            && !rule.allow.iter().any(|list| list.allows_path(path));
        let mut found = Vec::new();
        if fits {
            self.states[number].from = 0;
            self.range(number, 0, self.text.len(), None, &mut found);
        }
        found
    }
}

/// The secret of an own rule without the quotes round it.
fn without_quotes(text: &[u8], secret: Span) -> Span {
    let bytes = &text[secret.start..secret.end];
    let inner = crate::placeholder::trim(bytes);
    let lead = bytes.iter().take_while(|byte| byte.is_ascii_whitespace() || b"\"'`".contains(byte)).count();
    if inner.is_empty() { secret } else { Span::from(secret.start + lead..secret.start + lead + inner.len()) }
}

/// What of a match is the secret, by groups of a second match within it, as gitleaks does it.
fn secret_part(rule: &Rule, matched: &[u8]) -> Span {
    let whole = Span::from(0..matched.len());
    let Some(regex) = &rule.regex else { return whole };
    if regex.group_count() == 0 {
        return whole;
    }
    let spans = regex.captures(matched, 0);
    if spans.is_empty() {
        return whole;
    }
    if let SecretPart::Group(group) = rule.secret {
        return spans.get(group).copied().flatten().unwrap_or(Span::from(0..0));
    }
    spans[1..].iter().flatten().find(|span| !span.is_empty()).copied().unwrap_or(whole)
}

/// Drops what a generic rule has found where a specific one has found it on the same line (`filter`).
fn drop_generic(engine: &Engine, text: &[u8], found: &mut Vec<Found>) {
    let is_generic = |one: &Found| engine.rule(one.rule).id.to_ascii_lowercase().contains("generic");
    if !found.iter().any(is_generic) {
        return;
    }
    let bytes = |one: &Found| &text[one.secret.start..one.secret.end];
    let dropped: Vec<bool> = found
        .iter()
        .map(|one| {
            is_generic(one)
                && found.iter().any(|other| {
                    other.line == one.line
                        && !is_generic(other)
                        && memchr::memmem::find(bytes(other), bytes(one)).is_some()
                })
        })
        .collect();
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !dropped[index - 1]
    });
}
