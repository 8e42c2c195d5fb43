//! `var/lib/dpkg/diversions`: files of packages that lie elsewhere on purpose.

use crate::records::{Lines, Out};
use crate::{Context, Diversion, Format, FormatKind, Sink};

/// Three lines each: the path, where it goes, and the package whose own file keeps the path, or `:` for none
/// (dpkg-divert(1); dpkg, lib/dpkg/db-fsys-divert.c).
pub(crate) static FORMAT: Format = Format {
    id: "deb/diversions",
    kind: FormatKind::System,
    matches: |path| path.as_str() == "var/lib/dpkg/diversions",
    parse,
};

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut out = Out::new(sink);
    let mut lines = Lines::new(bytes);
    while let Some((number, from)) = lines.next() {
        let (Some((_, to)), Some((_, by))) = (lines.next(), lines.next()) else {
            out.malformed(number, || "a diversion without its three lines".to_owned());
            break;
        };
        if !out.has_room_for_path(ctx, from.len() + to.len()) {
            continue;
        }
        let (from, to) = (crate::records::owned_path(from), crate::records::owned_path(to));
        let by = std::str::from_utf8(by).ok().filter(|by| *by != ":");
        out.diverts(Diversion { from: &from, to: &to, by });
    }
    out.finish();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::parse;

    #[test]
    fn diversions_have_three_lines() {
        let text = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.real\n:\n/cut\n";
        let found = parse(&FORMAT, "var/lib/dpkg/diversions", text);
        assert_eq!(found.diverted, ["bin/sh -> bin/sh.distrib by dash", "usr/bin/x -> usr/bin/x.real by -"]);
        assert_eq!(found.problems.len(), 1);
        crate::testing::survives_mutations(&FORMAT, "var/lib/dpkg/diversions", text.as_bytes());
    }
}
