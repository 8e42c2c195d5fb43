//! How much a history entry and an instruction are alike.

use crate::{Arguments, Dockerfile, Instruction, Keyword, Step, expand};
use std::collections::BTreeMap;

/// A likeness that leaves no doubt.
const SAME: u16 = 100;
/// The keyword is the same and nothing contradicts.
const POSSIBLE: u16 = 20;
/// Words of a command that are compared.
const WORDS_MAX: usize = 500;

/// Defaults of `ARG` and values of `ENV`, of the whole file: the order is not followed, so that one table serves.
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(super) fn collect(file: &Dockerfile, own: &[&Instruction]) -> Self {
        let mut table = BTreeMap::new();
        let global = file.instructions.iter().take_while(|instruction| instruction.keyword != Keyword::From);
        for instruction in global.chain(own.iter().copied()) {
            match &instruction.arguments {
                Arguments::Words(words) if instruction.keyword == Keyword::Arg => {
                    for word in words {
                        if let Some((name, value)) = word.split_once('=') {
                            let value = expand(value, &|name| table.get(name).cloned());
                            table.insert(name.to_owned(), value);
                        }
                    }
                }
                Arguments::Pairs(pairs) if instruction.keyword == Keyword::Env => {
                    for pair in pairs {
                        let value = expand(&pair.value, &|name| table.get(name).cloned());
                        table.insert(pair.name.clone(), value);
                    }
                }
                _ => {}
            }
        }
        Self(table)
    }

    fn expand(&self, text: &str) -> String {
        expand(text, &|name| self.0.get(name).cloned())
    }
}

/// 0 when they cannot be the same, 100 when they are.
pub(super) fn of(step: &Step, instruction: &Instruction, variables: &Variables) -> u16 {
    if step.keyword != instruction.keyword {
        return 0;
    }
    match step.keyword {
        Keyword::Run => run(step, instruction),
        Keyword::Add | Keyword::Copy => files(step, instruction, variables),
        Keyword::Env | Keyword::Label => names(step, instruction, variables),
        Keyword::Arg => {
            let name = |text: &str| text.split('=').next().unwrap_or_default().to_owned();
            let wanted = name(&step.text);
            if instruction.words().iter().any(|word| name(word) == wanted) { SAME } else { 0 }
        }
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => command(step, instruction),
        Keyword::Healthcheck => {
            let has_all = step.words.iter().skip(1).all(|word| instruction.text.contains(word.as_str()));
            if has_all { SAME } else { POSSIBLE }
        }
        Keyword::Volume | Keyword::Expose => {
            let own: Vec<String> = instruction.words().iter().map(|word| variables.expand(word)).collect();
            let port = |text: &str| text.split('/').next().unwrap_or_default().to_owned();
            let is_same =
                |a: &str, b: &str| a == b || (step.keyword == Keyword::Expose && port(a) == port(b));
            let all = step.words.iter().all(|word| own.iter().any(|other| is_same(word, other)));
            if all { SAME } else { 0 }
        }
        Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer | Keyword::Onbuild => {
            let own = variables.expand(&instruction.text);
            if own == step.text || instruction.text == step.text {
                SAME
            } else if step.keyword == Keyword::Workdir && step.text.ends_with(own.trim_start_matches("./")) {
                SAME / 2
            } else {
                0
            }
        }
        Keyword::From | Keyword::Unknown => 0,
    }
}

fn run(step: &Step, instruction: &Instruction) -> u16 {
    let mut wanted = words(&step.text);
    let candidates = match &instruction.arguments {
        Arguments::Json(own) => vec![own.join(" ")],
        _ => {
            let whole: String =
                instruction.heredocs.iter().map(|doc| format!("{}{}\n", doc.content, doc.name)).collect();
            let contents = instruction.heredocs.iter().map(|doc| doc.content.clone()).collect();
            vec![instruction.text.clone(), contents, format!("{}\n{whole}", instruction.text)]
        }
    };
    let mut best = 0;
    for candidate in candidates {
        let own = words(&candidate);
        if own == wanted {
            return SAME;
        }
        if own.is_empty() || wanted.is_empty() {
            continue;
        }
        // Tools cut long entries; the remaining words of a changed command still tell which one it is.
        let sorted = {
            let mut own = own;
            own.sort_unstable();
            own
        };
        wanted.sort_unstable();
        let shared = shared(&wanted, &sorted);
        let ratio = shared * 100 / wanted.len().max(sorted.len());
        best = best.max(if ratio >= 60 { u16::try_from(ratio * 9 / 10).unwrap_or(0) } else { 0 });
        wanted = words(&step.text);
    }
    best
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().take(WORDS_MAX).collect()
}

/// How many words two sorted lists share.
fn shared(a: &[&str], b: &[&str]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, count) = (i + 1, j + 1, count + 1),
        }
    }
    count
}

fn files(step: &Step, instruction: &Instruction, variables: &Variables) -> u16 {
    let own: Vec<String> = instruction.words().iter().map(|word| variables.expand(word)).collect();
    let (Some(wanted), Some((destination, sources))) = (step.destination(), own.split_last()) else {
        return 0;
    };
    if !is_same_place(wanted, destination) {
        return 0;
    }
    if step.content.is_some() {
        return SAME / 2 + 10;
    }
    match sources == step.sources() {
        true => SAME,
        false if instruction.heredocs.is_empty() => POSSIBLE,
        false => SAME / 2,
    }
}

/// Builders tell a destination as it is written or joined to the working directory.
fn is_same_place(told: &str, own: &str) -> bool {
    let (told, own) = (told.trim_end_matches('/'), own.trim_end_matches('/'));
    let relative = own.strip_prefix("./").unwrap_or(own);
    told == own
        || (!own.starts_with('/')
            && (relative == "." || relative.is_empty() || told.ends_with(&format!("/{relative}"))))
}

fn names(step: &Step, instruction: &Instruction, variables: &Variables) -> u16 {
    let Arguments::Pairs(pairs) = &instruction.arguments else { return 0 };
    let text = step.text.replace('"', "");
    let is_named = |name: &str| {
        text.starts_with(&format!("{name}="))
            || text.contains(&format!(" {name}="))
            || text.starts_with(&format!("{name} "))
    };
    if pairs.is_empty() || !pairs.iter().all(|pair| is_named(&variables.expand(&pair.name))) {
        return 0;
    }
    let is_valued = |pair: &crate::Pair| text.contains(variables.expand(&pair.value).as_str());
    if pairs.iter().all(is_valued) { SAME } else { SAME / 2 }
}

fn command(step: &Step, instruction: &Instruction) -> u16 {
    let is_same = match &instruction.arguments {
        Arguments::Json(own) => *own == step.words,
        _ => {
            // Shell form becomes `["/bin/sh" "-c" "text"]`.
            step.words.last().is_some_and(|last| words(last) == words(&instruction.text))
                || words(&step.text) == words(&instruction.text)
        }
    };
    if is_same { SAME } else { 0 }
}
