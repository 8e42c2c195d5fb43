//! Operators on values that are known in part.

use super::value::{Datum, TEXT_BYTES_MAX, Value, mark};

/// The value as the text that PHP makes of it.
pub(super) fn as_text_value(value: Value) -> Value {
    if let Datum::Object(object) = &value.datum {
        let taint = object.arguments.iter().find_map(|argument| argument.any_taint().cloned());
        return Value { datum: Datum::Unknown, taint, marks: value.marks };
    }
    match value.as_text() {
        Some(text) => Value { datum: Datum::Text(text), ..value },
        None => Value { datum: Datum::Unknown, ..value },
    }
}

/// `left . right`.
pub(super) fn concat(left: &Value, right: &Value) -> Value {
    let taint = left.taint.clone().or_else(|| right.taint.clone());
    let Some(taint) = taint else {
        let assembled = mark::ASSEMBLED | ((left.marks | right.marks) & mark::UNPACKED);
        return match (left.as_text(), right.as_text()) {
            (Some(a), Some(b)) if a.len() + b.len() <= TEXT_BYTES_MAX => {
                let marks = if a.is_empty() {
                    right.marks
                } else if b.is_empty() {
                    left.marks
                } else {
                    assembled
                };
                let mut bytes = Vec::with_capacity(a.len() + b.len());
                bytes.extend_from_slice(&a);
                bytes.extend_from_slice(&b);
                Value { datum: Datum::Text(bytes.into()), taint: None, marks }
            }
            _ => {
                let open = if is_command_open(right) { mark::OPEN } else { 0 };
                Value {
                    datum: Datum::Unknown,
                    taint: None,
                    marks: ((left.marks | right.marks) & mark::UNPACKED) | open,
                }
            }
        };
    };
    let mut marks = match (&left.taint, &right.taint) {
        // Escaped or checked only if every part from outside is.
        (Some(_), Some(_)) => {
            (left.marks & right.marks) | (left.marks & mark::PREFIXED) | (right.marks & mark::SUFFIXED)
        }
        (Some(_), None) => left.marks,
        _ => right.marks,
    };
    if left.taint.is_none() && !is_command_open(left) {
        marks |= mark::PREFIXED;
    } else if right.taint.is_none() && right.as_text().is_some_and(|text| ends_command(&text)) {
        // What follows a separator begins a command of its own.
        marks &= !mark::PREFIXED;
    }
    if right.taint.is_none() && right.as_text().is_none_or(|text| !text.is_empty()) {
        marks |= mark::SUFFIXED;
    }
    Value { datum: Datum::Unknown, taint: Some(taint), marks }
}

/// Whether a text before outside input leaves it the choice of the command, the code or the whole path.
fn is_command_open(left: &Value) -> bool {
    let Some(text) = left.as_text() else { return left.has(mark::OPEN) };
    let text = text.trim_ascii().to_ascii_lowercase();
    if text.is_empty() {
        return true;
    }
    let ends: &[&[u8]] =
        &[b";", b"|", b"&&", b"-c", b"/c", b"-c \"", b"-c '", b"`", b"$(", b"/k", b"sudo", b"-e"];
    let starts: &[&[u8]] =
        &[b"php://", b"data:", b"http://", b"https://", b"ftp://", b"phar://", b"zip://", b"\\\\"];
    ends.iter().any(|end| text.ends_with(end)) || starts.iter().any(|start| text.starts_with(start))
}

fn ends_command(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    text.len() < 40 && (text.ends_with(b";") || text.ends_with(b"&&") || text.ends_with(b"|"))
}

/// Any operator of two values.
pub(super) fn binary(operator: &[u8], left: Value, right: &Value) -> Value {
    match operator {
        b"." => concat(&left, right),
        b"^" | b"|" | b"&" => bitwise(operator[0], &left, right),
        b"+" if left.as_array().is_some() && right.as_array().is_some() => left.join(right.clone()),
        b"+" | b"-" | b"*" | b"%" | b"/" | b"<<" | b">>" | b"**" => arithmetic(operator, &left, right),
        b"??" => match (&left.datum, &left.taint) {
            (Datum::Null, None) => right.clone(),
            (Datum::Unknown, _) => left.join(right.clone()),
            _ => left,
        },
        b"?:" => left.join(right.clone()),
        _ => compare(operator, &left, right),
    }
}

