//! Completions and manual pages, made from the command line's own definition.

use crate::arguments::Arguments;
use crate::exit::Outcome;
use anyhow::{Context, Result};
use clap::CommandFactory;
use std::path::Path;

pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Outcome> {
    clap_complete::generate(shell, &mut Arguments::command(), "seawall", &mut std::io::stdout().lock());
    Ok(Outcome::Clean)
}

pub(crate) fn man(directory: &Path) -> Result<Outcome> {
    std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    clap_mangen::generate_to(Arguments::command(), directory)
        .with_context(|| format!("cannot write manual pages to {}", directory.display()))?;
    Ok(Outcome::Clean)
}
