//! What the API server serves.

use crate::{
    api::{Api, Budget, Failure, Patience},
    kinds::Kind,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Groups that are served, with their versions.
#[derive(Debug)]
pub(crate) struct Served(Option<BTreeMap<String, BTreeSet<String>>>);

#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    name: String,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    version: String,
}

impl Served {
    /// Asks for the groups.
    pub(crate) fn ask(api: &Api, budget: &mut Budget) -> Result<Self, Failure> {
        let bytes = api.get("/apis", "application/json", Patience::Again, budget)?;
        let document: Groups =
            serde_json::from_slice(&bytes).map_err(|error| Failure::Malformed(error.to_string()))?;
        let groups = document
            .groups
            .into_iter()
            .map(|group| (group.name, group.versions.into_iter().map(|version| version.version).collect()));
        Ok(Self(Some(groups.collect())))
    }

    /// Nothing is known: every kind is asked for as if it were served.
    pub(crate) const fn unknown() -> Self {
        Self(None)
    }

    /// Versions in which a kind can be asked for, the best first.
    pub(crate) fn versions(&self, kind: &Kind) -> Vec<&'static str> {
        let Some(groups) = self.0.as_ref().filter(|_| !kind.group.is_empty()) else {
            return kind.versions.to_vec();
        };
        let served = groups.get(kind.group);
        let is_served = |version: &&&str| served.is_some_and(|versions| versions.contains(**version));
        kind.versions.iter().filter(is_served).copied().collect()
    }
}
