//! Paths that `pmatch` looks for: a path matches when one of them is the path or a directory above it.
//!
//! Components may be patterns (`libsinsp/prefix_search.h`).

use crate::glob::Glob;
use std::collections::HashMap;

/// Directories, component by component.
#[derive(Debug, Default)]
pub(crate) struct PathSet {
    is_end: bool,
    plain: HashMap<Box<[u8]>, PathSet>,
    patterns: Vec<(Glob, PathSet)>,
}

impl PathSet {
    pub(crate) fn of<'p>(paths: impl IntoIterator<Item = &'p [u8]>) -> Self {
        let mut set = Self::default();
        for path in paths {
            let mut node = &mut set;
            for component in components(path) {
                node = if component.iter().any(|byte| matches!(byte, b'?' | b'*' | b'[')) {
                    node.patterns.push((Glob::new(component, false), Self::default()));
                    let last = node.patterns.len() - 1;
                    &mut node.patterns[last].1
                } else {
                    node.plain.entry(component.into()).or_default()
                };
            }
            node.is_end = true;
        }
        set
    }

    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        self.is_end || {
            let path = &path[path.iter().take_while(|byte| **byte == b'/').count()..];
            if path.is_empty() {
                return false;
            }
            let end = memchr::memchr(b'/', path).unwrap_or(path.len());
            let (component, rest) = path.split_at(end);
            self.plain.get(component).is_some_and(|node| node.matches(rest))
                || self
                    .patterns
                    .iter()
                    .any(|(pattern, node)| pattern.matches(component) && node.matches(rest))
        }
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|component| !component.is_empty())
}