fn bitwise(operator: u8, left: &Value, right: &Value) -> Value {
    let taint = left.taint.clone().or_else(|| right.taint.clone());
    if taint.is_some() {
        return Value { datum: Datum::Unknown, taint, marks: 0 };
    }
    let apply = |a: u8, b: u8| match operator {
        b'^' => a ^ b,
        b'&' => a & b,
        _ => a | b,
    };
    match (&left.datum, &right.datum) {
        (Datum::Text(a), Datum::Text(b)) => {
            let mut bytes: Vec<u8> = a.iter().zip(b.iter()).map(|(a, b)| apply(*a, *b)).collect();
            if operator == b'|' {
                let longer = if a.len() > b.len() { a } else { b };
                bytes.extend_from_slice(&longer[bytes.len()..]);
            }
            Value::text(&bytes).with_marks(mark::ASSEMBLED | mark::UNPACKED)
        }
        _ => match (left.as_int(), right.as_int()) {
            (Some(a), Some(b)) => Value::int(match operator {
                b'^' => a ^ b,
                b'&' => a & b,
                _ => a | b,
            }),
            _ => Value::default(),
        },
    }
}

fn arithmetic(operator: &[u8], left: &Value, right: &Value) -> Value {
    if left.taint.is_some() || right.taint.is_some() {
        return Value::default();
    }
    if let (Datum::Float(_), _) | (_, Datum::Float(_)) = (&left.datum, &right.datum) {
        return float_arithmetic(operator, left, right);
    }
    let (Some(a), Some(b)) = (left.as_int(), right.as_int()) else { return Value::default() };
    let shift = u32::try_from(b.clamp(0, 63)).unwrap_or(0);
    match operator {
        b"+" => a.checked_add(b).map_or_else(Value::default, Value::int),
        b"-" => a.checked_sub(b).map_or_else(Value::default, Value::int),
        b"*" => a.checked_mul(b).map_or_else(Value::default, Value::int),
        b"%" => a.checked_rem(b).map_or_else(Value::default, Value::int),
        b"/" if b != 0 && a.checked_rem(b) == Some(0) => {
            a.checked_div(b).map_or_else(Value::default, Value::int)
        }
        b"/" => float_arithmetic(operator, left, right),
        b"<<" => Value::int(a.wrapping_shl(shift)),
        b">>" => Value::int(a.wrapping_shr(shift)),
        b"**" => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)).map_or_else(Value::default, Value::int),
        _ => Value::default(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "PHP converts the same way")]
fn float_arithmetic(operator: &[u8], left: &Value, right: &Value) -> Value {
    let number = |value: &Value| match value.datum {
        Datum::Float(number) => Some(number),
        _ => value.as_int().map(|number| number as f64),
    };
    let (Some(a), Some(b)) = (number(left), number(right)) else { return Value::default() };
    let result = match operator {
        b"+" => a + b,
        b"-" => a - b,
        b"*" => a * b,
        b"/" if b != 0.0 => a / b,
        _ => return Value::default(),
    };
    Value::of(Datum::Float(result))
}

