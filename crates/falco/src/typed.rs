//! Conditions with types: fields looked up, constants read by the type of what they are compared with.
//!
//! Which operator goes with which type, and what constants mean, is libsinsp's `filter_compare.cpp`,
//! `value_parser.cpp` and `sinsp_filtercheck.cpp`.

use crate::condition::{
    Comparison, Expression, Function, Kind, Operand, OperandKind, Operator, Position, Right,
};
use crate::constants::{decode_hex, read_constant};
use crate::vocabulary::{Constant, Field, Several, ValueType, Vocabulary};

/// A condition that can be compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// True when all are.
    And(Vec<Typed>),
    /// True when any is.
    Or(Vec<Typed>),
    /// True when it is not.
    Not(Box<Typed>),
    /// A comparison.
    Check(Box<Check>),
}

/// A comparison with types.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is compared.
    pub left: TypedOperand,
    /// How.
    pub comparison: Comparison,
    /// With what; nothing for `exists`.
    pub right: TypedRight,
}

/// What stands right of an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedRight {
    /// Nothing.
    Nothing,
    /// Constants: one, or the items of a list.
    Constants(Vec<Constant>),
    /// Another field.
    Operand(TypedOperand),
}

/// Something with a value of a known type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedOperand {
    /// What it is.
    pub kind: TypedKind,
    /// Type of its value, or of the elements of a list.
    pub value_type: ValueType,
    /// How several values are compared.
    pub several: Several,
}

/// What has a value.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedKind {
    /// A field.
    Field(Field),
    /// A function of others.
    Function {
        /// Which.
        function: Function,
        /// Of what.
        operands: Vec<TypedOperand>,
        /// The one option that `getopt` looks for.
        option: Option<u8>,
    },
    /// A constant.
    Literal(Vec<u8>),
    /// A list.
    List(Vec<TypedOperand>),
}

impl TypedOperand {
    fn is_list(&self) -> bool {
        self.several == Several::List
    }

    /// The field below functions of one value.
    fn field(&self) -> Option<&Field> {
        match &self.kind {
            TypedKind::Field(field) => Some(field),
            TypedKind::Function { operands, .. } if operands.len() == 1 => operands[0].field(),
            _ => None,
        }
    }

    fn name(&self) -> String {
        self.field().map_or_else(|| "INTERNAL".to_owned(), |field| field.name.clone())
    }
}

/// Why a condition has no types, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeError {
    pub(crate) message: String,
    pub(crate) at: Position,
}

/// Something that means another thing than it seems to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeWarning {
    pub(crate) message: String,
    pub(crate) at: Position,
}

/// Gives types to a condition whose macros are resolved.
pub(crate) fn type_condition(
    condition: &Expression,
    vocabulary: &dyn Vocabulary,
    warnings: &mut Vec<TypeWarning>,
) -> Result<Typed, TypeError> {
    let at = condition.at;
    let mut many = |parts: &[Expression]| {
        parts.iter().map(|part| type_condition(part, vocabulary, warnings)).collect::<Result<Vec<_>, _>>()
    };
    let check = match &condition.kind {
        Kind::And(parts) => return many(parts).map(Typed::And),
        Kind::Or(parts) => return many(parts).map(Typed::Or),
        Kind::Not(inner) => {
            return type_condition(inner, vocabulary, warnings).map(|inner| Typed::Not(Box::new(inner)));
        }
        Kind::Macro(name) => {
            return Err(TypeError { message: format!("filter error: unexpected identifier '{name}'"), at });
        }
        Kind::Exists(operand) => {
            let left = type_operand(operand, vocabulary).map_err(|message| TypeError { message, at })?;
            let comparison = Comparison { operator: Operator::Exists, modifier: None };
            Check { left, comparison, right: TypedRight::Nothing }
        }
        Kind::Compare(compare) => {
            let left =
                type_operand(&compare.left, vocabulary).map_err(|message| TypeError { message, at })?;
            check_comparable(&left, compare.comparison).map_err(|message| TypeError { message, at })?;
            let right = type_right(&left, compare.comparison, &compare.right, vocabulary, warnings)
                .map_err(|message| TypeError { message, at })?;
            Check { left, comparison: compare.comparison, right }
        }
    };
    Ok(Typed::Check(Box::new(check)))
}

