//! RubyGems' requirements (`Gem::Requirement`): comparisons that all have to hold.

use super::{
    RangeError,
    comparator::{Alternatives, Comparator, Operator, incremented, operator, pairs},
};
use crate::gem;

/// A bare version means exactly that version.
pub(super) fn parse(text: &str) -> Result<Alternatives, RangeError> {
    let mut set = Vec::new();
    for (sign, version) in pairs(text)? {
        if !gem::is_valid(version) {
            return Err(RangeError::BadVersion(version.to_owned()));
        }
        match sign {
            "" => set.push(Comparator::new(Operator::Equal, version)),
            "~>" => {
                set.push(Comparator::new(Operator::GreaterOrEqual, version));
                set.push(Comparator::new(Operator::Less, end_of_pessimistic(version)));
            }
            sign => set.push(Comparator::new(operator(sign)?, version)),
        }
    }
    Ok(vec![set])
}

/// The end of `~> version`: the release without its last number, plus one (`Gem::Version#bump`), and not even a
/// prerelease of that; `.A` comes before every prerelease that is written.
fn end_of_pessimistic(version: &str) -> String {
    let mut numbers = gem::release_numbers(version);
    if numbers.len() > 1 {
        numbers.pop();
    }
    let last = numbers.pop().unwrap_or("0");
    let mut end: String = numbers.iter().map(|number| format!("{number}.")).collect();
    end.push_str(&incremented(last));
    end.push_str(".A");
    end
}
