//! Dockerfiles, and the Dockerfile that an image's history tells.
//!
//! [`parse`] reads a Dockerfile as BuildKit does; [`parse_history`] reads what builders wrote into an image's
//! history; [`reconstruct`] writes a Dockerfile from a history; [`match_history`] finds the line of a real
//! Dockerfile that made a history entry; [`split_shell`] takes the command of a `RUN` apart.
//!
//! ```
//! use dockerfile::{HistoryEntry, Keyword, parse, parse_history, split_shell};
//! let file = parse("FROM alpine AS base\nRUN apk add \\\n    curl\n");
//! assert_eq!(file.instructions[1].lines.first, 2);
//! let step = &parse_history(&[HistoryEntry::new("RUN |1 A=two words /bin/sh -c make # buildkit")])[0];
//! assert_eq!((step.keyword, step.text.as_str()), (Keyword::Run, "make"));
//! assert_eq!(step.build_args, [("A".to_owned(), "two words".to_owned())]);
//! assert_eq!(split_shell("cd /a && curl x | sh").commands.len(), 3);
//! ```
//!
//! Invariants: no I/O; nothing panics on any input; work is linear in the input and bounded; what is not understood
//! is kept as text and told in `problems`.

mod arguments;
mod ast;
mod directives;
mod dockerfile;
mod expand;
mod flags;
mod heredoc;
mod history;
mod keyword;
mod logical_lines;
mod match_history;
mod parse;
mod reconstruct;
mod shell;
mod span;
mod stages;

pub use ast::print_tree;
pub use dockerfile::{
    Arguments, Comment, Directive, Dockerfile, Flag, Heredoc, Instruction, Pair, Problem, ProblemKind, Stage,
};
pub use expand::expand;
pub use history::{Builder, HistoryEntry, Step, base_entries, parse_history, parse_step};
pub use keyword::Keyword;
pub use match_history::match_history;
pub use parse::parse;
pub use reconstruct::{ReconstructOptions, Reconstruction, reconstruct};
pub use shell::{Command, Redirect, Script, Separator, Word, split_shell};
pub use span::{LineIndex, LineSpan, TextMap};
