//! Alerts as detection findings of the Open Cybersecurity Schema Framework, version 1.3 (class 2004).

use detect::Alert;
use serde_json::{Map, Value, json};

/// The finding that an alert is.
#[must_use]
pub fn ocsf(alert: &Alert) -> Value {
    let (severity_id, severity) = severity(alert.priority);
    let fields = Fields(alert);
    let time_ns = fields.value("evt.time").and_then(|time| time.as_u64()).unwrap_or(0);
    let mut finding = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "type_uid": 200_401,
        "type_name": "Detection Finding: Create",
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 1,
        "status": "New",
        "time": time_ns / 1_000_000,
        "message": alert.output,
        "finding_info": {
            "title": alert.rule,
            "uid": format!("{}-{time_ns}", alert.rule),
            "types": alert.tags,
            "analytic": { "name": alert.rule, "type_id": 1, "type": "Rule" },
        },
        "metadata": {
            "version": "1.3.0",
            "profiles": ["host"],
            "product": { "name": "Seawall", "vendor_name": "Seawall", "version": env!("CARGO_PKG_VERSION") },
        },
        "device": { "hostname": alert.hostname, "type_id": 0, "type": "Unknown" },
        "unmapped": alert.output_fields,
    });
    let attacks: Vec<Value> = alert.tags.iter().filter_map(|tag| attack(tag)).collect();
    if !attacks.is_empty() {
        finding["finding_info"]["attacks"] = attacks.into();
    }
    let container = container(&fields);
    if let Some(container) = &container {
        let mut resource = json!({ "type": "container" });
        for name in ["uid", "name"] {
            if let Some(value) = container.get(name) {
                resource[name] = value.clone();
            }
        }
        finding["resources"] = json!([resource]);
    }
    if let Some(process) = process(&fields) {
        let mut evidence = json!({ "process": process });
        if let Some(container) = container {
            evidence["container"] = container.into();
        }
        finding["evidences"] = json!([evidence]);
    }
    finding
}

struct Fields<'a>(&'a Alert);

impl Fields<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.output_fields.get(name).filter(|value| !value.is_null()).cloned()
    }

    /// What is known, under the names of the schema.
    fn object(&self, names: &[(&str, &str)]) -> Map<String, Value> {
        names.iter().filter_map(|(name, field)| Some(((*name).to_owned(), self.value(field)?))).collect()
    }
}

fn container(fields: &Fields<'_>) -> Option<Map<String, Value>> {
    if fields.value("container.id").is_none_or(|id| id == "host") {
        return None;
    }
    let mut container = fields.object(&[
        ("uid", "container.id"),
        ("name", "container.name"),
        ("tag", "container.image.tag"),
        ("runtime", "container.type"),
    ]);
    // An image has an id there, or cannot be named.
    if let Some(uid) = fields.value("container.image.digest").or(fields.value("container.image.id")) {
        let mut image =
            fields.object(&[("name", "container.image.repository"), ("tag", "container.image.tag")]);
        image.insert("uid".to_owned(), uid);
        container.insert("image".to_owned(), image.into());
    }
    Some(container)
}

/// A process has a number there; without one nothing is told of it.
fn process(fields: &Fields<'_>) -> Option<Value> {
    fields.value("proc.pid")?;
    let mut process =
        fields.object(&[("pid", "proc.pid"), ("name", "proc.name"), ("cmd_line", "proc.cmdline")]);
    let user = fields.object(&[("name", "user.name")]);
    if !user.is_empty() {
        process.insert("user".to_owned(), user.into());
    }
    Some(process.into())
}

/// MITRE's ids: `TA0002`, `T1059`, `T1059.004`.
fn attack(tag: &str) -> Option<Value> {
    let is_number =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if tag.strip_prefix("TA").is_some_and(|number| is_number(number, 4)) {
        return Some(json!({ "tactic": { "uid": tag } }));
    }
    let digits = tag.strip_prefix('T')?;
    let (technique, sub) = match digits.split_once('.') {
        Some((technique, sub)) => (technique, Some(sub)),
        None => (digits, None),
    };
    if !is_number(technique, 4) || sub.is_some_and(|sub| !is_number(sub, 3)) {
        return None;
    }
    let mut attack = json!({ "technique": { "uid": format!("T{technique}") } });
    if sub.is_some() {
        attack["sub_technique"] = json!({ "uid": tag });
    }
    Some(attack)
}

/// Ids of the schema's attribute `severity_id`.
fn severity(priority: &str) -> (u8, &'static str) {
    match priority {
        "Emergency" => (6, "Fatal"),
        "Alert" | "Critical" => (5, "Critical"),
        "Error" => (4, "High"),
        "Warning" => (3, "Medium"),
        "Notice" => (2, "Low"),
        _ => (1, "Informational"),
    }
}
