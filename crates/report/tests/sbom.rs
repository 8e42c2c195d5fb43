//! Bills of materials: ours keep everything, those of others give what matching needs, and nothing is lost
//! without a word.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panic too")]

use model::{Distribution, Ecosystem, FoundBy, GapReason, LayerPath, Limits, Package, Report, SourcePackage};
use proptest::prelude::*;
use report::{
    Format, Options, sample,
    sbom::{self, SbomContents, SbomError},
};
use std::sync::Arc;

const FORMATS: [Format; 2] = [Format::CycloneDx, Format::Spdx];

fn read(bytes: &[u8]) -> SbomContents {
    sbom::read(bytes, &Limits::default()).unwrap()
}

fn written(format: Format, report: &Report) -> Vec<u8> {
    let mut out = Vec::new();
    report::write(format, report, &Options::default(), &mut out).unwrap();
    out
}

#[track_caller]
fn check_round_trip(report: &Report) {
    for format in FORMATS {
        let bytes = written(format, report);
        let contents = read(&bytes);
        assert_eq!(contents.gaps, [], "{format}");
        assert_eq!(contents.packages, report.packages, "{format}");
        assert_eq!(contents.distribution, report.distribution, "{format}");
        assert_eq!(contents.layers, report.layers, "{format}");
    }
}

#[test]
fn our_own_document_gives_back_the_packages() {
    let mut rich = sample::rich();
    // Whether something runs is seen on a host, and not said by a bill.
    rich.packages.iter_mut().for_each(|package| package.in_use = None);
    check_round_trip(&rich);
    check_round_trip(&sample::empty());
    assert_eq!(
        read(&written(Format::CycloneDx, &sample::rich())).name.as_deref(),
        Some("registry.example/shop/api:2.3")
    );
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-z0-9.+-]{0,12}",
        2 => "[A-Za-z0-9@/:._~%?#&= +-]{1,16}",
        1 => "\\PC{1,8}",
        1 => Just(sample::HOSTILE.to_owned()),
    ]
}

fn package() -> impl Strategy<Value = Package> {
    let ecosystem = proptest::sample::select(&Ecosystem::ALL[..]);
    let found_by = proptest::sample::select(
        &[
            FoundBy::PackageManager,
            FoundBy::Installed,
            FoundBy::LockFile,
            FoundBy::BuildInfo,
            FoundBy::Classifier,
            FoundBy::Sbom,
        ][..],
    );
    let optional = || proptest::option::of(text());
    let list = || proptest::collection::vec(text(), 0..3);
    let names = (ecosystem, text(), text(), proptest::option::of((text(), text())), optional(), optional());
    let rest = (
        optional(),
        list(),
        proptest::option::of("[0-9a-f]{40}|x"),
        found_by,
        text(),
        list(),
        optional(),
        proptest::option::of(0..5_usize),
    );
    (names, rest).prop_map(
        |(
            (ecosystem, name, version, source, arch, module),
            (vendor, licenses, sha1, found_by, path, nested, owner, layer),
        )| Package {
            source: source.map(|(name, version)| SourcePackage { name, version }),
            arch,
            module,
            vendor,
            licenses,
            sha1,
            nested,
            owner,
            layer: layer.map(|index| Arc::clone(&sample::rich().layers[index])),
            ..Package::new(ecosystem, &name, &version, found_by, &LayerPath::new(&path))
        },
    )
}

fn distribution() -> impl Strategy<Value = Distribution> {
    (text(), "[0-9.]{0,5}|sid", proptest::option::of(text()), proptest::collection::vec(text(), 0..3))
        .prop_map(|(id, version, codename, like)| Distribution {
            codename,
            like,
            ..Distribution::new(&id, &version)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_packages_survive_our_documents(
        packages in proptest::collection::vec(package(), 0..6),
        distribution in proptest::option::of(distribution()),
    ) {
        let mut report = sample::rich();
        report.findings.clear();
        // Without an operating system package URLs may tell one; then the reader is right to take it.
        if distribution.is_some() || packages.iter().all(|package| !package.ecosystem.is_system()) {
            report.packages = packages;
            report.distribution = distribution;
            check_round_trip(&report);
        }
    }

    #[test]
    fn damaged_documents_never_panic(seed in 0..10_000_usize, flip in 0..8_u8) {
        let limits = Limits::default();
        for format in FORMATS {
            let mut bytes = written(format, &sample::rich());
            let at = (seed * 7_919) % bytes.len();
            bytes[at] ^= 1 << flip;
            let _ = sbom::read(&bytes, &limits);
            bytes.truncate(at);
            let _ = sbom::read(&bytes, &limits);
        }
        let mut text = TAG_VALUE.as_bytes().to_vec();
        let at = (seed * 31) % text.len();
        text[at] ^= 1 << flip;
        let _ = sbom::read_spdx_tag_value(&text, &limits);
        text.truncate(at);
        let _ = sbom::read_spdx_tag_value(&text, &limits);
    }
}

fn only<'c>(contents: &'c SbomContents, name: &str) -> &'c Package {
    contents
        .packages
        .iter()
        .find(|package| package.name == name)
        .unwrap_or_else(|| panic!("no {name} in {contents:#?}"))
}

