//! Comparisons alone: `>= 1.2, < 2 || = 3`.

use super::{
    RangeError,
    comparator::{Alternatives, Comparator, Operator, operator, pairs},
};

/// A bare version means exactly that version.
pub(super) fn parse(text: &str) -> Result<Alternatives, RangeError> {
    text.split("||").map(parse_set).collect()
}

fn parse_set(text: &str) -> Result<Vec<Comparator>, RangeError> {
    let mut set = Vec::new();
    for (sign, version) in pairs(text)? {
        if version == "*" && sign.is_empty() {
            continue;
        }
        let operator = if sign.is_empty() { Operator::Equal } else { operator(sign)? };
        set.push(Comparator::new(operator, version));
    }
    Ok(set)
}
