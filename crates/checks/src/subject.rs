//! An image as the rules see it.

use crate::{CheckHit, CheckOptions, ImageFacts, Rule, TreeEntry, TreeFacts};
use dockerfile::{Command, Keyword, Script, Step, base_entries, parse_history, split_shell};
use model::{Gap, GapReason, Severity};

/// An image as the rules see it: the facts, and the history read and split once.
pub(crate) struct Subject<'a> {
    pub(crate) facts: &'a ImageFacts,
    pub(crate) options: &'a CheckOptions,
    pub(crate) steps: Vec<Step>,
    scripts: Vec<Option<Script>>,
    base_entries: usize,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(facts: &'a ImageFacts, options: &'a CheckOptions) -> Self {
        let steps = parse_history(&facts.history);
        let scripts = steps.iter().map(script_of).collect();
        let base_entries = facts.base_entries.or_else(|| base_entries(&facts.history, &steps)).unwrap_or(0);
        Self { facts, options, steps, scripts, base_entries }
    }

    /// What the history hides from the rules.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let mut gaps = self.facts.tree.as_ref().map_or_else(Vec::new, TreeFacts::gaps);
        for (step, script) in self.steps.iter().zip(&self.scripts) {
            let problem = script
                .iter()
                .flat_map(|script| &script.problems)
                .find(|problem| problem.contains("too") || problem.contains("only"));
            if let Some(problem) = problem {
                let what = format!("instruction {} of the history", step.index + 1);
                gaps.push(Gap::new(what, GapReason::LimitReached, problem.clone()));
            }
        }
        gaps
    }

    /// Whether an entry is the image's own, not its base's.
    pub(crate) fn is_own(&self, step: &Step) -> bool {
        step.index >= self.base_entries
    }

    /// The steps that are the image's own.
    pub(crate) fn own_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| self.is_own(step))
    }

    /// Every `RUN` with its commands.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&Step, &Script)> {
        self.steps.iter().zip(&self.scripts).filter_map(|(step, script)| Some((step, script.as_ref()?)))
    }

    /// Every `RUN` of the image's own.
    pub(crate) fn own_runs(&self) -> impl Iterator<Item = (&Step, &Script)> {
        self.runs().filter(|(step, _)| self.is_own(step))
    }

    /// Every command of every `RUN`.
    pub(crate) fn commands(&self) -> impl Iterator<Item = (&Step, &Command)> {
        self.runs().flat_map(|(step, script)| script.commands.iter().map(move |command| (step, command)))
    }

    /// Every command of the image's own.
    pub(crate) fn own_commands(&self) -> impl Iterator<Item = (&Step, &Command)> {
        self.commands().filter(|(step, _)| self.is_own(step))
    }

    pub(crate) fn tree(&self) -> Option<&TreeFacts> {
        self.facts.tree.as_ref()
    }

    /// Whether it is known that no package owns an entry.
    pub(crate) fn is_unpackaged(&self, entry: &TreeEntry) -> bool {
        entry.package.is_none() && self.tree().is_some_and(|tree| tree.knows_packages)
    }
}

fn script_of(step: &Step) -> Option<Script> {
    let text = match step.keyword {
        Keyword::Run => step.text.as_str(),
        Keyword::Onbuild => step.text.strip_prefix("RUN ")?,
        _ => return None,
    };
    let is_windows = step.shell.first().is_some_and(|shell| {
        let shell = shell.to_ascii_lowercase();
        shell.starts_with("cmd") || shell.contains("powershell") || shell.contains("pwsh")
    });
    (!is_windows).then(|| split_shell(text))
}

/// A hit of a rule about the whole image.
pub(crate) fn hit(rule: &'static Rule, title: impl Into<String>) -> CheckHit {
    CheckHit {
        rule: &rule.info,
        severity: rule.info.severity,
        title: shown(&title.into()),
        path: None,
        line: None,
        layer_index: None,
        history_index: None,
        evidence: Vec::new(),
        identity: String::new(),
    }
}

/// A hit of a rule at an entry of the history.
pub(crate) fn hit_at_step(rule: &'static Rule, step: &Step, title: impl Into<String>) -> CheckHit {
    CheckHit { history_index: Some(step.index), layer_index: step.layer, ..hit(rule, title) }
}

/// A hit of a rule at a command; the command is the evidence and the identity.
pub(crate) fn hit_at_command(
    rule: &'static Rule,
    step: &Step,
    command: &Command,
    title: impl Into<String>,
) -> CheckHit {
    let text = command_line(command);
    CheckHit { identity: text.clone(), evidence: vec![text], ..hit_at_step(rule, step, title) }
}

/// A hit of a rule at a file.
pub(crate) fn hit_at_file(rule: &'static Rule, entry: &TreeEntry, title: impl Into<String>) -> CheckHit {
    CheckHit { path: Some(entry.path.clone()), layer_index: entry.layer_index, ..hit(rule, title) }
}

impl CheckHit {
    pub(crate) fn with_evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(shown(&line.into()));
        self
    }

    pub(crate) fn with_identity(mut self, identity: impl Into<String>) -> Self {
        self.identity = identity.into();
        self
    }

    pub(crate) fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// A command as one line, with values that look like credentials hidden.
pub(crate) fn command_line(command: &Command) -> String {
    let mut words: Vec<String> = Vec::new();
    for (name, value) in &command.assignments {
        words.push(format!("{name}={}", if crate::rules::names_secret(name) { "…" } else { value }));
    }
    let takes_password =
        matches!(command.program(), "useradd" | "usermod" | "sshpass" | "mysql" | "mysqladmin");
    let mut hides_next = false;
    for word in &command.words {
        if hides_next {
            words.push("…".to_owned());
        } else {
            words.push(crate::rules::hide_credentials(&word.text));
        }
        let option = word.text.strip_prefix("--").filter(|option| !option.contains('='));
        hides_next = option.is_some_and(crate::rules::names_secret) || (takes_password && word.text == "-p");
    }
    shown(&words.join(" "))
}

/// A text cut to a line that can be shown.
pub(crate) fn shown(text: &str) -> String {
    const LENGTH_MAX: usize = 300;
    let mut line: String = text
        .chars()
        .take(LENGTH_MAX)
        .map(|c| {
            if c == '\n' || c == '\t' || c == '\r' {
                ' '
            } else if c.is_control() {
                '·'
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(LENGTH_MAX).is_some() {
        line.push('…');
    }
    line
}
