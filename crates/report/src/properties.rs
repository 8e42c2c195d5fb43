//! What a package URL does not carry, as `seawall:` properties, so that a bill of materials gives the same
//! findings as the image that it was made from. Written and read by CycloneDX (properties) and SPDX (annotation).

use model::{Distribution, Ecosystem, FoundBy, Layer, LayerPath, Package, PackageUrl, SourcePackage};
use std::{collections::BTreeMap, sync::Arc};

/// Names of properties, all with this prefix.
pub(crate) const PREFIX: &str = "seawall:";

/// The properties of a package with this package URL: only what the URL loses, and where the package was found.
pub(crate) fn of_package(package: &Package, purl: &PackageUrl) -> Vec<(String, String)> {
    let mut list = Vec::new();
    let mut put = |key: &str, value: &str| list.push((format!("{PREFIX}{key}"), value.to_owned()));
    let carried = purl.to_string().parse::<PackageUrl>().ok().and_then(|purl| purl.to_package(&package.path));
    let carried = match &carried {
        Some((carried, _)) if carried.ecosystem == package.ecosystem => carried,
        _ => {
            put("ecosystem", package.ecosystem.purl_type());
            &Package::new(package.ecosystem, "", "", FoundBy::Sbom, &package.path)
        }
    };
    if carried.name != package.name {
        put("name", &package.name);
    }
    if carried.version != package.version {
        put("version", &package.version);
    }
    if carried.source != package.source {
        // An empty name says that there is none, where the package URL would imply one.
        put("source-name", package.source.as_ref().map_or("", |source| &source.name));
        put("source-version", package.source.as_ref().map_or("", |source| &source.version));
    }
    if carried.arch != package.arch {
        put("arch", package.arch.as_deref().unwrap_or(""));
    }
    if carried.module != package.module {
        put("module", package.module.as_deref().unwrap_or(""));
    }
    if let Some(vendor) = &package.vendor {
        put("vendor", vendor);
    }
    put("found-by", found_by_text(package.found_by));
    put("path", package.path.as_str());
    for (at, inner) in package.nested.iter().enumerate() {
        put(&format!("nested:{at}"), inner);
    }
    if let Some(owner) = &package.owner {
        put("owner", owner);
    }
    if let Some(sha1) = &package.sha1 {
        put("sha1", sha1);
    }
    if let Some(layer) = &package.layer {
        put("layer", &layer.index.to_string());
    }
    list
}

/// A package from its package URL, when there is a usable one, and its properties.
pub(crate) fn to_package(
    purl: Option<&PackageUrl>,
    properties: &BTreeMap<&str, &str>,
    layers: &[Arc<Layer>],
) -> Option<(Package, Option<Distribution>)> {
    let text = |key: &str| properties.get(format!("{PREFIX}{key}").as_str()).copied();
    let path = LayerPath::new(text("path").unwrap_or(""));
    let carried = match text("ecosystem").and_then(Ecosystem::from_purl_type) {
        Some(ecosystem) => {
            let name = text("name").filter(|name| !name.is_empty())?;
            Some((Package::new(ecosystem, name, text("version").unwrap_or(""), FoundBy::Sbom, &path), None))
        }
        None => purl.and_then(|purl| purl.to_package(&path)),
    };
    let (mut package, distribution) = carried?;
    let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if let Some(name) = text("name").filter(|name| !name.is_empty()) {
        package.name = name.to_owned();
    }
    if let Some(version) = text("version") {
        package.version = version.to_owned();
    }
    if let Some(name) = text("source-name") {
        let version = text("source-version").unwrap_or("").to_owned();
        package.source = optional(name).map(|name| SourcePackage { name, version });
    }
    if let Some(arch) = text("arch") {
        package.arch = optional(arch);
    }
    if let Some(module) = text("module") {
        package.module = optional(module);
    }
    if let Some(found_by) = text("found-by").and_then(found_by_of) {
        package.found_by = found_by;
    }
    package.vendor = text("vendor").map(str::to_owned).or(package.vendor);
    package.owner = text("owner").map(str::to_owned).or(package.owner);
    package.sha1 = text("sha1").map(str::to_owned).or(package.sha1);
    package.nested = numbered(properties, &format!("{PREFIX}nested:"));
    let index: Option<usize> = text("layer").and_then(|index| index.parse().ok());
    package.layer = index.and_then(|index| layers.iter().find(|layer| layer.index == index).map(Arc::clone));
    Some((package, distribution))
}

