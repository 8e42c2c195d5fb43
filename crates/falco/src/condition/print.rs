//! A syntax tree as text, which parses to the same tree.

use super::{Compare, Expression, Kind, Operand, OperandKind, Right, escape};
use std::fmt::{Display, Formatter, Result};

impl Display for Expression {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match &self.kind {
            Kind::And(parts) => chain(parts, " and ", out),
            Kind::Or(parts) => chain(parts, " or ", out),
            Kind::Not(inner) => write!(out, "not {}", Inner(inner)),
            // `not` before a blank is the operator.
            Kind::Macro(name) if name == "not" => out.write_str("(not)"),
            Kind::Macro(name) => out.write_str(name),
            Kind::Exists(operand) => write!(out, "{operand} exists"),
            Kind::Compare(compare) => {
                let Compare { left, comparison, right } = &**compare;
                write!(out, "{left} {}", comparison.operator.name())?;
                if let Some(modifier) = comparison.modifier {
                    write!(out, " {}", modifier.name())?;
                }
                write!(out, " {right}")
            }
        }
    }
}

/// A part of a larger condition: chains in parentheses.
struct Inner<'a>(&'a Expression);

impl Display for Inner<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self.0.kind {
            Kind::And(_) | Kind::Or(_) | Kind::Not(_) => write!(out, "({})", self.0),
            _ => write!(out, "{}", self.0),
        }
    }
}

fn chain(parts: &[Expression], between: &str, out: &mut Formatter<'_>) -> Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(between)?;
        }
        write!(out, "{}", Inner(part))?;
    }
    Ok(())
}

impl Display for Operand {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let argument = match &self.kind {
            OperandKind::Field { name, argument } => {
                out.write_str(name)?;
                argument
            }
            OperandKind::Function { function, operands, argument } => {
                write!(out, "{}(", function.name())?;
                operand_chain(operands, out)?;
                argument
            }
            OperandKind::Literal(text) => {
                let text = escape(text);
                return if text.starts_with('"') { out.write_str(&text) } else { write!(out, "\"{text}\"") };
            }
            OperandKind::List(operands) => {
                out.write_str("(")?;
                return operand_chain(operands, out);
            }
        };
        match argument {
            Some(text) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !text.is_empty() => {
                write!(out, "[{text}]")
            }
            Some(text) => {
                let text = escape(text.as_bytes());
                if text.starts_with('"') { write!(out, "[{text}]") } else { write!(out, "[\"{text}\"]") }
            }
            None => Ok(()),
        }
    }
}

fn operand_chain(operands: &[Operand], out: &mut Formatter<'_>) -> Result {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write!(out, "{operand}")?;
    }
    out.write_str(")")
}

impl Display for Right {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Literal { text, .. } => out.write_str(&escape(text)),
            Self::List { items, .. } => {
                let items: Vec<String> = items.iter().map(|item| escape(item)).collect();
                write!(out, "({})", items.join(", "))
            }
            Self::Operand(operand) => write!(out, "{operand}"),
        }
    }
}
