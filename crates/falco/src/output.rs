//! Outputs: text with fields in it, `%field`, `%12field` for a width, `%function(field)`.
//!
//! Parsed as libsinsp's `eventformatter.cpp` does; a `*` in front is taken off: what is missing is always shown as `<NA>`.

use crate::condition::{DEPTH_MAX, OperandKind, parse_operand};
use crate::typed::{TypedKind, TypedOperand, type_operand};
use crate::vocabulary::Vocabulary;

/// A part of an output.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputPart {
    /// Text as it is.
    Text(String),
    /// A value.
    Value {
        /// As written, which is its key in JSON.
        name: String,
        /// The value.
        operand: TypedOperand,
        /// Characters to fill or cut to; none when 0.
        width: usize,
    },
}

/// Parses an output.
///
/// # Errors
///
/// Tells what is wrong with it.
pub fn parse_output(format: &str, vocabulary: &dyn Vocabulary) -> Result<Vec<OutputPart>, String> {
    if format.is_empty() {
        return Err("empty formatting token".to_owned());
    }
    let mut rest = format.strip_prefix('*').unwrap_or(format);
    let mut parts = Vec::new();
    while let Some((before, after)) = rest.split_once('%') {
        if !before.is_empty() {
            parts.push(OutputPart::Text(before.to_owned()));
        }
        if after.is_empty() {
            return Err("invalid formatting syntax: formatting cannot end with a %".to_owned());
        }
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if digits == after.len() {
            return Err("invalid formatting syntax: formatting cannot end with a number".to_owned());
        }
        let width = after[..digits].parse::<usize>().unwrap_or(0).min(4096);
        let token = &after[digits..];
        let (operand, name, length) = parse_token(token, vocabulary)?;
        parts.push(OutputPart::Value { name, operand, width });
        rest = &token[length..];
    }
    if !rest.is_empty() {
        parts.push(OutputPart::Text(rest.to_owned()));
    }
    Ok(parts)
}

/// The longest prefix that is a field or a function.
fn parse_token(token: &str, vocabulary: &dyn Vocabulary) -> Result<(TypedOperand, String, usize), String> {
    let mut text = token;
    let mut first_problem = None;
    loop {
        let shorter = match parse_operand(text, DEPTH_MAX) {
            Ok((operand, length)) => match type_operand(&operand, vocabulary) {
                Ok(typed) if is_shown(&typed) => return Ok((typed, operand.to_string(), length)),
                Ok(_) => {
                    let problem = format!("{operand} is filter only and cannot be used as a display field");
                    first_problem.get_or_insert(problem);
                    None
                }
                Err(problem) => {
                    first_problem.get_or_insert(problem);
                    // Without its brackets, then without its last word: what follows may be text.
                    match operand.kind {
                        OperandKind::Field { name, argument: Some(_) } => Some(name.len()),
                        OperandKind::Field { name, argument: None } => name.rfind('.'),
                        _ => None,
                    }
                }
            },
            Err(error) => {
                first_problem.get_or_insert(error.message);
                // Brackets that never end may be text behind a field.
                text.find('[').filter(|end| *end > 0)
            }
        };
        match shorter {
            Some(length) if length < text.len() && length > 0 => text = &text[..length],
            _ => {
                let problem = first_problem.unwrap_or_default();
                return Err(format!("unknown filter: {problem}"));
            }
        }
    }
}

fn is_shown(operand: &TypedOperand) -> bool {
    match &operand.kind {
        TypedKind::Field(field) => field.is_shown,
        TypedKind::Function { operands, .. } | TypedKind::List(operands) => operands.iter().all(is_shown),
        TypedKind::Literal(_) => true,
    }
}
