//! Rule files that build upon others (`extend`, `extendDefault` and `extendPath` in `config/config.go`).

use super::Extended;
use super::read::{File, RawRule};
use crate::rule::Problem;
use crate::spanned::Notes;

/// Files that are read beneath the first one (`maxExtendDepth`).
const DEPTH_MAX: usize = 2;

pub(super) fn extended(
    first: File,
    loader: &dyn Fn(Extended<'_>) -> Option<String>,
    notes: &mut Notes,
) -> File {
    let mut chain = vec![first];
    let mut names: Vec<String> = Vec::new();
    while chain.len() <= DEPTH_MAX {
        let extend = &chain[chain.len() - 1].extend;
        let (wanted, name) = match (&extend.path, extend.uses_default) {
            (None, false) => break,
            (None, true) => (Extended::Default, "gitleaks' own rules".to_owned()),
            (Some(path), false) => (Extended::Path(path), format!("rule file '{path}'")),
            (Some(path), true) => {
                // gitleaks refuses the file.
                tell(notes, &chain, "extend: 'path' beside 'useDefault', the path counts".to_owned());
                (Extended::Path(path), format!("rule file '{path}'"))
            }
        };
        let Some(text) = loader(wanted) else {
            tell(notes, &chain, format!("extend: {name} cannot be had, its rules are missing"));
            break;
        };
        match super::read_file(&text) {
            Ok((file, more)) => {
                notes.problems.extend(
                    more.problems
                        .into_iter()
                        .map(|problem| Problem { line: None, message: format!("{name}: {problem}") }),
                );
                chain.push(file);
                names.push(name);
            }
            Err(error) => {
                tell(notes, &chain, format!("extend: {name}: {error}"));
                break;
            }
        }
    }
    let is_at_end = chain.len() > DEPTH_MAX;
    if is_at_end && (chain[DEPTH_MAX].extend.path.is_some() || chain[DEPTH_MAX].extend.uses_default) {
        let message = format!("{}: its own extension is too deep and not read", names[DEPTH_MAX - 1]);
        notes.problems.push(Problem { line: None, message });
    }
    let mut base = chain.pop().expect("the chain holds the first file");
    while let Some(file) = chain.pop() {
        base = merge(file, base, notes, chain.is_empty());
    }
    base
}

/// A problem at the extend table of the last file; its line is only known for the first.
fn tell(notes: &mut Notes, chain: &[File], message: String) {
    match chain {
        [first] => notes.tell(&first.extend.span.clone(), message),
        _ => notes.problems.push(Problem { line: None, message }),
    }
}

fn merge(mut file: File, base: File, notes: &mut Notes, is_first: bool) -> File {
    let disabled: Vec<&str> = file.extend.disabled.iter().map(|(id, _)| id.as_str()).collect();
    for (id, span) in &file.extend.disabled {
        if is_first && !base.rules.iter().any(|rule| rule.id == *id) {
            notes.tell(span, format!("extend: disabled rule '{id}' does not exist"));
        }
    }
    let mut added = Vec::new();
    for rule in base.rules {
        if disabled.contains(&rule.id.as_str()) {
            continue;
        }
        match file.rules.iter_mut().find(|current| current.id == rule.id) {
            Some(current) => {
                let own = std::mem::take(current);
                *current = override_rule(rule, own);
            }
            None => added.push(rule),
        }
    }
    file.rules.extend(added);
    file.rules.sort_by(|a, b| a.id.cmp(&b.id));
    for list in base.allow {
        // gitleaks populates targeted lists of the first file alone.
        if list.target_rules.is_empty() {
            file.allow.push(list);
        } else {
            let message =
                "an allow list with targetRules in an extended file has no effect in gitleaks".to_owned();
            notes.problems.push(Problem { line: None, message });
        }
    }
    file.texts.extend(base.texts);
    file
}

/// What the extending file says counts; lists are joined.
fn override_rule(mut base: RawRule, current: RawRule) -> RawRule {
    if !current.description.is_empty() {
        base.description = current.description;
    }
    if current.entropy != 0.0 {
        base.entropy = current.entropy;
    }
    if current.secret_group != 0 {
        base.secret_group = current.secret_group;
    }
    base.regex = current.regex.or(base.regex);
    base.path = current.path.or(base.path);
    base.tags.extend(current.tags);
    base.keywords.extend(current.keywords);
    base.allow.extend(current.allow);
    base.own.severity = current.own.severity.or(base.own.severity);
    base.span = current.span;
    base
}
