//! The policy that holds now.

use super::{
    images::{Images, MakeImageSources},
    record::digest,
};
use calls::{Call, Limits};
use control::{Asked, Client, Decision, ImageSettings, Need, Policy, Rate, Warning};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
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

/// What holds now; without a policy every call but those about life is refused.
#[derive(Clone)]
pub(super) enum Current {
    Ready(Arc<Ready>),
    Broken(Arc<str>),
}

/// A policy that was read.
pub(super) struct Ready {
    pub(super) judge: Arc<dyn Judge>,
    /// Of its text.
    pub(super) digest: String,
    pub(super) images: Option<Arc<Images>>,
    pub(super) warnings: Vec<Warning>,
}

/// Holds the policy and reads it again.
pub(super) struct PolicyHolder {
    source: PolicySource,
    make: Option<Arc<MakeImageSources>>,
    current: RwLock<Current>,
    /// Of the file as it was read last.
    stamp: Mutex<Option<Stamp>>,
}

/// What changes when a file changes: device, inode, seconds and nanoseconds of the last write, bytes.
type Stamp = (u64, u64, i64, i64, u64);

/// A policy is a small file.
const POLICY_BYTES_MAX: u64 = 4 << 20;

impl PolicyHolder {
    pub(super) fn new(source: PolicySource, make: Option<Arc<MakeImageSources>>) -> Self {
        // Before the reading, so that a write between both is seen later.
        let stamp = Mutex::new(stamp(&source));
        let current = RwLock::new(load(&source, make.as_deref(), None));
        Self { source, make, current, stamp }
    }

    pub(super) fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What to know of the policy; or why there is none.
    pub(super) fn state(&self) -> Result<Vec<Warning>, String> {
        match self.current() {
            Current::Ready(ready) => Ok(ready.warnings.clone()),
            Current::Broken(why) => Err(why.to_string()),
        }
    }

    /// Reads the policy again, and tells its new state. Connections and sessions stay.
    pub(super) fn reload(&self) -> Result<Vec<Warning>, String> {
        let before = match self.current() {
            Current::Ready(ready) => ready.images.clone(),
            Current::Broken(_) => None,
        };
        *self.stamp.lock().unwrap_or_else(PoisonError::into_inner) = stamp(&self.source);
        let next = load(&self.source, self.make.as_deref(), before);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        self.state()
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

    /// Whether the file is another than when it was read last.
    pub(super) fn is_stale(&self) -> bool {
        *self.stamp.lock().unwrap_or_else(PoisonError::into_inner) != stamp(&self.source)
    }
}

fn stamp(source: &PolicySource) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let PolicySource::File(path) = source else { return None };
    let there = std::fs::metadata(path).ok()?;
    Some((there.dev(), there.ino(), there.mtime(), there.mtime_nsec(), there.size()))
}

fn load(source: &PolicySource, make: Option<&MakeImageSources>, before: Option<Arc<Images>>) -> Current {
    let loaded = read(source).and_then(|mut ready| {
        let images = ready.judge.images().map(|settings| match (before, make) {
            // Verdicts stay: they know themselves of which edition of advisories and policy of scans they are.
            (Some(before), _) if before.settings == *settings => Ok(before),
            (_, Some(make)) => Images::new(settings, make).map(Arc::new),
            (_, None) => Err("'images' asks for verdicts, and nothing here gives them".to_owned()),
        });
        ready.images = images.transpose()?;
        Ok(ready)
    });
    match loaded {
        Ok(ready) => Current::Ready(Arc::new(ready)),
        Err(why) => Current::Broken(why.into()),
    }
}

fn read(source: &PolicySource) -> Result<Ready, String> {
    let parse = |text: &str| {
        let (policy, mut warnings) = Policy::parse(text).map_err(|error| error.to_string())?;
        warnings.extend(policy.warning_of_clients());
        Ok(Ready { judge: Arc::new(policy), digest: digest(text.as_bytes()), images: None, warnings })
    };
    match source {
        PolicySource::Judge(judge) => {
            let judge = Arc::clone(judge);
            Ok(Ready { judge, digest: String::new(), images: None, warnings: Vec::new() })
        }
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
            let ready = parse(text)?;
            // Whoever names a profile knows that it names no clients.
            Ok(Ready { warnings: Vec::new(), ..ready })
        }
    }
}
