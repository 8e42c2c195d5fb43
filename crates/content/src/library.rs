//! Directories that package managers of languages fill: what stands there was published by somebody else.

/// Directories that package managers fill; the standard libraries of languages too.
const LIBRARIES: &[&str] = &[
    "node_modules/",
    "site-packages/",
    "dist-packages/",
    "bower_components/",
    "vendor/",
    "vendor_perl/",
    "gems/",
    "go/pkg/mod/",
    "usr/local/go/",
    "usr/lib/go-",
    "usr/share/go-",
    "cargo/registry/",
    "google-cloud-sdk/",
    "third_party/",
    "usr/share/doc/",
    "usr/lib/python3",
    "usr/local/lib/python3",
    "usr/lib64/python3",
    "usr/lib/ruby/",
    "usr/local/lib/ruby/",
    "perl5/",
    "rustlib/",
    ".m2/repository/",
    "conda/pkgs/",
];

/// Directories of a library that are not what it is installed for.
const TESTS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test_data",
    "spec",
    "specs",
    "fixture",
    "fixtures",
    "__tests__",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "doc",
    "docs",
    "benchmark",
    "benchmarks",
    "certdata",
    "mock",
    "mocks",
    "testcases",
    "t",
    "dummyserver",
    "functional",
    "unit",
];

/// Where in an installed library a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryPlace {
    /// Among its tests, examples or documentation.
    Test,
    /// Anywhere else in it.
    Code,
}

/// Where in an installed library a path lies; `None` outside of all of them, where the application is.
#[must_use]
pub fn library_place(path: &str) -> Option<LibraryPlace> {
    if path.starts_with("usr/share/doc/") {
        return Some(LibraryPlace::Test);
    }
    let inside = LIBRARIES.iter().filter_map(|library| Some(path.find(library)? + library.len())).min()?;
    let (directories, name) = path[inside..].rsplit_once('/').unwrap_or(("", &path[inside..]));
    let lower = name.to_ascii_lowercase();
    // Guides print keys, and tests of Go and JavaScript stand beside what they test.
    let is_text = [".md", ".rst", ".adoc", "_test.go"].iter().any(|end| lower.ends_with(end));
    let is_test = is_text
        || lower.starts_with("test_")
        || lower.starts_with("example")
        || [".test.", ".spec."].iter().any(|part| lower.contains(part))
        || directories.split('/').any(|part| TESTS.contains(&part));
    Some(if is_test { LibraryPlace::Test } else { LibraryPlace::Code })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_libraries_are_told_from_tests_of_the_application() {
        for path in [
            "usr/lib/python3.13/test/certdata/keycert.pem",
            "app/node_modules/https-proxy/test/key.pem",
            "usr/share/doc/x/server.key",
            "usr/local/go/src/crypto/tls/example_test.go",
            "app/node_modules/http-signature/http_signing.md",
            "usr/lib/python3/dist-packages/botocore/data/iam/examples-1.json",
            "app/node_modules/zod/src/string.test.ts",
        ] {
            assert_eq!(library_place(path), Some(LibraryPlace::Test), "{path}");
        }
        for path in ["app/node_modules/x/key.pem", "srv/tests/node_modules/x/key.pem"] {
            assert_eq!(library_place(path), Some(LibraryPlace::Code), "{path}");
        }
        for path in ["app/test/key.pem", "examples/x.json", "etc/app.conf"] {
            assert_eq!(library_place(path), None, "{path}");
        }
    }
}
