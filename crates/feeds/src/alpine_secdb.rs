//! Alpine security databases (secdb.alpinelinux.org/vX.Y/{main,community}.json); Wolfi and Chainguard publish
//! `security.json` in the same shape.

use crate::FeedLimits;
use crate::bounded::read_all;
use crate::ids::{cve_in, is_id, push_new};
use crate::imported::Imported;
use crate::platform::{Platform, alpine};
use advisories::{Advisory, Affected, Range};
use model::{Ecosystem, Status};
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;

/// Reads a security database: origin package → fixed version → ids.
///
/// A fixed version `0` means that the package was never affected
/// (wiki.alpinelinux.org, "Secfixes": entries under `0`).
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut out = Imported::default();
    let database: Database = match read_all(input, limits.record_bytes_max)
        .map_err(|error| error.to_string())
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()))
    {
        Ok(database) => database,
        Err(detail) => {
            out.problem(limits, file, None, detail);
            return out;
        }
    };
    let Some(platform) = platform_of(&database, file) else {
        out.problem(
            limits,
            file,
            None,
            format!("the distribution '{}' of '{}' is not known", database.distroversion, database.urlprefix),
        );
        return out;
    };
    for item in database.packages {
        let package: Package = match serde_json::from_value(item.get("pkg").cloned().unwrap_or_default()) {
            Ok(package) => package,
            Err(error) => {
                out.problem(limits, file, None, format!("a package is not understood: {error}"));
                continue;
            }
        };
        if package.name.is_empty() || package.name.len() > 200 {
            out.problem(limits, file, None, "a package has no usable name");
            continue;
        }
        // `[]` and null stand for "none".
        let Some(fixes) = package.secfixes.as_object() else { continue };
        for (version, ids) in fixes {
            for entry in ids.as_array().into_iter().flatten() {
                out.counts.records += 1;
                if out.counts.records > limits.records_max {
                    out.problem(limits, file, None, "more records than the limit");
                    return out;
                }
                let ids = entry.as_str().map(ids_of).unwrap_or_default();
                if ids.is_empty() {
                    out.problem(
                        limits,
                        file,
                        None,
                        format!("{} {version}: {entry} holds no id", package.name),
                    );
                    continue;
                }
                out.counts.advisories += 1;
                out.counts.rows += 1;
                sink(advisory(&platform, &package.name, version, ids));
            }
        }
    }
    out
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Database {
    distroversion: String,
    urlprefix: String,
    apkurl: String,
    packages: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Package {
    name: String,
    secfixes: Value,
}

fn platform_of(database: &Database, file: &str) -> Option<Platform> {
    if let Some(platform) = alpine(&database.distroversion) {
        return Some(platform);
    }
    // Wolfi and Chainguard are rolling and name no version, only addresses.
    for text in [&database.urlprefix, &database.apkurl, file] {
        if text.contains("wolfi") {
            return Some(Platform::new(Ecosystem::Apk, "wolfi", ""));
        }
        if text.contains("cgr.dev") || text.contains("chainguard") {
            return Some(Platform::new(Ecosystem::Apk, "chainguard", ""));
        }
    }
    // A directory `v3.18` above the file, as on the server.
    file.rsplit('/').nth(1).and_then(alpine)
}

/// The ids in an entry: `CVE-2019-1`, `CVE-2018-7540 XSA-252`, `CVE-2021-1 (+ GHSA-x)`, `CVE_2019-2426`.
fn ids_of(entry: &str) -> Vec<String> {
    let mut ids = Vec::new();
    // `CVE 2018-16859` is a slip that is met.
    let entry = entry.replace("CVE ", "CVE-");
    for word in entry.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '/' | ';')) {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if let Some(cve) = cve_in(word) {
            push_new(&mut ids, "", &cve);
        } else if is_id(word)
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.starts_with(char::is_uppercase)
        {
            push_new(&mut ids, "", word);
        }
    }
    ids
}

fn advisory(platform: &Platform, package: &str, version: &str, mut ids: Vec<String>) -> Advisory {
    let is_never_affected = version == "0";
    let ranges = if is_never_affected {
        Vec::new()
    } else {
        vec![Range { fixed: version.to_owned(), ..Range::default() }]
    };
    let id = ids.remove(0);
    Advisory {
        references: vec![format!("https://security.alpinelinux.org/vuln/{id}")]
            .into_iter()
            .filter(|_| platform.shard.starts_with("alpine"))
            .collect(),
        id,
        aliases: ids,
        source: "alpine-secdb".to_owned(),
        affected: vec![Affected {
            shard: platform.shard.clone(),
            ecosystem: platform.ecosystem,
            package: package.to_owned(),
            is_source: true,
            status: if is_never_affected { Status::NotAffected } else { Status::Fixed },
            ranges,
            versions: Vec::new(),
            module: String::new(),
            arches: Vec::new(),
            channel: platform.channel.clone(),
            rating: None,
        }],
        ..Advisory::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (Vec<Advisory>, Imported) {
        let mut all = Vec::new();
        let out = import(&mut json.as_bytes(), "x.json", &FeedLimits::default(), &mut |a| all.push(a));
        (all, out)
    }

    #[test]
    fn fixes_and_never_affected_rows_are_read() {
        let (all, out) = read(
            r#"{"distroversion":"v3.18","reponame":"main","packages":[
            {"pkg":{"name":"openssl","secfixes":{"0":["CVE-2022-1292"],"3.1.1-r0":["CVE-2023-1 (+ regression)","CVE-2023-2 XSA-252"]}}},
            {"pkg":{"name":"none","secfixes":[]}},{"pkg":7},{"pkg":{"name":"odd","secfixes":{"1-r0":["what"]}}}]}"#,
        );
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|a| a.affected[0].shard == "alpine:3.18" && a.affected[0].is_source));
        assert_eq!((all[0].id.as_str(), all[0].affected[0].status), ("CVE-2022-1292", Status::NotAffected));
        assert!(all[0].affected[0].ranges.is_empty());
        assert_eq!(all[1].affected[0].ranges[0].fixed, "3.1.1-r0");
        assert_eq!(all[2].aliases, ["XSA-252"]);
        assert_eq!(out.problems.len(), 2, "{:?}", out.problems);
    }

    #[test]
    fn rolling_distributions_are_told_by_their_address() {
        let (all, _) = read(
            r#"{"urlprefix":"https://packages.wolfi.dev","packages":[{"pkg":{"name":"a","secfixes":{"1-r0":["GHSA-aaaa-bbbb-1ccc"]}}}]}"#,
        );
        assert_eq!(all[0].affected[0].shard, "wolfi:rolling");
        let (all, out) = read(r#"{"packages":[]}"#);
        assert_eq!((all.len(), out.problems.len()), (0, 1));
    }
}
