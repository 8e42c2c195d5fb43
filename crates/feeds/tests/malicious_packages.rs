//! Records of malicious packages, from the file to the match.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests write files")]
#![allow(dead_code, reason = "the machine of the tests can do more than is needed here")]

mod site;

use advisories::{MatchOptions, Trust, match_packages};
use feeds::{FeedLimits, InstallOptions};
use model::{Ecosystem, FoundBy, LayerPath, Package, Severity, Status};
use site::Machine;

/// What OpenSSF's malicious-packages publishes: a package that was malicious from its beginning, and one of which two
/// versions were.
const WHOLE: &str = r#"{"schema_version":"1.5.0","id":"MAL-2024-1","modified":"2024-01-02T00:00:00Z",
    "summary":"Malicious code in evil (npm)","affected":[{"package":{"ecosystem":"npm","name":"evil"},
    "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#;
const VERSIONS: &str = r#"{"schema_version":"1.5.0","id":"MAL-2024-2","modified":"2024-01-02T00:00:00Z",
    "summary":"Malicious code in hijacked (PyPI)","affected":[{"package":{"ecosystem":"PyPI","name":"hijacked"},
    "versions":["1.0.1","1.0.2"]}]}"#;

fn package(ecosystem: Ecosystem, name: &str, version: &str) -> Package {
    Package::new(ecosystem, name, version, FoundBy::PackageManager, &LayerPath::new("some/record"))
}

#[test]
fn malicious_packages_are_found_by_name_and_version() {
    let machine = Machine::new();
    let files = tempfile::tempdir().unwrap();
    let paths: Vec<_> = [("whole.json", WHOLE), ("versions.json", VERSIONS)]
        .map(|(name, text)| {
            let path = files.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        })
        .into();
    let options = InstallOptions {
        trust: Trust::default(),
        now: site::now(),
        temporary_directory: machine.directory.path().to_owned(),
        limits: FeedLimits::default(),
    };
    feeds::install(&paths, &machine.store, &machine.key, &options).unwrap();
    let packages = [
        package(Ecosystem::Npm, "evil", "0.0.1"),
        package(Ecosystem::Npm, "evil", "99.0.0"),
        package(Ecosystem::Npm, "evil-not", "1.0.0"),
        package(Ecosystem::PyPI, "hijacked", "1.0.0"),
        package(Ecosystem::PyPI, "hijacked", "1.0.2"),
    ];
    let matches = match_packages(&machine.database(), &packages, None, &MatchOptions::default());
    let found: Vec<_> = matches
        .findings
        .iter()
        .map(|found| {
            (found.package, found.vulnerability.id.as_str(), found.severity, found.vulnerability.status)
        })
        .collect();
    let expected = [(0, "MAL-2024-1"), (1, "MAL-2024-1"), (4, "MAL-2024-2")];
    assert_eq!(found, expected.map(|(at, id)| (at, id, Severity::Critical, Status::Affected)));
}
