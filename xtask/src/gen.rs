//! Writes what is generated: the pages of the rules and the page of the command line.

use anyhow::{Context, Result, ensure};
use model::{RULES, RuleInfo};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Where the pages of the rules lie.
const RULES_DIRECTORY: &str = "docs/rules";
/// Bytes of source text in a line of a page.
const LINE_BYTES: usize = 118;

/// Writes everything anew. Pages of rules that are gone are removed.
pub(crate) fn run() -> Result<()> {
    let root = crate::workspace();
    let directory = root.join(RULES_DIRECTORY);
    std::fs::create_dir_all(&directory).context("cannot make docs/rules")?;
    let pages = rule_pages();
    for name in names_in(&directory)?.iter().filter(|name| !pages.contains_key(*name)) {
        std::fs::remove_file(directory.join(name)).with_context(|| format!("cannot remove {name}"))?;
    }
    for (name, text) in &pages {
        std::fs::write(directory.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    // The binary knows its own command line; crates/cli tests that docs/cli.md agrees with it.
    let mut seawall = Command::new(env!("CARGO"));
    seawall.args(["run", "--quiet", "--package", "cli", "--", "man", "--markdown", "docs"]);
    let status = seawall.current_dir(&root).status().context("cannot run cargo")?;
    ensure!(status.success(), "seawall man --markdown: {status}");
    println!("{} pages in {RULES_DIRECTORY}, docs/cli.md", pages.len());
    Ok(())
}

/// Tells which pages of rules are not as [`run`] would write them.
pub(crate) fn check(root: &Path, offences: &mut Vec<String>) -> Result<()> {
    let directory = root.join(RULES_DIRECTORY);
    let pages = rule_pages();
    for (name, text) in &pages {
        if !std::fs::read_to_string(directory.join(name)).is_ok_and(|there| there == *text) {
            offences.push(format!("{RULES_DIRECTORY}/{name}: out of date (hint: cargo xtask gen)"));
        }
    }
    for name in names_in(&directory)?.iter().filter(|name| !pages.contains_key(*name)) {
        offences.push(format!("{RULES_DIRECTORY}/{name}: of no rule (hint: cargo xtask gen)"));
    }
    Ok(())
}

fn names_in(directory: &Path) -> Result<Vec<String>> {
    let entries =
        std::fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// File names and texts.
fn rule_pages() -> BTreeMap<String, String> {
    let mut pages: BTreeMap<String, String> =
        RULES.iter().map(|rule| (page_name(rule), rule_page(rule))).collect();
    pages.insert("README.md".to_owned(), list_page());
    pages
}

/// `image-digest-mismatch.md` of `image/digest-mismatch`.
fn page_name(rule: &RuleInfo) -> String {
    format!("{}.md", rule.id.replace('/', "-"))
}

fn rule_page(rule: &RuleInfo) -> String {
    let mut page =
        format!("# {}\n\n{}. Severity: {}.\n", rule.id, with_capital(rule.title), rule.severity.as_str());
    for (heading, text) in [("Why it matters", rule.why), ("Remedy", rule.remedy)] {
        let _ = write!(page, "\n## {heading}\n\n{}", wrapped(text));
    }
    if !rule.references.is_empty() {
        page.push_str("\n## References\n\n");
        for reference in rule.references {
            let _ = writeln!(page, "- <{reference}>");
        }
    }
    page
}

fn list_page() -> String {
    let mut page =
        "# Rules\n\nWhat Seawall says of an image besides its vulnerabilities. `seawall explain RULE` \
                    prints a page.\nWritten by `cargo xtask gen` from `crates/model/src/rule.rs`.\n\n\
                    | Rule | Severity | |\n|---|---|---|\n"
            .to_owned();
    for rule in RULES {
        let _ = writeln!(
            page,
            "| [{}]({}) | {} | {} |",
            rule.id,
            page_name(rule),
            rule.severity.as_str(),
            rule.title
        );
    }
    page
}

fn with_capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn wrapped(text: &str) -> String {
    let mut page = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let separator = match used {
            0 => "",
            _ if used + 1 + word.len() > LINE_BYTES => "\n",
            _ => " ",
        };
        used = if separator == " " { used + 1 + word.len() } else { word.len() };
        page.push_str(separator);
        page.push_str(word);
    }
    page.push('\n');
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_page_with_the_headings_and_a_line_in_the_list() {
        let pages = rule_pages();
        for rule in RULES {
            let page = &pages[&page_name(rule)];
            for part in [rule.id, "## Why it matters", "## Remedy", "## References"] {
                assert!(page.contains(part), "{}: {part}", rule.id);
            }
            assert!(page.lines().all(|line| line.len() <= LINE_BYTES || line.starts_with("- <")), "{page}");
            assert!(pages["README.md"].contains(&format!("[{}]", rule.id)));
        }
    }

    #[test]
    fn a_page_that_differs_or_is_of_no_rule_is_told() {
        let root = std::env::temp_dir().join(format!("xtask-gen-{}", std::process::id()));
        let directory = root.join(RULES_DIRECTORY);
        std::fs::create_dir_all(&directory).unwrap();
        for (name, text) in rule_pages() {
            std::fs::write(directory.join(name), text).unwrap();
        }
        let offences = || {
            let mut offences = Vec::new();
            check(&root, &mut offences).unwrap();
            offences.len()
        };
        assert_eq!(offences(), 0);
        std::fs::write(directory.join("image-nothing.md"), "").unwrap();
        std::fs::write(directory.join("README.md"), "old").unwrap();
        assert_eq!(offences(), 2);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
