//! Lock files of PDM.

use super::locked;
use crate::{Context, Format, FormatKind, Sink};
use model::LayerPath;

/// `pdm.lock` (pdm documentation, "Lock file"): `[[package]]` with name and version; one package appears once
/// for each set of extras. A package at a `path` of the project is the project's own.
pub(crate) static FORMAT: Format = Format { id: "pypi/pdm-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "pdm.lock"
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    locked::read(ctx, bytes, "package", |record| record.has("path"), sink);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn extras_do_not_double_a_package_and_own_paths_are_left_out() {
        let text = "[metadata]\nlock_version = \"4.4\"\n\
            [[package]]\nname = \"Uvicorn\"\nversion = \"0.22.0\"\nextras = [\"standard\"]\n\
            [[package]]\nname = \"uvicorn\"\nversion = \"0.22.0\"\n\
            [[package]]\nname = \"mine\"\nversion = \"1\"\npath = \"./mine\"\n";
        check(&FORMAT, "pdm.lock", text, &["uvicorn@0.22.0"]);
    }
}
