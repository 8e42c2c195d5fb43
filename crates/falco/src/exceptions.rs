//! Exceptions as parts of a condition: `and not (field op value and … or …)`.

use crate::codes::ErrorCode;
use crate::condition::Comparison;
use crate::diagnosis::Failure;
use crate::infos::{Entry, ExceptionInfo};
use crate::lists::quote;
use std::collections::BTreeSet;

/// The condition with exceptions behind it, and the fields that they use.
pub(crate) fn with_exceptions(
    condition: &str,
    exceptions: &[ExceptionInfo],
) -> Result<(String, BTreeSet<String>), Failure> {
    let mut fields = BTreeSet::new();
    if exceptions.is_empty() {
        return Ok((condition.to_owned(), fields));
    }
    let mut whole = format!("({condition})");
    for exception in exceptions {
        let part = match (&exception.fields, &exception.comparisons) {
            (Some(Entry::One(field)), Some(Entry::One(comparison))) => {
                one_field(exception, field, comparison, &mut fields)?
            }
            (Some(Entry::Many(names)), Some(Entry::Many(comparisons))) => {
                many_fields(exception, names, comparisons, &mut fields)?
            }
            _ => String::new(),
        };
        if !part.is_empty() {
            whole.push_str(" and not ");
            whole.push_str(&part);
        }
    }
    Ok((whole, fields))
}

fn one_field(
    exception: &ExceptionInfo,
    field: &str,
    comparison: &str,
    fields: &mut BTreeSet<String>,
) -> Result<String, Failure> {
    let mut items = Vec::with_capacity(exception.values.len());
    for value in &exception.values {
        let Entry::One(text) = value else {
            return Err(invalid("Expected values array to contain a list of strings", exception));
        };
        items.push(quote(text));
    }
    if items.is_empty() {
        return Ok(String::new());
    }
    fields.insert(field.to_owned());
    Ok(format!("({field} {comparison} ({}))", items.join(", ")))
}

fn many_fields(
    exception: &ExceptionInfo,
    names: &[Entry],
    comparisons: &[Entry],
    fields: &mut BTreeSet<String>,
) -> Result<String, Failure> {
    let mut alternatives = Vec::with_capacity(exception.values.len());
    for values in &exception.values {
        let values: &[Entry] = match values {
            Entry::Many(values) => values,
            Entry::One(_) => &[],
        };
        if values.len() != names.len() {
            return Err(invalid("Fields and values lists must have equal length", exception));
        }
        let mut checks = Vec::with_capacity(names.len());
        for ((field, comparison), value) in names.iter().zip(comparisons).zip(values) {
            let takes_list = Comparison::named(comparison.text()).is_some_and(Comparison::takes_list);
            let value = match value {
                Entry::Many(items) => {
                    let items: Vec<String> = items.iter().map(|item| quote(item.text())).collect();
                    format!("({})", items.join(", "))
                }
                Entry::One(text) if takes_list && text.starts_with('(') => text.clone(),
                Entry::One(text) if takes_list => format!("({text})"),
                Entry::One(text) => quote(text),
            };
            fields.insert(field.text().to_owned());
            checks.push(format!("{} {} {value}", field.text(), comparison.text()));
        }
        alternatives.push(format!("({})", checks.join(" and ")));
    }
    if alternatives.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("({})", alternatives.join(" or ")))
}

fn invalid(message: &str, exception: &ExceptionInfo) -> Failure {
    Failure::new(ErrorCode::Validate, message, &exception.context)
}
