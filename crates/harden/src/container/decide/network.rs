//! Where a hardened container is reached.

use super::{Build, file_stem};
use crate::container::{Endpoint, Item, Wish};
use serde_json::Value;
use workload::{ContainerSpec, Namespace};

impl Build {
    pub(super) fn network(&mut self, spec: &ContainerSpec, wish: &Wish, name: &str) {
        match spec.namespaces.network.given() {
            Some(Namespace::None) => {
                self.set(Item::NoNetwork, "as it is", true);
                return;
            }
            Some(Namespace::Networks(networks)) => {
                let others = spec.networks.iter().filter(|name| !networks.contains(name));
                for network in networks.iter().chain(others) {
                    self.set(Item::Network(endpoint(network, wish)), "as it is", true);
                }
            }
            other => {
                if other == Some(&Namespace::Host) {
                    self.note("the host's network is taken away: publish the ports that it listens on (docker run -p)");
                }
                let why = "a network of its own: containers on the default bridge reach each other";
                self.set(Item::Network(Endpoint::of(format!("{}-net", file_stem(name)))), why, false);
            }
        }
        for port in &spec.ports {
            let mut port = port.clone();
            let is_open = matches!(port.host_address.as_str(), "" | "0.0.0.0" | "::" | "[::]");
            let (why, kept) = match wish.publish_at {
                Some(address) if is_open => {
                    port.host_address = address.to_string();
                    (format!("at {address} alone, as asked"), false)
                }
                _ if is_open => {
                    ("reached from everywhere, past the host's own firewall; name an address (seawall harden firewall)".to_owned(), true)
                }
                _ => ("as it is".to_owned(), true),
            };
            self.set(Item::Publish(port), why, kept);
        }
        if spec.publish_all.is_true() {
            self.note("--publish-all is taken away: publish the ports that are needed");
        }
    }
}

/// What the container is in a network. The engine adds the id to its names by itself.
fn endpoint(network: &str, wish: &Wish) -> Endpoint {
    let Some(document) = &wish.inspected else { return Endpoint::of(network) };
    let place = &document["NetworkSettings"]["Networks"][network];
    let id = document["Id"].as_str().unwrap_or_default();
    let aliases = place["Aliases"].as_array().map_or(&[][..], Vec::as_slice);
    let is_own = |alias: &&str| !alias.is_empty() && !id.starts_with(*alias);
    let address = |name: &str| {
        place["IPAMConfig"][name].as_str().filter(|address| !address.is_empty()).map(str::to_owned)
    };
    Endpoint {
        network: network.to_owned(),
        aliases: aliases.iter().filter_map(Value::as_str).filter(is_own).map(str::to_owned).collect(),
        ipv4: address("IPv4Address"),
        ipv6: address("IPv6Address"),
    }
}
