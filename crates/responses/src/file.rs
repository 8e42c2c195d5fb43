//! The file as it is written.

use crate::Action;
use crate::limiter::Rate;
use falco::Priority;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use std::fmt;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) version: u32,
    pub(crate) responses: Vec<Entry>,
}

/// One response. Of what is given of `rules`, `tags` and `priority` all must fit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Entry {
    #[serde(default)]
    pub(crate) rules: Vec<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default, deserialize_with = "priority")]
    pub(crate) priority: Option<Priority>,
    pub(crate) r#do: Vec<Action>,
    #[serde(default)]
    pub(crate) dry_run: bool,
    #[serde(default)]
    pub(crate) host: bool,
    #[serde(default, deserialize_with = "rate")]
    pub(crate) at_most: Rate,
    #[serde(default)]
    pub(crate) except: Except,
}

/// Containers that are left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Except {
    #[serde(default)]
    pub(crate) images: Vec<String>,
    #[serde(default)]
    pub(crate) labels: Vec<String>,
}

/// A word that is read where it stands, so that a mistake in it is told with its line.
struct Word<T>(fn(&str) -> Result<T, String>);

impl<T> Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

fn priority<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Priority>, D::Error> {
    deserializer.deserialize_str(Word(|name| {
        Priority::named(name).map(Some).ok_or_else(|| {
            format!(
                "'{name}' is no priority, expected one of `emergency`, `alert`, `critical`, `error`, `warning`, `notice`, `informational`, `debug`"
            )
        })
    }))
}

fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
    deserializer.deserialize_str(Word(|text| {
        Rate::parse(text).ok_or_else(|| format!("'{text}' is no rate, expected one of `3/minute`, `10/hour`"))
    }))
}
