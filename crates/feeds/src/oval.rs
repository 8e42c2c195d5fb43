//! OVAL definitions (oval.mitre.org, version 5.11) of RPM distributions: Oracle
//! (linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2), SUSE
//! (ftp.suse.com/pub/projects/security/oval) and Photon.

mod criteria;
mod tables;

use crate::FeedLimits;
use crate::ids::{cve_in, date_of, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::rating;
use crate::xml::{Element, Token, XmlReader};
use advisories::{Advisory, Affected, Range};
use criteria::{Node, Operator, PackageTest};
use model::{Ecosystem, Status};
use std::collections::BTreeMap;
use std::io::Read;
use tables::Tables;

/// Reads a definitions document. Definitions come before the tests, objects and states that they refer to, so
/// that they are all held, in a compact form, until the document ends.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut out = Imported::default();
    let mut xml = XmlReader::new(input, limits.record_bytes_max);
    let mut tables = Tables::default();
    let mut definitions: Vec<Definition> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut current: Option<Building> = None;
    loop {
        let token = match xml.next() {
            Ok(Some(token)) => token,
            Ok(None) => break,
            Err(detail) => {
                out.problem(limits, file, None, detail);
                break;
            }
        };
        match token {
            Token::Start(element) => {
                if element.name == "definition" {
                    current = Some(Building::new(&element));
                } else if let Some(building) = &mut current {
                    building.start(&element, limits);
                } else {
                    tables.start(&element);
                }
                path.push(element.name);
            }
            Token::Text(text) => {
                let name = path.last().map_or("", String::as_str);
                match &mut current {
                    Some(building) => building.text(name, &text),
                    None => tables.text(name, text),
                }
            }
            Token::End(name) => {
                path.pop();
                match (&mut current, name.as_str()) {
                    (Some(_), "definition") => {
                        xml.record_done();
                        out.counts.records += 1;
                        if out.counts.records > limits.records_max {
                            out.problem(limits, file, None, "more records than the limit");
                            break;
                        }
                        definitions.extend(current.take().map(Building::finish));
                    }
                    (Some(building), "criteria") => building.end_criteria(),
                    (Some(_), _) => {}
                    (None, name) => {
                        tables.end(name);
                        xml.record_done();
                    }
                }
            }
        }
    }
    for definition in definitions {
        if let Some(advisory) = definition.into_advisory(&tables, file, limits, &mut out) {
            out.counts.advisories += 1;
            out.counts.rows += advisory.affected.len() as u64;
            sink(advisory);
        }
    }
    out
}

/// What is kept of a definition.
#[derive(Debug, Default)]
struct Definition {
    id: String,
    title: String,
    severity: String,
    issued: String,
    updated: String,
    platforms: Vec<String>,
    /// Ids and addresses of `reference`.
    references: Vec<(String, String)>,
    cves: Vec<String>,
    criteria: Option<Node>,
}

/// A definition that is being read.
struct Building {
    definition: Definition,
    /// Criteria that are open, outermost first.
    open: Vec<Node>,
    leaves: usize,
}

impl Building {
    fn new(element: &Element) -> Self {
        let definition = Definition { id: element.attribute("id").to_owned(), ..Definition::default() };
        Self { definition, open: Vec::new(), leaves: 0 }
    }

