//! What is known of a value while code is followed.

use std::rc::Rc;

/// Bytes of one known text.
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 20;
/// Arrays in arrays, and objects in objects.
const DEPTH_MAX: u16 = 24;
/// Values looked at for one question about an array.
const LOOKS_MAX: usize = 600;
/// Entries of one known array.
pub(crate) const ENTRIES_MAX: usize = 20_000;
/// Entries of an array that grows one by one; each growth may copy it.
const GROWN_ENTRIES_MAX: usize = 3_000;

/// Where a value comes from when an outsider chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taint {
    /// As the code names it: `$_POST['c']`.
    pub(crate) source: String,
    pub(crate) line: u32,
    pub(crate) origin: Origin,
}

/// Who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The sender of the request.
    Request,
    /// The name of an uploaded file.
    Upload,
    /// A variable that a request may have created: `extract($_POST)`.
    Extracted,
    /// A distant machine.
    Remote,
}

/// Marks of a value.
pub(crate) mod mark {
    /// Passed through escapeshellarg and the like.
    pub(crate) const ESCAPED: u8 = 1;
    /// Compared with known values.
    pub(crate) const CHECKED: u8 = 2;
    /// Known text stands before the part that comes from outside.
    pub(crate) const PREFIXED: u8 = 4;
    /// Known text stands behind it.
    pub(crate) const SUFFIXED: u8 = 8;
    /// Put together from pieces, though it could have been written down.
    pub(crate) const ASSEMBLED: u8 = 16;
    /// Unpacked by a decoder.
    pub(crate) const UNPACKED: u8 = 32;
    /// A hash of outside input.
    pub(crate) const HASHED: u8 = 64;
    /// Not known as a whole, but its end leaves what follows the choice of the command.
    pub(crate) const OPEN: u8 = 128;
}

/// What is known of a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Value {
    pub(crate) datum: Datum,
    pub(crate) taint: Option<Rc<Taint>>,
    pub(crate) marks: u8,
}

/// The part of a value that is known.
#[derive(Clone, Debug, Default)]
pub(crate) enum Datum {
    #[default]
    Unknown,
    /// Also a variable that was never assigned.
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<[u8]>),
    Array(Rc<Array>),
    /// An anonymous function, by its place in the table of closures.
    Closure(usize),
    Object(Rc<Object>),
}

/// An array with the keys that are known, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Array {
    pub(crate) entries: Vec<(Key, Value)>,
    depth: u16,
}

/// An object, as far as it matters: what it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// In lower case.
    pub(crate) class: String,
    pub(crate) arguments: Vec<Value>,
    depth: u16,
}

/// A key of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Int(i64),
    Text(Rc<[u8]>),
}

impl Value {
    pub(crate) fn text(bytes: &[u8]) -> Self {
        Self::of(Datum::Text(bytes.into()))
    }

    pub(crate) fn int(number: i64) -> Self {
        Self::of(Datum::Int(number))
    }

    pub(crate) fn bool(value: bool) -> Self {
        Self::of(Datum::Bool(value))
    }

    pub(crate) const fn of(datum: Datum) -> Self {
        Self { datum, taint: None, marks: 0 }
    }

    pub(crate) fn array(entries: Vec<(Key, Self)>) -> Self {
        let depth = depth_over(entries.iter().map(|(_, value)| value));
        if depth > DEPTH_MAX {
            return Self::default();
        }
        Self::of(Datum::Array(Rc::new(Array { entries, depth })))
    }

    /// An object of a class; what lies too deep in it is forgotten.
    pub(crate) fn object(class: impl Into<String>, mut arguments: Vec<Self>) -> Self {
        let mut depth = depth_over(&arguments);
        if depth > DEPTH_MAX {
            arguments.clear();
            depth = 1;
        }
        Self::of(Datum::Object(Rc::new(Object { class: class.into(), arguments, depth })))
    }

    fn depth(&self) -> u16 {
        match &self.datum {
            Datum::Array(array) => array.depth,
            Datum::Object(object) => object.depth,
            _ => 0,
        }
    }

    pub(crate) fn list(values: Vec<Self>) -> Self {
        Self::array((0..).map(Key::Int).zip(values).collect())
    }

    pub(crate) fn tainted(taint: Rc<Taint>) -> Self {
        Self { datum: Datum::Unknown, taint: Some(taint), marks: 0 }
    }

    pub(crate) fn with_marks(mut self, marks: u8) -> Self {
        self.marks |= marks;
        self
    }

