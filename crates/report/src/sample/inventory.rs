//! Layers and packages of the sample.

use super::HOSTILE;
use model::{Digest, Ecosystem, FoundBy, InUse, Layer, LayerPath, Package, SourcePackage, UseState};
use std::sync::Arc;

pub(super) fn digest(byte: u8) -> Digest {
    Digest::from_sha256(&std::array::from_fn(|at| byte.wrapping_add((at * at) as u8)))
}

pub(super) fn layers() -> Vec<Arc<Layer>> {
    let instructions = [
        (true, "/bin/sh -c #(nop) ADD file:4b2f in /", 48_497_664),
        (true, "CMD [\"bash\"]", 32),
        (
            false,
            "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends openssl curl # buildkit",
            12_002_134,
        ),
        (false, "COPY --chown=app:app target/api.jar /app/api.jar # buildkit", 87_221_004),
        (false, HOSTILE, 4_096),
    ];
    let layer = |(index, (is_base, instruction, size_bytes)): (usize, (bool, &str, u64))| {
        Arc::new(Layer {
            index,
            digest: Some(digest(0x20 + index as u8)),
            diff_id: Some(digest(0x60 + index as u8)),
            instruction: Some(instruction.to_owned()),
            created: Some("2026-11-20T08:00:00Z".to_owned()),
            is_base: Some(is_base),
            dockerfile_line: Some(2 + index as u32),
            size_bytes: Some(size_bytes),
        })
    };
    instructions.into_iter().enumerate().map(layer).collect()
}

pub(super) fn packages(layers: &[Arc<Layer>]) -> Vec<Package> {
    let dpkg = LayerPath::new("var/lib/dpkg/status");
    let deb = |name: &str, version: &str, source: &str, source_version: &str, layer: usize| Package {
        source: Some(SourcePackage { name: source.to_owned(), version: source_version.to_owned() }),
        arch: Some("amd64".to_owned()),
        vendor: Some("Debian".to_owned()),
        licenses: vec!["Apache-2.0".to_owned(), "GPL-2.0-or-later WITH Font-exception-2.0".to_owned()],
        layer: Some(Arc::clone(&layers[layer])),
        ..Package::new(Ecosystem::Deb, name, version, FoundBy::PackageManager, &dpkg)
    };
    let found = |ecosystem, name: &str, version: &str, found_by, path: &str, layer: usize| Package {
        layer: Some(Arc::clone(&layers[layer])),
        ..Package::new(ecosystem, name, version, found_by, &LayerPath::new(path))
    };
    vec![
        deb("libssl3", "3.0.11-1~deb12u2", "openssl", "3.0.11-1~deb12u2", 2),
        deb("openssl", "3.0.11-1~deb12u2", "openssl", "3.0.11-1~deb12u2", 2),
        deb("bash", "5.2.15-2+b2", "bash", "5.2.15-2", 0),
        deb("zlib1g", "1:1.2.13.dfsg-1", "zlib", "1:1.2.13.dfsg-1", 0),
        deb("libc6", "2.36-9+deb12u3", "glibc", "2.36-9+deb12u3", 0),
        Package {
            nested: vec!["BOOT-INF/lib/log4j-core-2.14.1.jar".to_owned()],
            sha1: Some("9141212b8507ab50a45525b545b39d224614528b".to_owned()),
            in_use: Some(Box::new(InUse {
                state: UseState::InUse,
                detail: format!("loaded 3 times {HOSTILE}"),
                count: 3,
                first: Some("2026-11-19T08:00:00Z".to_owned()),
                last: Some("2026-11-20T08:00:00Z".to_owned()),
                files: vec![format!("app/api.jar {HOSTILE}")],
            })),
            licenses: vec!["Apache License, Version 2.0".to_owned()],
            ..found(
                Ecosystem::Maven,
                "org.apache.logging.log4j:log4j-core",
                "2.14.1",
                FoundBy::Installed,
                "app/api.jar",
                3,
            )
        },
        found(Ecosystem::Npm, "@babel/core", "7.22.0", FoundBy::LockFile, "app/ui/package-lock.json", 4),
        Package {
            licenses: vec!["MIT OR Apache-2.0".to_owned()],
            ..found(
                Ecosystem::Npm,
                HOSTILE,
                "1.0.0<b>",
                FoundBy::Installed,
                "app/<script>alert(1)</script>/package.json",
                4,
            )
        },
        Package {
            owner: Some("python3-yaml".to_owned()),
            ..found(
                Ecosystem::PyPI,
                "pyyaml",
                "6.0",
                FoundBy::Installed,
                "usr/lib/python3/dist-packages/PyYAML-6.0.egg-info",
                2,
            )
        },
        found(
            Ecosystem::Go,
            "github.com/opencontainers/runc",
            "1.1.5",
            FoundBy::BuildInfo,
            "usr/sbin/runc",
            4,
        ),
        found(Ecosystem::Generic, "nginx", "1.24.0", FoundBy::Classifier, "usr/local/sbin/nginx", 4),
        Package {
            module: Some("nodejs:18:8080020231".to_owned()),
            ..found(
                Ecosystem::Rpm,
                "nodejs",
                "1:18.18.2-1.module",
                FoundBy::PackageManager,
                "var/lib/rpm/rpmdb.sqlite",
                4,
            )
        },
    ]
}
