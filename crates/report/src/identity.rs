//! Names that are the same whenever the same report is written: document ids, component ids, the target's
//! package URL.

use crate::Options;
use model::{Finding, Fingerprint, Package, PackageUrl, Report, TargetKind};
use sha1::{Digest as _, Sha1};
use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
};

/// A name-based UUID (RFC 9562, section 5.5) over the report, the timestamp and the format, so that writing the
/// same report twice gives the same document.
pub(crate) fn document_uuid(format: &str, report: &Report, options: &Options) -> String {
    // A namespace of our own (RFC 9562, section 6.6).
    const NAMESPACE: [u8; 16] =
        [0x5e, 0xa3, 0xa1, 0x10, 0x2b, 0x6c, 0x4f, 0x7d, 0x9a, 0x51, 0x0c, 0x8e, 0x44, 0xd2, 0x17, 0x3b];
    let mut hash = HashWriter(Sha1::new());
    hash.0.update(NAMESPACE);
    hash.0.update(format.as_bytes());
    hash.0.update([0]);
    hash.0.update(options.timestamp.as_bytes());
    hash.0.update([0]);
    serde_json::to_writer(&mut hash, report).expect("a report has text keys and a hash takes every byte");
    let digest = hash.0.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

struct HashWriter(Sha1);

impl Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The package URL of what was scanned: type `oci` when the digest of the manifest is known, else `docker` with
/// the image id (purl-spec, types oci and docker), `generic` for what is no image.
pub(crate) fn target_purl(report: &Report) -> PackageUrl {
    let target = &report.target;
    let is_image = target.kind.is_image();
    // `name@digest` and `name:tag`, where the registry's port also stands after a colon.
    let by_digest = target.names.iter().chain([&target.name]).find_map(|name| name.rsplit_once("@sha256:"));
    let without_digest = |name: &str| name.split('@').next().unwrap_or("").to_owned();
    let tagged = target.names.iter().find(|name| !name.contains('@')).map_or(&target.name, |name| name);
    let tagged = without_digest(tagged);
    let (repository, tag) = match tagged.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository.to_owned(), tag.to_owned()),
        _ => (tagged, String::new()),
    };
    let repository = by_digest.map_or(repository, |(name, _)| name.to_owned());
    let name = repository.trim_end_matches('/').rsplit('/').next().unwrap_or("").to_owned();
    let name = if name.is_empty() { "unnamed".to_owned() } else { name };
    let mut purl = PackageUrl { purl_type: "generic".to_owned(), name, ..PackageUrl::default() };
    if !is_image {
        return purl;
    }
    let manifest = target.manifest_digest.as_ref().map(ToString::to_string);
    let manifest = manifest.or_else(|| by_digest.map(|(_, hex)| format!("sha256:{hex}")));
    match (manifest, &target.image_id) {
        (None, Some(image_id)) => {
            purl.purl_type = "docker".to_owned();
            purl.version = image_id.to_string();
        }
        (manifest, _) => {
            purl.purl_type = "oci".to_owned();
            purl.name.make_ascii_lowercase();
            purl.version = manifest.unwrap_or_default();
            if repository.contains('/') && !matches!(target.kind, TargetKind::Archive | TargetKind::Oci) {
                purl.qualifiers.insert("repository_url".to_owned(), repository);
            }
            if let Some(arch) = target.platform.as_ref().and_then(|platform| platform.split('/').nth(1)) {
                purl.qualifiers.insert("arch".to_owned(), arch.to_owned());
            }
        }
    }
    if !tag.is_empty() {
        purl.qualifiers.insert("tag".to_owned(), tag);
    }
    purl
}

/// The packages of a report with an id each, unique and the same in every run.
pub(crate) struct Components {
    /// One id a package, 16 hexadecimal digits, in the order of the report.
    pub(crate) ids: Vec<String>,
    /// One package URL a package.
    pub(crate) purls: Vec<PackageUrl>,
    by_place: HashMap<Fingerprint, usize>,
    by_purl: HashMap<String, usize>,
}

impl Components {
    pub(crate) fn of(report: &Report) -> Self {
        let mut components =
            Self { ids: Vec::new(), purls: Vec::new(), by_place: HashMap::new(), by_purl: HashMap::new() };
        let mut taken = HashSet::new();
        for (at, package) in report.packages.iter().enumerate() {
            let purl = package.purl(report.distribution.as_ref());
            let text = purl.to_string();
            let place = place(&text, package.path.as_str(), &package.nested);
            let mut id = place.as_str().to_owned();
            // The same package may be recorded twice in one file.
            let mut copy = 2;
            while !taken.insert(id.clone()) {
                id = format!("{}-{copy}", place.as_str());
                copy += 1;
            }
            components.by_place.entry(place).or_insert(at);
            components.by_purl.entry(text).or_insert(at);
            components.ids.push(id);
            components.purls.push(purl);
        }
        components
    }

    /// The package that a finding is about.
    pub(crate) fn of_finding(&self, finding: &Finding) -> Option<usize> {
        let purl = &finding.vulnerability.as_ref()?.purl;
        let path = finding.location.path.as_ref().map_or("", |path| path.as_str());
        let place = place(purl, path, &finding.location.nested);
        self.by_place.get(&place).or_else(|| self.by_purl.get(purl)).copied()
    }
}

fn place(purl: &str, path: &str, nested: &[String]) -> Fingerprint {
    let mut parts = vec![purl, path];
    parts.extend(nested.iter().map(String::as_str));
    Fingerprint::of(&parts)
}

/// SHA-1 of a package, when it is one.
pub(crate) fn sha1_of(package: &Package) -> Option<&str> {
    let text = package.sha1.as_deref()?;
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == 40 && is_hex).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn document_id_depends_on_content_alone() {
        let options = Options::default();
        let id = document_uuid("x", &sample::rich(), &options);
        assert_eq!(id, document_uuid("x", &sample::rich(), &options));
        assert_ne!(id, document_uuid("x", &sample::empty(), &options));
        assert_eq!(&id[14..15], "5");
    }

    #[test]
    fn target_is_named_as_the_package_url_types_say() {
        let mut report = sample::rich();
        let digest = report.target.manifest_digest.clone().unwrap().to_string().replace(':', "%3A");
        let oci = target_purl(&report).to_string().replace("sha256:", "sha256%3A");
        assert_eq!(
            oci,
            format!("pkg:oci/api@{digest}?arch=amd64&repository_url=registry.example/shop/api&tag=2.3")
        );
        report.target.manifest_digest = None;
        report.target.names.clear();
        assert!(target_purl(&report).to_string().starts_with("pkg:docker/api@sha256"));
        report.target.kind = TargetKind::Rootfs;
        report.target.name = "/".to_owned();
        assert_eq!(target_purl(&report).to_string(), "pkg:generic/unnamed");
    }

    #[test]
    fn repeated_packages_get_ids_of_their_own() {
        let mut report = sample::rich();
        report.packages.push(report.packages[0].clone());
        let components = Components::of(&report);
        let unique: HashSet<_> = components.ids.iter().collect();
        assert_eq!(unique.len(), report.packages.len());
        assert!(
            report
                .findings
                .iter()
                .filter(|f| f.vulnerability.is_some())
                .all(|f| components.of_finding(f).is_some())
        );
    }
}
