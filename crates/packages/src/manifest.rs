//! The one way from a language manifest to a [`Sink`]: names are checked, doubles dropped, problems bounded.

use crate::{Context, Problem, Sink, text};
use model::{Ecosystem, FoundBy, GapReason, Package};
use std::{borrow::Cow, collections::HashSet};

/// What one manifest names. Dropping it tells the counts that were held back.
pub(crate) struct Manifest<'a> {
    ctx: &'a Context<'a>,
    sink: &'a mut (dyn Sink + 'a),
    ecosystem: Ecosystem,
    found_by: FoundBy,
    seen: HashSet<String>,
    problems: usize,
    packages_over_limit: usize,
    without_version: usize,
    first_without_version: String,
}

// A file of garbage tells this many problems and the number of the rest.
const PROBLEMS_MAX: usize = 50;
// The largest lock files of real projects have some ten megabytes.
const TEXT_BYTES_MAX: usize = 64 << 20;
const NAME_BYTES_MAX: usize = 512;
const VERSION_BYTES_MAX: usize = 256;
const DETAIL_CHARACTERS_MAX: usize = 300;

impl<'a> Manifest<'a> {
    pub(crate) fn new(
        ctx: &'a Context<'a>,
        ecosystem: Ecosystem,
        found_by: FoundBy,
        sink: &'a mut (dyn Sink + 'a),
    ) -> Self {
        Self {
            ctx,
            sink,
            ecosystem,
            found_by,
            seen: HashSet::new(),
            problems: 0,
            packages_over_limit: 0,
            without_version: 0,
            first_without_version: String::new(),
        }
    }

    /// The text of the file, unless it is larger than any real manifest.
    pub(crate) fn text<'b>(&mut self, bytes: &'b [u8]) -> Option<Cow<'b, str>> {
        self.text_within(bytes, TEXT_BYTES_MAX)
    }

    /// [`Self::text`] with a limit of its own, for formats that hold more than they hand on.
    pub(crate) fn text_within<'b>(&mut self, bytes: &'b [u8], bytes_max: usize) -> Option<Cow<'b, str>> {
        if bytes.len() > bytes_max {
            let detail = format!("{} bytes, more than the limit of {bytes_max} for this format", bytes.len());
            self.problem(None, GapReason::LimitReached, &detail);
            return None;
        }
        Some(text::decode(bytes))
    }

    /// Hands on a package of this name and version.
    pub(crate) fn package(&mut self, name: &str, version: &str) {
        let package = self.new_package(name, version);
        self.add(package);
    }

    /// A package to complete and hand to [`Self::add`].
    pub(crate) fn new_package(&self, name: &str, version: &str) -> Package {
        Package::new(self.ecosystem, name.trim(), version.trim(), self.found_by, self.ctx.path)
    }

    /// Hands on a package, unless it is a double, malformed, or over the limit.
    pub(crate) fn add(&mut self, package: Package) {
        if !is_word(&package.name, NAME_BYTES_MAX) {
            return self.malformed(None, &format!("'{}' is no package name", package.name));
        }
        // A digest alone is enough for an index to tell the version.
        let is_digest_alone = package.version.is_empty() && package.sha1.is_some();
        if !is_digest_alone && !is_word(&package.version, VERSION_BYTES_MAX) {
            return self
                .malformed(None, &format!("'{}' is no version (package {})", package.version, package.name));
        }
        let key = format!("{}\n{}\n{}", package.name, package.version, package.nested.join("\n"));
        if self.seen.contains(&key) {
            return;
        }
        if self.seen.len() >= self.ctx.limits.packages_max {
            self.packages_over_limit += 1;
            return;
        }
        self.seen.insert(key);
        self.sink.package(package);
    }

    /// Counts a dependency that has no exact released version (a range, a repository, a file); one problem
    /// tells the number of all of them.
    pub(crate) fn without_version(&mut self, name: &str) {
        self.without_version += 1;
        if self.without_version == 1 {
            self.first_without_version = name.to_owned();
        }
    }

    pub(crate) fn malformed(&mut self, line: Option<u32>, detail: &str) {
        self.problem(line, GapReason::Malformed, detail);
    }

    pub(crate) fn unsupported(&mut self, line: Option<u32>, detail: &str) {
        self.problem(line, GapReason::Unsupported, detail);
    }

    pub(crate) fn problem(&mut self, line: Option<u32>, reason: GapReason, detail: &str) {
        self.problems += 1;
        if self.problems <= PROBLEMS_MAX {
            self.tell(line, reason, detail);
        }
    }

    fn tell(&mut self, line: Option<u32>, reason: GapReason, detail: &str) {
        let detail = detail
            .chars()
            .take(DETAIL_CHARACTERS_MAX)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        self.sink.problem(Problem { line, reason, detail });
    }
}

