//! What the rules found.

use crate::rule::Rule;
use model::RuleInfo;
use std::ops::Range;

/// Hits of one file, at most.
const HITS_MAX: usize = 5_000;

/// Bytes of the file and what takes their place.
pub(crate) type Change = (Range<usize>, String);

/// One hit.
pub(crate) struct Hit {
    pub(crate) info: &'static RuleInfo,
    /// What other tools call the rule.
    pub(crate) known_as: &'static [&'static str],
    /// Bytes of the file.
    pub(crate) bytes: Range<usize>,
    /// What is wrong here.
    pub(crate) detail: String,
    /// The aliases that mean this very hit, when not all of the rule's do.
    pub(crate) aliases: Option<Vec<&'static str>>,
    /// What repairs it: a title, and edits in order.
    pub(crate) fix: Option<(String, Vec<Change>)>,
}

impl Hit {
    /// Says that only these aliases mean the hit: the other tools see it otherwise.
    pub(crate) fn only(&mut self, aliases: &[&'static str]) -> &mut Self {
        self.aliases = Some(aliases.to_vec());
        self
    }

    /// Says what repairs it.
    pub(crate) fn fix(&mut self, title: &str, edits: Vec<Change>) -> &mut Self {
        if !edits.is_empty() {
            self.fix = Some((title.to_owned(), edits));
        }
        self
    }
}

/// What the rules found.
pub(crate) struct Hits {
    pub(crate) list: Vec<Hit>,
    rule: &'static Rule,
    pub(crate) is_full: bool,
}

impl Hits {
    pub(crate) fn new(first: &'static Rule) -> Self {
        Self { list: Vec::new(), rule: first, is_full: false }
    }

    /// The rule that hits belong to from here on.
    pub(crate) fn set_rule(&mut self, rule: &'static Rule) {
        self.rule = rule;
    }

    /// Adds a hit of the running rule.
    pub(crate) fn add(&mut self, bytes: Range<usize>, detail: impl Into<String>) -> &mut Hit {
        let (info, known_as) = (&self.rule.info, self.rule.aliases);
        self.add_of(info, known_as, bytes, detail)
    }

    /// Adds a hit of a rule of another crate.
    pub(crate) fn add_of(
        &mut self,
        info: &'static RuleInfo,
        known_as: &'static [&'static str],
        bytes: Range<usize>,
        detail: impl Into<String>,
    ) -> &mut Hit {
        if self.list.len() >= HITS_MAX {
            self.is_full = true;
            self.list.pop();
        }
        self.list.push(Hit { info, known_as, bytes, detail: detail.into(), aliases: None, fix: None });
        self.list.last_mut().expect("one was just put in")
    }
}
