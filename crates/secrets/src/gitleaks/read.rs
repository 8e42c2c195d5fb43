//! The tables of a rule file, not compiled yet.

use crate::spanned::{Notes, Table};
use std::ops::Range;
use toml::de::DeTable;

/// A rule file as it is written.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) title: String,
    pub(super) extend: Extend,
    pub(super) rules: Vec<RawRule>,
    pub(super) allow: Vec<RawAllow>,
    /// Texts of this file and of those it extends.
    pub(super) texts: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Extend {
    pub(super) path: Option<String>,
    pub(super) uses_default: bool,
    pub(super) disabled: Vec<(String, Range<usize>)>,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Default)]
pub(super) struct RawRule {
    pub(super) id: String,
    pub(super) span: Range<usize>,
    pub(super) description: String,
    pub(super) regex: Option<String>,
    pub(super) path: Option<String>,
    pub(super) secret_group: usize,
    pub(super) entropy: f64,
    pub(super) keywords: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) is_auxiliary: bool,
    pub(super) required: Vec<crate::rule::Required>,
    pub(super) allow: Vec<RawAllow>,
    pub(super) own: OwnKeys,
}

/// Keys that gitleaks does not have.
#[derive(Debug, Default)]
pub(super) struct OwnKeys {
    pub(super) severity: Option<String>,
    pub(super) why: Option<String>,
    pub(super) remedy: Option<String>,
    pub(super) references: Vec<String>,
    pub(super) validate: Option<String>,
    pub(super) places: Option<String>,
    pub(super) is_weak: bool,
}

#[derive(Debug, Default)]
pub(super) struct RawAllow {
    pub(super) span: Range<usize>,
    pub(super) needs_all: bool,
    pub(super) has_commits: bool,
    pub(super) paths: Vec<String>,
    pub(super) regexes: Vec<String>,
    pub(super) target: crate::allow::Target,
    pub(super) stop_words: Vec<String>,
    pub(super) target_rules: Vec<String>,
}

const FILE_KEYS: &[&str] =
    &["title", "description", "minversion", "extend", "rules", "allowlist", "allowlists"];
const RULE_KEYS: &[&str] = &[
    "id",
    "description",
    "path",
    "regex",
    "secretgroup",
    "entropy",
    "keywords",
    "tags",
    "allowlist",
    "allowlists",
    "required",
    "skipreport",
    "severity",
    "why",
    "remedy",
    "references",
    "validate",
    "places",
    "weak",
];
const LIST_KEYS: &[&str] =
    &["description", "condition", "commits", "paths", "regextarget", "regexes", "stopwords", "targetrules"];

pub(super) fn file(table: &DeTable<'_>, text: &str, notes: &mut Notes) -> File {
    let table = Table::new(table);
    table.tell_unknown(FILE_KEYS, "rule file", notes);
    let mut file = File {
        title: table.text("title", notes).unwrap_or_default(),
        texts: vec![text.to_owned()],
        ..File::default()
    };
    for (extend, span) in table.tables("extend", notes) {
        extend.tell_unknown(&["path", "url", "usedefault", "disabledrules"], "extend", notes);
        if let Some(value) = extend.get("url") {
            notes.tell(&value.span(), "extend: 'url' is not followed, gitleaks does not either");
        }
        file.extend = Extend {
            path: extend.text("path", notes).filter(|path| !path.is_empty()),
            uses_default: extend.flag("useDefault", notes),
            disabled: extend.texts("disabledRules", notes),
            span,
        };
    }
    for (rule, span) in table.tables("rules", notes) {
        let rule = read_rule(rule, span, notes);
        let same = (!rule.id.is_empty()).then(|| file.rules.iter_mut().find(|other| other.id == rule.id));
        match same.flatten() {
            Some(earlier) => {
                notes.tell(&rule.span, format!("rule '{}' is defined twice, the last one counts", rule.id));
                *earlier = rule;
            }
            None => file.rules.push(rule),
        }
    }
    file.allow = read_lists(table, "[[allowlists]]", notes);
    file
}

