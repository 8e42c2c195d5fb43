//! PHP's own functions on known values.

use super::{
    decoders,
    text_functions::{
        base_convert, find, implode, pack, preg_replace, split, sprintf, str_replace, strtr, trim,
    },
    value::{Datum, ENTRIES_MAX, Key, TEXT_BYTES_MAX, Taint, Value, mark},
};
use std::rc::Rc;

/// The answer of a function whose arguments come from outside.
pub(super) fn with_taint(name: &[u8], values: &[Value], taint: Rc<Taint>, marks: u8) -> Value {
    let kept = marks & (mark::ESCAPED | mark::CHECKED);
    let shape = match name {
        // Texts before and behind the outside part.
        b"sprintf" | b"vsprintf" => {
            let format = values.first().and_then(Value::as_text);
            let is_open = format.as_ref().is_some_and(|format| format.trim_ascii_start().starts_with(b"%s"));
            if is_open { 0 } else { mark::PREFIXED | mark::SUFFIXED }
        }
        _ => marks & (mark::PREFIXED | mark::SUFFIXED),
    };
    // A part of a text, or a table's answer, is as open as the text.
    let datum = match (name, values.first().map(|value| &value.datum)) {
        (
            b"array_merge" | b"array_values" | b"array_reverse" | b"array_filter" | b"array_slice",
            Some(Datum::Array(array)),
        ) => Datum::Array(Rc::clone(array)),
        _ => Datum::Unknown,
    };
    Value { datum, taint: Some(taint), marks: kept | shape }
}

