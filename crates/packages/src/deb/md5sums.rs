//! `var/lib/dpkg/info/*.md5sums`: the files of a package with their digests.

use super::control::md5_digest;
use super::package_of;
use crate::records::{Lines, Out, owned_path, shown};
use crate::{Context, Format, FormatKind, OwnedFile, Sink};

/// Digest, two spaces and path on each line; distroless images keep the file beside the package's paragraph.
pub(crate) static FORMAT: Format = Format {
    id: "deb/md5sums",
    kind: FormatKind::System,
    matches: |path| {
        path.as_str().ends_with(".md5sums")
            && matches!(path.parent(), Some("var/lib/dpkg/info" | "var/lib/dpkg/status.d"))
    },
    parse,
};

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut out = Out::new(sink);
    let package = package_of(ctx.path.file_name(), ".md5sums");
    let mut digest = String::new();
    for (number, line) in Lines::new(bytes) {
        if line.is_empty() {
            continue;
        }
        let sum_and_path = line.split_at_checked(32).and_then(|(sum, path)| {
            // A star instead of the second space marks a file that was read as binary (md5sum(1)).
            let path = path.strip_prefix(b"  ").or_else(|| path.strip_prefix(b" *"))?;
            Some((md5_digest(sum, &mut digest)?, path))
        });
        let Some((digest, path)) = sum_and_path else {
            out.malformed(number, || format!("neither digest nor path: '{}'", shown(line)));
            continue;
        };
        let path = path.strip_prefix(b"./").unwrap_or(path);
        out.owns(package, OwnedFile { path: &owned_path(path), digest: Some(digest), is_config: false });
    }
    out.finish();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::parse;

    const TEXT: &str = "0123456789abcdef0123456789abcdef  usr/bin/a b\nnonsense\n\
                        fedcba9876543210fedcba9876543210  etc/ssl/certs/ca-certificates.crt\n";

    #[test]
    fn files_have_digests_and_garbage_loses_its_line() {
        for (path, package) in [
            ("var/lib/dpkg/info/coreutils.md5sums", "coreutils"),
            ("var/lib/dpkg/info/zlib1g:amd64.md5sums", "zlib1g"),
            ("var/lib/dpkg/status.d/base.md5sums", "base"),
        ] {
            let found = parse(&FORMAT, path, TEXT);
            let first = format!("{package} usr/bin/a b md5:0123456789abcdef0123456789abcdef");
            let second =
                format!("{package} etc/ssl/certs/ca-certificates.crt md5:fedcba9876543210fedcba9876543210");
            assert_eq!(found.owned, [first, second]);
            assert_eq!(found.problems[0].line, Some(2));
        }
    }

    #[test]
    fn no_mutation_panics() {
        crate::testing::survives_mutations(&FORMAT, "var/lib/dpkg/info/a.md5sums", TEXT.as_bytes());
    }
}