/// Looks up fields and checks functions.
pub(crate) fn type_operand(operand: &Operand, vocabulary: &dyn Vocabulary) -> Result<TypedOperand, String> {
    match &operand.kind {
        OperandKind::Field { name, argument } => {
            let field = vocabulary.field(name, argument.as_deref()).map_err(|error| match error {
                crate::FieldError::Unknown(_) => {
                    let name = match argument {
                        Some(argument) => format!("{name}[{argument}]"),
                        None => name.clone(),
                    };
                    format!("filter_check called with nonexistent field {name}")
                }
                other => format!("filter error: {other}"),
            })?;
            let (value_type, several) = (field.value_type, field.several);
            Ok(TypedOperand { kind: TypedKind::Field(field), value_type, several })
        }
        OperandKind::Literal(text) => Ok(TypedOperand {
            kind: TypedKind::Literal(text.clone()),
            value_type: ValueType::Text,
            several: Several::Never,
        }),
        OperandKind::List(operands) => {
            let operands = operands
                .iter()
                .map(|operand| type_operand(operand, vocabulary))
                .collect::<Result<Vec<_>, _>>()?;
            let value_type = operands.first().map_or(ValueType::Text, |operand| operand.value_type);
            Ok(TypedOperand { kind: TypedKind::List(operands), value_type, several: Several::List })
        }
        OperandKind::Function { function, operands, argument } => {
            let operands = operands
                .iter()
                .map(|operand| type_operand(operand, vocabulary))
                .collect::<Result<Vec<_>, _>>()?;
            type_function(*function, operands, argument.as_deref())
        }
    }
}

fn type_function(
    function: Function,
    mut operands: Vec<TypedOperand>,
    argument: Option<&str>,
) -> Result<TypedOperand, String> {
    let name = function.name();
    if argument.is_some() && function != Function::GetOption {
        return Err(format!("filter error: transformer '{name}' does not support field arguments"));
    }
    let several = |several, value_type, operands, option| {
        Ok(TypedOperand { kind: TypedKind::Function { function, operands, option }, value_type, several })
    };
    match function {
        Function::Value => Ok(operands.swap_remove(0)),
        Function::ToLower | Function::ToUpper | Function::Base64 | Function::BaseName | Function::Length => {
            let [operand] = operands.as_slice() else {
                return Err(format!("'{name}' takes one operand"));
            };
            if operand.field().is_some_and(|field| !field.takes_functions) {
                return Err(format!("field '{}' does not support transformers", operand.name()));
            }
            let (value_type, is_list) = (operand.value_type, operand.is_list());
            let fits = match function {
                Function::Length => is_list || value_type.is_text() || value_type == ValueType::Bytes,
                Function::Base64 => matches!(value_type, ValueType::Text | ValueType::Bytes),
                _ => value_type.is_text(),
            };
            if !fits {
                return Err(format!(
                    "can't add field transformer: type '{}' is not supported by '{name}' transformer applied on {}field '{}'",
                    value_type.name(),
                    if is_list { "list " } else { "" },
                    operand.name()
                ));
            }
            if function == Function::Length {
                several(Several::Never, ValueType::Unsigned(64), operands, None)
            } else {
                several(operand.several, value_type, operands, None)
            }
        }
        Function::Join => {
            let [separator, list] = operands.as_slice() else {
                return Err("join() requires exactly 2 arguments: separator and list".to_owned());
            };
            if separator.is_list() {
                return Err("join() first argument (separator) must be a single value, not a list".to_owned());
            }
            if !list.is_list() {
                return Err("join() second argument must be a list".to_owned());
            }
            several(Several::Never, ValueType::Text, operands, None)
        }
        Function::Concat => {
            if operands.len() < 2 {
                return Err("concat() requires at least 2 arguments".to_owned());
            }
            if operands.iter().any(|operand| operand.value_type != ValueType::Text || operand.is_list()) {
                return Err("concat() arguments must be strings".to_owned());
            }
            several(Several::Never, ValueType::Text, operands, None)
        }
        Function::GetOption => {
            let [arguments, options] = operands.as_slice() else {
                return Err("getopt() requires exactly 2 arguments: args list and optstring".to_owned());
            };
            if !arguments.is_list() {
                return Err("getopt() first argument must be a list".to_owned());
            }
            if options.is_list() {
                return Err("getopt() second argument (optstring) must be a single value".to_owned());
            }
            if arguments.value_type != ValueType::Text || options.value_type != ValueType::Text {
                return Err("getopt() arguments must be strings".to_owned());
            }
            let option = match argument.map(str::as_bytes) {
                None => None,
                Some([option]) => Some(*option),
                Some(_) => {
                    return Err("getopt() field argument must be a single option character".to_owned());
                }
            };
            let is_one = if option.is_some() { Several::Never } else { Several::List };
            several(is_one, ValueType::Text, operands, option)
        }
    }
}

