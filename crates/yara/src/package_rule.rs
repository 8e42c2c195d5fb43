//! Metadata that limit where a rule counts, and what in it is no match: the conventions of GuardDog's packs.

use crate::risk::{Level, RiskFinding};
use content::FileView;
use yara_x::{MetaValue, Rule};

/// Findings of one rule in one file.
const FINDINGS_MAX: usize = 100;
/// Bytes before a match that are searched for the beginning of a comment.
const COMMENT_WINDOW_BYTES: usize = 4_096;

/// Extensions that rules without a path filter pass over (guarddog, `utils/config.py`).
const ENDINGS_PASSED: [&str; 28] = [
    "ini",
    "md",
    "rst",
    "txt",
    "lock",
    "json",
    "yaml",
    "yml",
    "toml",
    "xml",
    "html",
    "csv",
    "sql",
    "pdf",
    "doc",
    "docx",
    "ppt",
    "pptx",
    "xls",
    "xlsx",
    "odt",
    "changelog",
    "readme",
    "makefile",
    "dockerfile",
    "pkg-info",
    "d.ts",
    "rst",
];

/// A text of a rule's metadata.
pub(crate) fn meta<'r>(rule: &Rule<'_, 'r>, name: &str) -> Option<&'r str> {
    rule.metadata().find_map(|(key, value)| match value {
        MetaValue::String(text) if key == name => Some(text),
        _ => None,
    })
}

/// A number of a rule's metadata, also one written as text.
pub(crate) fn meta_number(rule: &Rule<'_, '_>, name: &str) -> Option<i64> {
    rule.metadata().filter(|(key, _)| *key == name).find_map(|(_, value)| match value {
        MetaValue::Integer(number) => Some(number),
        MetaValue::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// Whether the rule's `path_include` and `path_exclude` let it count for a file. Both are lists of shell patterns for
/// the path below the package's folder; the path in the image stands for it here, so patterns that begin with `*` mean
/// the same and others match only by their `*/` twin.
pub(crate) fn counts_for(rule: &Rule<'_, '_>, file: &FileView<'_>) -> bool {
    let (path, name) = (file.inner_path(), file.name());
    let is_risk_rule = identifies(rule).is_some();
    let is_included = match meta(rule, "path_include") {
        Some(patterns) => patterns.split(',').any(|pattern| fits(pattern.trim(), path)),
        None => {
            let name = name.to_ascii_lowercase();
            !is_risk_rule || !ENDINGS_PASSED.iter().any(|ending| name.ends_with(ending))
        }
    };
    if !is_included {
        return false;
    }
    let excluded = meta(rule, "path_exclude").unwrap_or_default();
    !excluded.split(',').map(str::trim).any(|p| !p.is_empty() && (fits(p, path) || fits(p, name)))
}

/// What the rule identifies, when it is a capability or a threat.
pub(crate) fn identifies<'r>(rule: &Rule<'_, 'r>) -> Option<&'r str> {
    meta(rule, "identifies").filter(|text| text.starts_with("threat.") || text.starts_with("capability."))
}

/// The findings of a rule in a file: matches in comments and repeated lines do not count.
pub(crate) fn findings(rule: &Rule<'_, '_>, file: &FileView<'_>, bytes: &[u8]) -> Vec<RiskFinding> {
    let Some(identifies) = identifies(rule) else { return Vec::new() };
    let level = |name| meta(rule, name).map_or(Level::Medium, Level::parse);
    let tactics = meta(rule, "mitre_tactics").unwrap_or_default();
    let finding = RiskFinding {
        rule: rule.identifier().to_owned(),
        path: file.inner_path().to_owned(),
        identifies: identifies.to_owned(),
        severity: level("severity"),
        tactics: tactics.split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect(),
        specificity: level("specificity"),
        sophistication: level("sophistication"),
        hits_max: meta_number(rule, "max_hits").and_then(|max| usize::try_from(max).ok()),
    };
    let most = finding.hits_max.unwrap_or(FINDINGS_MAX).min(FINDINGS_MAX);
    let mut lines: Vec<&[u8]> = Vec::new();
    for found in rule.patterns().flat_map(|pattern| pattern.matches()) {
        if lines.len() >= most {
            break;
        }
        let start = found.range().start.min(bytes.len());
        let around = lines_around(bytes, start);
        if !lines.contains(&around) && !is_in_comment(&file.extension(), bytes, start) {
            lines.push(around);
        }
    }
    vec![finding; lines.len()]
}

/// The line of an offset, one before and two after.
fn lines_around(bytes: &[u8], at: usize) -> &[u8] {
    let is_break = |byte: &u8| *byte == b'\n';
    let mut start = at;
    for _ in 0..2 {
        start = bytes[..start].iter().rposition(is_break).unwrap_or(0);
    }
    let mut end = at;
    for _ in 0..3 {
        end = bytes[end..].iter().position(is_break).map_or(bytes.len(), |length| end + length + 1);
    }
    // Minified code is one line; a window round the match tells its places apart.
    let start = start.max(at.saturating_sub(125));
    &bytes[start..end.min(at + 125).max(start)]
}

fn is_in_comment(extension: &str, bytes: &[u8], at: usize) -> bool {
    let line_start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
    let line = bytes[line_start..].trim_ascii_start();
    let before = &bytes[at.saturating_sub(COMMENT_WINDOW_BYTES)..at];
    let last = |mark: &[u8]| before.windows(mark.len()).rposition(|window| window == mark);
    let count = |mark: &[u8]| {
        let mut rest = before;
        let mut count = 0;
        while let Some(index) = rest.windows(mark.len()).position(|window| window == mark) {
            count += 1;
            rest = &rest[index + mark.len()..];
        }
        count
    };
    match extension {
        "py" | "pyx" | "pyi" => line.starts_with(b"#") || count(b"\"\"\"") % 2 == 1 || count(b"'''") % 2 == 1,
        "rb" => line.starts_with(b"#"),
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "go" => {
            line.starts_with(b"//") || last(b"/*") > last(b"*/")
        }
        _ => false,
    }
}

/// Shell patterns as Python's `fnmatch` reads them: `*` also stands for `/` (Python, `fnmatch`); sets in brackets are
/// not used by any pack and match nothing.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_read_as_fnmatch_does() {
        for (pattern, text, expected) in [
            ("*.py", "usr/lib/x/setup.py", true),
            ("*/setup.py", "usr/setup.py", true),
            ("setup.py", "usr/setup.py", false),
            ("*.p?", "a/b.py", true),
            ("*a*b*c", "xxaxxbxxcxxc", true),
            ("*a*b*c", "xxaxxbxx", false),
            ("", "", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn comments_are_told_from_code() {
        for (extension, text, expected) in [
            ("py", "  # os.system(@)", true),
            ("py", "x = 1\n\"\"\"\ndoc @", true),
            ("py", "\"\"\"doc\"\"\"\ncode @", false),
            ("js", "/* a */ b @", false),
            ("js", "/* a\n @", true),
            ("ts", "// @", true),
            ("rb", "# @", true),
            ("sh", "# @", false),
        ] {
            let at = text.find('@').unwrap();
            assert_eq!(is_in_comment(extension, text.as_bytes(), at), expected, "{extension} {text}");
        }
    }

    #[test]
    fn lines_around_stay_in_the_text() {
        let text = b"one\ntwo\nthree\nfour\nfive";
        for at in 0..=text.len() {
            assert!(lines_around(text, at).len() <= text.len());
        }
        assert_eq!(lines_around(b"", 0), b"");
    }
}
