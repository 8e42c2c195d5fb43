//! Completions, manual pages and the reference, made from the command line's own definition.

use crate::arguments::Arguments;
use crate::exit::Outcome;
use crate::{output, rule_pages};
use anyhow::{Context, Result};
use clap::{Command, CommandFactory};
use std::path::Path;

/// Columns of the help texts in the reference, whatever the terminal is.
const COLUMNS: usize = 100;

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

pub(crate) fn markdown(directory: &Path) -> Result<Outcome> {
    std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    output::write_file(&directory.join("cli.md"), reference().as_bytes())?;
    let rules = directory.join("rules");
    std::fs::create_dir_all(&rules).with_context(|| format!("cannot make {}", rules.display()))?;
    for (name, text) in rule_pages::pages(&crate::rules::all()) {
        output::write_file(&rules.join(name), text.as_bytes())?;
    }
    Ok(Outcome::Clean)
}

/// The help texts of every command.
fn reference() -> String {
    let mut command = Arguments::command().term_width(COLUMNS);
    command.build();
    let mut text =
        "# Command line\n\nWritten by `cargo xtask gen` from the help texts of the binary.\n".to_owned();
    push_command(&mut text, &command);
    text
}

fn push_command(text: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    // What the variables of the environment hold here is nobody's business.
    let mut shown = command.clone().mut_args(|argument| argument.hide_env_values(true));
    let help = shown.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        push_command(text, child);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_reference_in_docs_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
        let there = std::fs::read_to_string(path).unwrap();
        assert!(there == super::reference(), "docs/cli.md is out of date (hint: cargo xtask gen)");
    }

    #[test]
    fn the_guide_tells_every_limit_with_its_default() {
        let guide = include_str!("../../../docs/guide/scan.md");
        let limits = serde_json::to_value(model::Limits::default()).unwrap();
        for (name, default) in limits.as_object().unwrap() {
            assert!(guide.contains(&format!("| `{name}` | {default} |")), "{name}");
        }
    }

    #[test]
    fn every_command_is_in_the_reference() {
        let text = super::reference();
        for name in ["seawall", "seawall scan", "seawall db", "seawall db update", "seawall man"] {
            assert!(text.contains(&format!("\n## {name}\n")), "{name}");
        }
    }
}
