//! A client of the engine's API: what the kernel or its certificate says, and the container that it lives in.

use super::facts::inspect_container;
use crate::{
    front::Who,
    identity::{Home, Peer},
    upstream::Upstream,
};
use control::{Client, ClientContainer, Found};
use serde_json::{Value, json};

/// A client, with the words by which it is counted and recorded.
pub(super) struct Caller {
    pub(super) client: Client,
    /// One for each that a rate limit counts on its own.
    pub(super) key: String,
}

impl Caller {
    pub(super) fn find(who: Who, upstream: &Upstream) -> Self {
        match who {
            Who::Certificate(certificate) => {
                let key = format!("certificate {}", certificate.sha256);
                Self { client: Client { certificate: Some(certificate), ..Client::default() }, key }
            }
            Who::Peer(peer) => Self::of_process(peer, upstream),
            // No listener of this guard lets anybody in; whoever came all the same is no process of the host.
            Who::Anybody => Self {
                client: Client { container: Some(ClientContainer::default()), ..Client::default() },
                key: "anybody".to_owned(),
            },
        }
    }

    fn of_process(peer: Peer, upstream: &Upstream) -> Self {
        let container = match &peer.home {
            Home::Host => None,
            // It is no process of the host, as far as anybody can tell: rules for those do not hold.
            Home::Unknown => Some(ClientContainer::default()),
            Home::Containers(ids) => {
                Some(ids.iter().find_map(|id| described(upstream, id)).unwrap_or_else(|| ClientContainer {
                    id: ids.first().cloned().unwrap_or_default(),
                    ..ClientContainer::default()
                }))
            }
        };
        let key = match &container {
            Some(container) => format!("container {}", container.id),
            None => format!("uid {}", peer.uid),
        };
        let client =
            Client { uid: Some(peer.uid), gids: peer.gids, pid: peer.pid, container, certificate: None };
        Self { client, key }
    }

    /// For the log.
    pub(super) fn subject(&self) -> Value {
        let client = &self.client;
        let mut subject = json!({ "name": client.describe() });
        if let Some(uid) = client.uid {
            subject["uid"] = uid.into();
        }
        if let Some(pid) = client.pid {
            subject["pid"] = pid.into();
        }
        if let Some(container) = &client.container {
            subject["container"] =
                json!({ "id": container.id, "name": container.name, "image": container.image });
        }
        if let Some(certificate) = &client.certificate {
            subject["certificate"] = json!({
                "sha256": certificate.sha256, "name": certificate.common_name, "uris": certificate.uris,
                "names": certificate.names,
            });
        }
        subject
    }
}

fn described(upstream: &Upstream, id: &str) -> Option<ClientContainer> {
    let Found::Known(value) = inspect_container(upstream, id) else { return None };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let labels = value["Config"]["Labels"].as_object();
    Some(ClientContainer {
        id: text(&value["Id"]).filter(|found| found == id)?,
        name: text(&value["Name"])?.trim_start_matches('/').to_owned(),
        image: text(&value["Config"]["Image"]).unwrap_or_default(),
        labels: labels
            .map(|labels| {
                labels.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
            })
            .unwrap_or_default(),
    })
}
