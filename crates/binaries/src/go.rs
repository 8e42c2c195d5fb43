//! What the Go linker writes into a program.

mod build_info;
mod main_module;
mod modules;

use crate::{Inspection, ReadAt, elf::Elf};
use build_info::BuildInfo;
use model::{Ecosystem, FoundBy, GapReason, LayerPath, Package};
use modules::ModuleInfo;
use std::io;

/// The standard library (as module `stdlib`), the main module and what it was built with.
pub(crate) fn look(file: &dyn ReadAt, elf: &Elf, path: &LayerPath, found: &mut Inspection) -> io::Result<()> {
    let build_info = match build_info::read(file, elf)? {
        None => return Ok(()),
        Some(Ok(build_info)) => build_info,
        Some(Err(problem)) => {
            found.gap(path, GapReason::Malformed, format!("Go build info: {problem}"));
            return Ok(());
        }
    };
    let BuildInfo { version, modules } = build_info;
    match toolchain_version(&version) {
        Some(version) => {
            found.packages.push(Package::new(Ecosystem::Go, "stdlib", version, FoundBy::BuildInfo, path));
        }
        None => found.gap(
            path,
            GapReason::Unsupported,
            format!("built with '{version}', which is no release of Go"),
        ),
    }
    let info = ModuleInfo::parse(&modules);
    let mut unversioned: Vec<&str> = Vec::new();
    if let Some(main) = &info.main {
        match main_module::version(main, &info) {
            Some(version) => {
                found.packages.push(Package::new(
                    Ecosystem::Go,
                    &main.path,
                    &version,
                    FoundBy::BuildInfo,
                    path,
                ));
                if let Some(name) = main_module::program(&main.path) {
                    found.packages.push(Package::new(
                        Ecosystem::Generic,
                        name,
                        &version,
                        FoundBy::Classifier,
                        path,
                    ));
                }
            }
            None => unversioned.push(&main.path),
        }
    }
    for module in info.dependencies.iter().map(|module| module.replacement.as_deref().unwrap_or(module)) {
        if module.version.is_empty() || module.version == "(devel)" {
            unversioned.push(&module.path);
        } else {
            let version = modules::plain_version(&module.version);
            found.packages.push(Package::new(Ecosystem::Go, &module.path, version, FoundBy::BuildInfo, path));
        }
    }
    if !unversioned.is_empty() {
        let revision = info.setting("vcs.revision").unwrap_or("an unknown revision");
        let detail = format!("Go modules without a version, built at {revision}: {}", unversioned.join(", "));
        found.gap(path, GapReason::Unsupported, detail);
    }
    if info.unread_lines > 0 {
        let detail = format!("{} lines of the Go build info are not understood", info.unread_lines);
        found.gap(path, GapReason::Malformed, detail);
    }
    Ok(())
}

/// `go1.22.1 X:boringcrypto` is `1.22.1`.
fn toolchain_version(text: &str) -> Option<&str> {
    let version = text.split_whitespace().next()?.strip_prefix("go")?;
    // `go1.20.12-fips` and the like: the part before the hyphen is the release.
    let version = version.split_once('-').map_or(version, |(release, _)| release);
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}