    pub(crate) const fn has(&self, marks: u8) -> bool {
        self.marks & marks != 0
    }

    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.datum, Datum::Unknown)
    }

    /// Its text where PHP would convert it to the same text (Zend, `zval_get_string`).
    pub(crate) fn as_text(&self) -> Option<Rc<[u8]>> {
        Some(match &self.datum {
            Datum::Text(text) => Rc::clone(text),
            Datum::Int(number) => number.to_string().into_bytes().into(),
            Datum::Bool(true) => b"1".as_slice().into(),
            Datum::Bool(false) | Datum::Null => b"".as_slice().into(),
            Datum::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                format!("{number:.0}").into_bytes().into()
            }
            Datum::Array(_) => b"Array".as_slice().into(),
            _ => return None,
        })
    }

    /// Its number where it has one.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match &self.datum {
            Datum::Int(number) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "PHP truncates as well")]
            Datum::Float(number) => Some(*number as i64),
            Datum::Bool(value) => Some(i64::from(*value)),
            Datum::Null => Some(0),
            Datum::Text(text) => Some(leading_int(text)),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match &self.datum {
            Datum::Unknown => None,
            Datum::Null => Some(false),
            Datum::Bool(value) => Some(*value),
            Datum::Int(number) => Some(*number != 0),
            Datum::Float(number) => Some(*number != 0.0),
            Datum::Text(text) => Some(!text.is_empty() && **text != *b"0"),
            Datum::Array(array) => (self.taint.is_none()).then_some(!array.entries.is_empty()),
            Datum::Closure(_) | Datum::Object(_) => Some(true),
        }
    }

    pub(crate) fn as_array(&self) -> Option<&Array> {
        match &self.datum {
            Datum::Array(array) => Some(array),
            _ => None,
        }
    }

    pub(crate) fn key(&self) -> Option<Key> {
        match &self.datum {
            Datum::Text(text) => Some(match canonical_int(text) {
                Some(number) => Key::Int(number),
                None => Key::Text(Rc::clone(text)),
            }),
            Datum::Null => Some(Key::Text(b"".as_slice().into())),
            _ => self.as_int().map(Key::Int),
        }
    }

    /// The taint of the value, or of anything in it.
    pub(crate) fn any_taint(&self) -> Option<&Rc<Taint>> {
        self.deep_taint(3).map(|(taint, _)| taint)
    }

    /// The taint of the value or of anything in it, with the marks of the part that has it.
    pub(crate) fn deep_taint(&self, depth: usize) -> Option<(&Rc<Taint>, u8)> {
        self.look_for_taint(depth, &mut { LOOKS_MAX })
    }

    fn look_for_taint(&self, depth: usize, looks: &mut usize) -> Option<(&Rc<Taint>, u8)> {
        *looks = looks.checked_sub(1)?;
        if let Some(taint) = &self.taint {
            return Some((taint, self.marks));
        }
        match &self.datum {
            Datum::Array(array) if depth > 0 => {
                array.entries.iter().find_map(|(_, value)| value.look_for_taint(depth - 1, looks))
            }
            Datum::Object(object) if depth > 0 => {
                object.arguments.iter().find_map(|value| value.look_for_taint(depth - 1, looks))
            }
            _ => None,
        }
    }

    /// A value that may be either.
    pub(crate) fn join(self, other: Self) -> Self {
        let taint = self.taint.clone().or_else(|| other.taint.clone());
        // A check counts only when both ways have it; a way without taint does not weaken the other.
        let marks = match (&self.taint, &other.taint) {
            (Some(_), None) => self.marks,
            (None, Some(_)) => other.marks,
            _ => {
                (self.marks & other.marks) | ((self.marks | other.marks) & (mark::ASSEMBLED | mark::UNPACKED))
            }
        };
        let datum = match (self.datum, other.datum) {
            (Datum::Null, other) => other,
            (one, Datum::Null) => one,
            (Datum::Text(a), Datum::Text(b)) if a == b => Datum::Text(a),
            (Datum::Int(a), Datum::Int(b)) if a == b => Datum::Int(a),
            (Datum::Bool(a), Datum::Bool(b)) if a == b => Datum::Bool(a),
            (Datum::Array(a), Datum::Array(b)) if Rc::ptr_eq(&a, &b) => Datum::Array(a),
            // Two arrays: what is in either; a key in both keeps the later value.
            (Datum::Array(a), Datum::Array(b)) if a.entries.len() + b.entries.len() <= 2_000 => {
                let mut joined = (*a).clone();
                for (key, value) in &b.entries {
                    joined.set(key.clone(), value.clone());
                }
                Datum::Array(Rc::new(joined))
            }
            (Datum::Closure(a), Datum::Closure(b)) if a == b => Datum::Closure(a),
            (Datum::Object(a), _) | (_, Datum::Object(a)) => Datum::Object(a),
            _ => Datum::Unknown,
        };
        Self { datum, taint, marks }
    }

    /// The element under a key. A key that is not known gives what the whole is.
    pub(crate) fn element(&self, key: Option<&Key>) -> Self {
        let outer = || Self { datum: Datum::Unknown, taint: self.taint.clone(), marks: self.marks };
        match (&self.datum, key) {
            (Datum::Array(array), Some(key)) => match array.get(key) {
                Some(value) => value.clone(),
                None if self.taint.is_some() => outer(),
                None => Self::of(Datum::Null),
            },
            (Datum::Array(array), None) => {
                let mut looks = LOOKS_MAX;
                let any =
                    array.entries.iter().find(|(_, value)| value.look_for_taint(3, &mut looks).is_some());
                any.map_or_else(outer, |(_, value)| Self { datum: Datum::Unknown, ..value.clone() })
            }
            (Datum::Text(text), Some(Key::Int(at))) => {
                let at = if *at < 0 { i64::try_from(text.len()).unwrap_or(0) + at } else { *at };
                match usize::try_from(at).ok().and_then(|at| text.get(at)) {
                    Some(byte) => Self {
                        datum: Datum::Text([*byte].as_slice().into()),
                        taint: None,
                        marks: mark::ASSEMBLED,
                    },
                    None => Self::text(b""),
                }
            }
            (Datum::Object(object), _) => Self {
                datum: Datum::Unknown,
                taint: object.arguments.iter().find_map(|value| value.any_taint().cloned()),
                marks: 0,
            },
            _ => outer(),
        }
    }
}

