//! `seawall db status`.

use crate::arguments::DatabaseArguments;
use crate::exit::Outcome;
use crate::{clock, database};
use advisories::{Database, ShardStatus};
use anyhow::Result;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

/// Tells which advisories are at hand.
pub(crate) fn run(arguments: &DatabaseArguments, is_json: bool) -> Result<Outcome> {
    let database = database::open(arguments)?;
    let rows = database.status();
    let text = if is_json {
        serde_json::to_string_pretty(&rows.iter().map(to_json).collect::<Vec<_>>())? + "\n"
    } else {
        to_text(&database, &rows)?
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn to_text(database: &Database, rows: &[ShardStatus]) -> Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "{:<18} {:>10} {:>9} {:>10} {:<10} {:<8} ORIGIN",
        "SHARD", "ADVISORIES", "PACKAGES", "BYTES", "DATE", "COVERAGE"
    )?;
    for row in rows {
        let coverage = if row.meta.is_complete { "whole" } else { "part" };
        let unused = if row.is_used { "" } else { " (not used: a whole shard replaces it)" };
        writeln!(
            text,
            "{:<18} {:>10} {:>9} {:>10} {:<10} {coverage:<8} {}{unused}",
            row.name, row.counts.advisories, row.counts.packages, row.size_bytes, row.meta.date, row.origin
        )?;
    }
    let used = rows.iter().filter(|row| row.is_used && !row.meta.note.is_empty());
    for note in used.map(|row| row.meta.note.as_str()).collect::<BTreeSet<_>>() {
        writeln!(text, "note: {note}")?;
    }
    for (directory, expires) in database.expired(&clock::today()) {
        writeln!(text, "note: {} should have been updated before {}", directory.display(), expires.day())?;
    }
    Ok(text)
}

fn to_json(row: &ShardStatus) -> serde_json::Value {
    serde_json::json!({
        "shard": row.name, "origin": row.origin, "advisories": row.counts.advisories, "packages": row.counts.packages,
        "rows": row.counts.rows, "size_bytes": row.size_bytes, "date": row.meta.date, "sources": row.meta.sources,
        "is_complete": row.meta.is_complete, "is_used": row.is_used, "note": row.meta.note, "licence": row.meta.licence,
    })
}
