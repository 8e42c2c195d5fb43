//! Advisories of the Ruby advisory database (github.com/rubysec/ruby-advisory-db, README.md, "Schema"): one YAML
//! document for each vulnerability of a gem (`gems/*/CVE-….yml`) or of an interpreter (`rubies/*/CVE-….yml`).

use crate::FeedLimits;
use crate::bounded::read_all;
use crate::ids::{date_of, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::rating;
use advisories::{Advisory, Affected, Range};
use model::{Ecosystem, Severity, Status};
use serde::Deserialize;
use serde_yaml_ng::Value;
use std::io::Read;
use versions::{Scheme, vulnerable_ranges};

// The longest advisory has 20 KiB; YAML aliases could make much of little.
const DOCUMENT_BYTES_MAX: u64 = 1 << 18;
// The scanner looks at every open bracket for each token, so that time grows with the square of the depth.
const OPEN_BRACKETS_MAX: usize = 200;

/// Reads one advisory. What neither `patched_versions` nor `unaffected_versions` holds is vulnerable.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut out = Imported::default();
    out.counts.records += 1;
    let entry: Entry = match read_all(input, limits.record_bytes_max.min(DOCUMENT_BYTES_MAX))
        .map_err(|error| (error.to_string(), None))
        .and_then(|bytes| {
            if is_deep(&bytes) {
                return Err((format!("more than {OPEN_BRACKETS_MAX} open brackets"), None));
            }
            serde_yaml_ng::from_slice(&bytes)
                .map_err(|error| (error.to_string(), error.location().map(|at| at.line() as u64)))
        }) {
        Ok(entry) => entry,
        Err((detail, line)) => {
            out.problem(limits, file, line, detail);
            return out;
        }
    };
    match advisory(&entry, file) {
        Ok(advisory) => {
            out.counts.advisories += 1;
            out.counts.rows += 1;
            sink(advisory);
        }
        Err(detail) => out.problem(limits, file, None, detail),
    }
    out
}

