//! What Syft and Trivy keep outside of package URLs (syft: internal/formats/common/cyclonedxhelpers, properties
//! `syft:…`; trivy: pkg/sbom/cyclonedx, properties `aquasecurity:trivy:…`).

use model::{Distribution, Ecosystem, LayerPath, Package, PackageUrl, SourcePackage};
use std::collections::BTreeMap;

/// What else a document says of a component.
pub(super) struct Hints<'d> {
    pub(super) name: &'d str,
    pub(super) properties: &'d BTreeMap<&'d str, &'d str>,
    pub(super) place: Option<&'d str>,
    pub(super) source: Option<(String, String)>,
}

/// Completes a package that another tool described.
pub(super) fn complete(package: &mut Package, hints: &Hints<'_>) {
    let text = |key: &str| hints.properties.get(key).copied().filter(|text| !text.is_empty());
    let trivy = |key: &str| text(format!("aquasecurity:trivy:{key}").as_str());
    if let Some(place) = text("syft:location:0:path").or_else(|| trivy("FilePath")).or(hints.place) {
        package.path = LayerPath::new(place);
        // Syft names nested archives by a path with colons.
        let inner =
            text("syft:metadata:virtualPath").and_then(|path| path.strip_prefix(place)?.strip_prefix(':'));
        package.nested = inner.map_or_else(Vec::new, |inner| inner.split(':').map(str::to_owned).collect());
    }
    if package.ecosystem.is_system() {
        if let Some(source) = source(package, hints) {
            package.source = Some(source);
        }
        if let Some(label) = text("syft:metadata:modularityLabel").or_else(|| trivy("Modularitylabel")) {
            package.module = Some(label.to_owned());
        }
        if let Some(vendor) = text("syft:metadata:vendor") {
            package.vendor = Some(vendor.to_owned());
        }
        let epoch = text("syft:metadata:epoch")
            .filter(|epoch| *epoch != "0" && epoch.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(epoch) = epoch
            && package.ecosystem == Ecosystem::Rpm
            && !package.version.contains(':')
        {
            package.version = format!("{epoch}:{}", package.version);
        }
    }
    match package.ecosystem {
        // Package URLs of Go are lower case and carry the `v` of the tag or the `go` of the toolchain.
        Ecosystem::Go => {
            if hints.name.eq_ignore_ascii_case(&package.name) {
                package.name = hints.name.to_owned();
            }
            let is_prefix = |prefix: &str| {
                package
                    .version
                    .strip_prefix(prefix)
                    .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            };
            if let Some(rest) = is_prefix("v").or_else(|| is_prefix("go")) {
                package.version = rest.to_owned();
            }
        }
        Ecosystem::PyPI => package.name = python_name(&package.name),
        _ => {}
    }
}

fn source(package: &Package, hints: &Hints<'_>) -> Option<SourcePackage> {
    let text = |key: &str| hints.properties.get(key).copied().filter(|text| !text.is_empty());
    if let Some(name) = text("syft:metadata:source").or_else(|| text("syft:metadata:originPackage")) {
        let version = text("syft:metadata:sourceVersion").unwrap_or(&package.version);
        return Some(SourcePackage { name: name.to_owned(), version: version.to_owned() });
    }
    if let Some(name) = text("aquasecurity:trivy:SrcName") {
        let mut version = text("aquasecurity:trivy:SrcVersion").unwrap_or(&package.version).to_owned();
        if let Some(release) = text("aquasecurity:trivy:SrcRelease") {
            version = format!("{version}-{release}");
        }
        if let Some(epoch) = text("aquasecurity:trivy:SrcEpoch").filter(|epoch| *epoch != "0") {
            version = format!("{epoch}:{version}");
        }
        return Some(SourcePackage { name: name.to_owned(), version });
    }
    hints.source.clone().map(|(name, version)| SourcePackage { name, version })
}

/// PEP 503, "Normalized Names".
fn python_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.push(c.to_ascii_lowercase()),
        }
    }
    normal
}

