//! From product ids of a CSAF document to packages of distribution releases.

use super::document::{Branch, Product, ProductTree};
use crate::platform::{self, Platform};
use model::PackageUrl;
use std::collections::HashMap;

/// What the product tree says of each product id.
pub(super) struct Products {
    products: HashMap<String, Known>,
    /// Combined product id → (component, product it is part of).
    relationships: HashMap<String, (String, String)>,
}

struct Known {
    name: String,
    cpe: String,
    purl: String,
}

/// A package of a distribution release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub platform: Platform,
    pub name: String,
    /// Empty when the statement is about every version.
    pub version: String,
    /// Empty for every machine and for sources.
    pub arch: String,
    pub is_source: bool,
    /// `name:stream`.
    pub module: String,
}

/// Why a product id is no package that is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoComponent {
    /// It belongs to another product, or is a container image.
    OtherProduct(String),
    /// The document does not say what it is.
    NotUnderstood,
}

impl Products {
    pub(super) fn of(tree: &ProductTree) -> Self {
        let mut products = HashMap::new();
        for product in &tree.full_product_names {
            add(&mut products, product);
        }
        for branch in &tree.branches {
            walk(branch, &mut products);
        }
        let mut relationships = HashMap::new();
        for relationship in &tree.relationships {
            relationships.insert(
                relationship.full_product_name.product_id.clone(),
                (relationship.product_reference.clone(), relationship.relates_to_product_reference.clone()),
            );
        }
        Self { products, relationships }
    }

    /// The package that a product id of a statement means.
    pub(super) fn component(&self, id: &str) -> Result<Component, NoComponent> {
        let Some((component_id, whole_id)) = self.relationships.get(id) else {
            // A whole product, not a package of one.
            return match self.products.get(id) {
                Some(known) => Err(NoComponent::OtherProduct(family(&known.name))),
                None => Err(NoComponent::NotUnderstood),
            };
        };
        let whole = self.whole(whole_id).ok_or(NoComponent::NotUnderstood)?;
        let found = platform_of(whole).ok_or_else(|| NoComponent::OtherProduct(family(&whole.name)))?;
        self.package(component_id, found)
    }

    /// A component may be part of a module, which is part of the product.
    fn whole(&self, id: &str) -> Option<&Known> {
        let mut id = id;
        for _ in 0..4 {
            if let Some(known) = self.products.get(id) {
                return Some(known);
            }
            id = &self.relationships.get(id)?.1;
        }
        None
    }

    fn package(&self, id: &str, platform: Platform) -> Result<Component, NoComponent> {
        let mut id = id;
        let mut known = self.products.get(id);
        for _ in 0..4 {
            if known.is_some() {
                break;
            }
            // The component is itself a relationship: package in module.
            let Some((inner, _)) = self.relationships.get(id) else { break };
            id = inner;
            known = self.products.get(id);
        }
        let purl = known.and_then(|known| known.purl.parse::<PackageUrl>().ok());
        let (module_by_name, bare) = split_module(id);
        let Some(purl) = purl else {
            // Without a package URL the id is the name: a package, `name-version-release.arch`, or an image.
            if bare.contains('/') || bare.is_empty() || bare.len() > 200 {
                return Err(NoComponent::OtherProduct("container image".to_owned()));
            }
            let (name, version, arch) = name_version_arch(bare);
            let is_source = version.is_empty() || arch == "src";
            let arch = if is_source { "" } else { arch };
            return Ok(Component {
                platform,
                name: name.to_owned(),
                version,
                arch: arch.to_owned(),
                is_source,
                module: module_by_name.to_owned(),
            });
        };
        match purl.purl_type.as_str() {
            "rpm" => {}
            "rpmmod" => {
                // The module itself: `pkg:rpmmod/redhat/nodejs@18`; no package has that name.
                return Err(NoComponent::OtherProduct("module".to_owned()));
            }
            other => return Err(NoComponent::OtherProduct(format!("package type {other}"))),
        }
        let mut module = purl.qualifiers.get("rpmmod").map_or_else(String::new, |label| two_parts(label));
        if module.is_empty() {
            module_by_name.clone_into(&mut module);
        }
        let arch = purl.qualifiers.get("arch").map_or("", String::as_str);
        let is_source = matches!(arch, "src" | "nosrc");
        // An unfixed package of a module carries the stream in place of a version.
        let has_version = purl.version.bytes().any(|byte| byte == b'-');
        let version = match purl.qualifiers.get("epoch").map(String::as_str) {
            _ if !has_version => String::new(),
            Some(epoch) if epoch != "0" => format!("{epoch}:{}", purl.version),
            _ => with_epoch_of(id, &purl.version),
        };
        Ok(Component {
            platform,
            name: purl.name,
            version,
            arch: if is_source { String::new() } else { arch.to_owned() },
            is_source,
            module,
        })
    }
}

