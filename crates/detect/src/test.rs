//! What is asked of a value, ready to be asked often.

use crate::Value;
use crate::glob::Glob;
use crate::path_set::PathSet;
use falco::condition::{Comparison, Modifier, Operator};
use falco::{Constant, Network, Several};
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::net::IpAddr;

/// A question with a constant answer's worth of preparation.
#[derive(Debug)]
pub(crate) enum Test {
    /// There is a value.
    Exists,
    /// The value is one of these.
    In(Set),
    /// The path is below one of these.
    PathMatch(Box<PathSet>),
    /// One operator, one constant.
    One(One),
    /// One operator, several constants.
    Several(Modifier, Vec<One>),
}

/// One operator with its constant.
#[derive(Debug)]
pub(crate) enum One {
    Equal(Constant),
    NotEqual(Constant),
    Order(Operator, Constant),
    Contains(Box<Finder<'static>>),
    ContainsIgnoringCase(Box<[u8]>),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Glob(Glob),
    Regex(Regex),
}

/// Constants to be one of.
#[derive(Debug)]
pub(crate) enum Set {
    /// Texts by their bytes; lengths outside of the range need no look.
    Bytes { texts: HashSet<Box<[u8]>, Hasher>, shortest: usize, longest: usize },
    /// Anything else, few.
    Others(Vec<Constant>),
}

pub(crate) type Hasher = std::hash::BuildHasherDefault<Fnv>;

/// The hash of Fowler, Noll and Vo: texts are short, and come from rules, whose authors gain nothing by collisions.
#[derive(Debug)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_usize(&mut self, length: usize) {
        self.0 ^= length as u64;
    }
}

/// Takes values until it returns false.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(Value<'_>) -> bool;

impl Test {
    pub(crate) fn new(comparison: Comparison, constants: &[Constant]) -> Self {
        match (comparison.operator, comparison.modifier) {
            (Operator::Exists, _) => Self::Exists,
            (Operator::In | Operator::Intersects, _) => Self::In(Set::of(constants)),
            (Operator::Equal, Some(Modifier::AnyOf)) => Self::In(Set::of(constants)),
            (Operator::PathMatch, _) => {
                Self::PathMatch(Box::new(PathSet::of(constants.iter().map(bytes_of))))
            }
            (operator, Some(modifier)) => Self::Several(
                modifier,
                constants.iter().map(|constant| One::new(operator, constant)).collect(),
            ),
            (operator, None) => match constants.first() {
                Some(constant) => Self::One(One::new(operator, constant)),
                None => Self::In(Set::Others(Vec::new())),
            },
        }
    }

    /// Whether one value passes.
    pub(crate) fn passes(&self, value: Value<'_>) -> bool {
        if !value.is_present() {
            return false;
        }
        match self {
            Self::Exists => true,
            Self::In(set) => set.contains(value),
            Self::PathMatch(paths) => matches!(value, Value::Text(text) if paths.matches(text)),
            Self::One(one) => one.passes(value),
            Self::Several(_, ones) if ones.is_empty() => false,
            Self::Several(Modifier::AnyOf, ones) => ones.iter().any(|one| one.passes(value)),
            Self::Several(Modifier::AllOf, ones) => ones.iter().all(|one| one.passes(value)),
            Self::Several(Modifier::OneOf, ones) => {
                ones.iter().filter(|one| one.passes(value)).take(2).count() == 1
            }
        }
    }

    /// Whether several values pass, as the field and the operator combine them.
    pub(crate) fn passes_several(
        &self,
        comparison: Comparison,
        several: Several,
        each: &mut dyn FnMut(Visit<'_>),
    ) -> bool {
        let wants_all = match several {
            Several::List => comparison.operator == Operator::In,
            Several::EitherEnd => comparison.operator == Operator::NotEqual,
            Several::AnyPasses | Several::Never => false,
        };
        let (mut any, mut all) = (false, true);
        each(&mut |value| {
            let passes = self.passes(value);
            any |= passes;
            all &= passes;
            if wants_all { all } else { !any }
        });
        if several == Several::List && matches!(self, Self::Exists) {
            return true;
        }
        if !wants_all {
            return any;
        }
        // Of nothing all are in any list, but nothing is at no other address.
        all && (any || several == Several::List)
    }
}

impl One {
    pub(crate) fn new(operator: Operator, constant: &Constant) -> Self {
        let bytes = bytes_of(constant);
        match operator {
            Operator::NotEqual => Self::NotEqual(constant.clone()),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                Self::Order(operator, constant.clone())
            }
            Operator::Contains | Operator::ContainsBytes => {
                Self::Contains(Box::new(Finder::new(bytes).into_owned()))
            }
            Operator::ContainsIgnoringCase => Self::ContainsIgnoringCase(bytes.into()),
            Operator::StartsWith | Operator::StartsWithBytes => Self::StartsWith(bytes.into()),
            Operator::EndsWith => Self::EndsWith(bytes.into()),
            Operator::Glob => Self::Glob(Glob::new(bytes, false)),
            Operator::GlobIgnoringCase => Self::Glob(Glob::new(bytes, true)),
            Operator::Regex => Self::regex(bytes),
            _ => Self::Equal(constant.clone()),
        }
    }

