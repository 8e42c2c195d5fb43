//! Networks of the engine and the packet filter.

use crate::{Fact, FilterChain};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `GET /networks/{id}`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// `bridge`, `overlay`, `host`, `none`, `macvlan`.
    pub driver: String,
    /// `local` or `swarm`.
    pub scope: String,
    /// Whether it has no way out.
    pub is_internal: bool,
    /// Options of the driver.
    pub options: BTreeMap<String, String>,
    /// Address ranges.
    pub subnets: Vec<String>,
    /// Names of the containers on it.
    pub containers: Vec<String>,
}

/// Rules of the packet filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// `iptables -S`: the table `filter` for IPv4.
    pub filter: Fact<Vec<String>>,
    /// `ip6tables -S`.
    pub filter6: Fact<Vec<String>>,
    /// `iptables -t nat -S`.
    pub nat: Fact<Vec<String>>,
    /// `ip6tables -t nat -S`.
    pub nat6: Fact<Vec<String>>,
    /// `nft list ruleset`, but the tables that iptables itself keeps there.
    pub nftables: Fact<Vec<FilterChain>>,
}
