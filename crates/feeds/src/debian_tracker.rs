//! The JSON of the Debian security tracker
//! (security-tracker.debian.org/tracker/data/json): source package → CVE → release → status.

use crate::bounded::{Metered, RecordBudget};
use crate::ids::{cve_in, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::platform::debian;
use crate::{FeedLimits, rating};
use advisories::{Advisory, Affected, Range, Rated};
use model::Status;
use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

/// Reads the tracker's JSON record by record.
///
/// Meaning of the fields (as the tracker's own pages and trivy-db's `debian` source take them): `resolved` with
/// `fixed_version` `0` was never affected; `open` with `nodsa_reason` `ignored` will not be fixed, with
/// `postponed` it is deferred; urgency `end-of-life` means that the package is no longer supported in that
/// release, `unimportant` that there is no practical consequence; `undetermined` says nothing.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut state = State { out: Imported::default(), file, limits, sink };
    let (reader, budget) = Metered::new(input, limits.record_bytes_max);
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let result = Packages { state: &mut state, budget }.deserialize(&mut deserializer);
    let result = result.and_then(|()| deserializer.end());
    if let Err(error) = result {
        state.out.problem(limits, file, Some(error.line() as u64), error.to_string());
    }
    state.out
}

struct State<'a> {
    out: Imported,
    file: &'a str,
    limits: &'a FeedLimits,
    sink: &'a mut dyn FnMut(Advisory),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    description: Option<String>,
    releases: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Release {
    status: String,
    fixed_version: Option<String>,
    urgency: Option<String>,
    nodsa: Option<String>,
    nodsa_reason: Option<String>,
}

impl State<'_> {
    fn entry(&mut self, package: &str, id: &str, value: Value) {
        self.out.counts.records += 1;
        let what = format!("{package} {id}");
        if !is_id(id) || package.is_empty() || package.len() > 200 {
            self.problem(format!("'{what}' is not a package and an id"));
            return;
        }
        let entry: Entry = match serde_json::from_value(value) {
            Ok(entry) => entry,
            Err(error) => {
                self.problem(format!("{what}: {error}"));
                return;
            }
        };
        let mut advisory = Advisory {
            id: id.to_owned(),
            summary: one_line(entry.description.as_deref().unwrap_or("")),
            references: vec![format!("https://security-tracker.debian.org/tracker/{id}")],
            source: "debian-tracker".to_owned(),
            ..Advisory::default()
        };
        if let Some(cve) = cve_in(id) {
            push_new(&mut advisory.aliases, id, &cve);
        }
        for (codename, release) in entry.releases {
            let release: Release = match serde_json::from_value(release) {
                Ok(release) => release,
                Err(error) => {
                    self.problem(format!("{what} {codename}: {error}"));
                    continue;
                }
            };
            match self.row(package, &codename, &release) {
                Row::Kept(row) => advisory.affected.push(*row),
                Row::LeftOut => {}
                Row::NotUnderstood => {
                    self.problem(format!("{what} {codename}: unknown status '{}'", release.status));
                }
            }
        }
        if !advisory.affected.is_empty() {
            self.out.counts.advisories += 1;
            self.out.counts.rows += advisory.affected.len() as u64;
            (self.sink)(advisory);
        }
    }

    fn row(&mut self, package: &str, codename: &str, release: &Release) -> Row {
        let Some(platform) = debian(codename) else {
            self.out.unsupported(&format!("debian {codename}"));
            return Row::LeftOut;
        };
        let fixed = release.fixed_version.as_deref().unwrap_or("").trim();
        let urgency = release.urgency.as_deref().unwrap_or("");
        let (status, range) = match release.status.as_str() {
            "resolved" if fixed == "0" => (Status::NotAffected, None),
            "resolved" if !fixed.is_empty() => {
                (Status::Fixed, Some(Range { fixed: fixed.to_owned(), ..Range::default() }))
            }
            "open" => (open_status(release, urgency), None),
            "undetermined" => {
                self.out.counts.undetermined += 1;
                return Row::LeftOut;
            }
            _ => return Row::NotUnderstood,
        };
        let rating = rating::word(urgency).map(|severity| Rated {
            source: "debian".to_owned(),
            severity,
            cvss: String::new(),
        });
        Row::Kept(Box::new(Affected {
            shard: platform.shard,
            ecosystem: platform.ecosystem,
            package: package.to_owned(),
            is_source: true,
            status,
            ranges: range.into_iter().collect(),
            versions: Vec::new(),
            module: String::new(),
            arches: Vec::new(),
            channel: platform.channel,
            rating,
        }))
    }

    fn problem(&mut self, detail: String) {
        self.out.problem(self.limits, self.file, None, detail);
    }
}

enum Row {
    Kept(Box<Affected>),
    LeftOut,
    NotUnderstood,
}

