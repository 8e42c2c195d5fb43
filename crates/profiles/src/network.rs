//! Destinations and ports.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Addresses of one port that are told apart; above, their networks (/24, or /64 of IPv6) stand for them, and above that many
/// networks all addresses.
pub const ADDRESSES_OF_PORT_MAX: usize = 16;

/// What carries the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Another one.
    Other,
}

impl Protocol {
    /// Of `IPPROTO_…` (netinet/in.h).
    #[must_use]
    pub const fn of_number(number: u16) -> Self {
        match number {
            6 => Self::Tcp,
            17 => Self::Udp,
            _ => Self::Other,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Other => "other",
        }
    }
}

/// Where connections go: by `PORT/PROTOCOL` the addresses, networks, or `any`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Destinations {
    by_port: BTreeMap<String, BTreeSet<String>>,
}

impl Destinations {
    /// Adds one. Returns whether it was not among them.
    pub fn add(&mut self, ip: IpAddr, port: u16, protocol: Protocol) -> bool {
        if self.has(ip, port, protocol) {
            return false;
        }
        let addresses = self.by_port.entry(key(port, protocol)).or_default();
        addresses.insert(ip.to_string());
        fold(addresses);
        true
    }

    /// Whether one is among them.
    #[must_use]
    pub fn has(&self, ip: IpAddr, port: u16, protocol: Protocol) -> bool {
        let Some(addresses) = self.by_port.get(&key(port, protocol)) else { return false };
        addresses.contains("any") || addresses.contains(&ip.to_string()) || addresses.contains(&network(ip))
    }

    /// `ADDRESS:PORT/PROTOCOL`, sorted.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        self.by_port
            .iter()
            .flat_map(|(port, addresses)| addresses.iter().map(move |address| format!("{address}:{port}")))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_port.is_empty()
    }

    /// Adds everything of others.
    pub fn merge(&mut self, other: &Self) {
        for (port, addresses) in &other.by_port {
            let own = self.by_port.entry(port.clone()).or_default();
            own.extend(addresses.iter().cloned());
            fold(own);
        }
    }
}

fn fold(addresses: &mut BTreeSet<String>) {
    if addresses.contains("any") {
        addresses.retain(|address| address == "any");
        return;
    }
    if addresses.len() <= ADDRESSES_OF_PORT_MAX {
        return;
    }
    let networks: BTreeSet<String> = addresses
        .iter()
        .map(|address| address.parse::<IpAddr>().map_or_else(|_| address.clone(), network))
        .collect();
    *addresses =
        if networks.len() > ADDRESSES_OF_PORT_MAX { BTreeSet::from(["any".to_owned()]) } else { networks };
}

fn key(port: u16, protocol: Protocol) -> String {
    format!("{port}/{}", protocol.as_str())
}

fn network(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_stand_for_many_addresses() {
        let mut all = Destinations::default();
        for last in 0..=ADDRESSES_OF_PORT_MAX {
            all.add(IpAddr::from([192, 0, 2, u8::try_from(last).expect("small")]), 443, Protocol::Tcp);
        }
        assert_eq!(all.iter().collect::<Vec<_>>(), ["192.0.2.0/24:443/tcp"]);
        assert!(all.has(IpAddr::from([192, 0, 2, 200]), 443, Protocol::Tcp));
        assert!(!all.has(IpAddr::from([192, 0, 2, 200]), 80, Protocol::Tcp));
        assert!(!all.has(IpAddr::from([198, 51, 100, 1]), 443, Protocol::Tcp));
        for third in 0..100 {
            all.add(IpAddr::from([10, 1, third, 1]), 443, Protocol::Tcp);
        }
        assert_eq!(all.iter().collect::<Vec<_>>(), ["any:443/tcp"]);
    }
}
