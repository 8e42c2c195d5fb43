//! The end of a pull by digest: the image gets the name that was asked for before the client hears that it is here.

use super::images;
use crate::{
    filter::{Filter, FilterRefused, Passed},
    upstream::Upstream,
};
use control::Tagging;
use std::{fmt, sync::Arc};

/// Passes the answer to a pull on, and names the image before its end.
pub(super) struct NamedAfter {
    upstream: Arc<Upstream>,
    tagging: Tagging,
    /// The end of what has passed: where an engine tells that a pull failed.
    last: Vec<u8>,
    has_failed: bool,
}

const FAILED: &[u8] = b"\"errorDetail\"";

impl NamedAfter {
    pub(super) fn new(upstream: Arc<Upstream>, tagging: Tagging) -> Self {
        Self { upstream, tagging, last: Vec::new(), has_failed: false }
    }
}

impl fmt::Debug for NamedAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedAfter").field("tagging", &self.tagging).finish_non_exhaustive()
    }
}

impl Filter for NamedAfter {
    fn pass(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<Passed, FilterRefused> {
        self.last.extend_from_slice(content);
        self.has_failed |= self.last.windows(FAILED.len()).any(|window| window == FAILED);
        let kept = self.last.len().saturating_sub(FAILED.len());
        self.last.drain(..kept);
        out.extend_from_slice(content);
        Ok(Passed { used: content.len(), is_full: false })
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), FilterRefused> {
        if self.has_failed {
            return Ok(());
        }
        let line = match images::tag(&self.upstream, &self.tagging) {
            None => serde_json::json!({
                "status": format!(
                    "seawall: pulled by digest as {}, named {}:{}",
                    self.tagging.image, self.tagging.repository, self.tagging.tag
                )
            }),
            Some(why) => serde_json::json!({ "errorDetail": { "message": why }, "error": why }),
        };
        out.extend_from_slice(format!("{line}\r\n").as_bytes());
        Ok(())
    }
}