/// The answer where it can be known.
pub(super) fn fold(name: &[u8], values: &[Value]) -> Option<Value> {
    let text = |index: usize| values.get(index)?.as_text();
    let int = |index: usize| values.get(index)?.as_int();
    let known = |bytes: Vec<u8>| (bytes.len() <= TEXT_BYTES_MAX).then(|| Value::text(&bytes));
    match name {
        b"base64_decode" => known(decoders::base64(&text(0)?)?),
        b"base64_encode" => known(decoders::base64_encode(&text(0)?)),
        b"gzinflate" | b"gzuncompress" | b"gzdecode" => known(decoders::inflate(name, &text(0)?)?),
        b"str_rot13" => known(decoders::rot13(&text(0)?)),
        b"hex2bin" => known(decoders::hex(&text(0)?)?),
        b"bin2hex" => known(decoders::hex_encode(&text(0)?)),
        b"convert_uudecode" => known(decoders::uudecode(&text(0)?)),
        b"urldecode" => known(decoders::url(&text(0)?, true)),
        b"rawurldecode" => known(decoders::url(&text(0)?, false)),
        b"stripcslashes" => known(decoders::c_escapes(&text(0)?)),
        b"strrev" => known(text(0)?.iter().rev().copied().collect()),
        b"strtolower" | b"mb_strtolower" => known(text(0)?.to_ascii_lowercase()),
        b"strtoupper" | b"mb_strtoupper" => known(text(0)?.to_ascii_uppercase()),
        b"ucfirst" | b"lcfirst" => {
            let mut bytes = text(0)?.to_vec();
            if let Some(first) = bytes.first_mut() {
                *first =
                    if name == b"ucfirst" { first.to_ascii_uppercase() } else { first.to_ascii_lowercase() };
            }
            known(bytes)
        }
        b"chr" | b"mb_chr" => u8::try_from(int(0)?.rem_euclid(256)).ok().map(|byte| Value::text(&[byte])),
        b"ord" | b"mb_ord" => Some(Value::int(i64::from(text(0)?.first().copied().unwrap_or(0)))),
        b"strlen" | b"mb_strlen" => {
            values.first().filter(|v| v.is_known())?.as_text().and_then(|t| number(t.len()))
        }
        b"count" | b"sizeof" => number(values.first()?.as_array()?.entries.len()),
        b"intval" => match int(1) {
            Some(base) if base != 10 => radix(&text(0)?, base),
            _ => Some(Value::int(int(0)?)),
        },
        b"hexdec" => radix(&text(0)?, 16),
        b"bindec" => radix(&text(0)?, 2),
        b"octdec" => radix(&text(0)?, 8),
        b"dechex" => known(format!("{:x}", int(0)?).into_bytes()),
        b"decbin" => known(format!("{:b}", int(0)?).into_bytes()),
        b"decoct" => known(format!("{:o}", int(0)?).into_bytes()),
        b"base_convert" => base_convert(&text(0)?, int(1)?, int(2)?),
        b"abs" => Some(Value::int(int(0)?.checked_abs()?)),
        b"floor" | b"ceil" | b"round" => Some(Value::int(int(0)?)),
        b"strval" => Some(Value::text(&text(0)?)),
        b"trim" | b"ltrim" | b"rtrim" | b"chop" => known(trim(name, &text(0)?, text(1).as_deref())),
        b"str_repeat" => {
            let (piece, times) = (text(0)?, usize::try_from(int(1)?).ok()?);
            (piece.len().checked_mul(times)? <= TEXT_BYTES_MAX).then(|| Value::text(&piece.repeat(times)))
        }
        b"substr" | b"mb_substr" | b"mb_strcut" => {
            let text = text(0)?;
            let (from, to) = slice(text.len(), int(1)?, length_of(values.get(2)))?;
            Some(Value::text(&text[from..to]))
        }
        b"substr_replace" => {
            let (text, new) = (text(0)?, text(1)?);
            let (from, to) = slice(text.len(), int(2)?, length_of(values.get(3)))?;
            known([&text[..from], &new, &text[to..]].concat())
        }
        b"strpos" | b"stripos" | b"mb_strpos" => {
            let (text, piece) = (text(0)?, text(1)?);
            match find(&text, &piece, 0) {
                Some(at) => number(at),
                None => Some(Value::bool(false)),
            }
        }
        b"strstr" => {
            let (text, piece) = (text(0)?, text(1)?);
            find(&text, &piece, 0).map(|at| Value::text(&text[at..]))
        }
        b"substr_count" => {
            let (text, piece) = (text(0)?, text(1)?);
            let count = if piece.is_empty() {
                0
            } else {
                text.windows(piece.len()).filter(|w| **w == *piece).count()
            };
            number(count)
        }
        b"str_replace" | b"str_ireplace" => str_replace(values),
        b"strtr" => strtr(values),
        b"implode" | b"join" => implode(values),
        b"explode" => {
            let (separator, text) = (text(0)?, text(1)?);
            if separator.is_empty() {
                return None;
            }
            let limit = int(2).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(ENTRIES_MAX);
            Some(Value::list(split(&text, &separator, limit)))
        }
        b"str_split" | b"mb_str_split" => {
            let (text, size) = (text(0)?, usize::try_from(int(1).unwrap_or(1)).ok()?.max(1));
            (text.len() / size < ENTRIES_MAX)
                .then(|| Value::list(text.chunks(size).map(Value::text).collect()))
        }
        b"chunk_split" => None,
        b"sprintf" => sprintf(&text(0)?, values.get(1..)?),
        b"vsprintf" => {
            let list: Vec<Value> =
                values.get(1)?.as_array()?.entries.iter().map(|(_, value)| value.clone()).collect();
            sprintf(&text(0)?, &list)
        }
        b"pack" => pack(&text(0)?, values.get(1..)?),
        b"range" => range(values.first()?, values.get(1)?),
        b"array_reverse" => {
            let mut entries = values.first()?.as_array()?.entries.clone();
            entries.reverse();
            Some(renumber(entries))
        }
        b"array_values" => {
            Some(Value::list(values.first()?.as_array()?.entries.iter().map(|(_, v)| v.clone()).collect()))
        }
        b"array_keys" => {
            Some(Value::list(values.first()?.as_array()?.entries.iter().map(|(k, _)| k.value()).collect()))
        }
        b"array_flip" => {
            let mut entries = Vec::new();
            for (key, value) in &values.first()?.as_array()?.entries {
                entries.push((value.key()?, key.value()));
            }
            Some(Value::array(entries))
        }
        b"array_merge" => {
            let mut entries = Vec::new();
            for value in values {
                entries.extend(value.as_array()?.entries.iter().cloned());
            }
            (entries.len() <= ENTRIES_MAX).then(|| renumber(entries))
        }
        b"array_combine" => {
            let (keys, contents) = (values.first()?.as_array()?, values.get(1)?.as_array()?);
            let mut entries = Vec::new();
            for ((_, key), (_, value)) in keys.entries.iter().zip(&contents.entries) {
                entries.push((key.key()?, value.clone()));
            }
            Some(Value::array(entries))
        }
        b"array_slice" => {
            let entries = &values.first()?.as_array()?.entries;
            let (from, to) = slice(entries.len(), int(1)?, length_of(values.get(2)))?;
            Some(renumber(entries[from..to].to_vec()))
        }
        b"current" | b"reset" | b"pos" => {
            values.first()?.as_array()?.entries.first().map(|(_, value)| value.clone())
        }
        b"end" => values.first()?.as_array()?.entries.last().map(|(_, value)| value.clone()),
        b"key" => values.first()?.as_array()?.entries.first().map(|(key, _)| key.value()),
        b"is_array" => values.first().filter(|v| v.is_known()).map(|v| Value::bool(v.as_array().is_some())),
        b"is_string" => {
            values.first().filter(|v| v.is_known()).map(|v| Value::bool(matches!(v.datum, Datum::Text(_))))
        }
        b"preg_replace" => preg_replace(values),
        b"ctype_alpha" => Some(Value::bool(text(0)?.iter().all(u8::is_ascii_alphabetic))),
        b"lcg_value" | b"rand" | b"mt_rand" => None,
        _ => None,
    }
}

