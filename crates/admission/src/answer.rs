//! What the API server is told (API reference, `AdmissionResponse` of `admission.k8s.io/v1`).

use crate::limits::{MESSAGE_BYTES_MAX, WARNING_BYTES_MAX, WARNINGS_MAX};
use crate::patch::Operation;
use crate::review::Review;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control::{Matched, Mode};
use serde_json::{Value, json};

/// What a rule says of one container of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// `init container setup`; empty for what is about the whole.
    pub container: String,
    /// What the rule says.
    pub matched: Matched,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The name of the question.
    pub uid: String,
    /// What was asked about: `CREATE Deployment shop/web`.
    pub object: String,
    /// Whether the object is kept.
    pub is_allowed: bool,
    /// Why not: shown to whoever asked.
    pub message: Option<String>,
    /// What is shown to whoever asked when it is.
    pub warnings: Vec<String>,
    /// How the object is changed.
    pub patch: Vec<Operation>,
    /// What the rules say, worst first.
    pub judged: Vec<Judged>,
    refusals: Vec<String>,
}

impl Answer {
    pub(crate) fn of(review: &Review) -> Self {
        Self {
            uid: review.uid.clone(),
            object: review.label(),
            is_allowed: true,
            message: None,
            warnings: Vec::new(),
            patch: Vec::new(),
            judged: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// A refusal of a question that could not be read or judged: what is not known is not let through.
    #[must_use]
    pub fn refusal(uid: &str, reason: &str) -> Self {
        Self {
            uid: uid.to_owned(),
            object: String::new(),
            is_allowed: false,
            message: Some(format!("refused by Seawall: {reason}")),
            warnings: Vec::new(),
            patch: Vec::new(),
            judged: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(crate) fn refuse(&mut self, reason: String) {
        self.refusals.push(reason);
    }

    pub(crate) fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }

    pub(crate) fn take(&mut self, container: &str, matched: Vec<Matched>) {
        self.judged
            .extend(matched.into_iter().map(|matched| Judged { container: container.to_owned(), matched }));
    }

    /// Weighs what rules say of the object as it would be kept: what was to be rewritten holds by now or is refused.
    pub(crate) fn weighed(mut self) -> Self {
        for Judged { container, matched } in
            self.judged.iter().filter(|judged| judged.matched.waived.is_none())
        {
            let place = if container.is_empty() { String::new() } else { format!("{container}: ") };
            let line = format!("{place}{} ({})", matched.message, matched.rule);
            match matched.mode {
                Mode::Deny | Mode::Rewrite => self.refusals.push(line),
                Mode::Warn => self.warnings.push(line),
                Mode::Audit | Mode::Off => {}
            }
        }
        self.finished()
    }

    /// Puts the words together.
    pub(crate) fn finished(mut self) -> Self {
        self.judged.sort_by_key(|judged| std::cmp::Reverse(judged.matched.mode));
        self.is_allowed = self.refusals.is_empty();
        if !self.is_allowed {
            let message = format!("refused by Seawall: {}", self.refusals.join("; "));
            self.message = Some(cut(&message, MESSAGE_BYTES_MAX));
            self.patch.clear();
        }
        let more = self.warnings.len().saturating_sub(WARNINGS_MAX);
        self.warnings.truncate(WARNINGS_MAX);
        self.warnings.iter_mut().for_each(|line| *line = cut(line, WARNING_BYTES_MAX));
        if more > 0 {
            self.warnings.push(format!("and {more} more warnings"));
        }
        self
    }

    /// The body that goes back.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut response = json!({ "uid": self.uid, "allowed": self.is_allowed });
        if let Some(message) = &self.message {
            response["status"] = json!({ "code": 403, "reason": "Forbidden", "message": message });
        }
        if !self.warnings.is_empty() {
            response["warnings"] = json!(self.warnings);
        }
        if !self.patch.is_empty() {
            let patch = serde_json::to_vec(&self.patch).unwrap_or_default();
            response["patchType"] = Value::from("JSONPatch");
            response["patch"] = Value::from(STANDARD.encode(patch));
        }
        json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response })
            .to_string()
    }
}

/// The beginning of a text that is too long.
fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let mut end = bytes_max - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
