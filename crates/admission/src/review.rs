//! What the API server asks (API reference, `AdmissionReview` of `admission.k8s.io/v1`).

use crate::limits::BODY_BYTES_MAX;
use kubernetes::Object;
use serde::Deserialize;
use serde_json::Value;

/// A question of the API server.
#[derive(Clone, Debug)]
pub struct Review {
    /// Its name; the answer repeats it.
    pub uid: String,
    /// What the object is.
    pub kind: Kind,
    /// The part of the object that is asked about: `ephemeralcontainers`, `exec`, `resize`.
    pub sub_resource: Option<String>,
    /// What is to be done.
    pub verb: Verb,
    /// The namespace, for what lives in one.
    pub namespace: Option<String>,
    /// The name, unless the server makes one up.
    pub name: String,
    /// Who asks.
    pub user: User,
    /// Whether nothing will be kept.
    pub is_dry_run: bool,
    /// The object as it would be kept, or the options of a connection.
    pub(crate) object: Value,
    /// The object as it is.
    pub(crate) old_object: Value,
}

/// What an object is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Kind {
    /// `apps`; empty for the core.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// `Deployment`.
    pub kind: String,
}

/// What is to be done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verb {
    /// Make it.
    Create,
    /// Change it.
    Update,
    /// Delete it.
    Delete,
    /// Connect to it: `exec`, `attach`, `portforward`, `proxy`.
    Connect,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct User {
    /// The name (`system:serviceaccount:shop:deployer`).
    pub username: String,
    /// The groups.
    pub groups: Vec<String>,
}

/// Why a body is no review.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// It is too long.
    #[error("the review has {0} bytes, more than {BODY_BYTES_MAX}")]
    TooLong(usize),
    /// It is no JSON of a review.
    #[error("the body is no AdmissionReview: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is a review of another version.
    #[error(
        "the body is {kind} of {api_version}, not AdmissionReview of admission.k8s.io/v1 (hint: \
         'admissionReviewVersions: [v1]' in the webhook's configuration)"
    )]
    OtherVersion {
        /// What it says it is.
        kind: String,
        /// And of which version.
        api_version: String,
    },
    /// It asks nothing.
    #[error("the review has no request (hint: it may be an answer)")]
    NoRequest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    request: Option<Request>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    uid: String,
    kind: Kind,
    sub_resource: Option<String>,
    operation: Verb,
    namespace: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    user_info: User,
    #[serde(default)]
    dry_run: Option<bool>,
    #[serde(default)]
    object: Value,
    #[serde(default)]
    old_object: Value,
}

impl Review {
    /// Reads the body of a question.
    ///
    /// # Errors
    ///
    /// When it is no review of version 1, or too long.
    pub fn read(body: &[u8]) -> Result<Self, ReviewError> {
        if body.len() > BODY_BYTES_MAX {
            return Err(ReviewError::TooLong(body.len()));
        }
        let Body { api_version, kind, request } = serde_json::from_slice(body)?;
        if kind != "AdmissionReview" || api_version != "admission.k8s.io/v1" {
            return Err(ReviewError::OtherVersion { kind: clean(&kind), api_version: clean(&api_version) });
        }
        let request = request.ok_or(ReviewError::NoRequest)?;
        Ok(Self {
            uid: request.uid,
            kind: request.kind,
            sub_resource: request.sub_resource.filter(|part| !part.is_empty()),
            verb: request.operation,
            namespace: request.namespace.filter(|namespace| !namespace.is_empty()),
            name: request.name,
            user: request.user_info,
            is_dry_run: request.dry_run.unwrap_or(false),
            object: request.object,
            old_object: request.old_object,
        })
    }

    /// What is asked about, in one line.
    pub(crate) fn label(&self) -> String {
        let verb = match self.verb {
            Verb::Create => "CREATE",
            Verb::Update => "UPDATE",
            Verb::Delete => "DELETE",
            Verb::Connect => "CONNECT",
        };
        let name = clean(&self.shown_name(&self.object));
        let namespace = self.namespace.as_deref().map(|name| format!("{}/", clean(name))).unwrap_or_default();
        format!("{verb} {} {namespace}{name}", clean(&self.kind.kind))
    }

    /// The object that is to be kept, in the words of `kubernetes`; nothing when the review has none.
    pub(crate) fn object(&self) -> Option<Object> {
        let value = &self.object;
        if !value.is_object() {
            return None;
        }
        let node = workload::parse_json(value.to_string().as_bytes()).ok()?;
        let Kind { group, version, .. } = &self.kind;
        let version = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
        Some(Object {
            // What the API server says of the object counts, not what the object says of itself.
            kind: self.kind.kind.clone(),
            api_version: version,
            name: self.shown_name(value),
            namespace: self.namespace.clone(),
            node,
            file: None,
        })
    }

    fn shown_name(&self, value: &Value) -> String {
        let of = |key: &str| value["metadata"][key].as_str().filter(|name| !name.is_empty());
        match (self.name.as_str(), of("name"), of("generateName")) {
            ("", Some(name), _) => name.to_owned(),
            ("", None, Some(prefix)) => format!("{prefix}*"),
            (name, ..) => name.to_owned(),
        }
    }
}

/// Text of others inside a line of ours.
pub(crate) fn clean(text: &str) -> String {
    text.chars().take(200).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_question_is_an_error_with_a_hint() {
        let error = |body: &str| Review::read(body.as_bytes()).unwrap_err().to_string();
        assert!(error("{").starts_with("the body is no AdmissionReview"));
        let old = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":null}"#;
        assert!(error(old).contains("admissionReviewVersions: [v1]"), "{}", error(old));
        let answer =
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"1"}}"#;
        assert!(error(answer).contains("it may be an answer"));
        assert!(error(&" ".repeat(BODY_BYTES_MAX + 1)).contains("more than"));
        assert!(!error("{\"kind\":\"\\u001b[31m\"}").contains('\u{1b}'));
    }

    #[test]
    fn hostile_bodies_never_panic() {
        let body =
            crate::decide::tests::review("CREATE", "Pod", "", r#"{"spec":{"containers":[{"name":"a"}]}}"#);
        for at in 0..body.len() {
            for change in [0x00, 0x22, 0x7b, 0xff] {
                let mut bytes = body.clone().into_bytes();
                bytes[at] = change;
                let _ = Review::read(&bytes).map(|review| review.object());
                let _ = Review::read(&body.as_bytes()[..at]);
            }
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Review::read(crate::decide::tests::review("CREATE", "Pod", "", &deep).as_bytes()).is_err());
    }
}
