//! The first stage: one search for the keywords of each language, and regular expressions round its hits.

use crate::{
    flow::CompiledFlow,
    language::Language,
    merge::{Seen, excerpt},
    pattern_file::{self, Pattern, PatternError, PatternFile},
    rules,
    signs::{self, Signs},
};
use content::{Budget, Halt, line_at};
use model::Severity;
use prefilter::Search;
use regex::bytes::{Regex, RegexBuilder};
use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Range},
    sync::OnceLock,
};

/// Bytes before a keyword that an expression may need.
const BEFORE_BYTES: usize = 256;
/// Keyword places kept for one pattern; with more of them the whole file is searched.
const PLACES_MAX: usize = 512;
/// Points of signs of one state that make a hit.
const SCORE_OF_A_HIT: u32 = 10;

/// Everything that is known of one language.
pub(crate) struct Group {
    keywords: Search,
    /// What each keyword belongs to.
    owners: Vec<Vec<Owner>>,
    /// Lengths of the keywords.
    word_bytes: Vec<usize>,
    patterns: Vec<CompiledPattern>,
    flows: Vec<CompiledFlow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Pattern(usize),
    Flow(usize),
    Sign(usize),
}

struct CompiledPattern {
    name: String,
    state: &'static str,
    severity: Severity,
    score: u32,
    is_essential: bool,
    regex: Option<Regex>,
    also: Vec<Regex>,
    unless: Vec<Regex>,
    span: usize,
    size_bytes_max: usize,
}

/// The groups of all languages, each compiled when the first file in its language is met.
pub(crate) struct PatternSet {
    files: Vec<PatternFile>,
    groups: Vec<OnceLock<Group>>,
}

impl Group {
    fn new(files: &[PatternFile], language: Language) -> Result<Self, PatternError> {
        let mut words: BTreeMap<String, Vec<Owner>> = BTreeMap::new();
        let (mut patterns, mut flows) = (Vec::new(), Vec::new());
        for file in files {
            for pattern in file.pattern.iter().filter(|p| p.languages.contains(&language)) {
                for keyword in &pattern.keywords {
                    let owner = Owner::Pattern(patterns.len());
                    words.entry(keyword.to_ascii_lowercase()).or_default().push(owner);
                }
                patterns.push(CompiledPattern::new(pattern)?);
            }
            for flow in file.flow.iter().filter(|f| f.languages.contains(&language)) {
                for keyword in &flow.keywords {
                    let owner = Owner::Flow(flows.len());
                    words.entry(keyword.to_ascii_lowercase()).or_default().push(owner);
                }
                flows.push(CompiledFlow::new(flow)?);
            }
        }
        if language == Language::Php {
            for (at, (word, _)) in signs::WORDS.iter().enumerate() {
                words.entry(word.to_ascii_lowercase()).or_default().push(Owner::Sign(at));
            }
        }
        let keywords = Search::new(words.keys());
        let word_bytes = words.keys().map(String::len).collect();
        Ok(Self { keywords, word_bytes, owners: words.into_values().collect(), patterns, flows })
    }
}

