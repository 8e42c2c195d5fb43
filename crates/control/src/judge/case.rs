//! One call while it is judged.

use crate::Client;
use crate::Date;
use crate::client::clean;
use crate::decision::{Matched, Mode, Rewrite, Tagging};
use crate::facts::{ContainerFacts, ExecFacts, Facts, Found, known};
use crate::policy::clients::ClientEntry;
use crate::policy::settings::{Context, Setting};
use crate::policy::{Asked, Policy};
use calls::Call;
use model::Severity;
use std::collections::BTreeMap;

/// One call while it is judged.
pub(crate) struct Case<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) who: &'a Client,
    pub(crate) client: Option<(usize, &'a ClientEntry)>,
    /// The name that rules see.
    pub(crate) client_name: Option<&'a str>,
    pub(crate) facts: &'a Facts,
    pub(crate) today: Date,
    pub(crate) call: Call,
    /// Labels of what the call makes, or is about.
    pub(crate) labels: Option<BTreeMap<String, String>>,
    /// The image of what the call makes, or is about.
    pub(crate) image: Option<String>,
    pub(crate) hits: Vec<Matched>,
    pub(crate) rewrites: Vec<Rewrite>,
    /// Whoever asks does the rewriting, and is told what is to be rewritten.
    pub(crate) is_rewritten_elsewhere: bool,
    /// What the call is about and is not there: the status and the words of the daemon.
    pub(crate) not_found: Option<(u16, String)>,
    /// The name that what is pulled by digest gets.
    pub(crate) tag_after: Option<Tagging>,
}

/// The name and labels of what a call is about.
type Object = (Option<String>, Option<BTreeMap<String, String>>);

