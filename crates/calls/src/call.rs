//! One call, read and written.

use crate::head::Head;
use crate::json::{Json, parse, write};
use crate::limits::Limits;
use crate::query;
use crate::refusal::{Refusal, shown};
use crate::route::{BodyKind, Exchange, Method, Route};
use crate::target;

/// One call of the API.
#[derive(Clone, Debug)]
pub struct Call {
    version: Option<u8>,
    route: &'static Route,
    parameters: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    body: Option<Json>,
    warnings: Vec<String>,
}

/// Reads the head of a request. A JSON body follows by [`Call::with_body`].
///
/// # Errors
/// It is no call that is known, or one that can be understood in two ways.
pub fn read(head: &Head<'_>, limits: &Limits) -> Result<Call, Refusal> {
    let Some(method) = Method::parse(head.method) else {
        let message = format!("the method '{}' is not known", shown(head.method));
        return Err(Refusal::new(405, "method-unknown", message));
    };
    if head.target.len() > limits.target_bytes_max {
        return Err(Refusal::new(414, "target-too-long", "the target is too long"));
    }
    if !head.target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::malformed("path-character", "the target has a character that belongs encoded"));
    }
    let (path, query) = match head.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (head.target, None),
    };
    if query.is_some_and(|query| query.contains(['#', '?'])) {
        return Err(Refusal::malformed("query-character", "the query has a '#' or a second '?'"));
    }
    let path = target::read(method, path, limits)?;
    let mut warnings = Vec::new();
    let query = query::read(query.unwrap_or_default(), path.route.query, limits, &mut warnings)?;
    let call = Call {
        version: path.version,
        route: path.route,
        parameters: path.parameters,
        query,
        body: None,
        warnings,
    };
    call.check_content(head)?;
    call.check_upgrade(head)?;
    Ok(call)
}

impl Call {
    fn check_content(&self, head: &Head<'_>) -> Result<(), Refusal> {
        let refused = |reason, message: String| Err(Refusal::new(415, reason, message));
        let (kind, parameters) = match head.content_type {
            Some(text) => text.split_once(';').unwrap_or((text, "")),
            None => ("", ""),
        };
        let kind = kind.trim().to_ascii_lowercase();
        if !head.has_body {
            return match self.route.body {
                BodyKind::Json { .. } => Err(self.no_body()),
                _ => Ok(()),
            };
        }
        // The daemon takes parameters out of forms, and they win over the query.
        if kind == "application/x-www-form-urlencoded" || kind.starts_with("multipart/") {
            return refused("form-body", "parameters of calls stand in the query, not in a form".to_owned());
        }
        let is_json = kind == "application/json";
        let parameters = parameters.trim().to_ascii_lowercase();
        match self.route.body {
            BodyKind::Json { .. } | BodyKind::OptionalJson { .. } if !is_json => {
                refused("content-type", format!("the body must be application/json, not '{}'", shown(&kind)))
            }
            _ if is_json && !matches!(parameters.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"") => {
                refused("content-type", "a parameter of the content type is not known".to_owned())
            }
            BodyKind::Archive if self.route.id == "images.create" && self.query("fromSrc") != Some("-") => {
                Err(self.body_not_expected())
            }
            BodyKind::Archive => match kind.as_str() {
                ""
                | "application/x-tar"
                | "application/tar"
                | "application/octet-stream"
                | "application/gzip"
                | "application/x-gzip"
                | "application/zstd"
                | "application/x-xz"
                | "text/plain" => Ok(()),
                _ => refused("content-type", format!("the body must be an archive, not '{}'", shown(&kind))),
            },
            _ => Ok(()),
        }
    }

    fn check_upgrade(&self, head: &Head<'_>) -> Result<(), Refusal> {
        let upgrade = head.upgrade.map(|text| text.trim().to_ascii_lowercase());
        let wanted = match self.route.exchange {
            Exchange::Hijack => match upgrade.as_deref() {
                None | Some("tcp") => return Ok(()),
                Some(_) => "tcp",
            },
            Exchange::WebSocket => match upgrade.as_deref() {
                Some("websocket") => return Ok(()),
                _ => "websocket",
            },
            Exchange::Http2 => match upgrade.as_deref() {
                Some("h2c") => return Ok(()),
                _ => "h2c",
            },
            _ => match upgrade {
                None => return Ok(()),
                Some(_) => {
                    return Err(Refusal::malformed(
                        "upgrade",
                        "this call has no other protocol to go on with",
                    ));
                }
            },
        };
        Err(Refusal::malformed("upgrade", format!("this call goes on with '{wanted}' alone")))
    }

