//! Packages that hold headers of the kernel and nothing that runs.

use model::{Ecosystem, Package};

/// Whether a package holds headers of the kernel alone: kernel vulnerabilities cannot be used through it.
pub(super) fn holds_headers_alone(package: &Package) -> bool {
    let source = package.source.as_ref().map_or(package.name.as_str(), |source| source.name.as_str());
    let name = package.name.as_str();
    match package.ecosystem {
        Ecosystem::Deb => {
            (source == "linux" || source.starts_with("linux-"))
                && (name == "linux-libc-dev"
                    || name.starts_with("linux-libc-dev-")
                    || name.contains("-headers"))
        }
        Ecosystem::Rpm => {
            source.starts_with("kernel") && matches!(name, "kernel-headers" | "kernel-cross-headers")
        }
        Ecosystem::Apk => name == "linux-headers",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FoundBy, LayerPath, SourcePackage};

    #[test]
    fn headers_are_told_from_kernels() {
        let package = |name: &str, source: &str| {
            let path = LayerPath::new("var/lib/dpkg/status");
            let mut package = Package::new(Ecosystem::Deb, name, "6.1", FoundBy::PackageManager, &path);
            package.source = Some(SourcePackage { name: source.to_owned(), version: "6.1".to_owned() });
            package
        };
        assert!(holds_headers_alone(&package("linux-libc-dev", "linux")));
        assert!(holds_headers_alone(&package("linux-headers-6.1.0-18-amd64", "linux")));
        assert!(!holds_headers_alone(&package("linux-image-6.1.0-18-amd64", "linux")));
        assert!(!holds_headers_alone(&package("libkf5-headers", "kf5")));
    }
}
