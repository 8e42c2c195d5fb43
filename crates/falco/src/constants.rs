//! Constants, read by the type of the field that they are compared with.

use crate::vocabulary::{Constant, Network, ValueType, Vocabulary};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) fn read_constant(
    value_type: ValueType,
    bytes: &[u8],
    vocabulary: &dyn Vocabulary,
) -> Result<Constant, String> {
    if value_type == ValueType::Bytes {
        return Ok(Constant::Bytes(bytes.to_vec()));
    }
    if bytes.contains(&0) {
        return Err("filter error: filter value cannot contain a NUL byte (\\x00)".to_owned());
    }
    let text = String::from_utf8_lossy(bytes);
    let number = || parse_number(&text).ok_or_else(|| format!("{text} is not a valid number"));
    match value_type {
        ValueType::Text | ValueType::Path | ValueType::Bytes => Ok(Constant::Bytes(bytes.to_vec())),
        ValueType::Bool => match &*text {
            "true" => Ok(Constant::Bool(true)),
            "false" => Ok(Constant::Bool(false)),
            _ => Err(format!("filter error: unrecognized boolean value {text}")),
        },
        ValueType::Signed(bits) => {
            let number = number()?;
            let (low, high) = (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
            if !(low..=high).contains(&number) {
                return Err(format!("{text} does not fit {}", value_type.name()));
            }
            Ok(Constant::Signed(i64::try_from(number).expect("the range was checked")))
        }
        ValueType::Unsigned(bits) => unsigned(number()?, u32::from(bits), &text, value_type),
        ValueType::RelativeTime | ValueType::AbsoluteTime => unsigned(number()?, 64, &text, value_type),
        ValueType::Port => {
            if text.is_empty() {
                return Ok(Constant::Unsigned(0));
            }
            if text.bytes().all(|byte| byte.is_ascii_digit()) {
                return unsigned(number()?, 16, &text, value_type);
            }
            match vocabulary.port(&text) {
                Some(port) => Ok(Constant::Unsigned(u64::from(port))),
                None => Err(format!("unrecognized protocol {text}")),
            }
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "constants of floating-point fields are small whole numbers"
        )]
        ValueType::Double => Ok(Constant::Double(number()? as f64)),
        ValueType::Address => address(&text).map(Constant::Address),
        ValueType::Network => network(&text).map(Constant::Network),
        ValueType::Opaque => Err(format!("a value of type '{}' has no constants", value_type.name())),
    }
}

/// Unsigned numbers wrap once: `-1` is the largest, as it always was in rules.
fn unsigned(number: i128, bits: u32, text: &str, value_type: ValueType) -> Result<Constant, String> {
    let modulus = 1_i128 << bits;
    if number < -(modulus / 2) || number >= modulus {
        return Err(format!("{text} does not fit {}", value_type.name()));
    }
    Ok(Constant::Unsigned(u64::try_from(number.rem_euclid(modulus)).expect("the range was checked")))
}

/// Decimal, or hexadecimal with `0x`.
fn parse_number(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if digits.len() > 24 {
        return None;
    }
    let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => i128::from_str_radix(digits, 16).ok()?,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse::<i128>().ok()?,
        None => return None,
    };
    Some(sign * number)
}

fn address(text: &str) -> Result<IpAddr, String> {
    if text.contains('.') && !text.contains(':') {
        text.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| format!("unrecognized IPv4 address {text}"))
    } else {
        text.parse::<Ipv6Addr>().map(IpAddr::V6).map_err(|_| format!("unrecognized IPv6 address {text}"))
    }
}

fn network(text: &str) -> Result<Network, String> {
    let Some((address_text, mask)) = text.split_once('/') else {
        return Err(format!("unrecognized IP network {text}"));
    };
    let address = address(address_text).map_err(|_| format!("unrecognized IP address {text}"))?;
    let bits_max = if address.is_ipv4() { 32 } else { 128 };
    match mask.parse::<u8>() {
        Ok(prefix_bits) if prefix_bits <= bits_max => Ok(Network { address, prefix_bits }),
        _ => Err(format!("invalid netmask {mask}")),
    }
}

/// A pattern as the `regex` crate reads it: a brace that begins no repetition is itself, as for RE2.
#[must_use]
pub fn regex_pattern(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut pattern = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut in_class = false;
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                pattern.push('\\');
                pattern.extend(rest.next());
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '{' if !in_class && !repeats(rest.as_str()) => pattern.push('\\'),
            _ => {}
        }
        pattern.push(character);
    }
    pattern
}

/// Whether what follows a brace is `2}`, `2,}` or `2,4}`.
fn repeats(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else { return false };
    let (low, high) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && is_number(low) && is_number(high)
}

pub(crate) fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks(2)
        .map(|pair| {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}
