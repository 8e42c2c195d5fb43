//! Where rules put what they found.

use crate::rules::Rule;
use crate::{ShellEdit, ShellFix, ShellHit, Span};

#[derive(Default)]
pub(super) struct Hits(Vec<ShellHit>);

impl Hits {
    pub(super) fn add(&mut self, rule: &'static Rule, span: &Span, message: impl Into<String>) {
        self.push(rule, span, message.into(), None);
    }

    pub(super) fn add_with_fix(
        &mut self,
        rule: &'static Rule,
        span: &Span,
        message: impl Into<String>,
        title: &str,
        edits: Vec<ShellEdit>,
    ) {
        self.push(rule, span, message.into(), Some(ShellFix { title: title.to_owned(), edits }));
    }

    fn push(&mut self, rule: &'static Rule, span: &Span, message: String, fix: Option<ShellFix>) {
        self.0.push(ShellHit { rule: &rule.info, aliases: rule.aliases, span: span.clone(), message, fix });
    }

    pub(super) fn sorted(mut self) -> Vec<ShellHit> {
        self.0.sort_by(|one, other| {
            (one.span.start, one.span.end, one.rule.id).cmp(&(
                other.span.start,
                other.span.end,
                other.rule.id,
            ))
        });
        self.0.dedup();
        self.0
    }
}

/// The edit that puts `text` in place of bytes.
pub(super) fn replace(bytes: Span, text: impl Into<String>) -> ShellEdit {
    ShellEdit { bytes, text: text.into() }
}