/// What a rule saw.
pub(crate) struct Seen {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) field: String,
    pub(crate) evidence: Vec<String>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(policy: &'a Policy, asked: Asked<'a>) -> Self {
        let client = policy.client_of(asked.client);
        Self {
            policy,
            who: asked.client,
            client,
            client_name: client.map(|(_, entry)| entry.name.as_str()),
            facts: asked.facts,
            today: asked.today,
            call: asked.call,
            labels: None,
            image: None,
            hits: Vec::new(),
            rewrites: Vec::new(),
            is_rewritten_elsewhere: false,
            not_found: None,
            tag_after: None,
        }
    }

    pub(crate) fn route(&self) -> &'static str {
        self.call.route().id
    }

    /// The setting of a rule that holds for this call; none when it is off.
    pub(crate) fn setting(&self, rule: &str) -> Option<&'a Setting> {
        self.policy.setting(rule, &self.context())
    }

    /// The same for a rule about containers, by its place in `workload::rules`.
    pub(crate) fn setting_of_container(&self, at: usize) -> Option<&'a Setting> {
        self.policy.setting_of_container(at, &self.context())
    }

    fn context(&self) -> Context<'_> {
        Context {
            client: self.client_name.map(|name| (self.client.map_or(usize::MAX, |(at, _)| at), name)),
            route: self.route(),
            labels: self.labels.as_ref(),
            image: self.image.as_deref(),
        }
    }

    /// Reports a rule of the guard with its own severity.
    pub(crate) fn report(
        &mut self,
        rule: &'static str,
        message: impl Into<String>,
        field: impl Into<String>,
        evidence: impl Into<String>,
    ) {
        let severity =
            crate::RULES.iter().find(|info| info.id == rule).map_or(Severity::High, |info| info.severity);
        let seen =
            Seen { severity, message: message.into(), field: field.into(), evidence: vec![evidence.into()] };
        if let Some(setting) = self.setting(rule) {
            self.take(setting, seen);
        }
    }

    /// Something that the decision needs is not known: refused whatever the settings of other rules are.
    pub(crate) fn unknown(&mut self, what: &str, reason: &str) {
        let message = format!("{} is not known: {}", clean(what), clean(reason));
        let mode = self.setting("guard/not-known").map_or(Mode::Deny, |setting| setting.mode);
        self.push(Matched {
            rule: "guard/not-known".to_owned(),
            mode,
            severity: Severity::High,
            message,
            field: String::new(),
            evidence: Vec::new(),
            waived: None,
        });
    }

    pub(crate) fn take(&mut self, setting: &Setting, seen: Seen) {
        if setting.severity_min.is_some_and(|least| seen.severity < least) {
            return;
        }
        let mut hit = Matched {
            rule: setting.rule.clone(),
            // Where a call could not be changed so that the rule holds, it does not pass.
            severity: seen.severity,
            mode: match setting.mode {
                Mode::Rewrite if !self.is_rewritten_elsewhere => Mode::Deny,
                mode => mode,
            },
            message: setting.message.clone().unwrap_or(seen.message),
            field: seen.field,
            evidence: seen
                .evidence
                .into_iter()
                .filter(|line| !line.is_empty())
                .map(|line| clean(&line))
                .collect(),
            waived: None,
        };
        if let Some(waiver) = &setting.waiver {
            if self.today <= waiver.until {
                hit.waived = Some(format!("{} (until {})", clean(&waiver.reason), waiver.until));
                hit.mode = hit.mode.min(Mode::Audit);
            } else {
                hit.evidence.push(format!("the waiver ended on {}", waiver.until));
            }
        }
        self.push(hit);
    }

    fn push(&mut self, mut hit: Matched) {
        hit.mode = hit.mode.min(self.policy.mode);
        self.hits.push(hit);
    }

    /// Whether the client may make the call; the answer in words.
    pub(crate) fn access(&mut self) -> String {
        let name = self.call.subject().map(str::to_owned);
        let route = self.call.route();
        let Some((_, entry)) = self.client else {
            let text = format!("no client of the policy fits {}", self.who.describe());
            return self.refuse_access(text);
        };
        let mut object: Option<Object> = None;
        let mut look = |case: &Self| object.get_or_insert_with(|| case.object(name.as_deref())).clone();
        for (lists, is_allowed) in [(&entry.deny, false), (&entry.allow, true)] {
            for access in lists.iter().filter(|access| access.is_about(route)) {
                let (name, labels) = if access.needs_object() { look(self) } else { (None, None) };
                if access.fits_object(name.as_deref(), labels.as_ref()) {
                    let list = if is_allowed { "allows" } else { "denies" };
                    let text = format!("client '{}' {list} {} (line {})", entry.name, route.id, access.line);
                    return if is_allowed { text } else { self.refuse_access(text) };
                }
            }
        }
        self.refuse_access(format!(
            "nothing allows client '{}' to call {} ({})",
            entry.name,
            route.id,
            route.class.as_str()
        ))
    }

    fn refuse_access(&mut self, text: String) -> String {
        self.push(Matched {
            rule: "guard/access-denied".to_owned(),
            mode: Mode::Deny,
            severity: Severity::Medium,
            message: text.clone(),
            field: String::new(),
            evidence: Vec::new(),
            waived: None,
        });
        text
    }

    /// The name and labels of what the call is about.
    fn object(&self, subject: Option<&str>) -> Object {
        let Some(subject) = subject else {
            let labels = self.call.body().and_then(|body| body.get("Labels")).map(labels_of);
            return (self.call.query("name").map(str::to_owned), labels);
        };
        if let Some(Found::Known(exec)) = self.facts.execs.get(subject) {
            return (Some(exec.container.name.clone()), Some(exec.container.spec.labels.clone()));
        }
        match self.facts.containers.get(subject) {
            Some(Found::Known(container)) => {
                (Some(container.name.clone()), Some(container.spec.labels.clone()))
            }
            _ if self.call.route().template.starts_with("/containers/") => (None, None),
            _ => (Some(subject.to_owned()), None),
        }
    }

    /// A container by the name that was asked for, or by its id once that stands in its place. What is not there or not
    /// known is noted.
    pub(crate) fn container(&mut self, name: &str) -> Option<&'a ContainerFacts> {
        let facts = self.facts;
        let by_id = || {
            facts.containers.values().find_map(|found| match found {
                Found::Known(container) if container.id == name => Some(container),
                _ => None,
            })
        };
        if let Some(container) = by_id() {
            return Some(container);
        }
        match known(&facts.containers, name) {
            Ok(Some(container)) => Some(container),
            Ok(None) => {
                // To clients, 404 of a create means that the image is to be pulled.
                let status = if self.route() == "containers.create" { 400 } else { 404 };
                self.not_found = Some((status, format!("No such container: {}", clean(name))));
                None
            }
            Err(reason) => {
                self.unknown(&format!("container {name}"), &reason);
                None
            }
        }
    }

    pub(crate) fn exec(&mut self, id: &str) -> Option<&'a ExecFacts> {
        let facts = self.facts;
        match known(&facts.execs, id) {
            Ok(Some(exec)) => Some(exec),
            Ok(None) => {
                self.not_found = Some((404, format!("No such exec instance: {}", clean(id))));
                None
            }
            Err(reason) => {
                self.unknown(&format!("process {id}"), &reason);
                None
            }
        }
    }

    pub(crate) fn rewritten(&mut self, rule: &str, field: &str, value: impl Into<String>) {
        self.rewrites.push(Rewrite {
            rule: rule.to_owned(),
            field: field.to_owned(),
            value: clean(&value.into()),
        });
    }
}

/// Labels of a body.
pub(crate) fn labels_of(json: &calls::Json) -> BTreeMap<String, String> {
    json.entries()
        .iter()
        .map(|(key, value)| (key.to_string(), value.text().unwrap_or_default().to_owned()))
        .collect()
}
