//! Parser directives: `# syntax=…`, `# escape=…`, `# check=…`.
//!
//! They stand before everything else; the first line that is none ends them (moby/buildkit,
//! frontend/dockerfile/parser/directives.go).

use crate::Directive;

/// Reads directives line by line until the first line that is none.
#[derive(Default)]
pub(crate) struct Directives {
    pub(crate) found: Vec<Directive>,
    is_done: bool,
}

impl Directives {
    /// Whether the line, already without its leading blanks, is a directive.
    pub(crate) fn take(&mut self, line: &str, number: u32) -> Result<bool, String> {
        if self.is_done {
            return Ok(false);
        }
        let Some((name, value)) = line.strip_prefix('#').and_then(split) else {
            self.is_done = true;
            return Ok(false);
        };
        if self.found.iter().any(|earlier| earlier.name == name) {
            return Err(format!("only one {name} parser directive can be used"));
        }
        self.found.push(Directive { name, value: value.to_owned(), line: number });
        Ok(true)
    }
}

fn split(comment: &str) -> Option<(String, &str)> {
    let (name, value) = comment.split_once('=')?;
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    (matches!(name.as_str(), "syntax" | "escape" | "check") && !value.is_empty()).then_some((name, value))
}
