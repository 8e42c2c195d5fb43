//! Maven project files, without a network.

use crate::{Context, Format, FormatKind, Sink, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};
use quick_xml::{Reader, events::Event};
use std::collections::HashMap;

/// `pom.xml` (Maven, "POM Reference"): the dependencies of the project and of its profiles, of all scopes, with
/// the properties, parent coordinates and managed versions that the file itself holds. Parents and imported
/// bills of materials elsewhere are not read: dependencies whose version they would tell are counted in one
/// problem, and so are version ranges. Plugins are no dependencies.
pub(crate) static FORMAT: Format = Format { id: "maven/pom-xml", kind: FormatKind::LockFile, matches, parse };

// Every property is held; real files have at most some hundred kilobytes.
const TEXT_BYTES_MAX: usize = 8 << 20;
// Real files nest about ten deep.
const DEPTH_MAX: usize = 64;
// Properties may name properties.
const SUBSTITUTIONS_MAX: usize = 32;
const VALUE_BYTES_MAX: usize = 1024;

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "pom.xml" || path.file_name().ends_with(".pom")
}

#[derive(Default)]
struct Project {
    properties: HashMap<String, String>,
    managed: HashMap<String, String>,
    dependencies: Vec<Dependency>,
}

#[derive(Default, Clone)]
struct Dependency {
    group: String,
    artifact: String,
    version: String,
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Maven, FoundBy::LockFile, sink);
    let Some(content) = manifest.text_within(bytes, TEXT_BYTES_MAX) else { return };
    let project = read_project(&mut manifest, &content);
    for dependency in &project.dependencies {
        let group = project.resolve(&dependency.group);
        let artifact = project.resolve(&dependency.artifact);
        let mut version = project.resolve(&dependency.version);
        if version.is_empty() {
            version = project
                .managed
                .get(&format!("{group}:{artifact}"))
                .map(|text| project.resolve(text))
                .unwrap_or_default();
        }
        let name = format!("{group}:{artifact}");
        if let Some(open) = [&name, &version].into_iter().find(|text| text.contains("${")) {
            manifest.unsupported(
                None,
                &format!("the property in '{open}' of dependency {name} is not in this file"),
            );
        } else if version.is_empty()
            || version.starts_with(['[', '('])
            || matches!(version.as_str(), "LATEST" | "RELEASE")
        {
            manifest.without_version(&name);
        } else {
            manifest.package(&name, &version);
        }
    }
}

fn read_project(manifest: &mut Manifest<'_>, content: &str) -> Project {
    let mut project = Project::default();
    let mut reader = Reader::from_str(content);
    reader.config_mut().check_end_names = false;
    let (mut path, mut value, mut dependency) = (Vec::<String>::new(), String::new(), Dependency::default());
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                if path.len() >= DEPTH_MAX {
                    manifest.malformed(None, "XML nested too deep for a project");
                    return project;
                }
                path.push(start.local_name().as_ref().to_owned());
                value.clear();
                if path.last().is_some_and(|name| name == "dependency") {
                    dependency = Dependency::default();
                }
            }
            Ok(Event::Text(piece)) => push_bounded(&mut value, &piece),
            Ok(Event::CData(piece)) => push_bounded(&mut value, &piece),
            Ok(Event::End(_)) => {
                project.close(&path, value.trim(), &mut dependency);
                path.pop();
                value.clear();
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                manifest.malformed(None, &format!("not XML at byte {}: {error}", reader.error_position()));
                break;
            }
        }
    }
    if !path.is_empty() {
        manifest.problem(None, model::GapReason::Truncated, "the project ends early");
    }
    project
}

fn push_bounded(value: &mut String, piece: &str) {
    if value.len() + piece.len() <= VALUE_BYTES_MAX {
        value.push_str(piece);
    }
}