fn is_deep(bytes: &[u8]) -> bool {
    let mut open = 0_usize;
    bytes.iter().any(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > OPEN_BRACKETS_MAX
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    gem: Option<String>,
    engine: Option<String>,
    cve: Option<Value>,
    ghsa: Option<String>,
    osvdb: Option<Value>,
    url: Option<String>,
    title: Option<String>,
    date: Option<Value>,
    cvss_v2: Option<f64>,
    cvss_v3: Option<f64>,
    cvss_v4: Option<f64>,
    patched_versions: Option<Vec<Value>>,
    unaffected_versions: Option<Vec<Value>>,
}

fn advisory(entry: &Entry, file: &str) -> Result<Advisory, String> {
    let (ecosystem, package) = match (&entry.gem, &entry.engine) {
        (Some(gem), _) => (Ecosystem::Gem, gem),
        (None, Some(engine)) => (Ecosystem::Generic, engine),
        (None, None) => return Err("names neither a gem nor an engine".to_owned()),
    };
    let ids = ids_of(entry, file);
    let Some((id, aliases)) = ids.split_first() else { return Err("has no id".to_owned()) };
    let patched = texts(entry.patched_versions.as_deref());
    let unaffected = texts(entry.unaffected_versions.as_deref());
    let ranges = vulnerable_ranges(Scheme::Gem, &patched, &unaffected).map_err(|error| error.to_string())?;
    if ranges.is_empty() {
        return Err("every version is patched or unaffected".to_owned());
    }
    let ranges: Vec<Range> = ranges
        .into_iter()
        .map(|range| Range {
            introduced: range.introduced,
            fixed: range.fixed,
            last_affected: range.last_affected,
        })
        .collect();
    let has_fix = !patched.is_empty();
    let mut advisory = Advisory {
        id: id.clone(),
        aliases: aliases.to_vec(),
        summary: one_line(entry.title.as_deref().unwrap_or("")),
        published: entry.date.as_ref().map(text_of).map(|date| date_of(&date)).unwrap_or_default(),
        source: "rubysec".to_owned(),
        affected: vec![Affected {
            shard: ecosystem.purl_type().to_owned(),
            ecosystem,
            package: package.clone(),
            is_source: false,
            status: if has_fix { Status::Fixed } else { Status::Affected },
            ranges,
            versions: Vec::new(),
            module: String::new(),
            arches: Vec::new(),
            channel: String::new(),
            rating: None,
        }],
        ..Advisory::default()
    };
    if let Some(url) = entry.url.as_deref().filter(|url| url.starts_with("http") && url.len() <= 500) {
        advisory.references.push(url.to_owned());
    }
    // Scores without vectors; the words of version 2 are NVD's (7.0 high, 4.0 medium).
    let severity =
        entry.cvss_v4.or(entry.cvss_v3).and_then(rating::from_score).or_else(|| {
            entry.cvss_v2.and_then(rating::from_score).map(|severity| severity.min(Severity::High))
        });
    rating::push(&mut advisory.ratings, "rubysec", severity.unwrap_or_default(), "");
    Ok(advisory)
}

/// The CVE id first, then GitHub's and OSVDB's; for want of all, the name of the file.
fn ids_of(entry: &Entry, file: &str) -> Vec<String> {
    let mut ids = Vec::new();
    if let Some(cve) = &entry.cve {
        push_valid(&mut ids, &format!("CVE-{}", text_of(cve)));
    }
    if let Some(ghsa) = &entry.ghsa {
        push_valid(&mut ids, &format!("GHSA-{ghsa}"));
    }
    if let Some(osvdb) = &entry.osvdb {
        push_valid(&mut ids, &format!("OSVDB-{}", text_of(osvdb)));
    }
    if ids.is_empty() {
        let name = file.rsplit(['/', ':']).next().unwrap_or("");
        push_valid(&mut ids, name.trim_end_matches(".yaml").trim_end_matches(".yml"));
    }
    ids
}

fn push_valid(ids: &mut Vec<String>, id: &str) {
    if is_id(id) {
        push_new(ids, "", id);
    }
}

fn texts(values: Option<&[Value]>) -> Vec<String> {
    values.unwrap_or_default().iter().map(text_of).collect()
}

// Unquoted versions and dates are numbers to YAML.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> (Vec<Advisory>, Imported) {
        let mut all = Vec::new();
        let out = import(&mut yaml.as_bytes(), "gems/x/CVE-2020-1.yml", &FeedLimits::default(), &mut |a| {
            all.push(a);
        });
        (all, out)
    }

    #[test]
    fn what_is_neither_patched_nor_unaffected_is_vulnerable() {
        let (all, out) = read(
            "---\ngem: actionpack\ncve: 2020-8164\nghsa: 8727-m6gj-mc37\nurl: https://example.org/x\ntitle: Bypass\n\
             date: 2020-05-18\ncvss_v3: 7.5\nunaffected_versions:\n  - \"< 4.0.0\"\npatched_versions:\n  - \"~> 5.2.4, >= 5.2.4.3\"\n  - \">= 6.0.3.1\"\n",
        );
        assert!(out.problems.is_empty(), "{:?}", out.problems);
        let advisory = &all[0];
        assert_eq!(
            (advisory.id.as_str(), &advisory.aliases[..]),
            ("CVE-2020-8164", &["GHSA-8727-m6gj-mc37".to_owned()][..])
        );
        assert_eq!(
            (advisory.published.as_str(), advisory.ratings[0].severity),
            ("2020-05-18", Severity::High)
        );
        let holds = |version: &str| {
            advisory.affected[0].ranges.iter().any(|range| {
                let compare = |bound: &str| versions::compare(Scheme::Gem, version, bound);
                (range.introduced.is_empty() || compare(&range.introduced).is_ge())
                    && (range.fixed.is_empty() || compare(&range.fixed).is_lt())
                    && (range.last_affected.is_empty() || compare(&range.last_affected).is_le())
            })
        };
        for (version, is_vulnerable) in [
            ("3.2.0", false),
            ("4.0.0", true),
            ("5.2.4.2", true),
            ("5.2.4.3", false),
            ("5.2.9", false),
            ("6.0.0", true),
            ("6.0.3.1", false),
            ("7.0", false),
        ] {
            assert_eq!(holds(version), is_vulnerable, "{version}");
        }
    }

    #[test]
    fn interpreters_are_generic_software_and_broken_files_are_reported() {
        let (all, _) = read("engine: ruby\ncve: 2009-5147\npatched_versions:\n  - '>= 2.1.9'\n");
        assert_eq!(
            (all[0].affected[0].shard.as_str(), all[0].affected[0].package.as_str()),
            ("generic", "ruby")
        );
        let (all, _) = read("gem: x\npatched_versions:\n");
        assert_eq!((all[0].id.as_str(), all[0].affected[0].status), ("CVE-2020-1", Status::Affected));
        for broken in ["gem: [", "title: x\n", "gem: x\ncve: 2020-1\npatched_versions: ['what?']\n"] {
            let (all, out) = read(broken);
            assert_eq!((all.len(), out.problems.len()), (0, 1), "{broken}");
        }
    }

    #[test]
    fn yaml_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..30 {
            let last = level - 1;
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{last}"); 9].join(",")));
        }
        text.push_str("gem: *a29\n");
        let (all, out) = read(&text);
        assert_eq!((all.len(), out.problems.len()), (0, 1));
    }
}
