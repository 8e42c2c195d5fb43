//! Writes what is generated: the pages of the rules and the page of the command line.

use anyhow::{Context, Result, ensure};
use std::process::Command;

/// Writes everything anew. The binary knows its own rules and command line; its tests see that the pages agree.
pub(crate) fn run() -> Result<()> {
    let root = crate::workspace();
    let rules = root.join("docs/rules");
    if rules.is_dir() {
        std::fs::remove_dir_all(&rules).context("cannot remove docs/rules")?;
    }
    let mut seawall = Command::new(env!("CARGO"));
    seawall.args(["run", "--quiet", "--package", "cli", "--", "man", "--markdown", "docs"]);
    let status = seawall.current_dir(&root).status().context("cannot run cargo")?;
    ensure!(status.success(), "seawall man --markdown: {status}");
    println!("docs/rules, docs/cli.md");
    Ok(())
}
