//! The syntax tree of a condition.

use super::Comparison;

/// Where something stands in a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// Bytes before it.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Byte in the line, from 1.
    pub column: usize,
}

impl Default for Position {
    fn default() -> Self {
        Self { offset: 0, line: 1, column: 1 }
    }
}

/// A condition, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// Where it begins.
    pub at: Position,
    /// What it is.
    pub kind: Kind,
}

/// What a condition is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// True when all are. Two or more.
    And(Vec<Expression>),
    /// True when any is. Two or more.
    Or(Vec<Expression>),
    /// True when it is not.
    Not(Box<Expression>),
    /// The condition of a macro.
    Macro(String),
    /// True when there is a value.
    Exists(Operand),
    /// True when the values compare so.
    Compare(Box<Compare>),
}

/// A comparison of two sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// The left side.
    pub left: Operand,
    /// How they are compared.
    pub comparison: Comparison,
    /// The right side.
    pub right: Right,
}

/// Something that has a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Where it begins.
    pub at: Position,
    /// What it is.
    pub kind: OperandKind,
}

/// What has a value.
#[derive(Clone, Debug, PartialEq)]
pub enum OperandKind {
    /// A field, with what stands in its brackets.
    Field {
        /// Name with dots.
        name: String,
        /// Text in brackets.
        argument: Option<String>,
    },
    /// A function of others, with what stands in its brackets.
    Function {
        /// Which.
        function: Function,
        /// Between the parentheses.
        operands: Vec<Operand>,
        /// Text in brackets.
        argument: Option<String>,
    },
    /// A constant given to a function.
    Literal(Vec<u8>),
    /// A list given to a function.
    List(Vec<Operand>),
}

/// What stands right of an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Right {
    /// A constant, or the name of a list where a list is wanted and none of that name is there.
    Literal {
        /// Where it begins.
        at: Position,
        /// Its bytes, without quotes.
        text: Vec<u8>,
    },
    /// Constants in parentheses.
    List {
        /// Where it begins.
        at: Position,
        /// Their bytes, without quotes.
        items: Vec<Vec<u8>>,
    },
    /// A field in `val(…)`, or functions of fields.
    Operand(Operand),
}

/// Functions of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `val`: the field itself, right of an operator.
    Value,
    /// `tolower`
    ToLower,
    /// `toupper`
    ToUpper,
    /// `b64`: decodes Base64.
    Base64,
    /// `basename`
    BaseName,
    /// `len`
    Length,
    /// `join`: list with a separator between.
    Join,
    /// `concat`
    Concat,
    /// `getopt`: an option out of arguments.
    GetOption,
}

impl Function {
    /// All but `val`, which stands only right of operators.
    pub const ALL: [Self; 8] = [
        Self::ToLower,
        Self::ToUpper,
        Self::Base64,
        Self::BaseName,
        Self::Length,
        Self::Join,
        Self::Concat,
        Self::GetOption,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "val",
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
            Self::Base64 => "b64",
            Self::BaseName => "basename",
            Self::Length => "len",
            Self::Join => "join",
            Self::Concat => "concat",
            Self::GetOption => "getopt",
        }
    }
}
