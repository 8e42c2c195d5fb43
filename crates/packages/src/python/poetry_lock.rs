//! Lock files of Poetry.

use super::locked;
use crate::{Context, Format, FormatKind, Sink};
use model::LayerPath;

/// `poetry.lock` (poetry, `poetry/packages/locker.py`): `[[package]]` with name and version, which packages of
/// repositories and files have, too. Groups are not told apart.
pub(crate) static FORMAT: Format =
    Format { id: "pypi/poetry-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "poetry.lock"
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    locked::read(ctx, bytes, "package", |_| false, sink);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn locked_packages_are_read() {
        let text = "[[package]]\nname = \"Jinja2\"\nversion = \"3.1.2\"\noptional = false\n\n\
            [package.dependencies]\nMarkupSafe = \">=2.0\"\n\n\
            [[package]]\nname = \"x\"\nversion = \"0.1\"\n[package.source]\ntype = \"git\"\n\n\
            [metadata]\nlock-version = \"2.0\"\n";
        check(&FORMAT, "poetry.lock", text, &["jinja2@3.1.2", "x@0.1"]);
    }
}
