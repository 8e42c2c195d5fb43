//! The rules of the guard's policy, asked for containers of pods.

use crate::decide::{Rules, Scope};
use control::{Date, Matched, Policy};
use workload::ContainerSpec;

/// A policy on a day. As labels of `match` it sees those of the pod, and beside them `namespace` and `user`.
#[derive(Clone, Copy, Debug)]
pub struct ByPolicy<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The day, for waivers.
    pub today: Date,
}

impl Rules for ByPolicy<'_> {
    fn container(&self, container: &ContainerSpec, scope: &Scope<'_>) -> Vec<Matched> {
        let labels = labels(scope);
        self.policy.judge_spec(container, &control::Scope { client: None, labels: &labels }, self.today)
    }

    fn connection(&self, kind: &str, command: &[String], scope: &Scope<'_>) -> Vec<Matched> {
        // Whoever attaches talks to what runs already; ports are what the network's own policies are for.
        if kind != "exec" {
            return Vec::new();
        }
        let labels = labels(scope);
        self.policy.judge_command(command, &control::Scope { client: None, labels: &labels }, self.today)
    }
}

fn labels(scope: &Scope<'_>) -> std::collections::BTreeMap<String, String> {
    let mut labels = scope.labels.clone();
    labels.insert("namespace".to_owned(), scope.namespace.unwrap_or_default().to_owned());
    labels.insert("user".to_owned(), scope.user.to_owned());
    labels
}
