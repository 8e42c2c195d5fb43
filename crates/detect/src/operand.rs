//! Values of operands: fields, and functions of them.

use crate::fields::FieldId;
use crate::{Source, Value};
use falco::condition::Function;
use falco::{Argument, Several, TypedKind, TypedOperand};

/// An operand, ready to be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Field(FieldId, Argument, Several),
    Function(Function, Vec<Operand>, Option<u8>),
    Literal(Vec<u8>),
    List(Vec<Operand>),
}

impl Operand {
    pub(crate) fn new(typed: &TypedOperand) -> Option<Self> {
        let many = |operands: &[TypedOperand]| operands.iter().map(Self::new).collect::<Option<Vec<_>>>();
        Some(match &typed.kind {
            TypedKind::Field(field) => {
                Self::Field(FieldId::of_number(field.id)?, field.argument.clone(), field.several)
            }
            TypedKind::Function { function, operands, option } => {
                Self::Function(*function, many(operands)?, *option)
            }
            TypedKind::Literal(text) => Self::Literal(text.clone()),
            TypedKind::List(operands) => Self::List(many(operands)?),
        })
    }

    /// The one value.
    pub(crate) fn value<'v>(&'v self, source: &'v impl Source, room: &'v mut Vec<u8>) -> Value<'v> {
        room.clear();
        match self {
            Self::Field(field, argument, _) => source.value(*field, argument, room),
            Self::Literal(text) => Value::Text(text),
            Self::List(_) => Value::Missing,
            Self::Function(function, operands, option) => match apply(*function, operands, *option, source) {
                Some(Made::Text(text)) => {
                    *room = text;
                    Value::Text(room)
                }
                Some(Made::Number(number)) => Value::Unsigned(number),
                None => Value::Missing,
            },
        }
    }

    /// All values of a list; nothing when it is missing.
    fn texts(&self, source: &impl Source) -> Option<Vec<Vec<u8>>> {
        let mut texts = Vec::new();
        match self {
            Self::List(operands) => {
                for operand in operands {
                    let mut room = Vec::new();
                    texts.push(text_of(operand.value(source, &mut room))?);
                }
            }
            Self::Function(Function::GetOption, operands, None) => {
                texts = options(operands, None, source)?;
            }
            Self::Function(function, operands, _) => {
                // Functions of one value go over lists.
                for text in operands.first()?.texts(source)? {
                    texts.push(change(*function, &text)?);
                }
            }
            Self::Field(field, argument, _) => source.each(*field, argument, &mut |value| {
                texts.extend(text_of(value));
                true
            }),
            Self::Literal(text) => texts.push(text.clone()),
        }
        Some(texts)
    }

    /// Shows each value of a list, until `visit` returns false.
    pub(crate) fn each(&self, source: &impl Source, visit: &mut dyn FnMut(Value<'_>) -> bool) {
        match self {
            Self::Field(field, argument, _) => source.each(*field, argument, visit),
            _ => {
                for text in self.texts(source).unwrap_or_default() {
                    if !visit(Value::Text(&text)) {
                        return;
                    }
                }
            }
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        match self {
            Self::Field(_, _, several) => *several == Several::List,
            Self::List(_) | Self::Function(Function::GetOption, _, None) => true,
            Self::Function(
                Function::ToLower | Function::ToUpper | Function::BaseName | Function::Base64,
                operands,
                _,
            ) => operands.first().is_some_and(Self::is_list),
            _ => false,
        }
    }
}

enum Made {
    Text(Vec<u8>),
    Number(u64),
}

fn apply(function: Function, operands: &[Operand], option: Option<u8>, source: &impl Source) -> Option<Made> {
    let mut room = Vec::new();
    match function {
        Function::Length if operands.first()?.is_list() => {
            let count = operands[0].texts(source)?.len();
            Some(Made::Number(u64::try_from(count).ok()?))
        }
        Function::Length => match operands.first()?.value(source, &mut room) {
            Value::Text(text) => Some(Made::Number(u64::try_from(text.len()).ok()?)),
            _ => None,
        },
        Function::Join => {
            let separator = text_of(operands.first()?.value(source, &mut room))?;
            let texts = operands.get(1)?.texts(source)?;
            Some(Made::Text(texts.join(separator.as_slice())))
        }
        Function::Concat => {
            let mut joined = Vec::new();
            for operand in operands {
                joined.extend(text_of(operand.value(source, &mut room))?);
            }
            Some(Made::Text(joined))
        }
        Function::GetOption => options(operands, option, source)?.pop().map(Made::Text),
        _ => match operands.first()?.value(source, &mut room) {
            Value::Text(text) => change(function, text).map(Made::Text),
            _ => None,
        },
    }
}

fn text_of(value: Value<'_>) -> Option<Vec<u8>> {
    match value {
        Value::Text(text) => Some(text.to_vec()),
        _ => None,
    }
}

fn change(function: Function, text: &[u8]) -> Option<Vec<u8>> {
    match function {
        Function::ToLower => Some(text.to_ascii_lowercase()),
        Function::ToUpper => Some(text.to_ascii_uppercase()),
        Function::BaseName => {
            Some(memchr::memrchr(b'/', text).map_or(text, |slash| &text[slash + 1..]).to_vec())
        }
        Function::Base64 => decode_base64(text),
        _ => None,
    }
}

/// Base64 with or without padding; anything else decodes to nothing.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let mut decoded = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    (count != 6).then_some(decoded)
}

/// Options of an argument list as getopt(3) reads it: each option, and behind it its value; with `wanted` the last value
/// of that option alone. Long options are passed over; what is no option ends the search.
fn options(operands: &[Operand], wanted: Option<u8>, source: &impl Source) -> Option<Vec<Vec<u8>>> {
    let mut room = Vec::new();
    let known = text_of(operands.get(1)?.value(source, &mut room))?;
    let takes_value = |option: u8| {
        let at = known.iter().position(|known| *known == option && option != b':')?;
        Some(known.get(at + 1) == Some(&b':'))
    };
    let arguments = operands.first()?.texts(source)?;
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut last = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == b"--" || argument.len() < 2 || argument[0] != b'-' {
            break;
        }
        if argument.starts_with(b"--") {
            continue;
        }
        for (index, option) in argument.iter().enumerate().skip(1) {
            match takes_value(*option) {
                None => found.push(b"?".to_vec()),
                Some(false) => {
                    found.push(vec![*option]);
                    if wanted == Some(*option) {
                        last = Some(vec![*option]);
                    }
                }
                Some(true) => {
                    let attached = &argument[index + 1..];
                    let value =
                        if attached.is_empty() { rest.next().cloned() } else { Some(attached.to_vec()) };
                    if wanted == Some(*option) {
                        last = Some(value.clone().unwrap_or_default());
                    }
                    match value {
                        Some(value) => found.extend([vec![*option], value]),
                        None => found.push(Vec::new()),
                    }
                    break;
                }
            }
        }
    }
    match wanted {
        Some(_) => last.map(|value| vec![value]),
        None => Some(found),
    }
}