fn number(length: usize) -> Option<Value> {
    i64::try_from(length).ok().map(Value::int)
}

fn radix(text: &[u8], base: i64) -> Option<Value> {
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base))?;
    let digits: String =
        String::from_utf8_lossy(text).chars().filter(|c| c.is_digit(base)).take(16).collect();
    i64::from_str_radix(&digits, base).ok().map(Value::int)
}

fn length_of(value: Option<&Value>) -> Option<i64> {
    value.filter(|value| !matches!(value.datum, Datum::Null)).and_then(Value::as_int)
}

/// Bounds as `substr` counts them.
fn slice(length: usize, from: i64, count: Option<i64>) -> Option<(usize, usize)> {
    let length = i64::try_from(length).ok()?;
    let from = if from < 0 { (length + from.max(-length)).max(0) } else { from.min(length) };
    let to = match count {
        None => length,
        Some(count) if count < 0 => (length + count.max(-length)).max(from),
        Some(count) => from.saturating_add(count).min(length),
    };
    Some((usize::try_from(from).ok()?, usize::try_from(to).ok()?))
}

fn range(from: &Value, to: &Value) -> Option<Value> {
    if let (Datum::Text(a), Datum::Text(b)) = (&from.datum, &to.datum)
        && let ([a], [b]) = (&**a, &**b)
        && !a.is_ascii_digit()
    {
        let bytes: Vec<u8> = if a <= b { (*a..=*b).collect() } else { (*b..=*a).rev().collect() };
        return Some(Value::list(bytes.iter().map(|byte| Value::text(&[*byte])).collect()));
    }
    let (a, b) = (from.as_int()?, to.as_int()?);
    if a.abs_diff(b) >= ENTRIES_MAX as u64 {
        return None;
    }
    let numbers: Vec<i64> = if a <= b { (a..=b).collect() } else { (b..=a).rev().collect() };
    Some(Value::list(numbers.into_iter().map(Value::int).collect()))
}

fn renumber(entries: Vec<(Key, Value)>) -> Value {
    let mut array = super::value::Array::default();
    for (key, value) in entries {
        match key {
            Key::Int(_) => array.push(value),
            Key::Text(_) => array.set(key, value),
        }
    }
    Value::of(Datum::Array(Rc::new(array)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, values: &[Value], expected: &str) {
        let value = fold(name.as_bytes(), values)
            .and_then(|value| value.as_text())
            .unwrap_or_else(|| panic!("{name}"));
        assert_eq!(String::from_utf8_lossy(&value), expected, "{name}");
    }

    #[test]
    fn functions_answer_as_php_does() {
        let t = |text: &str| Value::text(text.as_bytes());
        check("substr", &[t("hello"), Value::int(-3), Value::int(2)], "ll");
        check("substr", &[t("hello"), Value::int(9)], "");
        check("str_replace", &[t("-"), t(""), t("a-s-s")], "ass");
        check("strtr", &[t("abc"), t("ab"), t("xy")], "xyc");
        check("implode", &[Value::list(vec![t("a"), t("b")])], "ab");
        check("sprintf", &[t("%2$s%1$s%%"), t("b"), t("a")], "ab%");
        check("pack", &[t("H*"), t("6162")], "ab");
        check("base_convert", &[t("29234652"), Value::int(10), Value::int(36)], "hello");
        check("trim", &[t(" a ")], "a");
        check("preg_replace", &[t("/[0-9]/"), t(""), t("s1y2s")], "sys");
        check("end", &[fold(b"explode", &[t(","), t("a,b")]).unwrap()], "b");
        assert!(fold(b"str_repeat", &[t("aaaa"), Value::int(1 << 40)]).is_none());
    }
}
