//! Findings as the published schema wants them: its classes and objects are read, not copied.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests run programs, and end by panicking"
)]

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::process::Command;

/// The schema of a version, from a copy of its repository (github.com/ocsf/ocsf-schema).
struct Schema {
    repository: String,
    dictionary: Value,
}

impl Schema {
    fn open() -> Option<Self> {
        let mirror = std::env::var("SEAWALL_MIRROR").ok()?;
        let mut schema =
            Self { repository: format!("{mirror}/ocsf+ocsf-schema/repo"), dictionary: Value::Null };
        schema.dictionary = schema.file("dictionary.json")?;
        Some(schema)
    }

    fn file(&self, path: &str) -> Option<Value> {
        let shown = Command::new("git")
            .args(["-C", &self.repository, "show", &format!("1.3.0:{path}")])
            .output()
            .ok()?;
        serde_json::from_slice(&shown.stdout).ok()
    }

    /// Attributes of a class or object, with those that it extends and includes, and its constraints.
    fn attributes(&self, path: &str) -> (Map<String, Value>, Vec<String>) {
        let document = self.file(path).unwrap_or_else(|| panic!("the schema has no {path}"));
        let (mut attributes, mut one_of) = (Map::new(), Vec::new());
        if let Some(base) = document["extends"].as_str() {
            let folder = path.split('/').next().unwrap();
            let places = [format!("{folder}/{base}.json"), format!("events/findings/{base}.json")];
            let place = places.iter().find(|place| self.file(place).is_some()).unwrap();
            (attributes, one_of) = self.attributes(place);
        }
        let own = document["attributes"].as_object().unwrap();
        for include in own.get("$include").and_then(Value::as_array).into_iter().flatten() {
            let included = self.file(include.as_str().unwrap()).unwrap();
            for (name, attribute) in included["attributes"].as_object().unwrap() {
                let mut attribute = attribute.clone();
                if included["meta"] == "profile" {
                    // What a profile requires, it requires of those who say that they have it.
                    attribute["profile"] = included["name"].clone();
                }
                attributes.insert(name.clone(), attribute);
            }
        }
        for (name, attribute) in own.iter().filter(|(name, _)| *name != "$include") {
            let merged = attributes.entry(name).or_insert_with(|| json!({}));
            let Some(merged) = merged.as_object_mut() else { continue };
            merged.extend(attribute.as_object().unwrap().clone());
        }
        if let Some(constraints) = document.get("constraints") {
            let names = constraints["at_least_one"].as_array().into_iter().flatten();
            one_of = names.map(|name| name.as_str().unwrap().to_owned()).collect();
        }
        (attributes, one_of)
    }

    /// What is wrong with an object.
    fn check(&self, path: &str, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let (attributes, one_of) = self.attributes(path);
        let members = value.as_object().unwrap();
        if !one_of.is_empty() && !one_of.iter().any(|name| members.contains_key(name)) {
            wrong.push(format!("{place}: none of {one_of:?}"));
        }
        for (name, attribute) in &attributes {
            if attribute["requirement"] == "required"
                && !members.contains_key(name)
                && attribute.get("profile").is_none()
            {
                wrong.push(format!("{place}: no {name}"));
            }
        }
        for (name, value) in members {
            let place = format!("{place}.{name}");
            let Some(attribute) = attributes.get(name) else {
                wrong.push(format!("{place}: not in the schema"));
                continue;
            };
            let kind = &self.dictionary["attributes"][name];
            // Values of a class's own are added to those of the dictionary; categories and classes have their numbers elsewhere.
            let enumerations = [&attribute["enum"], &kind["enum"]].map(Value::as_object);
            let is_known =
                |number: &str| enumerations.iter().flatten().any(|known| known.contains_key(number));
            let is_limited = enumerations.iter().any(Option::is_some);
            let is_elsewhere = matches!(name.as_str(), "category_uid" | "class_uid" | "type_uid");
            if value.is_number() && is_limited && !is_elsewhere && !is_known(&value.to_string()) {
                wrong.push(format!("{place}: {value} is none of its values"));
            }
            let values = if kind["is_array"] == true {
                value.as_array().unwrap().iter().collect()
            } else {
                vec![value]
            };
            for value in values {
                self.check_value(kind["type"].as_str().unwrap_or_default(), value, &place, wrong);
            }
        }
    }

    fn check_value(&self, kind: &str, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let object = format!("objects/{kind}.json");
        if kind == "object" {
            return;
        }
        if value.is_object() && self.file(&object).is_some() {
            return self.check(&object, value, place, wrong);
        }
        let fits = match kind {
            "integer_t" | "long_t" | "timestamp_t" => value.is_i64() || value.is_u64(),
            "boolean_t" => value.is_boolean(),
            _ => value.is_string(),
        };
        if !fits {
            wrong.push(format!("{place}: {value} is no {kind}"));
        }
    }
}

fn alert(fields: &[(&str, Value)]) -> detect::Alert {
    let mut output_fields: BTreeMap<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    output_fields.insert("evt.time".to_owned(), json!(1_767_323_045_500_000_000_u64));
    detect::Alert {
        hostname: "box".to_owned(),
        output: "12:00:00.5: Warning Shell".to_owned(),
        output_fields,
        priority: "Warning",
        rule: "Shell".to_owned(),
        source: "syscall".to_owned(),
        tags: ["container", "T1059.004", "TA0002", "T1204"].map(str::to_owned).into(),
        time: "2026-01-02T03:04:05.5Z".to_owned(),
    }
}

#[track_caller]
fn check(fields: &[(&str, Value)]) -> Value {
    let finding = watch::ocsf(&alert(fields));
    match Schema::open() {
        Some(schema) => {
            let mut wrong = Vec::new();
            schema.check("events/findings/detection_finding.json", &finding, "finding", &mut wrong);
            assert!(wrong.is_empty(), "{wrong:#?}\n{finding:#}");
        }
        None => println!("skipped: no copy of the schema (SEAWALL_MIRROR)"),
    }
    finding
}

#[test]
fn an_alert_of_a_container_is_a_valid_finding() {
    let finding = check(&[
        ("container.id", json!("0123456789ab")),
        ("container.name", json!("shop")),
        ("container.image.repository", json!("web")),
        ("container.image.tag", json!("1")),
        ("container.image.digest", json!("sha256:ab")),
        ("proc.pid", json!(7)),
        ("proc.name", json!("sh")),
        ("proc.cmdline", json!("sh -c id")),
        ("user.name", json!("www-data")),
    ]);
    assert_eq!(finding["evidences"][0]["process"]["cmd_line"], "sh -c id");
    assert_eq!(finding["evidences"][0]["container"]["image"]["uid"], "sha256:ab");
    assert_eq!(finding["resources"][0]["name"], "shop");
    let attacks = finding["finding_info"]["attacks"].as_array().unwrap();
    assert!(
        attacks
            .contains(&json!({ "technique": { "uid": "T1059" }, "sub_technique": { "uid": "T1059.004" } }))
    );
    assert!(attacks.contains(&json!({ "tactic": { "uid": "TA0002" } })));
    assert_eq!(
        (finding["time"].as_u64(), finding["severity"].as_str()),
        (Some(1_767_323_045_500), Some("Medium"))
    );
}

#[test]
fn an_alert_of_the_host_is_a_valid_finding() {
    let finding = check(&[
        ("container.id", json!("host")),
        ("container.name", Value::Null),
        ("proc.name", json!("sh")),
    ]);
    assert!(finding.get("resources").is_none() && finding.get("evidences").is_none());
}
