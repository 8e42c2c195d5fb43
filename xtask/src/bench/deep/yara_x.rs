//! yara-x: its command line, or its Python package where that is not to be had; the engine is the same.

use super::super::Setting;
use super::super::cases::python_with;
use super::super::image::succeed;
use super::super::peers::locate;
use super::rules::{Rules, VARIABLES};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that Seawall is built with.
const VERSION: &str = "1.22.1";
const SCRIPT: &str = include_str!("yara_x_package.py");

/// A program and its arguments before the directory that is scanned.
pub(crate) struct Peer {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) is_package: bool,
}

/// With Seawall's rules.
pub(crate) fn with_own_rules(setting: &Setting, rules: &Rules) -> Result<Peer> {
    let files: Vec<String> = rules.yara.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    if let Some(program) = locate("yr") {
        let mut arguments: Vec<String> =
            ["scan", "--recursive", "--disable-warnings"].map(str::to_owned).to_vec();
        for variable in VARIABLES {
            arguments.extend(["-d".to_owned(), format!("{variable}=none")]);
        }
        arguments.extend(files);
        return Ok(Peer { program, arguments, is_package: false });
    }
    by_package(setting, &rules.yara, "own-rules")
}

/// With Seawall's rules and other people's, compiled before.
pub(crate) fn with_packs(setting: &Setting, rules: &Rules) -> Result<Peer> {
    by_package(setting, &[&rules.yara[..], &rules.packs[..]].concat(), "every-pack")
}

fn by_package(setting: &Setting, rules: &[PathBuf], name: &str) -> Result<Peer> {
    let program = python_with(setting, "yara_x", &format!("yara-x=={VERSION}"))?;
    let script = setting.directory.join("yara_x_package.py");
    std::fs::write(&script, SCRIPT).with_context(|| format!("cannot write {}", script.display()))?;
    let compiled = setting.directory.join(format!("{name}.compiled"));
    succeed(Command::new(&program).arg(&script).arg("compile").arg(&compiled).args(rules))?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    Ok(Peer { program, arguments: vec![text(&script), "scan".to_owned(), text(&compiled)], is_package: true })
}