/// Whether an operator goes with a type.
fn check_comparable(left: &TypedOperand, comparison: Comparison) -> Result<(), String> {
    use Operator as O;
    let operator = comparison.operator;
    let name = operator.name();
    let refused = |kind: &str| Err(format!("filter error: '{name}' operator not supported {kind}"));
    if left.is_list() {
        if !matches!(
            left.value_type,
            ValueType::Text
                | ValueType::Unsigned(64)
                | ValueType::RelativeTime
                | ValueType::AbsoluteTime
                | ValueType::Bool
                | ValueType::Address
                | ValueType::Network
        ) {
            let type_name = left.value_type.name();
            return Err(format!("filter error: list filters are not supported for type '{type_name}'"));
        }
        return match operator {
            O::In | O::Intersects => Ok(()),
            _ => refused("list filters"),
        };
    }
    let equality = matches!(operator, O::Equal | O::NotEqual | O::In | O::Intersects);
    let order = matches!(operator, O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual);
    match left.value_type {
        ValueType::Text | ValueType::Path => match operator {
            O::ContainsBytes | O::StartsWithBytes => refused("for string filters"),
            _ => Ok(()),
        },
        ValueType::Bytes => match operator {
            O::Contains | O::StartsWith | O::EndsWith | O::ContainsBytes | O::StartsWithBytes => Ok(()),
            _ if equality => Ok(()),
            _ => refused("for buffer filters"),
        },
        ValueType::Bool => {
            if equality {
                Ok(())
            } else {
                refused("for numeric filters")
            }
        }
        ValueType::Address | ValueType::Network => {
            if equality {
                Ok(())
            } else if comparison.modifier.is_some() {
                Err(format!(
                    "filter error: '{name}' with modifier not supported for ip address and network filters"
                ))
            } else {
                refused("for ip address and network filters")
            }
        }
        ValueType::Opaque => refused(&format!("for type '{}'", left.value_type.name())),
        _ => {
            if equality || order {
                Ok(())
            } else {
                refused("for numeric filters")
            }
        }
    }
}

fn type_right(
    left: &TypedOperand,
    comparison: Comparison,
    right: &Right,
    vocabulary: &dyn Vocabulary,
    warnings: &mut Vec<TypeWarning>,
) -> Result<TypedRight, String> {
    let (at, texts): (Position, &[Vec<u8>]) = match right {
        Right::Operand(operand) => {
            let right = type_operand(operand, vocabulary)?;
            check_fields(left, comparison, &right)?;
            return Ok(TypedRight::Operand(right));
        }
        Right::Literal { at, text } => (*at, std::slice::from_ref(text)),
        Right::List { at, items } => (*at, items),
    };
    let mut constants = Vec::with_capacity(texts.len());
    for text in texts {
        warn_of_value(comparison.operator, text, at, vocabulary, warnings);
        constants.push(constant(left, comparison.operator, text, vocabulary)?);
    }
    Ok(TypedRight::Constants(constants))
}