impl PatternSet {
    /// Reads the built-in files.
    pub(crate) fn built_in() -> Result<Self, PatternError> {
        let files = pattern_file::FILES.iter().map(|(name, text)| pattern_file::parse(name, text));
        let groups = Language::ALL.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { files: files.collect::<Result<_, _>>()?, groups })
    }

    fn group(&self, language: Language) -> &Group {
        self.groups[language as usize].get_or_init(|| {
            Group::new(&self.files, language)
                .expect("a test compiles the built-in patterns of every language")
        })
    }

    /// Searches bytes as one language. For PHP the signs tell whether the second stage is worth its time.
    pub(crate) fn search(
        &self,
        language: Language,
        bytes: &[u8],
        budget: &Budget,
        seen: &mut Vec<Seen>,
    ) -> Result<Signs, Halt> {
        let group = self.group(language);
        let mut places: Vec<Vec<usize>> = vec![Vec::new(); group.patterns.len()];
        let mut flow_places: Vec<Vec<usize>> = vec![Vec::new(); group.flows.len()];
        let mut signs = Signs::default();
        let _ = group.keywords.each(bytes, |word, start| {
            for owner in &group.owners[word] {
                match *owner {
                    Owner::Sign(at) => signs.add(at, bytes, start, start + group.word_bytes[word]),
                    Owner::Pattern(at) if places[at].len() <= PLACES_MAX => places[at].push(start),
                    Owner::Flow(at) if flow_places[at].len() <= PLACES_MAX => flow_places[at].push(start),
                    Owner::Pattern(_) | Owner::Flow(_) => {}
                }
            }
            ControlFlow::<()>::Continue(())
        });
        places.iter_mut().chain(&mut flow_places).for_each(|places| places.sort_unstable());
        let mut scores: BTreeMap<&'static str, Vec<(usize, &CompiledPattern)>> = BTreeMap::new();
        for (pattern, places) in group.patterns.iter().zip(&places) {
            if places.is_empty() {
                continue;
            }
            budget.check()?;
            let Some(at) = pattern.find(bytes, places) else { continue };
            if pattern.score > 0 {
                scores.entry(pattern.state).or_default().push((at.start, pattern));
                continue;
            }
            seen.push(Seen {
                state: pattern.state,
                severity: pattern.severity,
                line: line_at(bytes, at.start),
                facts: vec![
                    format!("pattern: {}", pattern.name),
                    format!("text: {}", excerpt(&bytes[at.start..at.end.min(at.start + 200)])),
                ],
            });
        }
        for (flow, places) in group.flows.iter().zip(&flow_places) {
            if !places.is_empty() {
                budget.check()?;
                flow.search(bytes, places, budget, seen)?;
            }
        }
        for (state, signs) in scores {
            let score: u32 = signs.iter().map(|sign| sign.1.score).sum();
            if score >= SCORE_OF_A_HIT && signs.iter().any(|sign| sign.1.is_essential) {
                let names: Vec<&str> = signs.iter().map(|sign| sign.1.name.as_str()).collect();
                let first = signs.iter().map(|sign| sign.0).min().unwrap_or(0);
                seen.push(Seen {
                    state,
                    severity: rules::rule_of(state).map_or(Severity::Medium, |rule| rule.severity),
                    line: line_at(bytes, first),
                    facts: vec![format!("signs ({score} points): {}", names.join(", "))],
                });
            }
        }
        Ok(signs)
    }
}

impl CompiledPattern {
    fn new(pattern: &Pattern) -> Result<Self, PatternError> {
        let rule =
            rules::rule_of(&pattern.state).ok_or_else(|| PatternError::UnknownState(pattern.name.clone()))?;
        let all = |texts: &[String]| {
            texts.iter().map(|text| compile(&pattern.name, text)).collect::<Result<_, _>>()
        };
        Ok(Self {
            name: pattern.name.clone(),
            state: rule.id.strip_prefix("webshell/").expect("every id begins with the engine"),
            severity: pattern.severity.unwrap_or(rule.severity),
            score: pattern.score,
            is_essential: pattern.is_essential,
            regex: pattern.regex.as_deref().map(|text| compile(&pattern.name, text)).transpose()?,
            also: all(&pattern.also)?,
            unless: all(&pattern.unless)?,
            span: pattern.span,
            size_bytes_max: pattern.size_bytes_max,
        })
    }

    fn find(&self, bytes: &[u8], places: &[usize]) -> Option<Range<usize>> {
        if bytes.len() > self.size_bytes_max {
            return None;
        }
        let at = match &self.regex {
            None => places[0]..(places[0] + 80).min(bytes.len()),
            Some(regex) => windows(bytes.len(), places, self.span).into_iter().find_map(|window| {
                regex.find(&bytes[window.clone()]).map(|m| window.start + m.start()..window.start + m.end())
            })?,
        };
        let is_whole = self.also.iter().all(|regex| regex.is_match(bytes))
            && !self.unless.iter().any(|regex| regex.is_match(bytes));
        is_whole.then_some(at)
    }
}

