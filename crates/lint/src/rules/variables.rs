//! Variables: used without being set, and secrets in them.

use super::{File, Hits, Rule, Words, rule};
use dockerfile::{Arguments, Instruction, Keyword};
use model::Severity;

/// Arguments that builders set (Dockerfile reference, "Automatic platform ARGs in the global scope").
pub(super) const PLATFORM_ARGUMENTS: &[&str] = &[
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
];

/// Arguments that need no declaration (Dockerfile reference, "Predefined ARGs").
pub(crate) const PREDEFINED: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// A variable that a text uses.
pub(super) struct Used {
    pub(super) name: String,
    /// Whether the text says what stands for it when it is not set.
    pub(super) has_default: bool,
}

/// The variables that a text uses; nested ones in defaults too.
pub(super) fn used(text: &str, escape: char) -> Vec<Used> {
    let mut found = Vec::new();
    let mut is_single_quoted = false;
    let mut is_double_quoted = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if !is_double_quoted => is_single_quoted = !is_single_quoted,
            '"' if !is_single_quoted => is_double_quoted = !is_double_quoted,
            _ if is_single_quoted => {}
            _ if character == escape => {
                characters.next();
            }
            '$' => {
                let rest = &text[at + 1..];
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let (rest, is_braced) = rest.strip_prefix('{').map_or((rest, false), |rest| (rest, true));
                let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
                if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                    continue;
                }
                let behind = &rest[name.len()..];
                let has_default = is_braced
                    && (behind.starts_with(":-")
                        || behind.starts_with('-')
                        || behind.starts_with(":+")
                        || behind.starts_with('+')
                        || behind.starts_with(":?")
                        || behind.starts_with('?'));
                found.push(Used { name: name.to_owned(), has_default });
            }
            _ => {}
        }
    }
    found
}

/// The known name that a misspelt one is nearest to.
pub(super) fn did_you_mean<'n>(name: &str, known: &[&'n str], is_case_exact: bool) -> Option<&'n str> {
    let fold = |text: &str| if is_case_exact { text.to_owned() } else { text.to_lowercase() };
    let best = known
        .iter()
        .map(|other| (distance(&fold(name), &fold(other)), *other))
        .min_by_key(|(distance, _)| *distance)?;
    (best.0 <= 2 && best.0 * 3 <= name.len().max(3)).then_some(best.1)
}

/// Levenshtein's distance; long names are not compared.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (index, right) in b.iter().enumerate() {
            let cost = diagonal + usize::from(left != right);
            diagonal = row[index + 1];
            row[index + 1] = cost.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

pub(super) const UNDEFINED: Rule = rule(
    "dockerfile/undefined-variable",
    Severity::Medium,
    &["UndefinedVar"],
    &Words(
        "a variable is used that nothing sets",
        "Builders put nothing in its place: a misspelt name becomes an empty path.",
        "Declare it by ARG or ENV in the same stage, or correct its name. A variable of the base image is not known here.",
    ),
    undefined,
);

fn undefined(file: &File<'_>, hits: &mut Hits) {
    let mut sets: Vec<Vec<String>> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for step in &file.steps {
        let instruction = step.instruction;
        if instruction.keyword == Keyword::From {
            if step.stage.is_some_and(|stage| stage > 0) {
                sets.push(std::mem::take(&mut known));
            }
            let parent = step.stage.and_then(|stage| file.parsed.stages.get(stage)?.parent);
            known = parent.and_then(|parent| sets.get(parent).cloned()).unwrap_or_default();
            continue;
        }
        if step.is_onbuild || step.stage.is_none() {
            continue;
        }
        let names: Vec<&str> =
            known.iter().map(String::as_str).chain(PREDEFINED.iter().copied()).chain(["PATH"]).collect();
        let mut told: Vec<String> = Vec::new();
        for text in expanded_texts(instruction) {
            for used in used(&text, file.parsed.escape) {
                if names.contains(&used.name.as_str()) || used.has_default || told.contains(&used.name) {
                    continue;
                }
                let hint = did_you_mean(&used.name, &names, true);
                let hint = hint.map_or(String::new(), |name| format!(" (did you mean ${name}?)"));
                hits.add(file.first_line(step), format!("${} is used, but nothing sets it{hint}", used.name));
                told.push(used.name);
            }
        }
        match (&instruction.arguments, instruction.keyword) {
            (Arguments::Words(words), Keyword::Arg) => {
                known.extend(words.iter().map(|word| word.split('=').next().unwrap_or_default().to_owned()));
            }
            (Arguments::Pairs(pairs), Keyword::Env) => {
                known.extend(pairs.iter().map(|pair| pair.name.clone()));
            }
            _ => {}
        }
    }
}

