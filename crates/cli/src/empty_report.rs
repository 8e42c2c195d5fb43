//! The report that a command fills which opens no image.

use model::{Report, SCHEMA_VERSION, Target, TargetKind, Tool};

/// A report of this program about something of that kind and name, with nothing in it.
pub(crate) fn empty_report(kind: TargetKind, name: String) -> Report {
    Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool { name: "seawall".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        target: Target {
            kind,
            name,
            manifest_digest: None,
            image_id: None,
            names: Vec::new(),
            base: None,
            base_digest: None,
            platform: None,
            created: None,
        },
        distribution: None,
        layers: Vec::new(),
        packages: Vec::new(),
        findings: Vec::new(),
        suppressed: Vec::new(),
        gaps: Vec::new(),
        advisories: Vec::new(),
        content: None,
        executables: Vec::new(),
        outcomes: Vec::new(),
    }
}