fn compare(operator: &[u8], left: &Value, right: &Value) -> Value {
    if left.taint.is_some() || right.taint.is_some() {
        return Value::default();
    }
    match operator {
        b"&&" | b"and" => match (left.as_bool(), right.as_bool()) {
            (Some(a), Some(b)) => Value::bool(a && b),
            (Some(false), _) | (_, Some(false)) => Value::bool(false),
            _ => Value::default(),
        },
        b"||" | b"or" => match (left.as_bool(), right.as_bool()) {
            (Some(a), Some(b)) => Value::bool(a || b),
            (Some(true), _) | (_, Some(true)) => Value::bool(true),
            _ => Value::default(),
        },
        b"==" | b"===" | b"!=" | b"!==" | b"<>" => {
            let equal = match (&left.datum, &right.datum) {
                (Datum::Text(a), Datum::Text(b)) => a == b,
                (Datum::Int(a), Datum::Int(b)) => a == b,
                (Datum::Bool(a), Datum::Bool(b)) => a == b,
                (Datum::Text(_), Datum::Bool(_)) | (Datum::Bool(_), Datum::Text(_))
                    if operator.len() == 3 =>
                {
                    false
                }
                _ => return Value::default(),
            };
            Value::bool(equal == operator.starts_with(b"="))
        }
        b"<" | b">" | b"<=" | b">=" => match (&left.datum, &right.datum) {
            (Datum::Int(_) | Datum::Float(_), Datum::Int(_) | Datum::Float(_)) => {
                let (Some(a), Some(b)) = (left.as_int(), right.as_int()) else { return Value::default() };
                Value::bool(match operator {
                    b"<" => a < b,
                    b">" => a > b,
                    b"<=" => a <= b,
                    _ => a >= b,
                })
            }
            _ => Value::default(),
        },
        _ => Value::default(),
    }
}

/// An operator of one value.
pub(super) fn unary(operator: &[u8], value: &Value) -> Value {
    match operator {
        b"!" if value.taint.is_none() => {
            value.as_bool().map_or_else(Value::default, |known| Value::bool(!known))
        }
        b"-" if value.taint.is_none() => {
            value.as_int().and_then(i64::checked_neg).map_or_else(Value::default, Value::int)
        }
        b"+" if value.taint.is_none() => value.as_int().map_or_else(Value::default, Value::int),
        b"~" => match &value.datum {
            Datum::Text(text) => {
                let bytes: Vec<u8> = text.iter().map(|byte| !byte).collect();
                Value::text(&bytes).with_marks(mark::ASSEMBLED | mark::UNPACKED)
            }
            Datum::Int(number) => Value::int(!number),
            _ => Value { datum: Datum::Unknown, taint: value.taint.clone(), marks: 0 },
        },
        _ => Value::default(),
    }
}

/// `++` and `--`; letters count on as in Perl
/// (<https://www.php.net/manual/en/language.operators.increment.php>).
pub(super) fn step(value: &Value, is_plus: bool) -> Value {
    match &value.datum {
        Datum::Text(text) if is_plus && !text.is_empty() && text.iter().all(u8::is_ascii_alphabetic) => {
            let mut bytes = text.to_vec();
            for at in (0..bytes.len()).rev() {
                match bytes[at] {
                    b'z' => bytes[at] = b'a',
                    b'Z' => bytes[at] = b'A',
                    _ => {
                        bytes[at] += 1;
                        return Value::text(&bytes).with_marks(mark::ASSEMBLED);
                    }
                }
            }
            bytes.insert(0, if bytes[0].is_ascii_lowercase() { b'a' } else { b'A' });
            Value::text(&bytes).with_marks(mark::ASSEMBLED)
        }
        Datum::Unknown => Value::default(),
        Datum::Null if is_plus => Value::int(1),
        _ => value
            .as_int()
            .and_then(|number| if is_plus { number.checked_add(1) } else { number.checked_sub(1) })
            .map_or_else(Value::default, Value::int),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_fold_texts_as_php_does() {
        let text = |value: &Value| String::from_utf8_lossy(&value.as_text().unwrap()).into_owned();
        assert_eq!(text(&concat(&Value::text(b"sys"), &Value::text(b"tem"))), "system");
        assert_eq!(text(&binary(b"^", Value::text(b"AB"), &Value::text(b"  "))), "ab");
        assert_eq!(text(&unary(b"~", &Value::text(&[!b'a', !b'b']))), "ab");
        assert_eq!(text(&step(&Value::text(b"az"), true)), "ba");
        assert_eq!(text(&step(&Value::text(b"Z"), true)), "AA");
        assert_eq!(binary(b"%", Value::int(7), &Value::int(4)).as_int(), Some(3));
        assert!(!binary(b"/", Value::int(7), &Value::int(0)).is_known());
        assert_eq!(binary(b"!==", Value::int(1), &Value::int(1)).as_bool(), Some(false));
    }
}
