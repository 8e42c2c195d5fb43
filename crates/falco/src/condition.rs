//! Conditions: the language between `condition:` and the next key.
//!
//! The grammar is that of libsinsp (`userspace/libsinsp/filter/parser.h`, its comment): `or` binds weaker than `and`,
//! `and` weaker than `not`; a check is a field, or functions of fields, with an operator; a word alone is a macro.

mod ast;
mod escape;
mod lexer;
mod operator;
mod parser;
mod print;

pub use ast::{Compare, Expression, Function, Kind, Operand, OperandKind, Position, Right};
pub use escape::escape;
pub use operator::{Comparison, Modifier, Operator};
pub use parser::{ConditionError, DEPTH_MAX, DEPTH_MAX_IN_RULES, parse_condition, parse_operand};

#[cfg(test)]
mod tests;
