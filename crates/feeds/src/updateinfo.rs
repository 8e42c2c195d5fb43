//! `updateinfo.xml` of RPM repositories (createrepo_c, `updateinfo`): Amazon Linux, Rocky Linux, AlmaLinux, Fedora.

use crate::FeedLimits;
use crate::ids::{cve_in, date_of, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::platform::{Platform, rpm_by_advisory};
use crate::rating;
use crate::xml::{Element, Token, XmlReader};
use advisories::{Advisory, Affected, Range};
use model::{Ecosystem, Severity, Status};
use std::collections::BTreeMap;
use std::io::Read;

/// Reads the advisories of a repository. The distribution is told by the advisory's id and the distribution tag
/// of its packages (`.amzn2023`, `.el9`).
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut out = Imported::default();
    let mut xml = XmlReader::new(input, limits.record_bytes_max);
    let mut update: Option<Update> = None;
    let mut path: Vec<String> = Vec::new();
    loop {
        let token = match xml.next() {
            Ok(Some(token)) => token,
            Ok(None) => return out,
            Err(detail) => {
                out.problem(limits, file, None, detail);
                return out;
            }
        };
        match token {
            Token::Start(element) => {
                if element.name == "update" {
                    update = Some(Update { kind: element.attribute("type").to_owned(), ..Update::default() });
                } else if let Some(update) = &mut update {
                    update.start(&element, limits, file, &mut out);
                }
                path.push(element.name);
            }
            Token::Text(text) => {
                if let (Some(update), Some(name)) = (&mut update, path.last()) {
                    let parent = path.len().checked_sub(2).map_or("", |at| path[at].as_str());
                    update.text(parent, name, &text);
                }
            }
            Token::End(name) => {
                path.pop();
                if name == "update"
                    && let Some(update) = update.take()
                {
                    xml.record_done();
                    out.counts.records += 1;
                    if out.counts.records > limits.records_max {
                        out.problem(limits, file, None, "more records than the limit");
                        return out;
                    }
                    if let Some(advisory) = update.finish(limits, file, &mut out) {
                        out.counts.advisories += 1;
                        out.counts.rows += advisory.affected.len() as u64;
                        sink(advisory);
                    }
                }
            }
        }
    }
}

#[derive(Debug, Default)]
struct Update {
    kind: String,
    id: String,
    title: String,
    severity: String,
    issued: String,
    updated: String,
    cves: Vec<String>,
    references: Vec<String>,
    module: String,
    /// Shard, channel, package, version, module → architectures.
    rows: BTreeMap<(Platform, String, String, String), Vec<String>>,
}

impl Update {
    fn start(&mut self, element: &Element, limits: &FeedLimits, file: &str, out: &mut Imported) {
        match element.name.as_str() {
            "issued" => self.issued = date_of(element.attribute("date")),
            "updated" => self.updated = date_of(element.attribute("date")),
            "reference" => {
                if let Some(cve) = cve_in(element.attribute("id")) {
                    push_new(&mut self.cves, "", &cve);
                }
                let address = element.attribute("href");
                if address.starts_with("http") && element.attribute("type") == "self" {
                    push_new(&mut self.references, "", address);
                }
            }
            "collection" => self.module.clear(),
            "module" => {
                self.module = format!("{}:{}", element.attribute("name"), element.attribute("stream"));
            }
            "package" => self.package(element, limits, file, out),
            _ => {}
        }
    }

    fn package(&mut self, element: &Element, limits: &FeedLimits, file: &str, out: &mut Imported) {
        let (name, release) = (element.attribute("name"), element.attribute("release"));
        let arch = element.attribute("arch");
        if name.is_empty() || element.attribute("version").is_empty() || release.is_empty() {
            out.problem(
                limits,
                file,
                None,
                format!("{}: a package has no name, version or release", self.id),
            );
            return;
        }
        if arch == "src" || name.ends_with("-debuginfo") || name.ends_with("-debugsource") {
            return;
        }
        let Some(platform) = rpm_by_advisory(&self.id, release) else {
            out.unsupported(self.id.split(['-', ':']).next().unwrap_or(""));
            return;
        };
        if self.rows.len() >= limits.rows_per_record_max {
            return;
        }
        let epoch = element.attribute("epoch");
        let epoch = if matches!(epoch, "" | "0") { String::new() } else { format!("{epoch}:") };
        let version = format!("{epoch}{}-{release}", element.attribute("version"));
        let is_modular = release.contains(".module+el") || release.contains(".module_el");
        let module = match (is_modular, self.module.as_str()) {
            (false, _) => String::new(),
            (true, "") => {
                out.problem(
                    limits,
                    file,
                    None,
                    format!("{}: the module stream of '{name}' is not told", self.id),
                );
                "*".to_owned()
            }
            (true, module) => module.to_owned(),
        };
        let arches = self.rows.entry((platform, name.to_owned(), version, module)).or_default();
        if !arch.is_empty() && !arches.iter().any(|known| known == arch) {
            arches.push(arch.to_owned());
        }
    }

    fn text(&mut self, parent: &str, name: &str, text: &str) {
        match (parent, name) {
            ("update", "id") => text.clone_into(&mut self.id),
            ("update", "title" | "summary") if self.title.is_empty() => self.title = one_line(text),
            ("update", "severity") => text.clone_into(&mut self.severity),
            _ => {}
        }
    }

