//! The pages of the rules, one an engine.

use model::RuleInfo;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Bytes of source text in a line of a page.
const LINE_BYTES: usize = 118;

/// File names and texts.
pub(crate) fn pages(rules: &[&RuleInfo]) -> BTreeMap<String, String> {
    let mut by_engine: BTreeMap<&str, Vec<&RuleInfo>> = BTreeMap::new();
    for rule in rules {
        by_engine.entry(engine(rule)).or_default().push(rule);
    }
    let mut pages: BTreeMap<String, String> =
        by_engine.iter().map(|(engine, rules)| (format!("{engine}.md"), page(engine, rules))).collect();
    pages.insert("README.md".to_owned(), list(rules));
    pages
}

fn engine(rule: &RuleInfo) -> &'static str {
    rule.id.split('/').next().unwrap_or(rule.id)
}

fn page(engine: &str, rules: &[&RuleInfo]) -> String {
    let mut page = format!("# {engine}\n\nWritten by `cargo xtask gen`. [All rules](README.md).\n");
    for rule in rules {
        let _ = write!(
            page,
            "\n## {}\n\n{}. Severity: {}.\n\n{}\n**Remedy.** {}",
            rule.id,
            with_capital(rule.title),
            rule.severity.as_str(),
            wrapped(rule.why),
            wrapped(rule.remedy)
        );
        if !rule.references.is_empty() {
            page.push('\n');
        }
        for reference in rule.references {
            let _ = writeln!(page, "- <{reference}>");
        }
    }
    page
}

fn list(rules: &[&RuleInfo]) -> String {
    let mut page = "# Rules\n\nWhat Seawall says of an image besides its vulnerabilities. `seawall explain RULE` \
                    tells one of them.\nWritten by `cargo xtask gen`.\n\n| Rule | Severity | |\n|---|---|---|\n"
        .to_owned();
    for rule in rules {
        let anchor = rule.id.replace('/', "");
        let _ = writeln!(
            page,
            "| [{}]({}.md#{anchor}) | {} | {} |",
            rule.id,
            engine(rule),
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
    fn every_rule_stands_on_its_page_and_in_the_list() {
        let rules = crate::rules::all();
        let pages = pages(&rules);
        for rule in rules {
            let page = &pages[&format!("{}.md", engine(rule))];
            assert!(page.contains(&format!("\n## {}\n", rule.id)), "{}", rule.id);
            assert!(pages["README.md"].contains(&format!("[{}]", rule.id)), "{}", rule.id);
        }
    }

    #[test]
    fn the_pages_in_docs_are_up_to_date() {
        let directory = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules"));
        let pages = pages(&crate::rules::all());
        for (name, text) in &pages {
            let there = std::fs::read_to_string(directory.join(name)).unwrap_or_default();
            assert!(there == *text, "docs/rules/{name} is out of date (hint: cargo xtask gen)");
        }
        for entry in std::fs::read_dir(directory).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            assert!(pages.contains_key(&name), "docs/rules/{name} is of no engine (hint: cargo xtask gen)");
        }
    }
}
