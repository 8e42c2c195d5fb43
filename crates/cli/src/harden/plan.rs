//! `seawall harden plan`.

use super::situation;
use crate::arguments::PlanArguments;
use crate::exit::Outcome;
use anyhow::{Context, Result};
use harden::plan::{Action, Change, Class, Plan};
use report::neutral;
use std::io::Write as _;
use std::path::Path;

pub(super) fn run(arguments: &PlanArguments) -> Result<Outcome> {
    let looked = match &arguments.facts {
        Some(path) => situation::from_facts(path)?,
        None => situation::look()?,
    };
    let plan = &looked.plan;
    if let Some(directory) = &arguments.write {
        write_texts(plan, directory)?;
    }
    let mut out = std::io::stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, plan)?;
        writeln!(out)?;
    } else {
        for change in &plan.changes {
            write!(out, "{}", shown(change))?;
        }
        if arguments.all {
            for left in &plan.unplanned {
                writeln!(
                    out,
                    "left: {} ({})\n    {}\n",
                    left.rule,
                    neutral(&left.object),
                    neutral(&left.why)
                )?;
            }
        }
        writeln!(out, "{}", summary(plan))?;
    }
    Ok(if plan.changes.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// One change as people read it.
pub(super) fn shown(change: &Change) -> String {
    let how = if change.is_applicable() { change.class.as_str() } else { "recreate, written out only" };
    let mut text = format!(
        "{}  [{how}]\n    {}\n    repairs {}\n",
        neutral(&change.id),
        neutral(&change.title),
        change.rules.join(", ")
    );
    for line in change.diff.lines() {
        text.push_str(&format!("      {}\n", neutral(line)));
    }
    for effect in &change.side_effects {
        text.push_str(&format!("    note: {}\n", neutral(effect)));
    }
    text.push('\n');
    text
}

fn summary(plan: &Plan) -> String {
    let count = |class| plan.changes.iter().filter(|change| change.class == class).count();
    format!(
        "{} changes: {} without interruption, {} by reload, {} by restart of the daemon, {} containers to be made anew; \
         {} findings without a change (--all shows them). Nothing was changed: seawall harden apply ID…",
        plan.changes.len(),
        count(Class::None),
        count(Class::Reload),
        count(Class::Restart),
        count(Class::Recreate),
        plan.unplanned.len()
    )
}

fn write_texts(plan: &Plan, directory: &Path) -> Result<()> {
    for change in &plan.changes {
        let Action::Write { texts } = &change.action else { continue };
        // Ids hold names that strangers chose.
        let stem: String = change
            .id
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' })
            .take(120)
            .collect();
        let place = directory.join(stem);
        std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
        for (name, text) in texts {
            crate::output::write_file(&place.join(name), text.as_bytes())?;
        }
    }
    Ok(())
}
