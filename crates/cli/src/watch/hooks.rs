//! `--check`: which hooks this kernel grants, and what is lost without the others.

use crate::arguments::WatchArguments;
use crate::exit::Outcome;
use anyhow::Result;
use std::io::Write as _;

pub(super) fn run(arguments: &WatchArguments) -> Result<Outcome> {
    let granted = sensor::check()?;
    let mut stdout = std::io::stdout().lock();
    let is_whole = granted.iter().all(|hook| hook.refusal.is_none());
    if arguments.json {
        let hook = |hook: &sensor::Granted| serde_json::json!({ "name": hook.name, "gives": hook.gives, "granted": hook.refusal.is_none(), "refusal": hook.refusal });
        serde_json::to_writer_pretty(&mut stdout, &granted.iter().map(hook).collect::<Vec<_>>())?;
        writeln!(stdout)?;
        return Ok(if is_whole { Outcome::Clean } else { Outcome::Findings });
    }
    let (calls, hooks): (Vec<_>, Vec<_>) =
        granted.iter().partition(|hook| hook.name.starts_with("syscalls/sys_exit_"));
    for hook in hooks.iter().chain(calls.iter().filter(|hook| hook.refusal.is_some())) {
        match &hook.refusal {
            None => writeln!(stdout, "granted  {:32} {}", hook.name, hook.gives)?,
            Some(refusal) => {
                writeln!(stdout, "refused  {:32} {} is not seen: {refusal}", hook.name, hook.gives)?;
            }
        }
    }
    let count = calls.iter().filter(|hook| hook.refusal.is_none()).count();
    writeln!(stdout, "granted  {:32} {count} of {} system calls", "syscalls/sys_exit_*", calls.len())?;
    Ok(if is_whole { Outcome::Clean } else { Outcome::Findings })
}