impl Project {
    /// An element ends; `path` leads to it.
    fn close(&mut self, path: &[String], value: &str, dependency: &mut Dependency) {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names[..] {
            ["project", "properties", name] => {
                self.properties.insert(name.to_owned(), value.to_owned());
            }
            ["project", name @ ("groupId" | "artifactId" | "version")] => {
                for prefix in ["project", "pom"] {
                    self.properties.insert(format!("{prefix}.{name}"), value.to_owned());
                }
            }
            ["project", "parent", name @ ("groupId" | "version")] => {
                self.properties.insert(format!("project.parent.{name}"), value.to_owned());
                // A project inherits both from its parent (POM Reference, "Inheritance").
                for prefix in ["project", "pom"] {
                    self.properties.entry(format!("{prefix}.{name}")).or_insert_with(|| value.to_owned());
                }
            }
            [.., "dependency", field] => match field {
                "groupId" => value.clone_into(&mut dependency.group),
                "artifactId" => value.clone_into(&mut dependency.artifact),
                "version" => value.clone_into(&mut dependency.version),
                _ => {}
            },
            ["project", "dependencies", "dependency"]
            | ["project", "profiles", "profile", "dependencies", "dependency"] => {
                self.dependencies.push(std::mem::take(dependency));
            }
            ["project", "dependencyManagement", "dependencies", "dependency"] => {
                let name =
                    format!("{}:{}", self.resolve(&dependency.group), self.resolve(&dependency.artifact));
                self.managed.insert(name, std::mem::take(&mut dependency.version));
            }
            _ => {}
        }
    }

    /// Puts in properties, also those that name others, a bounded number of times.
    fn resolve(&self, text: &str) -> String {
        let mut resolved = text.to_owned();
        for _ in 0..SUBSTITUTIONS_MAX {
            let Some(start) = resolved.find("${") else { break };
            let Some(length) = resolved[start..].find('}') else { break };
            let Some(value) = self.properties.get(&resolved[start + 2..start + length]) else { break };
            resolved = format!("{}{value}{}", &resolved[..start], &resolved[start + length + 1..]);
            if resolved.len() > VALUE_BYTES_MAX {
                break;
            }
        }
        resolved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    fn dependency(group: &str, artifact: &str, version: &str) -> String {
        let version =
            if version.is_empty() { String::new() } else { format!("<version>{version}</version>") };
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>{version}\
            <exclusions><exclusion><groupId>no</groupId><artifactId>no</artifactId></exclusion></exclusions></dependency>"
        )
    }

    #[test]
    fn versions_come_from_properties_parent_and_management_of_the_file() {
        let text = format!(
            "<?xml version=\"1.0\"?><project xmlns=\"http://maven.apache.org/POM/4.0.0\"><!-- c -->\
            <parent><groupId>org.p</groupId><artifactId>parent</artifactId><version>7</version></parent>\
            <artifactId>me</artifactId>\
            <properties><a.version>${{base}}.1</a.version><base>2</base></properties>\
            <dependencyManagement><dependencies>{}</dependencies></dependencyManagement>\
            <dependencies>{}{}{}</dependencies>\
            <profiles><profile><dependencies>{}</dependencies></profile></profiles>\
            <build><plugins><plugin><dependencies>{}</dependencies></plugin></plugins></build></project>",
            dependency("org.m", "managed", "5"),
            dependency("org.a", "a", "${a.version}"),
            dependency("${project.groupId}", "sibling", "${project.version}"),
            dependency("org.m", "managed", ""),
            dependency("org.q", "profile", "1"),
            dependency("org.r", "plugin", "1"),
        );
        check(
            &FORMAT,
            "pom.xml",
            &text,
            &["org.a:a@2.1", "org.m:managed@5", "org.p:sibling@7", "org.q:profile@1"],
        );
    }

    #[test]
    fn what_other_files_would_tell_is_a_problem() {
        let text = format!(
            "<project><dependencies>{}{}{}</dependencies></project>",
            dependency("a", "b", "${elsewhere}"),
            dependency("c", "d", ""),
            dependency("e", "f", "[1,2)")
        );
        let found = parse(&FORMAT, "pom.xml", text);
        assert_eq!((found.packages.len(), found.problems.len()), (0, 2));
        assert!(found.problems[0].detail.contains("${elsewhere}"));
        assert!(found.problems[1].detail.starts_with("2 dependencies"));
    }

    #[test]
    fn properties_that_name_themselves_and_deep_xml_end() {
        let text = format!(
            "<project><properties><a>${{a}}${{a}}</a></properties><dependencies>{}</dependencies></project>",
            dependency("x", "y", "${a}")
        );
        assert_eq!(parse(&FORMAT, "pom.xml", text).problems.len(), 1);
        assert_eq!(
            parse(&FORMAT, "pom.xml", "<a>".repeat(100_000)).problems[0].detail,
            "XML nested too deep for a project"
        );
        let cut = format!("<project><dependencies>{}", dependency("x", "y", "1"));
        let found = parse(&FORMAT, "pom.xml", cut);
        assert_eq!((found.names().len(), found.problems.len()), (1, 1));
    }
}
