//! Lock files of Gradle.

use crate::{Context, Format, FormatKind, Sink, manifest::Manifest, text};
use model::{Ecosystem, FoundBy, LayerPath};

/// `gradle.lockfile`, `buildscript-gradle.lockfile`, `settings-gradle.lockfile` and, before Gradle 7,
/// `gradle/dependency-locks/*.lockfile` (Gradle User Manual, "Locking Versions"): a line
/// `group:artifact:version=configurations` for each; all configurations count.
pub(crate) static FORMAT: Format =
    Format { id: "maven/gradle-lockfile", kind: FormatKind::LockFile, matches, parse };

fn matches(path: &LayerPath) -> bool {
    let Some(stem) = path.file_name().strip_suffix(".lockfile") else { return false };
    stem == "gradle"
        || stem.ends_with("-gradle")
        || path.parent().is_some_and(|parent| parent.ends_with("dependency-locks"))
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Maven, FoundBy::LockFile, sink);
    let Some(content) = manifest.text(bytes) else { return };
    for (number, line) in text::numbered_lines(&content) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let coordinates = line.split('=').next().unwrap_or("");
        let parts: Vec<_> = coordinates.splitn(4, ':').collect();
        match parts[..] {
            [group, artifact, version] if !group.is_empty() && !artifact.is_empty() => {
                manifest.package(&format!("{group}:{artifact}"), version);
            }
            _ => manifest.malformed(Some(number), &format!("'{coordinates}' is not group:artifact:version")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn each_line_is_a_package() {
        let text = "# This is a Gradle generated file\ncom.google.guava:guava:31.1-jre=compileClasspath,runtimeClasspath\norg.x:y:1=\nempty=annotationProcessor\n";
        for path in [
            "gradle.lockfile",
            "a/buildscript-gradle.lockfile",
            "gradle/dependency-locks/compileClasspath.lockfile",
        ] {
            check(&FORMAT, path, text, &["com.google.guava:guava@31.1-jre", "org.x:y@1"]);
        }
    }

    #[test]
    fn malformed_line_is_told_by_number() {
        let found = parse(&FORMAT, "gradle.lockfile", "a:b:1=x\nnonsense=x\n");
        assert_eq!((found.names().len(), found.problems[0].line), (1, Some(2)));
    }
}
