//! Alerts as detection findings of the Open Cybersecurity Schema Framework, version 1.3 (class 2004).

use detect::Alert;
use serde_json::{Value, json};

/// The finding that an alert is.
#[must_use]
pub fn ocsf(alert: &Alert) -> Value {
    let (severity_id, severity) = severity(alert.priority);
    let field = |name: &str| alert.output_fields.get(name).filter(|value| !value.is_null()).cloned();
    let time_ms = field("evt.time").and_then(|time| time.as_u64()).unwrap_or(0) / 1_000_000;
    let techniques: Vec<Value> = alert
        .tags
        .iter()
        .filter(|tag| is_technique(tag))
        .map(|tag| json!({ "technique": { "uid": tag } }))
        .collect();
    let mut finding = json!({
        "activity_id": 1,
        "category_uid": 2,
        "class_uid": 2004,
        "type_uid": 200_401,
        "severity_id": severity_id,
        "severity": severity,
        "time": time_ms,
        "message": alert.output,
        "finding_info": { "title": alert.rule, "uid": format!("{}-{time_ms}", alert.rule), "types": alert.tags },
        "metadata": { "version": "1.3.0", "product": { "name": "Seawall", "vendor_name": "Seawall", "version": env!("CARGO_PKG_VERSION") } },
        "device": { "hostname": alert.hostname, "type_id": 1 },
        "unmapped": alert.output_fields,
    });
    if !techniques.is_empty() {
        finding["finding_info"]["attacks"] = Value::Array(techniques);
    }
    if let Some(id) = field("container.id") {
        finding["resources"] = json!([{
            "type": "container",
            "uid": id,
            "name": field("container.name").unwrap_or_default(),
        }]);
    }
    finding
}

/// MITRE's ids: `T1059`, `T1059.004`.
fn is_technique(tag: &str) -> bool {
    let digits = tag.strip_prefix('T').unwrap_or_default();
    let (main, sub) = digits.split_once('.').unwrap_or((digits, "000"));
    main.len() == 4 && sub.len() == 3 && main.bytes().chain(sub.bytes()).all(|byte| byte.is_ascii_digit())
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
