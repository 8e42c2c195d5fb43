//! Manifests and lock files of languages; the first byte tells which.
#![no_main]

use model::{LayerPath, Limits, Package};
use packages::{Context, FORMATS, OwnedFile, Problem, Sink};

const PATHS: [&str; 26] = [
    "a.dist-info/METADATA",
    "requirements.txt",
    "Pipfile.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pylock.toml",
    "node_modules/a/package.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "META-INF/maven/a/b/pom.properties",
    "gradle.lockfile",
    "pom.xml",
    "go.mod",
    "go.sum",
    "Cargo.lock",
    "specifications/a.gemspec",
    "Gemfile.lock",
    "vendor/composer/installed.json",
    "composer.lock",
    "a.deps.json",
    "packages.lock.json",
    "packages.config",
    "a.egg-info",
];

/// Checks what every sink may rely on.
struct Checks;

impl Sink for Checks {
    fn package(&mut self, package: Package) {
        assert!(!package.name.contains(char::is_whitespace) && !package.name.is_empty());
        assert!(!package.version.contains(char::is_whitespace));
        assert!(!package.version.is_empty() || package.sha1.is_some());
    }
    fn owns(&mut self, _: &str, _: OwnedFile<'_>) {}
    fn problem(&mut self, problem: Problem) {
        assert!(!problem.detail.contains('\n'));
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let path = LayerPath::new(PATHS[usize::from(first.wrapping_sub(b'A')) % PATHS.len()]);
    let format = FORMATS.iter().find(|format| (format.matches)(&path)).expect("the format is listed");
    (format.parse)(&Context { path: &path, limits: &Limits::default() }, bytes, &mut Checks);
});