/// The bytes round the places, joined where they touch; the whole file when there are too many places.
pub(crate) fn windows(length: usize, places: &[usize], span: usize) -> Vec<Range<usize>> {
    if places.len() > PLACES_MAX {
        return vec![Range { start: 0, end: length }];
    }
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in places {
        let (start, end) = (place.saturating_sub(BEFORE_BYTES), (place + span).min(length));
        match joined.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => joined.push(start..end),
        }
    }
    joined
}

/// Case counts only where the expression says so; bytes need not be UTF-8.
pub(crate) fn compile(pattern: &str, text: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(text)
        .unicode(false)
        .case_insensitive(true)
        .size_limit(4 << 20)
        .dfa_size_limit(4 << 20)
        .build()
        .map_err(|source| PatternError::Regex { pattern: pattern.to_owned(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn states(language: Language, text: &str) -> Vec<&'static str> {
        let set = PatternSet::built_in().unwrap();
        found(&set, language, text).iter().map(|one| one.state).collect()
    }

    fn found(set: &PatternSet, language: Language, text: &str) -> Vec<Seen> {
        let mut seen = Vec::new();
        let text = text.replace("%%", "");
        set.search(language, text.as_bytes(), &Budget::new(Duration::from_secs(9)), &mut seen).unwrap();
        seen
    }

    #[test]
    fn every_example_gives_the_answer_it_stands_for() {
        let set = PatternSet::built_in().unwrap();
        let (mut patterns, mut wrong) = (0, Vec::new());
        for (name, text) in pattern_file::FILES {
            let file = pattern_file::parse(name, text).unwrap();
            let examples = file.pattern.iter().map(|p| (&p.name, &p.languages, p.score, &p.bad, &p.good));
            let flows = file.flow.iter().map(|f| (&f.name, &f.languages, 0, &f.bad, &f.good));
            for (name, languages, score, bad, good) in examples.chain(flows) {
                patterns += 1;
                assert!(!bad.is_empty() && (score > 0 || !good.is_empty()), "{name} has no examples");
                let hits = |text: &String| {
                    let tag = format!("pattern: {name}");
                    found(&set, languages[0], text).iter().any(|one| one.facts.contains(&tag))
                };
                for text in bad {
                    if score == 0 {
                        if !hits(text) {
                            wrong.push(format!("{name} misses {text}"));
                        }
                    } else {
                        let group = set.group(languages[0]);
                        let pattern = group.patterns.iter().find(|p| p.name == *name).unwrap();
                        let text = text.replace("%%", "");
                        assert!(pattern.find(text.as_bytes(), &[0]).is_some(), "{name} misses {text}");
                    }
                }
                for text in good {
                    if hits(text) {
                        wrong.push(format!("{name} is wrong about {text}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!((60..=130).contains(&patterns), "{patterns} patterns");
    }

    #[test]
    fn the_patterns_of_every_language_compile() {
        let set = PatternSet::built_in().unwrap();
        for language in Language::ALL {
            assert!(!set.group(language).owners.is_empty(), "{language:?}");
        }
    }

    #[test]
    fn one_sign_is_no_hit() {
        assert!(states(Language::Php, "<?php ini_get('safe_mode'); echo 'uname -a';").is_empty());
    }

    #[test]
    fn windows_join_and_stay_in_the_file() {
        assert_eq!(windows(2_000, &[10, 300, 1_500], 100), [0..400, 1_244..1_600]);
        assert_eq!(windows(50, &[49], 100), [Range { start: 0, end: 50 }]);
        assert_eq!(windows(9_000, &vec![1; PLACES_MAX + 1], 1), [Range { start: 0, end: 9_000 }]);
    }
}
