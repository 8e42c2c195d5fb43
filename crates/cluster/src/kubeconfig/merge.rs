//! Several files as one (kubernetes.io, "Organizing Cluster Access Using kubeconfig Files", merging).

use super::Kubeconfig;

impl Kubeconfig {
    /// Takes in what a later file of the list adds: the first file that says something counts, and an entry counts as a
    /// whole.
    pub(crate) fn merge(&mut self, later: Self) {
        self.current_context = self.current_context.take().or(later.current_context);
        for (name, entry) in later.contexts {
            self.contexts.entry(name).or_insert(entry);
        }
        for (name, entry) in later.clusters {
            self.clusters.entry(name).or_insert(entry);
        }
        for (name, entry) in later.users {
            self.users.entry(name).or_insert(entry);
        }
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.clusters.is_empty() && self.contexts.is_empty() && self.users.is_empty()
    }
}
