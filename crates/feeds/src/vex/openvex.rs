//! OpenVEX documents (openvex/spec, OPENVEX-SPEC.md, "Document Struct" and "Statement").

use super::{Identifier, Product, Statement, VexDocument, VexStatus};
use serde_json::Value;

const PROBLEMS_MAX: usize = 100;

pub(super) fn read(value: &Value) -> VexDocument {
    let mut document =
        VexDocument { id: text(value, "@id"), author: text(value, "author"), ..VexDocument::default() };
    // Statements inherit the time of the document.
    let timestamp = text(value, "timestamp");
    let statements = value.get("statements").and_then(Value::as_array);
    for (index, entry) in statements.into_iter().flatten().enumerate() {
        match statement(entry, &timestamp) {
            Ok(statement) => document.statements.push(statement),
            Err(problem) if document.problems.len() < PROBLEMS_MAX => {
                document.problems.push(format!("statement {}: {problem}", index + 1));
            }
            Err(_) => {}
        }
    }
    document
}

fn statement(entry: &Value, document_timestamp: &str) -> Result<Statement, &'static str> {
    let vulnerability = entry.get("vulnerability").ok_or("names no vulnerability")?;
    let (name, aliases) = match vulnerability {
        // Version 0.0.x: a plain text.
        Value::String(name) => (name.clone(), Vec::new()),
        _ => {
            let mut name = text(vulnerability, "name");
            if name.is_empty() {
                name = text(vulnerability, "@id").rsplit('/').next().unwrap_or("").to_owned();
            }
            let aliases = vulnerability.get("aliases").and_then(Value::as_array);
            (name, aliases.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
        }
    };
    if name.is_empty() {
        return Err("names no vulnerability");
    }
    let status = match text(entry, "status").as_str() {
        "not_affected" => VexStatus::NotAffected,
        "affected" => VexStatus::Affected,
        "fixed" => VexStatus::Fixed,
        "under_investigation" => VexStatus::UnderInvestigation,
        _ => return Err("has an unknown status"),
    };
    let mut products = Vec::new();
    // Before version 0.2.0 the parts were listed beside the products.
    let common = components(entry);
    for product in entry.get("products").and_then(Value::as_array).into_iter().flatten() {
        let identifiers = identifiers(product);
        if identifiers.is_empty() {
            return Err("has a product without an identifier");
        }
        let mut parts = components(product);
        if parts.is_empty() {
            parts.clone_from(&common);
        }
        products.push(Product { identifiers, components: parts });
    }
    if products.is_empty() {
        return Err("names no product");
    }
    let own = text(entry, "timestamp");
    Ok(Statement {
        vulnerability: name,
        aliases,
        products,
        status,
        justification: text(entry, "justification"),
        impact: text(entry, "impact_statement"),
        timestamp: if own.is_empty() { document_timestamp.to_owned() } else { own },
    })
}

fn components(value: &Value) -> Vec<Identifier> {
    let list = value.get("subcomponents").and_then(Value::as_array);
    list.into_iter().flatten().flat_map(identifiers).collect()
}

/// `"pkg:…"`, or `{"@id": …, "identifiers": {"purl": …}}`.
fn identifiers(value: &Value) -> Vec<Identifier> {
    let mut texts = Vec::new();
    match value {
        Value::String(text) => texts.push(text.clone()),
        _ => {
            texts.push(text(value, "@id"));
            texts.extend(value.pointer("/identifiers/purl").and_then(Value::as_str).map(str::to_owned));
        }
    }
    texts.iter().filter_map(|text| Identifier::of(text)).collect()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}
