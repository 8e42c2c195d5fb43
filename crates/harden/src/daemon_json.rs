//! A hardened `daemon.json`: the present one, key by key, with what each change costs.
//!
//! Values that are as strict or stricter stay, unknown keys stay, the order stays. A value that is the engine's
//! default is not written. Keys that the installed release does not know are never added: the daemon refuses to start
//! with them (moby, daemon/config/config.go, findConfigurationConflicts).

mod document;
mod keys;
mod version;
mod wishes;

pub use keys::{Effect, effect, flag_name, is_known};
pub use version::{EngineVersion, EngineVersionError};

use document::Document;
use serde_json::Value;
use std::net::IpAddr;

/// What is asked for beyond what suits every host, and what the host is.
#[derive(Clone, Debug, Default)]
pub struct Hardening {
    /// The engine is a member of a swarm, which excludes live-restore.
    pub is_swarm_member: bool,
    /// SELinux is enabled on the host.
    pub has_selinux: bool,
    /// The host has control groups of version 1, where containers see those of the host by default.
    pub has_cgroup_v1: bool,
    /// The daemon runs without root: user namespaces are there already.
    pub is_rootless: bool,
    /// Map users of containers to others of the host; moves the data root.
    pub wants_userns_remap: bool,
    /// Publish ports at this address unless a container says otherwise.
    pub publish_at: Option<IpAddr>,
    /// Authorization plugins to ask.
    pub authorization_plugins: Vec<String>,
    /// A driver that takes logs off the host, with its options.
    pub log_driver: Option<(String, Vec<(String, String)>)>,
    /// The oldest API that clients may speak.
    pub min_api_version: Option<String>,
    /// The daemon's arguments as it runs: a key that is also an argument makes it refuse to start.
    pub command_line: Vec<String>,
}

/// A hardened `daemon.json`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hardened {
    /// The document.
    pub text: String,
    /// What was changed, in the order of the table.
    pub changes: Vec<KeyChange>,
    /// What was left, and why: `live-restore: the engine is a member of a swarm`.
    pub notes: Vec<String>,
}

/// One changed key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// Its value before.
    pub before: Option<Value>,
    /// Its value now; `None` when it was taken out.
    pub after: Option<Value>,
    /// Why.
    pub why: String,
    /// What else it does.
    pub side_effects: Vec<String>,
    /// When it takes effect.
    pub effect: Effect,
}

/// What can go wrong with a `daemon.json`.
#[derive(Debug, thiserror::Error)]
pub enum DaemonJsonError {
    /// It is not a JSON object.
    #[error(
        "daemon.json cannot be read: {reason} (hint: dockerd --validate --config-file FILE tells what the engine thinks of it)"
    )]
    Malformed {
        /// Why.
        reason: String,
    },
    /// A key stands twice.
    #[error("daemon.json has the key '{key}' twice")]
    Twice {
        /// The key, cut.
        key: String,
    },
}

/// Hardens a `daemon.json`; an empty text is a file that is not there.
///
/// # Errors
/// When the present one is no JSON object.
pub fn harden(
    present: &str,
    version: &EngineVersion,
    asked: &Hardening,
) -> Result<Hardened, DaemonJsonError> {
    let mut document = Document::parse(present)?;
    let mut hardened = Hardened { text: String::new(), changes: Vec::new(), notes: Vec::new() };
    for key in document.keys() {
        if !is_known(&key, version) {
            hardened
                .notes
                .push(format!("{key}: Docker {version} does not know this key and refuses to start with it"));
        }
    }
    for wish in wishes::wishes(&document, version, asked) {
        if let Some(reason) = wish.skip {
            hardened.notes.push(format!("{}: {reason}", wish.key));
            continue;
        }
        let before = document.get(wish.key);
        if before == wish.value {
            continue;
        }
        if wish.value.is_some() && !is_known(wish.key, version) {
            hardened
                .notes
                .push(format!("{}: not written, Docker {version} does not know this key", wish.key));
            continue;
        }
        if let Some(argument) = keys::argument_of(wish.key, &asked.command_line) {
            hardened.notes.push(format!(
                "{}: not written, the daemon is started with {argument} and refuses a key that is also an argument",
                wish.key
            ));
            continue;
        }
        document.set(wish.key, wish.value.as_ref());
        hardened.changes.push(KeyChange {
            key: wish.key.to_owned(),
            before,
            after: wish.value,
            why: wish.why.to_owned(),
            side_effects: wish.side_effects.iter().map(|&effect| effect.to_owned()).collect(),
            effect: effect(wish.key),
        });
    }
    hardened.text = document.print();
    Ok(hardened)
}

/// Sets single keys of a `daemon.json`, or takes them out (`None`); everything else stays as it is.
///
/// # Errors
/// When the present one is no JSON object.
pub fn set_keys(present: &str, changes: &[(String, Option<Value>)]) -> Result<String, DaemonJsonError> {
    let mut document = Document::parse(present)?;
    for (key, value) in changes {
        document.set(key, value.as_ref());
    }
    Ok(document.print())
}

/// The value of a key.
///
/// # Errors
/// When the document is no JSON object.
pub fn get_key(present: &str, key: &str) -> Result<Option<Value>, DaemonJsonError> {
    Ok(Document::parse(present)?.get(key))
}