#[test]
fn document_of_syft_gives_source_path_and_distribution() {
    let contents = read(
        br#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
        "metadata":{"component":{"bom-ref":"a","type":"container","name":"debian:12"}},
        "components":[
          {"type":"library","name":"libssl3","version":"3.0.11-1~deb12u2",
           "purl":"pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
           "licenses":[{"license":{"id":"Apache-2.0"}},{"license":{"name":"Artistic"}}],
           "properties":[{"name":"syft:location:0:path","value":"/var/lib/dpkg/status"},
                         {"name":"syft:metadata:source","value":"openssl"}]},
          {"type":"library","name":"github.com/BurntSushi/toml","version":"v1.2.0","purl":"pkg:golang/github.com/BurntSushi/toml@v1.2.0"},
          {"type":"library","name":"stdlib","version":"go1.21.0","purl":"pkg:golang/stdlib@go1.21.0"},
          {"type":"library","name":"Zope.Interface","version":"5.0","purl":"pkg:pypi/zope.interface@5.0"},
          {"type":"library","group":"org.apache.logging.log4j","name":"log4j-core","version":"2.14.1",
           "purl":"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
           "properties":[{"name":"syft:location:0:path","value":"/app/a.jar"},
                         {"name":"syft:metadata:virtualPath","value":"/app/a.jar:BOOT-INF/lib/log4j-core-2.14.1.jar"}]},
          {"type":"library","name":"nodejs","version":"1:18.18.2-1.el9",
           "purl":"pkg:rpm/redhat/nodejs@18.18.2-1.el9?arch=x86_64&distro=rhel-9.3&epoch=1&upstream=nodejs-18.18.2-1.el9.src.rpm"},
          {"type":"file","name":"/etc/passwd"},
          {"type":"operating-system","name":"debian","version":"12","properties":[
             {"name":"syft:distro:id","value":"debian"},{"name":"syft:distro:versionID","value":"12"},
             {"name":"syft:distro:prettyName","value":"Debian GNU/Linux 12 (bookworm)"}]}]}"#,
    );
    assert_eq!(contents.gaps, []);
    assert_eq!(contents.name.as_deref(), Some("debian:12"));
    let debian = contents.distribution.as_ref().unwrap();
    assert_eq!(
        (debian.shard().as_str(), debian.pretty_name.as_deref()),
        ("debian:12", Some("Debian GNU/Linux 12 (bookworm)"))
    );
    let openssl = only(&contents, "libssl3");
    assert_eq!(openssl.source.as_ref().unwrap().name, "openssl");
    assert_eq!((openssl.path.as_str(), openssl.arch.as_deref()), ("var/lib/dpkg/status", Some("amd64")));
    assert_eq!(openssl.licenses, ["Apache-2.0", "Artistic"]);
    assert_eq!(only(&contents, "github.com/BurntSushi/toml").version, "1.2.0");
    assert_eq!(only(&contents, "stdlib").version, "1.21.0");
    assert_eq!(only(&contents, "zope-interface").ecosystem, Ecosystem::PyPI);
    let log4j = only(&contents, "org.apache.logging.log4j:log4j-core");
    assert_eq!(
        (log4j.path.as_str(), &log4j.nested[..]),
        ("app/a.jar", &["BOOT-INF/lib/log4j-core-2.14.1.jar".to_owned()][..])
    );
    let node = only(&contents, "nodejs");
    assert_eq!(
        (node.version.as_str(), node.source.as_ref().unwrap().name.as_str()),
        ("1:18.18.2-1.el9", "nodejs")
    );
}

