//! Why a request is not even judged.

/// Why a request is not even judged: it is no call, or one that two readers could understand differently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The status for the answer.
    pub status: u16,
    /// For the user: what is wrong.
    pub message: String,
    /// For the log: one word that lives forever (`path-not-clean`).
    pub reason: &'static str,
}

impl Refusal {
    pub(crate) fn new(status: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), reason }
    }

    pub(crate) fn malformed(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, reason, message)
    }
}

/// Text of a client inside a message: short, and unable to speak to a terminal.
pub(crate) fn shown(text: &str) -> String {
    let cut: String =
        text.chars().take(80).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect();
    if text.chars().nth(80).is_some() { format!("{cut}…") } else { cut }
}
