//! Values of keys, decoded as Falco's loader does (`rule_loader_reader.cpp`).

use crate::codes::ErrorCode;
use crate::diagnosis::{Context, Failure, PlaceKind};
use crate::yaml::{Node, Value};
use std::collections::BTreeSet;

pub(crate) fn invalid(message: impl Into<String>, context: &Context) -> Failure {
    Failure::new(ErrorCode::YamlValidate, message, context)
}

/// A text that must be there and not empty.
pub(crate) fn text(item: &Node, key: &str, context: &Context) -> Result<String, Failure> {
    optional_text(item, key, context)?
        .ok_or_else(|| invalid(format!("Item has no mapping for key '{key}'"), context))
}

/// A text that is not empty when it is there.
pub(crate) fn optional_text(item: &Node, key: &str, context: &Context) -> Result<Option<String>, Failure> {
    let Some(node) = item.get(key) else { return Ok(None) };
    if node.is_null() {
        return Err(invalid(format!("Mapping for key '{key}' is empty"), context));
    }
    let place = context.with(PlaceKind::ValueFor, key, node.at);
    match node.scalar() {
        None => Err(invalid("Value is not a scalar value", &place)),
        Some("") => Err(invalid("Value must be non-empty", &place)),
        Some(text) => Ok(Some(text.to_owned())),
    }
}

/// A text that may be empty.
pub(crate) fn text_or_empty(item: &Node, key: &str, context: &Context) -> Result<String, Failure> {
    match item.get(key).map(|node| &node.value) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::Scalar(text)) if text.is_empty() => Ok(String::new()),
        Some(_) => text(item, key, context),
    }
}

/// `true`, `yes`, `on`, `y` and their opposites, in small letters, capitals, or with a capital first.
pub(crate) fn optional_bool(item: &Node, key: &str, context: &Context) -> Result<Option<bool>, Failure> {
    let Some(text) = optional_text(item, key, context)? else { return Ok(None) };
    let small = text.to_ascii_lowercase();
    let is_case_sound = text == small
        || text == text.to_ascii_uppercase()
        || text.get(1..) == small.get(1..) && text.starts_with(|first: char| first.is_ascii_uppercase());
    match small.as_str() {
        "true" | "yes" | "on" | "y" if is_case_sound => Ok(Some(true)),
        "false" | "no" | "off" | "n" if is_case_sound => Ok(Some(false)),
        _ => Err(undecodable(item, key, context)),
    }
}

pub(crate) fn optional_number(item: &Node, key: &str, context: &Context) -> Result<Option<u32>, Failure> {
    let Some(text) = optional_text(item, key, context)? else { return Ok(None) };
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    number.map(Some).ok_or_else(|| undecodable(item, key, context))
}

fn undecodable(item: &Node, key: &str, context: &Context) -> Failure {
    let at = item.get(key).map_or(item.at, |node| node.at);
    invalid("Can't decode YAML scalar value", &context.with(PlaceKind::ValueFor, key, at))
}

/// A sequence of texts.
pub(crate) fn texts(item: &Node, key: &str, context: &Context) -> Result<Option<Vec<String>>, Failure> {
    let Some(node) = item.get(key) else { return Ok(None) };
    let place = context.with(PlaceKind::ValueFor, key, node.at);
    let Value::Sequence(items) = &node.value else {
        return Err(invalid("Value is not a sequence", &place));
    };
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        match &item.value {
            Value::Scalar(text) => found.push(text.clone()),
            _ => {
                let place = place.with(PlaceKind::ListItem, "", item.at);
                return Err(invalid("sequence value is not scalar", &place));
            }
        }
    }
    Ok(Some(found))
}

pub(crate) fn tags(item: &Node, context: &Context) -> Result<BTreeSet<String>, Failure> {
    Ok(texts(item, "tags", context)?.unwrap_or_default().into_iter().collect())
}
