//! The syntax tree; every node carries its bytes in the text.

use std::ops::Range;

/// Bytes of the text.
pub type Span = Range<usize>;

/// A parsed text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The statements up to the first one that was not understood.
    pub statements: Vec<Statement>,
    /// Here-documents; [`Redirect::heredoc`] leads here.
    pub heredocs: Vec<Heredoc>,
    /// What was not understood; nothing behind it was read.
    pub problem: Option<Problem>,
}

/// A place where the text cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// One line.
    pub message: String,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes without the terminator.
    pub span: Span,
    /// The pipelines; the connector of the first says nothing.
    pub pipelines: Vec<(Connector, Pipeline)>,
    /// Whether `&` ends it.
    pub is_background: bool,
}

/// What stands in front of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// Nothing: it is the first.
    First,
    /// `&&`.
    And,
    /// `||`.
    Or,
}

/// Commands joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// Its bytes.
    pub span: Span,
    /// The `!` in front.
    pub negation: Option<Span>,
    /// The commands, one at least.
    pub commands: Vec<Command>,
    /// The `|&` in it.
    pub stderr_pipes: Vec<Span>,
}

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its bytes, redirections included.
    pub span: Span,
    /// What it is.
    pub kind: CommandKind,
    /// Redirections, of a simple command too.
    pub redirects: Vec<Redirect>,
}

/// What a command is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// `name argument …`.
    Simple(SimpleCommand),
    /// `( … )`.
    Subshell(Vec<Statement>),
    /// `{ …; }`.
    Group(Vec<Statement>),
    /// `if …; then …; elif …; then …; else …; fi`.
    If {
        /// Conditions and what they guard.
        branches: Vec<(Vec<Statement>, Vec<Statement>)>,
        /// Behind `else`.
        otherwise: Option<Vec<Statement>>,
    },
    /// `while …; do …; done`, `until`.
    While {
        /// Between `while` and `do`.
        condition: Vec<Statement>,
        /// Between `do` and `done`.
        body: Vec<Statement>,
    },
    /// `for name in …; do …; done`, `select`.
    For {
        /// The variable.
        variable: String,
        /// Where it stands.
        variable_span: Span,
        /// Behind `in`; `None` without `in`.
        words: Option<Vec<Word>>,
        /// The body.
        body: Vec<Statement>,
    },
    /// `for ((…; …; …)); do …; done`.
    ArithmeticFor {
        /// Between the parentheses.
        expression: Word,
        /// The body.
        body: Vec<Statement>,
    },
    /// `case … in … esac`.
    Case {
        /// What is looked at.
        word: Word,
        /// Patterns and what they guard.
        arms: Vec<(Vec<Word>, Vec<Statement>)>,
    },
    /// `name() …`, `function name …`.
    Function {
        /// The name.
        name: String,
        /// The keyword `function`.
        keyword: Option<Span>,
        /// The body.
        body: Box<Command>,
    },
    /// `[[ … ]]`.
    Condition(Vec<ConditionItem>),
    /// `(( … ))`.
    Arithmetic(Word),
}

/// A part of `[[ … ]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionItem {
    /// A word; operators that look like words (`-f`, `==`) are words.
    Word(Word),
    /// `&&`, `||`, `(`, `)`, `<`, `>`.
    Operator(Span),
}

/// Assignments and words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimpleCommand {
    /// Its bytes from the first assignment or word to the last.
    pub span: Span,
    /// `name=value` in front.
    pub assignments: Vec<Assignment>,
    /// The name of the command and its arguments.
    pub words: Vec<Word>,
}

/// `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its bytes.
    pub span: Span,
    /// The variable.
    pub name: String,
    /// The subscript with its brackets.
    pub subscript: Option<Span>,
    /// Whether it is `+=`.
    pub is_append: bool,
    /// The value; without parts when it is empty.
    pub value: Word,
}

/// A redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Its bytes.
    pub span: Span,
    /// The descriptor in front, as written.
    pub descriptor: Option<String>,
    /// `>`, `>>`, `<`, `<<`, `<<-`, `<<<`, `>&`, `<&`, `&>`, `&>>`, `>|`, `<>`.
    pub operator: &'static str,
    /// What follows the operator.
    pub target: Word,
    /// Its here-document in [`Script::heredocs`].
    pub heredoc: Option<usize>,
}

/// A here-document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heredoc {
    /// The bytes of its lines.
    pub span: Span,
    /// Whether its delimiter is quoted, so that nothing is expanded.
    pub is_quoted: bool,
    /// Its parts, as between double quotes.
    pub parts: Vec<WordPart>,
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its bytes.
    pub span: Span,
    /// What it is made of.
    pub parts: Vec<WordPart>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordPart {
    /// Its bytes, quotes included.
    pub span: Span,
    /// What it is.
    pub kind: PartKind,
}

/// What a part of a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Plain text.
    Literal(String),
    /// A backslash and a character.
    Escaped(char),
    /// `'…'`.
    SingleQuoted(String),
    /// `$'…'`, as written.
    AnsiQuoted(String),
    /// `"…"` or `$"…"`.
    DoubleQuoted(Vec<WordPart>),
    /// `$name`, `${name…}`.
    Parameter(Parameter),
    /// `$( … )`.
    CommandSubstitution(Vec<Statement>),
    /// Between backticks.
    Backticks(Vec<Statement>),
    /// `$(( … ))`, and `$[ … ]`.
    Arithmetic(Vec<WordPart>),
    /// `<( … )`, `>( … )`.
    ProcessSubstitution(Vec<Statement>),
    /// `( … )` behind `=`.
    Array(Vec<Word>),
    /// `@( … )` and its like.
    ExtendedGlob(Vec<WordPart>),
}

/// An expansion of a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameter {
    /// `name`, `1`, `@`.
    pub name: String,
    /// Whether it stands between braces.
    pub is_braced: bool,
    /// `${#name}`.
    pub is_length: bool,
    /// `${!name}`.
    pub is_indirect: bool,
    /// The subscript with its brackets.
    pub subscript: Option<Span>,
    /// The operator as written: `:-`, `##`, `//`, `:`, `^^`; empty without.
    pub operator: &'static str,
    /// What follows the operator.
    pub argument: Vec<WordPart>,
}
