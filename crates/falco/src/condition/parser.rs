//! The parser: recursive descent, bounded in depth.

use super::lexer::Lexer;
use super::{
    Compare, Comparison, Expression, Function, Kind, Operand, OperandKind, Operator, Position, Right,
};

/// How deep a condition may nest, counted in steps of the grammar: five a parenthesis.
pub const DEPTH_MAX: usize = 100;

/// The same for conditions of rules and macros.
pub const DEPTH_MAX_IN_RULES: usize = 1000;

/// Why a text is no condition, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConditionError {
    /// What was expected.
    pub message: String,
    /// Where the parser stood.
    pub at: Position,
}

/// Parses a condition, all of it.
///
/// # Errors
///
/// Tells what was expected where.
pub fn parse_condition(text: &str, depth_max: usize) -> Result<Expression, ConditionError> {
    let mut parser = Parser { lexer: Lexer::new(text), depth_max };
    let parsed = if text.is_empty() {
        Err("filter input string is empty".to_owned())
    } else {
        parser.or(0).and_then(|expression| {
            if parser.lexer.at.offset == text.len() {
                Ok(expression)
            } else {
                let last = &parser.lexer.last;
                Err(format!("unexpected token after '{last}', expecting 'or', 'and'"))
            }
        })
    };
    parsed.map_err(|message| ConditionError { message, at: parser.lexer.at })
}

