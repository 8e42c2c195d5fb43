//! Rules of the packet filter, in words that iptables and nftables share.

use serde::{Deserialize, Serialize};

/// A chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterChain {
    /// `ip`, `ip6`, `inet`, `bridge`, `netdev`.
    pub family: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Where packets come in: `prerouting`, `input`, `forward`; none for a chain that only others jump to.
    pub hook: Option<String>,
    /// Its place among chains of the same hook.
    pub priority: i64,
    /// What happens at its end.
    pub policy: FilterVerdict,
    /// Its rules.
    pub rules: Vec<FilterRule>,
}

/// A rule: when every condition holds, its verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterRule {
    /// All of them must hold.
    pub conditions: Vec<FilterCondition>,
    /// What happens then.
    pub verdict: FilterVerdict,
}

/// A condition: the packet's value is one of these, or none of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterCondition {
    /// What is looked at.
    pub subject: FilterSubject,
    /// Values: names, `22`, `80-90`, `192.0.2.0/24`.
    pub values: Vec<String>,
    /// Whether it must be none of them.
    #[serde(default)]
    pub is_negated: bool,
}

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterSubject {
    /// The interface that it came by.
    InputInterface,
    /// The interface that it leaves by.
    OutputInterface,
    /// `tcp`, `udp`.
    Protocol,
    /// Who sent it.
    SourceAddress,
    /// Whom it is for, after translation.
    DestinationAddress,
    /// The port, after translation.
    DestinationPort,
    /// The port, before translation.
    OriginalPort,
    /// State of its connection: `new`, `established`.
    State,
    /// Whether its destination was translated.
    Translated,
    /// Whether it is for an address of this machine.
    LocalDestination,
    /// `ipv4`, `ipv6`.
    Family,
    /// Something else.
    Other,
}

/// What a rule does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterVerdict {
    /// Lets it through this chain's hook.
    Accept,
    /// Drops or rejects it.
    Drop,
    /// Goes through another chain, and on here.
    Jump(String),
    /// Goes through another chain, and not on here.
    Goto(String),
    /// Back to where it came from.
    Return,
    /// Sends it elsewhere: `172.17.0.2:80`.
    Translate(String),
    /// Counts, logs or marks it, and goes on.
    #[default]
    Continue,
    /// Something that is not understood.
    Unknown,
}
