//! Which lines of a real Dockerfile made which history entry.

mod likeness;

use crate::{Dockerfile, HistoryEntry, Instruction, Keyword, LineSpan, Step, parse_history};
use likeness::Variables;

/// Entries of a history that are compared, the last ones.
const STEPS_MAX: usize = 1_000;
/// Instructions of a Dockerfile that are compared, the last ones.
const INSTRUCTIONS_MAX: usize = 2_000;

/// The lines of a Dockerfile that made each entry of a history: those of the last stage and of the stages that it
/// builds on. Entries of the base image, and others that no instruction is like, have none.
///
/// Entries and instructions are aligned in order so that the sum of their likenesses is greatest (Needleman and
/// Wunsch 1970); among equals the latest instructions win, because the entries of the base stand in front.
#[must_use]
pub fn match_history(file: &Dockerfile, history: &[HistoryEntry]) -> Vec<Option<LineSpan>> {
    let steps = parse_history(history);
    let mut lines = vec![None; steps.len()];
    let instructions = chain(file);
    let variables = Variables::collect(file, &instructions);
    let skipped = steps.len().saturating_sub(STEPS_MAX);
    let own = &instructions[instructions.len().saturating_sub(INSTRUCTIONS_MAX)..];
    for (step, instruction) in align(&steps[skipped..], own, &variables) {
        lines[skipped + step] = Some(own[instruction].lines);
    }
    lines
}

/// The instructions of the stages that the last one builds on, and its own, without `FROM`.
fn chain(file: &Dockerfile) -> Vec<&Instruction> {
    let mut stages = Vec::new();
    let mut next = file.stages.len().checked_sub(1);
    while let Some(at) = next {
        stages.push(&file.stages[at]);
        next = file.stages[at].parent.filter(|parent| *parent < at);
    }
    let all = stages.into_iter().rev().flat_map(|stage| &file.instructions[stage.instructions.clone()]);
    all.filter(|instruction| instruction.keyword != Keyword::From).collect()
}

fn align(steps: &[Step], instructions: &[&Instruction], variables: &Variables) -> Vec<(usize, usize)> {
    let width = instructions.len() + 1;
    // `best[s][i]` is the greatest sum for steps from `s` and instructions from `i` on.
    let mut best = vec![0_u32; (steps.len() + 1) * width];
    let mut alike = vec![0_u16; steps.len() * width];
    for s in (0..steps.len()).rev() {
        for i in (0..instructions.len()).rev() {
            let score = likeness::of(&steps[s], instructions[i], variables);
            alike[s * width + i] = score;
            let mut value = best[(s + 1) * width + i].max(best[s * width + i + 1]);
            if score > 0 {
                value = value.max(best[(s + 1) * width + i + 1] + u32::from(score));
            }
            best[s * width + i] = value;
        }
    }
    let (mut s, mut i) = (0, 0);
    let mut pairs = Vec::new();
    while s < steps.len() && i < instructions.len() {
        let value = best[s * width + i];
        if value == best[(s + 1) * width + i] {
            s += 1;
        } else if value == best[s * width + i + 1] {
            i += 1;
        } else {
            debug_assert!(alike[s * width + i] > 0, "only a pair makes the sum greater");
            pairs.push((s, i));
            s += 1;
            i += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests;
