//! The lock file of the standard.

use super::locked;
use crate::{Context, Format, FormatKind, Sink};
use model::LayerPath;

/// `pylock.toml` and `pylock.NAME.toml` (PEP 751): `[[packages]]` with name and, unless it is a source tree or
/// repository, version.
pub(crate) static FORMAT: Format =
    Format { id: "pypi/pylock-toml", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    let name = path.file_name();
    name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"))
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    locked::read(ctx, bytes, "packages", |_| false, sink);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn packages_are_read_and_source_trees_counted() {
        check(
            &FORMAT,
            "pylock.dev.toml",
            "lock-version = \"1.0\"\n[[packages]]\nname = \"attrs\"\nversion = \"25.1.0\"\n",
            &["attrs@25.1.0"],
        );
        let found = parse(&FORMAT, "pylock.toml", "[[packages]]\nname = \"x\"\nvcs = { type = \"git\" }\n");
        assert_eq!((found.packages.len(), found.problems.len()), (0, 1));
    }
}
