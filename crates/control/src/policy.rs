//! A policy, read.

pub(crate) mod access;
pub(crate) mod clients;
mod images;
mod read;
pub(crate) mod settings;

use crate::decision::{Decision, Matched, Mode};
use crate::judge;
use crate::profiles;
use crate::{Client, Date, Facts, Need};
use calls::{Call, Limits};
use clients::ClientEntry;
pub use images::ImageSettings;
use model::Severity;
use settings::{Context, Setting};
use std::collections::BTreeMap;
use workload::{ContainerSpec, Surroundings};

/// A policy, read and checked.
#[derive(Debug)]
pub struct Policy {
    /// The most that any rule does.
    pub(crate) mode: Mode,
    pub(crate) limits: Limits,
    pub(crate) surroundings: Surroundings,
    pub(crate) clients: Vec<ClientEntry>,
    /// It says nothing of clients, and is built on no profile.
    pub(crate) is_open: bool,
    pub(crate) images: Option<ImageSettings>,
    /// In order: of the settings of a rule that fit, the last one holds.
    pub(crate) settings: Vec<Setting>,
    /// Where the settings of a rule are.
    pub(crate) by_rule: BTreeMap<String, Vec<usize>>,
    /// The same for rules about containers, in the order of `workload::rules`: each container is judged by all of them.
    pub(crate) of_containers: Vec<Vec<usize>>,
}

/// What a policy says of a rule where nothing is told of who asks and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralRule {
    /// The rule.
    pub rule: String,
    /// What it does.
    pub mode: Mode,
    /// Hits that are less bad count as none.
    pub severity_min: Severity,
    /// It does not hold for everything: it has a list of what is allowed, a waiver, an expression, or a setting for some
    /// calls, labels or images.
    pub has_exceptions: bool,
}

/// Something in a policy that is no error and should be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// 1-based line; 0 when it is about the whole.
    pub line: u32,
    /// What.
    pub message: String,
}

/// A text that is no policy. A guard without a policy refuses every call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PolicyError {
    /// 1-based line; 0 when it is about the whole.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// A call and what is known of it.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub client: &'a Client,
    /// What is asked; the decision has it, as it may be passed on.
    pub call: Call,
    /// What was found for [`Policy::needs`].
    pub facts: &'a Facts,
    /// The day, for waivers.
    pub today: Date,
}

/// Which container it is, for doors other than the Engine API.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Who asks, as `match: {client: …}` of rules names it.
    pub client: Option<&'a str>,
    /// Labels that `match: {labels: …}` of rules sees.
    pub labels: &'a BTreeMap<String, String>,
}

/// How often a client may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls a second over a long time.
    pub calls_per_second: u32,
    /// Calls at once.
    pub burst: u32,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// It is no YAML, or says something that is not understood: then nothing of it counts.
    pub fn parse(yaml: &str) -> Result<(Self, Vec<Warning>), PolicyError> {
        read::policy(yaml)
    }

    /// A policy that is built in: `observe`, `warn`, `guarded`, `strict`.
    #[must_use]
    pub fn profile(name: &str) -> Option<Self> {
        let text = profiles::profile(name)?;
        let (policy, _) = read::policy(text).expect("built-in profiles are read by a test");
        Some(policy)
    }

    /// How calls are to be read.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where verdicts about images come from; none when nothing is said.
    #[must_use]
    pub const fn images(&self) -> Option<&ImageSettings> {
        self.images.as_ref()
    }

    /// What is dangerous before an engine, whose doors know clients; other doors need not tell.
    #[must_use]
    pub fn warning_of_clients(&self) -> Option<Warning> {
        let message = "no clients are named, so everyone may call everything that rules let through";
        self.is_open.then(|| Warning { line: 0, message: message.to_owned() })
    }

    /// The name of the first entry that a client fits.
    #[must_use]
    pub fn client_name(&self, client: &Client) -> Option<&str> {
        self.client_of(client).map(|(_, entry)| entry.name.as_str())
    }

    /// How often a client may call; none when nothing is said.
    #[must_use]
    pub fn rate(&self, client: &Client) -> Option<Rate> {
        self.client_of(client).and_then(|(_, entry)| entry.rate)
    }

    /// What has to be looked up before the call can be judged.
    #[must_use]
    pub fn needs(&self, client: &Client, call: &Call) -> Vec<Need> {
        judge::needs(self, client, call)
    }

    /// Judges a call.
    #[must_use]
    pub fn decide(&self, asked: Asked<'_>) -> Decision {
        judge::decide(self, asked)
    }

    /// Judges one container by the rules that hold for it, whatever the door: rules `container/…`, and those of the guard
    /// that need nothing but the specification. What a rule would rewrite is told with that mode: whoever asks changes it
    /// or refuses.
    #[must_use]
    pub fn judge_spec(&self, spec: &ContainerSpec, scope: &Scope<'_>, today: Date) -> Vec<Matched> {
        judge::container_alone(self, spec, scope, today)
    }

    /// Judges a command that is to be started in a container, whatever the door.
    #[must_use]
    pub fn judge_command(&self, command: &[String], scope: &Scope<'_>, today: Date) -> Vec<Matched> {
        judge::command_alone(self, command, scope, today)
    }

    /// What each rule says where nothing more is told of clients, calls, labels or images; by rule. Rules for some clients
    /// alone are left out.
    #[must_use]
    pub fn general(&self) -> Vec<GeneralRule> {
        let of = |(rule, places): (&String, &Vec<usize>)| {
            // Settings of a client's own are for doors that know clients.
            let settings = || {
                places.iter().rev().map(|at| &self.settings[*at]).filter(|setting| setting.client.is_none())
            };
            let last = settings().next()?;
            let general = settings().find(|setting| setting.is_general()).unwrap_or(last);
            Some(GeneralRule {
                rule: rule.clone(),
                mode: general.mode.min(self.mode),
                severity_min: general.severity_min.unwrap_or_default(),
                has_exceptions: !last.is_general() || general.has_exceptions(),
            })
        };
        self.by_rule.iter().filter_map(of).collect()
    }

    pub(crate) fn client_of(&self, client: &Client) -> Option<(usize, &ClientEntry)> {
        self.clients.iter().enumerate().find(|(_, entry)| entry.fits(client))
    }

    /// The setting of a rule that holds here; none when the rule is off.
    pub(crate) fn setting(&self, rule: &str, context: &Context<'_>) -> Option<&Setting> {
        self.fitting(self.by_rule.get(rule)?, context)
    }

    /// The same for a rule about containers, by its place in `workload::rules`.
    pub(crate) fn setting_of_container(&self, at: usize, context: &Context<'_>) -> Option<&Setting> {
        self.fitting(self.of_containers.get(at)?, context)
    }

    fn fitting(&self, places: &[usize], context: &Context<'_>) -> Option<&Setting> {
        let found =
            places.iter().rev().map(|at| &self.settings[*at]).find(|setting| setting.fits(context))?;
        (found.mode != Mode::Off).then_some(found)
    }

    /// Whether some setting switches the rule on.
    pub(crate) fn has(&self, rule: &str) -> bool {
        self.by_rule
            .get(rule)
            .is_some_and(|places| places.iter().any(|at| self.settings[*at].mode != Mode::Off))
    }
}

#[cfg(test)]
mod tests;
