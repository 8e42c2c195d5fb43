//! Which kinds of events a condition can be true for, told from its checks of `evt.type` alone.
//!
//! `and` intersects, `or` unites, `not` is pushed down to the checks; a check of something else says nothing, negated or
//! not (libsinsp, `filter/ppm_codes.cpp`). `evt.num` begins at 1, so `evt.num=0`, which rules use for "never", matches
//! no event.

use crate::condition::Operator;
use crate::kinds::KindSet;
use crate::typed::{Check, Typed, TypedKind, TypedRight};
use crate::vocabulary::{Constant, Vocabulary};

/// The kinds that a check of the kind alone is true for; nothing for every other condition.
#[must_use]
pub fn kinds_of_check(check: &Check, vocabulary: &dyn Vocabulary) -> Option<KindSet> {
    check_kinds(check, &vocabulary.kinds(), vocabulary)
}

/// The kinds that a condition can be true for.
pub(crate) fn kinds_of(condition: &Typed, vocabulary: &dyn Vocabulary) -> KindSet {
    part(condition, false, &vocabulary.kinds(), vocabulary)
}

fn part(condition: &Typed, is_negated: bool, all: &KindSet, vocabulary: &dyn Vocabulary) -> KindSet {
    let (parts, is_and) = match condition {
        Typed::Not(inner) => return part(inner, !is_negated, all, vocabulary),
        Typed::Check(check) => {
            return match check_kinds(check, all, vocabulary) {
                Some(kinds) if is_negated => all.without(&kinds),
                Some(kinds) => kinds,
                None => all.clone(),
            };
        }
        Typed::And(parts) => (parts, !is_negated),
        Typed::Or(parts) => (parts, is_negated),
    };
    let sets = parts.iter().map(|inner| part(inner, is_negated, all, vocabulary));
    if is_and {
        sets.fold(all.clone(), |one, other| one.and(&other))
    } else {
        sets.fold(KindSet::default(), |one, other| one.or(&other))
    }
}

/// Nothing for a check that says nothing about kinds.
fn check_kinds(check: &Check, all: &KindSet, vocabulary: &dyn Vocabulary) -> Option<KindSet> {
    let TypedKind::Field(field) = &check.left.kind else { return None };
    if check.comparison.modifier.is_some() {
        return None;
    }
    let TypedRight::Constants(constants) = &check.right else { return None };
    if field.name == "evt.num" {
        return never_or_always(check.comparison.operator, constants)
            .map(|is_always| if is_always { all.clone() } else { KindSet::default() });
    }
    let is_equality =
        matches!(check.comparison.operator, Operator::Equal | Operator::NotEqual | Operator::In);
    // A field that says nothing about kinds says nothing for any text.
    vocabulary.kinds_named(field, "").filter(|_| is_equality)?;
    let mut kinds = KindSet::default();
    for constant in constants {
        let Constant::Bytes(text) = constant else { return None };
        kinds = kinds.or(&vocabulary.kinds_named(field, &String::from_utf8_lossy(text))?);
    }
    Some(if check.comparison.operator == Operator::NotEqual { all.without(&kinds) } else { kinds })
}

fn never_or_always(operator: Operator, constants: &[Constant]) -> Option<bool> {
    let numbers: Vec<u64> = constants
        .iter()
        .map(|constant| match constant {
            Constant::Unsigned(number) => *number,
            _ => u64::MAX,
        })
        .collect();
    if operator == Operator::In {
        return numbers.iter().all(|number| *number == 0).then_some(false);
    }
    match (operator, numbers.first()?) {
        (Operator::Equal | Operator::LessOrEqual, 0) | (Operator::Less, 0 | 1) => Some(false),
        (Operator::NotEqual | Operator::Greater, 0) | (Operator::GreaterOrEqual, 0 | 1) => Some(true),
        _ => None,
    }
}
