//! Which calls a client may make.

use super::PolicyError;
use crate::decision::Mode;
use crate::document::{Map, error, hint, shown};
use crate::glob::{fits, fits_any};
use calls::{Method, ROUTES, Risk, Route};
use std::collections::BTreeMap;
use workload::Node;

/// One line of `allow` or `deny`. What is not told fits every call.
#[derive(Debug, Default)]
pub(crate) struct Access {
    pub(crate) routes: Vec<String>,
    pub(crate) classes: Vec<Risk>,
    pub(crate) methods: Vec<Method>,
    /// Names of what the call is about.
    pub(crate) names: Vec<String>,
    /// Labels of the container that the call is about.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) line: u32,
}

impl Access {
    pub(crate) fn read(node: &Node) -> Result<Self, PolicyError> {
        let line = crate::document::line(node);
        let mut access = Self { line, ..Self::default() };
        if let Some(word) = node.text() {
            access.take(node, word)?;
            return Ok(access);
        }
        let map = Map::read(node, "an entry of 'allow' or 'deny'", &["call", "method", "name", "labels"])?;
        for word in map.texts("call")? {
            access.take(node, &word)?;
        }
        for word in map.texts("method")? {
            let method = Method::parse(&word);
            access
                .methods
                .push(method.ok_or_else(|| error(node, format!("'{}' is no method", shown(&word))))?);
        }
        access.names = map.texts("name")?;
        access.labels = map.text_map("labels")?;
        Ok(access)
    }

    /// A class (`R1`), or calls by name (`containers.list`, `images.*`).
    fn take(&mut self, node: &Node, word: &str) -> Result<(), PolicyError> {
        if let Some(class) = Risk::ALL.into_iter().find(|class| class.as_str() == word) {
            self.classes.push(class);
            return Ok(());
        }
        let ids: Vec<&str> = ROUTES.iter().copied().flatten().map(|route| route.id).collect();
        if !ids.iter().any(|id| fits(word, id)) {
            return Err(error(node, format!("no call is named '{}'{}", shown(word), hint(word, &ids))));
        }
        self.routes.push(word.to_owned());
        Ok(())
    }

    /// Whether it is about calls of this endpoint.
    pub(crate) fn is_about(&self, route: &Route) -> bool {
        let is_any = self.routes.is_empty() && self.classes.is_empty();
        (is_any || fits_any(&self.routes, route.id) || self.classes.contains(&route.class))
            && (self.methods.is_empty() || self.methods.contains(&route.method))
    }

    /// Whether it has to be known what the call is about.
    pub(crate) const fn needs_object(&self) -> bool {
        !self.names.is_empty() || !self.labels.is_empty()
    }

    pub(crate) fn fits_object(&self, name: Option<&str>, labels: Option<&BTreeMap<String, String>>) -> bool {
        let has_label = |(key, pattern): &(String, String)| {
            labels.and_then(|labels| labels.get(key)).is_some_and(|value| fits(pattern, value))
        };
        (self.names.is_empty() || name.is_some_and(|name| fits_any(&self.names, name)))
            && self.labels.iter().all(has_label)
    }
}

/// The word of a mode.
pub(crate) fn mode(node: &Node) -> Result<Mode, PolicyError> {
    const ALL: [Mode; 5] = [Mode::Off, Mode::Audit, Mode::Warn, Mode::Rewrite, Mode::Deny];
    let word = node.text().unwrap_or_default();
    let words: Vec<&str> = ALL.iter().map(|mode| mode.as_str()).collect();
    let found = ALL.into_iter().find(|mode| mode.as_str() == word);
    found.ok_or_else(|| {
        let message = format!("'{}' is no mode: {}{}", shown(word), words.join(", "), hint(word, &words));
        error(node, message)
    })
}
