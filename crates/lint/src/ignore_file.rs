//! `.dockerignore` (Dockerfile reference, "Exclusion rules"; moby/patternmatcher).

/// Patterns of a file, at most.
const PATTERNS_MAX: usize = 2_000;

/// The patterns of a `.dockerignore`.
pub(crate) struct IgnoreFile {
    patterns: Vec<(bool, String)>,
}

impl IgnoreFile {
    /// Reads the lines of the file: comments and empty ones are none, `!` takes paths back in.
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let lines = text.lines().filter(|line| !line.starts_with('#')).map(str::trim);
        let patterns = lines.filter(|line| !line.is_empty()).take(PATTERNS_MAX).filter_map(|line| {
            let (is_exception, pattern) =
                line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim()));
            let pattern = clean(pattern);
            (!pattern.is_empty()).then_some((is_exception, pattern))
        });
        Self { patterns: patterns.collect() }
    }

    /// Whether a path of the context, or a directory that holds it, is excluded; the last pattern that fits decides.
    pub(crate) fn excludes(&self, path: &str) -> bool {
        let path = clean(path);
        let mut is_excluded = false;
        for (is_exception, pattern) in &self.patterns {
            if *is_exception == is_excluded && fits_with_parents(pattern, &path) {
                is_excluded = !is_exception;
            }
        }
        is_excluded
    }

    /// Whether some exception lies beneath a directory.
    pub(crate) fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|(is_exception, _)| *is_exception)
    }
}

/// A path without `./`, `//` and slashes at its ends.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    if parts.is_empty() && !path.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn fits_with_parents(pattern: &str, path: &str) -> bool {
    let mut end = path.len();
    loop {
        if fits(pattern.as_bytes(), &path.as_bytes()[..end], &mut 20_000) {
            return true;
        }
        match path[..end].rfind('/') {
            Some(at) => end = at,
            None => return false,
        }
    }
}

/// Go's `filepath.Match` with `**`; `work` bounds the backtracking.
fn fits(pattern: &[u8], path: &[u8], work: &mut u32) -> bool {
    if *work == 0 {
        return false;
    }
    *work -= 1;
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => {
            fits(rest, path, work)
                || path
                    .iter()
                    .enumerate()
                    .filter(|(_, byte)| **byte == b'/')
                    .any(|(at, _)| fits(rest, &path[at + 1..], work))
        }
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|at| fits(rest, &path[at..], work)),
        [b'*', rest @ ..] => {
            let reach = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
            (0..=reach).any(|at| fits(rest, &path[at..], work))
        }
        [b'?', rest @ ..] => {
            path.first().is_some_and(|byte| *byte != b'/')
                && fits(rest, path.get(1..).unwrap_or_default(), work)
        }
        [b'[', rest @ ..] => {
            let Some(end) = rest.iter().position(|byte| *byte == b']') else { return false };
            let (set, rest) = (&rest[..end], &rest[end + 1..]);
            let (is_negated, set) = match set {
                [b'^', set @ ..] => (true, set),
                set => (false, set),
            };
            let Some(byte) = path.first().filter(|byte| **byte != b'/') else { return false };
            let is_in = set.contains(byte)
                || set.windows(3).any(|range| range[1] == b'-' && (range[0]..=range[2]).contains(byte));
            is_in != is_negated && fits(rest, &path[1..], work)
        }
        [b'\\', literal, rest @ ..] => path.first() == Some(literal) && fits(rest, &path[1..], work),
        [literal, rest @ ..] => path.first() == Some(literal) && fits(rest, &path[1..], work),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_fits_decides() {
        let file = IgnoreFile::parse("# x\n*.md\n!README.md\n**/secret\nbuild/\n/a/?.t[xy]t\n");
        for (path, is_excluded) in [
            ("b.md", true),
            ("README.md", false),
            ("d/b.md", false),
            ("a/x/b.txt", false),
            ("d/e/secret", true),
            ("secret/x", true),
            ("./build/x/y", true),
            ("a/b.txt", true),
            ("a/bb.txt", false),
        ] {
            assert_eq!(file.excludes(path), is_excluded, "{path}");
        }
        assert!(file.has_exceptions());
        assert!(IgnoreFile::parse("**\n!Dockerfile").excludes("x"));
        assert!(!IgnoreFile::parse("**\n!Dockerfile").excludes("./Dockerfile"));
        assert!(!IgnoreFile::parse(&"*a".repeat(60)).excludes(&format!("{}b", "a".repeat(300))));
    }
}
