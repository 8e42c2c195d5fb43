//! Facts from an image configuration.

use super::{ConfigFacts, Healthcheck, ImageFacts};
use dockerfile::HistoryEntry;
use serde::Deserialize;
use std::collections::BTreeMap;

/// An image configuration that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the image configuration is not what it should be")]
pub struct FactsError(#[source] serde_json::Error);

#[derive(Deserialize)]
struct Document {
    created: Option<String>,
    os: Option<String>,
    architecture: Option<String>,
    config: Option<Config>,
    history: Option<Vec<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    user: Option<String>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    labels: Option<BTreeMap<String, Option<String>>>,
    exposed_ports: Option<BTreeMap<String, serde::de::IgnoredAny>>,
    volumes: Option<BTreeMap<String, serde::de::IgnoredAny>>,
    healthcheck: Option<Check>,
    working_dir: Option<String>,
    shell: Option<Vec<String>>,
    on_build: Option<Vec<String>>,
    stop_signal: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Check {
    test: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Entry {
    created: Option<String>,
    created_by: Option<String>,
    comment: Option<String>,
    author: Option<String>,
    empty_layer: Option<bool>,
}

impl ImageFacts {
    /// Facts from the JSON of an image configuration (OCI image-spec, config.md, with Docker's additions); the tree
    /// and the names are not in it.
    pub fn from_config_json(bytes: &[u8]) -> Result<Self, FactsError> {
        let document: Document = serde_json::from_slice(bytes).map_err(FactsError)?;
        let config = document.config.unwrap_or_default();
        let healthcheck = match config.healthcheck.and_then(|check| check.test) {
            None => Healthcheck::Absent,
            Some(test) => match test.first().map(String::as_str) {
                // An empty test inherits that of the base, which a finished configuration would hold.
                None => Healthcheck::Absent,
                Some("NONE") => Healthcheck::Disabled,
                Some(_) => Healthcheck::Command(test),
            },
        };
        let labels = config.labels.unwrap_or_default().into_iter();
        let history = document.history.unwrap_or_default().into_iter().map(|entry| HistoryEntry {
            created_by: entry.created_by.unwrap_or_default(),
            comment: entry.comment.unwrap_or_default(),
            author: entry.author.unwrap_or_default(),
            created: entry.created,
            empty_layer: entry.empty_layer.unwrap_or(false),
        });
        Ok(Self {
            names: Vec::new(),
            created: document.created,
            platform: document
                .os
                .zip(document.architecture)
                .map(|(os, architecture)| format!("{os}/{architecture}")),
            config: ConfigFacts {
                user: config.user.unwrap_or_default(),
                env: config.env.unwrap_or_default(),
                entrypoint: config.entrypoint.unwrap_or_default(),
                cmd: config.cmd.unwrap_or_default(),
                labels: labels.map(|(name, value)| (name, value.unwrap_or_default())).collect(),
                exposed_ports: config.exposed_ports.unwrap_or_default().into_keys().collect(),
                volumes: config.volumes.unwrap_or_default().into_keys().collect(),
                healthcheck,
                working_dir: config.working_dir.unwrap_or_default(),
                shell: config.shell.unwrap_or_default(),
                on_build: config.on_build.unwrap_or_default(),
                stop_signal: config.stop_signal.filter(|signal| !signal.is_empty()),
            },
            history: history.collect(),
            base_entries: None,
            tree: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockers_configuration_is_read_and_nulls_are_empty() {
        let facts = ImageFacts::from_config_json(
            br#"{"os":"linux","architecture":"amd64","config":{"User":"app","Env":null,"ExposedPorts":{"80/tcp":{}},
            "Volumes":{"/data":{}},"Healthcheck":{"Test":["NONE"]},"OnBuild":null,"Labels":{"a":null}},
            "history":[{"created_by":"x","empty_layer":true}]}"#,
        )
        .unwrap();
        assert_eq!((facts.config.user.as_str(), facts.platform.as_deref()), ("app", Some("linux/amd64")));
        assert_eq!(
            (&facts.config.exposed_ports[..], &facts.config.volumes[..]),
            (&["80/tcp".to_owned()][..], &["/data".to_owned()][..])
        );
        assert_eq!((facts.config.healthcheck, facts.history.len()), (Healthcheck::Disabled, 1));
        assert!(ImageFacts::from_config_json(b"[").is_err());
    }
}
