//! Jobs.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part of this set-up")]

use queue::{Job, QueueOptions};
use std::time::Duration;

pub(crate) fn job(number: u32) -> Job {
    Job {
        digest: format!("sha256:{number:064x}").parse().unwrap(),
        platform: "linux/amd64".to_owned(),
        references: vec![format!("registry.example.com/app:{number}")],
    }
}

/// Times as short as a test on a busy machine allows.
pub(crate) fn options() -> QueueOptions {
    QueueOptions {
        lease: Duration::from_secs(2),
        retry_delay: Duration::from_millis(1),
        ..QueueOptions::default()
    }
}
