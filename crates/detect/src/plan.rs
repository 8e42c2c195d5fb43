//! In which order the rules of one kind of event are asked.
//!
//! Many rules have a part in common: a file is written, a program runs in a container. Rules are put into groups by such
//! parts, and where the part is false the whole group is passed over.

use crate::program::Builder;
use std::collections::HashMap;

/// A step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// When the node is false, go on so many steps further.
    Guard { node: u32, skip: u32 },
    /// The rule is true when the node is.
    Rule { node: u32, rule: u32 },
}

/// Groups inside groups.
const DEPTH_MAX: usize = 4;

/// The plan for rules with the nodes of their conditions.
pub(crate) fn plan(rules: &[(u32, u32)], builder: &Builder) -> Box<[Step]> {
    let rules: Vec<Open> = rules
        .iter()
        .map(|(rule, node)| Open { rule: *rule, node: *node, conjuncts: builder.conjuncts(*node) })
        .collect();
    let mut steps = Vec::new();
    group(rules, DEPTH_MAX, &mut steps);
    steps.into()
}

struct Open {
    rule: u32,
    node: u32,
    /// Parts that no group around it asks already.
    conjuncts: Vec<u32>,
}

fn group(mut rules: Vec<Open>, depth: usize, steps: &mut Vec<Step>) {
    while depth > 0 && rules.len() > 1 {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for conjunct in rules.iter().flat_map(|rule| &rule.conjuncts) {
            *counts.entry(*conjunct).or_default() += 1;
        }
        // The most common part; of several the one that was met first.
        let best = counts
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .max_by_key(|(node, count)| (*count, u32::MAX - node));
        let Some((guard, _)) = best else { break };
        let (mut inside, outside): (Vec<Open>, Vec<Open>) =
            rules.into_iter().partition(|rule| rule.conjuncts.contains(&guard));
        for rule in &mut inside {
            rule.conjuncts.retain(|conjunct| *conjunct != guard);
        }
        let at = steps.len();
        steps.push(Step::Guard { node: guard, skip: 0 });
        group(inside, depth - 1, steps);
        let skip = u32::try_from(steps.len() - at).expect("the number of rules is limited");
        steps[at] = Step::Guard { node: guard, skip };
        rules = outside;
    }
    steps.extend(rules.iter().map(|rule| Step::Rule { node: rule.node, rule: rule.rule }));
}
