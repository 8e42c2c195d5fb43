//! Admission reviews of Kubernetes: what the API server asks before it keeps an object, judged and answered.
//!
//! A [`Review`] is read from the body that the API server posts; [`validate`] and [`mutate`] are pure functions of it, of
//! the [`Rules`] and of what is known of [`Images`]; an [`Answer`] is written as the body that goes back. The containers
//! of every kind that holds a pod are judged by the rules of `workload`, the same ones that judge files, running
//! containers and calls of the Engine API.
//!
//! ```
//! use admission::{NoImages, Review, Rules, Scope, validate};
//! struct NoPrivileges;
//! impl Rules for NoPrivileges {
//!     fn container(&self, container: &workload::ContainerSpec, _: &Scope<'_>) -> Vec<control::Matched> {
//!         let found = container.privileged.is_true().then(|| control::Matched {
//!             rule: "container/privileged".into(), mode: control::Mode::Deny,
//!             severity: model::Severity::Critical, message: "nothing confines it".into(),
//!             field: "privileged".into(), evidence: vec![], waived: None,
//!         });
//!         found.into_iter().collect()
//!     }
//!     fn connection(&self, _: &str, _: &[String], _: &Scope<'_>) -> Vec<control::Matched> { vec![] }
//! }
//! let body = br#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CREATE",
//!   "kind":{"group":"","version":"v1","kind":"Pod"},"namespace":"shop","userInfo":{"username":"ada"},"object":
//!   {"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"a","image":"a","securityContext":{"privileged":true}}]}}}}"#;
//! let review = Review::read(body).unwrap();
//! let answer = validate(&review, &NoPrivileges, &NoImages);
//! assert!(!answer.is_allowed && answer.message.unwrap().contains("container/privileged"));
//! ```
//!
//! Invariants: no I/O and no clock; nothing panics on any input; a body that cannot be read is an error, for which the
//! caller answers with a refusal; every list of containers is judged; what was not changed is not judged again, so that
//! no rule keeps anybody from deleting an object.

mod answer;
mod by_policy;
mod decide;
mod limits;
mod manifests;
mod patch;
mod renewal;
mod review;
mod static_policy;
mod webhooks;

pub use answer::{Answer, Judged};
pub use by_policy::ByPolicy;
pub use decide::{Images, NoImages, Rules, Scope, mutate, validate};
pub use limits::BODY_BYTES_MAX;
pub use manifests::{Deployment, manifests};
pub use patch::{Operation, Patch};
pub use renewal::{Installed, InstalledError, is_namespace, renewal};
pub use review::{Kind, Review, ReviewError, User, Verb};
pub use static_policy::{StaticRule, static_policy, static_rules};
