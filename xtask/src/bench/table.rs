//! Markdown tables, and the place of the figures in a page.

use super::measure::Spread;
use anyhow::{Context, Result};
use std::path::Path;

/// A place of a page, by its first and last line.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    begin: &'static str,
    end: &'static str,
}

/// Everything but the deep content scan.
pub(crate) const FIGURES: Place = Place {
    begin: "<!-- figures: written by `cargo xtask bench --write` -->",
    end: "<!-- end of figures -->",
};
/// The deep content scan.
pub(crate) const DEEP_FIGURES: Place = Place {
    begin: "<!-- deep figures: written by `cargo xtask bench --only deep --write` -->",
    end: "<!-- end of deep figures -->",
};
/// Who finds which credentials.
pub(crate) const SECRET_FIGURES: Place = Place {
    begin: "<!-- secret figures: written by `cargo xtask bench --only secrets --write` -->",
    end: "<!-- end of secret figures -->",
};
/// A host with many containers.
pub(crate) const AUDIT_FIGURES: Place = Place {
    begin: "<!-- audit figures: written by `cargo xtask bench --only audit --write` -->",
    end: "<!-- end of audit figures -->",
};
/// The guard before a registry.
pub(crate) const GUARD_REGISTRY_FIGURES: Place = Place {
    begin: "<!-- guard-registry figures: written by `cargo xtask bench --only guard-registry --write` -->",
    end: "<!-- end of guard-registry figures -->",
};
/// The guard before an engine.
pub(crate) const GUARD_FIGURES: Place = Place {
    begin: "<!-- guard figures: written by `cargo xtask bench --only guard --write` -->",
    end: "<!-- end of guard figures -->",
};
/// Many Dockerfiles.
pub(crate) const LINT_FIGURES: Place = Place {
    begin: "<!-- lint figures: written by `cargo xtask bench --only lint --write` -->",
    end: "<!-- end of lint figures -->",
};
/// The watch of a host.
pub(crate) const WATCH_FIGURES: Place = Place {
    begin: "<!-- watch figures: written by `cargo xtask bench --only watch --write` -->",
    end: "<!-- end of watch figures -->",
};
/// More than that are counted only.
const LISTED: usize = 12;

pub(crate) fn markdown(header: &[&str], rows: &[Vec<String>]) -> String {
    let line =
        |cells: &mut dyn Iterator<Item = &str>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let mut text = line(&mut header.iter().copied());
    text.push_str(&line(&mut header.iter().map(|_| "---")));
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

pub(crate) fn secs(spread: &Spread) -> String {
    format!("{:.3} ({:.3}–{:.3})", spread.median, spread.least, spread.greatest)
}

/// The first of some names, and how many there are.
pub(crate) fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&String> = names.collect();
    let mut text: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED {
        text.push(format!("… {} in all", names.len()));
    }
    if text.is_empty() {
        return "none".to_owned();
    }
    text.join(", ")
}

/// Replaces what lies between the markers of a page.
pub(crate) fn put_between_markers(page: &Path, place: Place, text: &str) -> Result<()> {
    let old = std::fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let new = replaced(&old, place, text)
        .with_context(|| format!("{} has no “{}” and “{}”", page.display(), place.begin, place.end))?;
    std::fs::write(page, new).with_context(|| format!("cannot write {}", page.display()))
}

fn replaced(page: &str, place: Place, text: &str) -> Option<String> {
    let Place { begin, end } = place;
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_markers_is_replaced() {
        let page_with = |figures: &str, deep: &str| {
            let mut page = "# Title\n\n".to_owned();
            for (place, text) in [(FIGURES, figures), (DEEP_FIGURES, deep)] {
                page.push_str(&format!("{}{text}{}\nMore.\n", place.begin, place.end));
            }
            page
        };
        let expected = page_with("\nold\n", "\n\nnew\n\n");
        assert_eq!(replaced(&page_with("\nold\n", "\n"), DEEP_FIGURES, "new\n"), Some(expected.clone()));
        assert_eq!(replaced(&expected, DEEP_FIGURES, "new"), Some(expected.clone()));
        let expected = page_with("\n\nnewer\n\n", "\n\nnew\n\n");
        assert_eq!(replaced(&page_with("\nold\n", "\n\nnew\n\n"), FIGURES, "newer"), Some(expected));
        assert_eq!(replaced("# Title", FIGURES, "new"), None);
    }

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<String> = (0..LISTED + 1).map(|number| number.to_string()).collect();
        assert!(list(names.iter()).ends_with("`11`, … 13 in all"));
        assert_eq!(list(std::iter::empty()), "none");
    }
}
