//! A create of 3 KiB, read and decided: the benchmark of `control`.

use anyhow::{Context, Result};
use std::process::{Command, Stdio};

/// Of 20,000 decisions; medians of the runs.
pub(super) struct Decision {
    pub(super) p50_micros: f64,
    pub(super) p99_micros: f64,
}

pub(super) fn measure(runs: usize) -> Result<Decision> {
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut command = Command::new(env!("CARGO"));
        // What criterion itself measures is not asked for: no benchmark has that name.
        command
            .args(["bench", "--locked", "--quiet", "-p", "control", "--bench", "decide", "--", "percentiles"])
            .current_dir(crate::workspace())
            .stderr(Stdio::inherit());
        let output = command.output().context("cannot run cargo bench")?;
        let text = String::from_utf8_lossy(&output.stdout);
        p50.push(after(&text, "p50 ")?);
        p99.push(after(&text, "p99 ")?);
    }
    Ok(Decision { p50_micros: median(p50), p99_micros: median(p99) })
}

fn after(text: &str, word: &str) -> Result<f64> {
    let rest = text.split(word).nth(1).with_context(|| format!("no '{word}' in {text:?}"))?;
    rest.split(' ').next().unwrap_or_default().parse().with_context(|| format!("no number behind '{word}'"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