impl Drop for Manifest<'_> {
    fn drop(&mut self) {
        if self.without_version > 0 {
            let (count, first) = (self.without_version, std::mem::take(&mut self.first_without_version));
            let detail = format!(
                "{count} dependencies have no exact version and are not judged, the first is '{first}'"
            );
            self.tell(None, GapReason::Unsupported, &detail);
        }
        if self.problems > PROBLEMS_MAX {
            let detail = format!("{} more problems in this file", self.problems - PROBLEMS_MAX);
            self.tell(None, GapReason::Malformed, &detail);
        }
        if self.packages_over_limit > 0 {
            let detail = format!(
                "{} packages over the limit of {}",
                self.packages_over_limit, self.ctx.limits.packages_max
            );
            self.tell(None, GapReason::LimitReached, &detail);
        }
    }
}

/// Whether a text can be a name or version in any ecosystem: visible characters, no blanks.
fn is_word(text: &str, bytes_max: usize) -> bool {
    !text.is_empty()
        && text.len() <= bytes_max
        && !text.chars().any(|character| character.is_whitespace() || character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Found;
    use model::{LayerPath, Limits};

    #[test]
    fn floods_of_problems_are_counted_not_repeated() {
        let mut found = Found::default();
        let (path, limits) = (LayerPath::new("x"), Limits { packages_max: 2, ..Limits::default() });
        let ctx = Context { path: &path, limits: &limits };
        let mut manifest = Manifest::new(&ctx, Ecosystem::Npm, FoundBy::LockFile, &mut found);
        for number in 0..100 {
            manifest.malformed(None, "bad\nline");
            manifest.package(&format!("p{number}"), "1");
            manifest.without_version("w");
        }
        drop(manifest);
        assert_eq!(found.packages.len(), 2);
        assert_eq!(found.problems.len(), PROBLEMS_MAX + 3);
        assert!(found.problems.iter().all(|problem| !problem.detail.contains('\n')));
        assert!(found.problems.iter().any(|problem| problem.detail.starts_with("100 dependencies")));
    }

    #[test]
    fn larger_files_than_any_real_one_are_not_read() {
        let mut found = Found::default();
        let (path, limits) = (LayerPath::new("x"), Limits::default());
        let ctx = Context { path: &path, limits: &limits };
        let mut manifest = Manifest::new(&ctx, Ecosystem::Npm, FoundBy::LockFile, &mut found);
        assert_eq!(manifest.text_within(b"abc", 3).as_deref(), Some("abc"));
        assert_eq!(manifest.text_within(b"abcd", 3), None);
        drop(manifest);
        assert_eq!(found.problems[0].reason, GapReason::LimitReached);
    }

    #[test]
    fn names_of_blanks_are_problems() {
        let mut found = Found::default();
        let (path, limits) = (LayerPath::new("x"), Limits::default());
        let ctx = Context { path: &path, limits: &limits };
        let mut manifest = Manifest::new(&ctx, Ecosystem::Npm, FoundBy::LockFile, &mut found);
        manifest.package("a b", "1");
        manifest.package("a", "");
        manifest.package("a", "1\u{0}");
        drop(manifest);
        assert_eq!((found.packages.len(), found.problems.len()), (0, 3));
    }
}
