//! Requirements files of pip.

use super::normalise;
use crate::{Context, Format, FormatKind, Sink, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `requirements*.txt` (pip documentation, "Requirements File Format"; specifiers of PEP 440 and PEP 508).
/// Only `==` and `===` name an exact version; the other lines are counted in one problem, and so are those
/// that include other files.
pub(crate) static FORMAT: Format =
    Format { id: "pypi/requirements", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    let name = path.file_name();
    name.ends_with(".txt")
        && (name.contains("requirements")
            || path.parent().is_some_and(|parent| parent.rsplit('/').next() == Some("requirements")))
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::PyPI, FoundBy::LockFile, sink);
    let mut logical = String::new();
    let mut included = Vec::new();
    let Some(content) = manifest.text(bytes) else { return };
    for line in content.lines() {
        // Lines are joined before comments are cut (pip, req_file.py order: join_lines, ignore_comments), but a
        // comment line ends a continuation.
        if line.trim_start().starts_with('#') && logical.is_empty() {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(start) if !line.trim_start().starts_with('#') => logical.push_str(start),
            _ => {
                logical.push_str(line);
                read_line(&mut manifest, &mut included, &logical);
                logical.clear();
            }
        }
    }
    read_line(&mut manifest, &mut included, &logical);
    if !included.is_empty() {
        let detail = format!(
            "includes {} other files, read only if they are looked at themselves: {}",
            included.len(),
            included.join(", ")
        );
        manifest.unsupported(None, &detail);
    }
}

fn read_line(manifest: &mut Manifest<'_>, included: &mut Vec<String>, line: &str) {
    let line = without_comment(line).trim();
    if line.is_empty() {
        return;
    }
    if line.starts_with('-') {
        return read_option(manifest, included, line);
    }
    // Per-requirement options and environment markers follow the specifier.
    let line = line.split(';').next().unwrap_or("");
    let line = line.split(" --").next().unwrap_or("").trim();
    let name_end = line
        .find(|character: char| !character.is_ascii_alphanumeric() && !"-_.".contains(character))
        .unwrap_or(line.len());
    let (name, mut rest) = line.split_at(name_end);
    if let Some(extras) = rest.trim_start().strip_prefix('[') {
        rest = extras.split_once(']').map_or("", |(_, rest)| rest);
    }
    let specifier = rest.trim().trim_start_matches('(').trim_end_matches(')').trim();
    match exact_version(specifier) {
        Some(version) if !name.is_empty() => manifest.package(&normalise(name), version),
        _ => manifest.without_version(line),
    }
}

fn without_comment(line: &str) -> &str {
    // A # inside an address is not a comment (pip: "#" at the start or after a blank).
    if line.starts_with('#') {
        return "";
    }
    let end = line
        .match_indices('#')
        .find(|(at, _)| line[..*at].ends_with([' ', '\t']))
        .map_or(line.len(), |(at, _)| at);
    &line[..end]
}

fn read_option(manifest: &mut Manifest<'_>, included: &mut Vec<String>, line: &str) {
    let value_of = |short: &str, long: &str| {
        let rest = line.strip_prefix(long).or_else(|| line.strip_prefix(short))?;
        Some(rest.trim_start_matches([' ', '=', '\t']).to_owned())
    };
    if let Some(file) = value_of("-r", "--requirement") {
        // More names than anyone reads say no more.
        if included.len() < 20 {
            included.push(file);
        }
    } else if value_of("-e", "--editable").is_some() {
        manifest.without_version(line);
    }
}

/// The version of a specifier that admits only one (PEP 440, "Version matching", "Arbitrary equality").
fn exact_version(specifier: &str) -> Option<&str> {
    let mut versions = specifier.split(',').filter_map(|clause| {
        let clause = clause.trim();
        let version = clause.strip_prefix("===").or_else(|| clause.strip_prefix("=="))?.trim();
        (!version.is_empty() && !version.ends_with(".*") && !version.contains(char::is_whitespace))
            .then_some(version)
    });
    versions.next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn pinned_lines_are_packages() {
        let text = "# comment\n\
            --index-url https://example.org/simple\n\
            Django==3.2.1 # web\n\
            requests[security, socks] == 2.8.1 ; python_version < \"2.7\"\n\
            six===1.16.0 --hash=sha256:aa\n\
            idna==3.4 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n\
            zope.interface (==5.0)\n\
            \n\
            last==1";
        check(
            &FORMAT,
            "app/requirements-dev.txt",
            text,
            &["django@3.2.1", "idna@3.4", "last@1", "requests@2.8.1", "six@1.16.0", "zope-interface@5.0"],
        );
        check(&FORMAT, "app/requirements/base.txt", "a==1\n", &["a@1"]);
    }

    #[test]
    fn lines_without_exact_version_are_counted_in_one_problem() {
        let text = "a>=1\nb\nc==1.*\nd @ https://example.org/d.whl#sha1=1\n-e git+https://example.org/x#egg=x\n./local\nok==1\n-r other.txt\n-c constraints.txt\n";
        let found = parse(&FORMAT, "requirements.txt", text);
        assert_eq!(found.names(), ["ok@1"]);
        let details: Vec<_> = found.problems.iter().map(|problem| problem.detail.as_str()).collect();
        assert_eq!(details.len(), 2);
        assert!(details[0].contains("other.txt"), "{details:?}");
        assert!(details[1].starts_with("6 dependencies"), "{details:?}");
    }

    #[test]
    fn utf_16_of_a_windows_shell_is_read() {
        let bytes: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("a==1\r\nb==2\r\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(parse(&FORMAT, "requirements.txt", bytes).names(), ["a@1", "b@2"]);
    }
}
