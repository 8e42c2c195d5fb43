//! The table of paths: one look-up by name, one by extension, and few comparisons.

use super::{FAMILIES, Place};
use std::collections::HashMap;

/// Tells the families of a path.
pub(crate) struct Places {
    names: HashMap<&'static str, Vec<usize>>,
    extensions: HashMap<&'static str, Vec<usize>>,
    /// Ends of paths by their last component.
    paths: HashMap<&'static str, Vec<(&'static str, usize)>>,
    starts: Vec<(&'static str, usize)>,
    directories: Vec<(&'static str, usize)>,
}

/// Longer names are no credential files.
const NAME_BYTES_MAX: usize = 255;

impl Places {
    /// Sorts the places of all families.
    pub(crate) fn new() -> Self {
        let mut places = Self {
            names: HashMap::new(),
            extensions: HashMap::new(),
            paths: HashMap::new(),
            starts: Vec::new(),
            directories: Vec::new(),
        };
        for (number, family) in FAMILIES.iter().enumerate() {
            for place in family.places {
                match *place {
                    Place::Name(name) => places.names.entry(name).or_default().push(number),
                    Place::Extension(end) => places.extensions.entry(end).or_default().push(number),
                    Place::Path(path) => {
                        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
                        places.paths.entry(name).or_default().push((path, number));
                    }
                    Place::Start(start) => places.starts.push((start, number)),
                    Place::Below(directory) => places.directories.push((directory, number)),
                }
            }
        }
        places
    }

    /// The families that read a file of this path, each once.
    pub(crate) fn of(&self, path: &str) -> Vec<usize> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Vec::new();
        }
        let mut lower = [0_u8; NAME_BYTES_MAX];
        let lower = &mut lower[..name.len()];
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        // Only ASCII letters changed, so it is still UTF-8.
        let Ok(name) = std::str::from_utf8(lower) else { return Vec::new() };
        let mut found = Vec::new();
        found.extend(self.names.get(name).into_iter().flatten());
        if let Some((_, extension)) = name.rsplit_once('.') {
            found.extend(self.extensions.get(extension).into_iter().flatten());
        }
        for (end, family) in self.paths.get(name).into_iter().flatten() {
            if ends_with(path, end) {
                found.push(*family);
            }
        }
        found.extend(
            self.starts.iter().filter(|(start, _)| name.starts_with(start)).map(|(_, family)| *family),
        );
        for (directory, family) in &self.directories {
            if lies_below(path, directory) {
                found.push(*family);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn ends_with(path: &str, end: &str) -> bool {
    let Some(at) = path.len().checked_sub(end.len()) else { return false };
    path.as_bytes()[at..].eq_ignore_ascii_case(end.as_bytes()) && (at == 0 || path.as_bytes()[at - 1] == b'/')
}

fn lies_below(path: &str, directory: &str) -> bool {
    // Directories end with a slash.
    let Some(at) = memchr::memmem::find(path.as_bytes(), directory.as_bytes()) else { return false };
    at == 0 || path.as_bytes()[at - 1] == b'/'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: bool) {
        assert_eq!(!Places::new().of(path).is_empty(), expected, "{path}");
    }

    #[test]
    fn known_paths_are_recognised_in_any_case() {
        check("root/.kube/config", true);
        check("root/.ssh/known_hosts", false);
        check("x/.NPMRC", true);
        check("etc/shadow", true);
        check("usr/include/shadow.h", false);
        check("app/.env.production", true);
        check("app/.env.example", true);
        check("usr/bin/ls", false);
        check("", false);
    }

    #[test]
    fn places_are_written_in_lower_case() {
        for place in FAMILIES.iter().flat_map(|family| family.places) {
            let (Place::Name(text)
            | Place::Path(text)
            | Place::Extension(text)
            | Place::Start(text)
            | Place::Below(text)) = *place;
            assert_eq!(text, text.to_ascii_lowercase());
            assert_eq!(matches!(place, Place::Below(_)), text.ends_with('/'), "{text}");
        }
    }
}