#[test]
fn document_of_trivy_gives_source_and_distribution() {
    let contents = read(
        br#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
          {"type":"operating-system","name":"alma","version":"9.3","properties":[{"name":"aquasecurity:trivy:Type","value":"alma"}]},
          {"type":"application","name":"app/package-lock.json","properties":[{"name":"aquasecurity:trivy:Type","value":"npm"}]},
          {"type":"library","name":"libssl3","version":"1:3.0.11-1","purl":"pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12.5&epoch=1",
           "properties":[{"name":"aquasecurity:trivy:SrcName","value":"openssl"},{"name":"aquasecurity:trivy:SrcVersion","value":"3.0.11"},
                         {"name":"aquasecurity:trivy:SrcRelease","value":"1"},{"name":"aquasecurity:trivy:SrcEpoch","value":"1"},
                         {"name":"aquasecurity:trivy:FilePath","value":"var/lib/dpkg/status.d/x"}]}]}"#,
    );
    assert_eq!(contents.gaps, []);
    assert_eq!(contents.distribution.as_ref().unwrap().shard(), "almalinux:9");
    let openssl = only(&contents, "libssl3");
    assert_eq!(openssl.version, "1:3.0.11-1");
    assert_eq!(
        openssl.source,
        Some(SourcePackage { name: "openssl".to_owned(), version: "1:3.0.11-1".to_owned() })
    );
    assert_eq!(openssl.path.as_str(), "var/lib/dpkg/status.d/x");
}

#[test]
fn distribution_of_package_urls_counts_when_the_document_names_none() {
    for (distro, shard) in [
        ("debian-12.5", "debian:12"),
        ("bookworm", "debian:12"),
        ("redhat-9.4", "rhel:9"),
        ("amazon-2023", "amzn:2023"),
    ] {
        let contents = read(
            format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.4","components":[{{"type":"library","name":"a","version":"1",
                "purl":"pkg:deb/debian/a@1?distro={distro}"}}]}}"#)
            .as_bytes(),
        );
        assert_eq!(contents.distribution.unwrap().shard(), shard, "{distro}");
    }
}

#[test]
fn component_that_cannot_be_matched_is_a_gap() {
    let contents = read(
        br#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
          {"type":"library","name":"no purl","version":"1"},
          {"type":"library","name":"bad purl","version":"1","purl":"npm/x"},
          {"type":"library","name":"unknown type","version":"1","purl":"pkg:conan/x@1"},
          {"type":"library","name":"no version","purl":"pkg:npm/x"},
          {"type":"library","name":7},
          {"type":"library","name":"good","version":"1","purl":"pkg:npm/good@1"}]}"#,
    );
    assert_eq!(contents.packages.len(), 1);
    let reasons: Vec<(&str, GapReason)> =
        contents.gaps.iter().map(|gap| (gap.what.as_str(), gap.reason)).collect();
    assert_eq!(
        reasons,
        [
            ("component", GapReason::Malformed),
            ("no purl", GapReason::Unsupported),
            ("bad purl", GapReason::Malformed),
            ("unknown type", GapReason::Unsupported),
            ("no version", GapReason::Malformed),
        ]
    );
}

#[test]
fn limits_are_kept_and_told() {
    let component = r#"{"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1"}"#;
    let many = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{}]}}"#,
        vec![component; 20].join(",")
    );
    let limits = Limits { packages_max: 7, ..Limits::default() };
    let contents = sbom::read(many.as_bytes(), &limits).unwrap();
    assert_eq!(
        (contents.packages.len(), contents.gaps.len(), contents.gaps[0].reason),
        (7, 1, GapReason::LimitReached)
    );
    let small = Limits { file_bytes_max: 10, ..Limits::default() };
    assert!(matches!(sbom::read(many.as_bytes(), &small), Err(SbomError::TooLarge { .. })));

    let unusable = vec![r#"{"type":"library","name":"x"}"#; 1_000].join(",");
    let contents = read(
        format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{unusable}]}}"#).as_bytes(),
    );
    assert_eq!(contents.gaps.len(), 201);
    assert!(contents.gaps[200].what.contains("800"));
}

#[test]
fn components_inside_components_are_read_and_their_depth_is_bounded() {
    let mut inner = r#"{"type":"library","name":"leaf","version":"1","purl":"pkg:npm/leaf@1"}"#.to_owned();
    for depth in 0..10 {
        inner = format!(
            r#"{{"type":"library","name":"n{depth}","version":"1","purl":"pkg:npm/n{depth}@1","components":[{inner}]}}"#
        );
    }
    let document =
        |inner: &str| format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{inner}]}}"#);
    assert_eq!(read(document(&inner).as_bytes()).packages.len(), 11);
    let deep = format!("{}{}", r#"{"name":"a","components":["#.repeat(50_000), "]}".repeat(50_000));
    let contents = read(document(&deep).as_bytes());
    assert!(contents.gaps.iter().any(|gap| gap.reason == GapReason::LimitReached));
}

