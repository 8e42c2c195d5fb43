//! From what a document says of a component to a package, or a gap.

use super::{SbomContents, foreign};
use crate::properties;
use model::{Distribution, Gap, GapReason, Limits, PackageUrl};
use std::collections::BTreeMap;

/// Gaps that are listed one by one; the rest is counted.
const GAPS_MAX: usize = 200;

/// What a document says of a component.
#[derive(Default)]
pub(super) struct Component<'d> {
    /// Its name, for people and where the package URL lost upper case.
    pub(super) name: &'d str,
    /// Package URL.
    pub(super) purl: Option<&'d str>,
    /// Name and value pairs of the writer.
    pub(super) properties: BTreeMap<&'d str, &'d str>,
    /// Licences as found.
    pub(super) licences: Vec<String>,
    /// SHA-1 checksum.
    pub(super) sha1: Option<&'d str>,
    /// Where the writer found it, when it says so outside of properties.
    pub(super) place: Option<String>,
    /// Source package, when the writer says so outside of properties.
    pub(super) source: Option<(String, String)>,
}

/// Gathers packages and gaps.
pub(super) struct Gathering<'l> {
    pub(super) contents: SbomContents,
    limits: &'l Limits,
    gaps_left_out: usize,
    packages_left_out: usize,
}

impl<'l> Gathering<'l> {
    pub(super) fn new(format: String, limits: &'l Limits) -> Self {
        let contents = SbomContents { format, ..SbomContents::default() };
        Self { contents, limits, gaps_left_out: 0, packages_left_out: 0 }
    }

    /// The document's own word on the operating system; the first one counts, and goes before package URLs.
    pub(super) fn distribution(&mut self, distribution: Distribution) {
        self.contents.distribution.get_or_insert(distribution);
    }

    pub(super) fn gap(&mut self, what: &str, reason: GapReason, detail: &str) {
        if self.contents.gaps.len() < GAPS_MAX {
            let what = if what.trim().is_empty() { "unnamed component" } else { what };
            self.contents.gaps.push(Gap::new(what, reason, detail));
        } else {
            self.gaps_left_out += 1;
        }
    }

    pub(super) fn component(&mut self, component: Component<'_>) {
        if self.contents.packages.len() >= self.limits.packages_max {
            self.packages_left_out += 1;
            return;
        }
        let parsed = component.purl.map(str::parse::<PackageUrl>);
        let purl = match &parsed {
            Some(Ok(purl)) => Some(purl),
            _ => None,
        };
        let found = properties::to_package(purl, &component.properties, &self.contents.layers);
        let Some((mut package, distribution)) = found else {
            match parsed {
                None => self.gap(component.name, GapReason::Unsupported, "component has no package URL"),
                Some(Err(error)) => self.gap(component.name, GapReason::Malformed, &error.to_string()),
                Some(Ok(purl)) => {
                    let detail =
                        format!("no advisories are known for package URLs of type '{}'", purl.purl_type);
                    self.gap(component.name, GapReason::Unsupported, &detail);
                }
            }
            return;
        };
        package.licenses = component.licences;
        if package.sha1.is_none() {
            package.sha1 = component.sha1.map(str::to_ascii_lowercase);
        }
        let is_ours = component.properties.contains_key("seawall:found-by");
        if !is_ours {
            let hints = foreign::Hints {
                name: component.name,
                properties: &component.properties,
                place: component.place.as_deref(),
                source: component.source,
            };
            foreign::complete(&mut package, &hints);
            if package.version.is_empty() {
                self.gap(component.name, GapReason::Malformed, "component has no version");
                return;
            }
        }
        if self.contents.distribution.is_none()
            && let Some(distribution) = distribution
        {
            self.contents.distribution = Some(foreign::distribution(purl, distribution));
        }
        self.contents.packages.push(package);
    }

    pub(super) fn finish(mut self) -> SbomContents {
        if self.gaps_left_out > 0 {
            let what = format!("{} more components", self.gaps_left_out);
            self.contents.gaps.push(Gap::new(what, GapReason::Unsupported, "without a usable package URL"));
        }
        if self.packages_left_out > 0 {
            let what = format!("{} more components", self.packages_left_out);
            let detail = format!("more than packages_max, {}", self.limits.packages_max);
            self.contents.gaps.push(Gap::new(what, GapReason::LimitReached, detail));
        }
        self.contents
    }
}
