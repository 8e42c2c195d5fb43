//! `seawall harden learned`: what a learned profile allows, as configuration.

use super::say;
use crate::arguments::LearnedArguments;
use crate::exit::Outcome;
use crate::output::write_file;
use crate::remark::remark;
use crate::watch::read_profile;
use anyhow::{Context, Result, bail};
use harden::apparmor::{Capabilities, Filesystem, Mode, Wish, profile as apparmor};
use harden::seccomp::{Architectures, Observed, Request, Stage, generate};
use profiles::{Profile, run_flags};
use std::collections::BTreeSet;

pub(super) fn run(arguments: &LearnedArguments) -> Result<Outcome> {
    let mut learned: Option<Profile> = None;
    for path in &arguments.profiles {
        let read = read_profile(path)?;
        match &mut learned {
            Some(learned) if learned.image != read.image => {
                bail!("{} is of {}, not of {}", path.display(), read.image, learned.image);
            }
            Some(learned) => learned.merge(&read),
            None => learned = Some(read),
        }
    }
    let learned = learned.context("no profile is named")?;
    if learned.lost > 0 {
        remark(&format!("{} events were lost while it was learned: something may be missing", learned.lost));
    }
    remark(&format!(
        "learned from {} containers in {} s: what they did not do in that time is refused",
        learned.containers, learned.learned_secs
    ));
    std::fs::create_dir_all(&arguments.output)
        .with_context(|| format!("cannot make {}", arguments.output.display()))?;
    let mut lines = vec!["docker run".to_owned()];
    for flag in run_flags(&learned) {
        match flag.words.is_empty() {
            true => remark(&flag.why),
            false => lines.push(format!("  {}", flag.words.join(" "))),
        }
    }
    if let Some(text) = seccomp(&learned, arguments.log_only)? {
        let path = arguments.output.join("seccomp.json");
        write_file(&path, text.as_bytes())?;
        lines.push(format!("  --security-opt seccomp={}", path.display()));
    }
    let profile = apparmor(&wish(&learned), if arguments.log_only { Mode::Complain } else { Mode::Enforce });
    profile.notes.iter().for_each(|note| remark(&format!("note: {note}")));
    write_file(&arguments.output.join("apparmor"), profile.text.as_bytes())?;
    lines.push(format!("  --security-opt apparmor={}", profile.name));
    let name = learned.names.iter().next().map_or(learned.image.as_str(), String::as_str);
    lines.push(format!("  {}", report::neutral(name)));
    say(&lines.join(" \\\n"));
    remark(&format!(
        "AppArmor's profile has to be loaded first: apparmor_parser -r -W {}/apparmor",
        arguments.output.display()
    ));
    Ok(Outcome::Clean)
}

/// None when the kernel did not tell system calls: a guess would be a container that breaks.
fn seccomp(learned: &Profile, log_only: bool) -> Result<Option<String>> {
    let Some(calls) = learned.calls.as_ref().filter(|calls| !calls.is_empty()) else {
        remark("no seccomp profile: no system calls were learned");
        return Ok(None);
    };
    let names: Vec<&str> = calls.iter().map(String::as_str).collect();
    let observed = Observed::parse(&names.join("\n"))?;
    let stage = if log_only { Stage::Log } else { Stage::Enforce };
    let made = generate(&Request { observed: &observed, stage, architectures: Architectures::NativeOnly });
    made.refused.iter().for_each(|line| remark(&format!("stays refused: {line}")));
    made.conditional.iter().for_each(|line| remark(&format!("allowed only {line}")));
    remark(&format!("{} system calls seen, {} of the engine's default refused", calls.len(), made.cut.len()));
    Ok(Some(made.text))
}

fn wish(learned: &Profile) -> Wish {
    let networks = learned.destinations.iter().chain(learned.listens.iter().cloned());
    let protocols: BTreeSet<String> = networks
        .filter_map(|place| Some(place.rsplit_once('/')?.1.to_owned()))
        .filter(|protocol| protocol != "other")
        .collect();
    let digits = learned.image.rsplit(':').next().unwrap_or_default();
    let (plain, odd): (Vec<String>, Vec<String>) =
        learned.programs.iter().cloned().partition(|path| is_plain(path));
    odd.iter().for_each(|path| remark(&format!("the AppArmor profile allows all programs, because the name of this one means something there: {path}")));
    // An empty list means all programs.
    let allow_exec = if odd.is_empty() { plain } else { Vec::new() };
    let capabilities = match &learned.capabilities {
        Some(used) => Capabilities {
            allow: used.iter().map(|name| name.to_ascii_lowercase()).collect(),
            deny: Vec::new(),
        },
        // Nobody knows which are used: those that no container gets by default are denied.
        None => Capabilities {
            allow: Vec::new(),
            deny: ["mac_admin", "mac_override", "sys_module"].map(str::to_owned).to_vec(),
        },
    };
    Wish {
        name: format!("learned-{}", digits.get(..12).unwrap_or(digits)),
        filesystem: Filesystem { allow_exec, ..Filesystem::default() },
        capabilities,
        allows_raw_network: learned.capabilities.as_ref().is_none_or(|used| used.contains("NET_RAW")),
        allows_packet_network: learned.capabilities.as_ref().is_none_or(|used| used.contains("NET_RAW")),
        network_protocols: protocols.into_iter().collect(),
    }
}

/// Whether AppArmor reads a path as it is written (apparmor.d(5), globbing and quoting).
fn is_plain(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte))
}