const TAG_VALUE: &str = "\
# made by hand
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: alpine
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-image

PackageName: alpine:3.18
SPDXID: SPDXRef-image
PrimaryPackagePurpose: CONTAINER
PackageDownloadLocation: NOASSERTION

PackageName: libssl3
SPDXID: SPDXRef-Package-apk-libssl3
PackageVersion: 3.1.4-r5
PackageLicenseDeclared: Apache-2.0
PackageSourceInfo: <text>acquired package info from APK DB: /lib/apk/db/installed</text>
PackageComment: <text>two
PackageName: not a package</text>
ExternalRef: SECURITY cpe23Type cpe:2.3:a:openssl:openssl:3.1.4:*:*:*:*:*:*:*
ExternalRef: PACKAGE-MANAGER purl pkg:apk/alpine/libssl3@3.1.4-r5?arch=x86_64&upstream=openssl&distro=alpine-3.18.4

PackageName: mystery
SPDXID: SPDXRef-mystery
PackageVersion: 1

FileName: ./x
SPDXID: SPDXRef-file
Annotator: Tool: x
AnnotationType: OTHER
SPDXREF: SPDXRef-Package-apk-libssl3
AnnotationComment: <text>{\"seawall:vendor\":\"Alpine\"}</text>
";

#[test]
fn tag_value_documents_are_read() {
    let contents = read(TAG_VALUE.as_bytes());
    assert_eq!(contents.name.as_deref(), Some("alpine"));
    assert_eq!(contents.distribution.as_ref().unwrap().shard(), "alpine:3.18");
    let openssl = only(&contents, "libssl3");
    assert_eq!(
        (openssl.path.as_str(), openssl.source.as_ref().unwrap().name.as_str()),
        ("lib/apk/db/installed", "openssl")
    );
    assert_eq!(
        (openssl.licenses.join(""), openssl.vendor.as_deref()),
        ("Apache-2.0".to_owned(), Some("Alpine"))
    );
    assert_eq!(contents.packages.len(), 1);
    assert_eq!(contents.gaps.len(), 1);
    assert_eq!(contents.gaps[0].what, "mystery");
}

#[test]
fn spdx_documents_of_syft_and_trivy_are_read() {
    let contents = read(
        br#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"img","documentDescribes":null,
        "packages":[
         {"SPDXID":"SPDXRef-Root","name":"img","primaryPackagePurpose":"CONTAINER",
          "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:oci/img@sha256:abc"}]},
         {"SPDXID":"SPDXRef-OperatingSystem-1","name":"redhat","versionInfo":"9.4","primaryPackagePurpose":"OPERATING-SYSTEM"},
         {"SPDXID":"SPDXRef-Application-2","name":"app/package-lock.json","primaryPackagePurpose":"APPLICATION"},
         {"SPDXID":"SPDXRef-Package-3","name":"bash","versionInfo":"5.1.8-9.el9","sourceInfo":"built package from: bash-src 5.1.8-9.el9",
          "licenseConcluded":"GPL-3.0-or-later","licenseDeclared":"NOASSERTION",
          "externalRefs":[{"referenceCategory":"PACKAGE_MANAGER","referenceType":"purl","referenceLocator":"pkg:rpm/redhat/bash@5.1.8-9.el9?arch=x86_64&distro=redhat-9.4"}]},
         {"SPDXID":"SPDXRef-Package-4","name":"nameless","versionInfo":"1"}],
        "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-Root"},7]}"#,
    );
    assert_eq!(contents.distribution.as_ref().unwrap().shard(), "rhel:9");
    let bash = only(&contents, "bash");
    assert_eq!(bash.source.as_ref().unwrap().name, "bash-src");
    assert_eq!(bash.licenses, ["GPL-3.0-or-later"]);
    assert_eq!(contents.packages.len(), 1);
    assert_eq!(contents.gaps.iter().map(|gap| gap.what.as_str()).collect::<Vec<_>>(), ["nameless"]);
}

#[test]
fn formats_that_are_not_read_say_what_to_do() {
    for text in [
        "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>",
        "{\"payloadType\":\"application/vnd.in-toto+json\"}",
        "{\"@context\":\"https://spdx.org/rdf/3.0\"}",
        "hello",
        "{}",
        "",
    ] {
        let error = sbom::read(text.as_bytes(), &Limits::default()).unwrap_err();
        assert!(error.to_string().contains("hint"), "{text}: {error}");
    }
}
