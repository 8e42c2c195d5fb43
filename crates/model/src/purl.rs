//! Package URLs.

use crate::{Distribution, Ecosystem, FoundBy, LayerPath, Package, SourcePackage};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A package URL (purl-spec, PURL-SPECIFICATION.rst): `pkg:type/namespace/name@version?qualifiers#subpath`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageUrl {
    /// Type, lower case.
    pub purl_type: String,
    /// Namespace, components joined by `/`; empty when there is none.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Version; empty when there is none.
    pub version: String,
    /// Qualifiers by lower-case key.
    pub qualifiers: BTreeMap<String, String>,
    /// Subpath; empty when there is none.
    pub subpath: String,
}

/// Why a text is not a package URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed package URL '{text}': {problem}")]
pub struct PackageUrlError {
    /// The text, cut at 200 characters.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

// Everything but the unreserved characters is encoded; ':' stays (PURL-SPECIFICATION.rst, "Character encoding").
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');
// Qualifier values also keep '/'.
const VALUE: &AsciiSet = &ENCODED.remove(b'/');

impl PackageUrl {
    pub(crate) fn of_package(package: &Package, distribution: Option<&Distribution>) -> Self {
        let mut purl = Self {
            purl_type: package.ecosystem.purl_type().to_owned(),
            version: package.version.clone(),
            ..Self::default()
        };
        match package.ecosystem {
            Ecosystem::Deb | Ecosystem::Apk | Ecosystem::Rpm => {
                purl.name.clone_from(&package.name);
                if let Some(distribution) = distribution {
                    purl.namespace.clone_from(&distribution.id);
                    let release = if distribution.version.is_empty() {
                        String::new()
                    } else {
                        format!("-{}", distribution.version)
                    };
                    purl.qualifiers.insert("distro".to_owned(), format!("{}{release}", distribution.id));
                }
            }
            Ecosystem::Maven => match package.name.split_once(':') {
                Some((group, artifact)) => {
                    purl.namespace = group.to_owned();
                    purl.name = artifact.to_owned();
                }
                None => purl.name.clone_from(&package.name),
            },
            _ => match package.name.rsplit_once('/') {
                Some((namespace, name)) => {
                    purl.namespace = namespace.to_owned();
                    purl.name = name.to_owned();
                }
                None => purl.name.clone_from(&package.name),
            },
        }
        let mut qualifier = |key: &str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                purl.qualifiers.insert(key.to_owned(), value.to_owned());
            }
        };
        qualifier("arch", package.arch.as_deref());
        qualifier("rpmmod", package.module.as_deref());
        if let Some(source) = &package.source
            && (source.name != package.name || source.version != package.version)
        {
            qualifier("upstream", Some(&format!("{}@{}", source.name, source.version)));
        }
        if package.ecosystem == Ecosystem::Rpm
            && let Some((epoch, rest)) = package.version.split_once(':')
        {
            // Type rpm: the epoch is a qualifier (purl-spec, types/rpm-definition.json).
            purl.qualifiers.insert("epoch".to_owned(), epoch.to_owned());
            purl.version = rest.to_owned();
        }
        purl
    }

    /// The package and distribution that this package URL describes, or nothing when its type is not one of
    /// [`Ecosystem`]. Also reads the qualifiers of Syft (`upstream`, `distro`) and Trivy (`epoch`).
    #[must_use]
    pub fn to_package(&self, path: &LayerPath) -> Option<(Package, Option<Distribution>)> {
        let ecosystem = Ecosystem::from_purl_type(&self.purl_type)?;
        let name = match ecosystem {
            _ if self.namespace.is_empty() || ecosystem.is_system() => self.name.clone(),
            Ecosystem::Maven => format!("{}:{}", self.namespace, self.name),
            _ => format!("{}/{}", self.namespace, self.name),
        };
        let mut package = Package::new(ecosystem, &name, &self.version, FoundBy::Sbom, path);
        if let Some(epoch) =
            self.qualifiers.get("epoch").filter(|epoch| *epoch != "0" && ecosystem.is_system())
            && !package.version.contains(':')
        {
            package.version = format!("{epoch}:{}", package.version);
        }
        if ecosystem.is_system() {
            let upstream = self.qualifiers.get("upstream").map(|text| text.trim_end_matches(".src.rpm"));
            let (source_name, source_version) = match upstream {
                Some(text) => text.split_once('@').unwrap_or((text, &package.version)),
                None => (name.as_str(), package.version.as_str()),
            };
            let source = match (ecosystem, upstream) {
                // Syft writes the file name of the source rpm: name-version-release.src.rpm.
                (Ecosystem::Rpm, Some(text)) if !text.contains('@') => match text
                    .rsplitn(3, '-')
                    .collect::<Vec<_>>()[..]
                {
                    [release, version, name] => {
                        SourcePackage { name: name.to_owned(), version: format!("{version}-{release}") }
                    }
                    _ => SourcePackage { name: source_name.to_owned(), version: source_version.to_owned() },
                },
                _ => SourcePackage { name: source_name.to_owned(), version: source_version.to_owned() },
            };
            package.source = Some(source);
        }
        package.arch = self.qualifiers.get("arch").cloned();
        package.module = self.qualifiers.get("rpmmod").cloned();
        let distribution = if ecosystem.is_system() { self.distribution() } else { None };
        Some((package, distribution))
    }

    fn distribution(&self) -> Option<Distribution> {
        let text = self.qualifiers.get("distro")?;
        let (id, version) = match text.rsplit_once('-') {
            Some((id, version)) if version.starts_with(|c: char| c.is_ascii_digit()) || version == "sid" => {
                (id, version)
            }
            _ => (text.as_str(), ""),
        };
        Some(Distribution::new(id, version))
    }
}

