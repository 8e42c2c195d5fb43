//! What the tests of all formats share.

use crate::{Context, Diversion, Format, OwnedFile, Problem, Sink};
use model::{LayerPath, Limits, Package};

/// A sink that keeps everything.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) packages: Vec<Package>,
    pub(crate) problems: Vec<Problem>,
    /// Owned files: package, path, digest or `-`, and `config` when it is a configuration file.
    pub(crate) owned: Vec<String>,
    /// Diversions: path, where it goes, by which package.
    pub(crate) diverted: Vec<String>,
}

impl Sink for Found {
    fn package(&mut self, package: Package) {
        self.packages.push(package);
    }
    fn owns(&mut self, package: &str, file: OwnedFile<'_>) {
        let config = if file.is_config { " config" } else { "" };
        self.owned.push(format!("{package} {} {}{config}", file.path, file.digest.unwrap_or("-")));
    }
    fn diverts(&mut self, diversion: Diversion<'_>) {
        let Diversion { from, to, by } = diversion;
        self.diverted.push(format!("{from} -> {to} by {}", by.unwrap_or("-")));
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

impl Found {
    /// `name@version` of every package, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.packages.iter().map(|package| format!("{}@{}", package.name, package.version)).collect();
        names.sort();
        names
    }
}

/// Parses a file; the format must match its path.
#[track_caller]
pub(crate) fn parse(format: &Format, path: &str, bytes: impl AsRef<[u8]>) -> Found {
    parse_within(format, path, bytes, &Limits::default())
}

/// [`parse`] with limits.
#[track_caller]
pub(crate) fn parse_within(format: &Format, path: &str, bytes: impl AsRef<[u8]>, limits: &Limits) -> Found {
    let path = LayerPath::new(path);
    assert!((format.matches)(&path), "{} does not match {path}", format.id);
    let mut found = Found::default();
    (format.parse)(&Context { path: &path, limits }, bytes.as_ref(), &mut found);
    found
}

/// Checks the packages of a file that has no problems, and that no mutation of the file makes the parser panic.
#[track_caller]
pub(crate) fn check(format: &Format, path: &str, text: &str, expected: &[&str]) {
    let found = parse(format, path, text);
    assert_eq!(found.names(), expected);
    assert_eq!(found.problems, []);
    survives_mutations(format, path, text.as_bytes());
}

// What the formats are made of.
const PUNCTUATION: &[u8] = b"\"'{}[]:,=()<>&$ \n#@-/\\";

/// Cuts, flips and repeats bytes of a valid file, always in the same way.
pub(crate) fn survives_mutations(format: &Format, path: &str, bytes: &[u8]) {
    let path = LayerPath::new(path);
    let limits = Limits { archive_bytes_max: 1 << 20, ..Limits::default() };
    let run = |bytes: &[u8]| {
        (format.parse)(&Context { path: &path, limits: &limits }, bytes, &mut Found::default());
    };
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for step in 0..400 {
        let mut mutated = bytes.to_vec();
        for _ in 0..=step % 4 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            if mutated.is_empty() {
                break;
            }
            let at = usize::try_from(random >> 20).unwrap_or(0) % mutated.len();
            match random % 5 {
                0 => mutated.truncate(at),
                1 => mutated[at] ^= 1 << ((random >> 8) % 8),
                2 => mutated[at] = PUNCTUATION[usize::from(random.to_le_bytes()[2]) % PUNCTUATION.len()],
                3 => drop(mutated.remove(at)),
                _ => {
                    let tail = mutated[at..].to_vec();
                    mutated.extend_from_slice(&tail);
                }
            }
        }
        run(&mutated);
    }
}
