//! Placeholder.
use super::{SbomContents, SbomError};
use model::Limits;
/// Reads it.
///
/// # Errors
/// When it cannot be read.
pub fn read_spdx_tag_value(_bytes: &[u8], _limits: &Limits) -> Result<SbomContents, SbomError> { Err(SbomError::Unknown) }
pub(super) fn looks_like(_bytes: &[u8]) -> bool { false }