fn constant(
    left: &TypedOperand,
    operator: Operator,
    text: &[u8],
    vocabulary: &dyn Vocabulary,
) -> Result<Constant, String> {
    if matches!(operator, Operator::ContainsBytes | Operator::StartsWithBytes) {
        return decode_hex(text).map(Constant::Bytes).ok_or_else(|| {
            "filter error: bcontains and bstartswith operator support hex strings only".to_owned()
        });
    }
    let constant = read_constant(left.value_type, text, vocabulary)?;
    if operator == Operator::Regex {
        let pattern = crate::constants::regex_pattern(text);
        regex::bytes::RegexBuilder::new(&pattern)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| format!("invalid regex pattern: {error}"))?;
    }
    if let TypedKind::Field(field) = &left.kind {
        vocabulary.check_constant(field, &String::from_utf8_lossy(text))?;
    }
    Ok(constant)
}

/// What must hold for a field to be compared with a field.
fn check_fields(left: &TypedOperand, comparison: Comparison, right: &TypedOperand) -> Result<(), String> {
    if matches!(comparison.operator, Operator::PathMatch | Operator::Regex) {
        let name = comparison.operator.name();
        return Err(format!("operator '{name}' doesn't support right-hand side fields"));
    }
    if left.value_type == ValueType::Network {
        return Err("field type 'IPNET' doesn't support right-hand side fields".to_owned());
    }
    if left.field().is_some_and(|field| !field.compares_to_fields) {
        return Err(format!("field '{}' doesn't support right-hand side fields", left.name()));
    }
    if right.field().is_some_and(|field| !field.compares_to_fields) {
        return Err(format!("field '{}' can't be used as a right-hand side field", right.name()));
    }
    if left.value_type != right.value_type || left.is_list() != right.is_list() {
        let kind = |side: &TypedOperand| {
            format!("'{}'{}", side.value_type.name(), if side.is_list() { " (list)" } else { "" })
        };
        return Err(format!(
            "field '{}' has type {} while the right-hand side field '{}' has incompatible type {}",
            left.name(),
            kind(left),
            right.name(),
            kind(right)
        ));
    }
    Ok(())
}

fn warn_of_value(
    operator: Operator,
    text: &[u8],
    at: Position,
    vocabulary: &dyn Vocabulary,
    warnings: &mut Vec<TypeWarning>,
) {
    let text = String::from_utf8_lossy(text);
    if operator == Operator::Regex && !needs_regex(text.as_bytes()) {
        warnings.push(TypeWarning {
            message: format!(
                "regex check with '{text}' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'"
            ),
            at,
        });
    }
    let dense: String = text.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let (name, argument) = match dense.strip_suffix(']').and_then(|inner| inner.split_once('[')) {
        Some((name, argument)) => (name, Some(argument)),
        None => (dense.as_str(), None),
    };
    if name.contains('.') && vocabulary.field(name, argument).is_ok() {
        let message = format!("'{text}' may be a valid field misused as a const string value");
        warnings.push(TypeWarning { message, at });
    }
    if let Some((function, _)) = dense.strip_suffix(')').and_then(|inner| inner.split_once('('))
        && std::iter::once(Function::Value).chain(Function::ALL).any(|known| known.name() == function)
    {
        let message = format!("'{text}' may be a valid field transformer misused as a const string value");
        warnings.push(TypeWarning { message, at });
    }
}

/// Whether a pattern has more than anchors and `.*` at its ends.
fn needs_regex(pattern: &[u8]) -> bool {
    let length = pattern.len();
    let mut index = 0;
    while index < length {
        let byte = pattern[index];
        let is_edge = index == 0 && byte == b'^' || index + 1 == length && byte == b'$';
        let is_outer = index == 0 && length > 1 || index + 2 == length;
        if is_edge {
            index += 1;
        } else if is_outer && byte == b'.' && matches!(pattern[index + 1], b'+' | b'*' | b'?') {
            index += 2;
        } else if b".+*?^$()[]{}|\\".contains(&byte) {
            return true;
        } else {
            index += 1;
        }
    }
    false
}
