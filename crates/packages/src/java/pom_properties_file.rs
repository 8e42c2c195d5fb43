//! Coordinates in archives that lie unpacked on disk.

use super::pom_properties;
use crate::{Context, Format, FormatKind, Sink, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `META-INF/maven/GROUP/ARTIFACT/pom.properties` of an unpacked archive, as servlet containers leave them.
pub(crate) static FORMAT: Format =
    Format { id: "maven/pom-properties", kind: FormatKind::Installed, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name() == "pom.properties" && path.as_str().contains("META-INF/maven/")
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Maven, FoundBy::Installed, sink);
    match pom_properties::read(bytes) {
        Some(coordinates) => manifest.package(&coordinates.name(), &coordinates.version),
        None => manifest.malformed(None, "pom.properties without group, artifact and version"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn unpacked_archives_are_named() {
        let path = "srv/webapps/ROOT/META-INF/maven/org.x/y/pom.properties";
        check(&FORMAT, path, "version=1\ngroupId=org.x\nartifactId=y\n", &["org.x:y@1"]);
        assert_eq!(parse(&FORMAT, path, "version=1\n").problems.len(), 1);
    }
}