    fn no_body(&self) -> Refusal {
        Refusal::malformed("body-missing", format!("{} needs a body", self.route.id))
    }

    fn body_not_expected(&self) -> Refusal {
        Refusal::malformed("body-not-expected", format!("{} takes no body", self.route.id))
    }

    /// The call with its body. Bodies that are archives are no part of a call: they are passed on as they come.
    ///
    /// # Errors
    /// The body is too long, missing, not expected, not of the shape that the API gives it, or can be read in two ways.
    pub fn with_body(mut self, bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        let (shape, is_needed, bytes_max) = match self.route.body {
            BodyKind::Archive => return Err(self.body_not_expected()),
            BodyKind::None => {
                // Some clients send an empty object with every POST.
                let is_nothing = matches!(bytes.trim_ascii(), b"" | b"{}" | b"null");
                return if is_nothing { Ok(self) } else { Err(self.body_not_expected()) };
            }
            BodyKind::Json { shape, bytes_max } => (shape, true, bytes_max),
            BodyKind::OptionalJson { shape, bytes_max } => (shape, false, bytes_max),
        };
        if bytes.len() > bytes_max {
            return Err(Refusal::new(
                413,
                "body-too-long",
                format!("the body has more than {bytes_max} bytes"),
            ));
        }
        if bytes.trim_ascii().is_empty() {
            return if is_needed { Err(self.no_body()) } else { Ok(self) };
        }
        let json = parse(bytes, shape, limits, &mut self.warnings)?;
        if json.is_null() {
            return if is_needed { Err(self.no_body()) } else { Ok(self) };
        }
        self.body = Some(json);
        Ok(self)
    }

    /// The endpoint.
    #[must_use]
    pub const fn route(&self) -> &'static Route {
        self.route
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.route.method
    }

    /// The version of the API, the part behind `1.`; none when the client names none.
    #[must_use]
    pub const fn version(&self) -> Option<u8> {
        self.version
    }

    /// Names the version.
    pub const fn set_version(&mut self, minor: u8) {
        self.version = Some(minor);
    }

    /// A parameter of the path (`id`, `name`).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// Puts another value in the place of a parameter of the path; `false` when the route has no such parameter.
    pub fn set_parameter(&mut self, name: &str, value: impl Into<String>) -> bool {
        match self.parameters.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => {
                *old = value.into();
                true
            }
            None => false,
        }
    }

    /// What the call is about: the `{id}` or `{name}` of its path.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.parameter("id").or_else(|| self.parameter("name"))
    }

    /// A parameter of the query, the first where it repeats.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter of the query.
    pub fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a truth value of the query is true.
    #[must_use]
    pub fn query_is_true(&self, name: &str) -> bool {
        self.query(name) == Some("1")
    }

    /// All parameters of the query.
    #[must_use]
    pub fn query_pairs(&self) -> &[(&'static str, String)] {
        &self.query
    }

    /// Puts a value in the place of a parameter of the query; `false` when the route has no such parameter.
    pub fn set_query(&mut self, name: &str, value: impl Into<String>) -> bool {
        let Some(parameter) = self.route.query.iter().find(|parameter| parameter.name == name) else {
            return false;
        };
        self.query.retain(|(key, _)| *key != name);
        self.query.push((parameter.name, value.into()));
        true
    }

    /// Takes a parameter of the query out.
    pub fn remove_query(&mut self, name: &str) {
        self.query.retain(|(key, _)| *key != name);
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> Option<&Json> {
        self.body.as_ref()
    }

    /// The body, to change it.
    pub const fn body_mut(&mut self) -> Option<&mut Json> {
        self.body.as_mut()
    }

    /// The target for the daemon.
    #[must_use]
    pub fn target(&self) -> String {
        let mut target = target::written(self.version, self.route, &self.parameters);
        target.push_str(&query::written(&self.query));
        target
    }

    /// The body for the daemon; empty when there is none, or when it is an archive that is passed on.
    #[must_use]
    pub fn body_bytes(&self) -> Vec<u8> {
        self.body.as_ref().map(write).unwrap_or_default()
    }

    /// The `Content-Type` for the daemon; none when nothing is sent.
    #[must_use]
    pub const fn content_type(&self) -> Option<&'static str> {
        match (self.route.body, &self.body) {
            (BodyKind::Archive, _) => Some("application/x-tar"),
            (_, Some(_)) => Some("application/json"),
            (_, None) => None,
        }
    }

    /// What was not understood and left out or passed on.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
