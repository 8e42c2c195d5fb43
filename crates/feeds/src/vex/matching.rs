//! Whether a product of a statement is a package.

use super::{Identifier, Product};
use model::PackageUrl;

/// Whether a package is the product, or one of the parts that are meant.
pub(super) fn holds_package(product: &Product, purl: &PackageUrl) -> bool {
    let meant = if product.components.is_empty() { &product.identifiers } else { &product.components };
    meant.iter().any(|identifier| names(identifier, purl))
}

/// The same for a package of a known image.
pub(super) fn holds_package_of_image(product: &Product, purl: &PackageUrl, images: &[PackageUrl]) -> bool {
    let mut wholes = product.identifiers.iter().filter_map(|identifier| match identifier {
        Identifier::Purl(whole) if matches!(whole.purl_type.as_str(), "oci" | "docker") => Some(whole),
        _ => None,
    });
    let Some(first) = wholes.next() else { return holds_package(product, purl) };
    let is_this =
        std::iter::once(first).chain(wholes).any(|whole| images.iter().any(|image| is_image(whole, image)));
    is_this && (product.components.is_empty() || product.components.iter().any(|part| names(part, purl)))
}

fn names(identifier: &Identifier, purl: &PackageUrl) -> bool {
    match identifier {
        Identifier::Purl(wanted) => is_same_package(wanted, purl),
        Identifier::Name(name) => {
            let full = |separator: &str| format!("{}{separator}{}", purl.namespace, purl.name);
            *name == purl.name || (!purl.namespace.is_empty() && (*name == full("/") || *name == full(":")))
        }
    }
}

/// What the statement leaves out is not compared: version, qualifiers, subpath.
fn is_same_package(wanted: &PackageUrl, purl: &PackageUrl) -> bool {
    wanted.purl_type == purl.purl_type
        && wanted.namespace == purl.namespace
        && wanted.name == purl.name
        && (wanted.version.is_empty() || wanted.version == purl.version)
        && has_qualifiers_of(wanted, purl)
        && (wanted.subpath.is_empty() || wanted.subpath == purl.subpath)
}

fn has_qualifiers_of(wanted: &PackageUrl, purl: &PackageUrl) -> bool {
    wanted.qualifiers.iter().all(|(key, value)| purl.qualifiers.get(key) == Some(value))
}

/// `pkg:oci/debian@sha256:…?repository_url=docker.io/library/debian&tag=…` (purl-spec, type `oci`).
fn is_image(wanted: &PackageUrl, image: &PackageUrl) -> bool {
    wanted.name == image.name
        && (wanted.version.is_empty() || wanted.version == image.version)
        && has_qualifiers_of(wanted, image)
}

#[cfg(test)]
mod tests {
    use crate::vex::{VexStatus, read};
    use model::PackageUrl;

    fn purl(text: &str) -> PackageUrl {
        text.parse().unwrap()
    }

