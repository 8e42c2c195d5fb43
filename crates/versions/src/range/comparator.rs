//! One comparison of a range.

use super::RangeError;
use crate::{Scheme, compare};
use std::cmp::Ordering;

/// Sets of comparisons; a version is in the range when it passes all of one set. An empty set is everything.
pub(super) type Alternatives = Vec<Vec<Comparator>>;

/// `>= 1.2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparator {
    pub(super) operator: Operator,
    pub(super) version: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

impl Comparator {
    pub(super) fn new(operator: Operator, version: impl Into<String>) -> Self {
        Self { operator, version: version.into() }
    }

    pub(super) fn holds(&self, scheme: Scheme, version: &str) -> bool {
        let ordering = compare(scheme, version, &self.version);
        match self.operator {
            Operator::Less => ordering == Ordering::Less,
            Operator::LessOrEqual => ordering != Ordering::Greater,
            Operator::Equal => ordering == Ordering::Equal,
            Operator::NotEqual => ordering != Ordering::Equal,
            Operator::GreaterOrEqual => ordering != Ordering::Less,
            Operator::Greater => ordering == Ordering::Greater,
        }
    }
}

/// The plain operators; the grammar's own ones are read before.
pub(super) fn operator(text: &str) -> Result<Operator, RangeError> {
    Ok(match text {
        "<" | "<<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        "=" | "==" => Operator::Equal,
        "!=" | "<>" => Operator::NotEqual,
        ">=" => Operator::GreaterOrEqual,
        ">" | ">>" => Operator::Greater,
        other => return Err(RangeError::BadOperator(other.to_owned())),
    })
}

/// Splits `>= 1.2 < 2` at blanks and commas into pairs of operator (maybe empty) and version; blanks may stand
/// between the two.
pub(super) fn pairs(text: &str) -> Result<Vec<(&str, &str)>, RangeError> {
    const OPERATOR: [char; 6] = ['<', '>', '=', '!', '~', '^'];
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches(is_separator);
    while !rest.is_empty() {
        let (operator, behind) = rest.split_at(rest.find(|c| !OPERATOR.contains(&c)).unwrap_or(rest.len()));
        let behind = behind.trim_start();
        let end = behind.find(|c| is_separator(c) || OPERATOR[..3].contains(&c)).unwrap_or(behind.len());
        let (version, behind) = behind.split_at(end);
        if version.is_empty() {
            return Err(RangeError::NoVersion(operator.to_owned()));
        }
        found.push((operator, version));
        rest = behind.trim_start_matches(is_separator);
    }
    Ok(found)
}

/// A number as text, plus one.
pub(super) fn incremented(digits: &str) -> String {
    let mut bytes: Vec<u8> = digits.bytes().collect();
    for byte in bytes.iter_mut().rev() {
        if *byte != b'9' {
            *byte += 1;
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        *byte = b'0';
    }
    format!("1{}", String::from_utf8_lossy(&bytes))
}

fn is_separator(c: char) -> bool {
    c == ',' || c.is_whitespace()
}
