//! Package lists of .NET Framework projects.

use crate::{Context, Format, FormatKind, Sink, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// `packages.config` (NuGet documentation, "packages.config reference"): `<package id version/>`, all exact.
pub(crate) static FORMAT: Format =
    Format { id: "nuget/packages-config", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name().eq_ignore_ascii_case("packages.config")
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Nuget, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let mut reader = Reader::from_str(&content);
    reader.config_mut().check_end_names = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) if start.local_name().as_ref() == "package" => {
                match (attribute(&start, "id"), attribute(&start, "version")) {
                    (Some(name), Some(version)) => manifest.package(&name, &version),
                    (name, _) => manifest.without_version(&name.unwrap_or_default()),
                }
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                manifest.malformed(None, &format!("not XML at byte {}: {error}", reader.error_position()));
                break;
            }
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute =
        start.attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(attribute.value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn packages_are_read() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<packages>\n  <package id=\"jQuery\" version=\"3.1.1\" targetFramework=\"net46\" />\n  <package id='A' version='1.0'></package>\n</packages>";
        check(&FORMAT, "packages.config", text, &["A@1.0", "jQuery@3.1.1"]);
    }

    #[test]
    fn broken_xml_is_told_and_what_came_before_counts() {
        let found = parse(
            &FORMAT,
            "packages.config",
            "<packages><package id='A' version='1'/><package id='B'/><package id=",
        );
        assert_eq!((found.names().len(), found.problems.len()), (1, 2));
    }
}
