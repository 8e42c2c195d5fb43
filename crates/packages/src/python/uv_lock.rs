//! Lock files of uv.

use super::locked;
use crate::{Context, Format, FormatKind, Sink, toml_records::Record};
use model::LayerPath;

/// `uv.lock` (uv, `crates/uv-resolver/src/lock`): `[[package]]` with name, version and source. Members of the
/// workspace (`virtual`, `editable`, `directory`) are the project's own.
pub(crate) static FORMAT: Format = Format { id: "pypi/uv-lock", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    // Scripts have `NAME.py.lock` beside them (uv documentation, "Locking dependencies" of scripts).
    path.file_name() == "uv.lock" || path.file_name().ends_with(".py.lock")
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    locked::read(ctx, bytes, "package", is_member, sink);
}

fn is_member(record: &Record<'_>) -> bool {
    let kinds = ["virtual", "editable", "directory"];
    record.table("source").is_some_and(|source| kinds.iter().any(|kind| source.has(kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn members_of_the_workspace_are_left_out() {
        let text = "version = 1\nrequires-python = \">=3.8\"\n\
            [[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"idna\" }]\n\
            [[package]]\nname = \"idna\"\nversion = \"3.4\"\nsource = { registry = \"https://example.org/simple\" }\n";
        check(&FORMAT, "uv.lock", text, &["idna@3.4"]);
    }
}
