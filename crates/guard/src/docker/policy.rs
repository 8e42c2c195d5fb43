//! The policy that holds now.

use super::{
    images::{Images, MakeImageSources},
    record::digest,
};
use calls::{Call, Limits};
use control::{Asked, Client, Decision, ImageSettings, Need, Policy, Rate};
use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

/// What judges calls: a policy, or something in its place.
pub trait Judge: Send + Sync {
    /// How calls are read.
    fn limits(&self) -> &Limits;
    /// What has to be looked up before a call can be judged.
    fn needs(&self, client: &Client, call: &Call) -> Vec<Need>;
    /// Judges a call.
    fn decide(&self, asked: Asked<'_>) -> Decision;
    /// How often a client may call; none when nothing is said.
    fn rate(&self, _client: &Client) -> Option<Rate> {
        None
    }
    /// Where verdicts about images come from; none when nothing is said.
    fn images(&self) -> Option<&ImageSettings> {
        None
    }
}

impl Judge for Policy {
    fn limits(&self) -> &Limits {
        Self::limits(self)
    }

    fn needs(&self, client: &Client, call: &Call) -> Vec<Need> {
        Self::needs(self, client, call)
    }

    fn decide(&self, asked: Asked<'_>) -> Decision {
        Self::decide(self, asked)
    }

    fn rate(&self, client: &Client) -> Option<Rate> {
        Self::rate(self, client)
    }

    fn images(&self) -> Option<&ImageSettings> {
        Self::images(self)
    }
}

/// Where the policy comes from.
#[derive(Clone)]
pub enum PolicySource {
    /// Something that judges in place of a policy.
    Judge(Arc<dyn Judge>),
    /// A file, read again when it changes.
    File(PathBuf),
    /// A text that stays, and what it is called.
    Text {
        /// In the guard's status.
        name: String,
        /// The policy.
        text: String,
    },
    /// A profile that is built in.
    Profile(String),
}

/// A policy with its digest; without one every call but those about life is refused.
#[derive(Clone)]
pub(super) enum Current {
    Ready(Arc<dyn Judge>, Arc<str>, Option<Arc<Images>>),
    Broken(Arc<str>),
}

/// Holds the policy and reads it again.
pub(super) struct PolicyHolder {
    source: PolicySource,
    make: Option<Arc<MakeImageSources>>,
    current: RwLock<Current>,
}

/// A policy is a small file.
const POLICY_BYTES_MAX: u64 = 4 << 20;

impl PolicyHolder {
    pub(super) fn new(source: PolicySource, make: Option<Arc<MakeImageSources>>) -> Self {
        let current = RwLock::new(load(&source, make.as_deref(), None));
        Self { source, make, current }
    }

    pub(super) fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the policy again; what went wrong, if it did. Connections and sessions stay.
    pub(super) fn reload(&self) -> Result<(), String> {
        let before = match self.current() {
            Current::Ready(_, _, images) => images,
            Current::Broken(_) => None,
        };
        let next = load(&self.source, self.make.as_deref(), before);
        let result = match &next {
            Current::Ready(..) => Ok(()),
            Current::Broken(why) => Err(why.to_string()),
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        result
    }

    /// Where the policy comes from, in words.
    pub(super) fn source_name(&self) -> String {
        match &self.source {
            PolicySource::Judge(_) => "built in".to_owned(),
            PolicySource::File(path) => path.display().to_string(),
            PolicySource::Text { name, .. } => name.clone(),
            PolicySource::Profile(name) => format!("profile {name}"),
        }
    }

    /// What changes when the file changes.
    pub(super) fn stamp(&self) -> Option<(u64, u64, i64, i64, u64)> {
        use std::os::unix::fs::MetadataExt as _;
        let PolicySource::File(path) = &self.source else { return None };
        let there = std::fs::metadata(path).ok()?;
        Some((there.dev(), there.ino(), there.mtime(), there.mtime_nsec(), there.size()))
    }
}

fn load(source: &PolicySource, make: Option<&MakeImageSources>, before: Option<Arc<Images>>) -> Current {
    let loaded = read(source).and_then(|(policy, digest)| {
        let images = policy.images().map(|settings| match (before, make) {
            // Verdicts stay: they know themselves of which edition of advisories and policy of scans they are.
            (Some(before), _) if before.settings == *settings => Ok(before),
            (_, Some(make)) => Images::new(settings, make).map(Arc::new),
            (_, None) => Err("'images' asks for verdicts, and nothing here gives them".to_owned()),
        });
        Ok((policy, digest, images.transpose()?))
    });
    match loaded {
        Ok((policy, digest, images)) => Current::Ready(policy, digest.into(), images),
        Err(why) => Current::Broken(why.into()),
    }
}

fn read(source: &PolicySource) -> Result<(Arc<dyn Judge>, String), String> {
    let parse = |text: &str| {
        let (policy, _) = Policy::parse(text).map_err(|error| error.to_string())?;
        Ok((Arc::new(policy) as Arc<dyn Judge>, digest(text.as_bytes())))
    };
    match source {
        PolicySource::Judge(judge) => Ok((Arc::clone(judge), String::new())),
        PolicySource::Text { text, .. } => parse(text),
        PolicySource::File(path) => {
            let told = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
            if std::fs::metadata(path).map_err(told)?.len() > POLICY_BYTES_MAX {
                return Err(format!("{} is longer than {POLICY_BYTES_MAX} bytes", path.display()));
            }
            let text = std::fs::read_to_string(path).map_err(told)?;
            parse(&text).map_err(|error| format!("{}: {error}", path.display()))
        }
        PolicySource::Profile(name) => {
            let found = control::profiles().iter().find(|(known, _)| known == name);
            let (_, text) = found.ok_or_else(|| format!("there is no profile '{name}'"))?;
            parse(text)
        }
    }
}
