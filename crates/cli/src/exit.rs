//! How the command ends.

use std::io::Write;
use std::process::ExitCode;

/// How the command ends when it did its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Status 0.
    Clean,
    /// Status 1.
    Findings,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Findings => Self::from(1),
        }
    }
}

/// Prints an error with its causes, each once, hints last; status 2.
pub(crate) fn report_error(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let mut lines: Vec<String> = Vec::new();
    let mut hints: Vec<String> = Vec::new();
    for cause in error.chain() {
        let (text, hint) = split_hint(&cause.to_string());
        hints.extend(hint);
        if !lines.iter().any(|line| line.contains(&text)) {
            lines.push(text);
        }
    }
    let mut stderr = std::io::stderr().lock();
    // Nothing can be done when standard error is closed.
    let _ = writeln!(stderr, "error: {}", shown(&lines.join(": ")));
    hints.dedup();
    for hint in hints {
        let _ = writeln!(stderr, "hint: {}", shown(&hint));
    }
    ExitCode::from(2)
}

/// A message may quote an image or an engine; lines stay, since parsers of TOML point at columns.
fn shown(message: &str) -> String {
    message.trim_end().split('\n').map(report::neutral).collect::<Vec<_>>().join("\n")
}

// Messages carry hints as `… (hint: do this)` or on a line of their own.
fn split_hint(message: &str) -> (String, Option<String>) {
    if let Some((text, hint)) = message.split_once("\nhint: ") {
        return (text.to_owned(), Some(hint.trim().to_owned()));
    }
    match message.split_once(" (hint: ") {
        Some((text, rest)) => {
            let (hint, tail) = rest.rsplit_once(')').unwrap_or((rest, ""));
            (format!("{text}{tail}"), Some(hint.to_owned()))
        }
        None => (message.to_owned(), None),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_pipe = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(is_pipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_taken_out_of_messages() {
        for (message, text, hint) in [
            ("no such image", "no such image", None),
            ("no home (hint: pass --db DIR)", "no home", Some("pass --db DIR")),
            ("refused\nhint: docker login", "refused", Some("docker login")),
        ] {
            assert_eq!(split_hint(message), (text.to_owned(), hint.map(str::to_owned)));
        }
    }
}