fn depth_over<'a>(values: impl IntoIterator<Item = &'a Value>) -> u16 {
    values.into_iter().map(Value::depth).max().unwrap_or(0) + 1
}

impl Array {
    /// A value that may stand in here, and its taint alone when it lies too deep.
    fn admit(&mut self, value: Value) -> Value {
        let depth = value.depth() + 1;
        if depth > DEPTH_MAX {
            return Value { datum: Datum::Unknown, taint: value.any_taint().cloned(), marks: value.marks };
        }
        self.depth = self.depth.max(depth);
        value
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Value> {
        if let Key::Int(at) = key
            && let Some((found, value)) = usize::try_from(*at).ok().and_then(|at| self.entries.get(at))
            && found == key
        {
            return Some(value);
        }
        // From the end: of a key that a literal repeats, the last value counts.
        self.entries.iter().rev().find(|(found, _)| found == key).map(|(_, value)| value)
    }

    pub(crate) fn set(&mut self, key: Key, value: Value) {
        let value = self.admit(value);
        if let Key::Int(at) = &key
            && let Some((found, old)) = usize::try_from(*at).ok().and_then(|at| self.entries.get_mut(at))
            && *found == key
        {
            *old = value;
            return;
        }
        if let Some((_, old)) = self.entries.iter_mut().rev().find(|(found, _)| *found == key) {
            *old = value;
        } else if self.entries.len() < GROWN_ENTRIES_MAX {
            self.entries.push((key, value));
        }
    }

    /// Adds an entry without looking for its key, as a literal does.
    pub(crate) fn append(&mut self, key: Key, value: Value) {
        let value = self.admit(value);
        if self.entries.len() < ENTRIES_MAX {
            self.entries.push((key, value));
        }
    }

    pub(crate) fn push(&mut self, value: Value) {
        let value = self.admit(value);
        let last = self.entries.iter().rev().take(64).filter_map(|(key, _)| match key {
            Key::Int(number) => Some(*number),
            Key::Text(_) => None,
        });
        let next = last.max().map_or(0, |number| number.saturating_add(1));
        if self.entries.len() < GROWN_ENTRIES_MAX {
            self.entries.push((Key::Int(next), value));
        }
    }
}

impl Key {
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Int(number) => Value::int(*number),
            Self::Text(text) => Value::of(Datum::Text(Rc::clone(text))),
        }
    }
}

/// The number at the beginning of a text, as PHP converts it.
pub(crate) fn leading_int(text: &[u8]) -> i64 {
    let trimmed = text.trim_ascii_start();
    let (is_negative, digits) = match trimmed.first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let mut number: i64 = 0;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        number = number.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    }
    if is_negative { -number } else { number }
}

fn canonical_int(text: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(text).ok().filter(|text| text.len() < 20)?.parse().ok()?;
    (number.to_string().as_bytes() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_tainted_arrays_are_tainted_and_known_keys_are_not() {
        let taint = Rc::new(Taint { source: "$_GET".into(), line: 1, origin: Origin::Request });
        let whole = Value::tainted(Rc::clone(&taint));
        assert!(whole.element(Some(&Key::Int(1))).taint.is_some());
        let mut array = Array::default();
        array.push(Value::text(b"ls"));
        array.push(whole);
        let array = Value::of(Datum::Array(Rc::new(array)));
        assert!(array.element(Some(&Key::Int(0))).taint.is_none());
        assert!(array.element(Some(&Key::Int(1))).taint.is_some());
        assert!(array.element(None).taint.is_some() && array.any_taint().is_some());
    }

    #[test]
    fn texts_are_numbers_as_in_php() {
        assert_eq!([leading_int(b" 12abc"), leading_int(b"-3"), leading_int(b"x")], [12, -3, 0]);
        assert_eq!(Value::text(b"7").key(), Some(Key::Int(7)));
        assert_eq!(Value::text(b"07").key(), Some(Key::Text(b"07".as_slice().into())));
    }
}
