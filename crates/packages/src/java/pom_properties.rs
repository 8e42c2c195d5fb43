//! The coordinates that Maven puts into what it builds.

use crate::text;

/// Coordinates of a Maven artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coordinates {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
}

const PART_BYTES_MAX: usize = 256;

/// Reads `META-INF/maven/GROUP/ARTIFACT/pom.properties` (Maven Archiver, `addMavenDescriptor`), a properties
/// file (java.util.Properties, `load`) of three keys; `None` when one is absent or still a placeholder.
pub(super) fn read(bytes: &[u8]) -> Option<Coordinates> {
    let (mut group, mut artifact, mut version) = (None, None, None);
    for line in text::decode(bytes).lines() {
        let line = line.trim();
        if line.starts_with(['#', '!']) {
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else { continue };
        let value = value.trim().to_owned();
        match key.trim() {
            "groupId" => group = Some(value),
            "artifactId" => artifact = Some(value),
            "version" => version = Some(value),
            _ => {}
        }
    }
    let coordinates = Coordinates { group: group?, artifact: artifact?, version: version? };
    let parts = [&coordinates.group, &coordinates.artifact, &coordinates.version];
    parts
        .iter()
        .all(|part| !part.is_empty() && part.len() <= PART_BYTES_MAX && !part.contains("${"))
        .then_some(coordinates)
}

impl Coordinates {
    /// `group:artifact`.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_keys_are_read_in_any_order() {
        let read =
            |text: &str| read(text.as_bytes()).map(|coordinates| (coordinates.name(), coordinates.version));
        let expected = Some(("org.x:y".to_owned(), "1.0".to_owned()));
        assert_eq!(read("#Generated\r\nversion=1.0\r\ngroupId=org.x\r\nartifactId = y\r\n"), expected);
        assert_eq!(read("version: 1.0\ngroupId: org.x\nartifactId: y"), expected);
        assert_eq!(read("version=${project.version}\ngroupId=org.x\nartifactId=y"), None);
        assert_eq!(read("version=1\nartifactId=y"), None);
    }
}
