//! Rules compiled together, indexed by kind of event.

use crate::alert::AlertTemplate;
use crate::foresight::{Foresight, PathParts};
use crate::plan::{Step, plan};
use crate::program::{Answers, Builder, Program};
use crate::{Facts, PathPart, Source, Words};
use events::Kind;
use falco::{Priority, Ruleset, Vocabulary};
use std::collections::{BTreeSet, HashMap};

/// How many rules an event may match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// The first, in the order of their definition.
    #[default]
    First,
    /// All.
    All,
}

/// Which rules are used, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many rules an event may match.
    pub matching: Matching,
    /// Rules less urgent than this are left out.
    pub priority_min: Priority,
    /// Whether the fields of the container are added to every output, as Falco does.
    pub adds_container_fields: bool,
    /// Formats of outputs that are added to every output.
    pub added_output: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            matching: Matching::First,
            priority_min: Priority::Debug,
            adds_container_fields: true,
            added_output: Vec::new(),
        }
    }
}

/// What Falco's plugin `container` adds to outputs.
const CONTAINER_OUTPUT: &str = "container_id=%container.id container_name=%container.name \
     container_image_repository=%container.image.repository container_image_tag=%container.image.tag \
     k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name";

/// Rules, ready for events. It does not change: each thread has its own [`Session`].
#[derive(Debug)]
pub struct Engine {
    program: Program,
    /// For each kind how the rules that can be true for it are asked.
    by_kind: Vec<Box<[Step]>>,
    templates: Vec<AlertTemplate>,
    matching: Matching,
}

/// What is kept from event to event by one thread.
#[derive(Debug, Default)]
pub struct Session {
    answers: Answers,
    matched: Vec<u32>,
}

/// An added output that is no output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot add '{format}' to outputs: {problem}")]
pub struct OutputError {
    /// As given.
    pub format: String,
    /// What is wrong.
    pub problem: String,
}

impl Engine {
    /// Compiles rules.
    ///
    /// # Errors
    ///
    /// An output that options add cannot be parsed.
    pub fn new(ruleset: &Ruleset, options: &Options) -> Result<Self, OutputError> {
        let mut added = String::new();
        let container = options.adds_container_fields.then_some(CONTAINER_OUTPUT);
        for format in options.added_output.iter().map(String::as_str).chain(container) {
            added.push(' ');
            added.push_str(format);
        }
        let added = if added.is_empty() {
            Vec::new()
        } else {
            falco::parse_output(&added, &Words).map_err(|problem| OutputError { format: added, problem })?
        };
        let used: Vec<_> = ruleset
            .rules
            .iter()
            .filter(|rule| {
                rule.is_enabled && rule.source == "syscall" && rule.priority <= options.priority_min
            })
            .collect();
        let mut builder = Builder::default();
        let roots: Vec<u32> = used.iter().map(|rule| builder.add(&rule.typed, &Words)).collect();
        let mut by_kind = vec![Box::default(); falco::KindSet::KINDS_MAX];
        for kind in events::kinds().filter(|info| !info.is_enter()) {
            let Some(slot) = crate::vocabulary::slot(kind.kind) else { continue };
            let mut done = HashMap::new();
            let mut rules = Vec::new();
            for (index, root) in
                roots.iter().enumerate().filter(|(index, _)| used[*index].kinds.contains(slot))
            {
                let node = builder.for_kind(*root, slot, &mut done);
                if !builder.is_never(node) {
                    let index = u32::try_from(index).expect("the number of rules is limited");
                    rules.push((index, node));
                }
            }
            by_kind[usize::from(slot)] = plan(&rules, &builder);
        }
        let templates = used.iter().map(|rule| AlertTemplate::new(rule, &added)).collect();
        Ok(Self { program: builder.finish(), by_kind, templates, matching: options.matching })
    }

    /// The rules that are true for an event, by the number that [`Engine::template`] takes.
    pub fn matches<'s>(&self, source: &impl Source, session: &'s mut Session) -> &'s [u32] {
        session.matched.clear();
        let steps = self.by_kind.get(usize::from(source.kind())).map_or(&[][..], |steps| steps);
        if steps.is_empty() {
            return &session.matched;
        }
        session.answers.next_event(&self.program);
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            at += match *step {
                Step::Guard { node, skip } if !self.program.is_true(node, source, &mut session.answers) => {
                    skip as usize
                }
                Step::Guard { .. } => 1,
                Step::Rule { node, rule } => {
                    if self.program.is_true(node, source, &mut session.answers) {
                        session.matched.push(rule);
                    }
                    1
                }
            };
        }
        // Groups changed the order.
        session.matched.sort_unstable();
        if self.matching == Matching::First {
            session.matched.truncate(1);
        }
        &session.matched
    }

    /// Whether any rule looks at events of a kind.
    #[must_use]
    pub fn wants(&self, kind: u16) -> bool {
        self.by_kind.get(usize::from(kind)).is_some_and(|steps| !steps.is_empty())
    }

    /// Whether a rule could be true for an event of a kind of which this is known.
    #[must_use]
    pub fn could_match(&self, kind: Kind, facts: &Facts) -> bool {
        let mut foresight = Foresight::new(&self.program, facts);
        self.rules_of(kind).any(|node| foresight.may_be_true(node))
    }

    /// Parts of paths without which rules are false for events of a kind.
    #[must_use]
    pub fn path_parts(&self, kind: Kind) -> BTreeSet<PathPart> {
        let mut parts = PathParts::new(&self.program);
        self.rules_of(kind).for_each(|node| parts.add(node));
        parts.finish()
    }

    /// The whole conditions of rules that can be true for a kind.
    fn rules_of(&self, kind: Kind) -> impl Iterator<Item = u32> {
        let steps = crate::vocabulary::slot(kind).and_then(|slot| self.by_kind.get(usize::from(slot)));
        steps.into_iter().flatten().filter_map(|step| match step {
            Step::Rule { node, .. } => Some(*node),
            Step::Guard { .. } => None,
        })
    }

    /// Names of the events that rules look at.
    #[must_use]
    pub fn event_names(&self) -> BTreeSet<&'static str> {
        events::kinds()
            .filter(|info| crate::vocabulary::slot(info.kind).is_some_and(|slot| self.wants(slot)))
            .map(|info| info.name)
            .collect()
    }

    /// How the alerts of a rule are made.
    #[must_use]
    pub fn template(&self, rule: u32) -> &AlertTemplate {
        &self.templates[rule as usize]
    }

    /// How many rules are used.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.templates.len()
    }
}

/// What rules ask for and is not there: plugins, by name, with the versions wanted and found.
#[must_use]
pub fn unmet_plugins(ruleset: &Ruleset) -> Vec<String> {
    let mut unmet = Vec::new();
    for alternatives in &ruleset.plugins {
        let is_met = alternatives.iter().any(|plugin| {
            let found = Words.plugin_version(&plugin.name).and_then(falco::Version::parse);
            let asked = falco::Version::parse(&plugin.version);
            matches!((found, asked), (Some(found), Some(asked)) if found.serves(asked))
        });
        if !is_met {
            let names: Vec<String> =
                alternatives.iter().map(|plugin| format!("{} {}", plugin.name, plugin.version)).collect();
            unmet.push(names.join(" or "));
        }
    }
    unmet
}