fn read_rule(table: Table<'_>, span: Range<usize>, notes: &mut Notes) -> RawRule {
    let id = table.text("id", notes).unwrap_or_default();
    let owner = format!("rule '{id}'");
    table.tell_unknown(RULE_KEYS, &owner, notes);
    let words =
        |texts: Vec<(String, Range<usize>)>| texts.into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    let mut required = Vec::new();
    for (part, part_span) in table.tables("required", notes) {
        part.tell_unknown(&["id", "withinlines", "withincolumns"], &owner, notes);
        let Some(id) = part.text("id", notes).filter(|id| !id.is_empty()) else {
            notes.tell(&part_span, format!("{owner}: a required rule without id"));
            continue;
        };
        let lines_max = part.count("withinLines", notes);
        required.push(crate::rule::Required {
            id,
            lines_max,
            columns_max: part.count("withinColumns", notes),
        });
    }
    RawRule {
        description: table.text("description", notes).unwrap_or_default(),
        regex: table.text("regex", notes).filter(|text| !text.is_empty()),
        path: table.text("path", notes).filter(|text| !text.is_empty()),
        secret_group: usize::try_from(table.count("secretGroup", notes).unwrap_or(0)).unwrap_or(usize::MAX),
        entropy: table.number("entropy", notes).unwrap_or(0.0),
        keywords: words(table.texts("keywords", notes)).iter().map(|word| word.to_lowercase()).collect(),
        tags: words(table.texts("tags", notes)),
        is_auxiliary: table.flag("skipReport", notes),
        required,
        allow: read_lists(table, &owner, notes),
        own: OwnKeys {
            severity: table.text("severity", notes),
            why: table.text("why", notes),
            remedy: table.text("remedy", notes),
            references: words(table.texts("references", notes)),
            validate: table.text("validate", notes),
            places: table.text("places", notes),
            is_weak: table.flag("weak", notes),
        },
        id,
        span,
    }
}

/// The allow lists of a rule or of the file, of both generations.
fn read_lists(table: Table<'_>, owner: &str, notes: &mut Notes) -> Vec<RawAllow> {
    let old = table.tables("allowlist", notes);
    let new = table.tables("allowlists", notes);
    if let Some((_, span)) = old.first().filter(|_| !new.is_empty()) {
        notes.tell(span, format!("{owner}: gitleaks refuses 'allowlist' beside 'allowlists'; both are used"));
    }
    let mut lists = Vec::new();
    for (list, span) in new.into_iter().chain(old) {
        list.tell_unknown(LIST_KEYS, owner, notes);
        if let Some(list) = read_list(list, span, owner, notes) {
            lists.push(list);
        }
    }
    lists
}

/// A list that is not understood allows nothing: it would hide more than its author meant.
fn read_list(table: Table<'_>, span: Range<usize>, owner: &str, notes: &mut Notes) -> Option<RawAllow> {
    let needs_all = match table.text("condition", notes).unwrap_or_default().to_uppercase().as_str() {
        "AND" | "&&" => true,
        "" | "OR" | "||" => false,
        other => {
            notes.tell(&span, format!("{owner}: allow list with the unknown condition '{other}', ignored"));
            return None;
        }
    };
    let target = match table.text("regexTarget", notes).unwrap_or_default().as_str() {
        "" | "secret" => crate::allow::Target::Secret,
        "match" => crate::allow::Target::Match,
        "line" => crate::allow::Target::Line,
        other => {
            notes.tell(&span, format!("{owner}: allow list with the unknown regexTarget '{other}', ignored"));
            return None;
        }
    };
    let words =
        |texts: Vec<(String, Range<usize>)>| texts.into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    let list = RawAllow {
        needs_all,
        has_commits: !table.texts("commits", notes).is_empty(),
        paths: words(table.texts("paths", notes)),
        regexes: words(table.texts("regexes", notes)),
        target,
        stop_words: words(table.texts("stopwords", notes)),
        target_rules: words(table.texts("targetRules", notes)),
        span,
    };
    if !list.has_commits && list.paths.is_empty() && list.regexes.is_empty() && list.stop_words.is_empty() {
        notes.tell(&list.span, format!("{owner}: an empty allow list"));
        return None;
    }
    Some(list)
}
