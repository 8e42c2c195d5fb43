//! An installed `shellcheck`, asked about every `RUN` when the user wants it.

use anyhow::{Context, Result, bail};
use lint::ShellText;
use model::{Finding, Fingerprint, Location, Severity, SourceSpan};
use serde::Deserialize;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Codes that mean nothing in a `RUN`: scripts that are not there to be read, and the `#!` line of another shell.
const EXCLUDED: &str = "SC1090,SC1091,SC2187";

#[derive(Deserialize)]
struct Answer {
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    level: String,
    code: u32,
    message: String,
}

/// What the program says of the shell texts of a Dockerfile.
pub(super) fn findings(program: &Path, name: &str, dockerfile: &str) -> Result<Vec<Finding>> {
    let index = dockerfile::LineIndex::new(dockerfile);
    let mut findings = Vec::new();
    for text in lint::shell_texts(dockerfile) {
        for comment in ask(program, &text)? {
            let Some(start) = text.locate(comment.line, comment.column) else { continue };
            let end = text.locate(comment.end_line, comment.end_column).unwrap_or(start).max(start);
            let ((line, column), (end_line, end_column)) =
                (index.locate(dockerfile, start), index.locate(dockerfile, end));
            let span = SourceSpan { file: name.to_owned(), line, column, end_line, end_column };
            let code = format!("SC{}", comment.code);
            let number = findings.len().to_string();
            findings.push(Finding {
                rule: format!("shellcheck/{code}"),
                fingerprint: Fingerprint::of(&["shellcheck", &code, name, &comment.message, &number]),
                title: comment.message,
                severity: severity(&comment.level),
                location: Location { source: Some(Box::new(span)), ..Location::default() },
                evidence: Vec::new(),
                remedy: None,
                references: vec![format!("https://www.shellcheck.net/wiki/{code}")],
                aliases: vec![code],
                fix: None,
                vulnerability: None,
            });
        }
    }
    Ok(findings)
}

fn ask(program: &Path, text: &ShellText) -> Result<Vec<Comment>> {
    // The variables of the image are set before: one line in front of the text, taken off the answer's lines again.
    let names: Vec<&str> = text.variables.iter().map(String::as_str).filter(|name| is_name(name)).collect();
    let first =
        format!("export {}\n", names.iter().map(|name| format!("{name}=1")).collect::<Vec<_>>().join(" "));
    let mut child = Command::new(program)
        .args(["--norc", "--format=json1", "--exclude", EXCLUDED, "--shell", shell(&text.shell), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| {
            format!("cannot run {} (hint: install shellcheck, or leave --shellcheck out)", program.display())
        })?;
    let mut input = child.stdin.take().context("no standard input of shellcheck")?;
    let script = format!("{first}{}", text.text);
    // It reads everything before it answers, so writing first cannot block.
    input.write_all(script.as_bytes()).context("cannot write to shellcheck")?;
    drop(input);
    let output = child.wait_with_output().context("cannot read from shellcheck")?;
    // 0: nothing found, 1: something found (shellcheck(1), "RETURN VALUES").
    if !matches!(output.status.code(), Some(0 | 1)) {
        bail!("shellcheck: {}", report::neutral(String::from_utf8_lossy(&output.stderr).trim()));
    }
    let answer: Answer =
        serde_json::from_slice(&output.stdout).context("shellcheck answers something else than json1")?;
    let behind = answer.comments.into_iter().filter(|comment| comment.line > 1);
    Ok(behind
        .map(|comment| Comment {
            line: comment.line - 1,
            end_line: comment.end_line.saturating_sub(1),
            ..comment
        })
        .collect())
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// The shells that the program knows.
fn shell(name: &str) -> &str {
    match name {
        "bash" | "dash" | "ksh" => name,
        _ => "sh",
    }
}

fn severity(level: &str) -> Severity {
    match level {
        "error" => Severity::High,
        "warning" => Severity::Medium,
        "info" => Severity::Low,
        _ => Severity::Negligible,
    }
}