/// Parses a field or functions of fields from the start of a text, as outputs have them. Tells how many bytes it took.
///
/// # Errors
///
/// Tells what was expected where.
pub fn parse_operand(text: &str, depth_max: usize) -> Result<(Operand, usize), ConditionError> {
    let mut parser = Parser { lexer: Lexer::new(text), depth_max };
    let at = parser.lexer.at;
    let parsed = match parser.field_or_function(0, at) {
        Ok(Some(operand)) => Ok((operand, parser.lexer.at.offset)),
        Ok(None) => Err("expected a field or a function".to_owned()),
        Err(message) => Err(message),
    };
    parsed.map_err(|message| ConditionError { message, at: parser.lexer.at })
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    depth_max: usize,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn deeper(&self, depth: usize) -> Parsed<usize> {
        if depth + 1 >= self.depth_max {
            return Err(format!("exceeded max depth limit of {}", self.depth_max));
        }
        Ok(depth + 1)
    }

    fn or(&mut self, depth: usize) -> Parsed<Expression> {
        self.chain(depth, "or", Self::and, Kind::Or)
    }

    fn and(&mut self, depth: usize) -> Parsed<Expression> {
        self.chain(depth, "and", Self::not, Kind::And)
    }

    fn chain(
        &mut self,
        depth: usize,
        word: &str,
        part: fn(&mut Self, usize) -> Parsed<Expression>,
        join: fn(Vec<Expression>) -> Kind,
    ) -> Parsed<Expression> {
        let depth = self.deeper(depth)?;
        let at = self.lexer.at;
        self.lexer.blank();
        let first = part(self, depth)?;
        self.lexer.blank();
        let mut parts = vec![first];
        while self.lexer.literal(word) {
            if self.lexer.blank() {
                parts.push(part(self, depth)?);
            } else if self.lexer.literal("(") {
                parts.push(self.parenthesis(depth)?);
            } else {
                return Err(format!("expected blank or '(' after '{word}'"));
            }
            self.lexer.blank();
        }
        if parts.len() == 1 {
            return Ok(parts.swap_remove(0));
        }
        Ok(Expression { at, kind: join(parts) })
    }

    fn not(&mut self, depth: usize) -> Parsed<Expression> {
        let depth = self.deeper(depth)?;
        let at = self.lexer.at;
        self.lexer.blank();
        let mut is_not = false;
        while self.lexer.not() {
            is_not = !is_not;
        }
        let inner = if self.lexer.literal("not(") {
            is_not = !is_not;
            self.parenthesis(depth)?
        } else {
            self.check(depth)?
        };
        Ok(if is_not { Expression { at, kind: Kind::Not(Box::new(inner)) } } else { inner })
    }

    /// What follows an opening parenthesis.
    fn parenthesis(&mut self, depth: usize) -> Parsed<Expression> {
        let depth = self.deeper(depth)?;
        self.lexer.blank();
        let inner = self.or(depth)?;
        self.lexer.blank();
        if self.lexer.literal(")") { Ok(inner) } else { Err("expected a ')' token".to_owned()) }
    }

    fn check(&mut self, depth: usize) -> Parsed<Expression> {
        let depth = self.deeper(depth)?;
        let at = self.lexer.at;
        self.lexer.blank();
        if self.lexer.literal("(") {
            return self.parenthesis(depth);
        }
        if let Some(left) = self.field_or_function(depth, at)? {
            return self.comparison(depth, left, at);
        }
        match self.lexer.identifier() {
            Some(name) => Ok(Expression { at, kind: Kind::Macro(name) }),
            None => Err("expected a '(' token, a field check, or an identifier".to_owned()),
        }
    }

    fn field_or_function(&mut self, depth: usize, at: Position) -> Parsed<Option<Operand>> {
        if let Some(name) = self.lexer.field_name() {
            return self.field(depth, name, at).map(Some);
        }
        match self.function_name() {
            Some(function) => self.function(depth, function, at).map(Some),
            None => Ok(None),
        }
    }

    fn field(&mut self, depth: usize, name: String, at: Position) -> Parsed<Operand> {
        self.deeper(depth)?;
        let argument = self.bracket()?;
        Ok(Operand { at, kind: OperandKind::Field { name, argument } })
    }

    fn bracket(&mut self) -> Parsed<Option<String>> {
        if !self.lexer.literal("[") {
            return Ok(None);
        }
        let argument = match self.lexer.quoted()? {
            Some(text) => String::from_utf8_lossy(&text).into_owned(),
            None => self.lexer.field_argument().ok_or_else(|| {
                "expected a valid field argument: a quoted string or a bare string".to_owned()
            })?,
        };
        if self.lexer.literal("]") { Ok(Some(argument)) } else { Err("expected a ']' token".to_owned()) }
    }

    fn function_name(&mut self) -> Option<Function> {
        Function::ALL.into_iter().find(|function| {
            self.lexer
                .rest()
                .strip_prefix(function.name().as_bytes())
                .is_some_and(|rest| rest.starts_with(b"("))
                && self.lexer.literal(function.name())
                && self.lexer.literal("(")
        })
    }

    /// What follows the opening parenthesis of a function.
    fn function(&mut self, depth: usize, function: Function, at: Position) -> Parsed<Operand> {
        let depth = self.deeper(depth)?;
        let mut operands = Vec::new();
        loop {
            self.lexer.blank();
            operands.push(self.function_operand(depth)?);
            self.lexer.blank();
            if !self.lexer.literal(",") {
                break;
            }
        }
        if !self.lexer.literal(")") {
            return Err("expected a ')' token closing the transformer".to_owned());
        }
        let argument = self.bracket()?;
        Ok(Operand { at, kind: OperandKind::Function { function, operands, argument } })
    }

    fn function_operand(&mut self, depth: usize) -> Parsed<Operand> {
        let depth = self.deeper(depth)?;
        let at = self.lexer.at;
        if let Some(literal) = self.number_or_quoted()? {
            return Ok(Operand { at, kind: OperandKind::Literal(literal) });
        }
        if self.lexer.literal("(") {
            return self.operand_list(depth, at);
        }
        self.field_or_function(depth, at)?.ok_or_else(|| {
            "expected a field, a valid transformer, a quoted string, a number or a list".to_owned()
        })
    }

    fn operand_list(&mut self, depth: usize, at: Position) -> Parsed<Operand> {
        let mut operands = Vec::new();
        self.lexer.blank();
        if !self.lexer.literal(")") {
            loop {
                self.lexer.blank();
                let at = self.lexer.at;
                let operand = match self.field_or_function(depth, at)? {
                    Some(operand) => operand,
                    None => match self.number_or_quoted()? {
                        Some(literal) => Operand { at, kind: OperandKind::Literal(literal) },
                        None => {
                            return Err("expected transformer list argument: field, transformer, quoted \
                                        string, or number"
                                .to_owned());
                        }
                    },
                };
                operands.push(operand);
                self.lexer.blank();
                if !self.lexer.literal(",") {
                    break;
                }
            }
            if !self.lexer.literal(")") {
                return Err("expected ')'".to_owned());
            }
        }
        Ok(Operand { at, kind: OperandKind::List(operands) })
    }

    fn number_or_quoted(&mut self) -> Parsed<Option<Vec<u8>>> {
        match self.lexer.number() {
            Some(number) => Ok(Some(number)),
            None => self.lexer.quoted(),
        }
    }

    fn comparison(&mut self, depth: usize, left: Operand, at: Position) -> Parsed<Expression> {
        let depth = self.deeper(depth)?;
        self.lexer.blank();
        if self.lexer.operator(|operator| operator == Operator::Exists).is_some() {
            return Ok(Expression { at, kind: Kind::Exists(left) });
        }
        let is_number = |operator: Operator| {
            matches!(
                operator,
                Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
            )
        };
        let mut modifier = None;
        let (operator, right) = if let Some(operator) = self.lexer.operator(is_number) {
            (operator, self.right_number(depth)?)
        } else if let Some(operator) = self.lexer.operator(Operator::takes_modifier) {
            let is_word = operator.name().as_bytes()[0].is_ascii_alphabetic();
            let saved = (self.lexer.at, self.lexer.last.clone());
            if is_word || self.lexer.blank() {
                modifier = self
                    .lexer
                    .modifier()
                    .filter(|_| self.lexer.list_follows() && !self.lexer.connective_follows());
            }
            if modifier.is_some() {
                (operator, self.right_list(depth, false)?)
            } else {
                (self.lexer.at, self.lexer.last) = saved;
                (operator, self.right_text(depth)?)
            }
        } else if let Some(operator) = self.lexer.operator(Operator::takes_list) {
            (operator, self.right_list(depth, true)?)
        } else {
            return Err(format!(
                "expected a valid check operator: one of {}",
                quoted_names(Operator::ALL.map(Operator::name))
            ));
        };
        let comparison = Comparison { operator, modifier };
        Ok(Expression { at, kind: Kind::Compare(Box::new(Compare { left, comparison, right })) })
    }

    fn right_number(&mut self, depth: usize) -> Parsed<Right> {
        let depth = self.deeper(depth)?;
        self.lexer.blank();
        let at = self.lexer.at;
        if let Some(operand) = self.right_operand(depth)? {
            return Ok(Right::Operand(operand));
        }
        match self.lexer.number() {
            Some(text) => Ok(Right::Literal { at, text }),
            None => Err(format!(
                "expected a number value or a field with a valid transformer: {}",
                function_names()
            )),
        }
    }

    fn right_text(&mut self, depth: usize) -> Parsed<Right> {
        let depth = self.deeper(depth)?;
        self.lexer.blank();
        let at = self.lexer.at;
        if let Some(operand) = self.right_operand(depth)? {
            return Ok(Right::Operand(operand));
        }
        match self.text()? {
            Some(text) => Ok(Right::Literal { at, text }),
            None => Err(format!(
                "expected a string value or a field with a valid transformer: {}",
                function_names()
            )),
        }
    }

    fn text(&mut self) -> Parsed<Option<Vec<u8>>> {
        match self.lexer.quoted()? {
            Some(text) => Ok(Some(text)),
            None => Ok(self.lexer.bare()),
        }
    }

    fn right_list(&mut self, depth: usize, takes_operand: bool) -> Parsed<Right> {
        let depth = self.deeper(depth)?;
        self.lexer.blank();
        let at = self.lexer.at;
        if self.lexer.literal("(") {
            return self.items().map(|items| Right::List { at, items });
        }
        if takes_operand && let Some(operand) = self.right_operand(depth)? {
            return Ok(Right::Operand(operand));
        }
        match self.lexer.identifier() {
            Some(name) => Ok(Right::Literal { at, text: name.into_bytes() }),
            None if takes_operand => Err(format!(
                "expected a list, an identifier, or a field with a valid transformer: {}",
                function_names()
            )),
            None => Err("expected a list or an identifier".to_owned()),
        }
    }

    /// What follows the opening parenthesis of a list.
    fn items(&mut self) -> Parsed<Vec<Vec<u8>>> {
        let mut items = Vec::new();
        self.lexer.blank();
        if let Some(first) = self.text()? {
            items.push(first);
            self.lexer.blank();
            while self.lexer.literal(",") {
                self.lexer.blank();
                items.push(self.text()?.ok_or_else(|| "expected a string value".to_owned())?);
                self.lexer.blank();
            }
        }
        if self.lexer.literal(")") { Ok(items) } else { Err("expected a ')' token".to_owned()) }
    }

    /// A field or functions of fields right of an operator.
    fn right_operand(&mut self, depth: usize) -> Parsed<Option<Operand>> {
        let depth = self.deeper(depth)?;
        self.lexer.blank();
        let at = self.lexer.at;
        if !self.lexer.literal("val(") {
            return match self.function_name() {
                Some(function) => self.function(depth, function, at).map(Some),
                None => Ok(None),
            };
        }
        self.lexer.blank();
        let field_at = self.lexer.at;
        let Some(name) = self.lexer.field_name() else {
            return Err("expected a field within 'val' transformer".to_owned());
        };
        let field = self.field(depth, name, field_at)?;
        self.lexer.blank();
        if !self.lexer.literal(")") {
            return Err("expected a ')' token closing the transformer".to_owned());
        }
        let argument = self.bracket()?;
        let kind = OperandKind::Function { function: Function::Value, operands: vec![field], argument };
        Ok(Some(Operand { at, kind }))
    }
}

fn function_names() -> String {
    quoted_names(std::iter::once(Function::Value).chain(Function::ALL).map(Function::name))
}

fn quoted_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("'{name}'")).collect();
    names.join(", ")
}