/// The properties of the operating system.
pub(crate) fn of_distribution(distribution: &Distribution) -> Vec<(String, String)> {
    let mut list = Vec::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            list.push((format!("{PREFIX}{key}"), value.to_owned()));
        }
    };
    put("distribution", Some(&distribution.id));
    put("distribution-version", Some(&distribution.version));
    put("codename", distribution.codename.as_deref());
    put("pretty-name", distribution.pretty_name.as_deref());
    put("channel", distribution.channel.as_deref());
    put("cpe", distribution.cpe.as_deref());
    for (at, like) in distribution.like.iter().enumerate() {
        put(&format!("like:{at}"), Some(like));
    }
    list
}

/// The operating system from our properties, when they name one.
pub(crate) fn to_distribution(properties: &BTreeMap<&str, &str>) -> Option<Distribution> {
    let text = |key: &str| properties.get(format!("{PREFIX}{key}").as_str()).map(|&text| text.to_owned());
    Some(Distribution {
        id: text("distribution")?,
        version: text("distribution-version").unwrap_or_default(),
        codename: text("codename"),
        pretty_name: text("pretty-name"),
        like: numbered(properties, &format!("{PREFIX}like:")),
        channel: text("channel"),
        cpe: text("cpe"),
    })
}

/// The layers, one property each, as JSON: only we read them.
pub(crate) fn of_layers(layers: &[Arc<Layer>]) -> Vec<(String, String)> {
    let json = |layer: &Arc<Layer>| serde_json::to_string(layer).expect("a layer has text keys");
    layers.iter().map(|layer| (format!("{PREFIX}layer:{}", layer.index), json(layer))).collect()
}

/// The layers from our properties.
pub(crate) fn to_layers(properties: &BTreeMap<&str, &str>) -> Vec<Arc<Layer>> {
    let texts = numbered(properties, &format!("{PREFIX}layer:"));
    texts.iter().filter_map(|text| serde_json::from_str(text).ok()).map(Arc::new).collect()
}

/// The values of `prefix0`, `prefix1` … in the order of the numbers.
pub(crate) fn numbered(properties: &BTreeMap<&str, &str>, prefix: &str) -> Vec<String> {
    let mut values: Vec<(usize, &str)> = properties
        .range(prefix..)
        .take_while(|(key, _)| key.starts_with(prefix))
        .filter_map(|(key, value)| Some((key[prefix.len()..].parse().ok()?, *value)))
        .collect();
    values.sort_unstable();
    values.into_iter().map(|(_, value)| value.to_owned()).collect()
}

const FOUND_BY: [(FoundBy, &str); 6] = [
    (FoundBy::PackageManager, "package-manager"),
    (FoundBy::Installed, "installed"),
    (FoundBy::LockFile, "lock-file"),
    (FoundBy::BuildInfo, "build-info"),
    (FoundBy::Classifier, "classifier"),
    (FoundBy::Sbom, "sbom"),
];

fn found_by_text(found_by: FoundBy) -> &'static str {
    FOUND_BY.iter().find(|(value, _)| *value == found_by).map_or("sbom", |(_, text)| text)
}

fn found_by_of(text: &str) -> Option<FoundBy> {
    FOUND_BY.iter().find(|(_, name)| *name == text).map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_finding_has_its_name() {
        for (found_by, text) in FOUND_BY {
            assert_eq!(serde_json::to_value(found_by).unwrap(), text);
        }
    }

    #[test]
    fn an_ordinary_package_needs_no_property_for_what_its_url_carries() {
        let report = crate::sample::rich();
        let bash = report.packages.iter().find(|package| package.name == "bash").unwrap();
        let keys: Vec<String> = of_package(bash, &bash.purl(report.distribution.as_ref()))
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        assert_eq!(keys, ["seawall:vendor", "seawall:found-by", "seawall:path", "seawall:layer"]);
    }
}
