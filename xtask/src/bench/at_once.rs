//! Many scans at once: nobody waits for anybody.

use super::measure::{self, Case, Spread};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::time::Instant;
use wait4::Wait4;

pub(crate) const SCANS: usize = 16;

pub(crate) struct AtOnce {
    pub(crate) name: String,
    /// One scan while nothing else runs.
    pub(crate) alone_secs: Spread,
    /// From the first start to the last end.
    pub(crate) total_secs: Spread,
    /// The sum over all scans, divided by the cores: what they take when no core is idle.
    pub(crate) floor_secs: Spread,
}

pub(crate) fn measure(case: &Case, rounds: usize, scratch: &Path) -> Result<AtOnce> {
    let cores = std::thread::available_parallelism()?.get() as f64;
    let (mut alone, mut total, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        eprint!("\rround {round} of {rounds}: {SCANS} scans at once{:<40}", "");
        let one = measure::run(case, scratch)?;
        let (wall_secs, cpu_secs) = start_together(case)?;
        if round > 0 {
            alone.push(one.wall.as_secs_f64());
            total.push(wall_secs);
            floor.push(cpu_secs / cores);
        }
    }
    eprintln!();
    let spread = |values: Vec<f64>| Spread::of(values).context("no runs");
    Ok(AtOnce {
        name: case.name.clone(),
        alone_secs: spread(alone)?,
        total_secs: spread(total)?,
        floor_secs: spread(floor)?,
    })
}

fn start_together(case: &Case) -> Result<(f64, f64)> {
    let start = Instant::now();
    let mut children = Vec::new();
    for _ in 0..SCANS {
        children
            .push(case.command().spawn().with_context(|| format!("cannot run {}", case.program.display()))?);
    }
    let mut cpu_secs = 0.0;
    for child in children {
        let used = child.wait4().context("cannot wait for a scan")?;
        if !matches!(used.status.code(), Some(0 | 1)) {
            bail!("one of {SCANS} scans at once ended with {}", used.status);
        }
        cpu_secs += (used.rusage.utime + used.rusage.stime).as_secs_f64();
    }
    Ok((start.elapsed().as_secs_f64(), cpu_secs))
}