    fn finish(self, limits: &FeedLimits, file: &str, out: &mut Imported) -> Option<Advisory> {
        if !is_id(&self.id) {
            out.problem(limits, file, None, format!("'{}' is not an id", self.id));
            return None;
        }
        if self.cves.is_empty() && self.kind != "security" {
            out.counts.not_security += 1;
            return None;
        }
        let mut advisory = Advisory {
            vulnerabilities: self.cves,
            summary: self.title,
            references: self.references,
            published: self.issued,
            modified: self.updated,
            source: "updateinfo".to_owned(),
            ..Advisory::default()
        };
        let severity = rating::word(&self.severity).unwrap_or(Severity::Unknown);
        let source = match self.id.split('-').next().unwrap_or("") {
            prefix if prefix.starts_with("ALAS") => "amazon",
            prefix if prefix.starts_with("RL") || prefix == "RXSA" => "rocky",
            prefix if prefix.starts_with("AL") => "almalinux",
            prefix if prefix.starts_with("EL") => "oracle",
            prefix if prefix.starts_with("RH") => "redhat",
            _ => "fedora",
        };
        rating::push(&mut advisory.ratings, source, severity, "");
        for ((platform, package, version, module), mut arches) in self.rows {
            // Amazon lists the architecture of the repository alone; the fix is the same for the others.
            if source == "amazon" || arches.iter().any(|arch| arch == "noarch") {
                arches.clear();
            }
            advisory.affected.push(Affected {
                shard: platform.shard,
                ecosystem: Ecosystem::Rpm,
                package,
                is_source: false,
                status: Status::Fixed,
                ranges: vec![Range { fixed: version, ..Range::default() }],
                versions: Vec::new(),
                module,
                arches,
                channel: platform.channel,
                rating: None,
            });
        }
        advisory.id = self.id;
        (!advisory.affected.is_empty()).then_some(advisory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazon_advisory_becomes_rows_for_every_architecture() {
        let xml = r#"<?xml version="1.0" ?><updates>
        <update author="a" from="a" status="final" type="security" version="1.4"><id>ALAS2023-2023-001</id>
        <title>Amazon Linux 2023 - ALAS2023-2023-001: Important priority package update for rsyslog</title>
        <issued date="2023-02-17 20:41:00"/><updated date="2023-02-22 23:22:00"/><severity>Important</severity>
        <description>x</description>
        <references><reference href="http://cve/CVE-2022-24903" id="CVE-2022-24903" title="" type="cve"/></references>
        <pkglist><collection short="amazon-linux-2023"><name>Amazon Linux 2023</name>
        <package arch="x86_64" epoch="0" name="rsyslog" release="1.amzn2023.0.3" version="8.2204.0"><filename>f</filename></package>
        <package arch="aarch64" epoch="0" name="rsyslog" release="1.amzn2023.0.3" version="8.2204.0"/>
        <package arch="noarch" epoch="2" name="rsyslog-doc" release="1.amzn2023.0.3" version="8.2204.0"/>
        <package arch="x86_64" epoch="0" name="rsyslog-debuginfo" release="1.amzn2023.0.3" version="8.2204.0"/>
        <package arch="x86_64" name="broken"/>
        </collection></pkglist></update>
        <update type="bugfix"><id>ALAS2023-2023-002</id></update><update type="security"><id>?</id></update>
        </updates>"#;
        let mut all = Vec::new();
        let out = import(&mut xml.as_bytes(), "u.xml", &FeedLimits::default(), &mut |a| all.push(a));
        assert_eq!(all.len(), 1);
        let advisory = &all[0];
        assert_eq!(advisory.vulnerabilities, ["CVE-2022-24903"]);
        assert_eq!(advisory.ratings[0].severity, Severity::High);
        let rows: Vec<_> = advisory
            .affected
            .iter()
            .map(|a| (a.package.as_str(), a.ranges[0].fixed.as_str(), a.arches.len()))
            .collect();
        assert_eq!(
            rows,
            [("rsyslog", "8.2204.0-1.amzn2023.0.3", 0), ("rsyslog-doc", "2:8.2204.0-1.amzn2023.0.3", 0)]
        );
        assert_eq!(advisory.affected[0].shard, "amzn:2023");
        assert_eq!((out.counts.not_security, out.problems.len()), (1, 2), "{:?}", out.problems);
    }

    #[test]
    fn rocky_module_is_kept() {
        let xml = r#"<updates><update type="security"><id>RLSA-2023:1</id><references><reference id="CVE-2023-1" type="cve"/></references>
        <pkglist><collection short="x"><name>x</name><module arch="x86_64" context="c" name="nodejs" stream="18" version="1"/>
        <package name="nodejs" version="18.1" release="1.module+el8.7.0+1+2" epoch="1" arch="x86_64"/></collection></pkglist></update>"#;
        let mut all = Vec::new();
        let out = import(&mut xml.as_bytes(), "u.xml", &FeedLimits::default(), &mut |a| all.push(a));
        assert_eq!(
            (all[0].affected[0].module.as_str(), all[0].affected[0].shard.as_str()),
            ("nodejs:18", "rocky:8")
        );
        // The file ends without </updates>.
        assert_eq!(out.problems.len(), 1);
    }
}