/// The texts in which the builder itself fills in variables (Dockerfile reference, "Environment replacement").
fn expanded_texts(instruction: &Instruction) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    match (&instruction.arguments, instruction.keyword) {
        (
            Arguments::Words(words) | Arguments::Json(words),
            Keyword::Add | Keyword::Copy | Keyword::Expose | Keyword::Volume | Keyword::Arg,
        ) => {
            texts.extend(words.iter().cloned());
        }
        (Arguments::Pairs(pairs), _) => texts.extend(pairs.iter().map(|pair| pair.value.clone())),
        (Arguments::Text, Keyword::Workdir | Keyword::User | Keyword::Stopsignal) => {
            texts.push(instruction.text.clone());
        }
        _ => {}
    }
    if instruction.keyword != Keyword::Run {
        texts.extend(instruction.flags.iter().filter_map(|flag| flag.value.clone()));
    }
    texts
}

pub(super) const SECRET: Rule = rule(
    "dockerfile/secret-in-variable",
    Severity::Medium,
    &["CIS-DI-0010", "CIS-Docker-4.10", "DL3064", "DS-0031", "SecretsUsedInArgOrEnv"],
    &Words(
        "a variable's name says that it holds a secret",
        "Values of ARG and ENV are in the history and the configuration of the image: whoever has it can read them.",
        "Mount secrets for the RUN that needs them: RUN --mount=type=secret,id=…; give others to the container when it starts.",
    ),
    |file, hits| {
        for step in &file.steps {
            let pairs: Vec<(&str, &str)> = match (&step.instruction.arguments, step.instruction.keyword) {
                (Arguments::Words(words), Keyword::Arg) => {
                    words.iter().map(|word| word.split_once('=').unwrap_or((word, ""))).collect()
                }
                (Arguments::Pairs(pairs), Keyword::Env) => {
                    pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect()
                }
                _ => continue,
            };
            for (name, _) in pairs.into_iter().filter(|(name, value)| !is_fingerprint(name, value)) {
                let (by_words, by_list) = (is_secret_by_words(name), is_known_secret(name));
                if !by_words && !by_list {
                    continue;
                }
                let hit = hits.add(
                    file.first_line(step),
                    format!("{} {} holds a secret by its name", step.instruction.keyword, super::cut(name)),
                );
                match (by_words, by_list) {
                    (true, false) => {
                        hit.only(&["CIS-DI-0010", "CIS-Docker-4.10", "DS-0031", "SecretsUsedInArgOrEnv"]);
                    }
                    (false, true) => {
                        hit.only(&["CIS-DI-0010", "CIS-Docker-4.10", "DL3064", "DS-0031"]);
                    }
                    _ => {}
                }
            }
        }
    },
)
.references(&["https://docs.docker.com/build/building/secrets/"]);

/// Whether a value is the fingerprints of OpenPGP keys, which are public: `GPG_KEY` of many official images.
fn is_fingerprint(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let mut words = value.trim_matches(['"', '\'']).split_ascii_whitespace().peekable();
    let is_key =
        |word: &str| matches!(word.len(), 16 | 40) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    (name.contains("GPG") || name.contains("PGP")) && words.peek().is_some() && words.all(is_key)
}

/// A word between underscores that means a secret, and none that takes it back (moby/buildkit,
/// frontend/dockerfile/dockerfile2llb/validations.go).
fn is_secret_by_words(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |wanted: &[&str]| name.split('_').any(|word| wanted.contains(&word));
    has(&[
        "apikey",
        "auth",
        "credential",
        "credentials",
        "key",
        "password",
        "pword",
        "passwd",
        "secret",
        "token",
    ]) && !has(&["public", "file", "version"])
}

/// Names that services give to their credentials, and pieces that only credentials have.
fn is_known_secret(name: &str) -> bool {
    const PIECES: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "SECRET",
        "TOKEN",
        "APIKEY",
        "API_KEY",
        "PRIVATE_KEY",
        "ACCESS_KEY",
        "CREDENTIAL",
        "ENCRYPTION_KEY",
        "AUTH_KEY",
        "SSH_KEY",
    ];
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split('_').collect();
    let is_other =
        words.iter().any(|word| matches!(*word, "PUBLIC" | "FILE" | "VERSION" | "PATH" | "URL" | "NAME"));
    PIECES.iter().any(|piece| upper.contains(piece)) && !is_other
}
