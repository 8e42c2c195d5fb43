//! Shell text: parsed with the bytes of every part, and judged.
//!
//! [`parse`] reads a text as dash and bash do and tells where it could not read on; [`check`] says what is wrong with it;
//! [`simple_commands`] lists its commands for those who look for programs and their arguments.
//!
//! ```
//! use shell::{Dialect, Options, check, parse, simple_commands};
//! let text = "set -e; cd /srv && rm -f $FILE";
//! let hits = check(text, Dialect::Sh, &Options::default());
//! assert_eq!(hits[0].rule.id, "shell/unquoted-variable");
//! assert_eq!(&text[hits[0].span.clone()], "$FILE");
//! let script = parse(text, Dialect::Sh);
//! let names: Vec<_> = simple_commands(&script).iter().filter_map(|command| command.name()).collect();
//! assert_eq!(names, ["set", "cd", "rm"]);
//! ```
//!
//! Invariants: no I/O; nothing panics on any input; depth and length are bounded, and a limit reached is a problem; what
//! was not understood is told by the rule `shell/syntax-error`, never silent; spans lie on character boundaries.

mod check;
mod dialect;
mod hit;
mod literal;
mod parser;
mod rules;
mod sites;
mod syntax;

pub use check::check;
pub use dialect::Dialect;
pub use hit::{Options, ShellEdit, ShellFix, ShellHit};
pub use parser::parse;
pub use rules::{RULES, aliases, is_optional};
pub use sites::simple_commands;
pub use syntax::{
    Assignment, Command, CommandKind, ConditionItem, Connector, Heredoc, Parameter, PartKind, Pipeline,
    Problem, Redirect, Script, SimpleCommand, Span, Statement, Word, WordPart,
};
