//! PHP's own functions on texts that take more than a line.

use super::{
    decoders,
    value::{Datum, TEXT_BYTES_MAX, Value, mark},
};

pub(super) fn trim(name: &[u8], text: &[u8], set: Option<&[u8]>) -> Vec<u8> {
    let set = set.unwrap_or(b" \t\n\r\0\x0b");
    let is_cut = |byte: &u8| set.contains(byte);
    let start = if name == b"rtrim" || name == b"chop" {
        0
    } else {
        text.iter().position(|b| !is_cut(b)).unwrap_or(text.len())
    };
    let end = if name == b"ltrim" {
        text.len()
    } else {
        text.iter().rposition(|b| !is_cut(b)).map_or(start, |at| at + 1)
    };
    text[start..end.max(start)].to_vec()
}

pub(super) fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = find(text, old, from) {
        out.extend_from_slice(&text[from..at]);
        out.extend_from_slice(new);
        from = at + old.len();
        if out.len() > TEXT_BYTES_MAX {
            return None;
        }
    }
    out.extend_from_slice(&text[from..]);
    Some(out)
}

pub(super) fn str_replace(values: &[Value]) -> Option<Value> {
    let (old, new) = (values.first()?, values.get(1)?);
    let mut text = values.get(2)?.as_text()?.to_vec();
    match &old.datum {
        Datum::Array(olds) => {
            for (index, (_, old)) in olds.entries.iter().take(1_000).enumerate() {
                let new = match &new.datum {
                    Datum::Array(news) => news
                        .entries
                        .get(index)
                        .map_or_else(|| Some(b"".as_slice().into()), |(_, v)| v.as_text())?,
                    _ => new.as_text()?,
                };
                text = replace(&text, &old.as_text()?, &new)?;
            }
        }
        _ => text = replace(&text, &old.as_text()?, &new.as_text()?)?,
    }
    Some(Value::text(&text))
}

pub(super) fn strtr(values: &[Value]) -> Option<Value> {
    let text = values.first()?.as_text()?;
    if values.len() == 3 {
        let (from, to) = (values[1].as_text()?, values[2].as_text()?);
        let map = |byte: &u8| {
            from.iter().zip(to.iter()).rev().find(|(old, _)| *old == byte).map_or(*byte, |(_, new)| *new)
        };
        return Some(Value::text(&text.iter().map(map).collect::<Vec<u8>>()));
    }
    // The longest key that fits wins, and what was put in is not looked at again.
    let mut pairs = Vec::new();
    for (key, value) in values.get(1)?.as_array()?.entries.iter().take(2_000) {
        pairs.push((key.value().as_text()?, value.as_text()?));
    }
    pairs.sort_by_key(|(key, _)| std::cmp::Reverse(key.len()));
    if text.len().saturating_mul(pairs.len()) > 50_000_000 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match pairs.iter().find(|(key, _)| !key.is_empty() && text[at..].starts_with(key)) {
            Some((key, value)) => {
                out.extend_from_slice(value);
                at += key.len();
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
        if out.len() > TEXT_BYTES_MAX {
            return None;
        }
    }
    Some(Value::text(&out))
}

pub(super) fn implode(values: &[Value]) -> Option<Value> {
    let (glue, array) = match (values.first()?, values.get(1)) {
        (array, None) => (Value::text(b""), array),
        (glue, Some(array)) if array.as_array().is_some() => (glue.clone(), array),
        (array, Some(glue)) => (glue.clone(), array),
    };
    let glue = glue.as_text()?;
    let mut out = Vec::new();
    for (index, (_, value)) in array.as_array()?.entries.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(&glue);
        }
        out.extend_from_slice(&value.as_text()?);
        if out.len() > TEXT_BYTES_MAX {
            return None;
        }
    }
    Some(Value::text(&out))
}

