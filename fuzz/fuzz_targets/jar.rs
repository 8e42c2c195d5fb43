//! Java archives and eggs: zip archives with archives inside.
#![no_main]

use model::{LayerPath, Limits, Package};
use packages::{Context, FORMATS, OwnedFile, Problem, Sink};

/// Checks what every sink may rely on.
struct Checks;

impl Sink for Checks {
    fn package(&mut self, package: Package) {
        assert!(!package.name.contains(char::is_whitespace) && !package.name.is_empty());
        assert!(!package.version.contains(char::is_whitespace));
        // An archive that does not tell its version is known by its digest.
        assert!(!package.version.is_empty() || package.sha1.is_some());
    }
    fn owns(&mut self, _: &str, _: OwnedFile<'_>) {}
    fn problem(&mut self, problem: Problem) {
        assert!(!problem.detail.contains('\n'));
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { archive_bytes_max: 16 << 20, ..Limits::default() };
    for path in ["opt/spring-core-5.3.18.jar", "opt/a.egg"] {
        let path = LayerPath::new(path);
        let format = FORMATS.iter().find(|format| (format.matches)(&path)).expect("the format is listed");
        (format.parse)(&Context { path: &path, limits: &limits }, bytes, &mut Checks);
    }
});
