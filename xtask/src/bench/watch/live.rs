//! One `seawall watch` on this kernel, and what it takes while there is load.

use super::super::measure::Spread;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

/// A watch of this host.
pub(super) struct Watch {
    child: Child,
    stderr: BufReader<ChildStderr>,
    alerts: PathBuf,
}

/// What one load did, and what the watch took for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// Calls a second, of all processes of the load.
    pub(super) calls_per_second: f64,
    /// Hundredths of a core.
    pub(super) cpu_percent: f64,
    /// What the load itself took, with what the kernel's part of the sensor adds.
    pub(super) load_percent: f64,
    pub(super) lost: f64,
}

/// A mix of `examples/load.rs`, in so many processes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) mix: &'static str,
    pub(super) rate: u32,
    pub(super) processes: u32,
}

impl Watch {
    /// `None` where the kernel does not grant what is needed.
    pub(super) fn start(seawall: &Path, place: &Path, rules: &[String]) -> Result<Option<Self>> {
        let alerts = place.join("alerts");
        let _ = std::fs::remove_file(&alerts);
        let mut command = Command::new(seawall);
        command.args(["watch", "--json", "--no-integrity", "--rule-matching", "all"]).args(rules);
        command.arg("--to").arg(format!("file:{}", alerts.display()));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let mut stderr = BufReader::new(child.stderr.take().context("its messages are piped")?);
        let mut line = String::new();
        while stderr.read_line(&mut line)? > 0 {
            if line.starts_with("watching:") {
                return Ok(Some(Self { child, stderr, alerts }));
            }
            line.clear();
        }
        let _ = child.wait();
        Ok(None)
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Puts a load on the host for a time.
    pub(super) fn under(&self, generator: &Path, load: Load, time: Duration) -> Result<Taken> {
        let lost_before = self.lost()?;
        let (before, start) = (self.cpu_secs()?, Instant::now());
        let generators: Vec<Child> = (0..load.processes)
            .map(|_| {
                let rate = (load.rate / load.processes).to_string();
                Command::new(generator)
                    .args([load.mix, &rate, &time.as_secs_f64().to_string()])
                    .stdout(Stdio::piped())
                    .spawn()
            })
            .collect::<Result<_, _>>()
            .with_context(|| format!("cannot start {}", generator.display()))?;
        let mut taken = Taken { calls_per_second: 0.0, cpu_percent: 0.0, load_percent: 0.0, lost: 0.0 };
        for child in generators {
            let output = child.wait_with_output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let numbers: Vec<f64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
            let [calls, secs, cpu_secs] = numbers[..] else { bail!("the load said: {text}") };
            taken.calls_per_second += calls / secs;
            taken.load_percent += cpu_secs / secs * 100.0;
        }
        let secs = start.elapsed().as_secs_f64();
        taken.cpu_percent = (self.cpu_secs()? - before) / secs * 100.0;
        // Losses are told each second.
        std::thread::sleep(Duration::from_millis(2500));
        taken.lost = self.lost()? - lost_before;
        Ok(taken)
    }

    /// Time on a processor of all its threads: fs/proc/base.c, `proc_pid_schedstat`, in nanoseconds.
    fn cpu_secs(&self) -> Result<f64> {
        let mut nanos = 0.0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id())).context("the watch ended")? {
            let text = std::fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            nanos += text.split(' ').next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_default();
        }
        Ok(nanos / 1e9)
    }

    fn lost(&self) -> Result<f64> {
        let text = std::fs::read_to_string(&self.alerts).unwrap_or_default();
        let mut lost = 0.0;
        for line in text.lines().filter(|line| line.contains("\"lost.count\"")) {
            let alert: serde_json::Value = serde_json::from_str(line).context("an alert is no JSON")?;
            lost += alert["output_fields"]["lost.count"].as_f64().unwrap_or_default();
        }
        Ok(lost)
    }

    /// Ends it.
    pub(super) fn finish(mut self) -> Result<()> {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.stderr, &mut said)?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The median of each figure; the worst of the losses.
pub(super) fn medians(all: &[Taken]) -> Taken {
    let median =
        |field: fn(&Taken) -> f64| Spread::of(all.iter().map(field)).map_or(0.0, |spread| spread.median);
    Taken {
        calls_per_second: median(|taken| taken.calls_per_second),
        cpu_percent: median(|taken| taken.cpu_percent),
        load_percent: median(|taken| taken.load_percent),
        lost: all.iter().map(|taken| taken.lost).fold(0.0, f64::max),
    }
}
