//! `var/lib/dpkg/info/*.list`: the paths that a package brought, one a line.

use super::package_of;
use crate::records::{Lines, owned_path};
use crate::{Context, Format, FormatKind, OwnedFile, Sink};

/// The paths of a package, directories included, as recorded: on a system with merged `/usr` a file that is
/// recorded below `/lib` lies below `/usr/lib`.
pub(crate) static FORMAT: Format = Format {
    id: "deb/list",
    kind: FormatKind::System,
    matches: |path| {
        path.as_str().ends_with(".list")
            && matches!(path.parent(), Some("var/lib/dpkg/info" | "usr/lib/opkg/info" | "var/lib/opkg/info"))
    },
    parse,
};

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let package = package_of(ctx.path.file_name(), ".list");
    for (_, line) in Lines::new(bytes) {
        // The first line is the root, "/.".
        if line.is_empty() || line == b"/." {
            continue;
        }
        sink.owns(package, OwnedFile { path: &owned_path(line), digest: None, is_config: false });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::parse;

    #[test]
    fn package_is_the_file_name_without_architecture() {
        let text = "/.\n/lib\n/lib/x86_64-linux-gnu/libz.so.1\n/usr/a b\n";
        let found = parse(&FORMAT, "var/lib/dpkg/info/zlib1g:amd64.list", text);
        assert_eq!(
            found.owned,
            ["zlib1g lib -", "zlib1g lib/x86_64-linux-gnu/libz.so.1 -", "zlib1g usr/a b -"]
        );
        assert_eq!(found.problems, []);
    }

    #[test]
    fn path_that_is_no_text_is_written_as_the_walk_writes_it() {
        let found = parse(&FORMAT, "var/lib/dpkg/info/a.list", b"/usr/\xff\n");
        assert_eq!(found.owned, ["a usr/\\xff -"]);
    }
}
