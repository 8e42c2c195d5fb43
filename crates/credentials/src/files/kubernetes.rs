//! Logins of Kubernetes (Kubernetes documentation, "kubeconfig v1"; tokens of service accounts).

use super::{Family, Place, Source, noted};
use crate::document::Document;
use crate::naming::owned;
use crate::rules::KUBERNETES_LOGIN;
use crate::sink::Sink;
use crate::syntax::{json, numbered, yaml};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Path(".kube/config"),
        Place::Path("kube/config"),
        Place::Name("kubeconfig"),
        Place::Name("kubeconfig.yaml"),
        Place::Name("kubeconfig.yml"),
        Place::Extension("kubeconfig"),
        Place::Path("kubernetes/admin.conf"),
        Place::Path("kubernetes/super-admin.conf"),
        Place::Path("kubernetes/kubelet.conf"),
        Place::Path("kubernetes/scheduler.conf"),
        Place::Path("kubernetes/controller-manager.conf"),
        Place::Path("rancher/k3s/k3s.yaml"),
        Place::Path("server/node-token"),
        Place::Path("serviceaccount/token"),
        Place::Path("kubernetes/known_tokens.csv"),
        Place::Path("kubernetes/basic_auth.csv"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.ends_with("token") {
        let value = source.text.trim();
        if value.len() > 20 && !value.contains(char::is_whitespace) {
            sink.secret(
                &KUBERNETES_LOGIN,
                1,
                "token of a Kubernetes node or service account".to_owned(),
                value,
            );
        }
        return;
    }
    if source.path.ends_with(".csv") {
        for (number, line) in numbered(source.text) {
            if let [token, user, _, ..] = line.split(',').collect::<Vec<_>>().as_slice() {
                sink.secret(&KUBERNETES_LOGIN, number, owned("static login", Some(user), None), token);
            }
        }
        return;
    }
    let is_json = source.text.trim_start().starts_with('{');
    let document = if is_json { json::parse(source.text) } else { yaml::parse(source.text) };
    noted(&document, sink);
    let server = document.named(&["server"]).next().map(|server| server.value.as_str());
    for entry in &document.entries {
        let what = match entry.key.as_str() {
            "client-key-data" => "client key",
            "token" | "id-token" | "refresh-token" | "access-token" => "token",
            "password" => "password",
            "client-secret" => "client secret",
            _ => continue,
        };
        let user = name_of(&document, &entry.parent);
        sink.secret(&KUBERNETES_LOGIN, entry.line, owned(what, user, server), &entry.value);
    }
}

/// `users: [{name: admin, user: {token: …}}]`: the name stands beside the mapping that holds the secret.
fn name_of<'a>(document: &'a Document, parent: &str) -> Option<&'a str> {
    let mut parent = parent;
    while let Some((above, _)) = parent.rsplit_once('\n') {
        if let Some(name) = document.find(|e| &*e.parent == above && e.key == "name") {
            return Some(&name.value);
        }
        parent = above;
    }
    None
}
