//! What each scanner lists of the same archive, by package URL without qualifiers.

use super::Setting;
use super::cases::{seawall, target};
use super::image::BenchImage;
use super::measure::Case;
use super::peers::{self, Peers};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) struct Inventory {
    pub(crate) scanner: &'static str,
    /// `npm/lodash@4.17.4`, each once.
    pub(crate) packages: BTreeSet<String>,
}

/// Ours first.
pub(crate) fn compare(setting: &Setting, image: &BenchImage, peers: &Peers) -> Result<Vec<Inventory>> {
    let from = target("archive", &image.archive);
    let ours = ["sbom", "--quiet", "--format", "cyclonedx", "--no-cache", &from];
    let ours = seawall(setting, "Seawall", &ours);
    let mut inventories = vec![Inventory { scanner: "Seawall", packages: of_cyclonedx(&document(&ours)?) }];
    let mut add = |scanner, case: Case| -> Result<()> {
        let packages = of_cyclonedx(&document(&peers::isolated(case, setting))?);
        inventories.push(Inventory { scanner, packages });
        Ok(())
    };
    let archive = image.archive.to_string_lossy();
    if let Some(syft) = &peers.syft {
        add("Syft", peers::syft_case("Syft", syft, &format!("docker-archive:{archive}")))?;
    }
    if let Some(trivy) = &peers.trivy {
        add("Trivy", Case::new("Trivy", trivy, &peers::trivy_arguments(&["--input", &archive])))?;
    }
    if let (Some(program), Some(advisories)) = (&peers.osv_scanner, &peers.advisories) {
        let case = peers::isolated(advisories.osv_scanner("osv-scanner", program, &image.archive), setting);
        inventories.push(Inventory { scanner: "osv-scanner", packages: of_osv_scanner(&document(&case)?) });
    }
    Ok(inventories)
}

/// The JSON that a scanner writes.
pub(crate) fn document(case: &Case) -> Result<Value> {
    let output = case
        .command()
        .stdout(std::process::Stdio::piped())
        .output()
        .with_context(|| format!("cannot run {}", case.program.display()))?;
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} wrote no JSON: {}", case.name, output.status))
}

fn of_cyclonedx(document: &Value) -> BTreeSet<String> {
    let mut packages = BTreeSet::new();
    for component in document["components"].as_array().into_iter().flatten() {
        let Some(purl) = component["purl"].as_str().and_then(|purl| purl.strip_prefix("pkg:")) else {
            continue;
        };
        packages.insert(normal(purl.split(['?', '#']).next().unwrap_or(purl)));
    }
    packages
}

// Its CycloneDX leaves operating system packages out, its JSON has them by their source package beside their name.
fn of_osv_scanner(document: &Value) -> BTreeSet<String> {
    let mut packages = BTreeSet::new();
    for source in document["results"].as_array().into_iter().flatten() {
        for entry in source["packages"].as_array().into_iter().flatten() {
            let package = &entry["package"];
            let text = |name: &str| package[name].as_str();
            let (Some(name), Some(version)) = (text("os_package_name").or(text("name")), text("version"))
            else {
                continue;
            };
            let kind = match text("ecosystem").unwrap_or_default() {
                debian if debian.starts_with("Debian") => "deb/debian".to_owned(),
                other => other.to_ascii_lowercase(),
            };
            packages.insert(normal(&format!("{kind}/{name}@{version}")));
        }
    }
    packages
}

// Scanners escape different characters, and an epoch is a part of the version for one and a qualifier for another.
fn normal(purl: &str) -> String {
    let mut text = purl.to_owned();
    for (escaped, plain) in [
        ("%40", "@"),
        ("%2B", "+"),
        ("%2b", "+"),
        ("%3A", ":"),
        ("%3a", ":"),
        ("%2F", "/"),
        ("%7E", "~"),
        ("%7e", "~"),
    ] {
        text = text.replace(escaped, plain);
    }
    let Some((name, version)) = text.rsplit_once('@') else { return text };
    let name =
        if name.starts_with("pypi/") { name.to_ascii_lowercase().replace('_', "-") } else { name.to_owned() };
    let version = match version.split_once(':') {
        Some((epoch, rest))
            if name.starts_with("deb/") && epoch.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            rest
        }
        _ => version,
    };
    format!("{name}@{version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_package_are_equal() {
        for (one, other) in [
            ("npm/%40types%2Fnode@1.0.0", "npm/@types/node@1.0.0"),
            ("deb/debian/bsdutils@1%3A2.38.1-5%2Bdeb12u3", "deb/debian/bsdutils@2.38.1-5+deb12u3"),
            ("pypi/Jinja2@2.10", "pypi/jinja2@2.10"),
        ] {
            assert_eq!(normal(one), normal(other));
        }
        assert_ne!(normal("npm/a@1:2"), normal("npm/a@2"));
    }
}