    #[test]
    fn version_and_qualifiers_count_when_the_statement_has_them() {
        let document = read(
            br#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x","author":"a","timestamp":"2024-01-01T00:00:00Z","statements":[
            {"vulnerability":{"name":"CVE-2024-1","aliases":["GHSA-x"]},"products":[{"@id":"pkg:deb/debian/curl@7.88.1-10?arch=amd64"},"pkg:npm/%40a/b","plain"],"status":"not_affected","justification":"component_not_present","impact_statement":"not built in"},
            {"vulnerability":"CVE-2024-1","timestamp":"2024-02-01T00:00:00Z","products":["pkg:npm/%40a/b@2.0.0"],"status":"affected"},
            {"vulnerability":{},"products":["x"],"status":"fixed"},{"vulnerability":"CVE-1-1","products":[],"status":"fixed"},{"vulnerability":"CVE-1-1","products":["x"],"status":"maybe"}]}"#,
        )
        .unwrap();
        assert_eq!((document.statements.len(), document.problems.len()), (2, 3));
        let status =
            |id: &str, text: &str| document.applies_to(&[id], &purl(text)).map(|statement| statement.status);
        let not_affected = Some(VexStatus::NotAffected);
        assert_eq!(
            status("CVE-2024-1", "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12"),
            not_affected
        );
        assert_eq!(status("GHSA-X", "pkg:deb/debian/curl@7.88.1-10?arch=amd64"), not_affected);
        assert_eq!(status("CVE-2024-1", "pkg:deb/debian/curl@7.88.1-11?arch=amd64"), None);
        assert_eq!(status("CVE-2024-1", "pkg:deb/debian/curl@7.88.1-10?arch=arm64"), None);
        assert_eq!(status("CVE-2024-1", "pkg:npm/%40a/b@1.0.0"), not_affected);
        // The later statement overrides the earlier.
        assert_eq!(status("CVE-2024-1", "pkg:npm/%40a/b@2.0.0"), Some(VexStatus::Affected));
        assert_eq!(status("CVE-2024-1", "pkg:npm/b@1.0.0"), None);
        assert_eq!(status("CVE-2024-1", "pkg:golang/example.org/plain@1"), not_affected);
        assert_eq!(status("CVE-2024-2", "pkg:npm/%40a/b@1.0.0"), None);
        assert_eq!(document.statements[0].reason(), "not_affected: component_not_present: not built in");
    }

    #[test]
    fn statement_about_another_image_does_not_count() {
        let document = read(
            br#"{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"CVE-2024-1","status":"fixed","products":[
            {"@id":"pkg:oci/app@sha256:aa?repository_url=example.org/app","subcomponents":[{"@id":"pkg:apk/alpine/openssl"}]},
            {"@id":"pkg:oci/whole"}]}]}"#,
        )
        .unwrap();
        let openssl = purl("pkg:apk/alpine/openssl@3.1.0-r0");
        let applies =
            |image: &str| document.applies_to_image(&["CVE-2024-1"], &openssl, &[purl(image)]).is_some();
        assert!(applies("pkg:oci/app@sha256:aa?repository_url=example.org/app"));
        assert!(!applies("pkg:oci/app@sha256:bb?repository_url=example.org/app"));
        assert!(!applies("pkg:oci/other@sha256:aa"));
        assert!(applies("pkg:oci/whole@sha256:cc"));
        assert!(document.applies_to(&["CVE-2024-1"], &openssl).is_some());
        assert!(document.applies_to(&["CVE-2024-1"], &purl("pkg:apk/alpine/zlib@1")).is_none());
    }

    #[test]
    fn csaf_statements_carry_justifications_and_skip_whole_distributions() {
        let document = read(
            br#"{"document":{"csaf_version":"2.0","category":"csaf_vex","publisher":{"name":"Example"},"tracking":{"id":"X-1","current_release_date":"2024-01-01T00:00:00Z"}},
            "product_tree":{"branches":[{"category":"vendor","name":"v","branches":[{"category":"product_version","name":"1","product":{"name":"a","product_id":"A","product_identification_helper":{"purl":"pkg:npm/a@1.0.0"}}},
              {"category":"product_name","name":"os","product":{"name":"os","product_id":"OS","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9"}}}]}],
              "full_product_names":[{"name":"img","product_id":"IMG","product_identification_helper":{"purl":"pkg:oci/img"}}],
              "relationships":[{"category":"default_component_of","product_reference":"A","relates_to_product_reference":"IMG","full_product_name":{"name":"x","product_id":"IMG:A"}},
                {"category":"default_component_of","product_reference":"A","relates_to_product_reference":"OS","full_product_name":{"name":"y","product_id":"OS:A"}}]},
            "vulnerabilities":[{"cve":"CVE-2024-1","product_status":{"known_not_affected":["A","IMG:A","OS:A"]},"flags":[{"label":"vulnerable_code_not_in_execute_path","product_ids":["A"]}],
              "threats":[{"category":"impact","details":"dead code","product_ids":["A"]}]}]}"#,
        )
        .unwrap();
        assert_eq!(document.problems.len(), 1, "{:?}", document.problems);
        assert_eq!(document.statements.len(), 2);
        let statement = document.applies_to_image(&["CVE-2024-1"], &purl("pkg:npm/a@1.0.0"), &[]).unwrap();
        assert_eq!(
            (statement.justification.as_str(), statement.impact.as_str()),
            ("vulnerable_code_not_in_execute_path", "dead code")
        );
    }

    #[test]
    fn other_documents_are_refused() {
        assert!(read(b"{}").is_err());
        assert!(read(b"[").is_err());
        assert!(read(br#"{"bomFormat":"CycloneDX"}"#).is_err());
    }
}
