//! The checks, by theme.

mod daemon;
mod daemon_network;
mod endpoints;
mod files;
mod hygiene;
mod image_history;
mod images;
mod kernel;
mod kernel_settings;
mod mandatory_access;
mod other;
mod partitions;
mod ports;
mod registries;
mod services;
mod swarm;
mod trust;
mod watched_files;

use crate::rule::Check;
use serde_json::Value;

/// Every check of this crate that is no rule about one container.
pub(crate) fn all() -> impl Iterator<Item = &'static Check> {
    [
        kernel::CHECKS,
        kernel_settings::CHECKS,
        mandatory_access::CHECKS,
        partitions::CHECKS,
        trust::CHECKS,
        watched_files::CHECKS,
        files::CHECKS,
        services::CHECKS,
        hygiene::CHECKS,
        daemon::CHECKS,
        daemon_network::CHECKS,
        endpoints::CHECKS,
        ports::CHECKS,
        registries::CHECKS,
        swarm::CHECKS,
        images::CHECKS,
        image_history::CHECKS,
        other::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// The object of answers about the whole host.
pub(crate) const HOST: &str = "host";
/// The object of answers about the engine.
pub(crate) const ENGINE: &str = "engine";

/// What the engine was told for a key: by its words, which win over nothing (the engine refuses both), else by its file.
/// `Err` when neither could be read.
pub(crate) fn setting(facts: &facts::HostFacts, key: &str) -> Result<Option<Value>, facts::Missing> {
    let option = format!("--{key}");
    let words = match facts.daemon_process.get().map_err(Clone::clone)? {
        Some(process) => process.arguments.get().map_err(Clone::clone)?.as_slice(),
        None => &[],
    };
    let mut value = None;
    let mut rest = words.iter().skip(1).peekable();
    while let Some(word) = rest.next() {
        if *word == option {
            // A switch alone is true; else the next word is the value.
            value = match rest.peek() {
                Some(next) if !next.starts_with('-') => Some(Value::String((*next).clone())),
                _ => Some(Value::Bool(true)),
            };
        } else if let Some(text) = word.strip_prefix(&option).and_then(|rest| rest.strip_prefix('=')) {
            value = Some(text.parse::<bool>().map_or_else(|_| Value::String(text.to_owned()), Value::Bool));
        }
    }
    if value.is_some() {
        return Ok(value);
    }
    let content = facts.engine.configuration.content.get().map_err(Clone::clone)?;
    Ok(content.as_ref().and_then(|content| content.get(key)).cloned())
}
