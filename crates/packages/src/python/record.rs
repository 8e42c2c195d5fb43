//! `RECORD`: the files of an installed wheel with their digests.

use super::normalise;
use crate::records::{Lines, Out, shown};
use crate::{Context, Format, FormatKind, OwnedFile, Sink};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Rows of path, digest and size in CSV (packaging.python.org, "Recording installed projects", "The RECORD file");
/// paths are relative to the directory that holds the `.dist-info` directory.
pub(crate) static FORMAT: Format = Format {
    id: "pypi/record",
    kind: FormatKind::Installed,
    matches: |path| {
        path.file_name() == "RECORD" && path.parent().is_some_and(|parent| parent.ends_with(".dist-info"))
    },
    parse,
};

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut out = Out::new(sink);
    let directory = ctx.path.parent().unwrap_or("");
    let (site, info) = directory.rsplit_once('/').unwrap_or(("", directory));
    let name = info.strip_suffix(".dist-info").unwrap_or(info);
    let package = normalise(name.split('-').next().unwrap_or(name));
    for (number, line) in Lines::new(bytes) {
        if line.is_empty() {
            continue;
        }
        let row = std::str::from_utf8(line).ok().and_then(split_row);
        let Some((path, digest)) = row else {
            out.malformed(number, || format!("not path, digest and size: '{}'", shown(line)));
            continue;
        };
        // The record and compiled files have no digest.
        let Some(digest) = digest.strip_prefix("sha256=") else { continue };
        let Some(digest) =
            URL_SAFE_NO_PAD.decode(digest.trim_end_matches('=')).ok().filter(|bytes| bytes.len() == 32)
        else {
            out.malformed(number, || format!("not a digest: '{}'", shown(line)));
            continue;
        };
        let mut text = "sha256:".to_owned();
        for byte in digest {
            text.push_str(&format!("{byte:02x}"));
        }
        if out.has_room_for_path(ctx, site.len() + path.len()) {
            let joined = if path.starts_with('/') { path } else { format!("{site}/{path}") };
            out.owns(&package, OwnedFile { path: &joined, digest: Some(&text), is_config: false });
        }
    }
    out.finish();
}

/// Path and digest of a row; only the path may hold a comma and is quoted then.
fn split_row(line: &str) -> Option<(String, &str)> {
    let (path, rest) = match line.strip_prefix('"') {
        None => line.split_once(',').map(|(path, rest)| (path.to_owned(), rest))?,
        Some(quoted) => {
            let end = quoted.find("\",")?;
            (quoted[..end].replace("\"\"", "\""), &quoted[end + 2..])
        }
    };
    let (digest, _) = rest.split_once(',')?;
    Some((path, digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::parse;

    // SHA-256 of "abc".
    const DIGEST: &str = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
    const RECORD: &str = "usr/lib/python3/dist-packages/My_Pkg-1.0.dist-info/RECORD";

    #[test]
    fn files_of_a_wheel_have_digests() {
        let text = format!(
            "my_pkg/__init__.py,sha256={DIGEST},3\nMy_Pkg-1.0.dist-info/RECORD,,\n\
             ../../../bin/tool,sha256={DIGEST},3\n\"my_pkg/a,b.py\",sha256={DIGEST},3\n"
        );
        let found = parse(&FORMAT, RECORD, &text);
        let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let site = "usr/lib/python3/dist-packages";
        assert_eq!(
            found.owned,
            [
                format!("my-pkg {site}/my_pkg/__init__.py {digest}"),
                format!("my-pkg {site}/../../../bin/tool {digest}"),
                format!("my-pkg {site}/my_pkg/a,b.py {digest}"),
            ]
        );
        assert_eq!(found.problems, []);
        crate::testing::survives_mutations(&FORMAT, RECORD, text.as_bytes());
    }

    #[test]
    fn garbage_loses_its_row() {
        let found = parse(&FORMAT, RECORD, format!("nonsense\na,sha256=xx,1\nb,sha256={DIGEST},1\n"));
        assert_eq!((found.owned.len(), found.problems.len()), (1, 2));
    }
}
