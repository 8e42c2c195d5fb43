//! Warnings about an archive, told in the stream that answers it: there `docker build` and `docker load` show them.

use super::upload::Seen;
use crate::filter::{Filter, FilterRefused, Passed};

/// Tells warnings before the first words of an answer; the archive has ended by then.
#[derive(Debug)]
pub(super) struct Told {
    seen: Seen,
    was_told: bool,
}

impl Told {
    pub(super) fn new(seen: Seen) -> Self {
        Self { seen, was_told: false }
    }

    fn tell(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.was_told, true) {
            for warning in self.seen.warnings() {
                let line = serde_json::json!({ "stream": format!("seawall: warning: {warning}\n") });
                out.extend_from_slice(format!("{line}\r\n").as_bytes());
            }
        }
    }
}

impl Filter for Told {
    fn pass(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<Passed, FilterRefused> {
        if !content.is_empty() {
            self.tell(out);
        }
        out.extend_from_slice(content);
        Ok(Passed { used: content.len(), is_full: false })
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), FilterRefused> {
        self.tell(out);
        Ok(())
    }
}
