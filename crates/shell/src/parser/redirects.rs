//! Redirections and here-documents.

use super::{AwaitedHeredoc, Parsed, Parser};
use crate::{Heredoc, Redirect, Word};

/// Longest first.
const OPERATORS: &[&str] = &["&>>", "<<<", "<<-", "&>", ">>", "<<", ">&", "<&", ">|", "<>", ">", "<"];

impl Parser<'_> {
    /// The redirection at the cursor, if there is one.
    pub(super) fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let start = self.position;
        let descriptor_length = self.descriptor_length();
        let after = &self.rest()[descriptor_length..];
        let Some(operator) = OPERATORS.iter().find(|operator| after.starts_with(operator.as_bytes())) else {
            return Ok(None);
        };
        let is_process_substitution = matches!(after.get(..2), Some(b"<(" | b">("));
        if is_process_substitution || (descriptor_length > 0 && operator.starts_with('&')) {
            return Ok(None);
        }
        let descriptor =
            (descriptor_length > 0).then(|| self.slice(start..start + descriptor_length).to_owned());
        self.position += descriptor_length + operator.len();
        self.skip_blanks();
        if matches!(self.peek(), None | Some(b'\n' | b';' | b'|' | b'&' | b')')) {
            return self.fail(&format!("nothing follows `{operator}`"));
        }
        let target = self.word()?;
        let heredoc = operator.starts_with("<<") && *operator != "<<<";
        let heredoc = heredoc.then(|| self.announce(&target, *operator == "<<-"));
        Ok(Some(Redirect { span: start..self.position, descriptor, operator, target, heredoc }))
    }

    fn descriptor_length(&self) -> usize {
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 || rest.first() != Some(&b'{') {
            let is_followed = matches!(rest.get(digits), Some(b'<' | b'>'));
            return if is_followed { digits } else { 0 };
        }
        let name = rest[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let is_followed =
            rest.get(name + 1) == Some(&b'}') && matches!(rest.get(name + 2), Some(b'<' | b'>'));
        if name > 0 && is_followed { name + 2 } else { 0 }
    }

    fn announce(&mut self, target: &Word, is_chomped: bool) -> usize {
        let number = self.heredocs.len();
        let is_quoted = target.has_quotes();
        let delimiter = target.literal().unwrap_or_else(|| self.slice(target.span.clone()).to_owned());
        self.heredocs.push(Heredoc { span: target.span.end..target.span.end, is_quoted, parts: Vec::new() });
        self.awaited.push(AwaitedHeredoc { number, delimiter, is_quoted, is_chomped });
        number
    }

    /// Reads the here-documents that the line before announced.
    pub(super) fn read_heredocs(&mut self) -> Parsed<()> {
        for awaited in std::mem::take(&mut self.awaited) {
            let start = self.position;
            let mut content_end = None;
            while self.position < self.end {
                let line_start = self.position;
                let length =
                    self.rest().iter().position(|byte| *byte == b'\n').unwrap_or(self.end - line_start);
                let line = self.slice(line_start..line_start + length);
                self.position = (line_start + length + 1).min(self.end);
                let line = line.strip_suffix('\r').unwrap_or(line);
                let line = if awaited.is_chomped { line.trim_start_matches('\t') } else { line };
                if line == awaited.delimiter {
                    content_end = Some(line_start);
                    break;
                }
            }
            let Some(content_end) = content_end else {
                let announced = self.heredocs[awaited.number].span.start;
                let delimiter = &awaited.delimiter;
                return self
                    .fail_at(announced, &format!("the here-document is not ended by a line `{delimiter}`"));
            };
            let after = self.position;
            let mut parts = Vec::new();
            if !awaited.is_quoted {
                let end = std::mem::replace(&mut self.end, content_end);
                self.position = start;
                self.enter()?;
                self.quoted_parts(&mut parts, None)?;
                self.leave();
                self.end = end;
                self.position = after;
            }
            self.heredocs[awaited.number] =
                Heredoc { span: start..content_end, is_quoted: awaited.is_quoted, parts };
        }
        Ok(())
    }
}