/// Directives without width, with positions: `%s`, `%d`, `%c`, `%x`, `%1$s`, `%%`.
pub(super) fn sprintf(format: &[u8], values: &[Value]) -> Option<Value> {
    let mut out = Vec::new();
    let (mut at, mut next) = (0, 0);
    while at < format.len() {
        if format[at] != b'%' {
            out.push(format[at]);
            at += 1;
            continue;
        }
        at += 1;
        let digits = format[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut index = next;
        if digits > 0 && format.get(at + digits) == Some(&b'$') {
            index = usize::try_from(super::value::leading_int(&format[at..at + digits]) - 1).ok()?;
            at += digits + 1;
        } else if digits > 0 {
            return None;
        }
        match format.get(at)? {
            b'%' => out.push(b'%'),
            directive => {
                let value = values.get(index)?;
                match directive {
                    b's' => out.extend_from_slice(&value.as_text()?),
                    b'd' | b'u' => out.extend_from_slice(value.as_int()?.to_string().as_bytes()),
                    b'c' => out.push(u8::try_from(value.as_int()?.rem_euclid(256)).ok()?),
                    b'x' => out.extend_from_slice(format!("{:x}", value.as_int()?).as_bytes()),
                    _ => return None,
                }
                if index == next {
                    next += 1;
                }
            }
        }
        at += 1;
        if out.len() > TEXT_BYTES_MAX {
            return None;
        }
    }
    Some(Value::text(&out))
}

/// `pack` with `H*`, `C*` and `c*`, the formats that hide texts.
pub(super) fn pack(format: &[u8], values: &[Value]) -> Option<Value> {
    let first = format.first()?;
    let bytes = match first {
        b'H' => decoders::hex(&values.first()?.as_text()?)?,
        b'C' | b'c' => {
            let mut bytes = Vec::new();
            for value in values {
                bytes.push(u8::try_from(value.as_int()?.rem_euclid(256)).ok()?);
            }
            bytes
        }
        b'a' | b'A' => values.first()?.as_text()?.to_vec(),
        _ => return None,
    };
    Some(Value::text(&bytes).with_marks(mark::ASSEMBLED | mark::UNPACKED))
}

/// Simple expressions, as shells use them to strip what they mixed in.
pub(super) fn preg_replace(values: &[Value]) -> Option<Value> {
    let (pattern, new, text) =
        (values.first()?.as_text()?, values.get(1)?.as_text()?, values.get(2)?.as_text()?);
    let (first, rest) = pattern.split_first()?;
    let last = rest.iter().rposition(|byte| byte == first)?;
    let (body, modifiers) = (&rest[..last], &rest[last + 1..]);
    if body.len() > 200
        || modifiers.iter().any(|byte| !matches!(byte, b'i' | b's' | b'm' | b'x'))
        || new.contains(&b'$')
        || new.contains(&b'\\')
    {
        return None;
    }
    let regex = regex::bytes::RegexBuilder::new(std::str::from_utf8(body).ok()?)
        .unicode(false)
        .case_insensitive(modifiers.contains(&b'i'))
        .size_limit(1 << 18)
        .build()
        .ok()?;
    let replaced = regex.replace_all(&text, regex::bytes::NoExpand(&new)).into_owned();
    (replaced.len() <= TEXT_BYTES_MAX).then(|| Value::text(&replaced))
}

pub(super) fn split(text: &[u8], separator: &[u8], limit: usize) -> Vec<Value> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(at) = find(text, separator, from) {
        if pieces.len() + 1 >= limit.max(1) {
            break;
        }
        pieces.push(Value::text(&text[from..at]));
        from = at + separator.len();
    }
    pieces.push(Value::text(&text[from..]));
    pieces
}

pub(super) fn find(text: &[u8], piece: &[u8], from: usize) -> Option<usize> {
    if piece.is_empty() {
        return None;
    }
    text.get(from..)?.windows(piece.len()).position(|window| window == piece).map(|at| at + from)
}

pub(super) fn base_convert(text: &[u8], from: i64, to: i64) -> Option<Value> {
    let from = u32::try_from(from).ok().filter(|base| (2..=36).contains(base))?;
    let to = u128::try_from(to).ok().filter(|base| (2..=36).contains(base))?;
    let digits: String =
        String::from_utf8_lossy(text).chars().filter(|c| c.is_digit(from)).take(24).collect();
    let mut number = u128::from_str_radix(&digits, from).ok()?;
    let mut out = Vec::new();
    while number > 0 || out.is_empty() {
        out.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[usize::try_from(number % to).ok()?]);
        number /= to;
    }
    out.reverse();
    Some(Value::text(&out).with_marks(mark::ASSEMBLED | mark::UNPACKED))
}
