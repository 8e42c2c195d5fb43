//! What a policy says of a rule.

use crate::Date;
use crate::decision::Mode;
use crate::glob::fits_any;
use expressions::Expression;
use model::Severity;
use std::collections::BTreeMap;

/// What a policy says of a rule.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) rule: String,
    pub(crate) mode: Mode,
    pub(crate) selector: Selector,
    /// The entry of the client that it stands in.
    pub(crate) client: Option<usize>,
    /// Hits that are less bad count as none.
    pub(crate) severity_min: Option<Severity>,
    pub(crate) values: BTreeMap<&'static str, Value>,
    pub(crate) message: Option<String>,
    pub(crate) waiver: Option<Waiver>,
    /// For rules that are expressions.
    pub(crate) when: Option<Expression>,
    pub(crate) line: u32,
}

/// Which calls it is about; what is not told fits every call.
#[derive(Debug, Default)]
pub(crate) struct Selector {
    pub(crate) clients: Vec<String>,
    pub(crate) routes: Vec<String>,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) images: Vec<String>,
}

/// Why a rule does not hold, and until when.
#[derive(Debug)]
pub(crate) struct Waiver {
    pub(crate) reason: String,
    pub(crate) until: Date,
}

/// A parameter of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Texts(Vec<String>),
    /// Bytes too; processors in 10⁻⁹.
    Number(i64),
    Paths(Vec<AllowedPath>),
    Map(Vec<(String, String)>),
}

/// A path of the host that may be mounted, with what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedPath {
    pub(crate) path: String,
    pub(crate) read_only: bool,
}

/// Which call is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) client: Option<(usize, &'a str)>,
    pub(crate) route: &'a str,
    pub(crate) labels: Option<&'a BTreeMap<String, String>>,
    pub(crate) image: Option<&'a str>,
}

impl Setting {
    pub(crate) fn fits(&self, context: &Context<'_>) -> bool {
        let selector = &self.selector;
        let name = context.client.map_or("", |(_, name)| name);
        let has_label = |(key, pattern): &(String, String)| {
            let value = context.labels.and_then(|labels| labels.get(key));
            value.is_some_and(|value| crate::glob::fits(pattern, value))
        };
        self.client.is_none_or(|client| context.client.is_some_and(|(at, _)| at == client))
            && (selector.clients.is_empty() || fits_any(&selector.clients, name))
            && (selector.routes.is_empty() || fits_any(&selector.routes, context.route))
            && selector.labels.iter().all(has_label)
            && (selector.images.is_empty()
                || context.image.is_some_and(|image| fits_any(&selector.images, image)))
    }

    /// Whether it holds for every client, call, label and image, and by a word rather than an expression.
    pub(crate) const fn is_general(&self) -> bool {
        let Selector { clients, routes, labels, images } = &self.selector;
        self.client.is_none()
            && self.when.is_none()
            && clients.is_empty()
            && routes.is_empty()
            && labels.is_empty()
            && images.is_empty()
    }

    /// Whether it lets some of what its rule is about through.
    pub(crate) fn has_exceptions(&self) -> bool {
        self.waiver.is_some() || self.values.contains_key("allowed")
    }

    pub(crate) fn texts(&self, name: &str) -> &[String] {
        match self.values.get(name) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match self.values.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn paths(&self, name: &str) -> &[AllowedPath] {
        match self.values.get(name) {
            Some(Value::Paths(paths)) => paths,
            _ => &[],
        }
    }

    pub(crate) fn map(&self, name: &str) -> &[(String, String)] {
        match self.values.get(name) {
            Some(Value::Map(map)) => map,
            _ => &[],
        }
    }
}

impl AllowedPath {
    /// Whether the path is this one or below it, and no more is asked than is allowed.
    pub(crate) fn covers(&self, path: &str, is_writable: bool) -> bool {
        let is_inside = path == self.path
            || self.path == "/"
            || path.strip_prefix(&self.path).is_some_and(|rest| rest.starts_with('/'));
        is_inside && !(is_writable && self.read_only)
    }
}
