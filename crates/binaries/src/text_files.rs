//! Small text files that tell the version of what lies beside them: a JDK's `release` and Go's `VERSION`.

use crate::{Inspection, ReadAt, windows::read_up_to};
use model::{Ecosystem, FoundBy, LayerPath, Package};
use std::io;

/// Largest such file that is read.
pub(crate) const TEXT_BYTES_MAX: u64 = 64 << 10;

/// Whether a path may be such a file.
pub(crate) fn is_named(path: &LayerPath) -> bool {
    match path.file_name() {
        "release" => true,
        "VERSION" => is_go_root(path),
        _ => false,
    }
}

/// Whether a text begins like one of them.
pub(crate) fn begins_like_one(first_bytes: &[u8]) -> bool {
    const JAVA_KEYS: [&[u8]; 8] = [
        b"JAVA_",
        b"IMPLEMENTOR",
        b"GRAALVM_VERSION",
        b"BUILD_TYPE",
        b"FULL_VERSION",
        b"SEMANTIC_VERSION",
        b"LIBC=",
        b"OS_",
    ];
    JAVA_KEYS.iter().any(|key| first_bytes.starts_with(key))
        || (first_bytes.starts_with(b"go") && first_bytes.get(2).is_some_and(u8::is_ascii_digit))
}

pub(crate) fn look(file: &dyn ReadAt, path: &LayerPath, found: &mut Inspection) -> io::Result<()> {
    let bytes = read_up_to(file, 0, TEXT_BYTES_MAX as usize)?;
    if !begins_like_one(&bytes) {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&bytes);
    let (name, version) = if path.file_name() == "VERSION" {
        ("go", go_version(&text))
    } else {
        ("openjdk", java_version(&text))
    };
    if let Some(version) = version {
        found.packages.push(Package::new(Ecosystem::Generic, name, &version, FoundBy::Classifier, path));
    }
    Ok(())
}

/// `JAVA_VERSION="17.0.9"`, `JAVA_VERSION="1.8.0_392"` (JEP 223 and its forerunner).
fn java_version(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    normal_java_version(value.trim().trim_matches('"'))
}

/// The version without its build; `1.8.0_392` as `8u392`, as OpenJDK's own advisories say.
pub(crate) fn normal_java_version(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let version = &text[..end];
    if !version.starts_with(|c: char| c.is_ascii_digit()) || version.len() > 40 {
        return None;
    }
    match version.strip_prefix("1.").and_then(|rest| rest.split_once(".0_")) {
        Some((major, update)) => Some(format!("{major}u{update}")),
        None => Some(version.to_owned()),
    }
}

/// The first line: `go1.21.5`.
fn go_version(text: &str) -> Option<String> {
    let version = text.lines().next()?.trim().strip_prefix("go")?;
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version.len() <= 40
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    is_version.then(|| version.to_owned())
}

/// `usr/local/go`, `usr/lib/go-1.19`, `root/sdk/go1.21.5`.
fn is_go_root(path: &LayerPath) -> bool {
    let directory = path.parent().and_then(|parent| parent.rsplit('/').next()).unwrap_or("");
    directory.strip_prefix("go").is_some_and(|rest| {
        rest.is_empty() || rest.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Limits;

    #[track_caller]
    fn check(path: &str, content: &str, expected: &[(&str, &str)]) {
        let found = crate::inspect(content.as_bytes(), &LayerPath::new(path), &Limits::default());
        let packages: Vec<_> = found.packages.iter().map(|p| (p.name.as_str(), p.version.as_str())).collect();
        assert_eq!(packages, expected, "{path}");
        assert!(found.gaps.is_empty());
    }

    #[test]
    fn release_file_tells_the_version_of_a_jdk() {
        let content =
            "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"17.0.9+9\"\nJAVA_VERSION=\"17.0.9\"\n";
        check("opt/java/openjdk/release", content, &[("openjdk", "17.0.9")]);
        check("opt/jdk8/release", "JAVA_VERSION=\"1.8.0_392\"\nOS_NAME=\"Linux\"\n", &[("openjdk", "8u392")]);
        check("opt/other/release", "Fedora release 38 (Thirty Eight)\n", &[]);
        check("opt/jdk/release", "JAVA_VERSION=\"\"\n", &[]);
    }

    #[test]
    fn version_file_tells_the_version_of_go() {
        check("usr/local/go/VERSION", "go1.21.5\ntime 2023-11-29T21:21:46Z\n", &[("go", "1.21.5")]);
        check("usr/lib/go-1.19/VERSION", "go1.19.8", &[("go", "1.19.8")]);
        check("root/sdk/go1.22rc1/VERSION", "go1.22rc1", &[("go", "1.22rc1")]);
        check("usr/local/go/VERSION", "devel go1.23-abc", &[]);
    }
}