/// A distribution of a package URL in the words of os-release(5): Trivy writes its own family names, the package
/// URL specification shows code names (`distro=jessie`).
pub(super) fn distribution(purl: Option<&PackageUrl>, distribution: Distribution) -> Distribution {
    const CODENAMES: [(&str, &str, &str); 14] = [
        ("debian", "stretch", "9"),
        ("debian", "buster", "10"),
        ("debian", "bullseye", "11"),
        ("debian", "bookworm", "12"),
        ("debian", "trixie", "13"),
        ("debian", "forky", "14"),
        ("debian", "sid", "sid"),
        ("ubuntu", "trusty", "14.04"),
        ("ubuntu", "xenial", "16.04"),
        ("ubuntu", "bionic", "18.04"),
        ("ubuntu", "focal", "20.04"),
        ("ubuntu", "jammy", "22.04"),
        ("ubuntu", "noble", "24.04"),
        ("ubuntu", "resolute", "26.04"),
    ];
    let codename = distribution.id.as_str();
    if let Some((id, _, version)) = CODENAMES.iter().find(|(_, name, _)| *name == codename)
        && distribution.version.is_empty()
    {
        return Distribution { codename: Some(codename.to_owned()), ..Distribution::new(id, version) };
    }
    let id = os_release_id(&distribution.id);
    // A version alone (`distro=12`) belongs to the namespace.
    if id.starts_with(|c: char| c.is_ascii_digit())
        && let Some(purl) = purl.filter(|purl| !purl.namespace.is_empty())
    {
        return Distribution::new(&purl.namespace, &id);
    }
    Distribution { id, ..distribution }
}

/// `ID` of os-release for the family names of Trivy (trivy: pkg/fanal/types, OS types).
pub(super) fn os_release_id(family: &str) -> String {
    let family = family.to_ascii_lowercase();
    match family.as_str() {
        "alma" => "almalinux",
        "amazon" => "amzn",
        "redhat" => "rhel",
        "oracle" => "ol",
        "opensuse.leap" => "opensuse-leap",
        "opensuse.tumbleweed" => "opensuse-tumbleweed",
        "suse linux enterprise server" | "suse linux enterprise" => "sles",
        "cbl-mariner" => "mariner",
        other => other,
    }
    .to_owned()
}

/// The operating system of a component of type `operating-system`.
pub(super) fn system(name: &str, version: &str, properties: &BTreeMap<&str, &str>) -> Option<Distribution> {
    let text = |key: &str| properties.get(key).map(|text| (*text).to_owned());
    let id = text("syft:distro:id").unwrap_or_else(|| os_release_id(name));
    if id.is_empty() || id == "none" {
        return None;
    }
    Some(Distribution {
        version: text("syft:distro:versionID").unwrap_or_else(|| version.to_owned()),
        codename: text("syft:distro:versionCodename"),
        pretty_name: text("syft:distro:prettyName"),
        like: crate::properties::numbered(properties, "syft:distro:idLike:"),
        ..Distribution::new(&id, "")
    })
}

/// The path in SPDX `sourceInfo`: `acquired package info from DPKG DB: /var/lib/dpkg/status, …` (Syft).
pub(super) fn place_in_source_info(text: &str) -> Option<String> {
    let (_, places) = text.strip_prefix("acquired package info from ")?.split_once(": ")?;
    Some(places.split(", ").next()?.trim().to_owned()).filter(|place| !place.is_empty())
}

/// The source package in SPDX `sourceInfo`: `built package from: openssl 3.0.11-1` (Trivy).
pub(super) fn source_in_source_info(text: &str) -> Option<(String, String)> {
    let (_, rest) = text.split_once("built package from: ")?;
    let (name, version) = rest.trim().split_once(' ')?;
    Some((name.to_owned(), version.to_owned()))
}