impl fmt::Display for PackageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}", self.purl_type)?;
        for component in self.namespace.split('/').filter(|component| !component.is_empty()) {
            write!(f, "/{}", utf8_percent_encode(component, ENCODED))?;
        }
        write!(f, "/{}", utf8_percent_encode(&self.name, ENCODED))?;
        if !self.version.is_empty() {
            write!(f, "@{}", utf8_percent_encode(&self.version, ENCODED))?;
        }
        let mut separator = '?';
        for (key, value) in self.qualifiers.iter().filter(|(_, value)| !value.is_empty()) {
            write!(f, "{separator}{key}={}", utf8_percent_encode(value, VALUE))?;
            separator = '&';
        }
        let mut separator = '#';
        for component in self.subpath.split('/').filter(|part| !matches!(*part, "" | "." | "..")) {
            write!(f, "{separator}{}", utf8_percent_encode(component, ENCODED))?;
            separator = '/';
        }
        Ok(())
    }
}

impl FromStr for PackageUrl {
    type Err = PackageUrlError;
    fn from_str(text: &str) -> Result<Self, PackageUrlError> {
        let error = |problem| PackageUrlError { text: text.chars().take(200).collect(), problem };
        let decode = |part: &str| {
            percent_decode_str(part)
                .decode_utf8()
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| error("not UTF-8"))
        };
        let rest = text.trim().strip_prefix("pkg:").ok_or_else(|| error("does not begin with pkg:"))?;
        let rest = rest.trim_start_matches('/');
        let (rest, subpath) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (purl_type, rest) = rest.split_once('/').ok_or_else(|| error("has no name"))?;
        let is_type = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        if purl_type.is_empty()
            || !purl_type.chars().all(is_type)
            || purl_type.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(error("has no valid type"));
        }
        let rest = rest.trim_matches('/');
        // An npm scope may be written without encoding, so an '@' that begins a component is not a version.
        let (path, version) = match rest.rfind('@') {
            Some(at) if at > 0 && !rest[..at].ends_with('/') && !rest[at..].contains('/') => {
                (&rest[..at], &rest[at + 1..])
            }
            _ => (rest, ""),
        };
        let path = path.trim_matches('/');
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() {
            return Err(error("has no name"));
        }
        let mut qualifiers = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(|| error("a qualifier has no value"))?;
            if key.is_empty() {
                return Err(error("a qualifier has no key"));
            }
            let value = decode(value)?;
            if !value.is_empty() {
                qualifiers.insert(key.to_ascii_lowercase(), value);
            }
        }
        let mut namespace_parts = Vec::new();
        for component in namespace.split('/').filter(|component| !component.is_empty()) {
            namespace_parts.push(decode(component)?);
        }
        let mut purl = Self {
            purl_type: purl_type.to_ascii_lowercase(),
            namespace: namespace_parts.join("/"),
            name: decode(name)?,
            version: decode(version)?,
            qualifiers,
            subpath: decode(subpath.trim_matches('/'))?,
        };
        purl.normalise();
        Ok(purl)
    }
}

impl PackageUrl {
    /// Lower-cases what a type says is case-insensitive (purl-spec, types/*-definition.json).
    fn normalise(&mut self) {
        if matches!(
            self.purl_type.as_str(),
            "deb" | "apk" | "rpm" | "composer" | "github" | "bitbucket" | "golang"
        ) {
            self.namespace.make_ascii_lowercase();
        }
        if matches!(self.purl_type.as_str(), "deb" | "apk" | "composer" | "github" | "bitbucket" | "golang") {
            self.name.make_ascii_lowercase();
        }
        if self.purl_type == "pypi" {
            self.name = self.name.to_ascii_lowercase().replace('_', "-");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(ecosystem: Ecosystem, name: &str, version: &str) -> Package {
        Package::new(ecosystem, name, version, FoundBy::Installed, &LayerPath::new("x"))
    }

    #[test]
    fn packages_are_written_as_the_specification_shows_them() {
        for (ecosystem, name, version, expected) in [
            (Ecosystem::Npm, "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
            (
                Ecosystem::Maven,
                "org.apache.logging.log4j:log4j-core",
                "2.14.1",
                "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
            ),
            (
                Ecosystem::Go,
                "github.com/opencontainers/runc",
                "1.1.5",
                "pkg:golang/github.com/opencontainers/runc@1.1.5",
            ),
            (Ecosystem::PyPI, "django", "4.2", "pkg:pypi/django@4.2"),
        ] {
            assert_eq!(package(ecosystem, name, version).purl(None).to_string(), expected);
        }
    }

    #[test]
    fn a_system_package_survives_its_package_url() {
        for (ecosystem, version) in
            [(Ecosystem::Deb, "1:3.0.11-1~deb12u2"), (Ecosystem::Rpm, "1:3.0.7-27.el9")]
        {
            let mut before = package(ecosystem, "libssl3", version);
            before.found_by = FoundBy::Sbom;
            before.arch = Some("amd64".to_owned());
            before.source =
                Some(SourcePackage { name: "openssl".to_owned(), version: "3.0.11-1~deb12u2".to_owned() });
            let debian = Distribution::new("debian", "12");
            let text = before.purl(Some(&debian)).to_string();
            let (after, distribution) =
                text.parse::<PackageUrl>().unwrap().to_package(&LayerPath::new("x")).unwrap();
            assert_eq!((after, distribution), (before, Some(debian)), "{text}");
        }
    }

    #[test]
    fn malformed_package_urls_are_refused() {
        for text in ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/foo@1", "pkg:n&g?inx/a"] {
            assert!(text.parse::<PackageUrl>().is_err(), "{text}");
        }
    }
}
