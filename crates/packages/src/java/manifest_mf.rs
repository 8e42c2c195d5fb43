//! Manifests of Java archives.

use crate::text;

/// The attributes of `META-INF/MANIFEST.MF` that tell what an archive is (JAR File Specification, "JAR
/// Manifest"; OSGi Core, "Bundle Manifest Headers"; `Spring-Boot-Jar-Type`). Empty when absent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ManifestAttributes {
    pub(super) implementation_title: String,
    pub(super) implementation_version: String,
    pub(super) implementation_vendor_id: String,
    pub(super) bundle_symbolic_name: String,
    pub(super) bundle_version: String,
    pub(super) bundle_license: String,
    pub(super) spring_boot_jar_type: String,
}

/// Reads the main section.
pub(super) fn read(bytes: &[u8]) -> ManifestAttributes {
    let mut attributes = ManifestAttributes::default();
    let content = text::decode(bytes);
    let mut logical = String::new();
    for line in content.lines() {
        if line.is_empty() {
            break;
        }
        // Lines are cut at 72 bytes and go on behind a blank.
        if let Some(rest) = line.strip_prefix(' ') {
            logical.push_str(rest);
            continue;
        }
        keep(&mut attributes, &logical);
        line.clone_into(&mut logical);
    }
    keep(&mut attributes, &logical);
    attributes
}

fn keep(attributes: &mut ManifestAttributes, line: &str) {
    let Some((key, value)) = line.split_once(':') else { return };
    let field = match key.to_ascii_lowercase().as_str() {
        "implementation-title" => &mut attributes.implementation_title,
        "implementation-version" => &mut attributes.implementation_version,
        "implementation-vendor-id" => &mut attributes.implementation_vendor_id,
        "bundle-symbolicname" => &mut attributes.bundle_symbolic_name,
        "bundle-version" => &mut attributes.bundle_version,
        "spring-boot-jar-type" => &mut attributes.spring_boot_jar_type,
        "bundle-license" => &mut attributes.bundle_license,
        _ => return,
    };
    // Directives follow the symbolic name (`a.b;singleton:=true`).
    let value = value.trim();
    let value = if key.eq_ignore_ascii_case("bundle-symbolicname") {
        value.split(';').next().unwrap_or("")
    } else {
        value
    };
    value.trim().clone_into(field);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_joined_and_sections_left_out() {
        let attributes = read(b"Manifest-Version: 1.0\r\nImplementation-Ver\r\n sion: 1.2\r\nBundle-SymbolicName: a.b;x:=y\r\n\r\nName: z\r\nImplementation-Title: no\r\n");
        assert_eq!(attributes.implementation_version, "1.2");
        assert_eq!(attributes.bundle_symbolic_name, "a.b");
        assert_eq!(attributes.implementation_title, "");
    }
}
