//! Opening the advisory database and matching: the criterion benchmark of `advisories`.

use super::Setting;
use super::image::succeed;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// A benchmark, and the median of it with the bounds of its 95 % confidence interval.
pub(crate) struct Estimate {
    pub(crate) name: String,
    pub(crate) median_secs: f64,
    pub(crate) lower_secs: f64,
    pub(crate) upper_secs: f64,
}

pub(crate) fn measure(setting: &Setting) -> Result<Vec<Estimate>> {
    let results = setting.directory.join("criterion");
    if results.exists() {
        std::fs::remove_dir_all(&results).with_context(|| format!("cannot remove {}", results.display()))?;
    }
    eprintln!("cargo bench -p advisories --bench matching");
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["bench", "--locked", "--quiet", "-p", "advisories", "--bench", "matching"])
        .env("CRITERION_HOME", &results)
        .current_dir(crate::workspace());
    succeed(&mut command)?;
    let mut estimates = Vec::new();
    for entry in
        std::fs::read_dir(&results).with_context(|| format!("no results in {}", results.display()))?
    {
        let new = entry?.path().join("new");
        if new.is_dir() {
            estimates.push(read(&new)?);
        }
    }
    estimates.sort_by(|one, other| one.name.cmp(&other.name).reverse());
    Ok(estimates)
}

// What criterion keeps of a benchmark: benchmark.json and estimates.json, in nanoseconds.
fn read(directory: &Path) -> Result<Estimate> {
    let json = |name: &str| -> Result<Value> {
        let path = directory.join(name);
        let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", path.display()))
    };
    let estimates = json("estimates.json")?;
    let median = &estimates["median"];
    let secs = |value: &Value| value.as_f64().map(|nanoseconds| nanoseconds / 1e9).context("no median");
    Ok(Estimate {
        name: json("benchmark.json")?["full_id"].as_str().context("no name")?.to_owned(),
        median_secs: secs(&median["point_estimate"])?,
        lower_secs: secs(&median["confidence_interval"]["lower_bound"])?,
        upper_secs: secs(&median["confidence_interval"]["upper_bound"])?,
    })
}
