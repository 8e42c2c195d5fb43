//! Reports for tests and documentation.

use model::{Report, SCHEMA_VERSION, Target, TargetKind, Tool};

/// A report of an empty image.
#[must_use]
pub fn empty() -> Report {
    Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool { name: "seawall".to_owned(), version: "0.1.0".to_owned() },
        target: Target {
            kind: TargetKind::Archive,
            name: "empty.tar".to_owned(),
            manifest_digest: None,
            image_id: None,
            names: Vec::new(),
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
    }
}

/// For now the empty one.
#[must_use]
pub fn rich() -> Report { empty() }
