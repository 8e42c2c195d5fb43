//! Rules from the tables of a rule file.

use super::read::{File, RawAllow, RawRule};
use crate::allow::{AllowList, PathLists, stop_words};
use crate::pattern::{Pattern, PatternError};
use crate::rule::{Places, Problem, Rule, RuleSet, SecretPart};
use crate::spanned::Notes;
use crate::validate::Validator;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// When regular expressions are compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compile {
    Now,
    WhenNeeded,
}

pub(super) fn rule_set(file: File, mut notes: Notes, compile: Compile) -> (RuleSet, Vec<Problem>) {
    let mut rules = Vec::new();
    let mut spans = Vec::new();
    for raw in file.rules {
        match rule(&raw, compile, &mut notes) {
            Ok(rule) => {
                rules.push(rule);
                spans.push(raw.span);
            }
            Err(message) => notes.tell(&raw.span, format!("rule '{}': {message}", raw.id)),
        }
    }
    // A rule whose partner is missing would be reported by itself, which is more than its author meant.
    loop {
        let missing = rules.iter().enumerate().find_map(|(index, rule)| {
            let lacks = |id: &str| !rules.iter().any(|other: &Rule| other.id == id);
            rule.required
                .iter()
                .find(|required| lacks(&required.id))
                .map(|required| (index, required.id.clone()))
        });
        let Some((index, id)) = missing else { break };
        let rule = rules.remove(index);
        let span = spans.remove(index);
        notes.tell(&span, format!("rule '{}': requires rule '{id}', which does not exist", rule.id));
    }
    let mut allow = Vec::new();
    for raw in &file.allow {
        if raw.target_rules.is_empty() {
            allow.extend(list(raw, "allow list", compile, &mut notes));
            continue;
        }
        for id in &raw.target_rules {
            match rules.iter_mut().find(|rule| rule.id == *id) {
                Some(rule) => rule.allow.extend(list(raw, "allow list", compile, &mut notes)),
                None => notes.tell(&raw.span, format!("allow list: rule '{id}' does not exist")),
            }
        }
    }
    let mut hash = Sha256::new();
    for text in &file.texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let mut digest = String::new();
    for byte in hash.finalize() {
        let _ = write!(digest, "{byte:02x}");
    }
    let mut problems = notes.problems;
    problems.sort();
    let set = RuleSet {
        namespace: None,
        title: file.title,
        rules,
        allow,
        excluded: Vec::new(),
        skipped: PathLists::default(),
        disabled: Vec::new(),
        digest,
    };
    (set, problems)
}

fn pattern(text: &str, compile: Compile) -> Result<Pattern, PatternError> {
    let pattern = Pattern::parse(text)?;
    if compile == Compile::Now { pattern.compile() } else { Ok(pattern) }
}

fn rule(raw: &RawRule, compile: Compile, notes: &mut Notes) -> Result<Rule, String> {
    if raw.id.trim().is_empty() {
        return Err("it has no id".to_owned());
    }
    if raw.regex.is_none() && raw.path.is_none() {
        return Err("neither regex nor path, it can find nothing".to_owned());
    }
    let mut rule = Rule::named(&raw.id);
    let read = |text: &Option<String>, what: &str| match text {
        Some(text) => pattern(text, compile).map(Some).map_err(|error| format!("{what}: {error}")),
        None => Ok(None),
    };
    rule.regex = read(&raw.regex, "regex")?;
    rule.path = read(&raw.path, "path")?;
    rule.keywords.clone_from(&raw.keywords);
    rule.keywords.sort();
    rule.keywords.dedup();
    if let Some(regex) = &rule.regex {
        let groups = regex.group_count();
        if raw.secret_group > groups {
            let wanted = raw.secret_group;
            return Err(format!("secretGroup {wanted}, but the expression has {groups} groups"));
        }
        rule.window = regex.window(&rule.keywords);
    }
    if raw.secret_group > 0 {
        rule.secret = SecretPart::Group(raw.secret_group);
    }
    rule.title.clone_from(&raw.description);
    rule.entropy = raw.entropy;
    rule.tags.clone_from(&raw.tags);
    rule.is_auxiliary = raw.is_auxiliary;
    rule.required.clone_from(&raw.required);
    for raw_list in &raw.allow {
        rule.allow.extend(list(raw_list, &format!("rule '{}'", raw.id), compile, notes));
    }
    own_keys(&mut rule, raw)?;
    Ok(rule)
}

fn own_keys(rule: &mut Rule, raw: &RawRule) -> Result<(), String> {
    if let Some(severity) = &raw.own.severity {
        rule.severity = severity.parse().map_err(|error: model::SeverityError| error.to_string())?;
    }
    if let Some(name) = &raw.own.validate {
        rule.validator = Some(Validator::named(name).ok_or_else(|| format!("unknown validator '{name}'"))?);
    }
    rule.places = match raw.own.places.as_deref() {
        None | Some("text") => Places::Text,
        Some("all") => Places::AllBytes,
        Some("config") => Places::Config,
        Some(other) => return Err(format!("unknown places '{other}' (hint: text, all or config)")),
    };
    rule.is_weak = raw.own.is_weak;
    rule.why = raw.own.why.clone().unwrap_or_default();
    rule.remedy = raw.own.remedy.clone().unwrap_or_default();
    rule.references.clone_from(&raw.own.references);
    Ok(())
}

fn list(raw: &RawAllow, owner: &str, compile: Compile, notes: &mut Notes) -> Option<AllowList> {
    let mut join = |texts: &[String]| -> Result<Option<Pattern>, ()> {
        let mut usable: Vec<&str> = Vec::new();
        for text in texts {
            match Pattern::parse(text) {
                Ok(_) => usable.push(text),
                Err(error) => notes.tell(&raw.span, format!("{owner}: allow list: '{text}': {error}")),
            }
        }
        // A list of which a part is lost must not turn into one that asks for less.
        if usable.is_empty() && !texts.is_empty() {
            return Err(());
        }
        if usable.is_empty() {
            return Ok(None);
        }
        // Joined as gitleaks joins them (`joinRegexOr`): flags of one expression hold for those that follow.
        let joined = pattern(&format!("(?:{})", usable.join("|")), compile);
        joined.map(Some).map_err(|error| notes.tell(&raw.span, format!("{owner}: allow list: {error}")))
    };
    let paths = join(&raw.paths);
    let regexes = join(&raw.regexes);
    let (paths, regexes) = match (paths, regexes, raw.needs_all) {
        (Ok(paths), Ok(regexes), _) => (paths, regexes),
        (_, _, true) => return None,
        (paths, regexes, false) => (paths.unwrap_or_default(), regexes.unwrap_or_default()),
    };
    Some(AllowList {
        needs_all: raw.needs_all,
        has_commits: raw.has_commits,
        paths,
        regexes,
        target: raw.target,
        stop_words: stop_words(&raw.stop_words),
        expressions: raw.paths.len() + raw.regexes.len(),
    })
}
