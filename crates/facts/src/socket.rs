//! Listening sockets.

use serde::{Deserialize, Serialize};

/// A socket that takes connections or datagrams from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Socket {
    /// Which protocol.
    pub protocol: Protocol,
    /// The address (`0.0.0.0`, `::1`), or the path of a unix socket.
    pub address: String,
    /// The port; 0 for unix sockets.
    #[serde(default)]
    pub port: u16,
    /// The process that holds it, when it could be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Its systemd unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// The protocol of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP, IPv4 or IPv6.
    Tcp,
    /// UDP, IPv4 or IPv6.
    Udp,
    /// Unix.
    Unix,
}

impl Socket {
    /// Whether only this machine reaches it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.protocol == Protocol::Unix
            || self.address.parse::<std::net::IpAddr>().is_ok_and(|address| match address {
                std::net::IpAddr::V4(v4) => v4.is_loopback(),
                std::net::IpAddr::V6(v6) => {
                    v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
                }
            })
    }

    /// Whether it takes what comes to any address of the machine.
    #[must_use]
    pub fn is_on_every_interface(&self) -> bool {
        self.address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_unspecified())
    }
}
