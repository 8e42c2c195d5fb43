//! The scanners, and how each tells a file and a line.

use super::super::Setting;
use super::super::cases::python_with;
use super::super::image::succeed;
use super::super::peers::locate;
use super::relative;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines with something to tell, by file.
pub(crate) type Reports = BTreeMap<String, BTreeSet<u32>>;

/// A scanner for credentials.
pub(crate) struct Tool {
    pub(crate) name: String,
    program: PathBuf,
    kind: Kind,
    directory: PathBuf,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Everything, or only what is of medium severity and above.
    Seawall {
        from_medium: bool,
    },
    Gitleaks,
    DetectSecrets,
    Trivy,
}

/// Seawall twice, and the others that are here.
pub(crate) fn all(setting: &Setting, skipped: &mut Vec<String>) -> Result<Vec<Tool>> {
    let tool = |name: &str, program: PathBuf, kind: Kind| Tool {
        name: name.to_owned(),
        program,
        kind,
        directory: setting.directory.clone(),
    };
    let mut tools = vec![
        tool("seawall", setting.seawall.clone(), Kind::Seawall { from_medium: false }),
        tool("seawall, medium and above", setting.seawall.clone(), Kind::Seawall { from_medium: true }),
    ];
    for (name, kind) in [("gitleaks", Kind::Gitleaks), ("trivy", Kind::Trivy)] {
        match locate(name) {
            Some(program) => tools.push(tool(name, program, kind)),
            None => skipped.push(format!("{name}: neither in SEAWALL_PEERS nor on the path")),
        }
    }
    match python_with(setting, "detect_secrets", "detect-secrets==1.5.0") {
        Ok(python) => tools.push(tool("detect-secrets 1.5.0", python, Kind::DetectSecrets)),
        Err(error) => skipped.push(format!("detect-secrets: {error:#}")),
    }
    Ok(tools)
}

impl Tool {
    /// What it tells of a directory.
    pub(crate) fn scan(&self, root: &Path) -> Result<Reports> {
        let out = self.directory.join("secrets.json");
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut command = Command::new(&self.program);
        command.env("HOME", self.directory.join("home")).current_dir(root);
        match self.kind {
            Kind::Seawall { .. } => {
                let target = format!("rootfs:{}", root.display());
                let arguments =
                    ["scan", "--quiet", &target, "--no-cache", "--only", "secrets", "--format", "json"];
                command.args(arguments).args(["--output", &text(&out)]);
            }
            Kind::Gitleaks => {
                let arguments = ["dir", "--no-banner", "--log-level", "error", "--exit-code", "0"];
                command.args(arguments).args(["--report-format", "json", "--report-path", &text(&out)]);
                command.arg(root);
            }
            Kind::DetectSecrets => {
                command.args(["-m", "detect_secrets", "scan", "--all-files", "--no-verify", "."]);
            }
            Kind::Trivy => {
                let arguments =
                    ["fs", "--quiet", "--offline-scan", "--scanners", "secret", "--format", "json"];
                command.args(arguments).args(["--output", &text(&out)]).arg(root);
            }
        }
        let bytes = match self.kind {
            Kind::DetectSecrets => command.output().context("it cannot be run")?.stdout,
            Kind::Seawall { .. } => {
                // Status 1 says that there are findings.
                command.output().context("it cannot be run")?;
                std::fs::read(&out).context("it wrote nothing")?
            }
            Kind::Gitleaks | Kind::Trivy => {
                succeed(&mut command)?;
                std::fs::read(&out).context("it wrote nothing")?
            }
        };
        let document: Value = serde_json::from_slice(&bytes).context("it did not write JSON")?;
        Ok(self.read(&document, root))
    }

    fn read(&self, document: &Value, root: &Path) -> Reports {
        let mut reports = Reports::new();
        let mut add = |file: &str, line: &Value| {
            let line = line.as_u64().and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
            reports.entry(relative(file, root)).or_default().insert(line);
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        match self.kind {
            Kind::Seawall { from_medium } => {
                for finding in list(&document["findings"]) {
                    let is_weak =
                        matches!(finding["severity"].as_str(), Some("low" | "negligible" | "unknown"));
                    if let Some(path) =
                        finding["location"]["path"].as_str().filter(|_| !(from_medium && is_weak))
                    {
                        add(path, &finding["location"]["line"]);
                    }
                }
            }
            Kind::Gitleaks => {
                for finding in list(document) {
                    add(finding["File"].as_str().unwrap_or(""), &finding["StartLine"]);
                }
            }
            Kind::DetectSecrets => {
                for (file, findings) in document["results"].as_object().into_iter().flatten() {
                    for finding in list(findings) {
                        add(file, &finding["line_number"]);
                    }
                }
            }
            Kind::Trivy => {
                for result in list(&document["Results"]) {
                    for finding in list(&result["Secrets"]) {
                        add(result["Target"].as_str().unwrap_or(""), &finding["StartLine"]);
                    }
                }
            }
        }
        reports
    }
}
