//! Runs commands in turns and measures each child alone.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// One thing that is measured.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Names it in the table; unique.
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// The case that it is compared with.
    pub(crate) against: Option<String>,
    /// Whether the run stops when this cannot be run; a peer that fails is only told.
    pub(crate) importance: Importance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Importance {
    Ours,
    Peer,
}

impl Case {
    pub(crate) fn new(name: &str, program: &Path, arguments: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: Vec::new(),
            against: None,
            importance: Importance::Ours,
        }
    }

    pub(crate) fn against(mut self, name: &str) -> Self {
        self.against = Some(name.to_owned());
        self
    }

    pub(crate) fn peer(mut self) -> Self {
        self.importance = Importance::Peer;
        self
    }

    pub(crate) fn environment(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.envs(self.variables());
        command
    }

    fn variables(&self) -> impl Iterator<Item = (&'static str, &OsString)> {
        self.environment.iter().map(|(name, value)| (*name, value))
    }
}

/// What one run of a child took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) wall: Duration,
    /// User and system time, of the child and of the children that it waited for.
    pub(crate) cpu: Duration,
    pub(crate) peak_bytes: u64,
}

/// All runs of a case.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) case: Case,
    pub(crate) samples: Vec<Sample>,
}

/// Runs all cases in turns (A B C A B C …), so that what disturbs the machine for a while disturbs all alike.
/// A round before the first fills the page cache and is not counted.
pub(crate) fn in_turns(cases: Vec<Case>, rounds: usize, scratch: &Path) -> Result<Vec<Measured>> {
    turns(cases, 0..=rounds, scratch)
}

/// The same where the page cache is known to be full.
pub(crate) fn in_turns_at_once(cases: Vec<Case>, rounds: usize, scratch: &Path) -> Result<Vec<Measured>> {
    turns(cases, 1..=rounds, scratch)
}

fn turns(cases: Vec<Case>, rounds: RangeInclusive<usize>, scratch: &Path) -> Result<Vec<Measured>> {
    let mut all: Vec<Measured> =
        cases.into_iter().map(|case| Measured { case, samples: Vec::new() }).collect();
    for round in rounds.clone() {
        let mut failed = BTreeSet::new();
        for measured in &mut all {
            eprint!("\rround {round} of {}: {:<60.60}", rounds.end(), measured.case.name);
            match run(&measured.case, scratch) {
                Ok(sample) if round > 0 => measured.samples.push(sample),
                Ok(_) => {}
                Err(error) if measured.case.importance == Importance::Ours => return Err(error),
                Err(error) => {
                    eprintln!("\nnot measured: {error:#}");
                    failed.insert(measured.case.name.clone());
                }
            }
        }
        all.retain(|measured| !failed.contains(&measured.case.name));
    }
    eprintln!();
    Ok(all)
}

/// Runs a case once.
///
/// A new process of this program starts it: what Linux tells as the peak memory of a child includes what its parent
/// had at its own peak, for the child begins as a copy of it (exec_mmap in fs/exec.c), and this process reads large
/// files.
pub(crate) fn run(case: &Case, scratch: &Path) -> Result<Sample> {
    let stderr = scratch.join("stderr");
    let mut command = Command::new(std::env::current_exe().context("this program does not know its file")?);
    command
        .arg("measure")
        .arg(&case.program)
        .args(&case.arguments)
        .stdin(Stdio::null())
        .envs(case.variables());
    command.stderr(
        std::fs::File::create(&stderr).with_context(|| format!("cannot write {}", stderr.display()))?,
    );
    let output = command.output().with_context(|| format!("cannot measure {}", case.program.display()))?;
    if !output.status.success() {
        let said = std::fs::read_to_string(&stderr).unwrap_or_default();
        let said: Vec<&str> = said.lines().rev().take(5).collect();
        bail!("{} ({:?}): {}", case.name, case.command(), said.join(" | "));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Sample::parse(&text).with_context(|| format!("{}: not a measurement: {text}", case.name))
}

/// A command to measure; `run` starts this program with it.
#[derive(clap::Args)]
pub(crate) struct Measurement {
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Runs the command and prints what it took.
pub(crate) fn measure(options: &Measurement) -> Result<()> {
    let (program, arguments) = options.command.split_first().context("no program")?;
    println!("{}", once(Command::new(program).args(arguments).stdout(Stdio::null()))?.print());
    Ok(())
}

fn once(command: &mut Command) -> Result<Sample> {
    let start = Instant::now();
    let child = command.spawn().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    let used = child.wait4().context("cannot wait for it")?;
    let wall = start.elapsed();
    if !has_done_its_job(used.status) {
        bail!("{:?}: {}", command.get_program(), used.status);
    }
    Ok(Sample { wall, cpu: used.rusage.utime + used.rusage.stime, peak_bytes: used.rusage.maxrss })
}

impl Sample {
    fn print(&self) -> String {
        format!("{} {} {}", self.wall.as_nanos(), self.cpu.as_nanos(), self.peak_bytes)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let [wall, cpu, peak_bytes] = numbers[..] else { return None };
        Some(Self { wall: Duration::from_nanos(wall), cpu: Duration::from_nanos(cpu), peak_bytes })
    }
}

// Scanners end with 1 when they have findings.
fn has_done_its_job(status: ExitStatus) -> bool {
    matches!(status.code(), Some(0 | 1))
}

/// Least, middle and greatest of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, greatest) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => values[middle],
        };
        Some(Self { least, median, greatest })
    }
}

impl Measured {
    pub(crate) fn wall_secs(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.wall.as_secs_f64()))
    }

    pub(crate) fn cpu_secs(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.cpu.as_secs_f64()))
    }

    pub(crate) fn peak_megabytes(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.peak_bytes as f64 / f64::from(1 << 20)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_of_the_sorted_values() {
        let spread = |values: &[f64]| Spread::of(values.iter().copied());
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(Spread { least: 1.0, median: 2.0, greatest: 3.0 }));
        assert_eq!(spread(&[4.0, 1.0]), Some(Spread { least: 1.0, median: 2.5, greatest: 4.0 }));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn child_is_measured_and_its_exit_status_counts() {
        let shell = |script: &str| once(Command::new("/bin/sh").args(["-c", script]));
        let busy = shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done").expect("runs");
        assert!(busy.cpu > Duration::ZERO && busy.wall > Duration::ZERO && busy.peak_bytes > 0);
        let same = Sample::parse(&busy.print()).expect("what is printed is read");
        assert_eq!((same.wall, same.cpu, same.peak_bytes), (busy.wall, busy.cpu, busy.peak_bytes));
        assert!(shell("exit 1").is_ok(), "1 says that there are findings");
        assert!(shell("exit 2").is_err());
    }
}
