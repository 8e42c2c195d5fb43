//! `seawall watch` on this kernel under load, with every rule that is here, and over a recording.

mod live;

use super::goals::{self, Goal, Limit};
use super::measure::{self, Case, Spread};
use super::{Setting, machine};
use anyhow::{Context, Result};
use live::{Load, Watch};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// One load lasts so long.
const TIME: Duration = Duration::from_secs(5);
/// Events of the recording.
const EVENTS: u32 = 2_000_000;
const LOADS: [(&str, Load); 5] = [
    ("files opened and closed, 100,000/s", Load { mix: "open", rate: 100_000, processes: 1 }),
    ("files opened and closed, 200,000/s", Load { mix: "open", rate: 200_000, processes: 2 }),
    ("mixture, 200,000/s", Load { mix: "mixture", rate: 200_000, processes: 2 }),
    ("mixture, 400,000/s", Load { mix: "mixture", rate: 400_000, processes: 2 }),
    ("programs executed, 500/s", Load { mix: "exec", rate: 500, processes: 1 }),
];
/// The mixtures among them, which goals are about.
const AT_200: usize = 2;
const AT_400: usize = 3;

/// The section of the page; `None` where nothing can be watched.
pub(crate) fn measure(setting: &Setting, runs: usize) -> Result<Option<String>> {
    let place = setting.directory.join("watch");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let generator = setting.hash_files.with_file_name("load");
    let (rules, are_all) = rules();
    let Some(watch) = Watch::start(&setting.seawall, &place, &rules)? else { return Ok(None) };
    let mut all = vec![Vec::new(); LOADS.len()];
    for _ in 0..runs {
        for ((_, load), taken) in LOADS.iter().zip(&mut all) {
            taken.push(watch.under(&generator, *load, TIME)?);
        }
    }
    let (anonymous, peak) = (mebibytes(watch.process(), "RssAnon:"), mebibytes(watch.process(), "VmHWM:"));
    watch.finish()?;
    let medians: Vec<_> = all.iter().map(|taken| live::medians(taken)).collect();
    let mut table = String::from(
        "| load | calls/s reached | watch, % of a core | the load itself, % of a core | lost |\n|---|---:|---:|---:|---:|\n",
    );
    for ((name, _), taken) in LOADS.iter().zip(&medians) {
        let _ = writeln!(
            table,
            "| {name} | {:.0} | {:.1} | {:.1} | {:.0} |",
            taken.calls_per_second, taken.cpu_percent, taken.load_percent, taken.lost
        );
    }
    let added = added_ns(setting, &place, &generator, &rules, runs)?;
    let replayed = replayed_per_second(setting, &place, &rules, runs)?;
    let goal = |what: &str, limit, unit, measured| Goal { what: what.to_owned(), limit, unit, measured };
    let goals = [
        goal(
            "watch at 200,000 calls/s of the mixture",
            Limit::AtMost(10.0),
            "% of a core",
            Some(medians[AT_200].cpu_percent),
        ),
        goal(
            "lost at 400,000 calls/s of the mixture",
            Limit::AtMost(0.0),
            "events",
            Some(medians[AT_400].lost),
        ),
        goal("added to a call that no rule asks for", Limit::AtMost(40.0), "ns", Some(added)),
        goal("replay", Limit::AtLeast(2.0), "million events/s/core", replayed.map(|rate| rate / 1e6)),
        goal(
            "memory of the watch beyond ring and program, after all loads",
            Limit::AtMost(40.0),
            "MiB",
            anonymous,
        ),
    ];
    let mut page = format!("{}. {runs} runs, medians; the worst of the losses.\n\n", machine::describe());
    page.push_str(&goals::table(&goals));
    page.push('\n');
    page.push_str(&table);
    if let Some(peak) = peak {
        let _ = writeln!(
            page,
            "\nThe most that was resident at a time, with ring, program and what loading took: {peak:.1} MiB."
        );
    }
    if !are_all {
        page.push_str("\nOnly Seawall's own rules: those of Falco's project are not in SEAWALL_SHARED.\n");
    }
    Ok(Some(page))
}

/// Arguments for all rules that are here, and whether those of Falco's project are among them.
fn rules() -> (Vec<String>, bool) {
    let shared = std::env::var_os("SEAWALL_SHARED")
        .map_or_else(|| crate::workspace().join("../shared"), PathBuf::from);
    let files = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"]
        .map(|name| shared.join("rules/falco").join(name));
    if !files.iter().all(|file| file.is_file()) {
        return (Vec::new(), false);
    }
    let mut arguments = vec!["--own-rules".to_owned()];
    for file in files {
        arguments.extend(["--rules".to_owned(), file.display().to_string()]);
    }
    (arguments, true)
}

/// What a call that no rule asks for takes more while the host is watched.
fn added_ns(setting: &Setting, place: &Path, generator: &Path, rules: &[String], runs: usize) -> Result<f64> {
    let one = || -> Result<f64> {
        let output = Command::new(generator).arg("getppid").output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().with_context(|| format!("the load said: {text}"))
    };
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        without.push(one()?);
        let watch = Watch::start(&setting.seawall, place, rules)?.context("it started before")?;
        with.push(one()?);
        watch.finish()?;
    }
    let median = |values: Vec<f64>| Spread::of(values).map_or(0.0, |spread| spread.median);
    Ok(median(with) - median(without))
}

fn replayed_per_second(
    setting: &Setting,
    place: &Path,
    rules: &[String],
    runs: usize,
) -> Result<Option<f64>> {
    let capture = place.join("busy.scap");
    let capture_name = capture.display().to_string();
    let writer = setting.hash_files.with_file_name("busy_host");
    let status = Command::new(&writer).args([&EVENTS.to_string(), &capture_name]).status();
    if !status.with_context(|| format!("cannot run {}", writer.display()))?.success() {
        return Ok(None);
    }
    let mut arguments = vec!["watch", "--quiet", "--replay", &capture_name];
    arguments.extend(rules.iter().map(String::as_str));
    let case = Case::new("replay", &setting.seawall, &arguments);
    let measured = measure::in_turns(vec![case], runs, &setting.directory)?;
    std::fs::remove_file(capture)?;
    Ok(measured[0].cpu_secs().map(|spread| f64::from(EVENTS) / spread.median))
}

fn mebibytes(process: u32, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}
