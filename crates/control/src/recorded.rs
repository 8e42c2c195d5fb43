//! Requests as they are recorded, one JSON object a line: for tests of policies.

use crate::facts::{
    ContainerFacts, ExecFacts, Facts, Found, ImageFacts, Need, NetworkFacts, PathFacts, SwarmFacts,
    VolumeFacts,
};
use crate::policy::{Asked, Policy};
use crate::{Client, Date, Decision, Verdict};
use calls::{Head, Refusal, read};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workload::{ContainerSpec, Stated, User};

/// A request as it was recorded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recorded {
    /// What it is called in reports.
    pub id: String,
    /// Who asked.
    pub client: Client,
    /// The method.
    pub method: String,
    /// The target.
    pub target: String,
    /// `Content-Type`; `application/json` when there is a body and nothing is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Upgrade`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<String>,
    /// The body: JSON, or a text that is the body byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// What was found; what is missing is taken as plain (see [`Facts::plain`]).
    pub facts: Facts,
    /// The verdict that is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<Verdict>,
    /// The rule, or the reason of a refusal, that is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// What became of a recorded request.
#[derive(Clone, Debug)]
pub enum Replayed {
    /// It was no call.
    Refused(Refusal),
    /// It was judged.
    Decided(Box<Decision>),
}

impl Replayed {
    /// The verdict; what is no call is denied.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Refused(_) => Verdict::Deny,
            Self::Decided(decision) => decision.verdict,
        }
    }

    /// Whether this rule, or reason, has a part in it.
    #[must_use]
    pub fn names(&self, rule: &str) -> bool {
        match self {
            Self::Refused(refusal) => refusal.reason == rule,
            Self::Decided(decision) => decision.rules.iter().any(|hit| hit.rule == rule),
        }
    }

    /// In words.
    #[must_use]
    pub fn explain(&self) -> String {
        match self {
            Self::Refused(refusal) => format!(
                "deny: {} [{}]\n  no rule was asked: it is no call\n",
                refusal.message, refusal.reason
            ),
            Self::Decided(decision) => crate::explain(decision),
        }
    }
}

impl Recorded {
    /// Judges the request by a policy.
    #[must_use]
    pub fn replay(&self, policy: &Policy, today: Date) -> Replayed {
        let bytes = match &self.body {
            Some(Value::String(text)) => Some(text.clone().into_bytes()),
            Some(value) => Some(value.to_string().into_bytes()),
            None => None,
        };
        let has_body = bytes.as_ref().is_some_and(|bytes| !bytes.is_empty());
        let content_type = self.content_type.as_deref().or(has_body.then_some("application/json"));
        let head = Head {
            method: &self.method,
            target: &self.target,
            content_type,
            has_body,
            upgrade: self.upgrade.as_deref(),
        };
        let limits = policy.limits();
        let call = read(&head, limits).and_then(|call| match &bytes {
            Some(bytes) if !matches!(call.route().body, calls::BodyKind::Archive) => {
                call.with_body(bytes, limits)
            }
            _ => Ok(call),
        });
        let call = match call {
            Ok(call) => call,
            Err(refusal) => return Replayed::Refused(refusal),
        };
        let mut facts = self.facts.clone();
        facts.add_plain(&policy.needs(&self.client, &call));
        let asked = Asked { client: &self.client, call, facts: &facts, today };
        Replayed::Decided(Box::new(policy.decide(asked)))
    }
}

impl Facts {
    /// What an engine with nothing special on it would answer: confined containers, images that are here and passed their
    /// scan, bridges, no volumes, paths without links.
    #[must_use]
    pub fn plain(needs: &[Need]) -> Self {
        let mut facts = Self::default();
        facts.add_plain(needs);
        facts
    }

    /// The same for what is not known already.
    pub fn add_plain(&mut self, needs: &[Need]) {
        for need in needs {
            match need {
                Need::Container(name) => {
                    self.containers.entry(name.clone()).or_insert_with(|| Found::Known(container(name)));
                }
                Need::Remote(name) => {
                    let remote = ImageFacts {
                        digest: Some(format!("sha256:{}", id(&format!("digest of {name}")))),
                        passed_scan: Some(true),
                        is_signed: Some(true),
                        ..ImageFacts::default()
                    };
                    self.remotes.entry(name.clone()).or_insert(Found::Known(remote));
                }
                Need::Image(name) => {
                    let image = ImageFacts {
                        id: format!("sha256:{}", id(name)),
                        digest: Some(format!("sha256:{}", id(&format!("digest of {name}")))),
                        user: "1000:1000".to_owned(),
                        passed_scan: Some(true),
                        is_signed: Some(true),
                        ..ImageFacts::default()
                    };
                    self.images.entry(name.clone()).or_insert(Found::Known(image));
                }
                Need::Volume(name) => {
                    self.volumes.entry(name.clone()).or_insert(Found::<VolumeFacts>::Missing);
                }
                Need::Network(name) => {
                    let driver = if name == "host" { "host" } else { "bridge" }.to_owned();
                    let network =
                        NetworkFacts { id: id(name), name: name.clone(), driver, ..NetworkFacts::default() };
                    self.networks.entry(name.clone()).or_insert(Found::Known(network));
                }
                Need::Exec(name) => {
                    let exec = ExecFacts {
                        id: id(name),
                        user: "1000".to_owned(),
                        command: vec!["true".to_owned()],
                        container: container("web"),
                        ..ExecFacts::default()
                    };
                    self.execs.entry(name.clone()).or_insert(Found::Known(exec));
                }
                Need::Swarm(kind, name) => {
                    let plain =
                        Found::Known(SwarmFacts { id: id(name)[..25].to_owned(), ..SwarmFacts::default() });
                    self.swarm_mut(*kind).entry(name.clone()).or_insert(plain);
                }
                Need::Path(path) => {
                    let found = PathFacts { resolved: path.clone(), ..PathFacts::default() };
                    self.paths.entry(path.clone()).or_insert(Found::Known(found));
                }
                Need::Engine => {
                    self.engine.get_or_insert_default();
                }
            }
        }
    }
}

fn container(name: &str) -> ContainerFacts {
    let spec = ContainerSpec {
        name: name.to_owned(),
        object: format!("container {name}"),
        user: Stated::Given(User("1000:1000".to_owned())),
        image: Stated::Given("example.com/web:1".to_owned()),
        ..ContainerSpec::default()
    };
    ContainerFacts { id: id(name), name: name.to_owned(), spec, ..ContainerFacts::default() }
}

/// 64 hexadecimal digits that differ for each name.
fn id(name: &str) -> String {
    if name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return name.to_owned();
    }
    ["a", "b", "c", "d"].map(|salt| model::Fingerprint::of(&[salt, name]).as_str().to_owned()).concat()
}