// The tree was parsed with a bound on its depth, so that this ends.
fn walk(branch: &Branch, products: &mut HashMap<String, Known>) {
    if let Some(product) = &branch.product {
        add(products, product);
    }
    for branch in &branch.branches {
        walk(branch, products);
    }
}

fn add(products: &mut HashMap<String, Known>, product: &Product) {
    let helper = &product.product_identification_helper;
    let known = Known { name: product.name.clone(), cpe: helper.cpe.clone(), purl: helper.purl.clone() };
    products.insert(product.product_id.clone(), known);
}

fn platform_of(known: &Known) -> Option<Platform> {
    if known.cpe.contains(":redhat:") {
        return platform::red_hat(&known.cpe);
    }
    platform::suse_cpe(&known.cpe).or_else(|| platform::suse(&known.name))
}

/// A product name without its version, so that few are counted.
fn family(name: &str) -> String {
    name.split(|c: char| c.is_ascii_digit()).next().unwrap_or("").trim().to_owned()
}

/// `nodejs:18/nodejs` is package `nodejs` of `nodejs:18`; `nodejs-1:18.2-1.x86_64::nodejs:18` the same.
fn split_module(id: &str) -> (&str, &str) {
    if let Some((package, module)) = id.split_once("::") {
        return (module, package);
    }
    match id.split_once('/') {
        Some((module, package)) if module.contains(':') => (module, package),
        _ => ("", id),
    }
}

/// `nodejs:18:8080020231…:63b34585` is `nodejs:18`.
fn two_parts(label: &str) -> String {
    label.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}

/// Older documents carry the epoch in the product id alone: `bind-32:9.11.4-26.el7.x86_64`.
fn with_epoch_of(id: &str, version: &str) -> String {
    let at = id.find(&format!(":{version}"));
    let epoch = at.and_then(|at| id[..at].rsplit('-').next()).unwrap_or("");
    let is_epoch = !epoch.is_empty() && epoch != "0" && epoch.bytes().all(|byte| byte.is_ascii_digit());
    if is_epoch { format!("{epoch}:{version}") } else { version.to_owned() }
}

/// `libcurl4-8.0.1-150400.5.1.x86_64` has a name, a version and an architecture; `curl` a name alone.
fn name_version_arch(text: &str) -> (&str, String, &str) {
    const ARCHES: [&str; 9] =
        ["x86_64", "aarch64", "ppc64le", "s390x", "i586", "i686", "armv7hl", "noarch", "src"];
    let Some((rest, arch)) = text.rsplit_once('.').filter(|(_, arch)| ARCHES.contains(arch)) else {
        // SUSE names unversioned and, without an architecture, versioned packages.
        return match split_version(text) {
            Some((name, version)) => (name, version, ""),
            None => (text, String::new(), ""),
        };
    };
    match split_version(rest) {
        Some((name, version)) => (name, version, arch),
        None => (rest, String::new(), arch),
    }
}

fn split_version(text: &str) -> Option<(&str, String)> {
    let mut parts = text.rsplitn(3, '-');
    let (release, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
    if !is_number(release) || !is_number(version) {
        return None;
    }
    let version = version.strip_prefix("0:").unwrap_or(version);
    Some((name, format!("{version}-{release}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(split_module("nodejs:18/nodejs"), ("nodejs:18", "nodejs"));
        assert_eq!(split_module("curl"), ("", "curl"));
        assert_eq!(two_parts("nodejs:18:808:63b"), "nodejs:18");
        assert_eq!(with_epoch_of("bind-32:9.11.4-26.el7.x86_64", "9.11.4-26.el7"), "32:9.11.4-26.el7");
        assert_eq!(with_epoch_of("curl-0:7.7-1.el9.x86_64", "7.7-1.el9"), "7.7-1.el9");
        assert_eq!(
            name_version_arch("libcurl4-8.0.1-150400.5.1.x86_64"),
            ("libcurl4", "8.0.1-150400.5.1".to_owned(), "x86_64")
        );
        assert_eq!(name_version_arch("java-1_8_0-openjdk"), ("java-1_8_0-openjdk", String::new(), ""));
    }
}
