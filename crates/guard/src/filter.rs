//! What looks at the body of a request on its way, and passes on something of its own.

use std::fmt;

/// Looks at the content of a body on its way, and says what goes on in its place.
pub(crate) trait Filter: fmt::Debug {
    /// Takes some of the content and adds what goes on to `out`. Called again, with nothing if need be, while `is_full`.
    ///
    /// # Errors
    /// When the body goes no further; nothing of `out` does then.
    fn pass(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<Passed, FilterRefused>;

    /// The body has ended.
    ///
    /// # Errors
    /// When it may not end here.
    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), FilterRefused>;
}

/// What a filter took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    /// So many bytes.
    pub(crate) used: usize,
    /// It has more to pass on without taking more.
    pub(crate) is_full: bool,
}

/// Why a body goes no further.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct FilterRefused {
    pub(crate) rule: &'static str,
    pub(crate) status: u16,
    pub(crate) message: String,
}