    /// The whole text has to match. Patterns were compiled when their types were checked.
    fn regex(pattern: &[u8]) -> Self {
        let pattern = format!("\\A(?:{})\\z", falco::regex_pattern(pattern));
        RegexBuilder::new(&pattern).size_limit(2 << 20).build().map_or(Self::Glob(Glob::Never), Self::Regex)
    }

    fn passes(&self, value: Value<'_>) -> bool {
        let Value::Text(text) = value else {
            return match self {
                Self::Equal(constant) => equals(value, constant),
                Self::NotEqual(constant) => !equals(value, constant),
                Self::Order(operator, constant) => {
                    order(value, constant).is_some_and(|order| fits(*operator, order))
                }
                _ => false,
            };
        };
        match self {
            Self::Equal(constant) => matches!(constant, Constant::Bytes(bytes) if bytes == text),
            Self::NotEqual(constant) => !matches!(constant, Constant::Bytes(bytes) if bytes == text),
            Self::Order(operator, constant) => {
                matches!(constant, Constant::Bytes(bytes) if fits(*operator, text.cmp(bytes)))
            }
            Self::Contains(finder) => finder.find(text).is_some(),
            Self::ContainsIgnoringCase(wanted) => contains_ignoring_case(text, wanted),
            Self::StartsWith(start) => text.starts_with(start),
            Self::EndsWith(end) => text.ends_with(end),
            Self::Glob(glob) => glob.matches(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl Set {
    fn of(constants: &[Constant]) -> Self {
        if !constants.iter().all(|constant| matches!(constant, Constant::Bytes(_))) {
            return Self::Others(constants.to_vec());
        }
        let texts: HashSet<Box<[u8]>, Hasher> =
            constants.iter().map(|constant| bytes_of(constant).into()).collect();
        let lengths = || texts.iter().map(|text| text.len());
        let (shortest, longest) = (lengths().min().unwrap_or(1), lengths().max().unwrap_or(0));
        Self::Bytes { texts, shortest, longest }
    }

    fn contains(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Bytes { texts, shortest, longest }, Value::Text(text)) => {
                (*shortest..=*longest).contains(&text.len()) && texts.contains(text)
            }
            (Self::Bytes { .. }, _) => false,
            (Self::Others(constants), value) => constants.iter().any(|constant| equals(value, constant)),
        }
    }
}

/// Compares two values as an operator with a field on the right does.
pub(crate) fn compare_values(operator: Operator, left: Value<'_>, right: Value<'_>) -> bool {
    if !left.is_present() || !right.is_present() {
        return false;
    }
    let constant = match right {
        Value::Missing => return false,
        Value::Text(text) => Constant::Bytes(text.to_vec()),
        Value::Signed(number) => Constant::Signed(number),
        Value::Unsigned(number) => Constant::Unsigned(number),
        Value::Bool(flag) => Constant::Bool(flag),
        Value::Double(number) => Constant::Double(number),
        Value::Address(address) => Constant::Address(address),
    };
    One::new(operator, &constant).passes(left)
}

fn bytes_of(constant: &Constant) -> &[u8] {
    match constant {
        Constant::Bytes(bytes) => bytes,
        _ => &[],
    }
}

fn equals(value: Value<'_>, constant: &Constant) -> bool {
    match (value, constant) {
        (Value::Text(text), Constant::Bytes(bytes)) => text == bytes.as_slice(),
        (Value::Address(address), Constant::Address(wanted)) => plain(address) == plain(*wanted),
        (Value::Address(address), Constant::Network(network)) => lies_in(address, network),
        _ => order(value, constant) == Some(Ordering::Equal),
    }
}

/// IPv4 addresses of sockets for IPv6 are what they stand for.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn lies_in(address: IpAddr, network: &Network) -> bool {
    network.contains(address) || network.contains(plain(address))
}

#[expect(clippy::cast_precision_loss, reason = "numbers compared with floating-point fields are small")]
fn order(value: Value<'_>, constant: &Constant) -> Option<Ordering> {
    let left = match value {
        Value::Signed(number) => i128::from(number),
        Value::Unsigned(number) => i128::from(number),
        Value::Bool(flag) => i128::from(flag),
        Value::Double(left) => {
            let right = match constant {
                Constant::Double(number) => *number,
                Constant::Signed(number) => *number as f64,
                Constant::Unsigned(number) => *number as f64,
                _ => return None,
            };
            return left.partial_cmp(&right);
        }
        _ => return None,
    };
    let right = match constant {
        Constant::Signed(number) => i128::from(*number),
        Constant::Unsigned(number) => i128::from(*number),
        Constant::Bool(flag) => i128::from(*flag),
        _ => return None,
    };
    Some(left.cmp(&right))
}

fn fits(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        _ => false,
    }
}

fn contains_ignoring_case(text: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else { return true };
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text)
        .take_while(|index| text.len() - index >= wanted.len())
        .any(|index| text[index..index + wanted.len()].eq_ignore_ascii_case(wanted))
}