    fn start(&mut self, element: &Element, limits: &FeedLimits) {
        let definition = &mut self.definition;
        match element.name.as_str() {
            "reference" if definition.references.len() < 2_000 => {
                let (id, address) = (element.attribute("ref_id"), element.attribute("ref_url"));
                definition.references.push((id.to_owned(), address.to_owned()));
            }
            "issued" => definition.issued = date_of(element.attribute("date")),
            "updated" => definition.updated = date_of(element.attribute("date")),
            "criteria" => {
                let operator = if element.attribute("operator").eq_ignore_ascii_case("OR") {
                    Operator::Or
                } else {
                    Operator::And
                };
                let is_negated = element.attribute("negate") == "true";
                self.open.push(Node::Criteria { operator, is_negated, children: Vec::new() });
            }
            "criterion" if self.leaves < limits.rows_per_record_max => {
                self.leaves += 1;
                let leaf = Node::Criterion {
                    test: element.attribute("test_ref").to_owned(),
                    comment: element.attribute("comment").to_owned(),
                    is_negated: element.attribute("negate") == "true",
                };
                if let Some(Node::Criteria { children, .. }) = self.open.last_mut() {
                    children.push(leaf);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let definition = &mut self.definition;
        match name {
            "title" => definition.title = one_line(text),
            "severity" => text.clone_into(&mut definition.severity),
            "platform" if definition.platforms.len() < 500 => definition.platforms.push(text.to_owned()),
            "cve" => {
                if let Some(cve) = cve_in(text) {
                    push_new(&mut definition.cves, "", &cve);
                }
            }
            _ => {}
        }
    }

    fn end_criteria(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(Node::Criteria { children, .. }) => children.push(closed),
            _ => self.definition.criteria = Some(closed),
        }
    }

    fn finish(self) -> Definition {
        self.definition
    }
}

impl Definition {
    fn into_advisory(
        mut self,
        tables: &Tables,
        file: &str,
        limits: &FeedLimits,
        out: &mut Imported,
    ) -> Option<Advisory> {
        let mut ids: Vec<String> = Vec::new();
        for (id, _) in &self.references {
            match cve_in(id) {
                Some(cve) => push_new(&mut self.cves, "", &cve),
                None if is_id(id) => push_new(&mut ids, "", id),
                None => {}
            }
        }
        // Oracle: `ELSA-2024-1234: …`; SUSE: the CVE id is the title of a definition of class `vulnerability`.
        let titled = self.title.split([':', ' ']).next().unwrap_or("").to_owned();
        let id = if is_id(&titled) {
            titled
        } else if let Some(id) = ids.first().or(self.cves.first()) {
            id.clone()
        } else {
            out.problem(limits, file, None, format!("definition '{}' names no id", self.id));
            return None;
        };
        let Some(root) = &self.criteria else {
            out.problem(limits, file, None, format!("{id} has no criteria"));
            return None;
        };
        let mut advisory = Advisory {
            summary: self.title.clone(),
            published: self.issued.clone(),
            modified: self.updated.clone(),
            source: "oval".to_owned(),
            ..Advisory::default()
        };
        if cve_in(&id).as_deref() != Some(id.as_str()) {
            advisory.vulnerabilities.clone_from(&self.cves);
        }
        for (_, address) in &self.references {
            if address.starts_with("https://") && advisory.references.len() < 3 {
                push_new(&mut advisory.references, "", address);
            }
        }
        if advisory.vulnerabilities.is_empty() && cve_in(&id).is_none() {
            out.counts.not_security += 1;
            return None;
        }
        // Oracle writes the rating in upper case, and `N/A`.
        if let Some(severity) = rating::word(&self.severity) {
            let source = if id.starts_with("EL") { "oracle" } else { "suse" };
            rating::push(&mut advisory.ratings, source, severity, "");
        }
        let tests = criteria::package_tests(root, &self.platforms, tables);
        for platform in tests.unsupported {
            out.unsupported(&platform);
        }
        for unknown in tests.not_understood {
            out.problem(limits, file, None, format!("{id}: {unknown}"));
        }
        advisory.id = id;
        advisory.affected = rows(tests.tests, limits);
        (!advisory.affected.is_empty()).then_some(advisory)
    }
}

fn rows(tests: Vec<PackageTest>, limits: &FeedLimits) -> Vec<Affected> {
    // Shard, channel, package, module, status and version → architectures.
    type Key = (String, String, String, String, Status, String);
    let mut merged: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for test in tests {
        let mut channel = test.platform.channel;
        // Oracle's live-patched and certified builds have versions of their own (oracle linux errata).
        if test.version.contains("ksplice") {
            "ksplice".clone_into(&mut channel);
        } else if test.version.ends_with("_fips") || test.version.contains("_fips") {
            "fips".clone_into(&mut channel);
        }
        let key = (test.platform.shard, channel, test.package, test.module, test.status, test.version);
        let arches = merged.entry(key).or_default();
        for arch in test.arches {
            if !arches.contains(&arch) {
                arches.push(arch);
            }
        }
        if merged.len() >= limits.rows_per_record_max {
            break;
        }
    }
    let mut rows = Vec::with_capacity(merged.len());
    for ((shard, channel, package, module, status, version), arches) in merged {
        let has_fix = status == Status::Fixed;
        rows.push(Affected {
            shard,
            ecosystem: Ecosystem::Rpm,
            package,
            is_source: false,
            status,
            ranges: if has_fix { vec![Range { fixed: version, ..Range::default() }] } else { Vec::new() },
            versions: Vec::new(),
            module,
            arches,
            channel,
            rating: None,
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> (Vec<Advisory>, Imported) {
        let mut all = Vec::new();
        let out = import(&mut xml.as_bytes(), "o.xml", &FeedLimits::default(), &mut |a| all.push(a));
        (all, out)
    }

    const ORACLE: &str = r#"<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"><definitions>
      <definition id="oval:com.oracle.elsa:def:20240001" version="501" class="patch"><metadata>
        <title> ELSA-2024-0001:  nodejs:18 security update (IMPORTANT) </title>
        <affected family="unix"><platform>Oracle Linux 8</platform></affected>
        <reference source="elsa" ref_id="ELSA-2024-0001" ref_url="https://linux.oracle.com/errata/ELSA-2024-0001.html"/>
        <reference source="CVE" ref_id="CVE-2024-1" ref_url="https://linux.oracle.com/cve/CVE-2024-1.html"/>
        <advisory><severity>IMPORTANT</severity><issued date="2024-01-03"/></advisory></metadata>
        <criteria operator="AND">
          <criterion test_ref="t:1" comment="Oracle Linux 8 is installed"/>
          <criterion test_ref="t:2" comment="Oracle Linux arch is x86_64"/>
          <criterion test_ref="t:3" comment="Module nodejs:18 is enabled"/>
          <criteria operator="OR">
            <criteria operator="AND"><criterion test_ref="t:4" comment="nodejs is earlier than 1:18.1-1.module+el8"/>
              <criterion test_ref="t:5" comment="nodejs is signed with the Oracle Linux 8 key"/></criteria>
            <criteria operator="AND"><criterion test_ref="t:6" comment="npm is earlier than 0:9.1-1.ksplice1.el8"/></criteria>
          </criteria></criteria></definition></definitions>
      <tests>
        <rpminfo_test id="t:1"><object object_ref="o:1"/><state state_ref="s:1"/></rpminfo_test>
        <rpminfo_test id="t:4"><object object_ref="o:4"/><state state_ref="s:4"/></rpminfo_test>
        <rpminfo_test id="t:5"><object object_ref="o:4"/><state state_ref="s:5"/></rpminfo_test>
      </tests><objects>
        <rpminfo_object id="o:1"><name>oraclelinux-release</name></rpminfo_object>
        <rpminfo_object id="o:4"><name>nodejs</name></rpminfo_object></objects>
      <states><rpminfo_state id="s:1"><version operation="pattern match">^8</version></rpminfo_state>
        <rpminfo_state id="s:4"><evr datatype="evr_string" operation="less than">1:18.1-1.module+el8</evr></rpminfo_state>
        <rpminfo_state id="s:5"><signature_keyid operation="equals">82562ea9ad986da3</signature_keyid></rpminfo_state></states>
      </oval_definitions>"#;

    #[test]
    fn oracle_definition_keeps_architecture_module_and_channel() {
        let (all, out) = read(ORACLE);
        assert_eq!((all.len(), out.problems.len()), (1, 0), "{:?}", out.problems);
        let advisory = &all[0];
        assert_eq!(
            (advisory.id.as_str(), &advisory.vulnerabilities[..]),
            ("ELSA-2024-0001", &["CVE-2024-1".to_owned()][..])
        );
        let rows: Vec<_> = advisory
            .affected
            .iter()
            .map(|a| {
                format!(
                    "{} {} {} {} {:?} {}",
                    a.shard, a.package, a.ranges[0].fixed, a.module, a.arches, a.channel
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "ol:8 nodejs 1:18.1-1.module+el8 nodejs:18 [\"x86_64\"] ",
                "ol:8 npm 9.1-1.ksplice1.el8 nodejs:18 [\"x86_64\"] ksplice",
            ]
        );
    }

    #[test]
    fn suse_definition_tells_fixed_affected_and_not_affected() {
        let (all, out) = read(
            r#"<oval_definitions><definitions><definition id="oval:org.opensuse.security:def:1" class="vulnerability"><metadata>
            <title>CVE-2024-2</title><reference ref_id="Mitre CVE-2024-2" ref_url="https://x" source="CVE"/>
            <reference ref_id="SUSE-SU-2024:1-1" source="SUSE-SU"/><advisory><severity>Moderate</severity><issued date="2024-02-03"/></advisory></metadata>
            <criteria operator="OR"><criteria operator="AND">
              <criteria operator="OR"><criterion test_ref="t:1" comment="SUSE Linux Enterprise Server 15 SP5 is installed"/>
                <criterion test_ref="t:1" comment="SUSE Linux Enterprise Desktop 15 SP5 is installed"/></criteria>
              <criteria operator="OR"><criterion test_ref="t:2" comment="curl-8.0-1 is installed"/>
                <criterion test_ref="t:3" comment="libx is affected"/><criterion test_ref="t:4" comment="liby is not affected"/></criteria>
            </criteria></criteria></definition></definitions>
            <tests><rpminfo_test id="t:1"><object object_ref="o:1"/></rpminfo_test>
            <rpminfo_test id="t:2"><object object_ref="o:2"/><state state_ref="s:2"/></rpminfo_test>
            <rpminfo_test id="t:3"><object object_ref="o:3"/><state state_ref="s:3"/></rpminfo_test>
            <rpminfo_test id="t:4"><object object_ref="o:4"/><state state_ref="s:4"/></rpminfo_test></tests>
            <objects><rpminfo_object id="o:1"><name>sles-release</name></rpminfo_object><rpminfo_object id="o:2"><name>curl</name></rpminfo_object>
            <rpminfo_object id="o:3"><name>libx</name></rpminfo_object><rpminfo_object id="o:4"><name>liby</name></rpminfo_object></objects>
            <states><rpminfo_state id="s:2"><arch datatype="string" operation="pattern match">(aarch64|x86_64)</arch>
              <evr datatype="evr_string" operation="less than">0:8.0-1</evr></rpminfo_state>
            <rpminfo_state id="s:3"><evr operation="greater than">0:0-0</evr></rpminfo_state>
            <rpminfo_state id="s:4"><evr operation="equals">0:0-0</evr></rpminfo_state></states></oval_definitions>"#,
        );
        assert_eq!((all.len(), out.problems.len()), (1, 0), "{:?}", out.problems);
        let rows: Vec<_> = all[0]
            .affected
            .iter()
            .map(|a| (a.package.as_str(), a.status, a.arches.len(), a.shard.as_str()))
            .collect();
        assert_eq!(
            rows,
            [
                ("curl", Status::Fixed, 2, "sles:15.5"),
                ("libx", Status::Affected, 0, "sles:15.5"),
                ("liby", Status::NotAffected, 0, "sles:15.5"),
            ]
        );
        assert_eq!(out.counts.unsupported["SUSE Linux Enterprise Desktop 15 SP5"], 1);
    }

    #[test]
    fn truncated_document_keeps_what_the_comments_say() {
        let (all, out) = read(&ORACLE[..ORACLE.find("<tests>").unwrap()]);
        assert_eq!((all.len(), all[0].affected.len(), out.problems.len()), (1, 2, 1));
    }
}
