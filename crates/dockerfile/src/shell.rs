//! The commands of a shell text.

mod program;
mod split;
mod word;

pub use split::split_shell;

/// The commands of a shell text, flat and in order: those in subshells, groups, loops, command substitutions,
/// `sh -c` texts and here-documents for a shell stand among the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The commands.
    pub commands: Vec<Command>,
    /// What was not understood or went beyond a bound, one line each; the commands are then not all.
    pub problems: Vec<String>,
}

/// A simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// `NAME=value` in front of it.
    pub assignments: Vec<(String, String)>,
    /// The command and its arguments; empty when there are assignments or redirections alone.
    pub words: Vec<Word>,
    /// Redirections.
    pub redirects: Vec<Redirect>,
    /// What stands in front of it.
    pub separator: Separator,
    /// Subshells, groups, substitutions and `-c` texts that it stands in.
    pub depth: usize,
    /// The command whose substitution, `-c` text or here-document it stands in.
    pub parent: Option<usize>,
    /// Offset in the outermost text, of the word that holds it when that is a `-c` text.
    pub offset: usize,
}

/// What stands in front of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// Nothing: it is the first.
    Start,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`, a line break or a reserved word.
    Sequence,
    /// `&`
    Background,
    /// `|`: it reads what the command before writes.
    Pipe,
    /// It begins a `$(…)`, `` `…` `` or `<(…)`.
    Substitution,
    /// It begins the text of `sh -c` or a here-document that a shell reads.
    Inner,
}

/// A word without its quotes; expansions stand in it as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Offset in the outermost text.
    pub offset: usize,
    /// Whether it holds no expansion.
    pub is_literal: bool,
    /// Whether the whole is in single quotes, so that an inner shell expands it.
    pub is_single_quoted: bool,
}

/// A redirection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redirect {
    /// `>`, `>>`, `<`, `<<`, `<<<`, `&>` …
    pub operator: String,
    /// The file, or the word that ends a here-document.
    pub target: Word,
    /// The here-document.
    pub body: Option<String>,
}

#[cfg(test)]
mod tests;
