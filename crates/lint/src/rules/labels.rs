//! Labels: their names, and the schema that a configuration asks for.

use super::{File, Hits, Rule, Words, images::stages, rule};
use crate::{LabelKind, file::Step};
use dockerfile::{Arguments, Keyword};
use model::Severity;

/// Names and values of `LABEL`, quotes taken off.
fn labels<'f, 'a>(file: &'f File<'a>) -> impl Iterator<Item = (&'f Step<'a>, String, String)> {
    file.all(Keyword::Label).flat_map(|step| {
        let pairs = match &step.instruction.arguments {
            Arguments::Pairs(pairs) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().map(move |pair| (step, unquoted(&pair.name), unquoted(&pair.value)))
    })
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    text.to_owned()
}

pub(super) const KEY: Rule = rule(
    "dockerfile/invalid-label-key",
    Severity::Negligible,
    &["DL3048"],
    &Words(
        "a label's name is not as Docker asks",
        "Names should be lower case letters, digits, single dots and hyphens, underscores or slashes; com.docker, io.docker and org.dockerproject \
         are Docker's own (Docker documentation, \"Docker object labels\").",
        "Rename the label; begin it with a domain of yours, reversed.",
    ),
    |file, hits| {
        for (step, name, _) in labels(file) {
            let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            let is_reserved = ["com.docker.", "io.docker.", "org.dockerproject."]
                .iter()
                .any(|space| name.starts_with(space));
            let is_wrong = !name.starts_with(|c: char| c.is_ascii_lowercase())
                || !name.ends_with(is_end)
                || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_'))
                || name.contains("..")
                || name.contains("--")
                || is_reserved;
            if is_wrong || name.contains(|c: char| c.is_ascii_uppercase()) {
                hits.add(file.first_line(step), format!("label name {}", super::cut(&name)));
            }
        }
    },
);

pub(super) const MISSING: Rule = rule(
    "dockerfile/label-missing",
    Severity::Low,
    &["DL3049"],
    &Words(
        "a label that the configuration asks for is missing",
        "Whoever finds the image in a registry cannot tell what it is, from which commit it was built and whom to ask.",
        "Add the label.",
    ),
    missing,
);

fn missing(file: &File<'_>, hits: &mut Hits) {
    let all: Vec<(Option<usize>, String)> = labels(file).map(|(step, name, _)| (step.stage, name)).collect();
    for label in file.config.label_schema.keys() {
        let has = |stage: usize| all.iter().any(|(at, name)| *at == Some(stage) && name == label);
        // A stage that only gives its files or its base to later ones is no image of its own.
        for (at, (_, step)) in stages(file).enumerate() {
            if is_used_later(file, at, &|later| file.ancestry(later).into_iter().any(has)) {
                continue;
            }
            if !file.ancestry(at).into_iter().any(has) {
                hits.add(file.first_line(step), format!("label {} is missing", super::cut(label)));
            }
        }
    }
}

/// Whether a later stage, which satisfies the condition, builds on the stage or copies from it.
fn is_used_later(file: &File<'_>, at: usize, satisfies: &dyn Fn(usize) -> bool) -> bool {
    let name = file.parsed.stages.get(at).and_then(|stage| stage.name.clone());
    file.parsed.stages.iter().enumerate().skip(at + 1).any(|(later, stage)| {
        let copies = || {
            file.all(Keyword::Copy).filter(|step| step.stage == Some(later)).any(|step| {
                let from = step.instruction.flag("from").map(str::to_ascii_lowercase);
                from.is_some() && (from == name || from == Some(at.to_string()))
            })
        };
        stage.parent == Some(at) && satisfies(later) || copies()
    })
}

pub(super) const SUPERFLUOUS: Rule = rule(
    "dockerfile/label-superfluous",
    Severity::Low,
    &["DL3050"],
    &Words(
        "a label that the configuration does not know",
        "With strict labels only those of the schema are wanted.",
        "Remove the label, or add it to the schema.",
    ),
    |file, hits| {
        if !file.config.has_strict_labels {
            return;
        }
        for (step, name, _) in labels(file) {
            if !file.config.label_schema.contains_key(&name) {
                hits.add(file.first_line(step), format!("label {} is not in the schema", super::cut(&name)));
            }
        }
    },
);

pub(super) const EMPTY: Rule = rule(
    "dockerfile/label-empty",
    Severity::Medium,
    &["DL3051"],
    &Words("a label of the schema is empty", "An empty label says nothing.", "Give it a value."),
    |file, hits| {
        for (step, name, value) in labels(file) {
            if file.config.label_schema.contains_key(&name) && value.is_empty() {
                hits.add(file.first_line(step), format!("label {} is empty", super::cut(&name)));
            }
        }
    },
);

const fn kind(
    id: &'static str,
    alias: &'static [&'static str],
    title: &'static str,
    check: fn(&File<'_>, &mut Hits),
) -> Rule {
    rule(
        id,
        Severity::Medium,
        alias,
        &Words(
            title,
            "The configuration's label schema says what the value has to be; tools that read the label rely on it.",
            "Correct the value.",
        ),
        check,
    )
}

fn of_kind(file: &File<'_>, hits: &mut Hits, kind: LabelKind, what: &str, is_valid: fn(&str) -> bool) {
    for (step, name, value) in labels(file) {
        if file.config.label_schema.get(&name) == Some(&kind) && !value.contains('$') && !is_valid(&value) {
            hits.add(file.first_line(step), format!("label {} is no {what}", super::cut(&name)));
        }
    }
}

pub(super) const URL: Rule =
    kind("dockerfile/label-not-url", &["DL3052"], "a label is no address", |file, hits| {
        of_kind(file, hits, LabelKind::Url, "address of a page", is_url);
    });
pub(super) const TIME: Rule =
    kind("dockerfile/label-not-time", &["DL3053"], "a label is no time", |file, hits| {
        of_kind(file, hits, LabelKind::Time, "time as in RFC 3339", is_time);
    });
pub(super) const SPDX: Rule =
    kind("dockerfile/label-not-licence", &["DL3054"], "a label is no SPDX licence", |file, hits| {
        of_kind(file, hits, LabelKind::Spdx, "SPDX licence expression", is_licence);
    });
pub(super) const HASH: Rule =
    kind("dockerfile/label-not-commit", &["DL3055"], "a label is no Git commit", |file, hits| {
        of_kind(file, hits, LabelKind::Hash, "Git commit of 7 or 40 digits", |value| {
            matches!(value.len(), 7 | 40) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
    });
pub(super) const SEMVER: Rule =
    kind("dockerfile/label-not-version", &["DL3056"], "a label is no semantic version", |file, hits| {
        of_kind(file, hits, LabelKind::SemanticVersion, "semantic version", is_semantic_version);
    });
pub(super) const EMAIL: Rule =
    kind("dockerfile/label-not-email", &["DL3058"], "a label is no e-mail address", |file, hits| {
        of_kind(file, hits, LabelKind::Email, "e-mail address", is_email);
    });

fn is_url(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, rest)| {
        matches!(scheme, "http" | "https")
            && !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(char::is_whitespace)
    })
}

/// RFC 3339, section 5.6.
fn is_time(value: &str) -> bool {
    let bytes = value.as_bytes();
    let number = |range: std::ops::Range<usize>| value.get(range).and_then(|text| text.parse::<u32>().ok());
    let is_shape = bytes.len() >= 20
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ')
        && bytes[13] == b':'
        && bytes[16] == b':';
    if !is_shape {
        return false;
    }
    let in_range = number(0..4).is_some()
        && number(5..7).is_some_and(|month| (1..=12).contains(&month))
        && number(8..10).is_some_and(|day| (1..=31).contains(&day))
        && number(11..13).is_some_and(|hour| hour < 24)
        && number(14..16).is_some_and(|minute| minute < 60)
        && number(17..19).is_some_and(|second| second <= 60);
    let Some(mut rest) = value.get(19..) else { return false };
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == fraction.len() {
            return false;
        }
    }
    let is_offset = rest.len() == 6
        && rest.starts_with(['+', '-'])
        && rest.as_bytes()[3] == b':'
        && rest.bytes().enumerate().all(|(at, byte)| matches!(at, 0 | 3) || byte.is_ascii_digit());
    in_range && (matches!(rest, "Z" | "z") || is_offset)
}

/// An SPDX expression (SPDX 2.3, annex D), as `org.opencontainers.image.licenses` is one.
fn is_licence(value: &str) -> bool {
    spdx::Expression::parse(value).is_ok()
}

/// semver.org, 2.0.0.
fn is_semantic_version(value: &str) -> bool {
    let (value, build) = value.split_once('+').map_or((value, None), |(value, build)| (value, Some(build)));
    let (core, pre) = value.split_once('-').map_or((value, None), |(core, pre)| (core, Some(pre)));
    let is_number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let are_identifiers = |text: &str, is_pre: bool| {
        text.split('.').all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !(is_pre
                    && part.len() > 1
                    && part.starts_with('0')
                    && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && pre.is_none_or(|pre| are_identifiers(pre, true))
        && build.is_none_or(|build| are_identifiers(build, false))
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(local, domain)| {
        let is_local = !local.is_empty()
            && local
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte));
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        is_local && domain.contains('.') && domain.split('.').all(is_label)
    })
}
