//! Dpkg's list of packages.
#![no_main]

use model::{LayerPath, Limits, Package};
use packages::{Context, FORMATS, OwnedFile, Problem, Sink};

/// Checks what every sink may rely on.
struct Checks;

impl Sink for Checks {
    fn package(&mut self, package: Package) {
        assert!(!package.name.is_empty() && !package.version.is_empty() && package.source.is_some());
    }
    fn owns(&mut self, package: &str, _: OwnedFile<'_>) {
        assert!(!package.is_empty());
    }
    fn problem(&mut self, problem: Problem) {
        assert!(!problem.detail.contains('\n'));
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = LayerPath::new("var/lib/dpkg/status");
    let format = FORMATS.iter().find(|format| (format.matches)(&path)).expect("the format is listed");
    (format.parse)(&Context { path: &path, limits: &Limits::default() }, bytes, &mut Checks);
});
