//! What the black-box tests share: a sample image in every place it can lie in, and the binary.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "each test file uses its part; tests write their own files"
)]

use model::Report;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use testkit::{LayerEncoding, Layout, Tar};

/// The lower layer: a Debian base.
pub(crate) fn base_layer() -> Vec<u8> {
    Tar::new()
        .file(
            "etc/os-release",
            b"ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
        )
        .symlink("lib", "usr/lib")
        .file("var/lib/dpkg/status", dpkg_status(&[("libssl3", "openssl", "3.0.11-1~deb12u1")]).as_bytes())
        .file("var/lib/dpkg/info/libssl3:amd64.list", b"/.\n/usr/lib/x86_64-linux-gnu/libssl.so.3\n")
        .file("usr/lib/x86_64-linux-gnu/libssl.so.3", b"not really")
        .file("app/old/node_modules/minimist/package.json", br#"{"name": "minimist", "version": "1.2.0"}"#)
        .finish()
}

/// The upper layer: an application, one more system package, and the old application deleted.
pub(crate) fn app_layer() -> Vec<u8> {
    let status = dpkg_status(&[
        ("libssl3", "openssl", "3.0.11-1~deb12u1"),
        ("zlib1g", "zlib", "1:1.2.13.dfsg-1"),
        ("python3-yaml", "pyyaml", "5.3-1"),
    ]);
    Tar::new()
        .file("var/lib/dpkg/status", status.as_bytes())
        .file("var/lib/dpkg/info/python3-yaml.list", b"/lib/python3/dist-packages/PyYAML-5.3.egg-info\n")
        .file(
            "usr/lib/python3/dist-packages/PyYAML-5.3.egg-info",
            b"Metadata-Version: 1.1\nName: PyYAML\nVersion: 5.3\n",
        )
        .whiteout("app/old")
        .file(
            "app/node_modules/lodash/package.json",
            br#"{"name": "lodash", "version": "4.17.4", "license": "MIT"}"#,
        )
        .file("opt/venv/lib/python3.11/site-packages/requests-2.19.0.dist-info/METADATA", REQUESTS)
        .file("srv/app.jar", &jar())
        .finish()
}

const REQUESTS: &[u8] =
    b"Metadata-Version: 2.1\nName: requests\nVersion: 2.19.0\nLicense: Apache 2.0\n\nText.\n";

/// A jar that holds a vulnerable log4j-core in a nested jar.
fn jar() -> Vec<u8> {
    let properties = b"groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n";
    let inner = zip(&[("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", properties)]);
    zip(&[
        ("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"),
        ("BOOT-INF/lib/log4j-core-2.14.1.jar", &inner),
    ])
}

pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn dpkg_status(packages: &[(&str, &str, &str)]) -> String {
    let paragraph = |(name, source, version): &(&str, &str, &str)| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nSource: {source}\nVersion: {version}\n\n"
        )
    };
    packages.iter().map(paragraph).collect()
}

/// An OCI layout with the sample image under the tag `sample`.
pub(crate) fn layout(directory: &Path, encoding: LayerEncoding) -> PathBuf {
    let mut layout = Layout::new(directory);
    let image = layout.image("amd64", &[base_layer(), app_layer()], encoding);
    layout.tag("sample", &image);
    layout.finish()
}

/// The final file system of the sample image, unpacked by the test itself.
pub(crate) fn rootfs(directory: &Path) -> PathBuf {
    std::fs::create_dir_all(directory).unwrap();
    for layer in [base_layer(), app_layer()] {
        let path = directory.with_extension("tar");
        std::fs::write(&path, layer).unwrap();
        let status = Command::new("tar").arg("-C").arg(directory).arg("-xf").arg(&path).status().unwrap();
        assert!(status.success());
    }
    std::fs::remove_dir_all(directory.join("app/old")).unwrap();
    std::fs::remove_file(directory.join("app/.wh.old")).unwrap();
    directory.to_owned()
}

/// The binary, with nothing of the machine it runs on: no cache, no database, no engine.
pub(crate) fn seawall(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
    command.args(arguments).env_remove("SEAWALL_DB").env_remove("SEAWALL_CACHE");
    let nowhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nowhere");
    command.env("XDG_DATA_HOME", &nowhere).env("SEAWALL_KEYS", &nowhere).env("HOME", &nowhere);
    command.env("DOCKER_HOST", format!("unix://{}/docker.sock", nowhere.display()));
    command.env("SEAWALL_DB", nowhere.join("db")).env("SOURCE_DATE_EPOCH", "1795305600");
    command
}

/// Runs `seawall scan TARGET --no-cache --format json` and reads the report.
#[track_caller]
pub(crate) fn scan(target: &str, more: &[&str]) -> Report {
    let mut command = seawall(&["scan", target, "--no-cache", "--format", "json"]);
    report_of(command.args(more).output().unwrap())
}

/// [`scan`] for vulnerabilities alone.
#[track_caller]
pub(crate) fn scan_packages(target: &str, more: &[&str]) -> Report {
    scan(target, &[&["--only", "vulnerabilities"][..], more].concat())
}

#[track_caller]
pub(crate) fn report_of(output: Output) -> Report {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{:?}: {stderr}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"))
}

/// What findings say, without where they were read from: fingerprint, rule, severity, package, versions.
pub(crate) fn essence(report: &Report) -> Vec<String> {
    let mut rows: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let vulnerability = finding.vulnerability.as_ref();
            let package = vulnerability
                .map(|v| format!("{} {} {:?}", v.package, v.installed_version, v.fixed_versions));
            format!("{} {} {} {package:?}", finding.fingerprint.as_str(), finding.rule, finding.severity)
        })
        .collect();
    rows.sort();
    rows
}

pub(crate) fn rules(report: &Report) -> Vec<&str> {
    let mut rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
