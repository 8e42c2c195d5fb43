//! Firewall rules for containers: who may reach published ports, and where containers may go.
//!
//! Docker's own chains come after DOCKER-USER alone (docs.docker.com, "Packet filtering and firewalls"), so that
//! is where rules for iptables belong; a rule in INPUT never sees a published port. With nftables a table of its own
//! filters in the hook `forward`, before Docker's priority, which works whether the engine writes iptables or nftables
//! rules: a packet has to pass every base chain, so only `drop` decides there and `accept` merely ends the chain.
//!
//! Destinations are matched as the client wrote them (`ctorigdst`, conntrack), since the address and port of a packet
//! that is forwarded are already the container's.

mod iptables;
mod network;
mod nftables;

pub use network::{Network, NetworkError};

/// Who may reach what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The interface behind which strangers are (`eth0`).
    pub external_interface: String,
    /// Ports that are published, and who may reach them. A published port that is not named is closed to strangers.
    pub published: Vec<PublishedPort>,
    /// Bridges whose containers may go out only where they are told.
    pub egress: Vec<Egress>,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPort {
    /// The port of the host.
    pub port: u16,
    /// Of which protocol.
    pub protocol: Protocol,
    /// Who may reach it; empty is everybody.
    pub sources: Vec<Network>,
}

/// What leaves the containers of a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Egress {
    /// The bridge's interface on the host (`docker0`, `br-0123456789ab`).
    pub bridge: String,
    /// Where its containers may go; everything else outside the bridge is refused.
    pub allowed: Vec<Network>,
}

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// `tcp`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

/// The version of IP that an iptables program filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersion {
    /// `iptables`.
    V4,
    /// `ip6tables`.
    V6,
}

/// A policy that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FirewallError {
    /// A name that no interface has.
    #[error(
        "'{name}' is no name of an interface (hint: ip link; at most 15 letters, digits, '-', '_', '.', ':')"
    )]
    Interface {
        /// The name, cut.
        name: String,
    },
}

impl Policy {
    /// A script for `nft -f`: a table of its own, replaced as a whole, so that loading it twice is the same as once.
    ///
    /// # Errors
    /// When an interface cannot be called so.
    pub fn nftables(&self) -> Result<String, FirewallError> {
        self.check()?;
        Ok(nftables::write(self))
    }

    /// A file for `iptables-restore --noflush` (or `ip6tables-restore`): the chain DOCKER-USER is replaced, all others
    /// stay. Docker makes the chain when it starts and leaves what is in it.
    ///
    /// # Errors
    /// When an interface cannot be called so.
    pub fn iptables(&self, version: IpVersion) -> Result<String, FirewallError> {
        self.check()?;
        Ok(iptables::write(self, version))
    }

    fn check(&self) -> Result<(), FirewallError> {
        let bridges = self.egress.iter().map(|egress| &egress.bridge);
        for name in bridges.chain([&self.external_interface]) {
            // The kernel's dev_valid_name (net/core/dev.c) allows more, which the syntax of rule files does not.
            let is_char = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
            if name.is_empty()
                || name.len() > 15
                || name.starts_with('-')
                || !name.chars().all(is_char)
                || name == "."
                || name == ".."
            {
                let name = name.chars().filter(|c| !c.is_control()).take(40).collect();
                return Err(FirewallError::Interface { name });
            }
        }
        Ok(())
    }
}