fn open_status(release: &Release, urgency: &str) -> Status {
    let is_no_dsa = release.nodsa.is_some() || release.nodsa_reason.is_some();
    match release.nodsa_reason.as_deref().unwrap_or("") {
        _ if urgency == "end-of-life" => Status::EndOfLife,
        "ignored" if is_no_dsa => Status::WillNotFix,
        "postponed" if is_no_dsa => Status::Deferred,
        _ => Status::Affected,
    }
}

/// The outer object: source package → entries.
struct Packages<'s, 'a> {
    state: &'s mut State<'a>,
    budget: RecordBudget,
}

impl<'de> DeserializeSeed<'de> for Packages<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Packages<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object from source package to vulnerabilities")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(package) = map.next_key::<String>()? {
            map.next_value_seed(Entries {
                state: &mut *self.state,
                package: &package,
                budget: &self.budget,
            })?;
        }
        Ok(())
    }
}

/// The inner object: id → entry.
struct Entries<'s, 'a> {
    state: &'s mut State<'a>,
    package: &'s str,
    budget: &'s RecordBudget,
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object from id to entry")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        // A package with a list instead of an object loses only itself.
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.state.problem(format!("{} is a list", self.package));
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let limits = self.state.limits;
        while let Some(id) = map.next_key::<String>()? {
            self.budget.renew();
            if self.state.out.counts.records >= limits.records_max {
                return Err(serde::de::Error::custom("more records than the limit"));
            }
            let value: Value = map.next_value()?;
            self.state.entry(self.package, &id, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Severity;

    fn rows(json: &str) -> (Vec<Advisory>, Imported) {
        let mut all = Vec::new();
        let out =
            import(&mut json.as_bytes(), "json", &FeedLimits::default(), &mut |advisory| all.push(advisory));
        (all, out)
    }

    #[track_caller]
    fn check(release: &str, expected: Option<(Status, Option<Severity>, &str)>) {
        let json = format!(r#"{{"curl":{{"CVE-2024-1":{{"releases":{{"bookworm":{release}}}}}}}}}"#);
        let (all, out) = rows(&json);
        let found = all.first().map(|advisory| {
            let row = &advisory.affected[0];
            let fixed = row.ranges.first().map_or("", |range| range.fixed.as_str());
            (row.status, row.rating.as_ref().map(|rated| rated.severity), fixed)
        });
        assert_eq!(found, expected, "{:?}", out.problems);
    }

    #[test]
    fn status_of_the_tracker_becomes_ours() {
        use Severity::{Low, Negligible};
        check(
            r#"{"status":"resolved","fixed_version":"7.88.1-10+deb12u5","urgency":"not yet assigned"}"#,
            Some((Status::Fixed, None, "7.88.1-10+deb12u5")),
        );
        check(
            r#"{"status":"resolved","fixed_version":"0","urgency":"low"}"#,
            Some((Status::NotAffected, Some(Low), "")),
        );
        check(r#"{"status":"open","urgency":"unimportant"}"#, Some((Status::Affected, Some(Negligible), "")));
        check(
            r#"{"status":"open","urgency":"low**","nodsa":"Minor issue","nodsa_reason":""}"#,
            Some((Status::Affected, Some(Low), "")),
        );
        check(
            r#"{"status":"open","nodsa":"x","nodsa_reason":"ignored"}"#,
            Some((Status::WillNotFix, None, "")),
        );
        check(
            r#"{"status":"open","nodsa":"x","nodsa_reason":"postponed"}"#,
            Some((Status::Deferred, None, "")),
        );
        check(r#"{"status":"open","urgency":"end-of-life"}"#, Some((Status::EndOfLife, None, "")));
        check(r#"{"status":"undetermined"}"#, None);
    }

    #[test]
    fn a_bad_record_loses_only_itself() {
        let json = r#"{"a":{"CVE-2024-1":{"releases":{"bookworm":{"status":7}}},
            "not an id":{"releases":{}},
            "CVE-2024-2":{"releases":{"bookworm":{"status":"open"},"trixie":{"status":"strange"},"buzz":{"status":"open"}}}},
            "b":[1],"c":null,
            "d":{"CVE-2024-3":{"releases":{"sid":{"status":"open"}}}}}"#;
        let (all, out) = rows(json);
        let ids: Vec<&str> = all.iter().map(|advisory| advisory.id.as_str()).collect();
        assert_eq!(ids, ["CVE-2024-2", "CVE-2024-3"]);
        assert_eq!(all[1].affected[0].shard, "debian:sid");
        assert_eq!(out.problems.len(), 4, "{:?}", out.problems);
        assert_eq!(out.counts.unsupported["debian buzz"], 1);
    }

    #[test]
    fn truncated_file_keeps_what_came_before() {
        let (all, out) = rows(r#"{"a":{"CVE-2024-1":{"releases":{"bookworm":{"status":"open"}}},"CVE-2"#);
        assert_eq!((all.len(), out.problems.len()), (1, 1));
    }
}
